/*
 * The catalog's rows, and what becomes of trust that is older.
 */
#include "lib/unit.h"

#include "store/db.h"
#include "store/schema.h"
#include "store/store_plugin.h"

#include <stdio.h>
#include <string.h>

static struct db *
opened(int version)
{
	struct db *db = NULL;
	struct err err;
	char path[400];

	snprintf(path, sizeof path, "%s/plugins.db", unit_tmpdir());
	CHECK_OK(db_open(path, DB_WRITER, NULL, &db, &err), &err);
	CHECK_OK(schema_make(db, version, &err), &err);
	return db;
}

static void
fill(struct plugin_row *r, const char *id, uint8_t of)
{
	*r = (struct plugin_row){ .id = id, .state = CATALOG_ENABLED,
		.version = "1.0", .file = "/p/x.so", .wants = "[\"env:A\"]",
		.enabled_us = 7, .enabled_by = "local:0", .changed_us = 8,
		.changed_by = "system" };
	memset(r->digest, of, HASH_LEN);
}

static void
test_rows(void)
{
	struct db *db = opened(schema_newest());
	struct plugin_row in, out, *all;
	struct arena a = { 0 };
	struct err err;
	bool found;
	size_t n;

	CHECK_OK(store_plugin_find(db, "b", &a, &out, &found, &err), &err);
	CHECK(!found);
	fill(&in, "b", 1);
	CHECK_OK(store_plugin_put(db, &in, &err), &err);
	fill(&in, "a", 2);
	CHECK_OK(store_plugin_put(db, &in, &err), &err);
	fill(&in, "b", 3);
	in.state = CATALOG_QUARANTINED;
	in.reason = "it died";
	in.signer = "somebody";
	in.enabled_us = 0;
	in.enabled_by = in.file = NULL;
	CHECK_OK(store_plugin_put(db, &in, &err), &err);
	CHECK_OK(store_plugin_find(db, "b", &a, &out, &found, &err), &err);
	CHECK(found);
	CHECK_INT(out.state, CATALOG_QUARANTINED);
	CHECK_INT(out.digest[0], 3);
	CHECK_STR(out.version, "1.0");
	CHECK(out.file == NULL && out.enabled_by == NULL);
	CHECK_STR(out.signer, "somebody");
	CHECK_STR(out.wants, "[\"env:A\"]");
	CHECK_INT(out.enabled_us, 0);
	CHECK_INT(out.changed_us, 8);
	CHECK_STR(out.changed_by, "system");
	CHECK_STR(out.reason, "it died");
	CHECK_OK(store_plugin_list(db, &a, &all, &n, &err), &err);
	CHECK_UINT(n, 2);
	CHECK_STR(all[0].id, "a");
	CHECK_INT(all[0].digest[31], 2);
	CHECK_STR(all[1].id, "b");
	arena_fini(&a);
	db_close(db);
}

static void
test_refused(void)
{
	struct db *db = opened(schema_newest());
	struct plugin_row r;
	struct err err;

	fill(&r, "a", 1);
	r.state = CATALOG_UNSET;
	CHECK_INT(store_plugin_put(db, &r, &err), RH_ECONFLICT);
	CHECK_HAS(err.msg, "CHECK");
	r.state = (enum catalog_state)5;
	CHECK_INT(store_plugin_put(db, &r, &err), RH_ECONFLICT);
	CHECK_INT(db_script(db, "INSERT INTO plugin (id, state, digest, wants,"
	    " changed, changed_by) VALUES ('a', 1, x'00', '[]', 1, 'x')",
	    &err), RH_ECONFLICT);
	CHECK_HAS(err.msg, "CHECK");
	db_close(db);
}

static void
test_trusted(void)
{
	struct db *db = opened(6);
	struct plugin_row *all;
	struct arena a = { 0 };
	struct err err;
	size_t n;

	CHECK_OK(db_script(db, "INSERT INTO plugin_trust VALUES ('mock', "
	    "zeroblob(32), 1234, 'local:0')", &err), &err);
	CHECK_OK(db_begin(db, &err), &err);
	CHECK_OK(schema_apply(db, migration_table, 6, 7, &err), &err);
	CHECK_OK(db_commit(db, &err), &err);
	CHECK_OK(store_plugin_list(db, &a, &all, &n, &err), &err);
	if (CHECK_UINT(n, 1)) {
		CHECK_STR(all[0].id, "mock");
		CHECK_INT(all[0].state, CATALOG_ENABLED);
		CHECK_INT(all[0].enabled_us, 1234);
		CHECK_STR(all[0].enabled_by, "local:0");
		CHECK(all[0].version == NULL);
		CHECK_STR(all[0].wants, "[]");
	}
	arena_fini(&a);
	db_close(db);
}

const struct unit_test store_plugin_tests[] = {
	{ "a row an id, the newest word holds", test_rows },
	{ "a state or digest that is none is refused", test_refused },
	{ "what was trusted before is enabled", test_trusted },
	{ NULL, NULL },
};
