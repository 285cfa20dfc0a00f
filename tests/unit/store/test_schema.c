/*
 * The schema: what it refuses by itself, how it comes about, and that every
 * index serves a statement while no statement walks a table that grows.
 */
#include "lib/samples.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "store/db.h"
#include "store/schema.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RUN_END(run_no, state, ended, percent)				\
	"INSERT INTO run_end (run_no, state, ended, attempts, last_seq, "	\
	"percent, inproc, truncated) VALUES (" run_no ", " state ", " ended	\
	", 1, 0, " percent ", 0, 0)"

/* Statements that must be refused, and what must be in the refusal. */
static const struct {
	const char *sql, *says;
} refused[] = {
	{ "UPDATE run_live SET state = 6", "CHECK" },
	{ "UPDATE run_live SET state = 0", "CHECK" },
	{ "UPDATE run_live SET state = 3", "CHECK" },
	{ "UPDATE run_live SET lease = 1", "CHECK" },
	{ "UPDATE run_live SET runtime = 'x'", "CHECK" },
	{ "UPDATE run_live SET percent = 101", "CHECK" },
	{ "UPDATE run_live SET percent = -1", "CHECK" },
	{ "UPDATE run_live SET plugin = NULL", "NOT NULL" },
	{ RUN_END("1", "5", "1", "0"), "CHECK" },
	{ RUN_END("1", "6", "NULL", "0"), "NOT NULL" },
	{ RUN_END("1", "6", "1", "101"), "CHECK" },
	{ RUN_END("99", "6", "1", "100"), "FOREIGN KEY" },
	{ "UPDATE run SET id = x'00'", "CHECK" },
	{ "UPDATE run SET scope_no = 99", "FOREIGN KEY" },
	{ "UPDATE run SET max_failures = 0", "CHECK" },
	{ "UPDATE run SET idempotent = 2", "CHECK" },
	{ "UPDATE run SET created = 'yesterday'", "INTEGER" },
	{ "DELETE FROM run", "FOREIGN KEY" },
	{ "DELETE FROM scope", "FOREIGN KEY" },
	{ "INSERT INTO event (run_no, seq, at, type, data) VALUES (1, 0, 1, 'x', '{}')", "CHECK" },
	{ "INSERT INTO event SELECT * FROM event", "UNIQUE" },
	{ "INSERT INTO run_live SELECT * FROM run_live", "UNIQUE" },
	{ "DELETE FROM owner", "FOREIGN KEY" },
	{ "UPDATE owner SET bytes = -1", "CHECK" },
	{ "INSERT INTO owner SELECT 99, name, 0 FROM owner", "UNIQUE" },
	{ "UPDATE run_count SET claimed = -1", "CHECK" },
	{ "UPDATE run_count SET owner_no = 99", "FOREIGN KEY" },
	{ "UPDATE run_stat SET queued = -1", "CHECK" },
	{ "UPDATE run_stat SET level = 4", "CHECK" },
	{ "INSERT INTO run_stat SELECT * FROM run_stat", "UNIQUE" },
	{ "INSERT INTO token (hash, principal, created, created_by) VALUES "
	    "(x'00', 'user:a', 1, 'x')", "CHECK" },
	{ "UPDATE audit SET action = 'x'", "never changed" },
	{ "DELETE FROM audit", "never removed" },
	{ "INSERT INTO audit SELECT seq, chain, at, op, principal, via, "
	    "action, permission, decision, target, detail, hash FROM audit",
	    "UNIQUE" },
	{ "INSERT INTO audit (chain, at, op, principal, action, decision, "
	    "hash) VALUES (1, 1, zeroblob(16), 'x', 'x', 6, zeroblob(32))",
	    "CHECK" },
	{ "INSERT INTO audit (chain, at, op, principal, action, decision, "
	    "hash) VALUES (1, 1, zeroblob(16), 'x', 'x', 1, x'00')",
	    "CHECK" },
};

static void
test_refused(void)
{
	struct core c;
	struct err err;
	size_t i;

	lab_start(&c);
	lab_run(&c, NULL, "/demo", NULL);
	lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	CHECK_INT(lab_report(&c, 1, lab_fence(&c, 1), 1), RH_OK);
	for (i = 0; i < ARRAY_LEN(refused); i++) {
		if (!CHECK_INT(db_script(ledger_db(c.ledger), refused[i].sql,
		    &err), RH_ECONFLICT) ||
		    !CHECK_HAS(err.msg, refused[i].says))
			unit_check(false, __FILE__, __LINE__, "%s",
			    refused[i].sql);
	}
	lab_fini(&c);
}

