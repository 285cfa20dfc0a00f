/*
 * Backups: what is written into them, and what they are asked.
 */
#include "audit/backup.h"

#include "audit/verify.h"
#include "base/mem.h"
#include "json/read.h"
#include "json/write.h"
#include "store/copy.h"
#include "store/db.h"
#include "store/store_misc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK	65536

/* The log's end, as the backup says it. */
static rh_status
write_end(struct db *db, struct err *err)
{
	struct chain_head head;
	char hex[HASH_HEX_LEN];
	struct buf text = { 0 };
	struct json_out w;
	rh_status rc;

	if ((rc = chain_load(db, &head, err)) != RH_OK)
		return rc;
	str_hex(hex, head.hash, HASH_LEN);
	jw_init(&w, &text);
	jw_object(&w);
	jw_m_i64(&w, "chain", head.chain);
	jw_m_i64(&w, "seq", head.seq);
	jw_m_i64(&w, "at", head.at_us);
	jw_m_text(&w, "hash", hex);
	jw_end_object(&w);
	rc = store_meta_set_text(db, FACT_BACKUP, text.p, err);
	buf_fini(&text);
	return rc;
}

static rh_status
read_end(struct db *db, struct backup *b, struct err *err)
{
	struct arena a;
	struct json_doc d;
	const char *text, *hex = "";
	rh_status rc;

	arena_init(&a);
	rc = store_meta_get_text(db, FACT_BACKUP, &a, &text, err);
	if (rc == RH_OK && (text == NULL ||
	    json_parse(&a, text, strlen(text), NULL, &d, err) != RH_OK ||
	    json_get_i64(&d, 0, "chain", 1, INT64_MAX, &b->chain, err) != RH_OK ||
	    json_get_i64(&d, 0, "seq", 1, INT64_MAX, &b->seq, err) != RH_OK ||
	    json_get_i64(&d, 0, "at", 0, INT64_MAX, &b->at_us, err) != RH_OK ||
	    json_get_str(&d, 0, "hash", HASH_HEX_LEN, &a, &hex, err) != RH_OK ||
	    !str_unhex(str_of(hex), b->hash, HASH_LEN)))
		rc = err_set(err, RH_EIO, "it is no backup: it doesn't "
		    "say where its audit log ended");
	arena_fini(&a);
	return rc;
}

static rh_status
check_end(struct db *db, const struct backup *b, struct err *err)
{
	struct chain_head head;
	rh_status rc;

	if ((rc = chain_load(db, &head, err)) != RH_OK)
		return rc;
	if (head.seq != b->seq || head.chain != b->chain ||
	    !hash_eq(head.hash, b->hash))
		return err_set(err, RH_EIO, "its audit log ends with row "
		    "%lld, and ended with row %lld when it was made",
		    (long long)head.seq, (long long)b->seq);
	return RH_OK;
}

static rh_status
check_chain(struct db *db, struct err *err)
{
	const struct audit_check check = { .anchor = NULL };
	struct audit_report r;
	rh_status rc;

	if ((rc = audit_verify(db, &check, &r, err)) != RH_OK)
		return rc;
	if (!r.ok)
		return err_set(err, RH_EIO, "its audit log: %s", r.problem);
	return RH_OK;
}

static rh_status
check_least(struct db *db, const struct chain_head *least, struct err *err)
{
	struct audit_row row;
	struct arena a;
	bool there;
	rh_status rc;

	arena_init(&a);
	rc = store_audit_get(db, least->seq, &a, &row, &there, err);
	if (rc == RH_OK && least->seq != 0 &&
	    (!there || !hash_eq(row.hash, least->hash)))
		rc = err_set(err, RH_EIO, "row %lld of the audit log, which "
		    "was its end, is not in the copy", (long long)least->seq);
	arena_fini(&a);
	return rc;
}

rh_status
backup_finish(const char *path, const struct chain_head *least,
    struct err *err)
{
	struct db *db = NULL;
	rh_status rc;

	if ((rc = db_open(path, DB_PRIVATE, NULL, &db, err)) == RH_OK &&
	    (rc = db_begin(db, err)) == RH_OK &&
	    (rc = check_least(db, least, err)) == RH_OK &&
	    (rc = copy_strip(db, err)) == RH_OK &&
	    (rc = write_end(db, err)) == RH_OK)
		rc = db_commit(db, err);
	db_close(db);
	return rc;
}

static rh_status
take_digest(const char *path, const struct db_watch *watch, struct backup *b,
    struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *block = mem_alloc(BLOCK);
	struct hash h;
	ssize_t n = -1;

	hash_begin(&h, NULL, 0);
	b->bytes = 0;
	while (fd >= 0 && (n = read(fd, block, BLOCK)) > 0) {
		hash_add(&h, block, (size_t)n);
		b->bytes += n;
		if (watch != NULL && !watch->go_on(watch->arg))
			break;
	}
	hash_end(&h, b->digest);
	free(block);
	if (n < 0)
		err_errno(err, RH_EIO, "reading");
	else if (n > 0)
		err_set(err, RH_EIO, "stopped");
	if (fd >= 0)
		close(fd);
	return n == 0 ? RH_OK : err->status;
}

rh_status
backup_check(const char *path, const struct db_watch *watch,
    struct backup *b, struct err *err)
{
	struct db *db = NULL;
	rh_status rc;

	memset(b, 0, sizeof *b);
	if ((rc = db_open(path, DB_OFFLINE, NULL, &db, err)) != RH_OK)
		return rc;
	if (watch != NULL)
		db_watch(db, watch);
	if ((rc = copy_check(db, err)) == RH_OK &&
	    (rc = read_end(db, b, err)) == RH_OK &&
	    (rc = check_chain(db, err)) == RH_OK)
		rc = check_end(db, b, err);
	db_close(db);
	if (rc == RH_OK)
		rc = take_digest(path, watch, b, err);
	return rc;
}

void
backup_json(struct json_out *w, const struct backup *b)
{
	char hex[HASH_HEX_LEN];

	str_hex(hex, b->digest, HASH_LEN);
	jw_m_i64(w, "chain", b->chain);
	jw_m_i64(w, "seq", b->seq);
	jw_m_time(w, "at", b->at_us);
	jw_m_i64(w, "bytes", b->bytes);
	jw_m_text(w, "digest", hex);
}

rh_status
backup_revive(const char *path, const char *detail, struct err *err)
{
	struct db *db = NULL;
	rh_status rc;

	if ((rc = db_open(path, DB_PRIVATE, NULL, &db, err)) == RH_OK &&
	    (rc = db_begin(db, err)) == RH_OK &&
	    (rc = store_meta_remove(db, FACT_BACKUP, err)) == RH_OK &&
	    (rc = store_meta_remove(db, FACT_BOOTSTRAP, err)) == RH_OK &&
	    (rc = store_meta_set_text(db, FACT_RESTORE, detail, err)) == RH_OK)
		rc = db_commit(db, err);
	db_close(db);
	return rc;
}
