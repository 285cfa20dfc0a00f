/*
 * Admission, and what a row says of a call.
 */
#include "action/admit.h"

#include "action/act.h"
#include "action/action.h"
#include "auth/session.h"
#include "json/write.h"
#include "plugin/registry.h"
#include "store/db.h"
#include "store/store_line.h"
#include "store/store_misc.h"
#include "store/store_run.h"

bool
is_refusal(rh_status s)
{
	return s == RH_EAUTH || s == RH_EPERM || s == RH_ENOENT;
}

/*
 * A token may have ended since its request began, or in this batch: who
 * brought one is asked for again in the policy that decides.
 */
static bool
is_somebody(const struct act *a, const struct call *c)
{
	if (c->caller.kind == CALLER_TOKEN)
		return policy_token(a->policy, c->caller.token,
		    a->now) != NULL;
	return c->caller.kind != CALLER_ANONYMOUS;
}

static rh_status
refuse_nobody(const struct call *c, struct err *err)
{
	bool brought = c->caller.bad_token || c->caller.kind == CALLER_TOKEN;

	err_set(err, RH_EAUTH, "\"%s\" needs an identity: %s", c->name,
	    brought ? "the token is unknown, expired or revoked" :
	    "send \"Authorization: Bearer TOKEN\"");
	return err_hint(err, "an admin makes tokens with: runhost token "
	    "create PRINCIPAL; commands take them by --token-file FILE");
}

static rh_status
refuse_of(const char *permission, const struct verdict *v, struct err *err)
{
	err_set(err, RH_EPERM, "\"%s\" lacks the permission \"%s\"",
	    v->missing, permission);
	return err_hint(err, "an admin grants it with: runhost grant add %s "
	    "%s", v->missing, permission);
}

rh_status
refuse(const struct call *c, const struct verdict *v, struct err *err)
{
	return refuse_of(c->name, v, err);
}

const struct scope_line *
line_of(struct arena *a, const char *queue, const char *labels)
{
	struct scope_line *line = arena_zalloc(a, sizeof *line);
	struct json_doc *doc;

	line->queue = queue;
	if (labels == NULL)
		return line;
	doc = arena_zalloc(a, sizeof *doc);
	if (json_parse(a, labels, strlen(labels), NULL, doc,
	    NULL) == RH_OK)
		line->labels = doc;
	return line;
}

rh_status
add_line(struct act *a, struct call *c, int64_t run_no, struct scope *scope,
    struct err *err)
{
	const char *queue, *labels;
	rh_status rc;

	if (!policy_lined(a->policy))
		return RH_OK;
	if ((rc = store_line_of_run(a->db, run_no, &c->arena, &queue,
	    &labels, err)) == RH_OK)
		scope->line = line_of(&c->arena, queue, labels);
	return rc;
}

rh_status
find_run(struct act *a, struct call *c, struct scope *scope, struct err *err)
{
	const char *text = NULL;
	struct id id;
	rh_status rc;

	if (c->refusal != RH_OK)	/* the body is not what it should be */
		return err_set(err, RH_EINPUT, "%s", c->refusal_msg);
	if ((rc = body_run_id(c, &id, &text, err)) != RH_OK)
		return rc;
	a->target = text;
	if ((rc = store_run_find(a->db, &id, &a->run_no, &c->arena, scope,
	    err)) != RH_OK)
		return rc;
	return add_line(a, c, a->run_no, scope, err);
}

/* By the key that makes or will make it: run_no stays 0 when it isn't there. */
static rh_status
find_keyed(struct act *a, struct call *c, const char *key,
    struct scope *scope, struct err *err)
{
	struct idem_row r;
	bool found;
	rh_status rc;

	if ((rc = store_idem_find(a->db, c->caller.principal, key, a->now,
	    &c->arena, &r, &found, err)) != RH_OK)
		return rc;
	*scope = (struct scope){ .owner = c->caller.principal, .runner = "" };
	a->target = key;
	if (!found || r.run_no == 0)
		return RH_OK;
	a->run_no = r.run_no;
	if ((rc = store_run_scope(a->db, r.run_no, &c->arena, scope,
	    err)) != RH_OK)
		return rc;
	return add_line(a, c, r.run_no, scope, err);
}

/* The same request with this key, made before; a->gate: only writes have one. */
static rh_status
find_same(struct act *a, struct call *c, struct idem_row *r, bool *found,
    struct err *err)
{
	rh_status rc = RH_OK;

