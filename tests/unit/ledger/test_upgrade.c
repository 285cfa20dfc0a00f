/*
 * A schema that is newer than the ledger's: the backup before it, what is
 * left when it fails or the host is killed, and the row.  The migrations are
 * those of the program and one more.
 */
#include "lib/core.h"
#include "lib/faultvfs.h"
#include "lib/unit.h"

#include "audit/backup.h"
#include "base/fault.h"
#include "base/log.h"
#include "store/schema.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Made anew, as a column's check can't be changed; runs refer to it. */
static const char good[] =
"CREATE TABLE owner_new ("
"	owner_no INTEGER PRIMARY KEY,"
"	name	TEXT NOT NULL UNIQUE,"
"	bytes	INTEGER NOT NULL DEFAULT 0 CHECK (bytes > -1),"
"	note	TEXT"
") STRICT;"
"INSERT INTO owner_new (owner_no, name, bytes)"
" SELECT owner_no, name, bytes FROM owner;"
"DROP TABLE owner;"
"ALTER TABLE owner_new RENAME TO owner;";
static const char wrong[] = "CREATE TABLE extra (n INTEGER) STRICT; nonsense";
static const char dangling[] = "DELETE FROM owner";

#define TABLE_MAX	32

/* *next: the version of the migration that the program doesn't know. */
static const struct migration *
with(const char *sql, int *next)
{
	static struct migration table[TABLE_MAX + 2];
	int n = schema_newest();

	if (!CHECK(n <= TABLE_MAX))
		abort();
	memcpy(table, migration_table, (size_t)n * sizeof table[0]);
	table[n] = (struct migration){ n + 1, "one more", sql };
	table[n + 1] = (struct migration){ 0, NULL, NULL };
	*next = n + 1;
	return table;
}

struct upgraded {
	struct core c;
	int	next;
	int64_t	run;
	char	backup[400];	/* that will be made */
};

/* A closed ledger of the program's schema, with a run and a token in it. */
static void
begin(struct upgraded *t)
{
	log_level_set(LOG_ERROR);
	with(good, &t->next);
	lab_start(&t->c);
	t->run = lab_run(&t->c, NULL, "/demo", NULL);
	lab_token(&t->c, "user:alice", "");
	snprintf(t->backup, sizeof t->backup, "%s/before-schema-%d-row-%lld.db",
	    t->c.dir, t->next, (long long)lab_number(&t->c,
	    "SELECT max(seq) FROM audit"));
	lab_close(&t->c);
}

static int64_t
rows(struct core *c)
{
	return lab_number(c, "SELECT count(*) FROM audit"
	    " WHERE action = 'host_migrate'");
}

/* All is as it was, and a part of a backup isn't left. */
static void
check_unchanged(struct upgraded *t)
{
	char part[420];

	CHECK_INT(lab_number(&t->c, "PRAGMA user_version"), t->next - 1);
	CHECK_INT(rows(&t->c), 0);
	snprintf(part, sizeof part, "%s.part", t->backup);
	CHECK(access(part, F_OK) != 0);
}

/* Opens with the good migration; what came before doesn't matter. */
static void
finish(struct upgraded *t)
{
	struct core *c = &t->c;
	struct backup b = { .seq = 0 };
	struct err err = { 0 };
	int on = 0, next;

	c->migrations = with(good, &next);
	if (!CHECK_OK(lab_open(c, &err), &err))
		return;
	CHECK_INT(lab_number(c, "PRAGMA user_version"), next);
	CHECK_INT(rows(c), 1);
	CHECK_STR(lab_text(c, "SELECT detail ->> 'backup' ->> 'file' FROM audit"
	    " WHERE action = 'host_migrate'"), t->backup);
	CHECK_OK(backup_check(t->backup, NULL, &b, &err), &err);
	CHECK_INT(b.seq, lab_number(c, "SELECT detail ->> 'backup' ->> 'seq'"
	    " FROM audit WHERE action = 'host_migrate'"));
	sqlite3_db_config(c->writer_handle, SQLITE_DBCONFIG_ENABLE_FKEY, -1,
	    &on);
	CHECK_INT(on, 1);
	CHECK_STR(lab_state(c, t->run), "queued");
	CHECK(lab_run(c, NULL, "/demo", NULL) > t->run);
	CORE_CHECK(c);
	/* It is on record once, and done. */
	lab_restart(c);
	CHECK_INT(rows(c), 1);
	log_level_set(LOG_INFO);
}

