/*
 * docs/reason-codes.md, docs/actions.md and docs/metrics.md, from
 * err_reason_table, action_table and metric_table.  What no table says, what a field means, is said here; a
 * field without such words ends the process.
 */
#include "lib/pages.h"

#include "action/action.h"
#include "base/arena.h"
#include "base/mem.h"
#include "base/metric.h"
#include "json/read.h"
#include "lib/page_replies.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define IDENTITY "caller_plugin_identity"

/* What a field of a body means; action NULL: wherever it stands. */
static const struct note {
	const char *action, *field, *text;
} notes[] = {
	{ "run_create", "run_id", "its id: a UUID, or `run_` and 32 digits, that no run has; absent: the host makes one, and always for plugins" },
	{ "run_create", "command", "slash command, at most 64 KiB; this or `runner` or `runner_id`" },
	{ "run_create", "runner", "name of a runner" },
	{ "run_create", "runner_id", "the same as `plugin:<vendor>/<plugin>/<runner>`" },
	{ "run_create", "action_id", "action word, for a run without `command`; up to 255 bytes" },
	{ "run_create", "session_id", "session, up to 255 bytes; is also the conversation when none is given" },
	{ "run_create", "args", "arguments, for a run without `command`" },
	{ "run_create", "flags", "given to the plugin as they are" },
	{ "run_create", "input", "given to the plugin as it is" },
	{ "run_create", "metadata", "given to the plugin and kept with the run; at most 16 KiB" },
	{ "run_create", "timeout_seconds", "of an attempt; default: `run.timeout_s`" },
	{ "run_create", "dry_run", "validates, authorizes and records, starts nothing" },
	{ "run_create", "priority", "higher goes first; 0" },
	{ "run_create", "max_attempts", "attempts that may fail or time out; 1: no retry" },
	{ "run_create", "deadline_at", "seconds since 1970, over all attempts" },
	{ "run_create", "workspace_id", "scope of the run, up to 255 bytes" },
	{ "run_create", "bot_id", "scope of the run, up to 255 bytes" },
	{ "run_create", "conversation_id", "scope of the run, up to 255 bytes" },
	{ "run_create", "thread_id", "scope of the run, up to 255 bytes" },
	{ "run_create", "event_id", "of the event that it answers" },
	{ "run_create", "agent_id", "kept with the run" },
	{ "run_create", "binding_id", "kept with the run" },
	{ "run_create", "queue_name", "only a runtime elsewhere takes it, one that claims this queue or any; up to 255 bytes" },
	{ "run_create", "requested_runtime_id", "only this runtime takes it" },
	{ "run_create", "wait_for_completion", "the answer is the run, when it has ended" },
	{ "run_create", "wait_seconds", "with it: how long at most; default 300" },
	{ "run_create", "text", "what was said, up to 256 KiB; goes into `input` as its `text`" },
	{ "run_create", "event", "the event that it answers; its fields win over those beside it. See [the ledger](ledger.md#what-a-run-answers)" },
	{ "run_create", "event_type", "up to 100 bytes; default `api.invoked`" },
	{ "run_create", "source", "of the event, up to 50 bytes; default `api`" },
	{ "run_create", "event_time", "seconds since 1970; default: now" },
	{ "run_create", "actor", "who did it: `actor_type`, `actor_id`, `actor_name` or these without `actor_`, and more" },
	{ "run_create", "subject", "to what: `subject_type`, `subject_id`, likewise" },
	{ "run_create", "raw_ref", "where its source keeps it, up to 4 KiB" },
	{ "run_create", "data", "of the event" },
	{ "run_create", "delivery", "how an answer may be given; handed to the plugin" },
	{ "run_create", "binding", "what binds the event to the runner; handed to the plugin, its `runner_id`, `agent_id`, `enabled` and `event_types` hold here" },
	{ "run_create", "include_plugins", "the runner must be of one of these, as `runhost/mock`; none: any" },
	{ "run_create", "enabled", "false: no run is made" },
	{ "event_get", "event_id", "as the run was made with; the caller's own goes first" },
	{ "event_get", "run_id", "only of this run, or of its conversation" },
	{ "event_get", "target_run_id", "the same; when both are there, this one counts" },
	{ "event_page", "event_types", "only these, up to 20" },
	{ "run_create", "labels", "only a runtime that has all of these takes it; up to 32 texts" },
	{ "run_create", "available_apis", "what [the run's plugin may ask](permissions.md#what-a-run-gives-its-plugin) without a grant, true or false each" },
	{ "run_cancel", "idempotency_key", "instead of `run_id`: the run that this key made or will make; up to 1,000 cancels of a principal wait for their runs, for a day" },
	{ "run_cancel", "reason", "kept as the run's reason" },
	{ "run_cancel", "status_reason", "the same, when there is no `reason`" },
	{ "run_list", "run_id", "of a plugin: the run by which it asks" },
	{ "run_list", "extension_id", "runs of this plugin" },
	{ "run_list", "status", "`PENDING`, `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMEOUT` or `CANCELED`" },
	{ "run_list", "statuses", "ledger words, as `queued`, `interrupted`" },
	{ NULL, "scope", "to what of the run the value belongs: its `conversation` (with its thread), `actor` (its owner), `runner`, or a `subject` of this runner" },
	{ NULL, "subject_type", "of a `subject`; `unknown` when absent" },
	{ NULL, "subject_id", "of a `subject`" },
	{ NULL, "key", "up to 255 bytes; `conversation_id` stands for `external.conversation_id`" },
	{ "state_set", "value", "any JSON, up to 256 KiB; `null` removes the key" },
	{ NULL, "expected_version", "refused with 409 unless the value has this version; 0: unless there is none. A key that is set for the first time has version 1, also after it was removed" },
	{ "state_list", "prefix", "keys that begin so" },
	{ "state_list", "after_key", "the `next_key` of the page before" },
	{ "run_cleanup", "dry_run", "counts only, up to 10,000" },
	{ "audit_list", "run_id", "rows about this run" },
	{ "audit_list", "principal", "what this principal did" },
	{ "audit_list", "action", "rows of this action" },
	{ "audit_list", "decision", "rows with this decision" },
	{ "op_get", "op_id", "32 hexadecimal digits" },
	{ NULL, "runtime_id", "up to 255 bytes; `local` is the host itself" },
	{ "runtime_list", "statuses", "`online`, `draining`, `stale`; default: all" },
	{ "runtime_list", "labels", "only those that have all of these" },
	{ "runtime_list", "run_id", "taken, and not needed" },
	{ "run_stats", "run_id", "taken, and not needed" },
	{ "runner_stats", "run_id", "taken, and not needed" },
	{ "runtime_stats", "run_id", "taken, and not needed" },
	{ "runner_list", "run_id", "taken, and not needed" },
	{ "runner_list", "include_plugins", "only runners of these, as `runhost/mock`; none: all" },
	{ "runner_list", "use_cache", "taken: what is known is never old" },
	{ NULL, "start_time", "seconds since 1970; absent, null or 0: an hour before the end" },
	{ NULL, "end_time", "seconds since 1970; absent, null or 0: now" },
	{ "run_stats", "runner_id", "only runs of this runner" },
	{ "runtime_reconcile", "run_id", "taken, and not needed" },
	{ "runtime_reconcile", "stale_after_seconds", "those too that were silent for so long; a negative number is 0" },
	{ "runtime_reconcile", "dry_run", "says what would be done" },
	{ "runtime_drain", "draining", "false: claim again; default true" },
	{ "runtime_drain", "run_id", "taken, and not needed" },
	{ "runtime_register", "run_id", "taken, and not needed" },
	{ "runtime_heartbeat", "run_id", "taken, and not needed" },
	{ "run_claim", "run_id", "taken, and not needed" },
	{ NULL, "status", "`draining`: claims no more" },
	{ NULL, "capabilities", "object of its own words, up to 16 KiB" },
	{ NULL, "labels", "up to 32 texts; what runs may ask for" },
	{ "runtime_heartbeat", "metadata", "merged with what is kept" },
	{ NULL, "metadata", "object, up to 16 KiB" },
	{ NULL, "capacity", "claims that it holds at most; absent: no limit" },
	{ NULL, "heartbeat_ttl_seconds", "until it is stale, 1 to 3,600; default 60" },
	{ NULL, "heartbeat_deadline_at", "the same as a time, in seconds since 1970" },
	{ "runtime_register", "display_name", "for people" },
	{ "runtime_register", "endpoint", "for people; the host opens no connection to it" },
	{ "runtime_register", "version", "for people" },
	{ "runner_audit", "runner_id", "as `plugin:runhost/mock/mock`" },
	{ "runner_audit", "audited", "whether start and renew are rows of their own" },
	{ "key_trust", "public_key", "the text of its file, as minisign writes it" },
	{ "key_trust", "label", "what `plugin_list` calls it, up to 255 bytes" },
	{ "key_revoke", "key_id", "as listed: 16 hex digits" },
	{ "token_create", "principal", "`user:`, `service:` or `runtime:` and a name" },
	{ "token_create", "label", "what it is for, up to 255 bytes" },
	{ "token_create", "role", "role to grant to the principal at once" },
	{ "token_revoke", "token_id", "as listed" },
	{ "grant_add", "grantee", "a principal, or `role:<name>`" },
	{ "grant_add", "permission", "a name, a pattern, a capability or `role:<name>`" },
	{ "grant_add", "owner", "whose runs, up to 255 bytes like the rest of the scope; `*`: anybody's; absent: the grantee's own" },
	{ "grant_add", "workspace", "only this one" },
	{ "grant_add", "bot", "only this one" },
	{ "grant_add", "conversation", "only this one" },
	{ "grant_add", "thread", "only this one" },
	{ "grant_add", "runner", "only this one, by name or `runner_id`" },
	{ "grant_add", "queues", "only runs that ask for one of these queues; 1 to 32" },
	{ "grant_add", "labels", "only runs that ask for all of these labels; 1 to 32" },
	{ "grant_list", "grantee", "only its grants" },
	{ "grant_remove", "grant_id", "as listed" },
	{ "permission_check", "principal", "who would ask" },
	{ "permission_check", "permission", "for what" },
	{ "permission_check", "run_id", "about this run" },
	{ "secret_change", "name", "of the secret; its value is nobody's to send" },
	{ "secret_change", "change", "what is about to become of it" },
	{ "host_backup", "file", "where it is" },
	{ "host_backup", "digest", "of the file, when it is made; absent: it is begun" },
	{ "host_backup", "seq", "last audit row in it" },
	{ "host_backup", "bytes", "its size" },
	{ "event_page", "run_id", "the conversation is that of this run" },
	{ "event_page", "target_run_id", "the same; when both are there, this one counts" },
	{ "steering_push", "text", "what it is told, up to 16 KiB; this or `data`" },
	{ "steering_push", "data", "the same as an object, up to 16 KiB" },
	{ "steering_pull", "mode", "`one` and `one-at-a-time`: the first only; default `all`" },
	{ "steering_pull", "limit", "how many at most: 1 to 100, whatever is said; 100" },
	{ "history_search", "query", "text to find, whatever its case, up to 1,024 bytes; nothing in it has a meaning of its own" },
	{ "history_search", "filters", "`conversation_id` (instead of the one beside it), `roles`, `item_types`: up to 20 words each" },
	{ "history_search", "top_k", "how many at most: 1 to 100, whatever is said; 10" },
	{ "history_search", "run_id", "the conversation is that of this run" },
	{ "history_search", "target_run_id", "the same; when both are there, this one counts" },
	{ "history_page", "include_attachments", "items have `attachment_refs`" },
	{ "history_page", "run_id", "the conversation is that of this run" },
	{ "history_page", "target_run_id", "the same; when both are there, this one counts" },
	{ "history_page", "direction", "default: `backward`" },
	{ "history_page", "limit", "of a page: 1 to 100, whatever is said; 50" },
	{ "event_page", "direction", "default: `backward`" },
	{ "event_page", "limit", "of a page: 1 to 100, whatever is said; 50" },
	{ NULL, "run_id", "any spelling: `run_` and 32 digits, the digits, a dashed UUID" },
	{ NULL, "target_run_id", "the same; when both are there, this one counts" },
	{ "run_claim", "queue_name", "only runs of this queue; absent: of any, and of none" },
	{ "run_claim", "run_id", "taken, and not needed" },
	{ "run_claim", "wait_seconds", "how long to wait for a run when there is none" },
	{ "run_claim", "runner_ids", "only runs of these runners; absent: of any" },
	{ "run_append_result", "sequence", "the caller's own number of the event, from 1; with the attempt it is its key" },
	{ "run_append_result", "event_type", "see [the ledger](ledger.md#events-and-ends)" },
	{ "run_append_result", "type", "the same, when there is no `event_type`" },
	{ "run_append_result", "data", "as its type wants it, up to 1 MiB" },
	{ "run_append_result", "usage", "kept with it, up to 16 KiB" },
	{ "run_append_result", "metadata", "kept with it, up to 16 KiB" },
	{ "run_append_result", "source", "the host says whose it is; nothing else may be said" },
	{ "run_append_result", "result", "instead: an object with these fields" },
	{ "run_append_result", "events", "instead: up to 256 of such objects, each with its verdict in the reply" },
	{ "artifact_put", "artifact_id", "of the first piece's reply: this is another piece" },
	{ "artifact_put", "artifact_type", "what it is for, up to 64 bytes; default: `file`" },
	{ "artifact_put", "mime_type", "default: `application/octet-stream`" },
	{ "artifact_put", "name", "for people, up to 255 bytes" },
	{ "artifact_put", "metadata", "up to 16 KiB" },
	{ "artifact_put", "content", "the bytes in base64; a piece that isn't the last has a multiple of 64 KiB" },
	{ "artifact_put", "offset", "where the piece begins" },
	{ "artifact_put", "complete", "false: more pieces come; default: `true`" },
	{ "artifact_put", "digest", "BLAKE2b-256 of all bytes, in hex: compared, with the last piece" },
	{ "artifact_put", "sha256", "SHA-256 of all bytes, likewise" },
	{ "artifact_get", "artifact_id", "`art_` and 32 digits" },
	{ "artifact_get", "offset", "first byte; default: 0" },
	{ "artifact_get", "limit", "how many bytes; default: 1 MiB; more than 2 MiB are never given at once" },
	{ "artifact_list", "conversation_id", "instead of a run" },
	{ "artifact_list", "workspace_id", "of the conversation" },
	{ "artifact_list", "bot_id", "of the conversation" },
	{ "artifact_list", "thread_id", "of the conversation" },
	{ "interaction_create", "interaction_id", "its name, once in the run, up to 128 bytes; absent: the host's" },
	{ "interaction_create", "processor_type", "who is to show it; default: `agent`" },
	{ "interaction_create", "request", "what is asked: any JSON up to 64 KiB" },
	{ "interaction_create", "schema", "that an answer must fit, up to 16 KiB; the keywords are those of actions" },
	{ "interaction_create", "bot_id", "who answers must name it" },
	{ "interaction_create", "conversation_id", "who answers must name it" },
	{ "interaction_create", "actor_id", "who answers must name it" },
	{ "interaction_create", "expires_in_seconds", "up to 30 days; default: a day" },
	{ "interaction_create", "expires_at", "instead: when, in seconds since 1970" },
	{ "interaction_answer", "callback_token", "that the question was made with; instead of the permission" },
	{ "interaction_answer", "status", "default: `submitted`; `delivery_failed`: nobody could be asked" },
	{ "interaction_answer", "answer", "any JSON up to 64 KiB; needed when it is `submitted`" },
	{ "interaction_answer", "status_reason", "why, up to 1,024 bytes" },
	{ "interaction_answer", "bot_id", "as in the question" },
	{ "interaction_answer", "conversation_id", "as in the question" },
	{ "interaction_answer", "actor_id", "as in the question" },
	{ "interaction_get", "wait_seconds", "how long to wait while it is pending" },
	{ NULL, "interaction_id", "the question's name" },
	{ "run_finalize", "status", "how it ended" },
	{ "run_finalize", "status_reason", "why, up to 1,024 bytes" },
	{ "run_finalize", "reason", "the same, when there is no `status_reason`" },
	{ "run_finalize", "error", "what went wrong, up to 1 MiB; default: the reason" },
	{ "run_finalize", "output", "of the run, up to 1 MiB" },
	{ "run_finalize", "exit_code", "of the run" },
	{ "run_finalize", "retryable", "another attempt may succeed, if the run allows one" },
	{ "run_finalize", "usage", "kept with the run, up to 16 KiB" },
	{ "run_finalize", "cost", "kept with the run, up to 16 KiB" },
	{ "run_finalize", "metadata", "kept as `result_metadata`, up to 16 KiB" },
	{ NULL, "lease_seconds", "1 to 3,600; default 60" },
	{ NULL, "claim_token", "that the claim was given" },
	{ "run_release_claim", "status", "a run that is given back is queued" },
	{ "run_release_claim", "reason", "the same, when there is no `status_reason`" },
	{ "run_release_claim", "status_reason", "why, up to 1,024 bytes" },
	{ "plugin_install", "file", "name of a file in a plugin directory of the host, without the directory" },
	{ "plugin_install", "dir", "the plugin directory, as `plugin_list` names it; absent: the first that has the file" },
	{ "plugin_trial", "seconds", "how long, counted from now; absent: 600" },
	{ "plugin_enable", "digest", "the file must have this BLAKE2b-256, in hexadecimal; absent: whatever was found" },
	{ NULL, "id", "of a plugin" },
	{ NULL, "expires_in_seconds", "absent: never" },
	{ "run_list", "conversation_id", "only runs of this conversation, whatever its thread" },
	{ "run_list", "limit", "of a page: 1 to 100, whatever is said; 50" },
	{ "run_events_page", "limit", "of a page: 1 to 1,000, whatever is said; 50" },
	{ "runtime_list", "limit", "of a page: 1 to 500, whatever is said; 50" },
	{ "runtime_list", "cursor", "the same as `after_cursor`" },
	{ "runner_stats", "limit", "of a page: 1 to 100, whatever is said; 50" },
	{ "state_list", "limit", "how many keys at most: 1 to 100, whatever is said; 100" },
	{ NULL, "limit", "of a page" },
	{ NULL, "after_cursor", "what comes behind it" },
	{ NULL, "before_cursor", "what comes before it" },
	{ NULL, "direction", "default: `forward`" },
	{ NULL, "conversation_id", "the conversation, when no run names it" },
	{ NULL, "workspace_id", "of the conversation; absent: it has none" },
	{ NULL, "bot_id", "of the conversation; absent: it has none" },
	{ NULL, "thread_id", "of the conversation; absent: it has none" },
};

