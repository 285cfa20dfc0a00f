/*
 * The model of calls: who is let through, what an idempotency key gives,
 * and which rows of the audit log a call leaves.
 */
#include "model/model.h"

#include <stdio.h>
#include <string.h>

#define ROWS_A_SECOND	10
#define FLUSH_US	(10 * SECOND)
#define PLUGIN_ACTION	"demo.greet"

enum scope_rule { NOWHERE, NEW_RUN, SOME_RUN, A_RUNTIME, A_CLAIM, HELD_RUN,
	KEPT };

/* What the model knows of each kind of call. */
static const struct {
	bool	internal;	/* of the host's own */
	bool	always;		/* has a row, however it ends */
	enum scope_rule scope;
} kinds[KINDS] = {
	[DO_CREATE] = { .always = true, .scope = NEW_RUN },
	[DO_CANCEL] = { .always = true, .scope = SOME_RUN },
	[DO_GREET] = { .always = true },
	[DO_GRANT_ADD] = { .always = true },
	[DO_GRANT_REMOVE] = { .always = true },
	[DO_TOKEN_CREATE] = { .always = true },
	[DO_TOKEN_REVOKE] = { .always = true },
	[DO_AUDITED] = { .always = true },
	[DO_TRUST] = { .always = true },
	[DO_UNTRUST] = { .always = true },
	[DO_KEY_TRUST] = { .always = true },
	[DO_KEY_REVOKE] = { .always = true },
	[DO_CLEANUP] = { .always = true },
	[DO_BACKUP] = { .always = true },
	[DO_RELOAD] = { .always = true },
	[DO_UNKNOWN] = { .always = true },
	[DO_OFFER] = { .internal = true },
	[DO_REPORT] = { .internal = true },
	[DO_FINISH] = { .internal = true, .always = true },
	[DO_CHECKPOINT] = { .internal = true },
	[DO_RENEW] = { .internal = true },
	[DO_RELEASE] = { .internal = true, .always = true },
	[DO_STATE_SET] = { .internal = true },
	[DO_STATE_GET] = { .internal = true },
	[DO_OUTCOME] = { .internal = true },
	[DO_SWEEP] = { .internal = true },
	[DO_FLUSH] = { .internal = true },
	[DO_NOTE] = { .internal = true },
	[DO_MARK] = { .internal = true },
	[DO_RECOVER] = { .internal = true },
	[DO_REGISTER] = { .always = true, .scope = A_RUNTIME },
	[DO_BEAT] = { .scope = A_RUNTIME },
	[DO_DRAIN] = { .always = true, .scope = A_RUNTIME },
	[DO_RECONCILE] = { .always = true },
	[DO_CLAIM] = { .always = true, .scope = A_CLAIM },
	[DO_START] = { .always = true, .scope = HELD_RUN },
	[DO_RENEW_CLAIM] = { .always = true, .scope = HELD_RUN },
	[DO_GIVE_BACK] = { .always = true, .scope = HELD_RUN },
	[DO_APPEND] = { .always = true, .scope = HELD_RUN },
	[DO_FINALIZE] = { .always = true, .scope = HELD_RUN },
	[DO_VALUE_SET] = { .always = true, .scope = KEPT },
	[DO_VALUE_DELETE] = { .always = true, .scope = KEPT },
};

