/*
 * Rules that hold in every run: judged by what was seen in all of them, and
 * tried on their own when nothing has run yet.
 */
#include "kit/bench.h"

static void
judge(struct bench *b, enum sight_kind kind, bool is_fault)
{
	const struct sight *s;
	size_t i;

	if (!b->ran_all)
		check_plain(b);
	for (i = 0; i < b->target_count; i++) {
		s = &b->targets[i].seen[kind];
		if (s->count > 0 && is_fault)
			bench_fail(b, "%s", s->what);
		else if (s->count > 0)
			bench_warn(b, "%s", s->what);
	}
}

void
check_finish(struct bench *b)
{
	judge(b, SEEN_FINISH, true);
}

void
check_outcome(struct bench *b)
{
	judge(b, SEEN_OUTCOME, true);
}

void
check_progress(struct bench *b)
{
	judge(b, SEEN_PROGRESS, true);
}

void
check_reports(struct bench *b)
{
	judge(b, SEEN_REPORT, true);
}

void
check_returns(struct bench *b)
{
	judge(b, SEEN_RETURN, true);
}

void
check_stale(struct bench *b)
{
	judge(b, SEEN_STALE, true);
}

/* It comes out as output; but by progress and events it could be told. */
void
check_printed(struct bench *b)
{
	judge(b, SEEN_PRINTED, false);
}
