/*
 * The plugins that this host knows, made from their descriptions.  Every
 * function locks for itself; a plugin and what hangs on it lives, unchanged
 * but for what is atomic, until the registry is freed, so pointers that were
 * found may be kept.  While a plugin's state is PLUGIN_OPENED or
 * PLUGIN_LOADING, only its file, image, signature, config and trusted may be
 * read.
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
#include <sys/queue.h>

enum plugin_state {
	PLUGIN_UNSET,
	PLUGIN_OPENED,		/* file read, nobody tries it yet */
	PLUGIN_LOADING,		/* not described yet */
	PLUGIN_DISCOVERED,	/* described, and nobody has enabled it */
	PLUGIN_ENABLED,		/* in use */
	PLUGIN_DISABLED,
	PLUGIN_QUARANTINED,	/* by the host; error says why */
	PLUGIN_REFUSED,		/* skipped; error says why */
	PLUGIN_GONE		/* removed, or replaced: not shown */
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
	SLIST_ENTRY(plugin) gone;	/* the registry's */
	_Atomic enum plugin_state state;	/* read it before the rest */
	const char *file;	/* path, for people */
	const char *_Atomic error;	/* why refused or quarantined, or NULL */
	/* Digest of the file that its id is enabled with, when not its own. */
	const char *_Atomic bound;
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
 * Opens one file of a directory; an error says why it can't be.  *out is the
 * plugin that is made of these bytes already, or a new one, PLUGIN_OPENED.
 * One call at a time; a plugin of an earlier one that is still
 * PLUGIN_OPENED is dropped.
 */
rh_status	registry_open(struct registry *, const char *dir,
		    const char *name, struct plugin **out, struct err *);
/* It is to be tried; what was of the same file and not in use is gone. */
void		registry_take(struct registry *, struct plugin *);

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
 * Who fills in what the description doesn't say (config, trusted, bound) and
 * answers its state: called once a plugin, under the lock, before anybody can
 * find it; it may not call this registry.  Set before the first description;
 * without it what is described is PLUGIN_ENABLED.
 */
void		registry_on_described(struct registry *,
		    enum plugin_state (*described)(struct plugin *, void *),
		    void *arg);

/*
 * What was decided about the file with this digest: PLUGIN_ENABLED,
 * PLUGIN_DISABLED or PLUGIN_QUARANTINED; when it is enabled, another plugin
 * with its id is in use no more.  One that isn't in use any more isn't put into
 * quarantine.  PLUGIN_GONE is for all that have the id.
 */
void		registry_decide(struct registry *, const char *id,
		    const uint8_t digest[HASH_LEN], enum plugin_state,
		    const char *reason);

/*
 * The file with this digest is trusted, and no other of its id; NULL: none
 * is.  Whether they are in use or not.
 */
void		registry_trust(struct registry *, const char *id,
		    const uint8_t *digest);
/*
 * The plugin with this id, and this digest unless that is NULL, that is in
 * use or else could be; or NULL.
 */
const struct plugin *registry_known(struct registry *, const char *id,
		    const uint8_t *digest);

/*
 * The plugin that an admin means by an id, and by a digest in hexadecimal
 * unless that is NULL: then one that isn't in use rather than one that is.
 * RH_ENOENT, RH_ECONFLICT when several might be meant, RH_ESTATE when it was
 * refused.
 */
rh_status	registry_meant(struct registry *, const char *id,
		    const char *digest, struct plugin **, struct err *);
/* The plugin of this file that was refused before it had an id; or NULL. */
const struct plugin *registry_refused(struct registry *, const char *file);
/* Whether it may be in use beside those that are: RH_ECONFLICT. */
rh_status	registry_fits(struct registry *, const struct plugin *,
		    struct err *);
/* And beside the one of this id and digest, which is to be in use soon. */
rh_status	registry_fits_next(struct registry *, const struct plugin *,
		    const char *id, const uint8_t digest[HASH_LEN],
		    struct err *);

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

/*
 * Among described plugins that aren't in use: whether one has this name.  err
 * says then why it isn't, with the command that changes that: RH_ESTATE.
 */
enum plugin_name { NAME_ID, NAME_RUNNER, NAME_RUNNER_ID, NAME_ACTION,
	NAME_COMMAND };
bool		registry_explain(struct registry *, enum plugin_name,
		    struct str name, struct err *);
/* Described, not in use, and could be. */
bool		plugin_is_idle(const struct plugin *);
/* Why one that is idle isn't in use. */
void		plugin_explain(const struct plugin *, struct err *);
/* The command that has it in use, in the arena; NULL: it isn't idle. */
const char	*plugin_mend(const struct plugin *, struct arena *);

#endif
