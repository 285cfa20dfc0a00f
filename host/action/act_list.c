/*
 * Lists and counts of runs, as far as the caller reaches.
 */
#include "action/act.h"

#include "auth/policy.h"
#include "store/keyset.h"
#include "store/store_owner.h"
#include "store/store_scope.h"

struct list_args {
	struct run_filter filter;
	const char *conversation;	/* or NULL */
	int64_t	before;
	size_t	limit;
};

static rh_status
take_states(struct call *c, unsigned *bits, struct err *err)
{
	const char *native = call_text(c, "status");
	int list = json_member(&c->in, 0, "statuses"), n;
	enum run_state state;
	struct str s;

	if (native != NULL &&
	    (*bits = run_states_of_native(str_of(native))) == 0) {
		err_set(err, RH_EREQUEST, "no status \"%s\"", native);
		return err_hint(err, "one of PENDING, RUNNING, SUCCEEDED, "
		    "FAILED, TIMEOUT, CANCELED");
	}
	if (json_type(&c->in, list) != JSON_ARRAY)
		return RH_OK;
	for (n = json_first(&c->in, list); n >= 0; n = json_next(&c->in, n)) {
		state = json_str(&c->in, n, &c->arena, &s) ?
		    run_state_of_name(s) : 0;
		if (state == 0)
			return err_set(err, RH_EINPUT, "body.statuses: "
			    STR_FMT " is no status",
			    STR_ARG(json_raw(&c->in, n)));
		*bits |= 1u << state;
	}
	return RH_OK;
}

rh_status
run_list_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct list_args *a = arena_zalloc(&c->arena, sizeof *a);
	rh_status rc;

	(void)reg;
	c->args = a;
	if ((rc = take_states(c, &a->filter.states, err)) != RH_OK ||
	    (rc = take_cursor(c, "before_cursor", &a->before, err)) != RH_OK)
		return rc;
	a->filter.plugin = call_text(c, "extension_id");
	a->conversation = call_text(c, "conversation_id");
	a->limit = take_limit(c, "limit", 50, KEYSET_MAX);
	return RH_OK;
}

/* Whom a list is for, while it is read. */
struct reading {
	struct act *a;
	struct call *c;
	enum reach reach;
};

static bool
reached(void *arg, const struct scope *scope)
{
	const struct reading *r = arg;
	struct verdict v;

	authorize(r->a->policy, &r->c->caller, r->c->name, scope, r->a->now,
	    &v);
	return v.allow;
}

/* Narrows the filter to what the caller reaches. */
static rh_status
take_reach(struct reading *r, struct run_filter *f, struct err *err)
{
	const char *owner;
	rh_status rc;

	r->reach = authorize_reach(r->a->policy, &r->c->caller, r->c->name,
	    r->a->now, &owner);
	if (r->reach == REACH_RUNNERS || r->reach == REACH_SOME) {
		f->shows = reached;
		f->arg = r;
	}
	if (owner == NULL)
		return RH_OK;
	rc = store_owner_find(r->a->db, owner, &f->owner_no, err);
	if (f->owner_no == 0)
		f->owner_no = -1;	/* who never had a run: nobody's */
	return rc;
}

#define SCOPES_MAX	1000	/* owners, runners, threads of a conversation */

/* Narrows it to a conversation: of its scopes, those that are shown. */
static rh_status
take_conversation(struct reading *r, const char *id, struct run_filter *f,
    struct err *err)
{
	struct arena *arena = &r->c->arena;
	int64_t *nos = arena_alloc(arena, (SCOPES_MAX + 1) * sizeof *nos);
	struct scope s;
	size_t i, n, kept = 0;
	rh_status rc;

	if ((rc = store_scope_named(r->a->db, id, nos, SCOPES_MAX + 1, &n,
	    err)) != RH_OK)
		return rc;
	if (n > SCOPES_MAX)
		return err_set(err, RH_ETOOBIG, "conversation \"%s\" has runs "
		    "of more than %d owners, runners and threads", id,
		    SCOPES_MAX);
	for (i = 0; i < n; i++) {
		if ((rc = store_scope_get(r->a->db, nos[i], arena, &s,
		    err)) != RH_OK)
			return rc;
		if (reached(r, &s))
			nos[kept++] = nos[i];
	}
	f->scopes = nos;
	f->scope_count = kept;
	f->shows = NULL;
	return RH_OK;
}

/*
 * Runs by state.  What is kept goes by owner and runner; a finer reach is
 * counted by looking, and *whole is false when that wasn't all.
 */
static rh_status
count_states(const struct reading *r, const struct run_filter *f, int64_t *n,
    bool *whole, struct err *err)
{
	*whole = true;
	if (r->reach == REACH_SOME || f->scopes != NULL)
		return store_run_count(r->a->db, f, n, whole, err);
	return store_count_sum(r->a->db, f, n, err);
}

#define LIST_BYTES_MAX	(8 * 1024 * 1024)	/* read for a page */

