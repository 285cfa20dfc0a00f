/*
 * serve: puts the parts of a host together, opens its doors, waits for a
 * signal, and takes everything apart in the opposite order.
 */
#include "cli/cli.h"

#include "action/action.h"
#include "action/attempt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "cli/bootstrap.h"
#include "cli/config.h"
#include "cli/datadir.h"
#include "cli/notify.h"
#include "cli/print.h"
#include "cli/reload.h"
#include "http/http.h"
#include "json/write.h"
#include "ledger/host.h"
#include "ledger/host_start.h"
#include "plugin/registry.h"
#include "sched/sched.h"
#include "store/db.h"
#include "worker/spawner.h"
#include "worker/strays.h"

#include <libgen.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EXIT_DISK	74	/* EX_IOERR: the supervisor starts us again */
#define FLUSH_MS	500	/* for the last answers, after the disk failed */
#define WATCHDOG_US	(10 * US_PER_S)

struct serve {
	struct cli *cli;
	struct config *cfg;
	int	lock_fd;
	sigset_t signals;
	struct spawner *spawner;
	struct registry *registry;
	struct action_env env;
	struct own_dir *own_dirs;
	struct host *host;
	struct sched *sched;
	_Atomic(struct sched *) started;	/* the same, for other threads */
	struct http *http;
	struct reload reload;
	struct db_watch watch;
	int64_t	watched_us;
};

/* Signals are taken by sigwait in this thread only. */
static void
block_signals(struct serve *s)
{
	sigemptyset(&s->signals);
	sigaddset(&s->signals, SIGTERM);
	sigaddset(&s->signals, SIGINT);
	sigaddset(&s->signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &s->signals, NULL);
}

/* What a plugin's own description doesn't say. */
static void
plugin_described(struct plugin *p, void *arg)
{
	struct serve *s = arg;

	p->config = config_plugin(s->cfg, p->id);
	p->trusted = host_trusts(s->host, p->id, p->image.digest);
}

/* What is refused is logged by the control thread, when it comes to it. */
static rh_status
open_plugins(struct serve *s, struct err *err)
{
	size_t i, before;
	rh_status rc;

	s->registry = registry_new();
	registry_on_described(s->registry, plugin_described, s);
	for (i = 0; i < s->cfg->plugins.n; i++) {
		before = registry_count(s->registry);
		if ((rc = registry_scan(s->registry, s->cfg->plugins.v[i],
		    err)) != RH_OK)
			return rc;
		if (registry_count(s->registry) == before)
			log_event(LOG_WARN, "a directory without plugins",
			    "dir", s->cfg->plugins.v[i], NULL);
	}
	return RH_OK;
}

/*
 * While the schema changes, which may take long: the service manager is told
 * to wait, and a signal ends it.
 */
static bool
go_on(void *arg)
{
	struct serve *s = arg;
	int64_t now = clock_real.boot_us(&clock_real);
	sigset_t pending;

	if (now - s->watched_us < US_PER_S)
		return true;
	s->watched_us = now;
	notify_state("EXTEND_TIMEOUT_USEC=60000000");
	sigpending(&pending);
	return sigismember(&pending, SIGTERM) != 1 &&
	    sigismember(&pending, SIGINT) != 1;
}

/* The disk failed at a COMMIT: let the answers out, then end at once. */
static void
disk_failed(void *arg)
{
	struct timespec flush = { 0, FLUSH_MS * 1000000L };

	(void)arg;
	nanosleep(&flush, NULL);
	/* Workers end with their sockets; nothing here may write any more. */
	_exit(EXIT_DISK);
}

static size_t
streams_of(void *arg, const char *principal)
{
	const struct serve *s = arg;

	return http_streams_of(s->http, principal);
}

/* Calls come from the doors before there are workers. */
static void
meters_of(void *arg, struct metric_text *t)
{
	struct serve *s = arg;
	struct sched *sched = atomic_load(&s->started);

	host_meters(s->host, t);
	if (sched != NULL)
		sched_meters(sched, t);
	http_meters(s->http, t);
}

static rh_status
own_dir(struct own_dir *d, const char *path, struct err *err)
{
	if ((d->path = realpath(path, NULL)) == NULL)
		return err_errno(err, RH_EIO, "\"%s\"", path);
	return lineage_of(d->path, &d->at, err);
}

