/*
 * The audit log, changed in every way that its table and files have: each
 * column's first, middle and last byte, its type, its absence; whole rows;
 * the WAL; the fields of an anchor.  Verifying names the first bad row, or
 * says that the chain ends before the anchor.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "audit/head.h"
#include "audit/verify.h"
#include "base/mem.h"
#include "store/db.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROWS	8

/* Bytes of a file. */
struct bytes {
	char	*p;
	size_t	len;
};

/* Rows that have a value in every column, each signed and anchored. */
struct log {
	struct core c;
	struct db *db;
	struct bytes file;	/* the database as nobody has touched it */
	struct bytes wal;	/* before it was copied into the database */
	struct bytes anchor;
	char	wal_path[310];
};

static void
bytes_read(struct bytes *b, const char *path)
{
	FILE *f = fopen(path, "re");

	free(b->p);
	*b = (struct bytes){ 0 };
	if (!CHECK(f != NULL))
		return;
	fseek(f, 0, SEEK_END);
	b->len = (size_t)ftell(f);
	rewind(f);
	b->p = mem_alloc(b->len + 1);
	CHECK_INT(fread(b->p, 1, b->len, f), b->len);
	fclose(f);
}

static void
bytes_write(const struct bytes *b, const char *path)
{
	FILE *f = fopen(path, "we");

	if (CHECK(f != NULL)) {
		CHECK_INT(fwrite(b->p, 1, b->len, f), b->len);
		fclose(f);
	}
}

static void
append(struct log *l, struct chain_head *h, struct signer *signer)
{
	struct audit_row row = { .at_us = h->at_us + US_PER_S, .op = h->op,
	    .principal = "plugin:hello", .via = "[\"user:ada\"]",
	    .action = "grant_add", .permission = "grant_add",
	    .decision = AUDIT_ALLOW, .target = "user:bob",
	    .detail = "{\"permission\":\"run_get\"}" };
	struct head_sig sig;
	struct err err;

	row.op.b[0] = 1;
	row.op.b[15]++;
	if (h->seq % 2 == 1)
		row.via = row.permission = row.target = row.detail = NULL;
	CHECK_OK(chain_append(l->db, h, &row, &err), &err);
	signer_sign(signer, h, h->at_us, &sig);
	CHECK_OK(anchor_append(l->c.anchor_path, &sig, &err), &err);
}

static void
log_open(struct log *l)
{
	struct chain_head h = { .chain = 1, .at_us = CORE_START };
	struct signer *signer;
	char key[300];
	struct err err;
	int i;

	memset(l, 0, sizeof *l);
	lab_start(&l->c);
	lab_close(&l->c);
	unlink(l->c.anchor_path);
	snprintf(l->wal_path, sizeof l->wal_path, "%s-wal", l->c.db_path);
	snprintf(key, sizeof key, "%s/key", l->c.dir);
	CHECK_OK(signer_open(key, &signer, &err), &err);
	signer_key(signer, l->c.key);
	lab_sql(&l->c, "DROP TRIGGER audit_no_update;"
	    "DROP TRIGGER audit_no_delete; DELETE FROM audit;"
	    "PRAGMA wal_checkpoint(TRUNCATE)");
	CHECK_OK(db_open(l->c.db_path, DB_WRITER, NULL, &l->db, &err), &err);
	for (i = 0; i < ROWS; i++)
		append(l, &h, signer);
	bytes_read(&l->wal, l->wal_path);
	bytes_read(&l->file, l->c.db_path);
	bytes_read(&l->anchor, l->c.anchor_path);
	db_close(l->db);
	signer_close(signer);
}

/* Without the types and checks of the table, which whoever edits it drops. */
static void
log_loosen(struct log *l)
{
	lab_sql(&l->c, "CREATE TABLE was AS SELECT * FROM audit;"
	    "DROP TABLE audit; CREATE TABLE audit(seq INTEGER PRIMARY KEY,"
	    " chain, at, op, principal, via, action, permission, decision,"
	    " target, detail, hash); INSERT INTO audit SELECT * FROM was;"
	    "DROP TABLE was; PRAGMA wal_checkpoint(TRUNCATE)");
	bytes_read(&l->file, l->c.db_path);
	l->wal.len = 0;
}

static void
log_restore(struct log *l)
{
	lab_wipe(&l->c);
	bytes_write(&l->file, l->c.db_path);
	if (l->wal.len > 0)
		bytes_write(&l->wal, l->wal_path);
	bytes_write(&l->anchor, l->c.anchor_path);
}

static void
log_close(struct log *l)
{
	lab_fini(&l->c);
	free(l->file.p);
	free(l->wal.p);
	free(l->anchor.p);
}