	*found = false;
	if (c->keyed)
		rc = store_idem_find(a->db, c->caller.principal, c->key,
		    a->now, &c->arena, r, found, err);
	*found = *found && hash_eq(r->digest, c->key_digest);
	return rc;
}

/*
 * What can't be made any more, because its runner is gone, may have been
 * made with this key: then the right to that run's scope is asked for.
 */
static rh_status
scope_of_new(struct act *a, struct call *c, struct scope *s, struct err *err)
{
	struct idem_row r;
	bool found;
	rh_status rc;

	run_create_scope(c, s);
	if (c->refusal == RH_OK)
		return RH_OK;
	if ((rc = find_same(a, c, &r, &found, err)) != RH_OK || !found)
		return rc;
	rc = store_run_scope(a->db, r.run_no, &c->arena, s, err);
	if (rc == RH_OK)
		return add_line(a, c, r.run_no, s, err);
	if (rc != RH_ENOENT)
		return rc;
	run_create_scope(c, s);		/* it was removed since */
	return RH_OK;
}

rh_status
no_run(const char *text, struct err *err)
{
	err_set(err, RH_ENOENT, "no run \"%s\"", text);
	return err_hint(err, "check the id with: runhost runs list");
}

rh_status
admit_found(struct act *a, struct call *c, const char *permission,
    const struct scope *scope, rh_status rc, struct err *err)
{
	struct verdict v;

	if (rc != RH_OK && rc != RH_ENOENT && rc != RH_EINPUT)
		return rc;
	if (c->caller.session != NULL)
		c->caller.session->own = rc == RH_OK &&
		    c->caller.session->run_no == a->run_no;
	authorize(a->policy, &c->caller, permission,
	    rc == RH_OK ? scope : NULL, a->now, &v);
	if (!v.known)
		return refuse_of(permission, &v, err);
	if (rc == RH_EINPUT)		/* prepare's own error says it better */
		return c->refusal != RH_OK ? RH_OK : rc;
	if (rc == RH_ENOENT || !v.allow)
		return no_run(a->target, err);
	c->admin = v.admin;
	return RH_OK;
}

rh_status
admit_target(struct act *a, struct call *c, struct err *err)
{
	struct scope scope;
	const char *key = c->refusal == RH_OK && a->gate != NULL ?
	    call_text(c, "idempotency_key") : NULL;
	rh_status rc = key != NULL ? find_keyed(a, c, key, &scope, err) :
	    find_run(a, c, &scope, err);

	return admit_found(a, c, c->name, &scope, rc, err);
}

/*
 * What a plugin keeps of a conversation, say, may be of runs of several
 * owners: only who reaches everybody's runs reaches that.
 */
static rh_status
admit_kept(struct act *a, struct call *c, struct err *err)
{
	struct scope scope;
	struct verdict v;
	rh_status rc;

	if ((rc = admit_target(a, c, err)) != RH_OK || c->refusal != RH_OK ||
	    json_is(&c->in, json_member(&c->in, 0, "scope"), "actor"))
		return rc;
	if ((rc = find_run(a, c, &scope, err)) != RH_OK)
		return rc;
	scope.owner = "*";
	authorize(a->policy, &c->caller, c->name, &scope, a->now, &v);
	c->admin = v.admin;
	if (v.allow)
		return RH_OK;
	err_set(err, RH_EPERM, "\"%s\" is not only the run's owner's: "
	    "\"%s\" lacks the permission \"%s\" for everybody's runs",
	    call_text(c, "scope"), v.missing, c->name);
	return err_hint(err, "an admin grants it with: runhost grant add %s "
	    "%s --owner '*'", v.missing, c->name);
}

static rh_status
admit_list(struct act *a, struct call *c, struct err *err)
{
	struct verdict v = { .missing = c->caller.principal };
	const char *owner;
	enum reach reach = authorize_reach(a->policy, &c->caller, c->name,
	    a->now, &owner);

	if (reach == REACH_NONE)
		return refuse(c, &v, err);
	c->admin = reach != REACH_OWN || c->caller.chain_len > 0;
	return RH_OK;
}

static rh_status
admit_plain(struct act *a, struct call *c, const struct scope *scope,
    struct err *err)
{
	struct verdict v;

	authorize(a->policy, &c->caller, c->name, scope, a->now, &v);
	if (!v.allow)
		return refuse(c, &v, err);
	c->admin = true;	/* what it shows belongs to nobody in particular */
	return RH_OK;
}

static const struct scope everybody = { .owner = "*", .runner = "" };