static const char *const scope_words[] = {
	[SCOPE_NONE] = "none: it touches no run",
	[SCOPE_RUN] = "the run that it names",
	[SCOPE_KEPT] = "the run that it names; of `scope` `actor` its owner reaches the value, of any other who holds this for everybody's runs (`--owner '*'`)",
	[SCOPE_NEW] = "the run that it makes",
	[SCOPE_RUNTIME] = "the runtime that it names",
	[SCOPE_ENROL] = "the runtime that it names or makes",
	[SCOPE_CLAIM] = "runs that the caller reaches, for a runtime of its own",
	[SCOPE_PULLED] = "the run that it names, by its claim; or, for a plugin, the run that it carries out, without a grant",
	[SCOPE_HELD] = "the run that it names, by its claim",
	[SCOPE_WRITTEN] = "the run that it names, by its claim or without",
	[SCOPE_ENDING] = "the run that it names, by its claim or by an admin grant",
	[SCOPE_TALK] = "the conversation that it names, or that of a run: what belongs to runs that the caller reaches",
	[SCOPE_EVENT] = "the run that the event is of",
	[SCOPE_ATTEMPT] = "the run that it names; its attempt needs no grant",
	[SCOPE_ARTIFACT] = "the run of the artifact; its attempt needs no grant",
	[SCOPE_ARTIFACTS] = "the run that it names; its attempt needs no grant; or a conversation: what belongs to runs that the caller reaches",
	[SCOPE_ANSWER] = "the run that it names, or the question, by its token",
	[SCOPE_LIST] = "what the caller reaches",
	[SCOPE_ALL] = "everybody's: who holds it for `--owner '*'`",
};
static const char *const audit_words[] = {
	[AUDIT_ALWAYS] = "always", [AUDIT_SUMMARY] = "in summary",
	[AUDIT_DENIED] = "refusals only",
	[AUDIT_RUNNER] = "always, unless `runner_audit` says otherwise of its runner",
	[AUDIT_ADMIN] = "refusals, and reads by an admin grant",
};
static const char *const repeat_words[] = {
	[REPEAT_SAFE] = "harmless", [REPEAT_KEY] = "with an idempotency key",
	[REPEAT_NEVER] = "never; a key is refused",
};

