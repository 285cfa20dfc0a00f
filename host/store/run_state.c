/*
 * The nine states and their words.
 */
#include "store/store_run.h"

#include "base/mem.h"

static const struct {
	const char *name;
	const char *native;
} words[RUN_STATES + 1] = {
	[0] = { "unknown", "UNKNOWN" },
	[RUN_CREATED] = { "created", "PENDING" },
	[RUN_QUEUED] = { "queued", "PENDING" },
	[RUN_CLAIMED] = { "claimed", "PENDING" },
	[RUN_RUNNING] = { "running", "RUNNING" },
	[RUN_INTERRUPTED] = { "interrupted", "RUNNING" },
	[RUN_COMPLETED] = { "completed", "SUCCEEDED" },
	[RUN_FAILED] = { "failed", "FAILED" },
	[RUN_CANCELLED] = { "cancelled", "CANCELED" },
	[RUN_TIMEOUT] = { "timeout", "TIMEOUT" },
};

bool
run_is_terminal(enum run_state s)
{
	return s >= RUN_FIRST_TERMINAL && s <= RUN_STATES;
}

const char *
run_state_name(enum run_state s)
{
	return words[s <= RUN_STATES ? s : 0].name;
}

const char *
run_state_native(enum run_state s)
{
	return words[s <= RUN_STATES ? s : 0].native;
}

enum run_state
run_state_of_name(struct str name)
{
	size_t i;

	for (i = 1; i <= RUN_STATES; i++) {
		if (str_is(name, words[i].name))
			return (enum run_state)i;
	}
	return 0;
}

unsigned
run_states_of_native(struct str name)
{
	unsigned bits = 0;
	size_t i;

	for (i = 1; i <= RUN_STATES; i++) {
		if (str_is(name, words[i].native))
			bits |= 1u << i;
	}
	return bits;
}
