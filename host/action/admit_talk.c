/*
 * Admission to what came in and was said: of the runs of one conversation
 * those that the caller reaches, asked scope by scope.  A conversation of
 * which nothing is reached looks as if it weren't there.
 */
#include "action/admit.h"

#include "action/act.h"
#include "auth/session.h"
#include "store/keyset.h"
#include "store/store_input.h"
#include "store/store_owner.h"
#include "store/store_scope.h"

#include <string.h>

#define SCOPES_MAX	1000	/* owners and runners of a conversation */
#define NAMED_MAX	100	/* events with the same id */

static bool
names_run(struct call *c)
{
	return call_text(c, "target_run_id") != NULL ||
	    call_text(c, "run_id") != NULL;
}

/* The field, or the one of the filters. */
static const char *
conversation_of(struct call *c)
{
	int filters = json_member(&c->in, 0, "filters");
	const char *text = call_text(c, "conversation_id");
	struct str s;

	if (text == NULL && json_str(&c->in, json_member(&c->in, filters,
	    "conversation_id"), &c->arena, &s))
		text = s.p;
	return text;
}

static rh_status
no_conversation(struct act *a, const char *id, struct err *err)
{
	a->target = id;
	err_set(err, RH_ENOENT, "no conversation \"%s\"", id);
	return err_hint(err, "it is named with its workspace_id, bot_id and "
	    "thread_id, or by one of its runs: target_run_id");
}

/* Whether the caller holds the permission for anything at all. */
static rh_status
holds_any(struct act *a, struct call *c, const char **owner, struct err *err)
{
	struct verdict v = { .missing = c->caller.principal };

	return authorize_reach(a->policy, &c->caller, c->name, a->now,
	    owner) == REACH_NONE ? refuse(c, &v, err) : RH_OK;
}

/*
 * Whether what is asked about next is the run that gives the plugin
 * something: of others it gives those like it only.  0: it isn't.
 */
static void
set_own(struct call *c, int64_t run_no)
{
	if (c->caller.session != NULL)
		c->caller.session->own = c->caller.session->run_no == run_no;
}

static bool
reaches(struct act *a, struct call *c, const struct scope *s)
{
	struct verdict v;

	authorize(a->policy, &c->caller, c->name, s, a->now, &v);
	c->admin |= v.allow && v.admin;
	return v.allow;
}

/* The scopes of a conversation that the caller reaches. */
static rh_status
collect(struct act *a, struct call *c, const struct scope *talk,
    const char *owner, struct err *err)
{
	int64_t *nos = arena_alloc(&c->arena, (SCOPES_MAX + 1) * sizeof *nos);
	int64_t owner_no = 0;
	struct scope scope;
	size_t i, n;
	rh_status rc;

	if (owner != NULL) {
		if ((rc = store_owner_find(a->db, owner, &owner_no,
		    err)) != RH_OK)
			return rc;
		if (owner_no == 0)
			return RH_OK;
	}
	if ((rc = store_scope_talk(a->db, talk, owner_no, nos,
	    SCOPES_MAX + 1, &n, err)) != RH_OK)
		return rc;
	set_own(c, 0);
	if (n > SCOPES_MAX)
		return err_set(err, RH_ETOOBIG, "conversation \"%s\" has runs "
		    "of more than %d owners and runners", talk->conversation,
		    SCOPES_MAX);
	for (i = 0; i < n; i++) {
		if ((rc = store_scope_get(a->db, nos[i], &c->arena, &scope,
		    err)) != RH_OK)
			return rc;
		if (reaches(a, c, &scope))
			nos[a->scope_count++] = nos[i];
	}
	a->scopes = nos;
	return RH_OK;
}

/* A plugin that names nothing means the run that it carries out. */
static rh_status
own_run(struct act *a, struct call *c, struct scope *s, struct err *err)
{
	struct run_row r;
	rh_status rc = store_run_get(a->db, c->caller.run_no, &c->arena, &r,
	    err);

	if (rc != RH_OK)
		return rc;
	*s = r.scope;
	a->run_no = r.run_no;
	a->target = id_run(&r.id, arena_alloc(&c->arena, ID_RUN_LEN));
	return RH_OK;
}

/* By a run, which has to be reached itself. */
static rh_status
admit_by_run(struct act *a, struct call *c, bool own, const char *owner,
    struct err *err)
{
	const char *wanted = conversation_of(c);
	struct verdict v = { .missing = c->caller.principal };
	struct scope s;
	rh_status rc;

