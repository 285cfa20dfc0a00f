/*
 * The two tables of replies.
 */
#include "lib/replies.h"

#include <stddef.h>

static const struct shape_field run_fields[] = {
	{ "id", "its number in the ledger, which cursors of lists are" },
	{ "run_id", "`run_` and 32 hexadecimal digits" },
	{ "status", "`created`, `queued`, `claimed`, `running`, `interrupted`, `completed`, `failed`, `timeout` or `cancelled`" },
	{ "status_reason", "why it is in this state, or what it waits for" },
	{ "extension_id", "plugin" },
	{ "action_id", "action word of the command" },
	{ "session_id", "session" },
	{ "command", "slash command, as it came" },
	{ "owner", "principal at the origin of the call" },
	{ "workspace_id", "scope" },
	{ "bot_id", "scope" },
	{ "conversation_id", "scope" },
	{ "thread_id", "scope" },
	{ "runner_id", "scope: `plugin:<vendor>/<plugin>/<runner>`" },
	{ "event_id", "of the event that it answers" },
	{ "agent_id", "as it was made with" },
	{ "binding_id", "as it was made with" },
	{ "queue_name", "queue that a runtime must claim" },
	{ "requested_runtime_id", "the only runtime that may take it" },
	{ "labels", "what a runtime must have" },
	{ "priority", "higher goes first" },
	{ "created_at", "seconds since 1970, like all times" },
	{ "started_at", "its first attempt began" },
	{ "finished_at", "its end, which never moves" },
	{ "updated_at", "its last change of state" },
	{ "deadline_at", "over all attempts" },
	{ "cancel_requested_at", "somebody asked for its end" },
	{ "claim_lease_expires_at", "the present claim's lease" },
	{ "last_claimed_at", "its newest attempt" },
	{ "not_before", "it waits for its next attempt until then" },
	{ "duration_seconds", "from start to end" },
	{ "progress_pct", "0 to 100" },
	{ "current_stage", "of the newest progress" },
	{ "dispatch_attempts", "attempts that counted, with the present one" },
	{ "last_sequence", "number of its newest event" },
	{ "claimed_by_runtime_id", "runtime that holds it or held it last; `local`: the host's own pool" },
	{ "mode", "`worker`, `inproc` or `remote`" },
	{ "dry_run", "whether it was only tried" },
	{ "exit_code", "of what was run" },
	{ "error", "what went wrong" },
	{ "output", "of its end; text that was printed is in its events" },
	{ "result_metadata", "object that its end left" },
	{ "truncated", "whether output was cut at a bound" },
	{ "usage", "object that its end left, or null" },
	{ "cost", "object that its end left, or null" },
	{ "metadata", "what it was made with" },
	{ NULL, NULL }
};
static const struct shape_field event_fields[] = {
	{ "id", "its number in the run: the same as `sequence`" },
	{ "run_id", "its run" },
	{ "sequence", "the host's number, from 1 without a gap" },
	{ "source_sequence", "the caller's number, of an appended one" },
	{ "type", "see [events and ends](ledger.md#events-and-ends)" },
	{ "data", "as its type wants it" },
	{ "usage", "object or null" },
	{ "created_at", "seconds since 1970" },
	{ "source", "`runner`, `host` or `caller`" },
	{ "metadata", "object" },
	{ NULL, NULL }
};
static const struct shape_field input_fields[] = {
	{ "event_id", "as the run was made with" },
	{ "event_type", "what happened" },
	{ "event_time", "when, in seconds since 1970" },
	{ "source", "where it came from" },
	{ "bot_id", "scope of its run" },
	{ "workspace_id", "scope of its run" },
	{ "conversation_id", "scope of its run" },
	{ "thread_id", "scope of its run" },
	{ "actor_type", "who did it" },
	{ "actor_id", "who did it" },
	{ "actor_name", "who did it" },
	{ "subject_type", "to what" },
	{ "subject_id", "to what" },
	{ "input_summary", "of what was said, up to 1,000 characters" },
	{ "raw_ref", "as it came" },
	{ "created_at", "when it was stored" },
	{ "metadata", "empty object" },
	{ "seq", "its number" },
	{ "cursor", "the same, as cursors are" },
	{ NULL, NULL }
};
static const struct shape_field item_fields[] = {
	{ "transcript_id", "its run and number" },
	{ "run_id", "run that it was said to, or by" },
	{ "event_id", "of the event that the run answers, or null" },
	{ "bot_id", "scope of its run" },
	{ "workspace_id", "scope of its run" },
	{ "conversation_id", "scope of its run" },
	{ "thread_id", "scope of its run" },
	{ "runner_id", "scope of its run" },
	{ "role", "`user` or `assistant`" },
	{ "item_type", "`message`" },
	{ "content", "its text, up to 4,000 characters" },
	{ "content_json", "all of it, when that is more than the text; or null" },
	{ "attachment_refs", "list, when it is asked for" },
	{ "created_at", "seconds since 1970" },
	{ "metadata", "empty object" },
	{ "seq", "its number" },
	{ "cursor", "the same, as cursors are" },
	{ NULL, NULL }
};
static const struct shape_field steered_fields[] = {
	{ "steering_id", "its number, rising" },
	{ "principal", "who pushed it" },
	{ "pushed_at", "seconds since 1970" },
	{ "text", "as it was pushed, or null" },
	{ "data", "as it was pushed, or null" },
	{ "sequence", "of the event `steering.injected` that says so" },
	{ NULL, NULL }
};
static const struct shape_field appended_fields[] = {
	{ "source_sequence", "the caller's number" },
	{ "sequence", "the host's number, when it is stored" },
	{ "duplicate", "whether it was there already" },
	{ "error", "why it isn't stored" },
	{ "reason_code", "the same, for programs" },
	{ NULL, NULL }
};
static const struct shape_field runtime_fields[] = {
	{ "id", "row number" },
	{ "runtime_id", "its name" },
	{ "owner", "principal that it belongs to" },
	{ "status", "`online`, `draining` or `stale`" },
	{ "draining", "whether it claims no more" },
	{ "display_name", "for people" },
	{ "endpoint", "for people" },
	{ "version", "for people" },
	{ "capabilities", "object of its own words" },
	{ "labels", "what runs may ask for" },
	{ "metadata", "object" },
	{ "capacity", "runs that it holds at most; null: no limit" },
	{ "last_heartbeat_at", "seconds since 1970" },
	{ "heartbeat_deadline_at", "it is stale from then on" },
	{ "created_at", "seconds since 1970" },
	{ "updated_at", "seconds since 1970" },
	{ NULL, NULL }
};
static const struct shape_field held_fields[] = {
	{ "run_id", "the run" },
	{ "status", "`claimed` or `running`" },
	{ "attempt", "number of the attempt" },
	{ "claim_lease_expires_at", "seconds since 1970" },
	{ "cancel_requested", "whether it is to stop" },
	{ NULL, NULL }
};
static const struct shape_field released_fields[] = {
	{ "run_id", "the run" },
	{ "claimed_by_runtime_id", "who held it; null: nobody" },
	{ "from", "its state before" },
	{ "status", "its state now" },
	{ NULL, NULL }
};
static const struct shape_field load_fields[] = {
	{ "runtime_id", "its name" },
	{ "status", "`online`, `draining` or `stale`" },
	{ "capacity", "runs that it holds at most; null: no limit" },
	{ "held_runs", "runs that it holds" },
	{ NULL, NULL }
};
static const struct shape_field runner_fields[] = {
	{ "id", "`plugin:<vendor>/<plugin>/<runner>`" },
	{ "source", "`plugin`" },
	{ "label", "name, by language" },
	{ "description", "text, by language, or null" },
	{ "plugin_author", "vendor" },
	{ "plugin_name", "plugin" },
	{ "runner_name", "runner" },
	{ "plugin_version", "version" },
	{ "config_schema", "list" },
	{ "capabilities", "object" },
	{ "permissions", "object" },
	{ "raw_manifest", "what the plugin says of itself" },
	{ NULL, NULL }
};
#define RATES								\
	{ "success_rate", "completed, of all" },			\
	{ "failure_rate", "failed and timed out, of all" },		\
	{ "finished_success_rate", "completed, of those that ended by themselves" }
