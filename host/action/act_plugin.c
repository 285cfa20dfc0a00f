/*
 * Plugins as the admin sees them, the list of actions, and the actions that
 * plugins provide: an intent, and later its outcome.
 */
#include "action/act.h"

#include "action/admit.h"
#include "action/attempt.h"
#include "action/catalog.h"
#include "action/signer.h"
#include "plugin/registry.h"
#include "store/store_auth.h"
#include "store/store_misc.h"
#include "worker/profile.h"

#include <stdatomic.h>

#define ARGS_SHOWN	(16 * 1024)	/* bytes of them, in an audit row */

const char *const plugin_state_names[] = {
	[PLUGIN_UNSET] = "unset", [PLUGIN_OPENED] = "opened",
	[PLUGIN_LOADING] = "loading", [PLUGIN_DISCOVERED] = "discovered",
	[PLUGIN_ENABLED] = "enabled", [PLUGIN_DISABLED] = "disabled",
	[PLUGIN_QUARANTINED] = "quarantined", [PLUGIN_REFUSED] = "refused",
	[PLUGIN_GONE] = "gone",
};

void
plugin_write_names(struct json_out *j, const struct plugin *p)
{
	size_t i;

	jw_name(j, "runners");
	jw_array(j);
	for (i = 0; i < p->runner_count; i++)
		jw_text(j, p->runners[i].name);
	jw_end_array(j);
	jw_name(j, "actions");
	jw_array(j);
	for (i = 0; i < p->action_count; i++)
		jw_text(j, p->actions[i].name);
	jw_end_array(j);
	jw_name(j, "commands");
	jw_array(j);
	for (i = 0; i < p->command_count; i++)
		jw_text(j, p->commands[i].name);
	jw_end_array(j);
	jw_name(j, "wants");
	jw_array(j);
	for (i = 0; i < p->want_count; i++)
		jw_text(j, p->wants[i]);
	jw_end_array(j);
}

/* A signature that can't be judged now is as if it weren't there. */
static void
write_signer(struct act *act, struct call *c, struct json_out *j,
    const struct plugin *p)
{
	struct signer s;

	if (signer_of(act->db, &c->arena, p, &s, NULL) != RH_OK)
		s = (struct signer){ .kind = SIGNER_NONE };
	jw_m_text(j, "signer", s.text);
	jw_m_bool(j, "signer_trusted", s.kind == SIGNER_TRUSTED);
}

static void
write_plugin(struct act *act, struct call *c, struct json_out *j,
    const struct plugin *p, const struct plugin_row *row)
{
	char hex[HASH_HEX_LEN] = "";
	struct arena a = { 0 };
	uint32_t tier;

	if (p->image.size != 0)
		str_hex(hex, p->image.digest, HASH_LEN);
	jw_m_text(j, "id", p->id);
	jw_m_text(j, "version", p->version);
	jw_m_text(j, "summary", p->summary);
	jw_m_text(j, "state", plugin_state_names[p->state]);
	jw_m_text(j, "file", p->file);
	jw_m_text(j, "digest", hex[0] != '\0' ? hex : NULL);
	write_signer(act, c, j, p);
	jw_m_text(j, "error", p->error);
	jw_m_bool(j, "trusted", p->trusted);
	jw_m_text(j, "mode", p->state != PLUGIN_ENABLED ? NULL :
	    p->trusted ? "inproc" : "worker");
	tier = atomic_load(&p->tier);
	jw_m_text(j, "tier", tier != TIER_NONE ? tier_name(tier) : NULL);
	catalog_write(j, row);
	jw_m_text(j, "mend", plugin_mend(p, &a));
	plugin_write_names(j, p);
	arena_fini(&a);
}

/*
 * One that was decided about, and no file says that it is it: none is there,
 * or refused is what was decided about.
 */
