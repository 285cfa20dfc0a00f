/*
 * runtime start: puts an agent and a scheduler together, waits for a signal,
 * and takes them apart.
 */
#include "agent/agent.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/door.h"
#include "cli/limits.h"
#include "json/write.h"
#include "plugin/registry.h"
#include "worker/cgroup.h"
#include "worker/spawner.h"
#include "worker/strays.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEASE_S		60
#define GRACE_S		30
#define SENDERS_MAX	8
#define ID_MAX		256

struct station {
	struct cli *cli;
	struct agent_config cf;
	char	id[ID_MAX];
	struct buf labels;
	struct door doors[AGENT_CLIENTS_MIN + SENDERS_MAX];
	struct httpc *clients[AGENT_CLIENTS_MIN + SENDERS_MAX];
	sigset_t signals;
	struct cgroups *groups;		/* NULL: none were delegated */
	struct spawner *spawner;
	struct registry *registry;
	struct agent *agent;
	struct sched *sched;
	struct err refused;	/* before SIGUSR1 says so */
};

static void
block_signals(struct station *s)
{
	sigemptyset(&s->signals);
	sigaddset(&s->signals, SIGTERM);
	sigaddset(&s->signals, SIGINT);
	sigaddset(&s->signals, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &s->signals, NULL);
}

/* The next one does what it does to any process. */
static void
release_signals(const struct station *s)
{
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	pthread_sigmask(SIG_UNBLOCK, &s->signals, NULL);
}

/* On the keeper's thread. */
static void
on_registered(void *arg)
{
	struct station *s = arg;

	log_event(LOG_INFO, "ready", "runtime", s->cf.id, NULL);
	fprintf(s->cli->out, "runtime %s takes runs\n", s->cf.id);
	fflush(s->cli->out);
}

static void
on_refused(void *arg, const struct err *err)
{
	struct station *s = arg;

	s->refused = *err;
	kill(getpid(), SIGUSR1);
}

static void
on_described(void *arg)
{
	struct station *s = arg;

	agent_begin(s->agent);
}

static rh_status
take_labels(struct station *s, struct err *err)
{
	const char *label, *eq;
	struct json_out j;
	size_t i;

	jw_init(&j, &s->labels);
	jw_object(&j);
	for (i = 0; (label = cli_opt_at(s->cli, "label", i)) != NULL; i++) {
		if ((eq = strchr(label, '=')) == NULL || eq == label)
			return err_set(err, RH_EINPUT, "--label \"%s\": must "
			    "be KEY=VALUE", label);
		jw_name_str(&j, (struct str){ label, (size_t)(eq - label) });
		jw_text(&j, eq + 1);
	}
	jw_end_object(&j);
	s->cf.labels = s->labels.p;
	return RH_OK;
}

static rh_status
take_id(struct station *s, struct err *err)
{
	if ((s->cf.id = cli_opt(s->cli, "id")) != NULL)
		return RH_OK;
	if (gethostname(s->id, sizeof s->id - 1) != 0)
		return err_errno(err, RH_EIO, "the machine's name");
	s->cf.id = s->id;
	return RH_OK;
}

static rh_status
take_options(struct station *s, struct err *err)
{
	struct cli *cli = s->cli;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	rh_status rc;

	if (cli_opt(cli, "plugins") == NULL) {
		err_set(err, RH_EINPUT, "no plugins are named");
		return err_hint(err, "give --plugins DIR");
	}
	s->cf.queue = cli_opt(cli, "queue");
	s->cf.capacity = (int)cli_int(cli, "capacity", processors > 0 ?
	    processors : 1);
	s->cf.lease_s = cli_int(cli, "lease", LEASE_S);
	if ((rc = take_labels(s, err)) != RH_OK)
		return rc;
	return take_id(s, err);
}

