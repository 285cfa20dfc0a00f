/*
 * The ledger of a host that is put together, and what it asks of the rest.
 */
#include "cli/serve.h"

#include "action/attempt.h"
#include "base/mem.h"
#include "cli/datadir.h"
#include "cli/notify.h"
#include "cli/secrets.h"
#include "cli/shipped.h"
#include "ledger/host_start.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXIT_DISK	74	/* EX_IOERR: the supervisor starts us again */
#define FLUSH_MS	500	/* for the last answers, after the disk failed */

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

/*
 * The file, not its directory, which by default is that of the data's
 * directory, where much else may be.  It is known by its inode, so it has to
 * be there.
 */
static rh_status
own_anchor(struct own_dir *d, const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	return own_dir(d, path, err);
}

rh_status
serve_find_own_dirs(struct serve *s, struct err *err)
{
	const struct config *c = s->cfg;
	struct own_dir *d = mem_calloc(c->plugins.n + 5, sizeof *d);
	char *secrets;
	size_t i;
	rh_status rc = own_dir(d, c->data, err);

	s->own_dirs = d;
	s->plugin_dirs = mem_calloc(c->plugins.n + 1, sizeof *s->plugin_dirs);
	for (i = 0; i < c->plugins.n; i++)
		s->plugin_dirs[i] = c->plugins.v[i];
	for (i = 0; i < c->plugins.n && rc == RH_OK; i++)
		rc = own_dir(++d, c->plugins.v[i], err);
	if (c->anchor != NULL && c->anchor[0] != '\0' && rc == RH_OK)
		rc = own_anchor(++d, c->anchor, err);
	secrets = secrets_path(c);
	if (rc == RH_OK)
		rc = own_dir(++d, secrets, err);
	free(secrets);
	/* Where processes show what they are and have. */
	return rc == RH_OK ? own_dir(++d, "/proc", err) : rc;
}

void
serve_free_own_dirs(struct serve *s)
{
	struct own_dir *d;

	for (d = s->own_dirs; d != NULL && d->path != NULL; d++)
		free(d->path);
	free(s->own_dirs);
	free(s->plugin_dirs);
}

rh_status
serve_open_host(struct serve *s, struct err *err)
{
	const struct config *c = s->cfg;
	const struct shipped *shipped = s->cli->shipped;
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
		.plugin_dirs = s->plugin_dirs,
		.all_signed = strcmp(c->plugins_require_signature,
		    "all") == 0,
		.enable_found = c->enable_found,
		.shipped = shipped != NULL ? shipped->digests : NULL,
		.shipped_count = shipped != NULL ? shipped->count : 0,
		.timeout_us = c->run.timeout_s * US_PER_S,
		.lease_us = c->run.lease_s * US_PER_S,
		.cancel_grace_us = c->run.cancel_grace_ms * US_PER_MS,
		.command_retention_us = c->retention.runs_s * US_PER_S,
		.idem_us = c->retention.idem_s * US_PER_S,
		.max_losses = (int32_t)c->run.max_losses,
		.backoff_us = c->run.backoff_ms * US_PER_MS,
		.session_ttl_us = c->run.session_ttl_s * US_PER_S,
		.artifact_max = c->artifact_max_bytes,
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