const char *const m_names[KINDS] = {
	[DO_CREATE] = "run_create", [DO_CANCEL] = "run_cancel",
	[DO_GREET] = PLUGIN_ACTION, [DO_GRANT_ADD] = "grant_add",
	[DO_GRANT_REMOVE] = "grant_remove",
	[DO_TOKEN_CREATE] = "token_create",
	[DO_TOKEN_REVOKE] = "token_revoke", [DO_AUDITED] = "runner_audit",
	[DO_TRUST] = "plugin_trust", [DO_UNTRUST] = "plugin_untrust",
	[DO_KEY_TRUST] = "key_trust", [DO_KEY_REVOKE] = "key_revoke",
	[DO_CLEANUP] = "run_cleanup", [DO_BACKUP] = "host_backup",
	[DO_RELOAD] = "config_reload",
	[DO_UNKNOWN] = "no_such_action",
	[DO_INTERNAL] = "run_report", [DO_OFFER] = "slots_offer",
	[DO_REPORT] = "run_report", [DO_FINISH] = "run_finalize",
	[DO_CHECKPOINT] = "run_checkpoint", [DO_RENEW] = "run_renew",
	[DO_RELEASE] = "run_release", [DO_STATE_SET] = "plugin_state_set",
	[DO_STATE_GET] = "plugin_state_get", [DO_OUTCOME] = "action_outcome",
	[DO_SWEEP] = "sweep", [DO_FLUSH] = "audit_flush",
	[DO_NOTE] = "audit_note", [DO_MARK] = "host_mark",
	[DO_RECOVER] = "recover", [DO_REGISTER] = "runtime_register",
	[DO_BEAT] = "runtime_heartbeat", [DO_DRAIN] = "runtime_drain",
	[DO_RECONCILE] = "runtime_reconcile", [DO_CLAIM] = "run_claim",
	[DO_START] = "run_start", [DO_RENEW_CLAIM] = "run_renew_claim",
	[DO_GIVE_BACK] = "run_release_claim",
	[DO_APPEND] = "run_append_result", [DO_FINALIZE] = "run_finalize",
	[DO_VALUE_SET] = "state_set", [DO_VALUE_DELETE] = "state_delete",
};

bool
m_always(enum m_kind kind)
{
	return kinds[kind].always;
}

static bool
is_refused(rh_status s)
{
	return s == RH_EAUTH || s == RH_EPERM || s == RH_ENOENT;
}

struct m_key *
m_key_find(struct model *m, const char *principal, const char *key)
{
	size_t i;

	for (i = 0; i < m->key_count; i++) {
		if (strcmp(m->keys[i].principal, principal) == 0 &&
		    strcmp(m->keys[i].key, key) == 0)
			return m->keys[i].expires > m->now ? &m->keys[i] :
			    NULL;
	}
	return NULL;
}

static struct m_key *
key_place(struct model *m, const char *principal, const char *key)
{
	size_t i;

	for (i = 0; i < m->key_count; i++) {
		if (strcmp(m->keys[i].principal, principal) == 0 &&
		    strcmp(m->keys[i].key, key) == 0)
			return &m->keys[i];
	}
	return &m->keys[m->key_count++];
}

void
m_forget_keys(struct model *m)
{
	size_t i, kept = 0, early = 0;

	for (i = 0; i < m->key_count; i++) {
		if (m->keys[i].expires > m->now)
			m->keys[kept++] = m->keys[i];
	}
	for (i = 0; i < m->early_count; i++) {
		if (m->early[i].expires > m->now)
			m->early[early++] = m->early[i];
	}
	if (kept < m->key_count || early < m->early_count)
		m->last_at = m->now;
	m->key_count = kept;
	m->early_count = early;
}

/* Admission. */

static rh_status
admit_run(struct model *m, struct m_call *c)
{
	struct m_scope scope = { .owner = c->who.principal, .runner = "" };
	struct m_run *r = m_run(m, c->no);
	struct m_key *k;
	struct m_verdict v;
	bool there = r != NULL;

	c->made = c->no;
	if (c->kind == DO_CANCEL && c->b != NULL) {
		/* by its key, which may be to come */
		k = m_key_find(m, c->who.principal, c->b);
		r = k != NULL ? m_run(m, k->run_no) : NULL;
		there = k == NULL || k->run_no == 0 || r != NULL;
		c->made = r != NULL ? r->no : 0;
	}
	if (c->kind == DO_CANCEL && c->b != NULL) {
		if (r != NULL)
			scope = r->scope;
		m_decide(m, &c->who, m_names[c->kind], there ? &scope : NULL,
		    &v);
	} else {
		m_decide_run(m, &c->who, m_names[c->kind], r, &v);
	}
	if (!v.known)
		return RH_EPERM;
	return there && v.allow ? RH_OK : RH_ENOENT;
}