/* What verify says, or why there is nothing to verify; "" when all is well. */
static const char *
problem(struct log *l)
{
	const struct audit_check check = { .anchor = l->c.anchor_path,
	    .key = l->c.key };
	static struct audit_report r;
	static struct err err;
	struct db *db;
	rh_status rc;

	memset(&r, 0, sizeof r);
	rc = db_open(l->c.db_path, DB_OFFLINE, NULL, &db, &err);
	if (rc == RH_OK)
		rc = audit_verify(db, &check, &r, &err);
	db_close(db);
	if (rc != RH_OK)
		return err.msg;
	CHECK_INT(r.ok, r.problem[0] == '\0');
	return r.problem;
}

/* After the edit verify must have a word about the row. */
static void
expect_row(struct log *l, int row, const char *sql)
{
	char word[20];

	log_restore(l);
	lab_sql(&l->c, sql);
	snprintf(word, sizeof word, "row %d", row);
	if (!CHECK_HAS(problem(l), word))
		unit_check(false, __FILE__, __LINE__, "%s", sql);
}

/* The edits of a kind of column; # is its name. */
static const char *const number_edits[] = {
	"# + 1", "# - 1", "# + (1 << 24)", "# | (1 << 62)", "-#", "NULL",
	"CAST(# AS REAL)", "CAST(# AS TEXT)", "CAST(# AS BLOB)",
	/* the byte that is hashed is the same */
	"# + 256", "# + (1 << 32)", NULL
};
static const char *const text_edits[] = {
	"'~' || substr(#, 2)",
	"substr(#, 1, length(#) / 2) || '~' || substr(#, length(#) / 2 + 2)",
	"substr(#, 1, length(#) - 1) || '~'",
	"# || ' '", "substr(#, 1, length(#) - 1)", "substr(#, 2)", "''",
	"NULL", "CAST(# AS BLOB)", "# || char(0)", "# || char(0) || 'more'",
	"char(0) || #", "1", "1.5", NULL
};
static const char *const blob_edits[] = {
	"CAST(x'fe' || substr(#, 2) AS BLOB)",
	"CAST(substr(#, 1, 7) || x'fe' || substr(#, 9) AS BLOB)",
	"CAST(substr(#, 1, length(#) - 1) || x'fe' AS BLOB)",
	"CAST(# || x'00' AS BLOB)", "CAST(substr(#, 1, length(#) - 1) AS BLOB)",
	"CAST(# AS TEXT)", "zeroblob(length(#))", "x''", "NULL", "1", NULL
};
/* Of what is absent. */
static const char *const absent_edits[] = {
	"''", "'x'", "x''", "0", NULL
};

static const struct {
	const char *name;
	const char *const *edits;
	bool	may_be_absent;
} column_table[] = {
	{ "chain", number_edits, false },
	{ "at", number_edits, false },
	{ "op", blob_edits, false },
	{ "principal", text_edits, false },
	{ "via", text_edits, true },
	{ "action", text_edits, false },
	{ "permission", text_edits, true },
	{ "decision", number_edits, false },
	{ "target", text_edits, true },
	{ "detail", text_edits, true },
	{ "hash", blob_edits, false },
};

/* "UPDATE audit SET c = EDIT WHERE seq = row", with the name for each #. */
static void
edit_column(struct log *l, const char *name, const char *edit, int row)
{
	char sql[400];
	int n = snprintf(sql, sizeof sql, "UPDATE audit SET %s = ", name);

	for (; *edit != '\0'; edit++)
		n += snprintf(sql + n, sizeof sql - (size_t)n, "%.*s",
		    *edit == '#' ? (int)strlen(name) : 1,
		    *edit == '#' ? name : edit);
	snprintf(sql + n, sizeof sql - (size_t)n, " WHERE seq = %d", row);
	expect_row(l, row, sql);
}

static void
test_columns(void)
{
	static const int full_rows[] = { 1, 5, 7 };
	const char *const *edit;
	struct log l;
	size_t i, k;

	log_open(&l);
	log_loosen(&l);
	for (i = 0; i < ARRAY_LEN(column_table); i++) {
		for (edit = column_table[i].edits; *edit != NULL; edit++)
			for (k = 0; k < ARRAY_LEN(full_rows); k++)
				edit_column(&l, column_table[i].name, *edit,
				    full_rows[k]);
		if (!column_table[i].may_be_absent)
			continue;
		for (edit = absent_edits; *edit != NULL; edit++)
			edit_column(&l, column_table[i].name, *edit, 4);
	}
	log_restore(&l);
	CHECK_STR(problem(&l), "");
	log_close(&l);
}

