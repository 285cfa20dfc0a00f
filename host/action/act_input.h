/*
 * What a run answers, as run_create is told: an event, who may be answered
 * how, and what binds it to its runner.
 */
#ifndef ACTION_ACT_INPUT_H
#define ACTION_ACT_INPUT_H

#include "action/act.h"
#include "store/store_input.h"
#include "store/store_talk.h"

struct run_input {
	const char *runner_id;	/* that the binding names, or NULL */
	struct input_row event;	/* type NULL: there is none */
	const char *source_type;
	struct str raw_data, raw_actor, raw_subject;	/* p NULL: absent */
	const char *delivery;	/* JSON object */
	int	binding;	/* node in the body, or -1 */
	const char *said;	/* text of the input, or NULL */
	bool	has_text;	/* the body says it by itself */
	struct talk_row item;	/* for the transcript; role NULL: none */
	const char *metadata;	/* JSON object of the caller's own */
	bool	hands;		/* the metadata will have more */
	size_t	handed;		/* bytes of that, at most */
};

/*
 * For prepare.  take: NULL when the body has none of it; a binding's and an
 * event's ids go into the run.  check: once the runner and the scope are
 * known; the run's input is made of the text.
 */
rh_status	input_take(struct call *, struct run_new *,
		    struct run_input **, struct err *);
rh_status	input_check(struct call *, struct run_input *,
		    struct run_new *, struct err *);

/*
 * For apply, once the run has its id.  fill: metadata and ids of the run, and
 * its event; refuses an event that was taken before (RH_ECONFLICT).  keep:
 * writes it.
 */
rh_status	input_fill(struct act *, struct call *, struct run_input *,
		    struct run_new *, struct err *);
rh_status	input_keep(struct act *, const struct run_input *,
		    const struct run_made_in *, struct err *);

#endif
