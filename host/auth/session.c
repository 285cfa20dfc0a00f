/*
 * Rights of a run's plugin.
 */
#include "auth/session.h"

#include <string.h>

const char *const api_table[] = {
	"run_get", "run_list", "run_events_page", "run_cancel",
	"run_append_result", "run_finalize", "state_get", "state_set",
	"state_delete", "state_list", "event_get", "event_page",
	"history_page", "history_search", NULL
};

int64_t
api_bit(struct str name)
{
	int i;

	for (i = 0; api_table[i] != NULL; i++) {
		if (str_is(name, api_table[i]))
			return INT64_C(1) << i;
	}
	return 0;
}

int64_t
api_preset(const struct scope *s)
{
	int64_t bits = api_bit(STR("run_get")) |
	    api_bit(STR("run_events_page")) | api_bit(STR("run_cancel"));

	return s->conversation != NULL ? bits | api_bit(STR("run_list")) :
	    bits;
}

int64_t
api_kept(int64_t bits)
{
	static const char *const kept[] = {
		"run_get", "run_list", "run_events_page", "run_cancel",
		"run_append_result", "run_finalize",
	};
	int64_t mask = 0;
	size_t i;

	for (i = 0; i < sizeof kept / sizeof *kept; i++)
		mask |= api_bit(str_of(kept[i]));
	return bits & mask;
}

bool
session_has(const struct session *s, const char *action)
{
	return s != NULL && (s->apis & api_bit(str_of(action))) != 0;
}

/* None is like none, and like nothing else. */
static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/*
 * Whoever they belong to: the owner is a matter of who else is in the chain.
 * What has no conversation is like nothing but itself.
 */
bool
session_reaches(const struct session *s, const struct scope *t)
{
	const struct scope *own = &s->scope;

	return s->own || (own->conversation != NULL &&
	    own->runner[0] != '\0' && same(own->runner, t->runner) &&
	    same(own->conversation, t->conversation) &&
	    same(own->bot, t->bot) && same(own->workspace, t->workspace) &&
	    same(own->thread, t->thread));
}