#define TIMES								\
	{ "avg_duration_seconds", "of completed ones" },		\
	{ "p50_duration_seconds", "half took no longer" },		\
	{ "p95_duration_seconds", "95 % took no longer" },		\
	{ "p99_duration_seconds", "99 % took no longer" },		\
	{ "avg_queue_wait_seconds", "from being made to the first start" }, \
	{ "p50_queue_wait_seconds", "half waited no longer" },		\
	{ "p95_queue_wait_seconds", "95 % waited no longer" },		\
	{ "p99_queue_wait_seconds", "99 % waited no longer" }
static const struct shape_field runner_stats_fields[] = {
	{ "runner_id", "the runner" },
	{ "runner_label", "its name, if a plugin here offers it" },
	{ "plugin_identity", "`<vendor>/<plugin>`" },
	{ "total_runs", "made in the window" },
	{ "active_runs", "queued, claimed and running" },
	{ "completed_runs", "of these" },
	{ "failed_runs", "failed and timed out" },
	{ "cancelled_runs", "of these" },
	{ "interrupted_runs", "of these" },
	RATES,
	TIMES,
	{ NULL, NULL }
};
static const struct shape_field run_stats_fields[] = {
	{ "start_time", "first second of the window, since 1970" },
	{ "end_time", "first second behind it" },
	{ "total_count", "runs made in it" },
	{ "created_count", "of these, in this state now" },
	{ "queued_count", "the same" },
	{ "claimed_count", "the same" },
	{ "running_count", "the same" },
	{ "interrupted_count", "the same" },
	{ "completed_count", "the same" },
	{ "failed_count", "the same" },
	{ "timeout_count", "the same" },
	{ "cancelled_count", "the same" },
	{ "throughput_per_hour", "`total_count` by the window's hours" },
	RATES,
	TIMES,
	{ NULL, NULL }
};
static const struct shape_field plugin_fields[] = {
	{ "id", "its name" },
	{ "version", "its own" },
	{ "summary", "a line" },
	{ "state", "`loading`, `discovered`, `enabled`, `disabled`, `quarantined`, `refused` or `missing`; see [plugins](plugins.md#states)" },
	{ "file", "where it was found" },
	{ "digest", "of the file as it was loaded, BLAKE2b-256; null: there is none" },
	{ "signer", "the label of the trusted key that signed the file, else what is known of its signature; null: it has none" },
	{ "signer_trusted", "whether that key is trusted now" },
	{ "error", "why it was refused or quarantined" },
	{ "trusted", "whether it runs in the host's process" },
	{ "mode", "`worker` or `inproc`; null: it isn't in use" },
	{ "tier", "sandbox of its newest worker: `required`, `expected`, `best`; null: it had none" },
	{ "catalog_digest", "of the file that was decided about; null: nothing was" },
	{ "enabled_by", "who enabled it last; `system`: nobody had to" },
	{ "enabled_at", "when, in seconds since 1970" },
	{ "changed_by", "whose word its state in the catalog is" },
	{ "changed_at", "since when" },
	{ "reason", "why, if somebody said so" },
	{ "mend", "the command that takes it into use, or null" },
	{ "runners", "names" },
	{ "actions", "names" },
	{ "commands", "slash commands" },
	{ "wants", "capabilities that it asks for" },
	{ NULL, NULL }
};
static const struct shape_field right_fields[] = {
	{ "permission", "name, pattern, capability or role" },
	{ "grant_id", "number of the grant" },
	{ "created_by", "who made it" },
	{ "created_at", "seconds since 1970" },
	{ "expires_at", "seconds since 1970, or null" },
	{ "used", "how often: calls that were answered, connections, secrets; of the rest, workers that were given it" },
	{ "used_at", "the last time, seconds since 1970, or null" },
	{ "note", "why a worker can't be given it, or null" },
	{ NULL, NULL }
};
static const struct shape_field denial_fields[] = {
	{ "permission", "name or capability; `(others)`: more than are told apart" },
	{ "count", "how often" },
	{ "denied_at", "the last time, seconds since 1970" },
	{ "note", "why it can't be granted, or null" },
	{ NULL, NULL }
};
static const struct shape_field suggestion_fields[] = {
	{ "permission", "name or capability" },
	{ "command", "that grants it, quoted for a shell; null: it can't be granted" },
	{ "reason", "why it can't, or null" },
	{ NULL, NULL }
};
static const struct shape_field action_fields[] = {
	{ "name", "its name" },
	{ "summary", "a line" },
	{ "who", "`permission` or `anyone`" },
	{ "scope", "what it touches" },
	{ "audit", "when it is recorded" },
	{ "repeat", "whether it may be repeated" },
	{ "kind", "`read` or `write`" },
	{ "provider", "`host` or a plugin" },
	{ "schema", "of its body" },
	{ NULL, NULL }
};
static const struct shape_field key_fields[] = {
	{ "key_id", "16 hex digits, as minisign writes them" },
	{ "label", "what it is called, or null" },
	{ "created_at", "seconds since 1970: since when it is trusted" },
	{ "created_by", "who trusted it" },
	{ "revoked_at", "seconds since 1970, or null" },
	{ "revoked_by", "who revoked it, or null" },
	{ NULL, NULL }
};
static const struct shape_field token_fields[] = {
	{ "token_id", "its number" },
	{ "principal", "whose it is" },
	{ "label", "what it is for" },
	{ "created_at", "seconds since 1970" },
	{ "created_by", "who made it" },
	{ "expires_at", "seconds since 1970, or null" },
	{ "revoked_at", "seconds since 1970, or null" },
	{ NULL, NULL }
};
static const struct shape_field grant_fields[] = {
	{ "grant_id", "its number" },
	{ "grantee", "principal or role" },
	{ "permission", "name, pattern, capability or role" },
	{ "scope", "object: owner, workspace, bot, conversation, thread, runner, queues, labels; null: unrestricted" },
	{ "created_at", "seconds since 1970" },
	{ "created_by", "who made it" },
	{ "expires_at", "seconds since 1970, or null" },
	{ NULL, NULL }
};
static const struct shape_field audit_fields[] = {
	{ "chain", "number of the chain" },
	{ "seq", "number of the row, without a gap" },
	{ "at", "time, UTC" },
	{ "at_us", "the same, microseconds since 1970" },
	{ "op_id", "of the call" },
	{ "principal", "who" },
	{ "via", "chain of those through whom" },
	{ "action", "what" },
	{ "permission", "by which right" },
	{ "decision", "`allow`, `deny`, `error`, `intent` or `outcome`" },
	{ "target", "about what" },
	{ "detail", "object" },
	{ "via_text", "in an export: the bytes that the hash covers" },
	{ "detail_text", "in an export: the bytes that the hash covers" },
	{ "prev_hash", "in an export: of the row before" },
	{ "hash", "BLAKE2b-256" },
	{ NULL, NULL }
};

