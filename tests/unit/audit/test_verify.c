/*
 * The audit log under the hands of somebody who may write its files.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "audit/head.h"
#include "audit/verify.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/store_audit.h"

#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROWS	8

/* A ledger with some rows, each of them signed and anchored. */
struct log {
	struct core c;
	struct signer *signer;
};

static void
anchor(struct log *l)
{
	struct head_sig h;
	struct err err;

	signer_sign(l->signer, gate_head(ledger_gate(l->c.ledger)),
	    l->c.clock.wall, &h);
	CHECK_OK(anchor_append(l->c.anchor_path, &h, &err), &err);
}

static void
log_open(struct log *l)
{
	char key[300];
	struct err err;
	int i;

	lab_start(&l->c);
	lab_wipe(&l->c);
	unlink(l->c.anchor_path);
	lab_restart(&l->c);
	l->c.anchor = l->c.anchor_path;
	snprintf(key, sizeof key, "%s/key", l->c.dir);
	CHECK_OK(signer_open(key, &l->signer, &err), &err);
	signer_key(l->signer, l->c.key);
	for (i = 1; i < ROWS; i++) {
		clock_fake_advance(&l->c.clock, US_PER_S);
		lab_must(&l->c, NULL, "grant_add", "{\"grantee\":\"user:u%d\","
		    "\"permission\":\"run_get\"}", i);
		anchor(l);
	}
}

static void
log_close(struct log *l)
{
	signer_close(l->signer);
	lab_fini(&l->c);
}

/* What verify says; "" when all is well. */
static const char *
problem(struct log *l, struct audit_report *r)
{
	const struct audit_check check = { .anchor = l->c.anchor_path,
	    .key = l->c.key };
	struct db *db;
	struct err err;

	lab_close(&l->c);
	memset(r, 0, sizeof *r);
	if (CHECK_OK(db_open(l->c.db_path, DB_OFFLINE, NULL, &db, &err), &err))
		CHECK_OK(audit_verify(db, &check, r, &err), &err);
	db_close(db);
	return r->problem;
}

static void
tamper(struct log *l, const char *sql)
{
	lab_close(&l->c);
	lab_sql(&l->c, "DROP TRIGGER audit_no_update;"
	    "DROP TRIGGER audit_no_delete;");
	lab_sql(&l->c, sql);
}

static void
test_good(void)
{
	struct log l;
	struct audit_report r;

	log_open(&l);
	CHECK_STR(problem(&l, &r), "");
	CHECK(r.ok);
	CHECK_INT(r.rows, ROWS);
	CHECK_INT(r.witnessed_seq, ROWS);
	CHECK_INT(r.heads, ROWS - 1);
	log_close(&l);
}

static void
test_columns(void)
{
	static const char *const edits[] = {
		"chain = 2", "at = at + 1", "at = at - 1000000000",
		"op = randomblob(16)", "principal = 'user:eve'",
		"via = '[]'", "action = 'grant_remove'",
		"permission = NULL", "decision = 2", "target = NULL",
		"target = 'user:eve'", "detail = '{}'", "detail = NULL",
		"hash = zeroblob(32)",
	};
	struct audit_report r;
	struct log l;
	char sql[200];
	size_t i;

	for (i = 0; i < ARRAY_LEN(edits); i++) {
		log_open(&l);
		snprintf(sql, sizeof sql, "UPDATE audit SET %s WHERE seq = 4",
		    edits[i]);
		tamper(&l, sql);
		if (!CHECK_HAS(problem(&l, &r), "row 4"))
			unit_check(false, __FILE__, __LINE__, "%s", edits[i]);
		CHECK(!r.ok);
		CHECK_INT(r.rows, 3);
		log_close(&l);
	}
}

static void
test_rows(void)
{
	static const struct {
		const char *sql, *says;
	} edits[] = {
		{ "DELETE FROM audit WHERE seq = 4", "row 4 is missing" },
		{ "DELETE FROM audit WHERE seq = 1", "row 1 is missing" },
		{ "UPDATE audit SET seq = 99 WHERE seq = 4",
		    "row 4 is missing" },
		{ "UPDATE audit SET seq = 99 WHERE seq = 4;"
		    "UPDATE audit SET seq = 4 WHERE seq = 5;"
		    "UPDATE audit SET seq = 5 WHERE seq = 99", "row 4" },
		{ "DELETE FROM audit WHERE seq > 6",
		    "ends before the anchor: row 7" },
		{ "DELETE FROM audit", "ends before the anchor" },
	};
	struct audit_report r;
	struct log l;
	size_t i;

	for (i = 0; i < ARRAY_LEN(edits); i++) {
		log_open(&l);
		tamper(&l, edits[i].sql);
		CHECK_HAS(problem(&l, &r), edits[i].says);
		CHECK(!r.ok);
		log_close(&l);
	}
}

