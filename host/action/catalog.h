/*
 * The catalog: which plugins are in use, by whose word.  act_catalog.c.
 */
#ifndef ACTION_CATALOG_H
#define ACTION_CATALOG_H

#include "action/call.h"
#include "action/gate.h"
#include "json/write.h"
#include "plugin/registry.h"
#include "store/store_plugin.h"

/*
 * Before the call comes to the writer: opens or reads the file that it is
 * about, for plugin_install and plugin_verify.  Sets its args, or a refusal.
 */
void		catalog_read(const struct action_env *, struct call *);

/*
 * What the row of its id (NULL: there is none) says of a plugin that was
 * described; sets its bound and error.
 */
enum plugin_state catalog_state_of(const struct plugin_row *,
		    struct plugin *);
extern const char catalog_found[];	/* the reason of plugins.enable_found */
/*
 * Why a plugin is enabled that nobody enabled; NULL: it isn't.  starting:
 * only then those that came with the host are.
 */
const char	*catalog_enrols(const struct action_env *,
		    const struct plugin_row *, const struct plugin *,
		    bool starting);

/*
 * The plugin of its row's file, which was refused before it said what it is;
 * or NULL: then err stays, else it says so (RH_ESTATE).
 */
const struct plugin *catalog_refused(struct registry *,
		    const struct plugin_row *, struct err *);

/* Runners, actions, commands and what it wants. */
void		plugin_write_names(struct json_out *, const struct plugin *);
extern const char *const plugin_state_names[];
/* What rows say, beside what is known of the file; row may be NULL. */
void		catalog_write(struct json_out *, const struct plugin_row *);
extern const char *const catalog_state_names[];

#endif
