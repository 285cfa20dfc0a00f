/*
 * What the catalog says of a plugin that has just been described.
 */
#include "ledger/host_impl.h"

#include "action/attempt.h"
#include "action/catalog.h"
#include "base/log.h"
#include "store/db.h"

static rh_status
read_row(struct host *h, const char *id, struct arena *a,
    struct plugin_row *row, bool *found, struct err *err)
{
	struct db *db;
	rh_status rc;

	*found = false;
	if ((rc = db_open(h->db_path, DB_READER, NULL, &db, err)) != RH_OK)
		return rc;
	rc = store_plugin_find(db, id, a, row, found, err);
	db_close(db);
	return rc;
}

static void
enrolled(struct call *c)
{
	if (c->status != RH_OK)
		log_event(LOG_ERROR, "the catalog doesn't say that a plugin is "
		    "enabled", "error", c->err.msg, NULL);
	call_free(c);
}

/* In use from now on; the row that says so comes with the next COMMIT. */
static void
enrol(struct host *h, const struct plugin *p, const char *why, bool starting)
{
	struct call *c = call_internal("plugin_enroll", &caller_system,
	    sizeof(struct enroll_args));
	struct enroll_args *args = c->args;

	args->plugin = p;
	args->reason = why;
	args->starting = starting;
	c->done = enrolled;
	host_submit(h, c);
}

enum plugin_state
host_catalog(struct host *h, struct plugin *p)
{
	struct plugin_row row, *known = NULL;
	struct arena a = { 0 };
	struct err err = { 0 };
	enum plugin_state state = PLUGIN_ENABLED;
	const char *why;
	bool found, starting;

	if (read_row(h, p->id, &a, &row, &found, &err) != RH_OK) {
		log_event(LOG_ERROR, "the catalog of plugins can't be read",
		    "plugin", p->id, "error", err.msg, NULL);
		return PLUGIN_DISCOVERED;
	}
	if (found)
		known = &row;
	pthread_mutex_lock(&h->lock);
	starting = !h->loaded;
	pthread_mutex_unlock(&h->lock);
	if ((why = catalog_enrols(&h->env, known, p, starting)) != NULL)
		enrol(h, p, why, starting);
	else
		state = catalog_state_of(known, p);
	if (why == catalog_found)
		log_event(LOG_WARN, "plugin enabled by nobody", "plugin",
		    p->id, "file", p->file, "why", why, NULL);
	arena_fini(&a);
	return state;
}