/* What any caller's target has to be, whoever asks. */
static rh_status
admit_scope(struct act *a, struct call *c, struct err *err)
{
	struct scope scope;
	rh_status rc;

	switch (c->action->scope) {
	case SCOPE_RUN:
		return admit_target(a, c, err);
	case SCOPE_KEPT:
		return admit_kept(a, c, err);
	case SCOPE_TALK:
		return admit_talk(a, c, err);
	case SCOPE_EVENT:
		return admit_event(a, c, err);
	case SCOPE_LIST:
		return admit_list(a, c, err);
	case SCOPE_CLAIM:
		return admit_claim(a, c, err);
	case SCOPE_PULLED:
		return admit_pulled(a, c, err);
	case SCOPE_HELD:
	case SCOPE_WRITTEN:
	case SCOPE_ENDING:
		return admit_held(a, c, err);
	case SCOPE_ATTEMPT:
		return admit_attempt(a, c, err);
	case SCOPE_ARTIFACT:
		return admit_artifact(a, c, err);
	case SCOPE_ARTIFACTS:
		return admit_artifacts(a, c, err);
	case SCOPE_ANSWER:
		return admit_answer(a, c, err);
	case SCOPE_RUNTIME:
	case SCOPE_ENROL:
		return admit_runtime(a, c, err);
	case SCOPE_NEW:
		if ((rc = scope_of_new(a, c, &scope, err)) != RH_OK)
			return rc;
		if ((rc = admit_plain(a, c, &scope, err)) != RH_OK)
			return rc;
		return admit_apis(c, err);
	case SCOPE_ALL:
		return admit_plain(a, c, &everybody, err);
	default:
		return admit_plain(a, c, NULL, err);
	}
}

/* The host may do all; what it asks about still has to be there. */
static rh_status
admit_host(struct act *a, struct call *c, struct err *err)
{
	struct scope scope;
	rh_status rc;

	if (c->body == NULL || c->action == NULL ||
	    c->action->scope == SCOPE_NEW)
		return RH_OK;
	if (c->action->scope == SCOPE_KEPT)
		return find_run(a, c, &scope, err);
	rc = admit_scope(a, c, err);
	c->admin = false;	/* what it reads is no record's worth */
	return rc;
}

/* Who calls is known by the channel; a field may only say the same. */
static rh_status
check_identity(const struct call *c, struct err *err)
{
	int node = c->action == NULL || c->body == NULL ? -1 :
	    json_member(&c->in, 0, "caller_plugin_identity");

	if (json_type(&c->in, node) != JSON_STRING ||
	    json_is(&c->in, node, c->caller.principal))
		return RH_OK;
	return err_set(err, RH_EPERM, "\"caller_plugin_identity\" is not that "
	    "of the caller, \"%s\"", c->caller.principal);
}

/* A plugin that is gone, or still loads, may have answered this before. */
static rh_status
admit_unknown(struct act *a, struct call *c, struct err *err)
{
	const struct plugin *p;
	struct idem_row r;
	struct err why;
	bool found;
	rh_status rc;

	if ((rc = find_same(a, c, &r, &found, err)) != RH_OK)
		return rc;
	if (found)
		return admit_plain(a, c, NULL, err);
	/* Said to who might call it, if it were in use. */
	if (registry_explain(a->env->registry, NAME_ACTION, str_of(c->name),
	    &why)) {
		if ((rc = admit_plain(a, c, NULL, err)) == RH_OK)
			*err = why;
		return err->status;
	}
	if (c->loading && strchr(c->name, '.') != NULL) {
		err_set(err, RH_EUNAVAIL, "no action \"%s\" yet: plugins are "
		    "loading", c->name);
		return err_hint(err, "try again in a second");
	}
	p = registry_out_of_use(a->env->registry, str_of(c->name));
	if (p != NULL)
		return err_set(err, RH_ENOENT, "no action \"%s\", for plugin "
		    "\"%s\" is out of use: %s", c->name, p->id, p->error);
	err_set(err, RH_ENOENT, "no action \"%s\"", c->name);
	return err_hint(err, "list them with: runhost action list");
}