const char *
page_scope(enum action_scope s)
{
	return scope_words[s];
}

static const char *
runs_words(unsigned runs)
{
	if (runs & RUN_READ)
		return "a read, of one snapshot";
	if (runs & LANE_MUST)
		return "a write that is never refused for want of room";
	if (runs & LANE_CANCEL)
		return "a write, in the lane of cancels";
	if (runs & LANE_EVENTS)
		return "a write, in the lane of workers' reports";
	return "a write";
}

static const char *
note_of(const char *action, const char *field)
{
	const char *text = NULL;
	size_t i;

	for (i = 0; i < ARRAY_LEN(notes); i++) {
		if (strcmp(notes[i].field, field) != 0)
			continue;
		if (notes[i].action == NULL)
			text = text != NULL ? text : notes[i].text;
		else if (strcmp(notes[i].action, action) == 0)
			return notes[i].text;
	}
	if (text != NULL)
		return text;
	fprintf(stderr, "pages: say in tests/lib/pages.c what \"%s\" of %s "
	    "is\n", field, action);
	abort();
}

/* The words of an enum, or the name of a type; both may be lists. */
static void
write_words(FILE *f, const struct json_doc *d, int node, const char *quote)
{
	struct arena a;
	struct str s;
	const char *comma = "";
	int n = node;

	arena_init(&a);
	if (json_type(d, node) == JSON_ARRAY)
		n = json_first(d, node);
	for (; n >= 0; n = json_next(d, n)) {
		if (json_str(d, n, &a, &s))
			fprintf(f, "%s%s" STR_FMT "%s", comma, quote,
			    STR_ARG(s), quote);
		comma = ", ";
		if (n == node)
			break;
	}
	arena_fini(&a);
}

