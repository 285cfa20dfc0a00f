/*
 * A plugin's own values.
 */
#include "action/act.h"

#include "action/attempt.h"
#include "base/mem.h"
#include "json/scan.h"
#include "store/store_misc.h"
#include "store/store_owner.h"
#include "store/store_run.h"
#include "store/store_weight.h"

/* The digest of what a value belongs to that the run's attempt asks for. */
static rh_status
state_scope(struct act *a, struct call *c, const struct state_args *s,
    uint8_t key[HASH_LEN], struct scope *scope, struct err *err)
{
	struct run_live l;
	struct hash h;
	const char *parts[5];
	size_t i;
	rh_status rc;

	if ((rc = attempt_get(a, c, s->run_no, s->fence, &l, err)) != RH_OK ||
	    (rc = store_run_scope(a->db, s->run_no, &c->arena, scope,
	    err)) != RH_OK)
		return rc;
	parts[0] = scope->runner;
	parts[1] = scope->workspace;
	parts[2] = scope->bot;
	parts[3] = parts[4] = NULL;
	if (str_is(s->scope, "actor")) {
		parts[3] = scope->owner;
	} else if (str_is(s->scope, "conversation")) {
		if (scope->conversation == NULL)
			return err_set(err, RH_ESTATE, "the run has no "
			    "session that state could belong to");
		parts[3] = scope->conversation;
		parts[4] = scope->thread;
	} else if (!str_is(s->scope, "runner")) {
		return err_set(err, RH_EINPUT, "state scope \"" STR_FMT
		    "\": must be runner, actor or conversation",
		    STR_ARG(s->scope));
	}
	hash_begin(&h, NULL, 0);
	hash_add_field(&h, s->scope.p, s->scope.len);
	for (i = 0; i < ARRAY_LEN(parts); i++)
		hash_add_field(&h, parts[i],
		    parts[i] != NULL ? strlen(parts[i]) : 0);
	hash_end(&h, key);
	return RH_OK;
}

rh_status
plugin_state_get(struct act *a, struct call *c, struct err *err)
{
	struct state_args *s = c->args;
	uint8_t key[HASH_LEN];
	struct scope scope;
	rh_status rc;

	if ((rc = state_scope(a, c, s, key, &scope, err)) != RH_OK ||
	    (rc = store_state_get(a->db, key, s->key, &c->arena, &s->value,
	    err)) != RH_OK)
		return rc;
	if (s->value.p == NULL)
		return err_set(err, RH_ENOENT, "no state \"" STR_FMT "\"",
		    STR_ARG(s->key));
	c->result = &s->value;
	return RH_OK;
}

#define STATE_MAX	(64 * 1024 * 1024)	/* of a runner, in all scopes */
#define ROW_BYTES	100	/* of a value besides its key and itself */

static int64_t
size_of(struct str key, struct str value)
{
	return value.p == NULL ? 0 :
	    (int64_t)(key.len + value.len) + ROW_BYTES;
}

/* Refused before anything is written. */
static rh_status
take_room(struct act *a, struct call *c, const struct state_args *s,
    const uint8_t key[HASH_LEN], const char *runner, struct err *err)
{
	struct str old, new = s->value;
	bool fits;
	rh_status rc;

	if (str_is(new, "null"))
		new.p = NULL;
	if ((rc = store_state_get(a->db, key, s->key, &c->arena, &old,
	    err)) != RH_OK ||
	    (rc = store_state_use(a->db, runner, size_of(s->key, new) -
	    size_of(s->key, old), STATE_MAX, &fits, err)) != RH_OK || fits)
		return rc;
	return err_set(err, RH_ERATE, "state: runner \"%s\" keeps as much as "
	    "it may, %d bytes", runner, STATE_MAX);
}

/* What a value weighs that takes the place of another, or of none. */
struct weighed {
	int64_t	owner_no, bytes;
	int64_t	was_owner_no, was_bytes;
};

static rh_status
weigh(struct act *a, const struct state_args *s, const uint8_t key[HASH_LEN],
    const char *owner, struct weighed *w, struct err *err)
{
	int64_t more;
	rh_status rc;

	if ((rc = store_state_weigh(a->db, key, s->key, &w->was_owner_no,
	    &w->was_bytes, err)) != RH_OK ||
	    (rc = store_owner_find(a->db, owner, &w->owner_no,
	    err)) != RH_OK)
		return rc;
	w->bytes = 0;
	if (!str_is(s->value, "null"))
		w->bytes = weight_pair(s->key, s->value);
	more = w->bytes;
	if (w->was_owner_no == w->owner_no)
		more -= w->was_bytes;
	if (more <= 0)
		return RH_OK;
	return act_bytes_check(a, w->owner_no, owner, more, err);
}

rh_status
plugin_state_set(struct act *a, struct call *c, struct err *err)
{
	struct state_args *s = c->args;
	struct weighed w;
	uint8_t key[HASH_LEN];
	struct scope scope;
	size_t tokens;
	rh_status rc;

	if ((rc = json_scan(s->value.p, s->value.len, &json_limits_default,
	    &tokens, err)) != RH_OK)
		return err_set(err, RH_EINPUT, "state: %s", err->msg);
	if ((rc = state_scope(a, c, s, key, &scope, err)) != RH_OK ||
	    (rc = weigh(a, s, key, scope.owner, &w, err)) != RH_OK ||
	    (rc = take_room(a, c, s, key, scope.runner, err)) != RH_OK)
		return rc;
	rc = str_is(s->value, "null") ?
	    store_state_delete(a->db, key, s->key, err) :
	    store_state_set(a->db, key, s->key, s->value, w.owner_no, a->now,
	    err);
	if (rc != RH_OK)
		return rc;
	if (w.was_owner_no != 0)
		act_bytes(a, w.was_owner_no, -w.was_bytes);
	act_bytes(a, w.owner_no, w.bytes);
	return RH_OK;
}