static rh_status
open_doors(struct station *s, struct err *err)
{
	size_t i, n = AGENT_CLIENTS_MIN - 1;
	int64_t ms = agent_request_ms(s->cf.lease_s);
	rh_status rc;

	n += (size_t)(s->cf.capacity < SENDERS_MAX ? s->cf.capacity :
	    SENDERS_MAX);
	for (i = 0; i < n; i++) {
		if ((rc = door_open_for(s->cli, ms, &s->doors[i],
		    err)) != RH_OK)
			return rc;
		s->clients[i] = s->doors[i].http;
	}
	s->cf.clients = s->clients;
	s->cf.client_count = n;
	return RH_OK;
}

static rh_status
open_plugins(struct station *s, struct err *err)
{
	const char *dir;
	size_t i;
	rh_status rc;

	s->cf.registry = s->registry = registry_new();
	for (i = 0; (dir = cli_opt_at(s->cli, "plugins", i)) != NULL; i++)
		if ((rc = registry_scan(s->registry, dir, err)) != RH_OK)
			return rc;
	if (registry_count(s->registry) > 0)
		return RH_OK;
	return err_set(err, RH_EINPUT, "there are no plugins in \"%s\"",
	    cli_opt(s->cli, "plugins"));
}

static rh_status
open_sched(struct station *s, struct err *err)
{
	struct sched_config cf = sched_config_default;

	s->cf.registered = on_registered;
	s->cf.refused = on_refused;
	s->cf.arg = s;
	s->agent = agent_new(&s->cf);
	agent_sched_config(s->agent, &cf);
	cf.limits.memory_bytes = cli_int(s->cli, "memory",
	    cf.limits.memory_bytes);
	cf.groups = s->groups;
	cf.ready = on_described;
	cf.arg = s;
	if (agent_start(s->agent, err) != RH_OK)
		return err->status;
	return sched_start(&cf, agent_host(s->agent), s->registry,
	    s->spawner, &s->sched, err);
}

static rh_status
open_all(struct station *s, struct err *err)
{
	rh_status rc;

	limits_raise_files();
	if ((rc = take_options(s, err)) != RH_OK ||
	    (rc = open_doors(s, err)) != RH_OK)
		return rc;
	/* Before the first thread; the spawner is to be in it, too. */
	s->groups = cgroups_of_host();
	if ((s->spawner = spawner_start(err)) == NULL)
		return err->status;
	if ((rc = open_plugins(s, err)) != RH_OK ||
	    (rc = spawner_wait(s->spawner, err)) != RH_OK)
		return rc;
	return open_sched(s, err);
}

static void
close_all(struct station *s)
{
	size_t i;

	if (s->agent != NULL)
		agent_drain(s->agent);
	if (s->sched != NULL) {
		sched_drain(s->sched, cli_int(s->cli, "grace", GRACE_S) *
		    1000);
		agent_hurry(s->agent);
		sched_stop(s->sched);
	}
	if (s->agent != NULL)
		agent_stop(s->agent);
	sched_free(s->sched);
	agent_free(s->agent);
	spawner_stop(s->spawner);
	cgroups_close(s->groups);
	strays_end();
	registry_free(s->registry);
	for (i = 0; i < ARRAY_LEN(s->doors); i++)
		if (s->clients[i] != NULL)
			door_close(&s->doors[i]);
	buf_fini(&s->labels);
}

int
cmd_runtime_start(struct cli *cli)
{
	struct station s = { .cli = cli };
	struct err err = { 0 };
	int sig = 0, code = EXIT_OK;

	log_format_set(LOG_AUTO);
	block_signals(&s);
	umask(077);
	if (open_all(&s, &err) == RH_OK) {
		while ((sig = sigwaitinfo(&s.signals, NULL)) < 0)
			continue;
		if (sig == SIGUSR1)
			err = s.refused;
	}
	release_signals(&s);
	if (err.status != RH_OK)
		code = cli_fail(cli, &err);
	else
		log_event(LOG_INFO, "stopping", NULL);
	close_all(&s);
	if (code == EXIT_OK)
		log_event(LOG_INFO, "stopped", NULL);
	return code;
}