static void
write_bounds(FILE *f, const struct json_doc *d, int node)
{
	int min = json_member(d, node, "minimum");
	int max = json_member(d, node, "maximum");

	if (min >= 0)
		fprintf(f, " from " STR_FMT, STR_ARG(json_raw(d, min)));
	if (max >= 0)
		fprintf(f, " to " STR_FMT, STR_ARG(json_raw(d, max)));
}

static void
write_type(FILE *f, const struct json_doc *d, int node)
{
	int type = json_member(d, node, "type");
	int words = json_member(d, node, "enum");
	int items = json_member(d, node, "items");

	if (words >= 0)
		write_words(f, d, words, "`");
	else if (type < 0)
		fprintf(f, "any JSON");
	else
		write_words(f, d, type, "");
	if (items >= 0) {
		fprintf(f, " of ");
		write_words(f, d, json_member(d, items, "type"), "");
	}
	write_bounds(f, d, node);
}

static bool
is_required(const struct json_doc *d, const char *field)
{
	int n = json_first(d, json_member(d, 0, "required"));

	for (; n >= 0; n = json_next(d, n)) {
		if (json_is(d, n, field))
			return true;
	}
	return false;
}

static void
write_field(FILE *f, const struct action *r, const struct json_doc *d,
    int name, const char *field)
{
	fprintf(f, "| `%s`%s | ", field,
	    is_required(d, field) ? " (required)" : "");
	write_type(f, d, json_value(d, name));
	fprintf(f, " | %s |\n", note_of(r->name, field));
}

