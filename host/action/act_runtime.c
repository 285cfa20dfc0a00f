/*
 * Runtimes on other machines: registering, heartbeats, draining, lists.
 */
#include "action/act.h"

#include "json/read.h"
#include "store/store_claim.h"
#include "store/store_owner.h"
#include "store/store_runtime.h"

#include <string.h>

#define ID_MAX		255
#define ENDPOINT_MAX	1024
#define OBJECT_MAX	(16 * 1024)
#define TTL_DEFAULT	60
#define CLAIMS_SHOWN	1000

/* What a body says; NULL and 0: nothing. */
struct runtime_args {
	const char *id, *display_name, *endpoint, *version;
	const char *capabilities, *labels, *metadata;
	int64_t	capacity, ttl, deadline;
	bool	draining, has_status, on;
};

static rh_status
take_object(struct call *c, const char *name, const char **out,
    struct err *err)
{
	int node = json_member(&c->in, 0, name);
	struct buf b = { 0 };

	if (json_type(&c->in, node) != JSON_OBJECT)
		return RH_OK;
	json_canonical(&c->in, node, &b);
	if (b.len > OBJECT_MAX)
		err_set(err, RH_EINPUT, "body.%s: %zu bytes are more than %d",
		    name, b.len, OBJECT_MAX);
	*out = b.len > OBJECT_MAX ? NULL :
	    arena_strndup(&c->arena, b.p, b.len);
	buf_fini(&b);
	return *out != NULL ? RH_OK : RH_EINPUT;
}

int64_t
clamp_seconds(int64_t s)
{
	return s < 1 ? 1 : s > SECONDS_MAX ? SECONDS_MAX : s;
}

rh_status
runtime_prepare(struct call *c, struct registry *reg, struct err *err)
{
	struct runtime_args *r = arena_zalloc(&c->arena, sizeof *r);
	const char *status = call_text(c, "status");
	rh_status rc;

	(void)reg;
	c->args = r;
	r->on = true;
	if ((rc = take_name(c, "runtime_id", ID_MAX, &r->id, err)) != RH_OK ||
	    (rc = take_name(c, "display_name", ID_MAX, &r->display_name,
	    err)) != RH_OK ||
	    (rc = take_name(c, "endpoint", ENDPOINT_MAX, &r->endpoint,
	    err)) != RH_OK ||
	    (rc = take_name(c, "version", ID_MAX, &r->version,
	    err)) != RH_OK ||
	    (rc = take_object(c, "capabilities", &r->capabilities,
	    err)) != RH_OK ||
	    (rc = take_object(c, "metadata", &r->metadata, err)) != RH_OK ||
	    (rc = take_labels(c, "labels", &r->labels, err)) != RH_OK ||
	    (rc = json_opt_bool(&c->in, 0, "draining", &r->on,
	    err)) != RH_OK)
		return rc;
	if (r->labels == NULL && json_member(&c->in, 0, "labels") >= 0)
		r->labels = "{}";
	json_i64(&c->in, json_member(&c->in, 0, "capacity"), &r->capacity);
	r->ttl = take_seconds(c, "heartbeat_ttl_seconds", 0);
	r->deadline = take_seconds(c, "heartbeat_deadline_at", 0);
	r->has_status = status != NULL;
	r->draining = status != NULL && strcmp(status, "draining") == 0;
	if (strcmp(r->id, "local") == 0)
		return err_set(err, RH_EINPUT, "body.runtime_id: \"local\" is "
		    "the host itself");
	return RH_OK;
}

static int64_t
deadline_of(const struct runtime_args *r, int64_t now)
{
	int64_t s = r->ttl != 0 ? r->ttl : TTL_DEFAULT;

	if (r->deadline != 0)
		s = r->deadline - now / US_PER_S;
	return now + clamp_seconds(s) * US_PER_S;
}

const char *
runtime_status(bool stale, bool draining)
{
	return stale ? "stale" : draining ? "draining" : "online";
}

