/*
 * What is served where: one constant table.
 */
#ifndef HTTP_ROUTES_H
#define HTTP_ROUTES_H

#include "http/request.h"

struct route {
	const char *method;
	const char *path;	/* with at most one "{name}" for a segment */
	/* The call to make; NULL for the routes that need no token. */
	struct call *(*ask)(struct request *);
	/* Spells the result of r->call, which succeeded. */
	void	(*answer)(struct request *, struct reply *);
};

extern const struct route route_table[];	/* ended by a NULL path */

/*
 * Sets route and param, or refuses with RH_ENOENT or RH_EMETHOD (and sets
 * allow).  HEAD is served where GET is.
 */
void	route_find(struct request *, const char *method, const char *path);

/* doors */
struct call	*execute_ask(struct request *);		/* native.c */
void		 execute_answer(struct request *, struct reply *);
struct call	*runs_ask(struct request *);
void		 runs_answer(struct request *, struct reply *);
struct call	*run_ask(struct request *);
void		 run_answer(struct request *, struct reply *);
struct call	*cancel_ask(struct request *);
void		 cancel_answer(struct request *, struct reply *);
struct call	*events_ask(struct request *);		/* events.c */
void		 events_answer(struct request *, struct reply *);
struct call	*commands_ask(struct request *);	/* commands.c */
void		 commands_answer(struct request *, struct reply *);
struct call	*metrics_ask(struct request *);		/* metrics.c */
void		 metrics_answer(struct request *, struct reply *);
struct call	*action_ask(struct request *);		/* actions.c */
void		 action_answer(struct request *, struct reply *);
void		 welcome_answer(struct request *, struct reply *); /* meta.c */
void		 health_answer(struct request *, struct reply *);
void		 ok_answer(struct request *, struct reply *);
void		 ready_answer(struct request *, struct reply *);
void		 info_answer(struct request *, struct reply *);

#endif
