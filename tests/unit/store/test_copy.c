/*
 * Copies of the ledger: whole, without tokens, and judged.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "store/copy.h"
#include "store/db.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void
copy_path(const struct core *c, char out[400])
{
	snprintf(out, 400, "%s/copy.db", c->dir);
}

/* Beside the ledger's writer, which stays open. */
static void
make(struct core *c, const char *to, const struct db_watch *w,
    rh_status want, struct err *err)
{
	struct db *db;

	CHECK_OK(db_open(c->db_path, DB_OFFLINE, NULL, &db, err), err);
	if (w != NULL)
		db_watch(db, w);
	CHECK_INT(copy_make(db, to, err), want);
	db_close(db);
}

static rh_status
check(const char *path, struct err *err)
{
	struct db *db = NULL;
	rh_status rc = db_open(path, DB_OFFLINE, NULL, &db, err);

	if (rc == RH_OK)
		rc = copy_check(db, err);
	db_close(db);
	return rc;
}

static void
script(const char *path, const char *sql)
{
	struct db *db;
	struct err err;

	CHECK_OK(db_open(path, DB_PRIVATE, NULL, &db, &err), &err);
	CHECK_OK(db_script(db, sql, &err), &err);
	db_close(db);
}

static void
strip(const char *path)
{
	struct db *db;
	struct err err;

	CHECK_OK(db_open(path, DB_PRIVATE, NULL, &db, &err), &err);
	CHECK_OK(copy_strip(db, &err), &err);
	db_close(db);
}

static bool
holds(const char *path, const void *what, size_t len)
{
	struct stat st = { .st_size = 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *all;
	bool found;

	CHECK(fd >= 0 && fstat(fd, &st) == 0);
	all = mem_alloc((size_t)st.st_size + 1);
	CHECK_INT(read(fd, all, (size_t)st.st_size), st.st_size);
	found = memmem(all, (size_t)st.st_size, what, len) != NULL;
	close(fd);
	free(all);
	return found;
}

static void
test_tokens(void)
{
	uint8_t hash[32];
	char path[400];
	struct core c;
	struct err err = { 0 };
	int64_t bytes;
	int i;

	lab_start(&c);
	for (i = 0; i < 60; i++)
		lab_token(&c, "user:alice", "");
	lab_run(&c, NULL, "/demo", NULL);
	CHECK_OK(copy_bytes(c.reader, &bytes, &err), &err);
	CHECK(bytes > 0);
	CHECK(str_unhex(str_of(lab_text(&c, "SELECT hex(hash) FROM token "
	    "WHERE token_no = 30")), hash, sizeof hash));
	copy_path(&c, path);
	make(&c, path, NULL, RH_OK, &err);
	CHECK(holds(path, hash, sizeof hash));
	CHECK_INT(check(path, &err), RH_EIO);
	CHECK_HAS(err.msg, "tokens");
	strip(path);
	CHECK(!holds(path, hash, sizeof hash));
	CHECK_OK(check(path, &err), &err);
	/* The ledger has kept its own, and goes on. */
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM token"), 60);
	lab_run(&c, NULL, "/demo", NULL);
	lab_fini(&c);
}

static bool
not_now(void *arg)
{
	++*(int *)arg;
	return false;
}

static void
test_stopped(void)
{
	char path[400];
	int asked = 0;
	const struct db_watch w = { not_now, &asked };
	struct core c;
	struct err err = { 0 };
	int i;

	lab_start(&c);
	for (i = 0; i < 300; i++)
		lab_run(&c, NULL, "/demo", NULL);
	copy_path(&c, path);
	make(&c, path, &w, RH_EIO, &err);
	CHECK_INT(asked, 1);
	lab_fini(&c);
}

static void
test_judged(void)
{
	static const struct {
		const char *sql, *says;
	} rows[] = {
		{ "DROP TRIGGER audit_no_delete", "triggers" },
		{ "CREATE TRIGGER t AFTER INSERT ON run BEGIN SELECT 1; END",
		    "triggers" },
		{ "CREATE TABLE more (a)", "triggers" },
		{ "PRAGMA user_version = 99", "99" },
		{ "PRAGMA user_version = 0", "empty" },
		{ "PRAGMA application_id = 1", "not a runhost" },
		{ "INSERT INTO token (hash, principal, created, created_by) "
		    "VALUES (zeroblob(32), 'user:a', 1, 'x')", "tokens" },
	};
	char path[400];
	struct core c;
	struct err err = { 0 };
	size_t i;

	lab_start(&c);
	copy_path(&c, path);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		unlink(path);
		make(&c, path, NULL, RH_OK, &err);
		CHECK_OK(check(path, &err), &err);
		script(path, rows[i].sql);
		CHECK(check(path, &err) != RH_OK);
		CHECK_HAS(err.msg, rows[i].says);
	}
	/* Never over what is there. */
	make(&c, path, NULL, RH_EIO, &err);
	CHECK_HAS(err.msg, "exists");
	lab_fini(&c);
}

const struct unit_test store_copy_tests[] = {
	{ "a copy is whole, and without any trace of tokens", test_tokens },
	{ "a copy ends when its watcher says so", test_stopped },
	{ "a copy that is not as it should be is refused by name",
	    test_judged },
	{ NULL, NULL }
};