/* The fields of a body, but the one that all have. */
static void
write_fields(FILE *f, const struct action *r)
{
	struct json_doc d;
	struct arena a;
	struct str s;
	int n;
	bool any = false;

	arena_init(&a);
	if (json_parse(&a, r->schema, strlen(r->schema),
	    &json_limits_default, &d, NULL) != RH_OK)
		abort();
	n = json_first(&d, json_member(&d, 0, "properties"));
	for (; n >= 0; n = json_next(&d, n)) {
		if (!json_str(&d, n, &a, &s) || str_is(s, IDENTITY))
			continue;
		if (!any)
			fprintf(f, "\n| body | type | |\n|---|---|---|\n");
		any = true;
		write_field(f, r, &d, n, s.p);
	}
	arena_fini(&a);
}

static void
write_action(FILE *f, const struct action *r)
{
	fprintf(f, "\n## %s\n\n%c%s.\n\n| | |\n|---|---|\n| who | ", r->name,
	    toupper((unsigned char)r->summary[0]), r->summary + 1);
	if (r->who == PERM_ANYONE)
		fprintf(f, "anyone, also without a token");
	else
		fprintf(f, "who holds `%s`", r->name);
	fprintf(f, " |\n| scope | %s |\n| recorded | %s |\n| again | %s |\n"
	    "| runs as | %s |\n", scope_words[r->scope],
	    audit_words[r->audit], repeat_words[r->repeat],
	    runs_words(r->runs));
	write_reply_rows(f, r);
	write_fields(f, r);
}