static const struct shape_field artifact_fields[] = {
	{ "artifact_id", "`art_` and 32 hexadecimal digits" },
	{ "run_id", "with which it was left" },
	{ "artifact_type", "what it is for" },
	{ "mime_type", "what the bytes are" },
	{ "name", "for people" },
	{ "source", "`runner`: an attempt of the run; `caller`: somebody else" },
	{ "size", "bytes" },
	{ "digest", "BLAKE2b-256; null while pieces are missing" },
	{ "sha256", "SHA-256, likewise" },
	{ "created_at", "seconds since 1970" },
	{ "expires_at", "when it goes; null: with its run" },
	{ "metadata", "object" },
	{ NULL, NULL }
};
static const struct shape_field interaction_fields[] = {
	{ "run_id", "that asks" },
	{ "interaction_id", "its name in the run" },
	{ "status", "`pending`, `submitted`, `expired`, `cancelled` or `delivery_failed`" },
	{ "processor_type", "`agent` or `pipeline`" },
	{ "bot_id", "what who answers must name" },
	{ "conversation_id", "likewise" },
	{ "actor_id", "likewise" },
	{ "request", "what is asked" },
	{ "schema", "that an answer must fit" },
	{ "created_at", "seconds since 1970" },
	{ "expires_at", "when nobody can answer any more" },
	{ "ended_at", "when it was answered, or ended otherwise" },
	{ "answer", "any JSON" },
	{ "answered_by", "principal" },
	{ "status_reason", "why" },
	{ NULL, NULL }
};

