/*
 * Tokens and grants.
 */
#include "action/act.h"

#include "action/signer.h"
#include "auth/capability.h"
#include "auth/policy.h"
#include "base/hash.h"
#include "base/mem.h"
#include "plugin/registry.h"
#include "store/store_auth.h"

static rh_status
expiry(struct act *a, struct call *c, int64_t *out, struct err *err)
{
	int64_t seconds = 0;
	rh_status rc;

	rc = json_opt_i64(&c->in, 0, "expires_in_seconds", 1,
	    INT64_C(100) * 366 * 86400, &seconds, err);
	*out = seconds != 0 ? a->now + seconds * US_PER_S : 0;
	return rc;
}

/* A new token's text; its hash is all that is kept. */
static const char *
make_token(struct act *a, struct call *c, uint8_t hash[HASH_LEN])
{
	uint8_t secret[32];
	char hex[2 * sizeof secret + 1];
	const char *text;

	act_rand(a, secret, sizeof secret);
	str_hex(hex, secret, sizeof secret);
	text = arena_printf(&c->arena, "rh_%s", hex);
	hash_of(text, strlen(text), hash);
	hash_wipe(secret, sizeof secret);
	hash_wipe(hex, sizeof hex);
	return text;
}

static rh_status
give_role(struct act *a, const struct call *c, const struct token_row *t,
    const char *role, struct err *err)
{
	struct grant_row g = {
		.grantee = t->principal, .created_us = a->now,
		.created_by = c->caller.principal,
	};

	g.permission = role;
	return store_grant_insert(a->db, &g, err);
}

