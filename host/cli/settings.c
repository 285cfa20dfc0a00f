/*
 * The table of settings, and the judgement of single values.
 */
#include "cli/settings.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/config.h"
#include "cli/options.h"
#include "json/write.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define AT(member)	offsetof(struct config, member)
#define KIB		INT64_C(1024)
#define MIB		(1024 * KIB)
#define GIB		(1024 * MIB)
#define RELOAD	true	/* is enough for it to change */
#define RESTART	false
#define DAY_S		INT64_C(86400)

const struct setting settings[] = {
	/* key			type	     changes at a where in struct config		default		   min	   max		 unit		flag		 help */
	{ "data",		 SET_PATH, RESTART, AT(data),			NULL,		   1,	   3072,	 "DIR",		"data",		 "data directory: database, keys, socket; made at the first start" },
	{ "listen",		 SET_TEXT, RESTART, AT(listen),		"127.0.0.1:8714",  1,	   255,		 "ADDR:PORT",	"listen",	 "address of the TCP door; port 0 picks one; \"none\": only the Unix socket" },
	{ "plugins",		 SET_LIST, RESTART, AT(plugins),		PLUGINDIR,	   1,	   3072,	 "DIR",		"plugins",	 "directory with plugins, may be repeated; in the environment several stand with ':' between them" },
	{ "plugins.needed_libraries", SET_NAMES, RESTART, AT(plugins_needed_libraries), NULL,	   1,	   255,		 "NAME",	NULL,		 "library that plugins may need (as \"libcurl.so.4\") beyond those of C and C++, may be repeated; in the environment several stand with ':' between them" },
	{ "plugins.enable_found", SET_BOOL, RESTART, AT(enable_found),		"false",	   0,	   0,		 "",		"enable-found",	 "enable every plugin that is found and was never decided about; for development only" },
	{ "plugins.require_signature", SET_CHOICE, RESTART, AT(plugins_require_signature), "inprocess", 0, 0,		 "inprocess|all", NULL,		 "which plugins must be signed by a trusted key: those that run in the host's process, or all" },
	{ "anchor",		 SET_PATH, RESTART, AT(anchor),		NULL,		   1,	   3072,	 "FILE",	"anchor",	 "file of signed audit heads, outside the data directory (default: DATA.anchor beside it)" },
	{ "secrets.dir",	 SET_PATH, RESTART, AT(secrets_dir),		NULL,		   1,	   3072,	 "DIR",		NULL,		 "directory of the secrets that plugins may be given (default: DATA/secrets); made at the start" },
	{ "log.level",		 SET_CHOICE, RELOAD,  AT(log_level),		"info",		   0,	   0,		 "debug|info|warn|error", "log-level", "least level that is logged" },
	{ "log.format",		 SET_CHOICE, RESTART, AT(log_format),		"auto",		   0,	   0,		 "auto|text|json", "log-format", "of the log's lines; auto: text on a terminal, else JSON" },
	{ "http.body_max",	 SET_INT, RESTART, AT(http.body_max),		"1048576",	   KIB,	   64 * MIB,	 "bytes",	NULL,		 "largest body of a request" },
	{ "http.request_deadline_ms", SET_INT, RESTART, AT(http.request_deadline_ms), "30000",	   100,	   3600000,	 "ms",		NULL,		 "time in which a request must have come whole" },
	{ "http.connections",	 SET_INT, RESTART, AT(http.connections),	"4096",		   1,	   100000,	 "",		NULL,		 "open connections of the TCP door; at most half of the hard limit of open files" },
	{ "http.connections_per_address", SET_INT, RESTART, AT(http.connections_per_address), "1024", 1,	   100000,	 "",		NULL,		 "open connections from one address" },
	{ "http.streams",	 SET_INT, RESTART, AT(http.streams),		"4096",		   1,	   100000,	 "",		NULL,		 "open event streams" },
	{ "http.heartbeat_ms",	 SET_INT, RESTART, AT(http.heartbeat_ms),	"15000",	   100,	   600000,	 "ms",		NULL,		 "longest silence of an event stream" },
	{ "http.insecure_listen", SET_BOOL, RESTART, AT(http.insecure_listen),	"false",	   0,	   0,		 "",		"insecure-listen", "listen beyond loopback without TLS (behind a proxy)" },
	{ "http.tls_cert",	 SET_PATH, RESTART, AT(http.tls_cert),		NULL,		   1,	   3072,	 "FILE",	"tls-cert",	 "certificate chain, PEM" },
	{ "http.tls_key",	 SET_PATH, RESTART, AT(http.tls_key),		NULL,		   1,	   3072,	 "FILE",	"tls-key",	 "its private key, PEM" },
	{ "run.timeout_s",	 SET_INT, RELOAD,  AT(run.timeout_s),		"300",		   1,	   DAY_S,	 "s",		NULL,		 "time-out of an attempt unless the run says otherwise" },
	{ "run.grace_ms",	 SET_INT, RESTART, AT(run.grace_ms),		"1000",		   0,	   600000,	 "ms",		NULL,		 "from the deadline to the kill" },
	{ "run.cancel_grace_ms", SET_INT, RESTART, AT(run.cancel_grace_ms),	"5000",		   0,	   600000,	 "ms",		NULL,		 "from a cancel request to the kill" },
	{ "run.drain_s",	 SET_INT, RESTART, AT(run.drain_s),		"10",		   0,	   3600,	 "s",		NULL,		 "from SIGTERM, which refuses new runs, until those that still run are given back to the next start" },
	{ "run.lease_s",	 SET_INT, RESTART, AT(run.lease_s),		"60",		   1,	   3600,	 "s",		NULL,		 "lease of an attempt; renewed every third of it" },
	{ "run.output_max",	 SET_INT, RESTART, AT(run.output_max),	"1048576",	   KIB,	   GIB,		 "bytes",	NULL,		 "output kept of a run; the rest is dropped and the run marked" },
	{ "run.events_max",	 SET_INT, RESTART, AT(run.events_max),	"100000",	   100,	   10000000,	 "",		NULL,		 "events kept of a run" },
	{ "run.cpu_s",		 SET_INT, RESTART, AT(run.cpu_s),		"3600",		   0,	   30 * DAY_S,	 "s",		NULL,		 "processor time of an attempt in a worker, its children's included; one that uses more is ended; 0: no limit" },
	{ "run.calls_max",	 SET_INT, RESTART, AT(run.calls_max),	"1000000",	   0,	   1000000000,	 "",		NULL,		 "calls, checkpoints and state requests of an attempt; one that makes more is ended; 0: no limit" },
	{ "run.messages_per_s",	 SET_INT, RESTART, AT(run.messages_per_s), "100000",	   0,	   10000000,	 "per s",	NULL,		 "messages of an attempt, as many at once; above it the plugin is made to wait; 0: no limit" },
	{ "run.bytes_per_s",	 SET_INT, RESTART, AT(run.bytes_per_s),	"67108864",	   0,	   64 * GIB,	 "bytes per s",	NULL,		 "bytes of these messages and of what the attempt prints, as many at once; above it the plugin is made to wait; 0: no limit" },
	{ "run.max_losses",	 SET_INT, RELOAD,  AT(run.max_losses),	"3",		   0,	   100,		 "",		NULL,		 "lost leases after which a run fails" },
	{ "run.backoff_ms",	 SET_INT, RELOAD,  AT(run.backoff_ms),		"200",		   0,	   60000,	 "ms",		NULL,		 "about how long a run waits after its first failed or second lost attempt, doubled with each further one, up to five minutes; 0: not at all" },
	{ "run.session_ttl_s",	 SET_INT, RELOAD,  AT(run.session_ttl_s),	"3600",		   0,	   30 * DAY_S,	 "s",		NULL,		 "how long after a run's end its plugin may still name it for what the run gave; 0: not at all" },
	{ "retention.runs_s",	 SET_INT, RELOAD,  AT(retention.runs_s),	"3600",		   0,	   3650 * DAY_S, "s",		NULL,		 "how long a slash-command run is kept after its end; fixed when it is made; 0: for ever" },
	{ "retention.idem_s",	 SET_INT, RELOAD,  AT(retention.idem_s),	"86400",	   60,	   30 * DAY_S,	 "s",		NULL,		 "how long an idempotency key is remembered" },
	{ "worker.min",		 SET_INT, RESTART, AT(worker.min),		"1",		   0,	   256,		 "",		NULL,		 "warm workers of a plugin" },
	{ "worker.max",		 SET_INT, RESTART, AT(worker.max),		"8",		   1,	   256,		 "",		NULL,		 "most workers of a plugin" },
	{ "worker.slots",	 SET_INT, RESTART, AT(worker.slots),		"32",		   1,	   1024,	 "",		NULL,		 "claimed runs at one worker, the running one included" },
	{ "worker.idle_s",	 SET_INT, RESTART, AT(worker.idle_s),		"60",		   1,	   DAY_S,	 "s",		NULL,		 "after which a worker above the minimum ends" },
	{ "worker.memory_bytes", SET_INT, RESTART, AT(worker.memory_bytes),	"536870912",	   16 * MIB, 1024 * GIB, "bytes",	NULL,		 "address space of a worker" },
	{ "worker.min_tier",	 SET_CHOICE, RESTART, AT(worker.min_tier),	"required",	   0,	   0,		 "required|expected|best", NULL,	 "least sandbox of a worker; one that can't reach it refuses, with what the kernel lacks" },
	{ "worker.start_timeout_ms", SET_INT, RESTART, AT(worker.start_timeout_ms), "5000",	   100,	   600000,	 "ms",		NULL,		 "time in which a worker must be ready" },
	{ "plugin.crash_limit",	 SET_INT, RESTART, AT(crashes.crash_limit),	"5",		   0,	   1000,	 "",		NULL,		 "crashes of a plugin's workers, each in another run or outside of one, after which the plugin is put into quarantine; 0: never" },
	{ "plugin.crash_window_s", SET_INT, RESTART, AT(crashes.crash_window_s), "600",	   1,	   30 * DAY_S,	 "s",		NULL,		 "time in which that many crashes count" },
	{ "queue.clients",	 SET_INT, RELOAD,  AT(queue_clients),		"4096",		   1,	   1000000,	 "",		NULL,		 "calls of clients that may wait; more get 503" },
	{ "artifact.max_bytes",	 SET_INT, RELOAD,  AT(artifact_max_bytes),	"10485760",	   65536,	   GIB,		 "bytes",	NULL,		 "most bytes of one artifact" },
	{ "quota.live_runs",	 SET_INT, RELOAD,  AT(quota.live_runs),	"10000",	   0,	   100000000,	 "",		NULL,		 "runs of one owner that haven't ended, queued or held by an attempt; 0: no limit" },
	{ "quota.stored_bytes",	 SET_INT, RELOAD,  AT(quota.stored_bytes),	"10737418240",	   0,	   1024 * GIB,	 "bytes",	NULL,		 "input, metadata, events, output, checkpoints, artifacts, questions and state kept of one owner; 0: no limit" },
	{ "quota.streams",	 SET_INT, RELOAD,  AT(quota.streams),		"100",		   0,	   100000,	 "",		NULL,		 "open event streams of one principal; 0: no limit but http.streams" },
	{ "quota.requests_per_s", SET_INT, RELOAD,  AT(quota.requests_per_s),	"0",		   0,	   1000000,	 "per s",	NULL,		 "requests of one principal; 0: no limit" },
	{ "disk.low_water_bytes", SET_INT, RELOAD,  AT(disk_low_water_bytes),	"67108864",	   0,	   1024 * GIB,	 "bytes",	NULL,		 "free space below which new work is refused" },
	{ "store.checkpoint_pages", SET_INT, RELOAD,  AT(store_checkpoint_pages), "4000",	   100,	   1000000,	 "pages",	NULL,		 "length of the write-ahead log at which a checkpoint starts" },
	{ .key = NULL }
};