static void
test_rows(void)
{
	char sql[300];
	struct log l;
	int i, k;

	log_open(&l);
	log_loosen(&l);
	for (i = 1; i < ROWS; i++) {
		snprintf(sql, sizeof sql, "DELETE FROM audit WHERE seq = %d",
		    i);
		expect_row(&l, i, sql);
		for (k = i + 1; k <= ROWS; k++) {
			snprintf(sql, sizeof sql,
			    "UPDATE audit SET seq = 99 WHERE seq = %d;"
			    "UPDATE audit SET seq = %d WHERE seq = %d;"
			    "UPDATE audit SET seq = %d WHERE seq = 99",
			    i, i, k, k);
			expect_row(&l, i, sql);
		}
	}
	expect_row(&l, 0, "INSERT INTO audit SELECT 0, chain, at, op, "
	    "principal, via, action, permission, decision, target, detail, "
	    "hash FROM audit WHERE seq = 1");
	expect_row(&l, -3, "UPDATE audit SET seq = -3 WHERE seq = 4");
	expect_row(&l, 9, "INSERT INTO audit SELECT 9, chain, at, op, "
	    "principal, via, action, permission, decision, target, detail, "
	    "hash FROM audit WHERE seq = 8");
	log_close(&l);
}

static void
test_tails(void)
{
	char sql[100], says[100];
	struct log l;
	int i;

	log_open(&l);
	for (i = 1; i <= ROWS; i++) {
		log_restore(&l);
		snprintf(sql, sizeof sql, "DELETE FROM audit WHERE seq >= %d",
		    i);
		lab_sql(&l.c, sql);
		snprintf(says, sizeof says, "the chain ends before the "
		    "anchor: row %d was signed, the last one is %d", i,
		    i - 1);
		CHECK_STR(problem(&l), says);
	}
	log_close(&l);
}

/* Each frame of the WAL is summed up with those before it. */
static void
test_wal(void)
{
	struct log l;
	size_t at;
	char byte;
	int n = 0;

	log_open(&l);
	CHECK(l.wal.len > 4096);
	log_restore(&l);
	CHECK_STR(problem(&l), "");
	/* All of the two heads, and then some of each page. */
	for (at = 0; at < l.wal.len; at += at < 56 ? 1 : 509, n++) {
		byte = l.wal.p[at];
		l.wal.p[at] ^= 1 << at % 8;
		log_restore(&l);
		if (!CHECK_HAS(problem(&l), "ends before the anchor"))
			unit_check(false, __FILE__, __LINE__, "byte %zu", at);
		l.wal.p[at] = byte;
	}
	CHECK(n > 100);
	l.wal.len = 0;
	log_restore(&l);
	CHECK_HAS(problem(&l), "ends before the anchor");
	log_close(&l);
}

/* Another letter or digit of the same kind. */
static char
other(char c)
{
	if (isdigit((unsigned char)c))
		return c == '9' ? '1' : '9';
	return c == 'a' ? 'b' : 'a';
}

/* Changes a field's value, at its first, middle or last character. */
static void
edit_field(struct log *l, const char *line, const char *field, int where)
{
	char word[32], *from;
	size_t len;

	snprintf(word, sizeof word, "\"%s\":", field);
	from = strstr(line, word) + strlen(word);
	from += *from == '"';
	len = strspn(from, "0123456789abcdef");
	from += where == 0 ? 0 : where == 1 ? len / 2 : len - 1;
	*from = other(*from);
	log_restore(l);
	CHECK_HAS(problem(l), "line 4");
	bytes_write(&l->anchor, l->c.anchor_path);
}

static void
test_anchor(void)
{
	static const char *const fields[] = { "chain", "seq", "at", "hash",
	    "signature", "key" };
	char *whole, *line;
	struct log l;
	size_t i;
	int k;

	log_open(&l);
	l.anchor.p[l.anchor.len] = '\0';
	whole = mem_strdup(l.anchor.p);
	for (line = l.anchor.p, i = 0; i < 3; i++)
		line = strchr(line, '\n') + 1;
	for (i = 0; i < ARRAY_LEN(fields); i++) {
		for (k = 0; k < 3; k++) {
			edit_field(&l, line, fields[i], k);
			memcpy(l.anchor.p, whole, l.anchor.len);
		}
	}
	free(whole);
	log_close(&l);
}

const struct unit_test audit_tamper_tests[] = {
	{ "W12: any byte, type or absence of any column is found at its row",
	    test_columns },
	{ "W12: a row removed, swapped or put in is named", test_rows },
	{ "a cut tail ends before the anchor, wherever it is cut",
	    test_tails },
	{ "a changed byte of the WAL ends the chain before the anchor",
	    test_wal },
	{ "any field of an anchor's head is found at its line", test_anchor },
	{ NULL, NULL },
};
