/*
 * What each action needs before it can be called, and the call.
 */
#include "lib/samples.h"

#include "action/action.h"
#include "base/mem.h"
#include "lib/keys.h"
#include "lib/unit.h"
#include "plugin/registry.h"
#include "store/store_use.h"

#include <runhost/host.h>

#include <stdio.h>

/* A run that is claimed: its priority is above that of any before it. */
static int64_t
claimed_with(struct core *c, const char *what)
{
	struct call *call = lab_must(c, NULL, "run_create",
	    "{%s,\"priority\":%d}", what, (int)++c->next_key);
	const struct run_made *made = call->result;

	lab_offer(c, 1);
	return made != NULL ? made->run_no : 0;
}

static int64_t
claimed(struct core *c)
{
	return claimed_with(c, "\"command\":\"/demo\"");
}

static struct run_report
report_of(struct core *c, struct call *call, int64_t no)
{
	struct event_new *e = arena_zalloc(&call->arena, 2 * sizeof *e);
	int i;

	for (i = 0; i < 2; i++) {
		e[i].type = "output";
		e[i].at_us = CORE_START;
		e[i].data = STR("{\"stream\":\"stdout\",\"text\":\"x\"}");
	}
	return (struct run_report){ .run_no = no, .events = e,
	    .event_count = 2, .fence = lab_fence(c, no), .percent = 40,
	    .stage = "EXECUTING", .started_us = CORE_START };
}

static struct call *
make_enroll(struct core *c)
{
	struct call *call = lab_internal(c, "plugin_enroll",
	    sizeof(struct enroll_args));

	*(struct enroll_args *)call->args = (struct enroll_args){
		.plugin = registry_at(c->registry, 0), .reason = "found" };
	return call;
}

static struct call *
make_quarantine(struct core *c)
{
	struct call *call = lab_internal(c, "plugin_quarantine",
	    sizeof(struct quarantine_args));

	struct quarantine_args *args = call->args;

	lab_must(c, NULL, "plugin_enable", "{\"id\":\"demo\"}");
	args->id = "demo";
	args->reason = "it died five times";
	memcpy(args->digest, registry_at(c->registry, 0)->image.digest,
	    HASH_LEN);
	return call;
}

static struct call *
make_offer(struct core *c)
{
	struct call *call = lab_internal(c, "slots_offer",
	    sizeof(struct offer_args));

	lab_run(c, NULL, "/demo", NULL);
	*(struct offer_args *)call->args = (struct offer_args){
		.plugin = "demo", .n = 1 };
	return call;
}

static struct call *
make_report(struct core *c)
{
	struct call *call = lab_internal(c, "run_report",
	    sizeof(struct report_args));
	struct report_args *a = call->args;

	a->report = report_of(c, call, claimed(c));
	return call;
}

static struct call *
make_finalize(struct core *c)
{
	struct call *call = lab_internal(c, "run_finalize",
	    sizeof(struct finish_args));
	struct finish_args *a = call->args;

	a->report = report_of(c, call, claimed(c));
	a->kind = RH_COMPLETED;
	a->end.output = "done";
	return call;
}

/* An end that queues the run again. */
static struct call *
make_timeout(struct core *c)
{
	struct call *call = lab_internal(c, "run_finalize",
	    sizeof(struct finish_args));
	struct finish_args *a = call->args;

	a->report = report_of(c, call, claimed_with(c,
	    "\"runner\":\"demo\",\"max_attempts\":3"));
	a->kind = RH_TIMEOUT;
	a->host = true;
	a->end.error = "out of time";
	return call;
}

static struct call *
make_checkpoint(struct core *c)
{
	struct call *call = lab_internal(c, "run_checkpoint",
	    sizeof(struct checkpoint_args));
	struct checkpoint_args *a = call->args;

	a->report = report_of(c, call, claimed(c));
	a->name = STR("half");
	a->data = STR("bytes");
	return call;
}