/* A value of more than the run's owner is for who reaches everybody's. */
static rh_status
admit_kept(struct model *m, struct m_call *c)
{
	struct m_scope all;
	struct m_verdict v;
	rh_status rc = admit_run(m, c);

	if (rc != RH_OK || strcmp(c->a, "actor") == 0)
		return rc;
	all = m_run(m, c->no)->scope;
	all.owner = "*";
	m_decide(m, &c->who, m_names[c->kind], &all, &v);
	return v.allow ? RH_OK : RH_EPERM;
}

static rh_status
admit_held(struct model *m, struct m_call *c)
{
	rh_status rc = admit_run(m, c);

	return rc != RH_OK ? rc : m_admit_held(m, c);
}

static rh_status (*const admits[])(struct model *, struct m_call *) = {
	[SOME_RUN] = admit_run, [A_RUNTIME] = m_admit_runtime,
	[A_CLAIM] = m_admit_claim, [HELD_RUN] = admit_held,
	[KEPT] = admit_kept,
};

static const char *
owner_of(const struct m_caller *c)
{
	return c->chain_len > 0 ? c->chain[0] : c->principal;
}

static rh_status
admit(struct model *m, struct m_call *c)
{
	struct m_scope scope = c->scope;
	struct m_verdict v;

	if (kinds[c->kind].internal)
		return RH_OK;
	if (!m_is_somebody(m, &c->who))
		return RH_EAUTH;
	if (c->kind == DO_UNKNOWN || c->kind == DO_INTERNAL)
		return RH_ENOENT;
	if (kinds[c->kind].scope >= SOME_RUN)
		return admits[kinds[c->kind].scope](m, c);
	scope.owner = owner_of(&c->who);
	if (c->bad)
		scope = (struct m_scope){ .owner = scope.owner, .runner = "" };
	m_decide(m, &c->who, m_names[c->kind],
	    kinds[c->kind].scope == NEW_RUN ? &scope : NULL, &v);
	return v.allow ? RH_OK : RH_EPERM;
}

/* Idempotency keys. */

static rh_status
replay(struct model *m, struct m_call *c)
{
	struct m_key *k = c->key != NULL ?
	    m_key_find(m, c->who.principal, c->key) : NULL;
	size_t i;

	if (k == NULL)
		return RH_OK;
	if (k->digest != c->digest)
		return RH_EKEYREUSE;
	c->replayed = k->has_reply;
	if (k->has_reply)
		return RH_OK;
	for (i = 0; i < m->intent_count; i++) {
		if (m->intents[i].serial == k->intent)
			return RH_ECONFLICT;
	}
	return RH_EUNKNOWN;
}

static void
remember_key(struct model *m, struct m_call *c)
{
	*key_place(m, c->who.principal, c->key) = (struct m_key){
		.principal = c->who.principal, .key = c->key,
		.digest = c->digest, .expires = m->now + m->idem_us,
		.run_no = c->kind == DO_CREATE ? c->made : 0,
		.has_reply = c->kind != DO_GREET,
		.intent = c->kind == DO_GREET ? c->serial : 0,
	};
}

/* What each does. */

/* A cancel that came before; it is used up, in time or not. */
static bool
take_early(struct model *m, const struct m_call *c)
{
	struct m_early *e;
	size_t i;
	bool good;

	for (i = 0; c->key != NULL && i < m->early_count; i++) {
		e = &m->early[i];
		if (strcmp(e->principal, c->who.principal) != 0 ||
		    strcmp(e->key, c->key) != 0)
			continue;
		good = e->expires > m->now;
		*e = m->early[--m->early_count];
		return good;
	}
	return false;
}

static rh_status
create(struct model *m, struct m_call *c)
{
	const char *owner = owner_of(&c->who);
	struct m_run *r;

	if (m->quota != 0 && m_live_of(m, owner) >= m->quota)
		return RH_ERUNS;
	r = m_run_make(m, c, owner);
	c->made = r->no;
	if (c->dry) {
		m_event(r, "host.progress", "{\"stage\":\"VALIDATING\","
		    "\"percent\":0,\"message\":\"dry run: nothing is "
		    "started\"}");
		r->state = COMPLETED;	/* it never was to be done */
		r->percent = 100;
		r->expires = r->retention != 0 ? m->now + r->retention : 0;
	} else if (take_early(m, c)) {
		m_end(m, r, CANCELLED);
	}
	return RH_OK;
}