const struct shape shape_table[] = {
	{ "run", "A run.", run_fields },
	{ "event", "An event of a run.", event_fields },
	{ "input_event", "An event that a run was made for.", input_fields },
	{ "item", "Something that was said in a conversation.", item_fields },
	{ "steered", "An input for a run that lives.", steered_fields },
	{ "appended", "What became of an event that was appended.", appended_fields },
	{ "runtime", "A runtime elsewhere.", runtime_fields },
	{ "held", "A run that a runtime holds.", held_fields },
	{ "released", "A run that a sweep took back or ended.", released_fields },
	{ "artifact", "Bytes that were left with a run.", artifact_fields },
	{ "interaction", "A question to a person.", interaction_fields },
	{ "load", "What a runtime holds.", load_fields },
	{ "runner", "A runner that a plugin offers.", runner_fields },
	{ "run_stats", "A window's runs; see [statistics](statistics.md).", run_stats_fields },
	{ "runner_stats", "The same of one runner.", runner_stats_fields },
	{ "plugin", "A plugin.", plugin_fields },
	{ "right", "A grant to a plugin, and its use.", right_fields },
	{ "denial", "What a plugin was denied.", denial_fields },
	{ "suggestion", "What might be granted to a plugin.", suggestion_fields },
	{ "action", "An action.", action_fields },
	{ "key", "A key that signs plugins.", key_fields },
	{ "token", "A token, without its secret.", token_fields },
	{ "grant", "A grant.", grant_fields },
	{ "audit", "A row of the audit log.", audit_fields },
	{ NULL, NULL, NULL }
};