static void
test_done(void)
{
	struct upgraded t;

	begin(&t);
	CHECK(access(t.backup, F_OK) != 0);
	finish(&t);
	/* A program without it keeps away. */
	lab_close(&t.c);
	t.c.migrations = NULL;
	CHECK_INT(lab_open(&t.c, &(struct err){ 0 }), RH_EVERSION);
	lab_fini(&t.c);
}

/* The backup of a failed upgrade is what the next one goes on with. */
static void
test_failed(void)
{
	static const char *const bad[] = { wrong, dangling };
	struct stat before, after;
	struct upgraded t;
	struct err err = { 0 };
	size_t i;

	begin(&t);
	for (i = 0; i < 2; i++) {
		t.c.migrations = with(bad[i], &t.next);
		CHECK_INT(lab_open(&t.c, &err), RH_EIO);
		check_unchanged(&t);
		CHECK_INT(lab_number(&t.c, "SELECT count(*) FROM sqlite_schema"
		    " WHERE name = 'extra'"), 0);
	}
	CHECK_HAS(err.msg, "refers");
	CHECK_INT(stat(t.backup, &before), 0);
	finish(&t);
	CHECK_INT(stat(t.backup, &after), 0);
	CHECK_INT(after.st_ino, before.st_ino);
	lab_fini(&t.c);
}

/* Nothing is written over a file that isn't the backup of this ledger. */
static void
test_in_the_way(void)
{
	struct upgraded t;
	struct err err = { 0 };
	FILE *f;

	begin(&t);
	t.c.migrations = with(good, &t.next);
	f = fopen(t.backup, "w");
	if (CHECK(f != NULL))
		fclose(f);
	CHECK(lab_open(&t.c, &err) != RH_OK);
	CHECK_HAS(err.msg, t.backup);
	CHECK_HAS(err.hint, "move it away");
	check_unchanged(&t);
	unlink(t.backup);
	finish(&t);
	lab_fini(&t.c);
}

/* Wherever the copy is at. */
static void
test_full(void)
{
	struct fault_plan plan = { .ops = FAULT_WRITE, .for_ever = true,
	    .full = true, .only = ".part" };
	struct upgraded t;
	struct err err = { 0 };

	faultvfs_register();
	begin(&t);
	t.c.migrations = with(good, &t.next);
	t.c.vfs = FAULTVFS_NAME;
	for (plan.nth = 1; plan.nth <= 3; plan.nth++) {
		faultvfs_plan(&plan);
		CHECK_INT(lab_open(&t.c, &err), RH_EFULL);
		CHECK(faultvfs_hits() > 0);
		CHECK_HAS(err.msg, t.backup);
		CHECK_HAS(err.hint, "make room");
		check_unchanged(&t);
		CHECK(access(t.backup, F_OK) != 0);
	}
	faultvfs_plan(NULL);
	finish(&t);
	lab_fini(&t.c);
}

/* Its start is killed at the fault point, which it must reach. */
static void
kill_at(struct core *c, const char *point)
{
	const struct rlimit no_core = { 0, 0 };
	int status = 0;
	char spec[80];
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		snprintf(spec, sizeof spec, "%s:1:kill", point);
		setenv("RUNHOST_FAULT", spec, 1);
		fault_init();
		lab_open(c, &(struct err){ 0 });
		_exit(0);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	if (!CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
		fprintf(stderr, "# %s was not reached\n", point);
}

static void
test_killed(void)
{
	struct upgraded t;
	size_t i, n = 0;

	for (i = 0; fault_table[i] != NULL; i++) {
		if (strncmp(fault_table[i], "upgrade.", 8) != 0)
			continue;
		begin(&t);
		t.c.migrations = with(good, &t.next);
		kill_at(&t.c, fault_table[i]);
		finish(&t);
		lab_close(&t.c);
		lab_wipe(&t.c);
		unlink(t.backup);
		lab_fini(&t.c);
		n++;
	}
	CHECK_UINT(n, 4);
}

const struct unit_test ledger_upgrade_tests[] = {
	{ "a ledger gets a newer schema after a backup, and records it",
	    test_done },
	{ "an upgrade that fails changes nothing", test_failed },
	{ "a backup before an upgrade is written over nothing",
	    test_in_the_way },
	{ "an upgrade without room for the backup changes nothing",
	    test_full },
	{ "an upgrade that is killed anywhere is finished by the next start",
	    test_killed },
	{ NULL, NULL }
};