static struct call *
make_renew(struct core *c)
{
	struct call *call = lab_internal(c, "run_renew",
	    sizeof(struct renew_args));
	struct renew_args *a = call->args;
	struct attempt_ref *ref = arena_zalloc(&call->arena, sizeof *ref);

	ref->run_no = claimed(c);
	ref->fence = lab_fence(c, ref->run_no);
	a->attempts = ref;
	a->count = 1;
	a->lost = arena_zalloc(&call->arena, sizeof *a->lost);
	return call;
}

static struct call *
make_release(struct core *c)
{
	struct call *call = lab_internal(c, "run_release",
	    sizeof(struct release_args));
	struct release_args *a = call->args;

	a->run_no = claimed(c);
	a->fence = lab_fence(c, a->run_no);
	a->started = true;
	a->why = "worker retired";
	return call;
}

static struct call *
make_state(struct core *c, const char *action)
{
	struct call *call = lab_internal(c, action,
	    sizeof(struct state_args));
	struct state_args *a = call->args;

	a->run_no = claimed(c);
	a->fence = lab_fence(c, a->run_no);
	a->scope = STR("runner");
	a->key = str_of(arena_printf(&call->arena, "key %llu",
	    (unsigned long long)c->next_key++));
	a->value = STR("{\"n\":1}");
	return call;
}

static struct call *
make_state_set(struct core *c)
{
	return make_state(c, "plugin_state_set");
}

static struct call *
make_state_get(struct core *c)
{
	struct call *set = make_state(c, "plugin_state_set");
	struct call *get = make_state(c, "plugin_state_get");

	lab_apply(c, set);
	((struct state_args *)get->args)->key =
	    ((struct state_args *)set->args)->key;
	return get;
}

static struct call *
make_outcome(struct core *c)
{
	struct call *first = lab_must(c, NULL, "demo.greet", "{}");
	struct call *call = lab_internal(c, "action_outcome",
	    sizeof(struct outcome_args));

	*(struct outcome_args *)call->args = (struct outcome_args){
		.call = first, .output = STR("{}") };
	return call;
}

/* A run whose deadline is over, a lost lease, and an ended run to remove. */
static struct call *
make_sweep(struct core *c)
{
	struct call *call = lab_internal(c, "sweep",
	    sizeof(struct sweep_args));
	int64_t ended, lost = claimed(c);

	CHECK_INT(lab_report(c, lost, lab_fence(c, lost), 1), RH_OK);
	lab_pass(c, 50);
	c->env.command_retention_us = 10 * US_PER_S;
	ended = claimed(c);
	CHECK_INT(lab_finish(c, ended, lab_fence(c, ended), RH_COMPLETED),
	    RH_OK);
	lab_must(c, NULL, "run_create",
	    "{\"runner\":\"demo\",\"deadline_at\":%lld}",
	    (long long)(c->clock.wall / US_PER_S + 5));
	clock_fake_advance(&c->clock, 15 * US_PER_S);
	return call;
}

/* Something new, after an item that was removed. */
static struct call *
make_index(struct core *c)
{
	int64_t no;

	lab_must(c, NULL, "run_create", "{\"command\":\"/demo\",\"text\":"
	    "\"gone\",\"conversation_id\":\"c\",\"priority\":%d}",
	    (int)++c->next_key);
	lab_apply(c, lab_internal(c, "history_index",
	    sizeof(struct index_args)));
	c->env.command_retention_us = 10 * US_PER_S;
	no = claimed(c);
	CHECK_INT(lab_finish(c, no, lab_fence(c, no), RH_COMPLETED), RH_OK);
	lab_must(c, NULL, "run_create", "{\"runner\":\"demo\",\"text\":"
	    "\"new\",\"conversation_id\":\"c\"}");
	return lab_internal(c, "history_index", sizeof(struct index_args));
}

static struct call *
make_uses(struct core *c)
{
	struct call *call = lab_internal(c, "plugin_uses",
	    sizeof(struct uses_args));
	struct uses_args *args = call->args;

	args->rows = arena_zalloc(&call->arena, 2 * sizeof *args->rows);
	args->count = 2;
	args->rows[0] = (struct use_row){ .plugin = "demo",
	    .permission = "env:HOME", .used = 1, .used_us = c->clock.wall };
	args->rows[1] = (struct use_row){ .plugin = "demo",
	    .permission = "run_get", .denied = 2, .note = "" };
	return call;
}