/* Data with the keys in it, plugins, and where the anchor is. */
static rh_status
find_own_dirs(struct serve *s, struct err *err)
{
	const struct config *c = s->cfg;
	struct own_dir *d = mem_calloc(c->plugins.n + 3, sizeof *d);
	char *anchor;
	size_t i;
	rh_status rc = own_dir(d, c->data, err);

	s->own_dirs = d;
	for (i = 0; i < c->plugins.n && rc == RH_OK; i++)
		rc = own_dir(++d, c->plugins.v[i], err);
	if (c->anchor != NULL && c->anchor[0] != '\0' && rc == RH_OK) {
		anchor = mem_strdup(c->anchor);
		rc = own_dir(++d, dirname(anchor), err);
		free(anchor);
	}
	return rc;
}

static void
free_own_dirs(struct own_dir *list)
{
	struct own_dir *d;

	for (d = list; d != NULL && d->path != NULL; d++)
		free(d->path);
	free(list);
}

static rh_status
open_host(struct serve *s, struct err *err)
{
	const struct config *c = s->cfg;
	char *db = datadir_path(c->data, DATA_DB);
	char *key = datadir_path(c->data, DATA_KEY);
	char *redact = datadir_path(c->data, DATA_REDACT);
	struct host_config cf = {
		.db_path = db, .key_path = key, .anchor_path = c->anchor,
		.accept_loss = cli_flag(s->cli, "accept-loss"),
		.watch = &s->watch,
		.env = &s->env, .clock = &clock_real,
		.clients_max = (size_t)c->queue_clients,
		.checkpoint_pages = (int)c->store_checkpoint_pages,
		.low_water_bytes = c->disk_low_water_bytes,
		.fatal = disk_failed, .fatal_arg = s,
	};
	rh_status rc;

	s->watch = (struct db_watch){ go_on, s };
	s->env = (struct action_env){
		.registry = s->registry, .version = PACKAGE_VERSION,
		.timeout_us = c->run.timeout_s * US_PER_S,
		.lease_us = c->run.lease_s * US_PER_S,
		.cancel_grace_us = c->run.cancel_grace_ms * US_PER_MS,
		.command_retention_us = c->retention.runs_s * US_PER_S,
		.idem_us = c->retention.idem_s * US_PER_S,
		.max_losses = (int32_t)c->run.max_losses,
		.quota_live = c->quota.live_runs, .own_dirs = s->own_dirs,
		.quota_bytes = c->quota.stored_bytes,
		.quota_streams = c->quota.streams,
		.streams = streams_of, .streams_arg = s,
		.metrics = meters_of, .metrics_arg = s,
		.config_read = reload_read, .config_apply = reload_apply,
		.config_arg = &s->reload,
	};
	rc = datadir_secret(redact, s->env.redact_key,
	    sizeof s->env.redact_key, err);
	if (rc == RH_OK)
		rc = host_start(&cf, &s->host, err);
	s->reload.host = s->host;
	s->reload.http = s->http;
	free(db);
	free(key);
	free(redact);
	return rc;
}

/* A plugin that isn't used is told to auditors, too. */
static void
record_refused(void *arg, const struct plugin *p)
{
	struct serve *s = arg;
	struct call *c = call_internal("host_mark", &caller_system,
	    sizeof(struct mark_args));
	struct mark_args *m = c->args;
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "file", p->file);
	jw_m_text(&j, "reason", p->error);
	jw_end_object(&j);
	m->what = "plugin_refuse";
	m->target = arena_strdup(&c->arena, p->id != NULL ? p->id : p->file);
	m->detail = arena_strdup(&c->arena, b.p);
	buf_fini(&b);
	c->done = call_free;
	host_submit(s->host, c);
}

static void
set_log_format(const char *name)
{
	static const char *const names[] = {
		[LOG_AUTO] = "auto", [LOG_TEXT] = "text", [LOG_JSON] = "json",
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(name, names[i]) == 0)
			log_format_set((enum log_format)i);
	}
}

static void
plugins_loaded(void *arg)
{
	struct serve *s = arg;
	struct plugin *p;
	size_t i;

	for (i = 0; i < registry_count(s->registry); i++) {
		p = registry_at(s->registry, i);
		if (p->state == PLUGIN_REFUSED)
			record_refused(s, p);
	}
	host_loaded(s->host);
	notify_state("READY=1");
	log_event(LOG_INFO, "ready", NULL);
}

