/*
 * A checked entry as JSON: what a worker tells the host of its plugin, so
 * that the host never has to open the object itself.
 *
 * {"id","version","summary","built","needs","stateless","threads",
 *  "runners":[{"name","summary","idempotent"}],
 *  "actions":[{"name","summary","schema":{…}|null}],
 *  "commands":[{"name","summary","runner","default_action","any_action",
 *               "actions":[{"name","summary","runner"}],"examples":[…]}],
 *  "wants":[…]}
 */
#ifndef PLUGIN_DESCRIBE_H
#define PLUGIN_DESCRIBE_H

#include "base/buf.h"
#include "base/err.h"

struct plugin;
struct rh_entry;

void	describe_entry(const struct rh_entry *, struct buf *);

/*
 * Reads a description, believing nothing: sizes, forms, unknown or missing
 * members, references.  Fills id, version, summary, description, stateless,
 * runners, actions, commands and wants, in the plugin's arena; on an error
 * (RH_EPLUGIN) the plugin is as before.
 */
rh_status	describe_read(struct plugin *, const char *json, size_t len,
		    struct err *);

#endif