static struct call *
make_recover(struct core *c)
{
	struct call *call = lab_internal(c, "recover",
	    sizeof(struct recover_args));
	int64_t a = claimed(c), b = claimed_with(c, "\"runner\":\"again\"");

	CHECK_INT(lab_report(c, a, lab_fence(c, a), 1), RH_OK);
	CHECK_INT(lab_report(c, b, lab_fence(c, b), 1), RH_OK);
	return call;
}

static struct call *
make_use(struct core *c)
{
	struct call *call = lab_internal(c, "capability_use",
	    sizeof(struct use_args));

	*(struct use_args *)call->args = (struct use_args){
		.what = "secret.get", .capability = "secret:x",
		.recorded = true };
	return call;
}

static struct call *
make_note(struct core *c)
{
	struct call *call = lab_internal(c, "audit_note",
	    sizeof(struct note_args));

	*(struct note_args *)call->args = (struct note_args){
		.action = "run_get", .target = "run_x", .status = RH_EPERM,
		.error = "no" };
	return call;
}

static struct call *
make_flush(struct core *c)
{
	struct call *call = lab_internal(c, "audit_flush",
	    sizeof(struct flush_args));
	struct caller nobody = lab_anonymous();

	lab_do(c, &nobody, "run_create", "{}");
	((struct flush_args *)call->args)->all = true;
	return call;
}

static struct call *
make_mark(struct core *c)
{
	struct call *call = lab_internal(c, "host_mark",
	    sizeof(struct mark_args));

	*(struct mark_args *)call->args = (struct mark_args){
		.what = "host_start", .detail = "{}",
		.remember = arena_printf(&call->arena, "fact %llu",
		    (unsigned long long)c->next_key++) };
	return call;
}

const char *
sample_field(struct call *call, const char *name)
{
	struct json_doc d;
	struct str raw;

	if (json_parse(&call->arena, call->reply.p, call->reply.len, NULL, &d,
	    NULL) != RH_OK || json_member(&d, 0, name) < 0)
		return "null";
	raw = json_raw(&d, json_member(&d, 0, name));
	return arena_strndup(&call->arena, raw.p, raw.len);
}

