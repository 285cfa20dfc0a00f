/*
 * serve: puts the parts of a host together, opens its doors, waits for a
 * signal, and takes everything apart in the opposite order.
 */
#include "cli/serve.h"

#include "action/attempt.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/bootstrap.h"
#include "cli/datadir.h"
#include "cli/limits.h"
#include "cli/notify.h"
#include "cli/print.h"
#include "cli/secrets.h"
#include "json/write.h"
#include "ledger/host_start.h"
#include "plugin/registry.h"
#include "worker/profile.h"
#include "worker/strays.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WATCHDOG_US	(10 * US_PER_S)

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
static enum plugin_state
plugin_described(struct plugin *p, void *arg)
{
	struct serve *s = arg;

	p->config = config_plugin(s->cfg, p->id);
	p->trusted = host_trusts(s->host, p);
	return host_catalog(s->host, p);
}

/* What is refused is logged by the control thread, when it comes to it. */
static rh_status
open_plugins(struct serve *s, struct err *err)
{
	size_t i, before;
	rh_status rc;

	s->registry = registry_new();
	registry_on_described(s->registry, plugin_described, s);
	registry_allow(s->registry, s->cfg->plugins_needed_libraries.v);
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
 * Before any worker opens one: who must be signed and isn't.  A signature
 * that is there and isn't of the file is never as meant.
 */
static void
judge_signatures(struct serve *s)
{
	bool all = strcmp(s->cfg->plugins_require_signature, "all") == 0;
	struct plugin *p;
	struct err err;
	size_t i;

	for (i = 0; i < registry_count(s->registry); i++) {
		p = registry_at(s->registry, i);
		if (p->state == PLUGIN_REFUSED ||
		    host_check_signer(s->host, p, all, &err) == RH_OK)
			continue;
		if (all)
			err_wrap(&err, "\"plugins.require_signature\" is "
			    "\"all\"");
		registry_refuse(s->registry, p, &err);
	}
}

/* A plugin that isn't used is told to auditors, too. */
static void
record(struct serve *s, const char *what, const struct plugin *p)
{
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
	m->what = what;
	m->target = arena_strdup(&c->arena, p->id != NULL ? p->id : p->file);
	m->detail = arena_strdup(&c->arena, b.p);
	buf_fini(&b);
	c->done = call_free;
	host_submit(s->host, c);
}

static void
record_refused(void *arg, const struct plugin *p)
{
	record(arg, "plugin_refuse", p);
}

/* The action's own are first. */
struct quarantine {
	struct quarantine_args args;
	struct host *host;
	int	tries;		/* left */
};

static void	quarantined(struct call *);

static void
submit_quarantine(const struct quarantine *q)
{
	struct call *c = call_internal("plugin_quarantine", &caller_system,
	    sizeof *q);
	struct quarantine *own = c->args;

	*own = *q;
	own->tries--;
	own->args.reason = arena_strdup(&c->arena, q->args.reason);
	c->done = quarantined;
	host_submit(q->host, c);
}

/* Without its row the next start has the plugin in use again. */
static void
quarantined(struct call *c)
{
	const struct quarantine *q = c->args;

	if (c->status != RH_OK) {
		log_event(LOG_ERROR, "the catalog doesn't say that a plugin is "
		    "in quarantine", "plugin", q->args.id, "error",
		    c->err.msg, NULL);
		if (q->tries > 0)
			submit_quarantine(q);
	}
	call_free(c);
}

/* Nothing more comes to it; the row that says so is on its way. */
static void
quarantine(void *arg, struct plugin *p, const char *why)
{
	struct serve *s = arg;
	struct quarantine q = { .host = s->host, .tries = 3,
		.args = { .id = p->id, .reason = why } };

	registry_decide(s->registry, p->id, p->image.digest,
	    PLUGIN_QUARANTINED, why);
	memcpy(q.args.digest, p->image.digest, HASH_LEN);
	submit_quarantine(&q);
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
	cf.limits.memory_bytes = c->worker.memory_bytes;
	cf.min_tier = (uint32_t)tier_find(c->worker.min_tier);
	cf.start_timeout_ms = c->worker.start_timeout_ms;
	cf.lease_ms = c->run.lease_s * 1000;
	cf.grace_ms = c->run.grace_ms;
	cf.cancel_grace_ms = c->run.cancel_grace_ms;
	cf.limits.output_bytes = c->run.output_max;
	cf.limits.events_max = c->run.events_max;
	cf.own_dirs = s->own_dirs;
	cf.own_ports.ports[0] = http_port(s->http);
	cf.own_ports.count = cf.own_ports.ports[0] != 0;
	cf.secrets_dir = s->secrets_fd;
	cf.limits.cpu_s = c->run.cpu_s;
	cf.limits.calls_max = c->run.calls_max;
	cf.limits.messages_per_s = c->run.messages_per_s;
	cf.limits.bytes_per_s = c->run.bytes_per_s;
	cf.groups = s->groups;
	cf.ready = plugins_loaded;
	cf.refused = record_refused;
	cf.quarantine = quarantine;
	cf.crash_limit = (int)c->crashes.crash_limit;
	cf.crash_window_s = c->crashes.crash_window_s;
	cf.arg = s;
	rc = sched_start(&cf, s->host, s->registry, s->spawner, &s->sched,
	    err);
	atomic_store(&s->started, s->sched);
	return rc;
}

static rh_status
open_all(struct serve *s, struct err *err)
{
	rh_status rc;

	limits_raise_files();
	if ((rc = serve_prepare_doors(s, err)) != RH_OK ||
	    (rc = datadir_open(s->cfg->data, &s->lock_fd, err)) != RH_OK ||
	    (rc = datadir_outside(s->cfg->data, s->cfg->anchor, err)) != RH_OK ||
	    (rc = secrets_open(s->cfg, &s->secrets_fd, err)) != RH_OK)
		return rc;
	/* Before the first thread; the spawner is to be in it, too. */
	s->groups = cgroups_of_host();
	if ((s->spawner = spawner_start(err)) == NULL)
		return err->status;
	if ((rc = open_plugins(s, err)) != RH_OK ||
	    (rc = serve_find_own_dirs(s, err)) != RH_OK ||
	    (rc = serve_open_host(s, err)) != RH_OK)
		return rc;
	judge_signatures(s);
	if ((rc = bootstrap_token(s->host, s->cfg->data, err)) != RH_OK ||
	    (rc = http_start(s->http, s->host, s->registry,
	    spawner_pid(s->spawner), err)) != RH_OK)
		return rc;
	serve_say_where(s);
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
	cgroups_close(s->groups);
	strays_end();
	registry_free(s->registry);
	serve_free_own_dirs(s);
	if (s->secrets_fd >= 0)
		close(s->secrets_fd);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
}

int
cmd_serve(struct cli *cli)
{
	struct serve s = { .cli = cli, .lock_fd = -1,
		.secrets_fd = -1, .reload = {
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