static void
test_triggers(void)
{
	struct core c;

	lab_start(&c);
	CHECK_INT(db_script(ledger_db(c.ledger), "UPDATE audit SET target = "
	    "NULL", NULL), RH_ECONFLICT);
	CHECK_INT(db_script(ledger_db(c.ledger), "DELETE FROM audit", NULL),
	    RH_ECONFLICT);
	lab_fini(&c);
}

/* Somebody who computes all hashes anew is found by the anchor. */
static void
test_rewritten(void)
{
	struct audit_report r;
	struct audit_row row;
	struct chain_head h = { .chain = 1 };
	struct arena a;
	struct db *db;
	struct log l;
	struct err err;
	bool found;
	int64_t seq;

	log_open(&l);
	tamper(&l, "UPDATE audit SET principal = 'user:eve' WHERE seq = 4;"
	    "CREATE TABLE was AS SELECT * FROM audit; DELETE FROM audit");
	CHECK_OK(db_open(l.c.db_path, DB_WRITER, NULL, &db, &err), &err);
	arena_init(&a);
	for (seq = 1; seq <= ROWS; seq++) {
		CHECK_OK(db_script(db, "INSERT INTO audit SELECT * FROM was "
		    "ORDER BY seq LIMIT 1; DELETE FROM was WHERE seq = "
		    "(SELECT min(seq) FROM was)", &err), &err);
		CHECK_OK(store_audit_get(db, seq, &a, &row, &found, &err),
		    &err);
		CHECK_OK(db_script(db, "DELETE FROM audit WHERE seq = "
		    "(SELECT max(seq) FROM audit)", &err), &err);
		CHECK_OK(chain_append(db, &h, &row, &err), &err);
	}
	arena_fini(&a);
	db_close(db);
	CHECK_HAS(problem(&l, &r),
	    "row 4 has another hash than the one that was signed");
	CHECK_INT(r.witnessed_seq, 3);
	log_close(&l);
}

/* Replaces the anchor file by what the command makes of it. */
static void
edit_anchor(struct log *l, const char *command)
{
	char cmd[1500];

	snprintf(cmd, sizeof cmd, "cd '%s' && %s anchor > anchor.new && "
	    "mv anchor.new anchor", l->c.dir, command);
	CHECK_INT(system(cmd), 0);
}

/* A log that is longer than what one transaction reads. */
static void
append_rows(struct log *l, int n)
{
	struct chain_head h;
	struct audit_row row;
	struct db *db;
	struct err err;

	CHECK_OK(db_open(l->c.db_path, DB_WRITER, NULL, &db, &err), &err);
	CHECK_OK(db_begin(db, &err), &err);
	CHECK_OK(chain_load(db, &h, &err), &err);
	while (n-- > 0) {
		row = (struct audit_row){ .at_us = h.at_us, .op = h.op,
		    .principal = "system", .action = "host_mark",
		    .decision = AUDIT_ALLOW };
		if (!CHECK_OK(chain_append(db, &h, &row, &err), &err))
			break;
	}
	CHECK_OK(db_commit(db, &err), &err);
	db_close(db);
}

static int
count_begins(unsigned what, void *arg, void *st, void *sql)
{
	(void)what;
	(void)sql;
	*(int *)arg += strcmp(sqlite3_sql(st), "BEGIN") == 0;
	return 0;
}

static void
test_pages(void)
{
	struct audit_report r;
	atomic_bool stop = false;
	struct audit_check check;
	struct err err = { 0 };
	struct log l;
	int begins = 0;

	log_open(&l);
	lab_close(&l.c);
	append_rows(&l, 20000);
	lab_restart(&l.c);
	anchor(&l);
	check = (struct audit_check){ l.c.anchor_path, l.c.key, &stop };
	sqlite3_trace_v2(l.c.reader_handle, SQLITE_TRACE_STMT, count_begins,
	    &begins);
	CHECK_OK(audit_verify(l.c.reader, &check, &r, &err), &err);
	CHECK_STR(r.problem, "");
	CHECK_INT(r.rows, ROWS + 20001);
	CHECK_INT(r.witnessed_seq, ROWS + 20001);
	CHECK_INT(begins, 3);
	stop = true;
	CHECK_INT(audit_verify(l.c.reader, &check, &r, &err), RH_ECANCELED);
	CHECK_INT(r.rows, 1);
	log_close(&l);
}