const struct sample sample_table[] = {
	{ "host_ping", "{}", NULL, NULL },
	{ "run_create", "{\"command\":\"/demo go\"}", NULL, NULL },
	{ "run_create", "{\"runner\":\"again\",\"dry_run\":true}", NULL, NULL },
	{ "run_create", "{\"command\":\"/demo go\"}", NULL, "key" },
	{ "run_create", "{\"runner\":\"demo\",\"queue_name\":\"q\",\"labels\":{\"a\":\"b\"}}", NULL, NULL },
	{ "run_get", "{\"run_id\":\"$run\"}", NULL, NULL },
	{ "run_list", "{\"status\":\"PENDING\"}", NULL, NULL },
	{ "run_events_page", "{\"run_id\":\"$run\"}", NULL, NULL },
	{ "run_cancel", "{\"run_id\":\"$run\"}", NULL, NULL },
	{ "state_get", "{\"run_id\":\"$run\",\"scope\":\"actor\",\"key\":\"k\"}", NULL, NULL },
	{ "state_set", "{\"run_id\":\"$run\",\"scope\":\"actor\",\"key\":\"k\",\"value\":1}", NULL, NULL },
	{ "state_delete", "{\"run_id\":\"$run\",\"scope\":\"actor\",\"key\":\"k\"}", NULL, NULL },
	{ "state_list", "{\"run_id\":\"$run\",\"scope\":\"actor\"}", NULL, NULL },
	{ "run_create", "{\"runner\":\"demo\",\"text\":\"hi\",\"conversation_id\":\"c\",\"event\":{\"event_type\":\"message.received\"}}", NULL, NULL },
	{ "event_get", "{\"event_id\":\"$event\"}", NULL, NULL },
	{ "event_page", "{\"conversation_id\":\"$talk\"}", NULL, NULL },
	{ "event_page", "{\"conversation_id\":\"$talk\",\"event_types\":[\"api.invoked\"]}", NULL, NULL },
	{ "history_page", "{\"conversation_id\":\"$talk\"}", NULL, NULL },
	{ "history_page", "{\"conversation_id\":\"$talk\",\"direction\":\"forward\"}", NULL, NULL },
	{ "run_append_result", "{$claim,\"sequence\":1,\"event_type\":\"message.completed\",\"data\":{\"message\":{\"content\":\"x\"}}}", NULL, NULL },
	{ "history_search", "{\"conversation_id\":\"$talk\",\"query\":\"hel\"}", NULL, NULL },
	{ "history_search", "{\"conversation_id\":\"$talk\",\"query\":\"h\"}", NULL, NULL },
	{ "steering_push", "{\"run_id\":\"$run\",\"text\":\"left\",\"data\":{\"n\":1}}", NULL, NULL },
	{ "steering_push", "{\"run_id\":\"$run\",\"text\":\"left\"}", NULL, "key" },
	{ "steering_pull", "{$steered}", NULL, NULL },
	{ "steering_pull", "{$claim,\"mode\":\"one\"}", NULL, NULL },
	{ "run_finalize", "{$steered,\"status\":\"completed\"}", NULL, NULL },
	{ "run_counts", "{}", NULL, NULL },
	{ "run_stats", "{\"start_time\":1800000000,\"runner_id\":\"plugin:runhost/demo/demo\"}", NULL, NULL },
	{ "runner_stats", "{\"limit\":1}", NULL, NULL },
	{ "runtime_stats", "{}", NULL, NULL },
	{ "runner_list", "{}", NULL, NULL },
	{ "run_cleanup", "{}", NULL, NULL },
	{ "op_get", "{\"op_id\":\"$op\"}", NULL, NULL },
	{ "run_claim", "{\"runtime_id\":\"$mine\"}", NULL, NULL },
	{ "run_claim", "{\"runtime_id\":\"$mine\",\"queue_name\":\"q\",\"runner_ids\":[\"plugin:runhost/demo/demo\"]}", NULL, NULL },
	{ "run_start", "{$claim}", NULL, NULL },
	{ "run_renew_claim", "{$claim,\"lease_seconds\":30}", NULL, NULL },
	{ "run_release_claim", "{$claim}", NULL, NULL },
	{ "run_append_result", "{$claim,\"sequence\":1,\"event_type\":\"progress\",\"data\":{\"stage\":\"A\",\"percent\":5},\"usage\":{\"n\":1}}", NULL, NULL },
	{ "run_append_result", "{$claim,\"events\":[{\"sequence\":1,\"type\":\"output\",\"data\":{\"stream\":\"stdout\",\"text\":\"x\"}},{\"sequence\":1,\"type\":\"output\",\"data\":{\"stream\":\"stdout\",\"text\":\"x\"}}]}", NULL, NULL },
	{ "run_append_result", "{$claim,\"events\":[{\"sequence\":1,\"type\":\"checkpoint\",\"data\":{\"name\":\"x\",\"data\":\"Zm9v\"}},{\"sequence\":2,\"type\":\"state.updated\",\"data\":{\"scope\":\"actor\",\"key\":\"k\",\"value\":[1]}}]}", NULL, NULL },
	{ "run_append_result", "{\"run_id\":\"$run\",\"sequence\":1,\"event_type\":\"action.requested\",\"data\":{\"action\":\"x\"}}", NULL, NULL },
	{ "run_finalize", "{$claim,\"status\":\"completed\",\"output\":\"done\",\"usage\":{\"n\":1},\"cost\":{\"n\":2}}", NULL, NULL },
	{ "run_finalize", "{$claim,\"status\":\"failed\",\"error\":\"x\",\"retryable\":true}", NULL, NULL },
	{ "run_finalize", "{\"run_id\":\"$run\",\"status\":\"failed\"}", NULL, NULL },
	{ "interaction_create", "{\"run_id\":\"$run\",\"request\":{\"ask\":\"may I\"}}", NULL, NULL },
	{ "interaction_create", "{$claim,\"interaction_id\":\"q\",\"request\":1,\"schema\":{\"type\":\"integer\"}}", NULL, NULL },
	{ "interaction_answer", "{$ask,\"answer\":{\"yes\":true}}", NULL, NULL },
	{ "interaction_answer", "{$asked,\"answer\":[7]}", NULL, "key" },
	{ "interaction_answer", "{$ask,\"status\":\"delivery_failed\"}", NULL, NULL },
	{ "interaction_get", "{$ask}", NULL, NULL },
	{ "artifact_put", "{\"run_id\":\"$run\",\"content\":\"Zm9v\",\"name\":\"x\",\"metadata\":{\"a\":1}}", NULL, NULL },
	{ "artifact_put", "{$claim,\"content\":\"\",\"expires_in_seconds\":60}", NULL, "key" },
	{ "artifact_get", "{\"artifact_id\":$artifact}", NULL, NULL },
	{ "artifact_list", "{\"run_id\":\"$run\"}", NULL, NULL },
	{ "runtime_register", "{\"runtime_id\":\"$runtime\",\"capacity\":4}", NULL, NULL },
	{ "runtime_heartbeat", "{\"runtime_id\":\"$runtime\",\"metadata\":{\"a\":1}}", NULL, NULL },
	{ "runtime_list", "{\"labels\":{\"a\":\"b\"},\"limit\":1}", NULL, NULL },
	{ "runtime_drain", "{\"runtime_id\":\"$runtime\"}", NULL, NULL },
	{ "runtime_reconcile", "{}", NULL, NULL },
	{ "runtime_reconcile", "{\"stale_after_seconds\":30}", NULL, NULL },
	{ "runner_audit", "{\"runner_id\":\"plugin:runhost/demo/demo\",\"audited\":true}", NULL, NULL },
	{ "plugin_list", "{}", NULL, NULL },
	{ "plugin_get", "{\"id\":\"demo\"}", NULL, NULL },
	{ "plugin_install", "{\"file\":\"demo.so\"}", NULL, NULL },
	{ "plugin_enable", "{\"id\":\"demo\"}", NULL, NULL },
	{ "plugin_disable", "{\"id\":\"demo\"}", NULL, NULL },
	{ "plugin_remove", "{\"id\":\"demo\"}", NULL, NULL },
	{ "plugin_verify", "{\"id\":\"demo\"}", NULL, NULL },
	{ "plugin_trial", "{\"id\":\"demo\"}", NULL, NULL },
	{ "plugin_trust", "{\"id\":\"$signed\"}", NULL, NULL },
	{ "plugin_untrust", "{\"id\":\"$trusted\"}", NULL, NULL },
	{ "key_trust", "{\"public_key\":\"" KEY_PUBLIC_TEXT "\",\"label\":\"test\"}", NULL, NULL },
	{ "key_list", "{}", NULL, NULL },
	{ "key_revoke", "{\"key_id\":\"$key\"}", NULL, NULL },
	{ "action_list", "{}", NULL, NULL },
	{ "token_create", "{\"principal\":\"user:sample\",\"role\":\"viewer\"}", NULL, NULL },
	{ "token_list", "{}", NULL, NULL },
	{ "token_revoke", "{\"token_id\":\"$token\"}", NULL, NULL },
	{ "grant_add", "{\"grantee\":\"user:sample\",\"permission\":\"run_get\"}", NULL, NULL },
	{ "grant_list", "{}", NULL, NULL },
	{ "grant_remove", "{\"grant_id\":\"$grant\"}", NULL, NULL },
	{ "permission_check", "{\"principal\":\"user:sample\",\"permission\":\"run_get\"}", NULL, NULL },
	{ "audit_list", "{\"limit\":5}", NULL, NULL },
	{ "audit_export", "{\"limit\":5}", NULL, NULL },
	{ "audit_head", "{}", NULL, NULL },
	{ "host_metrics", "{}", NULL, NULL },
	{ "host_backup", "{\"file\":\"/tmp/b\"}", NULL, NULL },
	{ "secret_change", "{\"name\":\"key\",\"change\":\"set\"}", NULL, NULL },
	{ "config_reload", "{}", NULL, NULL },
	{ "demo.greet", "{\"name\":\"you\"}", NULL, NULL },
	{ "demo.greet", "{\"name\":\"you\"}", NULL, "key" },
	{ "slots_offer", NULL, make_offer, NULL },
	{ "run_report", NULL, make_report, NULL },
	{ "run_finalize", NULL, make_finalize, NULL },
	{ "run_finalize", NULL, make_timeout, NULL },
	{ "run_checkpoint", NULL, make_checkpoint, NULL },
	{ "run_renew", NULL, make_renew, NULL },
	{ "run_release", NULL, make_release, NULL },
	{ "plugin_state_get", NULL, make_state_get, NULL },
	{ "plugin_state_set", NULL, make_state_set, NULL },
	{ "plugin_enroll", NULL, make_enroll, NULL },
	{ "plugin_quarantine", NULL, make_quarantine, NULL },
	{ "action_outcome", NULL, make_outcome, NULL },
	{ "sweep", NULL, make_sweep, NULL },
	{ "history_index", NULL, make_index, NULL },
	{ "plugin_uses", NULL, make_uses, NULL },
	{ "recover", NULL, make_recover, NULL },
	{ "capability_use", NULL, make_use, NULL },
	{ "audit_note", NULL, make_note, NULL },
	{ "audit_flush", NULL, make_flush, NULL },
	{ "host_mark", NULL, make_mark, NULL },
	{ NULL, NULL, NULL, NULL },
};

