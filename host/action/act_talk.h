/*
 * A run's part in its conversation: what was said to it is kept when it is
 * made, its answer when that comes, once a run.
 */
#ifndef ACTION_ACT_TALK_H
#define ACTION_ACT_TALK_H

#include "action/act.h"
#include "store/store_talk.h"

/* The bits of a new run. */
unsigned	talk_of_new(const struct run_new *, bool said);
/* What was said to it, as an item; for prepare. */
void		talk_said(struct call *, const char *text,
		    const char *input, bool only_text, struct talk_row *);

/*
 * Keeps the answer that is among events, of a run whose bits say that one is
 * to be kept.  *bytes: what it weighs; 0: there was none.
 */
rh_status	talk_answer(struct act *, struct call *, int64_t run_no,
		    const struct event_new *, size_t n, int64_t *bytes,
		    struct err *);
/* The same out of a report: of a run that goes on. */
rh_status	talk_report(struct act *, struct call *,
		    const struct run_report *, const struct run_tail *,
		    struct err *);
/* What a completed run's output is, when there was nothing else. */
rh_status	talk_output(struct act *, struct call *, struct run_live *,
		    const char *output, struct err *);

/* act_steer.c: what a run that ends was never told is among its events. */
rh_status	steering_drop(struct act *, struct call *, struct run_live *,
		    struct err *);

/* An item of a reply. */
rh_status	write_item(struct act *, struct call *, int64_t item_no,
		    bool attachments, struct json_out *, struct err *);

#endif
