/*
 * The plugins that this host knows, made from their descriptions.  Every
 * function locks for itself; a plugin and what hangs on it lives, unchanged
 * but for state, error, tier and trusted, until the registry is freed, so
 * pointers that were found may be kept.  While a plugin's state is
 * PLUGIN_DISCOVERED, only its file, image, signature, config and trusted may
 * be read.
 */
#ifndef PLUGIN_REGISTRY_H
#define PLUGIN_REGISTRY_H

#include "base/err.h"
#include "base/str.h"
#include "json/schema.h"
#include "plugin/elf.h"
#include "plugin/image.h"
#include "plugin/sign.h"

#include <stdbool.h>

enum plugin_state {
	PLUGIN_UNSET,
	PLUGIN_DISCOVERED,	/* file seen, not described yet */
	PLUGIN_ENABLED,		/* described and in use */
	PLUGIN_REFUSED		/* skipped; error says why */
};

struct plugin;

struct plugin_runner {
	const char *name;
	const char *summary;
	char	*runner_id;	/* plugin:<vendor>/<plugin>/<runner> */
	bool	idempotent;
	const struct plugin *plugin;
};

struct plugin_action {
	const char *name;	/* "hello.greet" */
	const char *summary;
	const char *schema_text;	/* JSON, or NULL */
	struct schema *schema;	/* or NULL: any object */
	const struct plugin *plugin;
};

struct plugin_command_action {
	const char *name;
	const char *summary;
	const struct plugin_runner *runner;
};

struct plugin_command {
	const char *name;	/* with its slash */
	const char *summary;
	const struct plugin_runner *runner;
	const char *default_action;
	bool	any_action;
	struct plugin_command_action *actions;
	size_t	action_count;
	const char **examples;
	size_t	example_count;
	const struct plugin *plugin;
};

struct plugin {
	struct arena arena;	/* of everything below */
	_Atomic enum plugin_state state;	/* read it before the rest */
	const char *file;	/* path, for people */
	const char *error;	/* why refused, or NULL */
	struct image image;
	struct signature *signature;	/* beside the file; NULL: none */
	const char *id;		/* NULL until described */
	const char *version;
	const char *summary;
	const char *config;	/* JSON object from the configuration, "{}" */
	const char *description;	/* the JSON of describe.h */
	bool	stateless;
	bool	threads;	/* may run on several of a process */
	_Atomic uint32_t tier;	/* enum tier of its newest worker; 0: none */
	_Atomic bool trusted;	/* by its digest: run in-process */
	struct plugin_runner *runners;
	size_t	runner_count;
	struct plugin_action *actions;
	size_t	action_count;
	struct plugin_command *commands;
	size_t	command_count;
	const char **wants;
	size_t	want_count;
};

struct registry;

struct registry	*registry_new(void);
void		 registry_free(struct registry *);

/*
 * Libraries that plugins may need beyond the usual, ended by NULL; borrowed
 * as long as the registry lives.  Set before the first scan.
 */
void		registry_allow(struct registry *, elf_more libraries);

/*
 * Opens every *.so in a directory (in the order of their names).  A file
 * that can't be opened, or mustn't be given to the loader (elf.h), or whose
 * signature can't be read, is added as PLUGIN_REFUSED with its reason; only a
 * directory that can't be read is an error.
 */
rh_status	registry_scan(struct registry *, const char *dir, struct err *);

/*
 * Takes a plugin's description (JSON from its worker).  Refuses reserved or
 * duplicate ids, commands, runners and action names, naming both files; the
 * plugin is then PLUGIN_REFUSED.  The status is for the log.
 *
 * A worker that is started later describes its plugin again: RH_OK for the
 * same bytes, else RH_EPLUGIN, and the plugin stays as it is.
 */
rh_status	registry_describe(struct registry *, struct plugin *,
		    const char *json, size_t len, struct err *);
/* The first reason stays. */
void		registry_refuse(struct registry *, struct plugin *,
		    const struct err *);

/*
 * Who fills in what the description doesn't say (config, trusted): called
 * once a plugin, under the lock, before anybody can find it; it may not call
 * this registry.  Set before the first description.
 */
void		registry_on_described(struct registry *,
		    void (*described)(struct plugin *, void *), void *arg);

/* Whether a plugin is still to be described: what isn't found may yet come. */
bool		registry_loading(struct registry *);

size_t		registry_count(struct registry *);
struct plugin	*registry_at(struct registry *, size_t i);

/*
 * A plugin that was described and refused, which would have this id, command,
 * runner or action; its error says why.  Or NULL.
 */
const struct plugin *registry_out_of_use(struct registry *, struct str name);
/* Among enabled plugins; NULL when there is none. */
struct plugin	*registry_find(struct registry *, struct str id);
const struct plugin_runner *registry_runner(struct registry *, struct str name);
const struct plugin_runner *registry_runner_id(struct registry *, struct str);
const struct plugin_action *registry_action(struct registry *, struct str name);
const struct plugin_command *registry_command(struct registry *,
		    struct str name);

#endif