/* A run of the owner, claimed in the name of who calls: what names a claim. */
static const char *
claim(struct core *c, const struct caller *who, const struct caller *owner,
    bool steered)
{
	struct caller as = { .kind = CALLER_SYSTEM,
		.principal = who != NULL ? who->principal : "local:0" };
	unsigned long long n = c->next_key++;
	struct call *call;

	lab_must(c, &as, "runtime_register", "{\"runtime_id\":\"r%llu\"}", n);
	lab_must(c, owner, "run_create", "{\"runner\":\"demo\","
	    "\"queue_name\":\"q%llu\",\"max_attempts\":9,"
	    "\"conversation_id\":\"claimed\"}", n);
	call = lab_must(c, &as, "run_claim", "{\"runtime_id\":\"r%llu\","
	    "\"queue_name\":\"q%llu\"}", n, n);
	if (steered)
		lab_must(c, NULL, "steering_push", "{\"run_id\":%s,"
		    "\"text\":\"right\"}", sample_field(call, "run_id"));
	return arena_printf(&call->arena, "\"run_id\":%s,"
	    "\"runtime_id\":\"r%llu\",\"claim_token\":%s",
	    sample_field(call, "run_id"), n,
	    sample_field(call, "claim_token"));
}

/* What names a question of a run of the owner's; with its token, or without. */
static const char *
asked(struct core *c, const struct caller *owner, bool token)
{
	struct call *call;
	const char *id;

	lab_run(c, owner, "/demo", &id);
	call = lab_must(c, NULL, "interaction_create", "{\"run_id\":\"%s\","
	    "\"request\":\"well?\"}", id);
	return arena_printf(&call->arena, "\"run_id\":\"%s\","
	    "\"interaction_id\":%s%s%s", id,
	    sample_field(call, "interaction_id"),
	    token ? ",\"callback_token\":" : "",
	    token ? sample_field(call, "callback_token") : "");
}