static void
write_internal(FILE *f)
{
	const struct action *r;

	fputs("\n## The host's own\n\n"
	    "No door reaches these: asked for by name, they are refused as if"
	    " there were none.\n"
	    "They go through the same gate, so they stand in the same table."
	    "\n\n| name | recorded | what |\n|---|---|---|\n", f);
	for (r = action_table; r->name != NULL; r++) {
		if (r->who == PERM_INTERNAL)
			fprintf(f, "| `%s` | %s | %s |\n", r->name,
			    audit_words[r->audit], r->summary);
	}
}

static void
page_actions(FILE *f)
{
	const struct action *r;

	fputs("# The actions of the host\n\n"
	    "Made by `make docs` from the table in "
	    "[`host/action/action_table.c`](../host/action/action_table.c); "
	    "don't edit.\n\n"
	    "`POST /api/actions/NAME` with the body, or `runhost action call"
	    " NAME BODY`, carries out an\n"
	    "action; `runhost action list` lists them with those of plugins."
	    " The reply is the\n"
	    "action's data, bare; an error is the envelope of "
	    "[reason codes](reason-codes.md). Who may\n"
	    "call what: [permissions](permissions.md). What is recorded: "
	    "[audit](audit.md).\n\n"
	    "A body is a JSON object; an unknown field is refused by its "
	    "name, and one that may be\n"
	    "left out may as well be null. Every action takes\n"
	    "`" IDENTITY "` (text) besides; anything but the caller's own "
	    "principal is refused.\n"
	    "Cursors are decimal texts from an earlier page; integers do, "
	    "too. An idempotency key is\n"
	    "the header `Idempotency-Key`: the same key and body give the "
	    "first answer again, another\n"
	    "body is refused.\n\n"
	    "An action that a plugin provides (`hello.greet`: a dot) needs "
	    "the permission of its\n"
	    "name, is always recorded, once as `intent` and once as "
	    "`outcome`, takes an idempotency\n"
	    "key, and has the body that its schema says.\n\n"
	    "The reply of an action lists its members: `?` marks what isn't "
	    "always there, and records\n"
	    "are described [at the end](#records-in-replies). Any action may"
	    " end in `INVALID_JSON`,\n"
	    "`INVALID_INPUT`, `AUTH_REQUIRED`, `AUTH_FORBIDDEN`, "
	    "`PAYLOAD_TOO_LARGE` (a body of more than\n"
	    "1 MiB), `RATE_LIMITED`, `SERVICE_UNAVAILABLE`, `IO_ERROR` and "
	    "`INTERNAL_ERROR`, a write in\n"
	    "`QUEUE_FULL`, `STORAGE_FULL` and `OUTCOME_UNKNOWN` besides. "
	    "Which others an action has, its\n"
	    "`errors` say.\n", f);
	for (r = action_table; r->name != NULL; r++) {
		if (r->who != PERM_INTERNAL)
			write_action(f, r);
	}
	write_internal(f);
	write_shapes(f);
}