static rh_status
cancel_early(struct model *m, struct m_call *c)
{
	size_t i;

	for (i = 0; i < m->early_count; i++) {
		if (strcmp(m->early[i].principal, c->who.principal) == 0 &&
		    strcmp(m->early[i].key, c->b) == 0)
			break;
	}
	m->early[i] = (struct m_early){ c->who.principal, c->b, c->a,
	    m->now + m->idem_us };
	if (i == m->early_count)
		m->early_count++;
	return RH_OK;
}

static rh_status
cancel(struct model *m, struct m_call *c)
{
	struct m_run *r = m_run(m, c->made);

	return r != NULL ? m_cancel(m, r, c->a) : cancel_early(m, c);
}

static rh_status
greet(struct model *m, struct m_call *c)
{
	m->intents[m->intent_count++] = (struct m_intent){ c->serial,
	    c->who.principal };
	m->invoked++;
	return RH_OK;
}

static void
add_grant(struct model *m, const char *grantee, const char *permission,
    const struct m_scope *scope, int64_t seconds)
{
	struct m_grant *g = &m->grants[m->grant_count];

	*g = (struct m_grant){ .no = (int64_t)++m->grant_count,
	    .grantee = grantee, .permission = permission, .scope = *scope,
	    .expires = seconds != 0 ? m->now + seconds * SECOND : 0 };
}

/* Whether a right to this may be one to some runs only. */
static bool
touches_runs(const char *permission)
{
	static const char *const none[] = { "demo.greet", "demo.*", "grant_*",
		"token_create", "plugin_trust", "runner_audit", "run_cleanup",
		"env:HOME", "host.inprocess" };
	size_t i;

	for (i = 0; i < sizeof none / sizeof *none; i++) {
		if (strcmp(permission, none[i]) == 0)
			return false;
	}
	return true;
}

static bool
is_for_some_runs(const struct m_call *c)
{
	const char *owner = c->scope.owner;

	return c->scope.workspace != NULL || c->scope.conversation != NULL ||
	    c->scope.runner != NULL || (owner != NULL &&
	    strcmp(owner, "*") != 0 && strcmp(owner, c->a) != 0 &&
	    strncmp(c->a, "role:", 5) != 0);
}

static rh_status
grant_add(struct model *m, struct m_call *c)
{
	if (!touches_runs(c->b) && is_for_some_runs(c))
		return RH_EINPUT;
	if ((strcmp(c->b, "env:HOME") == 0 ||
	    strcmp(c->b, "host.inprocess") == 0) &&
	    strncmp(c->a, "plugin:", 7) != 0)
		return RH_EINPUT;
	if (strncmp(c->b, "role:", 5) == 0 &&
	    (!m_role_exists(m, c->b) || strncmp(c->a, "role:", 5) == 0))
		return RH_EINPUT;
	add_grant(m, c->a, c->b, &c->scope, c->seconds);
	c->made = (int64_t)m->grant_count;
	return RH_OK;
}

static rh_status
grant_remove(struct model *m, struct m_call *c)
{
	if (c->no < 1 || c->no > (int64_t)m->grant_count ||
	    m->grants[c->no - 1].gone)
		return RH_ENOENT;
	m->grants[c->no - 1].gone = true;
	m_recheck(m, c->who.principal);
	return RH_OK;
}

static rh_status
token_create(struct model *m, struct m_call *c)
{
	static const struct m_scope anywhere;

	if (c->b != NULL && !m_role_exists(m, c->b))
		return RH_EINPUT;
	m->tokens[m->token_count] = (struct m_token){ .principal = c->a,
	    .expires = c->seconds != 0 ? m->now + c->seconds * SECOND : 0 };
	c->made = (int64_t)++m->token_count;
	if (c->b != NULL)
		add_grant(m, c->a, c->b, &anywhere, 0);
	return RH_OK;
}

static rh_status
token_revoke(struct model *m, struct m_call *c)
{
	if (c->no < 1 || c->no > (int64_t)m->token_count ||
	    m->tokens[c->no - 1].gone || m->tokens[c->no - 1].revoked != 0)
		return RH_ENOENT;
	m->tokens[c->no - 1].revoked = m->now;
	return RH_OK;
}