/* What a word of a body stands for; in the arena of some call. */
static const char *
fresh(struct core *c, const char *word, const struct caller *who,
    const struct caller *owner)
{
	struct caller as = { .kind = CALLER_SYSTEM };
	const char *id = NULL;
	struct call *call;
	char hex[ID_HEX_LEN];

	if (strcmp(word, "run") == 0) {
		call = lab_must(c, owner, "run_create", "{\"command\":"
		    "\"/demo\",\"conversation_id\":\"sample\"}");
		id = sample_field(call, "run_id");
		id = arena_strndup(&call->arena, id + 1, strlen(id) - 2);
	} else if (strcmp(word, "signed") == 0) {
		lab_trust(c);
		id = "demo";
	} else if (strcmp(word, "key") == 0) {
		lab_trust(c);
		id = KEY_ID;
	} else if (strcmp(word, "trusted") == 0) {
		lab_trust(c);
		lab_must(c, NULL, "plugin_trust", "{\"id\":\"demo\"}");
		id = "demo";
	} else if (strcmp(word, "claim") == 0 ||
	    strcmp(word, "steered") == 0) {
		id = claim(c, who, owner != NULL ? owner : who,
		    word[0] == 's');
	} else if (strcmp(word, "ask") == 0 || strcmp(word, "asked") == 0) {
		id = asked(c, owner != NULL ? owner : who, word[3] != '\0');
	} else if (strcmp(word, "artifact") == 0) {
		lab_run(c, owner != NULL ? owner : who, "/demo", &id);
		call = lab_must(c, NULL, "artifact_put", "{\"run_id\":\"%s\","
		    "\"content\":\"Zm9v\"}", id);
		id = sample_field(call, "artifact_id");
	} else if (strcmp(word, "runtime") == 0 ||
	    strcmp(word, "mine") == 0) {
		as.principal = who != NULL ? who->principal : "local:0";
		call = lab_must(c, word[0] == 'm' ? &as : owner, "runtime_register",
		    "{\"runtime_id\":\"r%llu\",\"labels\":{\"a\":\"b\"}}",
		    (unsigned long long)c->next_key++);
		id = lab_text(c, "SELECT id FROM runtime ORDER BY runtime_no"
		    " DESC LIMIT 1");
	} else if (strcmp(word, "event") == 0 || strcmp(word, "talk") == 0) {
		call = lab_must(c, owner, "run_create", "{\"runner\":\"demo\","
		    "\"text\":\"hello\",\"conversation_id\":\"%llu\","
		    "\"event_id\":\"%llu\",\"source\":\"test\"}",
		    (unsigned long long)c->next_key,
		    (unsigned long long)c->next_key);
		id = arena_printf(&call->arena, "%llu",
		    (unsigned long long)c->next_key++);
	} else if (strcmp(word, "token") == 0) {
		lab_must(c, NULL, "token_create",
		    "{\"principal\":\"user:sample\"}");
		id = lab_text(c, "SELECT max(token_no) FROM token");
	} else if (strcmp(word, "grant") == 0) {
		lab_must(c, NULL, "grant_add", "{\"grantee\":\"user:sample\","
		    "\"permission\":\"run_get\"}");
		id = lab_text(c, "SELECT max(grant_no) FROM grants");
	} else {
		call = lab_must(c, owner, "run_create",
		    "{\"command\":\"/demo\"}");
		id = arena_strdup(&call->arena, id_hex(&call->op, hex));
	}
	return id != NULL ? id : "?";
}