/* Heads may stand twice in an anchor, and out of order. */
static void
test_shuffled(void)
{
	struct audit_report r;
	struct log l;

	log_open(&l);
	edit_anchor(&l, "sed -n '5p;2p;2p;p'");
	CHECK_STR(problem(&l, &r), "");
	CHECK_INT(r.heads, ROWS - 1 + 3);
	CHECK_INT(r.witnessed_seq, ROWS);
	log_close(&l);
}

static void
test_old_copy(void)
{
	struct audit_report r;
	struct err err = { 0 };
	struct log l;
	char cmd[900];

	log_open(&l);
	lab_close(&l.c);
	snprintf(cmd, sizeof cmd, "cp '%s' '%s.old'", l.c.db_path,
	    l.c.db_path);
	CHECK_INT(system(cmd), 0);
	lab_restart(&l.c);
	anchor(&l);
	lab_close(&l.c);
	snprintf(cmd, sizeof cmd, "cp '%s.old' '%s'", l.c.db_path,
	    l.c.db_path);
	CHECK_INT(system(cmd), 0);
	CHECK_HAS(problem(&l, &r), "ends before the anchor: row 9");
	CHECK_INT(lab_open(&l.c, &err), RH_EIO);
	CHECK_HAS(err.msg, "ends before its anchor");
	CHECK_HAS(err.hint, "--accept-loss");
	log_close(&l);
}

static void
test_accept_loss(void)
{
	struct audit_report r;
	struct err err = { 0 };
	struct log l;

	log_open(&l);
	tamper(&l, "DELETE FROM audit WHERE seq > 6");
	CHECK_INT(lab_open(&l.c, &err), RH_EIO);
	l.c.accept_loss = true;
	CHECK_OK(lab_open(&l.c, &err), &err);
	CHECK_STR(lab_text(&l.c, "SELECT action || ' ' || chain || ' ' || "
	    "detail FROM audit WHERE seq = 7"),
	    "host_accept_loss 2 {\"anchored_seq\":8}");
	anchor(&l);
	l.c.accept_loss = false;
	lab_restart(&l.c);
	CHECK_STR(problem(&l, &r), "");
	CHECK_INT(r.witnessed_seq, 8);
	log_close(&l);
}

static void
test_anchor_edited(void)
{
	static const struct {
		const char *command, *says;
	} edits[] = {
		{ "sed '3s/\"at\":1/\"at\":2/'", "line 3: the signature" },
		{ "sed '3s/\"seq\":4/\"seq\":3/'", "line 3: the signature" },
		{ "sed '2s/\"hash\":\"..../\"hash\":\"0000/'",
		    "line 2: the signature" },
		{ "sed '2s/.*/{}/'", "line 2 is not a signed head" },
		{ "sed '2s/$/x/'", "line 2 is not a signed head" },
		{ "sed '2s/^/\\x00/'", "line 2 is not a signed head" },
		{ "sh -c 'tr \"\\n\" \"\\0\" < $0; echo'", "line 1 is not" },
	};
	struct audit_report r;
	struct log l;
	size_t i;

	for (i = 0; i < ARRAY_LEN(edits); i++) {
		log_open(&l);
		edit_anchor(&l, edits[i].command);
		CHECK_HAS(problem(&l, &r), edits[i].says);
		CHECK(!r.ok);
		log_close(&l);
	}
}

static void
test_anchor_torn(void)
{
	struct audit_report r;
	struct log l;

	log_open(&l);
	edit_anchor(&l, "head -c -20");
	CHECK_STR(problem(&l, &r), "");
	CHECK_INT(r.witnessed_seq, ROWS - 1);
	lab_restart(&l.c);
	anchor(&l);
	CHECK_STR(problem(&l, &r), "");
	CHECK_INT(r.witnessed_seq, ROWS + 1);
	log_close(&l);
}

/* The hash of a row, from the words of chain.h and nothing of its code. */
static void
put(uint8_t **p, const void *bytes, size_t len)
{
	memcpy(*p, bytes, len);
	*p += len;
}

