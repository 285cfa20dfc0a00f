/*
 * The configuration of a running host, read again: settings that may change
 * meanwhile do, others are named.  Between them stands the action
 * config_reload, which records what it comes to.
 */
#ifndef CLI_RELOAD_H
#define CLI_RELOAD_H

#include "base/err.h"

#include <pthread.h>

struct call;
struct cli;
struct config;
struct host;
struct http;

struct reload {
	const struct cli *cli;	/* whose options come over the file */
	struct host *host;
	struct http *http;
	pthread_mutex_t lock;	/* of live settings in cfg, once it runs */
	struct config *cfg;	/* in force; not owned */
};

void	reload_log_level(const struct config *);

/* For struct action_env; arg is a struct reload. */
void	reload_read(void *arg, struct call *);
void	reload_apply(void *arg, const struct call *);

/* What SIGHUP asks for, by the host itself; logs what comes of it. */
void	reload_now(struct reload *);

#endif