struct call *
sample_call(struct core *c, const struct sample *s, const struct caller *who,
    const struct caller *owner)
{
	const char *p = s->body, *d;
	char body[1024], word[16];
	struct call *call;
	size_t n = 0, w;

	if (s->body == NULL)
		return s->make(c);
	while ((d = strchr(p, '$')) != NULL) {
		w = strspn(d + 1, "abcdefghijklmnopqrstuvwxyz");
		snprintf(word, sizeof word, "%.*s", (int)w, d + 1);
		n += (size_t)snprintf(body + n, sizeof body - n, "%.*s%s",
		    (int)(d - p), p, fresh(c, word, who, owner));
		p = d + 1 + w;
	}
	snprintf(body + n, sizeof body - n, "%s", p);
	call = lab_call(c, who, s->action, "%s", body);
	if (s->key != NULL)
		call->key = arena_printf(&call->arena, "%s %llu", s->key,
		    (unsigned long long)c->next_key++);
	lab_prepare(c, call);
	return call;
}

const char *
sample_missing(void)
{
	const struct action *r;
	const struct sample *s;

	for (r = action_table; r->name != NULL; r++) {
		for (s = sample_table; s->action != NULL; s++) {
			if (strcmp(s->action, r->name) == 0)
				break;
		}
		if (s->action == NULL)
			return r->name;
	}
	return "";
}