static rh_status
audited(struct model *m, struct m_call *c)
{
	size_t i = m_same(m->unaudited[0], c->a) ? 0 :
	    m_same(m->unaudited[1], c->a) ? 1 : m->unaudited[0] == NULL ? 0 :
	    1;

	m->unaudited[i] = c->on ? NULL : c->a;
	return RH_OK;
}

static rh_status
trust(struct model *m, struct m_call *c)
{
	(void)c;
	if (!m_may_run_inside(m))
		return RH_ESTATE;
	m->trusted = true;
	return RH_OK;
}

static rh_status
key_trust(struct model *m, struct m_call *c)
{
	(void)c;
	m->key = KEY_TRUSTED;
	return RH_OK;
}

static rh_status
key_revoke(struct model *m, struct m_call *c)
{
	if (m->key != KEY_TRUSTED)
		return RH_ENOENT;
	m->key = KEY_REVOKED;
	m_recheck(m, c->who.principal);
	return RH_OK;
}

static rh_status
untrust(struct model *m, struct m_call *c)
{
	(void)c;
	m->trusted = false;
	return RH_OK;
}

static rh_status
cleanup(struct model *m, struct m_call *c)
{
	if (!c->dry)
		m_remove_expired(m);
	return RH_OK;
}

/* No door has read a file for it: a row, and nothing else. */
static rh_status
reload(struct model *m, struct m_call *c)
{
	(void)m;
	(void)c;
	return RH_OK;
}

static rh_status
backup(struct model *m, struct m_call *c)
{
	(void)m, (void)c;
	return RH_OK;
}

static rh_status
offer(struct model *m, struct m_call *c)
{
	m->free += c->n;
	if (m->free < 0)
		m->free = 0;
	m->free_inproc = c->on;
	return RH_OK;
}

/* What a value belongs to, as text. */
bool
m_place_of(const struct m_run *r, const char *scope, char out[160])
{
	const struct m_scope *s = &r->scope;
	const char *more = "";

	if (strcmp(scope, "conversation") == 0 && s->conversation == NULL)
		return false;
	if (strcmp(scope, "actor") == 0)
		more = s->owner;
	else if (strcmp(scope, "conversation") == 0)
		more = s->conversation;
	snprintf(out, 160, "%s|%s|%s|%s", scope, s->runner,
	    s->workspace != NULL ? s->workspace : "", more);
	return true;
}

struct m_value *
m_value_find(struct model *m, const char *place, const char *key)
{
	size_t i;

	for (i = 0; i < m->value_count; i++) {
		if (strcmp(m->values[i].place, place) == 0 &&
		    strcmp(m->values[i].key, key) == 0)
			return &m->values[i];
	}
	return NULL;
}

/* A run's attempt only: another has lost the right to speak for it. */
static rh_status
value_of(struct model *m, struct m_call *c, char place[160],
    struct m_value **v)
{
	struct m_run *r = m_run(m, c->no);

	if (r == NULL || (r->state != CLAIMED && r->state != RUNNING) ||
	    r->fence != c->fence)
		return RH_ESTALE;
	if (!m_place_of(r, c->a, place))
		return RH_ESTATE;
	*v = m_value_find(m, place, c->b);
	return RH_OK;
}

static void
put_value(struct model *m, const struct m_call *c, const char place[160],
    struct m_value *v)
{
	if (strcmp(c->value, "null") == 0) {
		if (v != NULL)
			*v = m->values[--m->value_count];
		return;
	}
	if (v == NULL) {
		v = &m->values[m->value_count++];
		memcpy(v->place, place, sizeof v->place);
		v->key = c->b;
		v->version = 0;
	}
	v->value = c->value;
	v->version++;
}

/* From outside: of any run that is there, over the version that was seen. */
static rh_status
value_set(struct model *m, struct m_call *c)
{
	struct m_value *v;
	char place[160];

	if (!m_place_of(m_run(m, c->no), c->a, place))
		return RH_ESTATE;
	v = m_value_find(m, place, c->b);
	if (c->version >= 0 && c->version != (v != NULL ? v->version : 0))
		return RH_ECONFLICT;
	put_value(m, c, place, v);
	return RH_OK;
}