static void
page_reasons(FILE *f)
{
	const struct err_reason *r;

	fputs("# Reason codes\n\n"
	    "Made by `make docs` from the table in "
	    "[`host/base/err.c`](../host/base/err.c); don't edit.\n\n"
	    "What every door says of an outcome. Over HTTP an error is\n\n"
	    "```json\n"
	    "{\"ok\": false, \"data\": null, \"error\": \"what, which, why\","
	    " \"hint\": \"what to do\", \"reason_code\": \"NOT_FOUND\"}\n"
	    "```\n\n"
	    "with the HTTP status of its row; `hint` is null when there is "
	    "nothing to be done.\n"
	    "Programs read `reason_code`; `error` and `hint` are for people "
	    "and may change.\n"
	    "The command line ends with the exit code.\n\n"
	    "| reason_code | HTTP | exit | status of the SDK | meaning |\n"
	    "|---|---|---|---|---|\n", f);
	for (r = err_reason_table; r->code != NULL; r++)
		fprintf(f, "| `%s` | %d | %d | %d | %s |\n", r->code, r->http,
		    r->exit_code, (int)r->status, r->meaning);
}

static void
write_metric(FILE *f, const struct metric *m)
{
	const int64_t *b;

	fprintf(f, "| `%s` | %s | ", m->name, metric_kind_names[m->kind]);
	if (m->label != NULL)
		fprintf(f, "`%s`", m->label);
	fprintf(f, " | %s", m->help);
	for (b = m->bounds; b != NULL && *b != 0; b++) {
		fprintf(f, b == m->bounds ? "; buckets " : ", ");
		if (m->is_time)
			fprintf(f, "%g", (double)*b / 1e6);
		else
			fprintf(f, "%lld", (long long)*b);
	}
	fputs(" |\n", f);
}