bool
setting_is_list(const struct setting *s)
{
	return s->type == SET_LIST || s->type == SET_NAMES;
}

size_t
setting_count(void)
{
	return ARRAY_LEN(settings) - 1;
}

int
setting_find(const char *key)
{
	int i;

	for (i = 0; settings[i].key != NULL; i++)
		if (strcmp(settings[i].key, key) == 0)
			return i;
	return -1;
}

const char *
setting_nearest(const char *key)
{
	const struct setting *s;
	struct nearest near;

	nearest_init(&near, key);
	for (s = settings; s->key != NULL; s++)
		nearest_try(&near, s->key);
	return near.best;
}

const char *
setting_arg(const struct setting *s)
{
	if (s->type == SET_BOOL)
		return NULL;
	return s->type == SET_INT ? "NUMBER" : s->unit;
}

void
setting_env(const struct setting *s, char *out, size_t size)
{
	char *p;

	snprintf(out, size, "RUNHOST_%s", s->key);
	for (p = out; *p != '\0'; p++)
		*p = *p == '.' ? '_' : (char)toupper((unsigned char)*p);
}

void
setting_range(const struct setting *s, char *out, size_t size)
{
	switch (s->type) {
	case SET_INT:
		snprintf(out, size, "a whole number from %lld to %lld%s%s%s",
		    (long long)s->min, (long long)s->max,
		    *s->unit != '\0' ? " (" : "", s->unit,
		    *s->unit != '\0' ? ")" : "");
		break;
	case SET_BOOL:
		snprintf(out, size, "true or false");
		break;
	case SET_CHOICE:
		snprintf(out, size, "one of %s", s->unit);
		break;
	case SET_NAMES:
		snprintf(out, size, "%s without \"/\", 1 to %lld bytes",
		    s->unit, (long long)s->max);
		break;
	default:
		snprintf(out, size, "%s, 1 to %lld bytes", s->unit,
		    (long long)s->max);
	}
}