#define PAGE	" next_cursor has_more"
#define PAGES	" next_cursor prev_cursor has_more"
#define NEW_RUN	"BAD_STATE PAYLOAD_TOO_LARGE QUOTA_RUNS QUOTA_BYTES SERVICE_UNAVAILABLE"
#define CLAIM	"STALE_ATTEMPT"
#define RULED	"id state digest version file signer reason"

const struct reply_words action_replies[] = {
	{ "host_ping", "ok version time", NULL },
	{ "host_metrics", "text", NULL },
	{ "config_reload", "file changed restart", "CONFLICT" },
	{ "run_create", "run_id status created_at @run? available_apis?", NEW_RUN },
	{ "run_get", "@run available_apis", NULL },
	{ "run_list", "items[run]" PAGES " total_count", NULL },
	{ "run_events_page", "items[event]" PAGES " last_sequence status", NULL },
	{ "run_cancel", "@run already_terminal cancel_requested", "BAD_STATE RATE_LIMITED" },
	{ "state_get", "value version updated_at", "BAD_STATE" },
	{ "state_set", "success version", "BAD_STATE CONFLICT PAYLOAD_TOO_LARGE QUOTA_BYTES RATE_LIMITED" },
	{ "state_delete", "success", "BAD_STATE CONFLICT" },
	{ "state_list", "keys has_more next_key", "BAD_STATE" },
	{ "event_get", "@input_event run_id runner_id input data", NULL },
	{ "event_page", "items[input_event]" PAGES, "PAYLOAD_TOO_LARGE" },
	{ "history_page", "items[item]" PAGES, "PAYLOAD_TOO_LARGE" },
	{ "history_search", "items[item] total_count query complete indexed_to behind", "PAYLOAD_TOO_LARGE" },
	{ "steering_push", "run_id status steering_id queued", "BAD_STATE PAYLOAD_TOO_LARGE QUOTA_BYTES RATE_LIMITED" },
	{ "steering_pull", "items[steered] has_more", CLAIM },
	{ "run_counts", "total_runs by_status interrupted complete quota retention_hours", NULL },
	{ "run_stats", "@run_stats", NULL },
	{ "run_cleanup", "removed remaining dry_run", NULL },
	{ "op_get", "op_id found action? decision? principal? target? at? outcome?", NULL },
	{ "run_claim", "null @run claim_token lease_seconds attempt attempt_reason timeout_seconds runner raw_args args flags input checkpoint", "BAD_STATE" },
	{ "run_start", "@run cancel_requested", CLAIM },
	{ "run_renew_claim", "@run cancel_requested lease_seconds", CLAIM },
	{ "run_release_claim", "@run cancel_requested", CLAIM },
	{ "run_append_result", "run_id events[appended] last_sequence cancel_requested sequence? source_sequence? duplicate? @event?", CLAIM " BAD_STATE CONFLICT PAYLOAD_TOO_LARGE" },
	{ "run_finalize", "@run already_terminal", CLAIM " BAD_STATE PAYLOAD_TOO_LARGE" },
	{ "artifact_put", "@artifact complete duplicate", CLAIM " CONFLICT PAYLOAD_TOO_LARGE QUOTA_BYTES RATE_LIMITED" },
	{ "artifact_get", "@artifact offset length content has_more next_offset", CLAIM " IO_ERROR" },
	{ "artifact_list", "items[artifact]" PAGES " total_count", CLAIM },
	{ "interaction_create", "@interaction callback_token", CLAIM " BAD_STATE CONFLICT PAYLOAD_TOO_LARGE QUOTA_BYTES RATE_LIMITED" },
	{ "interaction_answer", "run_id interaction_id status ended_at", "BAD_STATE PAYLOAD_TOO_LARGE QUOTA_BYTES" },
	{ "interaction_get", "@interaction", CLAIM },
	{ "runtime_register", "@runtime claims[held] claims_complete", "QUOTA_RUNS" },
	{ "runtime_heartbeat", "@runtime claims[held] claims_complete", NULL },
	{ "runtime_list", "items[runtime]" PAGES " total_count", NULL },
	{ "runtime_drain", "@runtime claims[held] claims_complete", NULL },
	{ "runtime_reconcile", "stale_runtimes[runtime] released_claims[released] stale_count released_claim_count dry_run", NULL },
	{ "runtime_stats", "total_count online_count stale_count draining_count capacity avg_heartbeat_age_seconds max_heartbeat_age_seconds active_runs claimed_runs held_runs busiest[load]", NULL },
	{ "runner_list", "items[runner]", NULL },
	{ "runner_stats", "start_time end_time items[runner_stats]" PAGES " total_count", NULL },
	{ "runner_audit", "runner_id audited", "NOT_FOUND" },
	{ "plugin_list", "items[plugin] dirs", NULL },
	{ "plugin_get", "@plugin found_digest description granted[right]? denied[denial]? missing[suggestion]? suggested[suggestion]?", "NOT_FOUND" },
	{ "plugin_install", "id version summary state file digest catalog_digest signer mend runners actions commands wants", "NOT_FOUND BAD_STATE PLUGIN_FAILED NOT_SUPPORTED IO_ERROR SERVICE_UNAVAILABLE" },
	{ "plugin_enable", RULED, "NOT_FOUND BAD_STATE CONFLICT" },
	{ "plugin_disable", RULED, "NOT_FOUND BAD_STATE CONFLICT" },
	{ "plugin_remove", RULED, "NOT_FOUND BAD_STATE CONFLICT" },
	{ "plugin_verify", "id ok file file_digest loaded_digest catalog_digest problem mend", "NOT_FOUND" },
	{ "plugin_trust", "id digest trusted", "NOT_FOUND BAD_STATE" },
	{ "plugin_untrust", "id digest trusted", "NOT_FOUND" },
	{ "plugin_trial", "id until", "NOT_FOUND BAD_STATE NOT_SUPPORTED" },
	{ "action_list", "items[action]", NULL },
	{ "key_trust", "@key", "CONFLICT" },
	{ "key_list", "items[key]", NULL },
	{ "key_revoke", "key_id revoked_at", "NOT_FOUND" },
	{ "token_create", "token_id token principal label expires_at", NULL },
	{ "token_list", "items[token]", NULL },
	{ "token_revoke", "token_id revoked_at", "NOT_FOUND" },
	{ "grant_add", "@grant", NULL },
	{ "grant_list", "items[grant]", NULL },
	{ "grant_remove", "grant_id removed", "NOT_FOUND" },
	{ "permission_check", "allowed admin reason grant_command", "NOT_FOUND" },
	{ "audit_list", "items[audit]" PAGE, "NOT_FOUND" },
	{ "audit_export", "items[audit]" PAGE, NULL },
	{ "audit_head", "chain seq hash signed_at signed_at_us signature public_key last_seq at", NULL },
	{ "host_backup", "file", NULL },
	{ "secret_change", "name change", NULL },
	{ NULL, NULL, NULL }
};