static rh_status
open_sched(struct serve *s, struct err *err)
{
	const struct config *c = s->cfg;
	struct sched_config cf = sched_config_default;
	rh_status rc;

	cf.worker_min = (int)c->worker.min;
	cf.worker_max = (int)c->worker.max;
	cf.slots = (int)c->worker.slots;
	cf.idle_ms = c->worker.idle_s * 1000;
	cf.memory_bytes = c->worker.memory_bytes;
	cf.start_timeout_ms = c->worker.start_timeout_ms;
	cf.lease_ms = c->run.lease_s * 1000;
	cf.grace_ms = c->run.grace_ms;
	cf.cancel_grace_ms = c->run.cancel_grace_ms;
	cf.output_bytes = c->run.output_max;
	cf.events_max = c->run.events_max;
	cf.ready = plugins_loaded;
	cf.refused = record_refused;
	cf.arg = s;
	rc = sched_start(&cf, s->host, s->registry, s->spawner, &s->sched,
	    err);
	atomic_store(&s->started, s->sched);
	return rc;
}

/* "ADDR:PORT", "[V6]:PORT"; the address is cut out of copy. */
static rh_status
split_listen(const char *listen, char *copy, size_t size, uint16_t *port,
    struct err *err)
{
	const char *colon = strrchr(listen, ':');
	int64_t n = 0;

	if (colon == NULL || (size_t)(colon - listen) >= size ||
	    !str_i64(str_of(colon + 1), 0, 65535, &n)) {
		err_set(err, RH_EINPUT, "listen \"%s\": must be ADDR:PORT",
		    listen);
		return err_hint(err, "as 127.0.0.1:8714; port 0 picks one");
	}
	memcpy(copy, listen, (size_t)(colon - listen));
	copy[colon - listen] = '\0';
	*port = (uint16_t)n;
	return RH_OK;
}

static bool
has_tcp(const struct serve *s)
{
	return strcmp(s->cfg->listen, "none") != 0;
}

static size_t
action_count(void)
{
	const struct action *a;
	size_t n = 0;

	for (a = action_table; a->name != NULL; a++)
		n += a->who != PERM_INTERNAL;
	return n;
}

/* Whatever may be wrong with them is said before anything is made. */
static rh_status
prepare_doors(struct serve *s, struct err *err)
{
	const struct config *c = s->cfg;
	char *sock = datadir_path(c->data, DATA_SOCKET);
	char address[256];
	struct http_config cf = {
		.tls_cert = c->http.tls_cert, .tls_key = c->http.tls_key,
		.insecure = c->http.insecure_listen,
		.socket_path = sock, .owner = geteuid(),
		.version = PACKAGE_VERSION, .action_count = action_count(),
		.limits = http_limits_default,
	};
	rh_status rc = RH_OK;

	cf.limits.body_bytes = (size_t)c->http.body_max;
	cf.limits.request_ms = (int)c->http.request_deadline_ms;
	cf.limits.connections = (unsigned)c->http.connections;
	cf.limits.per_address = (unsigned)c->http.connections_per_address;
	cf.limits.streams = (unsigned)c->http.streams;
	cf.limits.streams_each = (unsigned)c->quota.streams;
	cf.limits.per_second = (unsigned)c->quota.requests_per_s;
	cf.limits.heartbeat_ms = (int)c->http.heartbeat_ms;
	if (has_tcp(s)) {
		rc = split_listen(c->listen, address, sizeof address,
		    &cf.port, err);
		cf.address = address;
	}
	if (rc == RH_OK)
		rc = http_open(&cf, &s->http, err);
	free(sock);
	return rc;
}

