/*
 * Backups, from the copy to the ledger that begins anew.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "audit/backup.h"
#include "audit/verify.h"
#include "store/copy.h"
#include "store/db.h"

#include <stdio.h>
#include <unistd.h>

static void
make(struct core *c, char path[400])
{
	struct chain_head least;
	struct db *db;
	struct err err = { 0 };

	snprintf(path, 400, "%s/backup.db", c->dir);
	CHECK_OK(db_open(c->db_path, DB_OFFLINE, NULL, &db, &err), &err);
	CHECK_OK(chain_load(db, &least, &err), &err);
	CHECK_OK(copy_make(db, path, &err), &err);
	db_close(db);
	CHECK_OK(backup_finish(path, &least, &err), &err);
}

static void
test_end(void)
{
	struct chain_head least = { .seq = 3 };
	struct backup b, again;
	struct core c;
	struct err err = { 0 };
	char path[400];
	struct db *db;

	lab_start(&c);
	lab_token(&c, "user:alice", "");
	lab_run(&c, NULL, "/demo", NULL);
	make(&c, path);
	CHECK_OK(backup_check(path, NULL, &b, &err), &err);
	CHECK_INT(b.seq, lab_number(&c, "SELECT max(seq) FROM audit"));
	CHECK_INT(b.chain, 1);
	CHECK(b.bytes > 0);
	/* Its end is known to it, and a byte of a run to its digest. */
	CHECK_OK(db_open(path, DB_PRIVATE, NULL, &db, &err), &err);
	CHECK_OK(db_script(db, "UPDATE run SET args = '[1]'", &err), &err);
	db_close(db);
	CHECK_OK(backup_check(path, NULL, &again, &err), &err);
	CHECK(!hash_eq(b.digest, again.digest));
	/* What was there before it began must be in it. */
	CHECK_INT(backup_finish(path, &least, &err), RH_EIO);
	CHECK_HAS(err.msg, "row 3");
	lab_fini(&c);
}

/* In the place of its ledger, whose anchor has gone further. */
static void
put_back(struct core *c, const char *path)
{
	struct err err = { 0 };

	lab_close(c);
	lab_wipe(c);
	CHECK_OK(backup_revive(path, "{\"backup\":{\"seq\":7}}", &err), &err);
	CHECK_INT(rename(path, c->db_path), 0);
	CHECK_OK(lab_open(c, &err), &err);
}

static void
anchor(struct core *c, int64_t chain)
{
	struct chain_head head = *gate_head(ledger_gate(c->ledger));
	struct signer *s;
	struct head_sig sig;
	struct err err = { 0 };
	char key[400];

	snprintf(key, sizeof key, "%s/audit.key", c->dir);
	CHECK_OK(signer_open(key, &s, &err), &err);
	signer_key(s, c->key);
	head.chain = chain;
	signer_sign(s, &head, head.at_us, &sig);
	CHECK_OK(anchor_append(c->anchor_path, &sig, &err), &err);
	signer_close(s);
	c->anchor = c->anchor_path;
}

static void
test_restore(void)
{
	struct audit_check check = { .anchor = NULL };
	struct audit_report r;
	int64_t kept, lost;
	struct core c;
	struct err err = { 0 };
	char path[400];

	lab_start(&c);
	kept = lab_run(&c, NULL, "/demo", NULL);
	lab_offer(&c, 1);
	make(&c, path);
	lost = lab_run(&c, NULL, "/demo", NULL);
	anchor(&c, 3);
	put_back(&c, path);
	CHECK_STR(lab_text(&c, "SELECT detail FROM audit WHERE "
	    "action = 'host_restore'"), "{\"backup\":{\"seq\":7}}");
	/* A number that the lost ledger hadn't come to. */
	CHECK_INT(lab_number(&c, "SELECT chain FROM audit WHERE "
	    "action = 'host_restore'"), 4);
	CHECK(access(c.anchor_path, F_OK) != 0);
	/* As after a host that died: it may have run. */
	CHECK_STR(lab_state(&c, kept), "queued");
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM run"), 1);
	CHECK_INT(lab_run(&c, NULL, "/demo", NULL), lost);
	CHECK_OK(audit_verify(c.reader, &check, &r, &err), &err);
	CHECK_STR(r.problem, "");
	/* It is on record once. */
	lab_restart(&c);
	CHECK_INT(lab_number(&c, "SELECT count(*) FROM audit WHERE "
	    "action = 'host_restore'"), 1);
	CHECK_INT(lab_number(&c, "SELECT max(chain) FROM audit"), 4);
	CORE_CHECK(&c);
	lab_fini(&c);
}

/* One that lost nothing goes on with its anchor. */
static void
test_anchor_kept(void)
{
	struct core c;
	char path[400];

	lab_start(&c);
	anchor(&c, 1);
	lab_run(&c, NULL, "/demo", NULL);
	make(&c, path);
	put_back(&c, path);
	CHECK_INT(access(c.anchor_path, F_OK), 0);
	CHECK_INT(lab_number(&c, "SELECT max(chain) FROM audit"), 2);
	lab_fini(&c);
}

const struct unit_test audit_backup_tests[] = {
	{ "a backup knows where its audit log ends", test_end },
	{ "a restored ledger begins a chain that names what was given up",
	    test_restore },
	{ "an anchor that fits a restored ledger stays", test_anchor_kept },
	{ NULL, NULL }
};