static void
page_metrics(FILE *f)
{
	size_t i;

	fputs("# Metrics\n\n"
	    "Made by `make docs` from the table in "
	    "[`host/base/metric.c`](../host/base/metric.c); don't edit.\n\n"
	    "`GET /metrics` answers in Prometheus' text format 0.0.4, "
	    "`runhost metrics` prints the same.\n"
	    "Both are the action `host_metrics`: the numbers are about "
	    "everybody's runs, so they need\n"
	    "its permission, which the roles `monitor` and `admin` have, "
	    "`viewer` and `operator` don't.\n"
	    "Only refusals are recorded, so that looking every few seconds "
	    "fills no log.\n\n"
	    "```sh\n"
	    "runhost token create service:prometheus --role monitor "
	    "--out /etc/prometheus/runhost.token\n"
	    "```\n\n"
	    "makes a token that can do nothing else; give the file to the "
	    "user that Prometheus runs as.\n\n"
	    "```yaml\n"
	    "scrape_configs:\n"
	    "  - job_name: runhost\n"
	    "    authorization:\n"
	    "      credentials_file: /etc/prometheus/runhost.token\n"
	    "    static_configs:\n"
	    "      - targets: [\"127.0.0.1:8714\"]\n"
	    "```\n\n"
	    "(`bearer_token_file` where Prometheus is older than 2.26.) "
	    "Counters begin at 0 with each start\n"
	    "of the host. No table is read through for any of them, so that "
	    "asking costs the same with\n"
	    "a million runs.\n\n"
	    "| name | type | label | |\n|---|---|---|---|\n", f);
	for (i = 0; i < METRICS; i++)
		write_metric(f, &metric_table[i]);
}

const struct page page_table[] = {
	{ "docs/actions.md", NULL, page_actions },
	{ "docs/ledger.md", "## All actions", page_ledger },
	{ "docs/metrics.md", NULL, page_metrics },
	{ "docs/reason-codes.md", NULL, page_reasons },
	{ NULL, NULL, NULL },
};