/* Where the doors are: lines, or with --json one document. */
static void
say_where(const struct serve *s)
{
	const struct config *c = s->cfg;
	char *at[2] = { NULL, datadir_path(c->data, DATA_SOCKET) };
	struct buf text = { 0 };
	struct json_out w;
	size_t i;

	if (has_tcp(s))
		at[0] = mem_printf("%s://%.*s:%u",
		    c->http.tls_cert != NULL ? "https" : "http",
		    (int)(strrchr(c->listen, ':') - c->listen), c->listen,
		    (unsigned)http_port(s->http));
	jw_init(&w, &text);
	jw_object(&w);
	jw_name(&w, "listening");
	jw_array(&w);
	for (i = 0; i < ARRAY_LEN(at); i++) {
		if (at[i] == NULL)
			continue;
		jw_text(&w, at[i]);
		if (!s->cli->json)
			fprintf(s->cli->out, "listening on %s\n", at[i]);
		free(at[i]);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	if (s->cli->json)
		print_json(s->cli->out, text.p, text.len);
	fflush(s->cli->out);
	buf_fini(&text);
}

/* The soft limit is for programs that use select(); this one asks for more. */
static void
raise_open_files(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) != 0)
		return;
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
}

static rh_status
open_all(struct serve *s, struct err *err)
{
	rh_status rc;

	raise_open_files();
	if ((rc = prepare_doors(s, err)) != RH_OK ||
	    (rc = datadir_open(s->cfg->data, &s->lock_fd, err)) != RH_OK ||
	    (rc = datadir_outside(s->cfg->data, s->cfg->anchor, err)) != RH_OK)
		return rc;
	/* Before the first thread. */
	if ((s->spawner = spawner_start(err)) == NULL)
		return err->status;
	if ((rc = open_plugins(s, err)) != RH_OK ||
	    (rc = find_own_dirs(s, err)) != RH_OK ||
	    (rc = open_host(s, err)) != RH_OK ||
	    (rc = bootstrap_token(s->host, s->cfg->data, err)) != RH_OK ||
	    (rc = http_start(s->http, s->host, s->registry,
	    spawner_pid(s->spawner), err)) != RH_OK)
		return rc;
	say_where(s);
	if ((rc = spawner_wait(s->spawner, err)) != RH_OK)
		return rc;
	return open_sched(s, err);
}

/* A committed write says that the host is alive; a stuck writer doesn't. */
static void
heartbeat(struct serve *s)
{
	struct call *c = call_open("host_ping", &caller_system, NULL, 0);

	host_call(s->host, c);
	call_free(c);
	host_committed(s->host);
	notify_state("WATCHDOG=1");
}

static void
wait_for_signal(struct serve *s)
{
	int64_t us = notify_watchdog_us();
	struct timespec every = {
		(us != 0 ? us / 2 : WATCHDOG_US) / US_PER_S,
		(us != 0 ? us / 2 : WATCHDOG_US) % US_PER_S * 1000,
	};
	int sig;

	for (;;) {
		sig = sigtimedwait(&s->signals, NULL, &every);
		if (sig == SIGTERM || sig == SIGINT)
			return;
		if (sig == SIGHUP)
			reload_now(&s->reload);
		else if (us != 0)
			heartbeat(s);
	}
}

static void
close_all(struct serve *s)
{
	if (s->host != NULL) {
		notify_state("STOPPING=1");
		host_draining(s->host);
	}
	if (s->sched != NULL)
		sched_drain(s->sched, s->cfg->run.drain_s * 1000);
	http_stop(s->http);
	if (s->sched != NULL)
		sched_stop(s->sched);
	host_stop(s->host);
	sched_free(s->sched);
	spawner_stop(s->spawner);
	strays_end();
	registry_free(s->registry);
	free_own_dirs(s->own_dirs);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
}

int
cmd_serve(struct cli *cli)
{
	struct serve s = { .cli = cli, .lock_fd = -1, .reload = {
		.cli = cli, .lock = PTHREAD_MUTEX_INITIALIZER } };
	struct err err = { 0 };
	int code;

	if (config_of_cli(cli, &s.cfg, &err) == RH_OK)
		config_need_data(s.cfg, &err);
	if (err.status != RH_OK) {
		code = cli_fail(cli, &err);
		config_free(s.cfg);
		return code;
	}
	set_log_format(s.cfg->log_format);
	reload_log_level(s.cfg);
	s.reload.cfg = s.cfg;
	block_signals(&s);
	umask(077);
	if (open_all(&s, &err) == RH_OK) {
		wait_for_signal(&s);
		log_event(LOG_INFO, "stopping", NULL);
		code = EXIT_OK;
	} else
		code = cli_fail(cli, &err);
	close_all(&s);
	if (code == EXIT_OK)
		log_event(LOG_INFO, "stopped", NULL);
	config_free(s.cfg);
	return code;
}
