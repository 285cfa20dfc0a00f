/*
 * VACUUM INTO, and what is asked of its result.
 */
#include "store/copy.h"

#include "base/hash.h"
#include "base/str.h"
#include "store/db.h"
#include "store/schema.h"

static const char sql_vacuum[] = "VACUUM INTO ?1";
static const char sql_pages[] = "SELECT page_count * page_size"
" FROM pragma_page_count(), pragma_page_size()";
static const char sql_strip[] = "DELETE FROM token";
static const char sql_tokens[] = "SELECT 1 FROM token LIMIT 1";
static const char sql_integrity[] = "PRAGMA integrity_check(1)";
static const char sql_objects[] =
"SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name";

rh_status
copy_make(struct db *db, const char *to, struct err *err)
{
	struct q q;
	rh_status rc;

	/* The file is opened for reading; what is written is another one. */
	if ((rc = db_script(db, "PRAGMA query_only=OFF", err)) != RH_OK)
		return rc;
	q = q_begin(db, sql_vacuum);
	q_text(&q, to);
	rc = q_exec(&q, err);
	db_script(db, "PRAGMA query_only=ON", NULL);
	return rc;
}

rh_status
copy_bytes(struct db *db, int64_t *bytes, struct err *err)
{
	struct q q = q_begin(db, sql_pages);

	*bytes = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}

rh_status
copy_strip(struct db *db, struct err *err)
{
	struct q q = q_begin(db, sql_strip);

	return q_exec(&q, err);
}

static rh_status
check_pages(struct db *db, struct err *err)
{
	struct q q = q_begin(db, sql_integrity);
	struct str says = { "", 0 };
	struct err why;
	bool good;
	rh_status rc;

	if (q_row(&q))
		says = q_get_str(&q);
	good = str_is(says, "ok");
	err_set(&why, RH_EIO, "the database is damaged: " STR_FMT,
	    STR_ARG(says));
	if ((rc = q_end(&q, err)) != RH_OK || good)
		return rc;
	*err = why;
	return RH_EIO;
}

static rh_status
check_tokens(struct db *db, struct err *err)
{
	struct q q = q_begin(db, sql_tokens);
	bool some = q_row(&q);
	rh_status rc = q_end(&q, err);

	if (rc == RH_OK && some)
		return err_set(err, RH_EIO, "it holds tokens, so it is "
		    "none of \"runhost backup\"");
	return rc;
}

static rh_status
hash_objects(struct db *db, uint8_t out[HASH_LEN], struct err *err)
{
	struct q q = q_begin(db, sql_objects);
	struct hash h;
	struct str s;
	int i;

	hash_begin(&h, NULL, 0);
	while (q_row(&q)) {
		for (i = 0; i < 4; i++) {
			s = q_get_str(&q);
			hash_add_field(&h, s.p, s.len);
		}
	}
	hash_end(&h, out);
	return q_end(&q, err);
}

/*
 * A trigger that somebody added would run with the host's rights; one that
 * is missing would let audit rows be changed.
 */
static rh_status
check_objects(struct db *db, int version, struct err *err)
{
	uint8_t are[HASH_LEN], should[HASH_LEN];
	struct db *fresh = NULL;
	rh_status rc;

	if ((rc = db_open(":memory:", DB_WRITER, NULL, &fresh, err)) == RH_OK &&
	    (rc = schema_make(fresh, version, err)) == RH_OK &&
	    (rc = hash_objects(fresh, should, err)) == RH_OK)
		rc = hash_objects(db, are, err);
	db_close(fresh);
	if (rc == RH_OK && !hash_eq(are, should))
		return err_set(err, RH_EIO, "its tables, indexes or triggers "
		    "are not those of schema %d", version);
	return rc;
}

rh_status
copy_check(struct db *db, struct err *err)
{
	int version;
	rh_status rc;

	if ((rc = schema_version(db, &version, err)) != RH_OK)
		return rc;
	if (version < 1)
		return err_set(err, RH_EIO, "it is empty");
	if (version > schema_newest())
		return err_set(err, RH_EVERSION, "it has schema %d, this "
		    "host knows up to %d", version, schema_newest());
	if ((rc = check_pages(db, err)) != RH_OK ||
	    (rc = check_objects(db, version, err)) != RH_OK)
		return rc;
	return check_tokens(db, err);
}
