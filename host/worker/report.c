/*
 * The forms of everything a plugin says.  Pure checks: no memory of what
 * was said before.
 */
#include "worker/report.h"

#include "base/mem.h"
#include "base/secret.h"
#include "base/target.h"
#include "json/read.h"

#include <string.h>

/* Types that only the host writes; a dot at the end: all that begin so. */
static const char *const reserved_types[] = {
	"host.", "admin.", "run.", "steering.",
	"progress", "output", "checkpoint",
	/* of flows, see docs */
	"runner_spawn", "runner_exit", "phase_enter", "phase_exit",
	"checkpoint_begin", "checkpoint_commit", "checkpoint_verified",
	"checkpoint_invalid", "gate_start", "gate_result",
	"work_item_dispatched", "work_item_start", "work_item_done",
	"work_item_failed", "lease_acquired", "lease_renewed",
	"recovery_detected", "recovery_requeued",
	"recovery_resumed_from_checkpoint", "timeout_warning",
};

static const char *const state_scopes[] = {
	"runner", "actor", "conversation",
};

bool
report_type_reserved(struct str type)
{
	const char *r;
	size_t i, len;

	for (i = 0; i < ARRAY_LEN(reserved_types); i++) {
		r = reserved_types[i];
		len = strlen(r);
		if (r[len - 1] == '.' && type.len >= len &&
		    memcmp(type.p, r, len) == 0)
			return true;
		if (str_is(type, r))
			return true;
	}
	return false;
}

static rh_status
check_text(const char *what, struct str s, size_t max, struct err *err)
{
	if (s.len > max)
		return err_set(err, RH_ETOOBIG, "%s of %zu bytes, at most %zu",
		    what, s.len, max);
	if (!str_utf8(s.p, s.len))
		return err_set(err, RH_EINPUT, "%s is not UTF-8", what);
	return RH_OK;
}

static rh_status
check_json(const char *what, struct str s, size_t max, bool object,
    struct err *err)
{
	struct arena scratch = { 0 };
	struct json_doc doc;
	rh_status rc;

	if (s.len > max)
		return err_set(err, RH_ETOOBIG, "%s of %zu bytes, at most %zu",
		    what, s.len, max);
	rc = json_parse(&scratch, s.p, s.len, &json_limits_kept, &doc,
	    err);
	if (rc != RH_OK)
		err_wrap(err, "%s", what);
	else if (object && json_type(&doc, 0) != JSON_OBJECT)
		rc = err_set(err, RH_EINPUT, "%s is not a JSON object", what);
	arena_fini(&scratch);
	/* To its maker, what isn't JSON is a value like any that is wrong. */
	return rc == RH_EJSON ? (err->status = RH_EINPUT) : rc;
}

static rh_status
check_progress(const struct event_record *e, struct err *err)
{
	rh_status rc;

	if (e->percent < 0 || e->percent > 100)
		return err_set(err, RH_EINPUT, "percent %d, not 0 to 100",
		    e->percent);
	rc = check_text("stage", e->a, REPORT_STAGE_MAX, err);
	if (rc != RH_OK)
		return rc;
	return check_text("message", e->b, REPORT_MESSAGE_MAX, err);
}

static rh_status
check_plugin_event(const struct event_record *e, struct err *err)
{
	if (!str_ident(e->a))
		return err_set(err, RH_EINPUT, "event type is not of the form "
		    "[a-z][a-z0-9._-]{0,62}");
	if (report_type_reserved(e->a))
		return err_set(err, RH_EINPUT,
		    "event type \"" STR_FMT "\" is the host's own",
		    STR_ARG(e->a));
	return check_json("event data", e->b, REPORT_DATA_MAX, true, err);
}

static rh_status
check_output(const struct event_record *e, struct err *err)
{
	if (e->stream != RH_STDOUT && e->stream != RH_STDERR)
		return err_set(err, RH_EINPUT, "output stream %u, not 1 or 2",
		    e->stream);
	return RH_OK;
}

rh_status
report_event(const struct event_record *e, struct err *err)
{
	static rh_status (*const checks[])(const struct event_record *,
	    struct err *) = {
		[EVENT_PROGRESS] = check_progress,
		[EVENT_PLUGIN] = check_plugin_event,
		[EVENT_OUTPUT] = check_output,
	};

	if (e->kind < EVENT_PROGRESS || e->kind > EVENT_OUTPUT)
		return err_set(err, RH_EINPUT, "event of unknown kind %d",
		    (int)e->kind);
	return checks[e->kind](e, err);
}

rh_status
report_checkpoint(struct str name, struct str bytes, struct err *err)
{
	if (name.len == 0)
		return err_set(err, RH_EINPUT, "checkpoint without a name");
	if (bytes.len > REPORT_CHECKPOINT_MAX)
		return err_set(err, RH_ETOOBIG,
		    "checkpoint of %zu bytes, at most %d", bytes.len,
		    REPORT_CHECKPOINT_MAX);
	return check_text("checkpoint name", name, REPORT_NAME_MAX, err);
}

rh_status
report_state(struct str scope, struct str key, struct err *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(state_scopes); i++)
		if (str_is(scope, state_scopes[i]))
			break;
	if (i == ARRAY_LEN(state_scopes))
		return err_set(err, RH_EINPUT, "state scope is not one of "
		    "runner, actor, conversation");
	if (key.len == 0)
		return err_set(err, RH_EINPUT, "state key is empty");
	return check_text("state key", key, REPORT_KEY_MAX, err);
}

rh_status
report_value(struct str json, struct err *err)
{
	return check_json("state value", json, REPORT_VALUE_MAX, false, err);
}

rh_status
report_call(struct str action, struct str args, struct err *err)
{
	if (!str_ident(action))
		return err_set(err, RH_EINPUT, "action name is not of the "
		    "form [a-z][a-z0-9._-]{0,62}");
	return check_json("arguments", args, REPORT_ARGS_MAX, true, err);
}

rh_status
report_log(uint32_t level, struct str text, struct err *err)
{
	if (level > RH_LOG_ERROR)
		return err_set(err, RH_EINPUT, "log level %u, at most %u",
		    level, RH_LOG_ERROR);
	return check_text("log line", text, REPORT_LOG_MAX, err);
}

rh_status
report_connect(struct str host, int64_t port, int64_t timeout_ms,
    struct err *err)
{
	struct target t;

	if (timeout_ms < 0)
		return err_set(err, RH_EINPUT, "time-out of %lld ms",
		    (long long)timeout_ms);
	return target_set(&t, host, port, err);
}

rh_status
report_secret(struct str name, struct err *err)
{
	return secret_name_check(name, err);
}

bool
report_kind_known(uint32_t kind)
{
	return kind >= RH_COMPLETED && kind <= RH_INTERRUPTED;
}

static struct str
text(struct rh_text t)
{
	return (struct str){ t.p, t.len };
}

rh_status
report_outcome(const struct rh_outcome *o, struct err *err)
{
	rh_status rc;

	if (!report_kind_known(o->kind))
		return err_set(err, RH_ENOSYS, "outcome of unknown kind %u",
		    o->kind);
	if (o->retryable > 1)
		return err_set(err, RH_EINPUT, "retryable %u, not 0 or 1",
		    o->retryable);
	rc = check_text("output", text(o->output), REPORT_OUTPUT_MAX, err);
	if (rc != RH_OK)
		return rc;
	rc = check_text("error", text(o->error), REPORT_ERROR_MAX, err);
	if (rc != RH_OK || o->metadata.len == 0)
		return rc;
	return check_json("metadata", text(o->metadata), REPORT_METADATA_MAX,
	    true, err);
}