static rh_status
bad_value(const struct setting *s, const char *value, struct err *err)
{
	char range[160];

	setting_range(s, range, sizeof range);
	return err_set(err, RH_EINPUT, "\"%s\" takes %s, not \"%.100s\"",
	    s->key, range, value);
}

/* One of the words of "a|b|c". */
static bool
is_choice(const char *choices, const char *value)
{
	size_t n = strlen(value);
	const char *p;

	for (p = choices; n > 0 && p != NULL; p = strchr(p, '|')) {
		if (*p == '|')
			p++;
		if (strncmp(p, value, n) == 0 &&
		    (p[n] == '|' || p[n] == '\0'))
			return true;
	}
	return false;
}

static void
list_add(struct config *cfg, struct config_list *list, const char *value)
{
	const char **v = arena_zalloc(&cfg->arena, (list->n + 2) * sizeof *v);

	if (list->n > 0)
		memcpy(v, list->v, list->n * sizeof *v);
	v[list->n++] = value;
	list->v = v;
}

static rh_status
store_number(const struct setting *s, void *at, const char *value,
    struct err *err)
{
	if (s->type == SET_INT) {
		if (!str_i64(str_of(value), s->min, s->max, at))
			return bad_value(s, value, err);
		return RH_OK;
	}
	if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		return bad_value(s, value, err);
	*(bool *)at = value[0] == 't';
	return RH_OK;
}