rh_status
admit(struct act *a, struct call *c, struct err *err)
{
	enum action_who who = c->action != NULL ? c->action->who :
	    PERM_OF_ITS_NAME;
	rh_status rc;

	if ((rc = check_identity(c, err)) != RH_OK)
		return rc;
	/* Only call_internal() makes calls without a body. */
	if (who == PERM_ANYONE || c->body == NULL)
		return RH_OK;
	if (!is_somebody(a, c))
		return refuse_nobody(c, err);
	if (who == PERM_INTERNAL ||
	    (c->action == NULL && c->plugin_action == NULL))
		return admit_unknown(a, c, err);
	if (c->caller.kind == CALLER_HOST || c->caller.kind == CALLER_SYSTEM)
		return admit_host(a, c, err);
	if (c->action == NULL)
		return admit_plain(a, c, NULL, err);
	if ((rc = find_session(a, c, err)) != RH_OK)
		return rc;
	return admit_scope(a, c, err);
}

static const char *
via_json(struct call *c)
{
	struct buf b = { 0 };
	struct json_out j;
	const char *text;
	size_t i;

	if (c->caller.chain_len == 0)
		return NULL;
	jw_init(&j, &b);
	jw_array(&j);
	for (i = 0; i < c->caller.chain_len; i++)
		jw_text(&j, c->caller.chain[i]);
	jw_end_array(&j);
	text = arena_strdup(&c->arena, b.p);
	buf_fini(&b);
	return text;
}

/* Rows of in-process plugins say so. */
static const char *
with_mode(struct call *c, const char *detail)
{
	struct json_doc doc;

	if (detail == NULL || strcmp(detail, "{}") == 0)
		return "{\"mode\":\"inproc\"}";
	/* What a caller's arguments say of a mode is another matter. */
	if (json_parse(&c->arena, detail, strlen(detail), NULL, &doc,
	    NULL) == RH_OK && json_member(&doc, 0, "mode") >= 0)
		return detail;
	return arena_printf(&c->arena, "{\"mode\":\"inproc\",%s",
	    detail + 1);
}

void
record_fill(const struct act *a, const struct call *c, enum audit_decision d,
    struct audit_row *r)
{
	/* The arena is the call's own memory, whoever reads the call. */
	struct call *own = (struct call *)c;

	*r = (struct audit_row){
		.at_us = a->now,
		.op = a->op,
		.principal = c->caller.principal,
		.via = via_json(own),
		.action = c->name,
		.permission = c->name,
		.decision = d,
		.target = a->target,
		.detail = a->detail,
	};
	if (c->caller.inproc)
		r->detail = with_mode(own, r->detail);
}

rh_status
refused_by_prepare(const struct call *c, struct err *err)
{
	if (c->refusal == RH_OK)
		return RH_OK;
	err_set(err, c->refusal, "%s", c->refusal_msg);
	return err_hint(err, "%s", c->refusal_hint);
}

void
record_failure(struct act *a, struct call *c)
{
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "reason_code", err_reason(c->status)->code);
	jw_m_text(&j, "error", c->err.msg);
	if (c->caller.source != NULL && c->caller.source[0] != '\0')
		jw_m_text(&j, "source", c->caller.source);
	jw_end_object(&j);
	a->detail = arena_strdup(&c->arena, b.p);
	buf_fini(&b);
}

/* What is read, whichever page of it: cursors are no other read. */
static void
digest_args(const struct json_doc *in, uint8_t out[HASH_LEN])
{
	static const char *const pages[] = { "after_cursor", "before_cursor",
		"cursor", "direction", "limit", "offset", NULL };
	struct buf b = { 0 };
	int node;
	size_t i;

	for (node = json_first(in, 0); node >= 0; node = json_next(in, node)) {
		for (i = 0; pages[i] != NULL; i++)
			if (json_is(in, node, pages[i]))
				break;
		if (pages[i] != NULL)
			continue;
		json_canonical(in, node, &b);
		json_canonical(in, json_value(in, node), &b);
	}
	hash_of(b.p != NULL ? b.p : "", b.len, out);
	buf_fini(&b);
}

struct tally_key
record_key(const struct act *a, const struct call *c, bool read)
{
	bool unknown = c->caller.kind == CALLER_ANONYMOUS;
	const char *via = read ? via_json((struct call *)c) : NULL;
	struct tally_key key = {
		.read = read,
		.principal = c->caller.principal,
		.source = unknown ? c->caller.source : "",
		/* Names that nobody has are anybody's to invent. */
		.action = c->action != NULL || c->plugin_action != NULL ?
		    c->name : "(unknown)",
		.target = read && a->target != NULL ? a->target : "",
		.via = via != NULL ? via : "",
		.status = c->status,
	};

	if (read)
		digest_args(&c->in, key.args);
	return key;
}
