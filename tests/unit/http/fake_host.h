/*
 * A host that takes the place of the ledger behind the HTTP doors: one run,
 * two tokens, answers on the calling thread or on one of its own.  This
 * file's functions have the names of the real ones, so that program links
 * without the core.
 */
#ifndef HTTP_FAKE_HOST_H
#define HTTP_FAKE_HOST_H

#include "base/err.h"
#include "ledger/host.h"

#define FAKE_RUN	"run_0192f0000000700080000000000000aa"
#define FAKE_TOKEN	"rh_alice"	/* user:alice */

struct fake_seen {		/* the newest call */
	char	action[64];
	char	body[4096];
	char	principal[64];
	char	source[64];
	char	key[64];
	int	count;		/* of calls so far */
	int	pages;		/* of these, run_events_page */
};

struct host	*fake_new(bool async);	/* async: own thread answers */
void		 fake_free(struct host *);

void		 fake_event(struct host *, const char *type,
		    const char *data);
void		 fake_end(struct host *);	/* the run has succeeded */
void		 fake_revoke(struct host *);	/* FAKE_TOKEN, for good */
void		 fake_hold(struct host *);	/* async: answer nothing... */
void		 fake_release(struct host *);	/* ...until now */
void		 fake_fail(struct host *, rh_status); /* all calls; RH_OK: none */
void		 fake_replay(struct host *, bool);
void		 fake_not_ready(struct host *, const char *reason);
void		 fake_seen(struct host *, struct fake_seen *);
int		 fake_watches(struct host *);

#endif