static void
write_missing(struct call *c, struct json_out *j,
    const struct plugin_row *row, const struct plugin *refused)
{
	static const struct plugin none;

	jw_m_text(j, "id", row->id);
	jw_m_text(j, "version", row->version);
	jw_m_null(j, "summary");
	jw_m_text(j, "state", refused != NULL ?
	    plugin_state_names[PLUGIN_REFUSED] : "missing");
	jw_m_text(j, "file", row->file);
	jw_m_null(j, "digest");
	jw_m_text(j, "signer", row->signer);
	jw_m_bool(j, "signer_trusted", false);
	jw_m_text(j, "error", refused != NULL ? refused->error :
	    "no plugin with its id was found in the plugin directories");
	jw_m_bool(j, "trusted", false);
	jw_m_null(j, "mode");
	jw_m_null(j, "tier");
	catalog_write(j, row);
	jw_m_text(j, "mend", refused != NULL ? arena_printf(&c->arena,
	    "runhost plugin install %s", refused->file) : NULL);
	plugin_write_names(j, &none);
}

/* The plugins that a reply may be about, and what was decided of them. */
struct shelf {
	struct plugin **plugins;
	size_t	count;
	struct plugin_row *rows;
	size_t	row_count;
};

static rh_status
take_stock(struct act *a, struct call *c, struct shelf *s, struct err *err)
{
	struct registry *reg = a->env->registry;
	size_t i, n = registry_count(reg);
	struct plugin *p;

	s->count = 0;
	s->plugins = arena_alloc(&c->arena, (n + 1) * sizeof *s->plugins);
	for (i = 0; i < n; i++) {
		p = registry_at(reg, i);
		if (p->state != PLUGIN_OPENED && p->state != PLUGIN_GONE)
			s->plugins[s->count++] = p;
	}
	return store_plugin_list(a->db, &c->arena, &s->rows, &s->row_count,
	    err);
}

static bool
is_named(const struct plugin *p, const char *id)
{
	return p->state != PLUGIN_LOADING && p->id != NULL &&
	    strcmp(p->id, id) == 0;
}

static const struct plugin_row *
row_of(const struct shelf *s, const struct plugin *p)
{
	size_t i;

	for (i = 0; i < s->row_count; i++) {
		if (is_named(p, s->rows[i].id))
			return &s->rows[i];
	}
	return NULL;
}

static bool
is_missing(const struct shelf *s, const struct plugin_row *row)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (is_named(s->plugins[i], row->id))
			return false;
	}
	return row->state != CATALOG_REMOVED;
}

/* A file that was refused is shown as the plugin that it was. */
static const struct plugin *
refused_file(const struct act *a, const struct plugin_row *row)
{
	struct err err;

	return catalog_refused(a->env->registry, row, &err);
}

static bool
is_missing_file(const struct act *a, const struct shelf *s,
    const struct plugin *p)
{
	size_t i;

	if (p->state != PLUGIN_REFUSED || p->id != NULL)
		return false;
	for (i = 0; i < s->row_count; i++) {
		if (is_missing(s, &s->rows[i]) &&
		    refused_file(a, &s->rows[i]) == p)
			return true;
	}
	return false;
}

static void
write_items(struct act *a, struct call *c, struct json_out *j,
    const struct shelf *s, bool missing)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (missing && is_missing_file(a, s, s->plugins[i]))
			continue;
		jw_object(j);
		write_plugin(a, c, j, s->plugins[i], row_of(s, s->plugins[i]));
		jw_end_object(j);
	}
	for (i = 0; missing && i < s->row_count; i++) {
		if (!is_missing(s, &s->rows[i]))
			continue;
		jw_object(j);
		write_missing(c, j, &s->rows[i], refused_file(a,
		    &s->rows[i]));
		jw_end_object(j);
	}
}