rh_status
run_list(struct act *a, struct call *c, struct err *err)
{
	struct list_args *args = c->args;
	struct run_filter f = args->filter;
	struct reading reading = { .a = a, .c = c };
	struct run_list *list = arena_zalloc(&c->arena, sizeof *list);
	int64_t nos[101], n[RUN_STATES + 1];
	size_t count, i, bytes = 0;
	struct run_view *v;
	bool whole;
	rh_status rc;

	c->result = list;
	if ((rc = take_reach(&reading, &f, err)) != RH_OK ||
	    (args->conversation != NULL && (rc = take_conversation(&reading,
	    args->conversation, &f, err)) != RH_OK) ||
	    (rc = count_states(&reading, &f, n, &whole, err)) != RH_OK ||
	    (rc = store_run_page(a->db, &f, args->before, nos, args->limit,
	    &count, &list->next, err)) != RH_OK)
		return rc;
	for (i = 1; i <= RUN_STATES; i++) {
		if (f.states == 0 || (f.states & 1u << i) != 0)
			list->total += n[i];
	}
	if (!whole)
		list->total = -1;
	list->runs = arena_alloc(&c->arena, (count + 1) * sizeof *list->runs);
	for (i = 0; i < count && rc == RH_OK; i++) {
		if (bytes > LIST_BYTES_MAX) {
			list->next = nos[i - 1];
			break;
		}
		v = &list->runs[list->count++];
		rc = view_load(a, c, nos[i], v, err);
		bytes += v->cost;
	}
	return rc;
}

void
run_list_render(const struct call *c, struct buf *b)
{
	const struct run_list *list = c->result;
	struct json_out j;
	size_t i;

	jw_init(&j, b);
	jw_object(&j);
	jw_name(&j, "items");
	jw_array(&j);
	for (i = 0; i < list->count; i++) {
		jw_object(&j);
		write_run(&j, &list->runs[i].row);
		jw_end_object(&j);
	}
	jw_end_array(&j);
	write_cursor(&j, "next_cursor", list->next);
	jw_m_null(&j, "prev_cursor");
	jw_m_bool(&j, "has_more", list->next != 0);
	if (list->total >= 0)
		jw_m_i64(&j, "total_count", list->total);
	else
		jw_m_null(&j, "total_count");
	jw_end_object(&j);
}

static void
write_used(struct json_out *j, const char *name, int64_t used, int64_t limit)
{
	jw_name(j, name);
	jw_object(j);
	jw_m_i64(j, "used", used);
	if (limit != 0)
		jw_m_i64(j, "limit", limit);
	else
		jw_m_null(j, "limit");
	jw_end_object(j);
}

/* The caller's own quotas, whatever else it may see. */
static rh_status
write_quota(struct act *a, const struct call *c, struct json_out *j,
    struct err *err)
{
	int64_t owner_no, live = 0, bytes = 0;
	rh_status rc;

	if ((rc = store_owner_find(a->db, call_owner(c), &owner_no,
	    err)) != RH_OK ||
	    (rc = store_owner_live(a->db, owner_no, &live, err)) != RH_OK ||
	    (rc = store_owner_bytes(a->db, owner_no, &bytes, err)) != RH_OK)
		return rc;
	jw_name(j, "quota");
	jw_object(j);
	write_used(j, "live_runs", live, a->env->quota_live);
	write_used(j, "stored_bytes", bytes, a->env->quota_bytes);
	/* Only the doors' callers: the doors may be gone for all others. */
	if (a->env->streams != NULL && (c->caller.kind == CALLER_TOKEN ||
	    c->caller.kind == CALLER_LOCAL))
		write_used(j, "streams", (int64_t)a->env->streams(
		    a->env->streams_arg, call_owner(c)),
		    a->env->quota_streams);
	jw_end_object(j);
	return RH_OK;
}

rh_status
run_counts(struct act *a, struct call *c, struct err *err)
{
	struct run_filter f = { 0 };
	struct reading reading = { .a = a, .c = c };
	int64_t n[RUN_STATES + 1], total = 0, sum;
	struct buf b = { 0 };
	struct json_out j;
	const char *word;
	size_t i, k;
	bool whole;
	rh_status rc;

	if ((rc = take_reach(&reading, &f, err)) != RH_OK ||
	    (rc = count_states(&reading, &f, n, &whole, err)) != RH_OK)
		return rc;
	for (i = 1; i <= RUN_STATES; i++)
		total += n[i];
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_i64(&j, "total_runs", total);
	jw_name(&j, "by_status");
	jw_object(&j);
	/* Several states share a native word: the first of them speaks. */
	for (i = 1; i <= RUN_STATES; i++) {
		word = run_state_native((enum run_state)i);
		if (i > 1 && strcmp(word,
		    run_state_native((enum run_state)(i - 1))) == 0)
			continue;
		for (sum = 0, k = i; k <= RUN_STATES; k++) {
			if (strcmp(word,
			    run_state_native((enum run_state)k)) == 0)
				sum += n[k];
		}
		jw_m_i64(&j, word, sum);
	}
	jw_end_object(&j);
	jw_m_i64(&j, "interrupted", n[RUN_INTERRUPTED]);
	jw_m_bool(&j, "complete", whole);
	rc = write_quota(a, c, &j, err);
	jw_name(&j, "retention_hours");
	jw_double(&j, (double)a->env->command_retention_us / 3.6e9);
	jw_end_object(&j);
	act_reply(c, &b);
	return rc;
}
