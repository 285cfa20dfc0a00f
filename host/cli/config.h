/*
 * The configuration of a host: built-in values, then the configuration
 * file, then the environment, then flags, each over the one before.  Strict:
 * an unknown key or a value out of range is refused with its place.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_NAME	"runhost.conf"	/* in the data directory */

struct cli;

/* Where a value came from; a later one wins. */
enum config_layer { LAYER_DEFAULT, LAYER_FILE, LAYER_ENV, LAYER_FLAG };

struct config_list {
	const char **v;
	size_t	n;		/* v is NULL, or has a NULL behind them */
};

/* A [plugin.ID] section. */
struct config_plugin {
	const char *id;
	const char *json;	/* an object */
	const char *origin;	/* file:line of the section */
};

/* Texts are NULL when unset; paths are absolute. */
struct config {
	const char *data;
	const char *listen;		/* ADDR:PORT, or "none" */
	struct config_list plugins;	/* directories */
	struct config_list plugins_needed_libraries;
	bool	enable_found;		/* plugins that are new */
	const char *plugins_require_signature;	/* inprocess, all */
	const char *anchor;
	const char *secrets_dir;
	const char *log_level;		/* debug, info, warn, error */
	const char *log_format;		/* auto, text, json */
	struct {
		int64_t	body_max;
		int64_t	request_deadline_ms;
		int64_t	connections;
		int64_t	connections_per_address;
		int64_t	streams;
		int64_t	heartbeat_ms;
		bool	insecure_listen;
		const char *tls_cert;
		const char *tls_key;
	} http;
	struct {
		int64_t	timeout_s;
		int64_t	grace_ms;
		int64_t	cancel_grace_ms;
		int64_t	drain_s;
		int64_t	lease_s;
		int64_t	output_max;
		int64_t	events_max;
		int64_t	cpu_s;
		int64_t	calls_max;
		int64_t	messages_per_s;
		int64_t	bytes_per_s;
		int64_t	max_losses;
		int64_t	backoff_ms;
		int64_t	session_ttl_s;
	} run;
	struct {
		int64_t	runs_s;
		int64_t	idem_s;
	} retention;
	struct {
		int64_t	min;
		int64_t	max;
		int64_t	slots;
		int64_t	idle_s;
		int64_t	memory_bytes;
		const char *min_tier;	/* required, expected, best */
		int64_t	start_timeout_ms;
	} worker;
	struct {
		int64_t	crash_limit;
		int64_t	crash_window_s;
	} crashes;
	int64_t	queue_clients;
	int64_t	artifact_max_bytes;
	struct {
		int64_t	live_runs;	/* per owner; 0: no limit */
		int64_t	stored_bytes;	/* per owner; 0: no limit */
		int64_t	streams;	/* per principal; 0: no limit */
		int64_t	requests_per_s;	/* per principal; 0: no limit */
	} quota;
	int64_t	disk_low_water_bytes;
	int64_t	store_checkpoint_pages;

	struct config_plugin *plugin;
	size_t	plugin_count;

	/* where each came from, in the order of the settings table */
	const char *file;	/* that was read, or NULL */
	const char **origin;	/* "default", "FILE:LINE", "RUNHOST_…", "--flag" */
	enum config_layer *layer;
	struct arena arena;	/* of all of the above */
};

/* A value from the command line. */
struct config_flag {
	const char *key;
	const char *value;
	const char *origin;	/* "--listen", "--set" */
};

struct config_args {
	const char *file;	/* NULL: DATA/runhost.conf, if it is there */
	char	**env;		/* as environ; may be NULL */
	const struct config_flag *flags;	/* ended by a NULL key, or NULL */
};

/*
 * RH_EINPUT with file and line, variable or flag, what is wrong and what
 * would be right; RH_EIO when a file that was named can't be read.
 * *out is the caller's to free, also after an error.
 */
rh_status	config_load(const struct config_args *, struct config **out,
		    struct err *);
void		config_free(struct config *);	/* NULL is fine */

/* From the options of a command that has CMD_SETTINGS, and the environment. */
rh_status	config_of_cli(const struct cli *, struct config **out,
		    struct err *);

/* RH_EINPUT, and how to say it, when no data directory is named. */
rh_status	config_need_data(const struct config *, struct err *);

/* Of a data directory that a command looks at from outside; anchor may be
 * NULL.  Without a name, RUNHOST_DATA's. */
rh_status	config_of_data(const char *data, const char *anchor,
		    struct config **out, struct err *);

/* JSON object of a plugin's section; "{}" when it has none. */
const char	*config_plugin(const struct config *, const char *id);

#endif