	if (own) {
		if ((rc = own_run(a, c, &s, err)) != RH_OK)
			return rc;
		set_own(c, a->run_no);
		if (!reaches(a, c, &s))
			return refuse(c, &v, err);
	} else if ((rc = admit_target(a, c, err)) != RH_OK ||
	    (rc = store_run_scope(a->db, a->run_no, &c->arena, &s,
	    err)) != RH_OK) {
		return rc;
	}
	if (wanted != NULL && (s.conversation == NULL ||
	    strcmp(wanted, s.conversation) != 0))
		return no_conversation(a, wanted, err);
	a->conversation = s.conversation;
	return s.conversation != NULL ? collect(a, c, &s, owner, err) : RH_OK;
}

static rh_status
admit_by_name(struct act *a, struct call *c, const char *owner,
    struct err *err)
{
	struct scope s = {
		.workspace = call_text(c, "workspace_id"),
		.bot = call_text(c, "bot_id"),
		.conversation = conversation_of(c),
		.thread = call_text(c, "thread_id"),
	};
	rh_status rc;

	if (s.conversation == NULL)
		return err_set(err, RH_EINPUT, "body: one of "
		    "\"conversation_id\" and \"target_run_id\" must be there");
	if ((rc = collect(a, c, &s, owner, err)) != RH_OK)
		return rc;
	if (a->scope_count == 0)
		return no_conversation(a, s.conversation, err);
	a->target = a->conversation = s.conversation;
	return RH_OK;
}

rh_status
admit_talk(struct act *a, struct call *c, struct err *err)
{
	const char *owner;
	bool own;
	rh_status rc;

	a->scopes = NULL;
	a->scope_count = 0;
	if ((rc = holds_any(a, c, &owner, err)) != RH_OK ||
	    c->refusal != RH_OK)
		return rc;
	own = !names_run(c) && conversation_of(c) == NULL &&
	    c->caller.run_no != 0;
	return own || names_run(c) ? admit_by_run(a, c, own, owner, err) :
	    admit_by_name(a, c, owner, err);
}

/* Whether an event is the run's own, or of the same conversation. */
static bool
is_near(int64_t run_no, const struct scope *run, int64_t event_no,
    const struct scope *event)
{
	const char *const pairs[][2] = {
		{ run->conversation, event->conversation },
		{ run->workspace, event->workspace },
		{ run->bot, event->bot }, { run->thread, event->thread },
	};
	size_t i;

	if (run_no == event_no)
		return true;
	if (run->conversation == NULL)
		return false;
	for (i = 0; i < 4; i++) {
		if (pairs[i][0] == NULL ? pairs[i][1] != NULL :
		    pairs[i][1] == NULL ||
		    strcmp(pairs[i][0], pairs[i][1]) != 0)
			return false;
	}
	return true;
}

/* The event of this id that the caller reaches: its own goes first. */
static rh_status
find_event(struct act *a, struct call *c, int64_t run_no,
    const struct scope *near, struct err *err)
{
	int64_t nos[NAMED_MAX], owner_no;
	struct scope s;
	size_t i, n;
	rh_status rc;

	a->run_no = 0;
	if ((rc = store_owner_find(a->db, call_owner(c), &owner_no,
	    err)) != RH_OK ||
	    (rc = store_input_named(a->db, call_text(c, "event_id"), owner_no,
	    nos, NAMED_MAX, &n, err)) != RH_OK)
		return rc;
	for (i = 0; i < n && a->run_no == 0; i++) {
		if ((rc = store_run_scope(a->db, nos[i], &c->arena, &s,
		    err)) != RH_OK)
			return rc;
		set_own(c, nos[i]);
		if ((run_no == 0 || is_near(run_no, near, nos[i], &s)) &&
		    reaches(a, c, &s))
			a->run_no = nos[i];
	}
	a->target = call_text(c, "event_id");
	if (a->run_no != 0)
		return RH_OK;
	err_set(err, RH_ENOENT, "no event \"%s\"", a->target);
	return err_hint(err, "list those of a conversation with event_page");
}

rh_status
admit_event(struct act *a, struct call *c, struct err *err)
{
	struct scope near = { 0 };
	const char *owner;
	rh_status rc;

	if ((rc = holds_any(a, c, &owner, err)) != RH_OK ||
	    c->refusal != RH_OK)
		return rc;
	if (names_run(c) && ((rc = admit_target(a, c, err)) != RH_OK ||
	    (rc = store_run_scope(a->db, a->run_no, &c->arena, &near,
	    err)) != RH_OK))
		return rc;
	return find_event(a, c, names_run(c) ? a->run_no : 0, &near, err);
}