rh_status
plugin_list(struct act *a, struct call *c, struct err *err)
{
	const char *const *dir = a->env->plugin_dirs;
	struct shelf s;
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	if ((rc = take_stock(a, c, &s, err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_name(&j, "items");
	jw_array(&j);
	/* While they load, it isn't known which are missing. */
	write_items(a, c, &j, &s, !registry_loading(a->env->registry));
	jw_end_array(&j);
	jw_name(&j, "dirs");
	jw_array(&j);
	for (; dir != NULL && *dir != NULL; dir++)
		jw_text(&j, *dir);
	jw_end_array(&j);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

rh_status
plugin_in_use(struct act *a, struct call *c, struct plugin **p,
    struct err *err)
{
	const char *id = call_text(c, "id");

	*p = registry_find(a->env->registry, str_of(id));
	act_target(a, c, id);
	if (*p != NULL)
		return RH_OK;
	if (registry_explain(a->env->registry, NAME_ID, str_of(id), err))
		return err->status;
	err_set(err, RH_ENOENT, "no plugin \"%s\"", id);
	return err_hint(err, "list them with: runhost plugin list");
}

/* The one in use first, then one that could be. */
static struct plugin *
best_named(const struct shelf *s, const char *id)
{
	struct plugin *p, *best = NULL;
	size_t i;

	for (i = 0; i < s->count; i++) {
		p = s->plugins[i];
		if (is_named(p, id) && (best == NULL ||
		    p->state == PLUGIN_ENABLED || (plugin_is_idle(p) &&
		    best->state == PLUGIN_REFUSED)))
			best = p;
	}
	return best;
}

/* Of files with its id but the one that is shown: the one that is idle. */
static void
write_found(struct json_out *j, const struct shelf *s,
    const struct plugin *shown, const char *id)
{
	char hex[HASH_HEX_LEN];
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (s->plugins[i] == shown || !is_named(s->plugins[i], id) ||
		    !plugin_is_idle(s->plugins[i]))
			continue;
		str_hex(hex, s->plugins[i]->image.digest, HASH_LEN);
		jw_m_text(j, "found_digest", hex);
		return;
	}
	jw_m_null(j, "found_digest");
}

rh_status
plugin_get(struct act *a, struct call *c, struct err *err)
{
	const char *id = call_text(c, "id");
	struct plugin_row row;
	struct plugin *p;
	struct shelf s;
	struct buf b = { 0 };
	struct json_out j;
	bool found;
	rh_status rc;

	act_target(a, c, id);
	if ((rc = take_stock(a, c, &s, err)) != RH_OK ||
	    (rc = store_plugin_find(a->db, id, &c->arena, &row, &found,
	    err)) != RH_OK)
		return rc;
	found = found && row.state != CATALOG_REMOVED;
	if ((p = best_named(&s, id)) == NULL && !found) {
		err_set(err, RH_ENOENT, "no plugin \"%s\"", id);
		return err_hint(err, "list them with: runhost plugin list");
	}
	jw_init(&j, &b);
	jw_object(&j);
	if (p != NULL)
		write_plugin(a, c, &j, p, found ? &row : NULL);
	else
		write_missing(c, &j, &row, refused_file(a, &row));
	write_found(&j, &s, p, id);
	jw_m_raw(&j, "description", str_of(p != NULL &&
	    p->description != NULL ? p->description : "null"));
	rc = write_rights(a, c, &j, id, p, err);
	jw_end_object(&j);
	act_reply(c, &b);
	return rc;
}

static void
reply_trust(struct act *a, struct call *c, const char *id,
    const uint8_t digest[HASH_LEN], bool on)
{
	struct effect *e = act_effect(a, EFFECT_TRUST, 0);
	char hex[HASH_HEX_LEN];
	struct buf b = { 0 };
	struct json_out j;

	e->plugin = arena_strdup(&e->arena, id);
	e->inproc = on;
	memcpy(e->digest, digest, HASH_LEN);
	str_hex(hex, digest, HASH_LEN);
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "id", id);
	jw_m_text(&j, "digest", hex);
	jw_m_bool(&j, "trusted", on);
	jw_end_object(&j);
	a->detail = arena_strdup(&c->arena, b.p);
	act_reply(c, &b);
}

rh_status
plugin_trust(struct act *a, struct call *c, struct err *err)
{
	struct plugin *p;
	rh_status rc;

	if ((rc = plugin_in_use(a, c, &p, err)) != RH_OK ||
	    (rc = signer_inprocess(a->db, a->policy, p, a->now, err)) !=
	    RH_OK || (rc = store_trust_set(a->db, p->id, p->image.digest, a->now,
	    c->caller.principal, err)) != RH_OK)
		return rc;
	reply_trust(a, c, p->id, p->image.digest, true);
	return RH_OK;
}

/* What is trusted by an id, or else what there is of it. */
static rh_status
digest_of(struct act *a, const char *id, uint8_t digest[HASH_LEN],
    struct err *err)
{
	const struct plugin *p;
	bool found;
	rh_status rc = store_trust_find(a->db, id, digest, &found, err);

	if (rc != RH_OK || found)
		return rc;
	if ((p = registry_known(a->env->registry, id, NULL)) == NULL) {
		err_set(err, RH_ENOENT, "no plugin \"%s\"", id);
		return err_hint(err, "list them with: runhost plugin list");
	}
	memcpy(digest, p->image.digest, HASH_LEN);
	return RH_OK;
}

rh_status
plugin_untrust(struct act *a, struct call *c, struct err *err)
{
	const char *id = call_text(c, "id");
	uint8_t digest[HASH_LEN];
	rh_status rc;

	act_target(a, c, id);
	if ((rc = digest_of(a, id, digest, err)) != RH_OK)
		return rc;
	/* As a second trust, a second untrust changes nothing. */
	rc = store_trust_delete(a->db, id, err);
	if (rc != RH_OK && rc != RH_ENOENT)
		return rc;
	reply_trust(a, c, id, digest, false);
	return RH_OK;
}

/* Words of the table's columns, for people. */
static const char *const scope_names[] = {
	[SCOPE_NONE] = "none", [SCOPE_RUN] = "run", [SCOPE_KEPT] = "kept of a run",
	[SCOPE_NEW] = "new run",
	[SCOPE_TALK] = "conversation", [SCOPE_EVENT] = "event",
	[SCOPE_LIST] = "what the caller reaches", [SCOPE_ALL] = "everybody's",
	[SCOPE_RUNTIME] = "runtime", [SCOPE_ENROL] = "runtime, or a new one",
	[SCOPE_CLAIM] = "runs that the caller reaches",
	[SCOPE_HELD] = "run, by its claim",
	[SCOPE_ATTEMPT] = "run, or the attempt's own",
	[SCOPE_ARTIFACT] = "run of the artifact, or the attempt's own",
	[SCOPE_ARTIFACTS] = "run, or conversation",
	[SCOPE_ANSWER] = "run, or by the question's token",
	[SCOPE_PULLED] = "run, by its claim or attempt",
	[SCOPE_WRITTEN] = "run, by its claim or without",
	[SCOPE_ENDING] = "run, by its claim or an admin grant",
};
static const char *const audit_names[] = {
	[AUDIT_ALWAYS] = "always", [AUDIT_SUMMARY] = "summary",
	[AUDIT_DENIED] = "refusals only", [AUDIT_ADMIN] = "admin reads",
	[AUDIT_RUNNER] = "always, for audited runners",
};
static const char *const repeat_names[] = {
	[REPEAT_SAFE] = "safe", [REPEAT_KEY] = "with a key",
	[REPEAT_NEVER] = "never",
};

static void
write_host_action(struct json_out *j, const struct action *r)
{
	jw_object(j);
	jw_m_text(j, "name", r->name);
	jw_m_text(j, "summary", r->summary);
	jw_m_text(j, "who", r->who == PERM_ANYONE ? "anyone" : "permission");
	jw_m_text(j, "scope", scope_names[r->scope]);
	jw_m_text(j, "audit", audit_names[r->audit]);
	jw_m_text(j, "repeat", repeat_names[r->repeat]);
	jw_m_text(j, "kind", r->runs & RUN_READ ? "read" : "write");
	jw_m_text(j, "provider", "host");
	jw_m_raw(j, "schema", str_of(r->schema));
	jw_end_object(j);
}

static void
write_plugin_action(struct json_out *j, const struct plugin_action *r)
{
	jw_object(j);
	jw_m_text(j, "name", r->name);
	jw_m_text(j, "summary", r->summary);
	jw_m_text(j, "who", "permission");
	jw_m_text(j, "scope", scope_names[SCOPE_NONE]);
	jw_m_text(j, "audit", audit_names[AUDIT_ALWAYS]);
	jw_m_text(j, "repeat", repeat_names[REPEAT_KEY]);
	jw_m_text(j, "kind", "write");
	jw_m_text(j, "provider", r->plugin->id);
	jw_m_raw(j, "schema", str_of(r->schema_text != NULL ?
	    r->schema_text : "{\"type\":\"object\"}"));
	jw_end_object(j);
}

rh_status
action_list(struct act *a, struct call *c, struct err *err)
{
	struct registry *reg = a->env->registry;
	const struct action *r;
	struct plugin *p;
	struct buf b = { 0 };
	struct json_out j;
	size_t i, k;

	(void)err;
	jw_init(&j, &b);
	jw_object(&j);
	jw_name(&j, "items");
	jw_array(&j);
	for (r = action_table; r->name != NULL; r++) {
		if (r->who != PERM_INTERNAL)
			write_host_action(&j, r);
	}
	for (i = 0; i < registry_count(reg); i++) {
		p = registry_at(reg, i);
		for (k = 0; p->state == PLUGIN_ENABLED &&
		    k < p->action_count; k++)
			write_plugin_action(&j, &p->actions[k]);
	}
	jw_end_array(&j);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

/* The arguments; of long ones what proves them. */
static void
intent_detail(struct act *a, struct call *c)
{
	const struct schema *s = c->plugin_action->schema;
	struct buf args = { 0 }, b = { 0 };
	uint8_t digest[HASH_LEN];
	char hex[HASH_HEX_LEN];
	struct json_out j;

	if (s != NULL && schema_has_secret(s))
		schema_redact(s, &c->in, 0, a->env->redact_key, HASH_LEN,
		    &args);
	else
		buf_add(&args, c->body, c->body_len);
	jw_init(&j, &b);
	jw_object(&j);
	if (args.len <= ARGS_SHOWN) {
		jw_name(&j, "args");
		jw_raw(&j, (struct str){ args.p, args.len });
	} else {
		hash_of(args.p, args.len, digest);
		str_hex(hex, digest, sizeof digest);
		jw_m_i64(&j, "args_bytes", (int64_t)args.len);
		jw_m_text(&j, "args_digest", hex);
	}
	jw_end_object(&j);
	buf_fini(&args);
	act_detail(a, c, &b);
}

/* The first half of a plugin's action: it is going to be done. */
rh_status
action_intent(struct act *a, struct call *c, struct err *err)
{
	struct effect *e;
	rh_status rc;

	intent_detail(a, c);
	act_target(a, c, c->plugin_action->plugin->id);
	if ((rc = store_intent_add(a->db, &a->op, a->now, c->name,
	    c->caller.principal, err)) != RH_OK)
		return rc;
	c->deferred = true;
	e = act_effect(a, EFFECT_INVOKE, 0);
	e->call = c;
	e->plugin = arena_strdup(&e->arena, c->plugin_action->plugin->id);
	return RH_OK;
}

/* What the caller will be told; JSON that isn't is the plugin's failure. */
static void
settle_call(struct call *c, const struct outcome_args *o)
{
	size_t tokens;
	struct err why;

	c->status = o->status;
	if (o->status != RH_OK) {
		err_set(&c->err, o->status, "%s", o->error);
		return;
	}
	if (json_scan(o->output.p, o->output.len, &json_limits_default,
	    &tokens, &why) != RH_OK) {
		c->status = err_set(&c->err, RH_EPLUGIN, "\"%s\" answered "
		    "what is not JSON: %s", c->name, why.msg);
		return;
	}
	buf_clear(&c->reply);
	buf_add(&c->reply, o->output.p, o->output.len);
}

rh_status
action_outcome(struct act *a, struct call *c, struct err *err)
{
	struct outcome_args *o = c->args;
	struct call *first = o->call;
	struct audit_row row;
	struct buf b = { 0 };
	struct json_out j;
	bool was_there;
	char id[ID_HEX_LEN];
	rh_status rc;

	settle_call(first, o);
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "intent", id_hex(&first->op, id));
	jw_m_text(&j, "reason_code", err_reason(first->status)->code);
	if (first->status != RH_OK)
		jw_m_text(&j, "error", first->err.msg);
	jw_end_object(&j);
	act_detail(a, c, &b);
	a->target = first->plugin_action->plugin->id;
	record_fill(a, c, AUDIT_OUTCOME, &row);
	row.principal = first->caller.principal;
	row.action = row.permission = first->name;
	if ((rc = store_intent_remove(a->db, &first->op, &was_there,
	    err)) != RH_OK)
		return rc;
	if (first->key != NULL && first->status == RH_OK &&
	    (rc = store_idem_reply(a->db, first->caller.principal,
	    first->key, &first->op, first->reply.p, err)) != RH_OK)
		return rc;
	return act_record(a, c, &row, err);
}

rh_status
host_ping(struct act *a, struct call *c, struct err *err)
{
	struct buf b = { 0 };
	struct json_out j;

	(void)err;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_bool(&j, "ok", true);
	jw_m_text(&j, "version", a->env->version);
	jw_m_time(&j, "time", a->now);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}
