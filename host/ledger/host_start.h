/*
 * Starting and stopping the host around the ledger.
 */
#ifndef LEDGER_HOST_START_H
#define LEDGER_HOST_START_H

#include "action/gate.h"
#include "base/err.h"
#include "plugin/registry.h"

struct db_watch;
struct host;

struct host_config {
	const char *db_path;
	const char *key_path;		/* of the signing key */
	const char *anchor_path;
	bool	accept_loss;
	const struct db_watch *watch;	/* of a new schema; or NULL */
	const struct action_env *env;	/* copied; head and tally are set inside */
	const struct clock *clock;
	size_t	clients_max;		/* calls waiting in the clients' lane */
	int	checkpoint_pages;
	int64_t	low_water_bytes;	/* free disk below which clients get 507 */
	/* The disk failed at a COMMIT: called once, after the last reply. */
	void	(*fatal)(void *);
	void	*fatal_arg;
};

rh_status	host_start(const struct host_config *, struct host **,
		    struct err *);
/* What may change while it runs; a call sees each of them old or new. */
struct host_limits {
	int64_t	timeout_us, command_retention_us, idem_us;
	int64_t	quota_live, quota_bytes, quota_streams;
	int64_t	low_water_bytes;
	int32_t	max_losses;
	int64_t	backoff_us;
	int64_t	session_ttl_us;
	int64_t	artifact_max;
	int	checkpoint_pages;
	size_t	clients_max;
};
void		host_set_limits(struct host *, const struct host_limits *);
/* Plugins are loaded: /ready says so. */
void		host_loaded(struct host *);
/* New work from outside is refused, all else goes on; /ready says no. */
void		host_draining(struct host *);
/* Answers what waits, flushes counts, records the stop, signs, closes. */
void		host_stop(struct host *);

/* Returns after a COMMIT: the writer is alive. */
void		host_committed(struct host *);

/*
 * Whether a plugin may run in this process: the admin trusts it as it is,
 * and it has all that this needs (signer.h).
 */
struct plugin;
bool		host_trusts(struct host *, const struct plugin *);
/*
 * RH_ESTATE, and what to do, unless a trusted key signed it; if it need not
 * be signed, only when a trusted key is named falsely.
 */
rh_status	host_check_signer(struct host *, const struct plugin *,
		    bool needed, struct err *);

/*
 * What becomes of a plugin that was just described: its state, and its bound
 * and error.  One that needs nobody to enable it is recorded as enabled.
 */
enum plugin_state host_catalog(struct host *, struct plugin *);

/* Whether a fact of the meta table is set. */
bool		host_remembers(struct host *, const char *key);

#endif