/* A file made by plain SQL; its path. */
static void
make_file(char path[400], const char *sql)
{
	sqlite3 *h = NULL;

	snprintf(path, 400, "%s/other.db", unit_tmpdir());
	unlink(path);
	CHECK_INT(sqlite3_open(path, &h), SQLITE_OK);
	CHECK_INT(sqlite3_exec(h, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(h);
}

static void
test_migrations(void)
{
	const struct migration *m;
	struct db *db;
	struct err err = { 0 };
	char path[400];
	int version = -1, last = 0;

	for (m = migration_table; m->version != 0; m++) {
		CHECK_INT(m->version, last + 1);
		last = m->version;
	}
	CHECK_INT(schema_newest(), last);
	snprintf(path, sizeof path, "%s/new.db", unit_tmpdir());
	CHECK_OK(db_open(path, DB_WRITER, NULL, &db, &err), &err);
	CHECK_OK(schema_version(db, &version, &err), &err);
	CHECK_INT(version, 0);
	CHECK_OK(schema_make(db, last, &err), &err);
	CHECK_OK(schema_version(db, &version, &err), &err);
	CHECK_INT(version, last);
	CHECK_OK(schema_check_references(db, &err), &err);
	db_close(db);
}

static void
test_newer(void)
{
	struct core c;
	struct err err = { 0 };
	char sql[64];

	lab_start(&c);
	lab_close(&c);
	snprintf(sql, sizeof sql, "PRAGMA user_version=%d",
	    schema_newest() + 1);
	lab_sql(&c, sql);
	CHECK_INT(lab_open(&c, &err), RH_EVERSION);
	CHECK_HAS(err.msg, "this host knows up to");
	lab_fini(&c);
}

static unsigned long
checksum(const char *path)
{
	unsigned char buf[65536];
	int fd = open(path, O_RDONLY);
	ssize_t i, n = read(fd, buf, sizeof buf);
	unsigned long sum = (unsigned long)n;

	close(fd);
	for (i = 0; i < n; i++)
		sum = sum * 31 + buf[i];
	return sum;
}

static void
test_foreign(void)
{
	static const enum db_mode modes[] = {
		DB_WRITER, DB_READER, DB_OFFLINE
	};
	struct db *db = NULL;
	struct err err = { 0 };
	char path[400];
	unsigned long before;
	size_t i;

	make_file(path, "CREATE TABLE shopping (item TEXT)");
	before = checksum(path);
	for (i = 0; i < ARRAY_LEN(modes); i++) {
		CHECK_INT(db_open(path, modes[i], NULL, &db, &err),
		    RH_EVERSION);
		CHECK_HAS(err.msg, "not a runhost ledger");
		CHECK(db == NULL);
		CHECK_INT(db_open(path, modes[i], NULL, &db, NULL),
		    RH_EVERSION);
	}
	CHECK_UINT(checksum(path), before);
}

static void
test_no_database(void)
{
	struct db *db = NULL;
	struct err err = { 0 };
	char path[400];
	FILE *f;

	snprintf(path, sizeof path, "%s/text", unit_tmpdir());
	f = fopen(path, "we");
	fputs("not a database, but long enough to look like one: "
	    "0123456789012345678901234567890123456789012345678901234567890",
	    f);
	fclose(f);
	CHECK_INT(db_open(path, DB_WRITER, NULL, &db, &err), RH_EIO);
	CHECK_HAS(err.msg, path);
	CHECK_INT(db_open("/nonexistent/x", DB_READER, NULL, &db, &err),
	    RH_EIO);
}

/* Query plans. */

#define TEXTS_MAX	256

struct plans {
	const char *sql[TEXTS_MAX];
	size_t	count;
	char	*all;		/* every line of every plan */
};

static void
collect(struct plans *p, sqlite3 *h)
{
	sqlite3_stmt *st = NULL;
	const char *sql;
	size_t i;

	while ((st = sqlite3_next_stmt(h, st)) != NULL) {
		sql = sqlite3_sql(st);
		for (i = 0; i < p->count && strcmp(p->sql[i], sql) != 0; i++)
			continue;
		if (i == p->count && i < TEXTS_MAX)
			p->sql[p->count++] = mem_strdup(sql);
	}
}

/* A plan's line that walks a table which grows with use. */
static bool
walks(const char *line, const char *sql)
{
	static const char *const tables[] = {
		"SCAN run", "SCAN r", "SCAN event", "SCAN audit",
		"SCAN checkpoint", "SCAN idem", "SCAN plugin_state",
		"SCAN token", "SCAN grants", "SCAN run_stat",
		"SCAN input_event", "SCAN scope", "SCAN transcript",
	};
	size_t i, n;

	/* The end of a table in the order of its key is no walk. */
	if (strstr(sql, "ORDER BY seq DESC LIMIT 1") != NULL)
		return false;
	/* token_list and grant_list show all. */
	if (strstr(sql, "ORDER BY token_no") != NULL ||
	    strstr(sql, "ORDER BY grant_no") != NULL)
		return false;
	for (i = 0; i < ARRAY_LEN(tables); i++) {
		n = strlen(tables[i]);
		if (strncmp(line, tables[i], n) == 0 &&
		    (line[n] == '\0' || line[n] == ' '))
			return true;
	}
	return false;
}

static void
explain(struct plans *p, sqlite3 *h, const char *sql)
{
	char *with = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql), *all;
	sqlite3_stmt *st = NULL;
	const char *line;

	if (sqlite3_prepare_v2(h, with, -1, &st, NULL) != SQLITE_OK) {
		sqlite3_free(with);
		return;		/* BEGIN and the like */
	}
	while (sqlite3_step(st) == SQLITE_ROW) {
		line = (const char *)sqlite3_column_text(st, 3);
		unit_check(!walks(line, sql), __FILE__, __LINE__, "%s: %s",
		    line, sql);
		all = mem_printf("%s%s\n", p->all, line);
		free(p->all);
		p->all = all;
	}
	sqlite3_finalize(st);
	sqlite3_free(with);
}

/* Everything that is asked of lists, beside the samples. */
static void
ask_more(struct core *c)
{
	struct caller alice = lab_user("user:alice");
	const char *id = NULL;

	lab_must(c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:operator\"}");
	lab_run(c, &alice, "/demo", &id);
	lab_must(c, &alice, "run_list", "{}");
	lab_must(c, &alice, "run_list", "{\"status\":\"PENDING\","
	    "\"extension_id\":\"demo\"}");
	lab_must(c, &alice, "run_counts", "{}");
	lab_shown(c, NULL, "run_list", "{}");
	lab_must(c, NULL, "run_list", "{\"status\":\"FAILED\"}");
	lab_must(c, NULL, "run_cleanup", "{\"dry_run\":true}");
	lab_must(c, NULL, "run_events_page", "{\"run_id\":\"%s\","
	    "\"direction\":\"backward\",\"before_cursor\":\"9\"}", id);
	lab_must(c, NULL, "run_create", "{\"runner\":\"demo\","
	    "\"conversation_id\":\"c\"}");
	lab_must(c, NULL, "artifact_list", "{\"conversation_id\":\"c\"}");
	lab_must(c, NULL, "audit_list", "{\"run_id\":\"%s\"}", id);
	lab_must(c, NULL, "audit_list", "{\"direction\":\"backward\"}");
	lab_must(c, NULL, "audit_export", "{\"after_cursor\":\"3\"}");
	lab_must(c, NULL, "permission_check", "{\"principal\":\"user:alice\","
	    "\"permission\":\"run_get\",\"run_id\":\"%s\"}", id);
}

static void
check_indexes(struct core *c, struct plans *p)
{
	sqlite3_stmt *st = NULL;
	const char *name;
	char uses[120];

	CHECK_INT(sqlite3_prepare_v2(c->writer_handle, "SELECT name FROM "
	    "sqlite_schema WHERE type = 'index' AND sql IS NOT NULL", -1, &st,
	    NULL), SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW) {
		name = (const char *)sqlite3_column_text(st, 0);
		snprintf(uses, sizeof uses, "INDEX %s", name);
		unit_check(strstr(p->all, uses) != NULL, __FILE__, __LINE__,
		    "no statement uses the index %s", name);
	}
	sqlite3_finalize(st);
}

static void
test_plans(void)
{
	struct plans p = { .all = mem_strdup("") };
	const struct sample *s;
	struct call *call;
	struct core c;
	size_t i;

	lab_start(&c);
	ask_more(&c);
	for (s = sample_table; s->action != NULL; s++) {
		call = sample_call(&c, s, NULL, NULL);
		lab_apply(&c, call);
		CHECK_OK(call->status, &call->err);
	}
	lab_check(&c, __FILE__, __LINE__);
	collect(&p, c.writer_handle);
	collect(&p, c.reader_handle);
	CHECK(p.count > 60);
	for (i = 0; i < p.count; i++)
		explain(&p, c.reader_handle, p.sql[i]);
	check_indexes(&c, &p);
	for (i = 0; i < p.count; i++)
		free((char *)p.sql[i]);
	free(p.all);
	lab_fini(&c);
}

/* A checkpoint that the writer tries by itself has nobody to tell. */
static void
test_full(void)
{
	struct db *db = NULL;
	struct err err;
	char path[400];

	snprintf(path, sizeof path, "%s/full", unit_tmpdir());
	CHECK_OK(db_open(path, DB_WRITER, NULL, &db, &err), &err);
	CHECK_OK(db_script(db, "CREATE TABLE t(x);"
	    "PRAGMA max_page_count = 2", &err), &err);
	CHECK_INT(db_script(db, "CREATE TABLE u(x)", &err), RH_EFULL);
	CHECK_HAS(err.hint, "make room");
	CHECK_INT(db_script(db, "CREATE TABLE u(x)", NULL), RH_EFULL);
	db_close(db);
}

const struct unit_test store_schema_tests[] = {
	{ "what breaks the schema's rules is refused by the schema",
	    test_refused },
	{ "migrations lead from nothing to the newest schema",
	    test_migrations },
	{ "a newer schema is refused", test_newer },
	{ "another program's database is refused, and left as it is",
	    test_foreign },
	{ "what is no database is refused", test_no_database },
	{ "a full disk is an error, told or not", test_full },
	{ "every index is used, no statement walks what grows", test_plans },
	{ NULL, NULL },
};
