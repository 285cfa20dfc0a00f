/*
 * Signed heads, the anchor file after a crash, and a log that lost its end.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "audit/head.h"
#include "audit/verify.h"
#include "base/mem.h"
#include "store/db.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct signer *
new_signer(struct core *c)
{
	struct signer *s = NULL;
	struct err err;
	char path[300];

	snprintf(path, sizeof path, "%s/key", c->dir);
	if (!CHECK_OK(signer_open(path, &s, &err), &err))
		abort();
	signer_key(s, c->key);
	return s;
}

static void
anchor(struct core *c, const struct signer *s)
{
	struct head_sig h;
	struct err err;

	signer_sign(s, gate_head(ledger_gate(c->ledger)), c->clock.wall, &h);
	CHECK_OK(anchor_append(c->anchor_path, &h, &err), &err);
}

/* Every bit of what is signed counts. */
static void
test_signature(void)
{
	struct core c;
	struct signer *s;
	struct head_sig h, bad;
	struct err err;
	size_t i;

	lab_start(&c);
	s = new_signer(&c);
	signer_sign(s, gate_head(ledger_gate(c.ledger)), 5, &h);
	CHECK_OK(head_verify(&h, c.key, &err), &err);
	for (i = 0; i < sizeof h; i++) {
		bad = h;
		((uint8_t *)&bad)[i] ^= 0x10;
		if (head_verify(&bad, c.key, &err) == RH_OK)
			unit_check(false, __FILE__, __LINE__, "byte %zu", i);
	}
	signer_close(s);
	lab_fini(&c);
}

static void
append_bytes(struct core *c, const char *bytes, size_t len)
{
	int fd = open(c->anchor_path, O_WRONLY | O_APPEND);

	CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

static int64_t
heads(struct core *c)
{
	const struct audit_check check = { .anchor = c->anchor_path,
	    .key = c->key };
	struct audit_report r;
	struct err err;

	CHECK_OK(audit_verify(c->reader, &check, &r, &err), &err);
	CHECK_STR(r.problem, "");
	return r.ok ? r.heads : -1;
}

/* Whatever a crash left behind the last line, of any length. */
static void
test_torn(void)
{
	static const size_t lengths[] = { 1, 100, 1023, 1024, 1025, 4096,
	    10000 };
	struct core c;
	struct signer *s;
	char junk[10000];
	size_t i;
	int fill;

	lab_start(&c);
	s = new_signer(&c);
	c.anchor = c.anchor_path;
	anchor(&c, s);
	for (fill = 0; fill < 2; fill++) {
		memset(junk, fill ? '{' : 0, sizeof junk);
		for (i = 0; i < ARRAY_LEN(lengths); i++) {
			append_bytes(&c, junk, lengths[i]);
			lab_restart(&c);
			heads(&c);
			anchor(&c, s);
			if (!CHECK_INT(heads(&c), 2 +
			    fill * (int)ARRAY_LEN(lengths) + (int)i))
				goto out;
		}
	}
	lab_restart(&c);
out:
	signer_close(s);
	lab_fini(&c);
}

/*
 * Rows are cut off, and the rest is signed again with a key that was made
 * for it: nothing but the key shows that.
 */
static void
test_other_key(void)
{
	struct core c;
	struct signer *s, *other = NULL;
	struct err err = { 0 };
	struct audit_check check;
	struct audit_report r;
	uint8_t key[HEAD_KEY_LEN];
	char path[300], hex[2 * HEAD_KEY_LEN + 1];

	lab_start(&c);
	s = new_signer(&c);
	c.anchor = c.anchor_path;
	snprintf(path, sizeof path, "%s/other", c.dir);
	CHECK_OK(signer_open(path, &other, &err), &err);
	signer_key(other, key);
	anchor(&c, other);
	check = (struct audit_check){ .anchor = c.anchor, .key = c.key };
	CHECK_OK(audit_verify(c.reader, &check, &r, &err), &err);
	CHECK(!r.ok);
	CHECK_INT(r.heads, 0);
	CHECK_HAS(r.problem, "anchor line 1: signed with the key");
	str_hex(hex, key, sizeof key);
	CHECK_HAS(r.problem, hex);
	str_hex(hex, c.key, sizeof c.key);
	CHECK_HAS(r.problem, hex);
	lab_close(&c);
	CHECK_INT(lab_open(&c, &err), RH_EIO);
	CHECK_HAS(err.msg, hex);
	CHECK_HAS(err.hint, "--accept-loss");
	lab_close(&c);
	/* The key was lost, and the admin says so. */
	c.accept_loss = true;
	CHECK_OK(lab_open(&c, &err), &err);
	c.accept_loss = false;
	CHECK_STR(lab_text(&c, "SELECT detail ->> 'key' FROM audit WHERE "
	    "action = 'host_accept_loss' AND chain = 2"), hex);
	anchor(&c, s);
	lab_restart(&c);
	CHECK_INT(heads(&c), 1);
	signer_close(other);
	signer_close(s);
	lab_fini(&c);
}

/* A first line that was never whole: as if there were no file. */
static void
test_torn_first(void)
{
	struct core c;
	struct signer *s;

	lab_start(&c);
	s = new_signer(&c);
	c.anchor = c.anchor_path;
	close(open(c.anchor_path, O_WRONLY | O_CREAT, 0600));
	append_bytes(&c, "{\"chain\":1,\"se", 14);
	lab_restart(&c);
	CHECK_INT(heads(&c), 0);
	anchor(&c, s);
	CHECK_INT(heads(&c), 1);
	signer_close(s);
	lab_fini(&c);
}

/* The database file alone, as it was under a running host. */
static void
test_no_wal(void)
{
	struct core c;
	struct signer *s;
	struct err err = { 0 };
	char cmd[1200];

	lab_start(&c);
	s = new_signer(&c);
	c.anchor = c.anchor_path;
	lab_restart(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"run_get\"}");
	anchor(&c, s);
	snprintf(cmd, sizeof cmd, "cd '%s' && test -s runhost.db-wal && "
	    "cp runhost.db copy", c.dir);
	CHECK_INT(system(cmd), 0);
	lab_close(&c);
	snprintf(cmd, sizeof cmd, "cd '%s' && rm -f runhost.db-* && "
	    "mv copy runhost.db", c.dir);
	CHECK_INT(system(cmd), 0);
	CHECK_INT(lab_open(&c, &err), RH_EIO);
	CHECK_HAS(err.msg, "ends before its anchor");
	CHECK_HAS(err.msg, c.anchor_path);
	lab_close(&c);
	c.accept_loss = true;
	CHECK_OK(lab_open(&c, &err), &err);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE action ="
	    " 'host_accept_loss' AND chain = 2"), 1);
	c.accept_loss = false;
	anchor(&c, s);
	lab_restart(&c);
	CHECK_INT(heads(&c), 1);
	CHECK_INT(lab_number(&c, "SELECT chain FROM audit ORDER BY seq DESC"),
	    2);
	CORE_CHECK(&c);
	signer_close(s);
	lab_fini(&c);
}