void
write_runtime(struct json_out *j, const struct runtime_row *r)
{
	jw_m_i64(j, "id", r->no);
	jw_m_text(j, "runtime_id", r->id);
	jw_m_text(j, "owner", r->owner);
	jw_m_text(j, "status", runtime_status(r->stale, r->draining));
	jw_m_bool(j, "draining", r->draining);
	jw_m_text(j, "display_name", r->display_name);
	jw_m_text(j, "endpoint", r->endpoint);
	jw_m_text(j, "version", r->version);
	jw_m_raw(j, "capabilities", str_of(r->capabilities));
	jw_m_raw(j, "labels", str_of(r->labels));
	jw_m_raw(j, "metadata", str_of(r->metadata));
	jw_name(j, "capacity");
	if (r->capacity != 0)
		jw_i64(j, r->capacity);
	else
		jw_null(j);
	write_epoch(j, "last_heartbeat_at", r->heartbeat_us);
	write_epoch(j, "heartbeat_deadline_at", r->deadline_us);
	write_epoch(j, "created_at", r->created_us);
	write_epoch(j, "updated_at", r->updated_us);
}

/* What it holds: what it holds besides was lost. */
static rh_status
write_claims(struct act *a, struct call *c, const char *id,
    struct json_out *j, struct err *err)
{
	struct held_row *rows = arena_alloc(&c->arena,
	    CLAIMS_SHOWN * sizeof *rows);
	char run[ID_RUN_LEN];
	size_t i, n;
	rh_status rc = store_claim_held(a->db, id, rows, CLAIMS_SHOWN, &n,
	    err);

	jw_name(j, "claims");
	jw_array(j);
	for (i = 0; i < n; i++) {
		jw_object(j);
		jw_m_text(j, "run_id", id_run(&rows[i].id, run));
		jw_m_text(j, "status", run_state_name(rows[i].state));
		jw_m_i64(j, "attempt", rows[i].attempts);
		write_epoch(j, "claim_lease_expires_at", rows[i].lease_us);
		jw_m_bool(j, "cancel_requested", rows[i].cancel_us != 0);
		jw_end_object(j);
	}
	jw_end_array(j);
	jw_m_bool(j, "claims_complete", n < CLAIMS_SHOWN);
	return rc;
}

static rh_status
reply_runtime(struct act *a, struct call *c, const struct runtime_row *r,
    const char *before, struct err *err)
{
	struct buf b = { 0 }, d = { 0 };
	rh_status rc;
	struct json_out j;

	jw_init(&j, &d);
	jw_object(&j);
	if (before != NULL)
		jw_m_text(&j, "from", before);
	jw_m_text(&j, "status", runtime_status(r->stale, r->draining));
	jw_m_raw(&j, "labels", str_of(r->labels));
	jw_end_object(&j);
	act_detail(a, c, &d);
	jw_init(&j, &b);
	jw_object(&j);
	write_runtime(&j, r);
	rc = write_claims(a, c, r->id, &j, err);
	jw_end_object(&j);
	act_reply(c, &b);
	return rc;
}

/* A new one is its maker's; there are not more than anybody needs. */
static rh_status
make_owner(struct act *a, struct call *c, struct runtime_row *r,
    struct err *err)
{
	int64_t n;
	rh_status rc;

	r->owner = call_owner(c);
	if ((rc = store_owner_intern(a->db, r->owner, &r->owner_no,
	    err)) != RH_OK ||
	    (rc = store_runtime_count(a->db, r->owner_no, &n, err)) != RH_OK)
		return rc;
	if (n < RUNTIMES_MAX)
		return RH_OK;
	err_set(err, RH_ERUNS, "\"%s\" has %lld runtimes, the limit is %d",
	    r->owner, (long long)n, RUNTIMES_MAX);
	return err_hint(err, "register under an id that is in use already");
}

