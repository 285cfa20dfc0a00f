/*
 * A plugin's own values.
 */
#include "action/act_state.h"

#include "action/attempt.h"
#include "base/mem.h"
#include "json/scan.h"
#include "store/store_owner.h"
#include "store/store_run.h"
#include "store/store_weight.h"

static const char *
no_such(const struct state_kind *k)
{
	return str_is(k->scope, "conversation") ?
	    "the run has no session that state could belong to" :
	    "state of a subject needs the subject's id";
}

rh_status
state_place(struct act *a, struct call *c, int64_t run_no,
    const struct state_kind *k, struct state_place *p, struct err *err)
{
	const char *parts[5] = { NULL }, *whose = "";
	struct hash h;
	size_t i;
	rh_status rc;

	if ((rc = store_run_scope(a->db, run_no, &c->arena, &p->run,
	    err)) != RH_OK)
		return rc;
	parts[0] = p->run.runner;
	parts[1] = p->run.workspace;
	parts[2] = p->run.bot;
	if (str_is(k->scope, "actor")) {
		parts[3] = whose = p->run.owner;
	} else if (str_is(k->scope, "conversation")) {
		parts[3] = whose = p->run.conversation;
		parts[4] = p->run.thread;
	} else if (str_is(k->scope, "subject")) {
		parts[3] = whose = k->subject_id;
		parts[4] = k->subject_type;
	} else if (!str_is(k->scope, "runner")) {
		return err_set(err, RH_EINPUT, "state scope \"" STR_FMT
		    "\": must be runner, actor, conversation or subject",
		    STR_ARG(k->scope));
	}
	if (whose == NULL)
		return err_set(err, RH_ESTATE, "%s", no_such(k));
	hash_begin(&h, NULL, 0);
	hash_add_field(&h, k->scope.p, k->scope.len);
	for (i = 0; i < ARRAY_LEN(parts); i++)
		hash_add_field(&h, parts[i],
		    parts[i] != NULL ? strlen(parts[i]) : 0);
	hash_end(&h, p->key);
	return RH_OK;
}

/* Of an attempt that is still the run's. */
static rh_status
own_place(struct act *a, struct call *c, const struct state_args *s,
    struct state_place *p, struct err *err)
{
	const struct state_kind k = { .scope = s->scope };
	struct run_live l;
	rh_status rc;

	if ((rc = attempt_get(a, c, s->run_no, s->fence, &l, err)) != RH_OK)
		return rc;
	return state_place(a, c, s->run_no, &k, p, err);
}

rh_status
plugin_state_get(struct act *a, struct call *c, struct err *err)
{
	struct state_args *s = c->args;
	struct state_place p;
	struct state_row r;
	rh_status rc;

	if ((rc = own_place(a, c, s, &p, err)) != RH_OK ||
	    (rc = store_state_get(a->db, p.key, s->key, &c->arena, &r,
	    err)) != RH_OK)
		return rc;
	if (r.version == 0)
		return err_set(err, RH_ENOENT, "no state \"" STR_FMT "\"",
		    STR_ARG(s->key));
	s->value = r.value;
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

static rh_status
take_room(struct act *a, struct call *c, const struct state_place *p,
    struct str key, struct str value, struct err *err)
{
	struct state_row old;
	bool fits;
	rh_status rc;

	if (str_is(value, "null"))
		value.p = NULL;
	if ((rc = store_state_get(a->db, p->key, key, &c->arena, &old,
	    err)) != RH_OK ||
	    (rc = store_state_use(a->db, p->run.runner, size_of(key, value) -
	    size_of(key, old.value), STATE_MAX, &fits, err)) != RH_OK || fits)
		return rc;
	return err_set(err, RH_ERATE, "state: runner \"%s\" keeps as much as "
	    "it may, %d bytes", p->run.runner, STATE_MAX);
}

/* What a value weighs that takes the place of another, or of none. */
struct weighed {
	int64_t	owner_no, bytes;
	int64_t	was_owner_no, was_bytes;
};

static rh_status
weigh(struct act *a, const struct state_place *p, struct str key,
    struct str value, struct weighed *w, struct err *err)
{
	int64_t more;
	rh_status rc;

	if ((rc = store_state_weigh(a->db, p->key, key, &w->was_owner_no,
	    &w->was_bytes, err)) != RH_OK ||
	    (rc = store_owner_find(a->db, p->run.owner, &w->owner_no,
	    err)) != RH_OK)
		return rc;
	w->bytes = 0;
	if (!str_is(value, "null"))
		w->bytes = weight_pair(key, value);
	more = w->bytes;
	if (w->was_owner_no == w->owner_no)
		more -= w->was_bytes;
	if (more <= 0)
		return RH_OK;
	return act_bytes_check(a, w->owner_no, p->run.owner, more, err);
}

rh_status
state_put(struct act *a, struct call *c, const struct state_place *p,
    struct str key, struct str value, struct err *err)
{
	struct weighed w;
	rh_status rc;

	if ((rc = weigh(a, p, key, value, &w, err)) != RH_OK ||
	    (rc = take_room(a, c, p, key, value, err)) != RH_OK)
		return rc;
	rc = str_is(value, "null") ?
	    store_state_delete(a->db, p->key, key, err) :
	    store_state_set(a->db, p->key, key, value, w.owner_no, a->now,
	    err);
	if (rc != RH_OK)
		return rc;
	if (w.was_owner_no != 0)
		act_bytes(a, w.was_owner_no, -w.was_bytes);
	act_bytes(a, w.owner_no, w.bytes);
	return RH_OK;
}

rh_status
plugin_state_set(struct act *a, struct call *c, struct err *err)
{
	struct state_args *s = c->args;
	struct state_place p;
	size_t tokens;
	rh_status rc;

	if ((rc = json_scan(s->value.p, s->value.len, &json_limits_default,
	    &tokens, err)) != RH_OK)
		return err_set(err, RH_EINPUT, "state: %s", err->msg);
	if ((rc = own_place(a, c, s, &p, err)) != RH_OK)
		return rc;
	return state_put(a, c, &p, s->key, s->value, err);
}
