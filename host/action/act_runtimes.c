/*
 * The list of runtimes, as far as the caller reaches.
 */
#include "action/act.h"

#include "auth/policy.h"
#include "json/read.h"
#include "store/store_runtime.h"

#include <string.h>

struct runtimes_args {
	const char *labels;	/* or NULL */
	struct json_doc want;	/* of labels */
	bool	online, stale, draining;
	int64_t	after;
	size_t	limit;
};

rh_status
runtime_list_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct runtimes_args *a = arena_zalloc(&c->arena, sizeof *a);
	int list = json_member(&c->in, 0, "statuses"), n;
	bool all = json_type(&c->in, list) != JSON_ARRAY ||
	    json_size(&c->in, list) == 0;
	rh_status rc;

	(void)reg;
	c->args = a;
	a->online = a->stale = a->draining = all;
	for (n = all ? -1 : json_first(&c->in, list); n >= 0;
	    n = json_next(&c->in, n)) {
		a->online |= json_is(&c->in, n, "online");
		a->stale |= json_is(&c->in, n, "stale");
		a->draining |= json_is(&c->in, n, "draining");
	}
	a->limit = take_limit(c, "limit", 50, 500);
	if ((rc = take_cursor(c, "cursor", &a->after, err)) != RH_OK ||
	    (a->after == 0 && (rc = take_cursor(c, "after_cursor", &a->after,
	    err)) != RH_OK) ||
	    (rc = take_labels(c, "labels", &a->labels, err)) != RH_OK ||
	    a->labels == NULL)
		return rc;
	return json_parse(&c->arena, a->labels, strlen(a->labels), NULL,
	    &a->want, err);
}

bool
labels_hold(struct arena *a, const char *labels, const struct json_doc *want)
{
	struct json_doc have;
	struct str name, value;
	int m;

	if (json_parse(a, labels, strlen(labels), NULL, &have, NULL) != RH_OK)
		return false;
	for (m = json_first(want, 0); m >= 0; m = json_next(want, m)) {
		if (!json_str(want, m, a, &name) ||
		    !json_str(want, json_value(want, m), a, &value) ||
		    !json_is(&have, json_member(&have, 0, name.p), value.p))
			return false;
	}
	return true;
}

/* A page while it is read. */
struct listing {
	struct act *a;
	struct call *c;
	const struct runtimes_args *args;
	bool	all;		/* the caller reaches everybody's */
	struct json_out j;
	size_t	count;
	int64_t	total, last;
	bool	more;
};

static bool
is_shown(struct listing *l, const struct runtime_row *r)
{
	const struct runtimes_args *args = l->args;
	struct scope scope = { .owner = r->owner, .runner = "" };
	struct verdict v;

	if (!(r->stale ? args->stale : r->draining ? args->draining :
	    args->online) || (args->labels != NULL &&
	    !labels_hold(&l->c->arena, r->labels, &args->want)))
		return false;
	if (l->all)
		return true;
	authorize(l->a->policy, &l->c->caller, l->c->name, &scope, l->a->now,
	    &v);
	return v.allow;
}

static bool
list_one(void *arg, struct runtime_row *r)
{
	struct listing *l = arg;

	if (!is_shown(l, r))
		return true;
	l->total++;
	if (r->no <= l->args->after)
		return true;
	if (l->count == l->args->limit) {
		l->more = true;
		return true;
	}
	l->count++;
	l->last = r->no;
	jw_object(&l->j);
	write_runtime(&l->j, r);
	jw_end_object(&l->j);
	return true;
}

/* All are looked at, to count those that match: they are few. */
rh_status
runtime_list(struct act *a, struct call *c, struct err *err)
{
	struct listing l = { .a = a, .c = c, .args = c->args };
	struct buf b = { 0 };
	const char *owner;
	rh_status rc;

	l.all = authorize_reach(a->policy, &c->caller, c->name, a->now,
	    &owner) == REACH_ALL;
	jw_init(&l.j, &b);
	jw_object(&l.j);
	jw_name(&l.j, "items");
	jw_array(&l.j);
	rc = store_runtime_each(a->db, 0, list_one, &l, &c->arena, err);
	jw_end_array(&l.j);
	write_cursor(&l.j, "next_cursor", l.more ? l.last : 0);
	jw_m_null(&l.j, "prev_cursor");
	jw_m_bool(&l.j, "has_more", l.more);
	jw_m_i64(&l.j, "total_count", l.total);
	jw_end_object(&l.j);
	act_reply(c, &b);
	return rc;
}