rh_status
runtime_register(struct act *a, struct call *c, struct err *err)
{
	const struct runtime_args *args = c->args;
	struct runtime_row r = { .id = args->id, .created_us = a->now };
	const char *before = NULL;
	rh_status rc;

	if (a->runtime != NULL) {
		before = runtime_status(a->runtime->stale,
		    a->runtime->draining);
		r.no = a->runtime->no;
		r.owner = a->runtime->owner;
		r.created_us = a->runtime->created_us;
	} else if ((rc = make_owner(a, c, &r, err)) != RH_OK) {
		return rc;
	}
	r.draining = args->draining;
	r.display_name = args->display_name;
	r.endpoint = args->endpoint;
	r.version = args->version;
	r.capabilities = args->capabilities ? args->capabilities : "{}";
	r.labels = args->labels != NULL ? args->labels : "{}";
	r.metadata = args->metadata != NULL ? args->metadata : "{}";
	r.capacity = args->capacity;
	r.heartbeat_us = r.updated_us = a->now;
	r.deadline_us = deadline_of(args, a->now);
	if ((rc = store_runtime_put(a->db, &r, err)) != RH_OK)
		return rc;
	return reply_runtime(a, c, &r, before, err);
}

/* The old object with the new one's members: JSON, in the call's arena. */
static rh_status
merge(struct call *c, const char *old, const char *new, const char **out,
    struct err *err)
{
	struct json_doc o, n;
	struct buf b = { 0 };
	struct json_out j;
	struct str name;
	int m;

	if (json_parse(&c->arena, old, strlen(old), NULL, &o, err) != RH_OK ||
	    json_parse(&c->arena, new, strlen(new), NULL, &n, err) != RH_OK)
		return err->status;
	jw_init(&j, &b);
	jw_object(&j);
	for (m = json_first(&o, 0); m >= 0; m = json_next(&o, m)) {
		if (!json_str(&o, m, &c->arena, &name) ||
		    json_member(&n, 0, name.p) >= 0)
			continue;
		jw_name_str(&j, name);
		jw_raw(&j, json_raw(&o, json_value(&o, m)));
	}
	for (m = json_first(&n, 0); m >= 0; m = json_next(&n, m)) {
		if (!json_str(&n, m, &c->arena, &name))
			continue;
		jw_name_str(&j, name);
		jw_raw(&j, json_raw(&n, json_value(&n, m)));
	}
	jw_end_object(&j);
	*out = arena_strndup(&c->arena, b.p, b.len);
	buf_fini(&b);
	if (strlen(*out) <= OBJECT_MAX)
		return RH_OK;
	return err_set(err, RH_EINPUT, "body.metadata: with what is kept, "
	    "%zu bytes are more than %d", strlen(*out), OBJECT_MAX);
}

rh_status
runtime_heartbeat(struct act *a, struct call *c, struct err *err)
{
	const struct runtime_args *args = c->args;
	struct runtime_row r = *a->runtime;
	const char *before = runtime_status(r.stale, r.draining);
	rh_status rc;

	if (args->metadata != NULL && (rc = merge(c, r.metadata,
	    args->metadata, &r.metadata, err)) != RH_OK)
		return rc;
	r.stale = false;
	if (args->has_status)
		r.draining = args->draining;
	if (args->capabilities != NULL)
		r.capabilities = args->capabilities;
	if (args->labels != NULL)
		r.labels = args->labels;
	if (args->capacity != 0)
		r.capacity = args->capacity;
	r.heartbeat_us = r.updated_us = a->now;
	r.deadline_us = deadline_of(args, a->now);
	if ((rc = store_runtime_put(a->db, &r, err)) != RH_OK)
		return rc;
	return reply_runtime(a, c, &r, before, err);
}

rh_status
runtime_drain(struct act *a, struct call *c, struct err *err)
{
	const struct runtime_args *args = c->args;
	struct runtime_row r = *a->runtime;
	const char *before = runtime_status(r.stale, r.draining);
	rh_status rc;

	r.draining = args->on;
	r.updated_us = a->now;
	if ((rc = store_runtime_put(a->db, &r, err)) != RH_OK)
		return rc;
	return reply_runtime(a, c, &r, before, err);
}