rh_status
setting_store(struct config *cfg, int index, const char *value,
    struct err *err)
{
	const struct setting *s = &settings[index];
	void *at = (char *)cfg + s->at;
	size_t len = strlen(value);

	if (s->type == SET_INT || s->type == SET_BOOL)
		return store_number(s, at, value, err);
	if (s->type == SET_CHOICE ? !is_choice(s->unit, value) :
	    len == 0 || len > (size_t)s->max || !str_utf8(value, len) ||
	    (s->type == SET_NAMES && strchr(value, '/') != NULL))
		return bad_value(s, value, err);
	value = arena_strdup(&cfg->arena, value);
	if (setting_is_list(s))
		list_add(cfg, at, value);
	else
		*(const char **)at = value;
	return RH_OK;
}

void
setting_text(const struct config *cfg, int index, struct buf *out)
{
	const struct setting *s = &settings[index];
	const void *at = (const char *)cfg + s->at;
	const struct config_list *list = at;
	size_t i;

	if (s->type == SET_INT)
		buf_printf(out, "%lld", (long long)*(const int64_t *)at);
	if (s->type == SET_BOOL)
		buf_adds(out, *(const bool *)at ? "true" : "false");
	for (i = 0; setting_is_list(s) && i < list->n; i++)
		buf_printf(out, i == 0 ? "%s" : ":%s", list->v[i]);
	if (s->type >= SET_TEXT && !setting_is_list(s) &&
	    *(const char *const *)at != NULL)
		buf_adds(out, *(const char *const *)at);
}

void
setting_json(const struct config *cfg, int index, struct buf *out)
{
	const struct setting *s = &settings[index];
	const struct config_list *list;
	struct json_out w;
	size_t i;

	jw_init(&w, out);
	if (s->type == SET_INT || s->type == SET_BOOL) {
		setting_text(cfg, index, out);
		return;
	}
	if (!setting_is_list(s)) {
		jw_text(&w, *(const char *const *)
		    ((const char *)cfg + s->at));
		return;
	}
	list = (const void *)((const char *)cfg + s->at);
	jw_array(&w);
	for (i = 0; i < list->n; i++)
		jw_text(&w, list->v[i]);
	jw_end_array(&w);
}