rh_status
token_create(struct act *a, struct call *c, struct err *err)
{
	struct token_row t = {
		.principal = call_text(c, "principal"),
		.created_us = a->now, .created_by = c->caller.principal,
	};
	const char *role = call_text(c, "role"), *text;
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	if (!principal_check(t.principal)) {
		err_set(err, RH_EINPUT, "principal \"%s\": must be user:, "
		    "service: or runtime: and a name", t.principal);
		return err_hint(err, "as user:alice");
	}
	/* Rows that name it must be the host's. */
	if (strcmp(t.principal, caller_host.principal) == 0)
		return err_set(err, RH_EINPUT, "principal \"%s\": is the "
		    "host's own pool", t.principal);
	if ((rc = take_text(c, "label", NAME_MAX_LEN, &t.label, err)) != RH_OK ||
	    (rc = expiry(a, c, &t.expires_us, err)) != RH_OK)
		return rc;
	if (role != NULL) {
		role = arena_printf(&c->arena, "role:%s", role);
		if ((rc = permission_known(a, role, err)) != RH_OK)
			return rc;
	}
	text = make_token(a, c, t.hash);
	if ((rc = store_token_insert(a->db, &t, err)) != RH_OK ||
	    (role != NULL && (rc = give_role(a, c, &t, role, err)) != RH_OK))
		return rc;
	act_policy_changed(a);
	act_target(a, c, t.principal);
	a->detail = arena_printf(&c->arena, "{\"token_id\":\"%lld\"}",
	    (long long)t.token_no);
	jw_init(&j, &b);
	jw_object(&j);
	write_cursor(&j, "token_id", t.token_no);
	jw_m_text(&j, "token", text);
	jw_m_text(&j, "principal", t.principal);
	jw_m_text(&j, "label", t.label);
	write_epoch(&j, "expires_at", t.expires_us);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

rh_status
token_list(struct act *a, struct call *c, struct err *err)
{
	struct token_row *t;
	struct buf b = { 0 };
	struct json_out j;
	size_t i, n;
	rh_status rc;

	if ((rc = store_token_list(a->db, &c->arena, &t, &n, err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_name(&j, "items");
	jw_array(&j);
	for (i = 0; i < n; i++) {
		jw_object(&j);
		write_cursor(&j, "token_id", t[i].token_no);
		jw_m_text(&j, "principal", t[i].principal);
		jw_m_text(&j, "label", t[i].label);
		write_epoch(&j, "created_at", t[i].created_us);
		jw_m_text(&j, "created_by", t[i].created_by);
		write_epoch(&j, "expires_at", t[i].expires_us);
		write_epoch(&j, "revoked_at", t[i].revoked_us);
		jw_end_object(&j);
	}
	jw_end_array(&j);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

/* A number given as a string or an integer. */
static rh_status
take_number(struct call *c, const char *name, int64_t *out, struct err *err)
{
	rh_status rc = take_cursor(c, name, out, err);

	if (rc == RH_OK && *out == 0)
		return err_set(err, RH_EINPUT, "body: field \"%s\" is missing",
		    name);
	return rc;
}

rh_status
token_revoke(struct act *a, struct call *c, struct err *err)
{
	struct buf b = { 0 };
	struct json_out j;
	int64_t no;
	rh_status rc;

	if ((rc = take_number(c, "token_id", &no, err)) != RH_OK)
		return rc;
	rc = store_token_revoke(a->db, no, a->now, err);
	if (rc == RH_ENOENT) {
		err_set(err, rc, "there is no token %lld, or it is revoked "
		    "already", (long long)no);
		err_hint(err, "list them with: runhost token list");
	}
	if (rc != RH_OK)
		return rc;
	act_policy_changed(a);
	a->target = arena_printf(&c->arena, "token %lld", (long long)no);
	jw_init(&j, &b);
	jw_object(&j);
	write_cursor(&j, "token_id", no);
	write_epoch(&j, "revoked_at", a->now);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

static void
write_grant(struct json_out *j, const struct grant_row *g)
{
	write_cursor(j, "grant_id", g->grant_no);
	jw_m_text(j, "grantee", g->grantee);
	jw_m_text(j, "permission", g->permission);
	jw_name(j, "scope");
	jw_object(j);
	jw_m_text(j, "owner", g->scope.owner);
	jw_m_text(j, "workspace", g->scope.workspace);
	jw_m_text(j, "bot", g->scope.bot);
	jw_m_text(j, "conversation", g->scope.conversation);
	jw_m_text(j, "thread", g->scope.thread);
	jw_m_text(j, "runner", g->scope.runner);
	jw_m_raw(j, "queues", str_of(g->queues != NULL ? g->queues : "null"));
	jw_m_raw(j, "labels", str_of(g->labels != NULL ? g->labels : "null"));
	jw_end_object(j);
	write_epoch(j, "created_at", g->created_us);
	jw_m_text(j, "created_by", g->created_by);
	write_epoch(j, "expires_at", g->expires_us);
}

static void
reply_grant(struct act *a, struct call *c, const struct grant_row *g)
{
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	write_grant(&j, g);
	jw_end_object(&j);
	a->detail = arena_strdup(&c->arena, b.p);
	act_reply(c, &b);
}

/* Looks where a path leads: apply does no input. */
rh_status
grant_add_prepare(struct call *c, struct registry *reg, struct err *err)
{
	const char *permission = call_text(c, "permission");
	const char *path = capability_path(permission);
	struct capability cap;
	struct err why;

	(void)reg;
	/*
	 * Who isn't known makes the host look at nothing, nor does a plugin,
	 * for all of them would wait with it; what isn't a path is refused
	 * where the rest is.
	 */
	if (path == NULL || c->caller.kind == CALLER_ANONYMOUS ||
	    c->caller.kind == CALLER_PLUGIN ||
	    capability_parse(permission, &cap, &why) != RH_OK)
		return RH_OK;
	c->args = arena_zalloc(&c->arena, sizeof(struct lineage));
	return lineage_of(path, c->args, err);
}

/* What the host keeps for itself is given to nobody, nor what is around it. */
static rh_status
check_own_dirs(const struct act *a, struct call *c, struct err *err)
{
	const struct own_dir *d = a->env->own_dirs;
	const struct lineage *l = c->args;

	if (l == NULL && capability_path(call_text(c, "permission")) != NULL)
		return err_set(err, RH_EPERM, "permission \"%s\": a plugin "
		    "grants nothing with a path", call_text(c, "permission"));
	for (; l != NULL && d != NULL && d->path != NULL; d++) {
		if (!lineage_within(l, &d->at) && !lineage_within(&d->at, l))
			continue;
		err_set(err, RH_EINPUT, "permission \"%s\": \"%s\" is the "
		    "host's own", call_text(c, "permission"), d->path);
		return err_hint(err, "grant a directory that neither contains "
		    "nor lies within the host's data, anchor and plugins, and "
		    "not /proc");
	}
	return RH_OK;
}

static rh_status
take_scope(struct call *c, struct scope *s, struct err *err)
{
	const struct { const char *name, **to; } texts[] = {
		{ "owner", &s->owner }, { "workspace", &s->workspace },
		{ "bot", &s->bot }, { "conversation", &s->conversation },
		{ "thread", &s->thread }, { "runner", &s->runner },
	};
	rh_status rc = RH_OK;
	size_t i;

	for (i = 0; i < ARRAY_LEN(texts) && rc == RH_OK; i++)
		rc = take_text(c, texts[i].name, NAME_MAX_LEN, texts[i].to, err);
	return rc;
}

#define QUEUES_MAX	32

static rh_status
check_queue(struct call *c, int node, struct err *err)
{
	struct str s;

	if (json_str(&c->in, node, &c->arena, &s) && s.len > 0 &&
	    s.len <= NAME_MAX_LEN)
		return RH_OK;
	return err_set(err, RH_EINPUT, "body.queues: a queue's name is a text "
	    "of 1 to %d bytes, not as " STR_FMT, NAME_MAX_LEN,
	    STR_ARG(json_raw(&c->in, node)));
}

/* An empty list is no "all of them": it is refused. */
static rh_status
not_empty(const char *field, struct err *err)
{
	err_set(err, RH_EINPUT, "body.%s: is empty, so the grant would hold "
	    "for no run", field);
	return err_hint(err, "leave it out for all");
}

static rh_status
take_lines(struct call *c, struct grant_row *g, struct err *err)
{
	int queues = json_member(&c->in, 0, "queues"), node;
	struct buf b = { 0 };
	rh_status rc;

	if (json_type(&c->in, queues) == JSON_ARRAY) {
		if (json_size(&c->in, queues) == 0)
			return not_empty("queues", err);
		if (json_size(&c->in, queues) > QUEUES_MAX)
			return err_set(err, RH_EINPUT, "body.queues: %d are "
			    "more than %d", json_size(&c->in, queues),
			    QUEUES_MAX);
		for (node = json_first(&c->in, queues); node >= 0;
		    node = json_next(&c->in, node)) {
			if ((rc = check_queue(c, node, err)) != RH_OK)
				return rc;
		}
		json_canonical(&c->in, queues, &b);
		g->queues = arena_strndup(&c->arena, b.p, b.len);
		buf_fini(&b);
	}
	if ((rc = take_labels(c, "labels", &g->labels, err)) != RH_OK)
		return rc;
	if (g->labels == NULL && json_type(&c->in, json_member(&c->in, 0,
	    "labels")) == JSON_OBJECT)
		return not_empty("labels", err);
	return grant_line_check(g, err);
}

rh_status
grant_add(struct act *a, struct call *c, struct err *err)
{
	struct grant_row g = {
		.grantee = call_text(c, "grantee"),
		.permission = call_text(c, "permission"),
		.created_us = a->now, .created_by = c->caller.principal,
	};
	rh_status rc;

	if ((rc = grantee_check("grantee", g.grantee, err)) != RH_OK ||
	    (rc = permission_known(a, g.permission, err)) != RH_OK ||
	    (rc = take_scope(c, &g.scope, err)) != RH_OK ||
	    (rc = grant_scope_check(a, &g, err)) != RH_OK ||
	    (rc = take_lines(c, &g, err)) != RH_OK ||
	    (rc = check_own_dirs(a, c, err)) != RH_OK ||
	    (rc = expiry(a, c, &g.expires_us, err)) != RH_OK)
		return rc;
	if (strncmp(g.grantee, "role:", 5) == 0 &&
	    strncmp(g.permission, "role:", 5) == 0)
		return err_set(err, RH_EINPUT, "a role can't hold a role");
	if ((rc = store_grant_insert(a->db, &g, err)) != RH_OK)
		return rc;
	act_policy_changed(a);
	act_target(a, c, g.grantee);
	reply_grant(a, c, &g);
	return RH_OK;
}

rh_status
grant_list(struct act *a, struct call *c, struct err *err)
{
	const char *grantee = call_text(c, "grantee");
	struct grant_row *g;
	struct buf b = { 0 };
	struct json_out j;
	size_t i, n;
	rh_status rc;

	if ((rc = store_grant_list(a->db, &c->arena, &g, &n, err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_name(&j, "items");
	jw_array(&j);
	for (i = 0; i < n; i++) {
		if (grantee != NULL && strcmp(grantee, g[i].grantee) != 0)
			continue;
		jw_object(&j);
		write_grant(&j, &g[i]);
		jw_end_object(&j);
	}
	jw_end_array(&j);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

rh_status
grant_remove(struct act *a, struct call *c, struct err *err)
{
	struct buf b = { 0 };
	struct json_out j;
	int64_t no;
	rh_status rc;

	if ((rc = take_number(c, "grant_id", &no, err)) != RH_OK)
		return rc;
	rc = store_grant_delete(a->db, no, err);
	if (rc == RH_ENOENT) {
		err_set(err, rc, "there is no grant %lld", (long long)no);
		err_hint(err, "list them with: runhost grant list");
	}
	if (rc != RH_OK)
		return rc;
	act_policy_changed(a);
	if ((rc = signer_recheck(a, c, NULL, err)) != RH_OK)
		return rc;
	a->target = arena_printf(&c->arena, "grant %lld", (long long)no);
	jw_init(&j, &b);
	jw_object(&j);
	write_cursor(&j, "grant_id", no);
	jw_m_bool(&j, "removed", true);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

rh_status
runner_audit(struct act *a, struct call *c, struct err *err)
{
	const char *runner = call_text(c, "runner_id");
	struct run_new elsewhere = { .queue = "any" };
	struct buf b = { 0 };
	struct json_out j;
	bool audited = true;
	rh_status rc;

	if ((rc = json_opt_bool(&c->in, 0, "audited", &audited,
	    err)) != RH_OK)
		return rc;
	if (registry_runner_id(a->env->registry, str_of(runner)) == NULL &&
	    !runner_elsewhere(c, runner, &elsewhere))
		return err_set(err, RH_ENOENT, "no runner \"%s\"", runner);
	if ((rc = store_unaudited_set(a->db, runner, !audited, err)) != RH_OK)
		return rc;
	act_policy_changed(a);
	act_target(a, c, runner);
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "runner_id", runner);
	jw_m_bool(&j, "audited", audited);
	jw_end_object(&j);
	a->detail = arena_strdup(&c->arena, b.p);
	act_reply(c, &b);
	return RH_OK;
}