static void
put_u64(uint8_t **p, int64_t v)
{
	uint64_t u = (uint64_t)v;
	uint8_t b[8] = { u & 255, u >> 8 & 255, u >> 16 & 255, u >> 24 & 255,
	    u >> 32 & 255, u >> 40 & 255, u >> 48 & 255, u >> 56 & 255 };

	put(p, b, 8);
}

static void
put_field(uint8_t **p, const void *bytes, size_t len)
{
	uint8_t b[4] = { len & 255, len >> 8 & 255, len >> 16 & 255,
	    len >> 24 & 255 };

	if (bytes == NULL)
		memset(b, 255, sizeof b);
	put(p, b, 4);
	if (bytes != NULL)
		put(p, bytes, len);
}

static void
put_text(uint8_t **p, const char *s)
{
	put_field(p, s, s != NULL ? strlen(s) : 0);
}

static void
test_hash(void)
{
	const struct audit_row r = {
		.chain = 1, .seq = 258, .at_us = 1800000000000001,
		.op = { { 1, 2, 3 } }, .principal = "user:alice",
		.action = "run_get", .permission = "", .decision = AUDIT_DENY,
		.target = "run_x", .detail = "{\"a\":1}",
	};
	uint8_t prev[HASH_LEN], got[HASH_LEN], want[HASH_LEN], all[1024];
	uint8_t *p = all;

	memset(prev, 7, sizeof prev);
	put(&p, "rh1", 3);
	put_u64(&p, 1);
	put_u64(&p, 258);
	put(&p, prev, sizeof prev);
	put_u64(&p, 1800000000000001);
	put_field(&p, r.op.b, 16);
	put_text(&p, "user:alice");
	put_text(&p, NULL);
	put_text(&p, "run_get");
	put_text(&p, "");
	put_field(&p, "\2", 1);
	put_text(&p, "run_x");
	put_text(&p, "{\"a\":1}");
	crypto_generichash(want, sizeof want, all, (size_t)(p - all), NULL, 0);
	chain_hash(&r, prev, got);
	CHECK_BYTES(got, want, sizeof want);
}

static void
test_key(void)
{
	struct signer *s, *again;
	struct chain_head c = { .chain = 1, .seq = 3 };
	struct head_sig h, h2;
	struct err err = { 0 };
	uint8_t key[HEAD_KEY_LEN], read[HEAD_KEY_LEN];
	char path[300];

	snprintf(path, sizeof path, "%s/key", unit_tmpdir());
	CHECK_INT(signer_key_read(path, read, &err), RH_ENOENT);
	CHECK_OK(signer_open(path, &s, &err), &err);
	CHECK_OK(signer_open(path, &again, &err), &err);
	signer_sign(s, &c, 5, &h);
	signer_sign(again, &c, 5, &h2);
	signer_key(s, key);
	CHECK_OK(signer_key_read(path, read, &err), &err);
	CHECK_BYTES(read, key, sizeof key);
	CHECK_OK(head_verify(&h, key, &err), &err);
	CHECK_BYTES(h.signature, h2.signature, sizeof h.signature);
	h.seq++;
	CHECK_INT(head_verify(&h, key, &err), RH_EIO);
	signer_close(again);
	signer_close(s);
	chmod(path, 0644);
	CHECK_INT(signer_open(path, &s, &err), RH_EIO);
	CHECK_HAS(err.msg, "only its owner");
	chmod(path, 0600);
	CHECK_INT(truncate(path, 10), 0);
	CHECK_INT(signer_open(path, &s, &err), RH_EIO);
}

const struct unit_test audit_verify_tests[] = {
	{ "a good log verifies up to its last head", test_good },
	{ "a row's hash is that of chain.h's words", test_hash },
	{ "an edit of any column is found at its row", test_columns },
	{ "a row removed, moved or cut off is named", test_rows },
	{ "W12: rows are neither updated nor deleted", test_triggers },
	{ "a log whose hashes were computed anew is not what was signed",
	    test_rewritten },
	{ "an older copy ends before its anchor, and doesn't start",
	    test_old_copy },
	{ "a long log is read in pages, and can be left", test_pages },
	{ "an anchor's heads may stand in any order", test_shuffled },
	{ "a loss that is accepted begins a new chain", test_accept_loss },
	{ "an edited anchor is named by line", test_anchor_edited },
	{ "an anchor line cut by a crash is passed over", test_anchor_torn },
	{ "the key is made once, and kept from others", test_key },
	{ NULL, NULL },
};
