/*
 * Permissions, principals and the built-in roles.
 */
#include "auth/policy.h"

#include "auth/capability.h"
#include "base/mem.h"

const struct caller caller_system = {
	.kind = CALLER_SYSTEM, .principal = "system", .source = "host",
};
const struct caller caller_host = {
	.kind = CALLER_HOST, .principal = "runtime:local", .source = "host",
};

static const char *const viewer[] = {
	"run_get", "run_list", "run_events_page", "run_counts", "event_get",
	"event_page", "history_page", "history_search", "interaction_get",
	"artifact_get", "artifact_list",
	"plugin_list", "plugin_get", "action_list", NULL
};
static const char *const operator[] = {
	"run_get", "run_list", "run_events_page", "run_counts", "event_get",
	"event_page", "history_page", "history_search", "interaction_get",
	"artifact_get", "artifact_list", "plugin_list", "plugin_get",
	"action_list", "run_create", "run_cancel", "steering_push", "op_get",
	"interaction_answer", "artifact_put", NULL
};
static const char *const monitor[] = { "host_metrics", NULL };
static const char *const admin[] = { "*", NULL };
static const char *const agent_run_admin[] = {
	"run_*", "state_*", "event_*", "history_*", "steering_*",
	"interaction_*", "artifact_*", "op_get", "runner_list",
	"runner_stats", NULL
};
static const char *const runtime[] = {
	"runtime_register", "runtime_heartbeat", "runtime_drain",
	"runtime_list", NULL
};
static const char *const claimer[] = {
	"run_claim", "run_start", "run_renew_claim", "run_release_claim",
	"run_append_result", "run_finalize", "steering_pull", NULL
};
static const char *const runtime_admin[] = {
	"runtime_*", "run_claim", "run_start", "run_renew_claim",
	"run_release_claim", NULL
};

const struct role role_table[] = {
	{ "viewer", "reads runs, plugins and actions", false, viewer },
	{ "operator", "viewer, and starts and cancels runs", false, operator },
	{ "monitor", "reads the host's metrics", false, monitor },
	{ "admin", "every action, everybody's runs", true, admin },
	{ "agent_run:admin", "every run action, everybody's runs", true,
	    agent_run_admin },
	{ "runtime", "is a runtime: registers, says that it is there", false,
	    runtime },
	{ "claimer", "claims runs and carries them out", false, claimer },
	{ "runtime:admin", "runtimes and claims", true, runtime_admin },
	{ NULL, NULL, false, NULL },
};

bool
permission_matches(const char *pattern, const char *name)
{
	if (strchr(pattern, '*') == NULL)
		return strcmp(pattern, name) == 0;
	/* Patterns never reach a capability: it is granted by its own name. */
	if (capability_is(name) || capability_is(pattern))
		return strcmp(pattern, name) == 0;
	return str_glob(pattern, name);
}

static bool
only_of(const char *s, const char *allowed)
{
	return s[0] != '\0' && s[strspn(s, allowed)] == '\0';
}

#define NAME_MAX_BYTES	100	/* of a principal or role behind its kind */

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"

static rh_status
role_check(const char *s, struct err *err)
{
	const struct role *r;

	for (r = role_table; r->name != NULL; r++) {
		if (strcmp(r->name, s + 5) == 0)
			return RH_OK;
	}
	if (strlen(s + 5) > NAME_MAX_BYTES)
		return err_set(err, RH_EINPUT, "permission: a role's name has "
		    "up to %d bytes, not %zu", NAME_MAX_BYTES, strlen(s + 5));
	if (only_of(s + 5, LOWER DIGITS "_-"))
		return RH_OK;
	err_set(err, RH_EINPUT, "permission \"%s\": no role can have this "
	    "name", s);
	return err_hint(err, "built-in roles: viewer, operator, monitor, "
	    "admin, agent_run:admin, runtime, claimer, runtime:admin");
}

rh_status
permission_check(const char *s, struct err *err)
{
	struct capability c;

	if (strncmp(s, "role:", 5) == 0)
		return role_check(s, err);
	if (capability_like(s))
		return capability_parse(s, &c, err);
	if (strlen(s) > 256)
		return err_set(err, RH_EINPUT, "permission: %zu bytes are "
		    "more than 256", strlen(s));
	if (only_of(s, LOWER DIGITS "._-*"))
		return RH_OK;
	err_set(err, RH_EINPUT, "permission \"%s\" is neither an action's "
	    "name or pattern, a capability nor a role", s);
	return err_hint(err, "as run_get, run_*, hello.greet, fs.read:/srv, "
	    "role:operator");
}

bool
principal_check(const char *s)
{
	static const char *const kinds[] = { "user:", "service:", "runtime:" };
	size_t i, n;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		n = strlen(kinds[i]);
		if (strncmp(s, kinds[i], n) == 0)
			return strlen(s + n) <= NAME_MAX_BYTES &&
			    only_of(s + n, LOWER UPPER DIGITS "._@-");
	}
	return false;
}