/* Nothing of ours replaces a row, by whatever kind of statement. */
static void
test_replace(void)
{
	static const char *const tries[] = {
		("INSERT OR REPLACE INTO audit SELECT seq, chain, at, op, 'x',"
		" via, action, permission, decision, target, detail, hash"
		" FROM audit"),
		"REPLACE INTO audit SELECT * FROM audit",
		"UPDATE OR REPLACE audit SET seq = 1 WHERE seq = 2",
		("INSERT INTO audit SELECT * FROM audit WHERE true"
		" ON CONFLICT (seq) DO UPDATE SET principal = 'x'"),
		"DELETE FROM audit",
	};
	struct core c;
	struct err err;
	size_t i;

	lab_start(&c);
	lab_run(&c, NULL, "/demo", NULL);
	for (i = 0; i < ARRAY_LEN(tries); i++) {
		if (!CHECK_INT(db_script(ledger_db(c.ledger), tries[i], &err),
		    RH_ECONFLICT))
			unit_check(false, __FILE__, __LINE__, "%s", tries[i]);
	}
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* A line that doesn't fit says why, and is gone with the next one. */
static void
test_no_room(void)
{
	struct rlimit old, less;
	struct core c;
	struct signer *s;
	struct head_sig h;
	struct err err = { 0 };
	struct stat st;

	lab_start(&c);
	s = new_signer(&c);
	unlink(c.anchor_path);
	anchor(&c, s);
	stat(c.anchor_path, &st);
	getrlimit(RLIMIT_FSIZE, &old);
	less = (struct rlimit){ (rlim_t)st.st_size + 10, old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &less);
	signer_sign(s, gate_head(ledger_gate(c.ledger)), 7, &h);
	CHECK_INT(anchor_append(c.anchor_path, &h, &err), RH_EIO);
	setrlimit(RLIMIT_FSIZE, &old);
	CHECK_HAS(err.msg, "No space left");
	CHECK_OK(anchor_append(c.anchor_path, &h, &err), &err);
	CHECK_OK(anchor_last(c.anchor_path, &h, &err), &err);
	CHECK_INT(h.at_us, 7);
	signer_close(s);
	lab_fini(&c);
}

const struct unit_test audit_head_tests[] = {
	{ "a signature covers every bit of a head", test_signature },
	{ "a head that another key signed is none of the host's",
	    test_other_key },
	{ "what a crash left of a line goes, of any length", test_torn },
	{ "a line that doesn't fit says that there is no room", test_no_room },
	{ "a first line that was never whole is none", test_torn_first },
	{ "a database without its log ends before its anchor", test_no_wal },
	{ "no statement replaces an audit row", test_replace },
	{ NULL, NULL },
};
