/*
 * A checked entry as JSON: what a worker tells the host of its plugin, so
 * that the host never has to open the object itself.
 *
 * {"id","version","summary","built","needs","stateless",
 *  "runners":[{"name","summary","idempotent"}],
 *  "actions":[{"name","summary","schema":{…}|null}],
 *  "commands":[{"name","summary","runner","default_action","any_action",
 *               "actions":[{"name","summary","runner"}],"examples":[…]}],
 *  "wants":[…]}
 */
#ifndef PLUGIN_DESCRIBE_H
#define PLUGIN_DESCRIBE_H

#include "base/buf.h"

struct rh_entry;

void	describe_entry(const struct rh_entry *, struct buf *);

#endif