static rh_status
state_set(struct model *m, struct m_call *c)
{
	struct m_value *v;
	char place[160];
	rh_status rc;

	if ((rc = value_of(m, c, place, &v)) != RH_OK)
		return rc;
	put_value(m, c, place, v);
	return RH_OK;
}

static rh_status
state_get(struct model *m, struct m_call *c)
{
	struct m_value *v;
	char place[160];
	rh_status rc;

	if ((rc = value_of(m, c, place, &v)) != RH_OK)
		return rc;
	c->value = v != NULL ? v->value : NULL;
	return v != NULL ? RH_OK : RH_ENOENT;
}

static rh_status
outcome(struct model *m, struct m_call *c)
{
	struct m_key *k;
	size_t i;

	for (i = 0; i < m->intent_count; i++) {
		if (m->intents[i].serial == c->serial) {
			memmove(&m->intents[i], &m->intents[i + 1],
			    (m->intent_count - i - 1) * sizeof *m->intents);
			m->intent_count--;
			break;
		}
	}
	for (i = 0; i < m->key_count; i++) {
		k = &m->keys[i];
		if (k->intent == c->serial && c->outcome == RH_OK)
			k->has_reply = true;
	}
	m_row(m, c->a, PLUGIN_ACTION, ROW_OUTCOME, 0);
	return RH_OK;
}

static rh_status
flush(struct model *m, struct m_call *c)
{
	struct m_count *k;
	size_t i, kept = 0;

	for (i = 0; i < m->count_count; i++) {
		k = &m->counts[i];
		if (!c->on && k->since > m->now - FLUSH_US) {
			m->counts[kept++] = *k;
			continue;
		}
		m_row(m, k->principal, k->action, is_refused(k->status) ?
		    ROW_DENY : ROW_ERROR, 0);
		m->rows[m->row_count - 1].count = k->n;
	}
	m->count_count = kept;
	return RH_OK;
}

static rh_status
note(struct model *m, struct m_call *c)
{
	m_row(m, c->who.principal, c->a, c->outcome == RH_OK ? ROW_ALLOW :
	    ROW_DENY, 0);
	return RH_OK;
}

static rh_status
mark(struct model *m, struct m_call *c)
{
	m_row(m, c->who.principal, c->a, ROW_ALLOW, 0);
	return RH_OK;
}

static rh_status (*const does[KINDS])(struct model *, struct m_call *) = {
	[DO_CREATE] = create, [DO_CANCEL] = cancel, [DO_GREET] = greet,
	[DO_GRANT_ADD] = grant_add, [DO_GRANT_REMOVE] = grant_remove,
	[DO_TOKEN_CREATE] = token_create, [DO_TOKEN_REVOKE] = token_revoke,
	[DO_AUDITED] = audited, [DO_TRUST] = trust, [DO_UNTRUST] = untrust,
	[DO_KEY_TRUST] = key_trust, [DO_KEY_REVOKE] = key_revoke,
	[DO_CLEANUP] = cleanup, [DO_BACKUP] = backup, [DO_RELOAD] = reload,
	[DO_OFFER] = offer, [DO_REPORT] = m_report,
	[DO_FINISH] = m_finish, [DO_CHECKPOINT] = m_checkpoint,
	[DO_RENEW] = m_renew, [DO_RELEASE] = m_release,
	[DO_STATE_SET] = state_set, [DO_STATE_GET] = state_get,
	[DO_OUTCOME] = outcome, [DO_SWEEP] = m_sweep, [DO_FLUSH] = flush,
	[DO_NOTE] = note, [DO_MARK] = mark, [DO_RECOVER] = m_recover,
	[DO_REGISTER] = m_register, [DO_BEAT] = m_beat, [DO_DRAIN] = m_drain,
	[DO_RECONCILE] = m_reconcile, [DO_CLAIM] = m_claim,
	[DO_START] = m_start, [DO_RENEW_CLAIM] = m_renew_claim,
	[DO_GIVE_BACK] = m_give_back, [DO_APPEND] = m_append,
	[DO_FINALIZE] = m_finalize, [DO_VALUE_SET] = value_set,
	[DO_VALUE_DELETE] = value_set,
};

/* Refusals: a row, or when there were too many, a count. */

static bool
gets_row(struct model *m, const char *principal)
{
	struct m_rate *r = m->rates;

	if (strcmp(principal, "anonymous") == 0)
		return false;
	while (r->principal != NULL && strcmp(r->principal, principal) != 0)
		r++;
	if (r->principal == NULL || r->second <= m->now - SECOND)
		*r = (struct m_rate){ principal, m->now, 0 };
	return r->n++ < ROWS_A_SECOND;
}

static void
count(struct model *m, const struct m_call *c)
{
	bool unknown = c->who.who == BY_NOBODY;
	const char *source = unknown ? c->who.source : "";
	const char *action = c->kind == DO_UNKNOWN ? "(unknown)" :
	    m_names[c->kind];
	struct m_count *k;
	size_t i;

	for (i = 0; i < m->count_count; i++) {
		k = &m->counts[i];
		if (strcmp(k->principal, c->who.principal) == 0 &&
		    strcmp(k->source, source) == 0 &&
		    strcmp(k->action, action) == 0 &&
		    k->status == c->noted_as) {
			k->n++;
			return;
		}
	}
	m->counts[m->count_count++] = (struct m_count){ c->who.principal,
	    source, action, c->noted_as, 1, m->now };
}

void
m_note(struct model *m, struct m_call *c)
{
	c->noted = gets_row(m, c->who.principal) ? GOT_ROW : GOT_COUNTED;
	if (c->noted == GOT_COUNTED)
		count(m, c);
}

static void
refuse(struct model *m, struct m_call *c, bool refused)
{
	if (c->noted == NOT_NOTED) {
		c->noted_as = c->status;
		m_note(m, c);
	}
	if (c->noted == GOT_ROW)
		m_row(m, c->who.principal, m_names[c->kind],
		    refused ? ROW_DENY : ROW_ERROR, 0);
}

static rh_status
perform(struct model *m, struct m_call *c)
{
	rh_status rc;

	c->replayed = false;
	if ((rc = replay(m, c)) != RH_OK || c->replayed)
		return rc;
	if (c->bad)
		return RH_EINPUT;
	rc = does[c->kind](m, c);
	if (rc == RH_OK && c->key != NULL)
		remember_key(m, c);
	return rc;
}

static int64_t
target_of(const struct m_call *c)
{
	if (c->kind == DO_CREATE)
		return c->replayed ? 0 : c->made;
	return c->kind == DO_CANCEL || c->kind == DO_CLAIM ? c->made :
	    c->kind == DO_FINISH || c->kind == DO_RELEASE ||
	    kinds[c->kind].scope >= HELD_RUN ? c->no : 0;
}

void
m_apply(struct model *m, struct m_call *c)
{
	bool always = m_always(c->kind), refused;
	rh_status rc;

	c->silent = false;
	if ((rc = admit(m, c)) != RH_OK) {
		refused = is_refused(rc);
	} else {
		rc = perform(m, c);
		refused = always && is_refused(rc);
	}
	c->status = rc;
	if (rc != RH_OK && (refused || always))
		refuse(m, c, refused);
	else if (rc == RH_OK && always && !c->silent)
		m_row(m, c->who.principal, m_names[c->kind],
		    c->kind == DO_GREET && !c->replayed ? ROW_INTENT :
		    ROW_ALLOW, target_of(c));
}

void
m_fail(struct model *m, struct m_call *c, rh_status status)
{
	c->status = status;
	if (m_always(c->kind))
		refuse(m, c, false);
}

void
m_begin(struct model *m, int64_t now)
{
	m->now = now;
	m->row_count = 0;
	m->claims = m->cancels = m->fenced = m->invoked = m->lost = 0;
}

void
m_forget(struct model *m, int64_t wall)
{
	m->now = wall > m->last_at ? wall : m->last_at;
	m->swept = m->now;
	m->free = 0;
	m->free_inproc = false;
	m->count_count = 0;
	memset(m->rates, 0, sizeof m->rates);
}
