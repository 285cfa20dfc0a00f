/*
 * Statements in use.  They are kept by the address of their text; errors
 * stick to the one in use and are put into words once, in q_end().
 */
#include "store/db_impl.h"

#include "base/arena.h"

/* The kept statement of this text, prepared at its first use. */
static sqlite3_stmt *
db_stmt(struct db *db, const char *sql, int *rc)
{
	size_t i = ((uintptr_t)sql >> 3) * 0x9e3779b97f4a7c15u >> 40;
	struct db_stmt *s;

	for (;; i++) {
		s = &db->stmts[i % STMT_SLOTS];
		if (s->sql == sql)
			return s->st;
		if (s->sql == NULL)
			break;
	}
	*rc = sqlite3_prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT,
	    &s->st, NULL);
	if (*rc != SQLITE_OK)
		return NULL;
	s->sql = sql;
	return s->st;
}

struct q
q_begin(struct db *db, const char *sql)
{
	struct q q = { .db = db, .rc = SQLITE_OK };

	q.stmt = db_stmt(db, sql, &q.rc);
	return q;
}

static bool
q_keep(struct q *q, int rc)
{
	if (rc != SQLITE_OK && q->rc == SQLITE_OK)
		q->rc = rc;
	return rc == SQLITE_OK;
}

void
q_i64(struct q *q, int64_t v)
{
	q->bound++;
	if (q->stmt != NULL)
		q_keep(q, sqlite3_bind_int64(q->stmt, q->bound, v));
}

void
q_i64_or_null(struct q *q, int64_t v)
{
	if (v == 0)
		q_null(q);
	else
		q_i64(q, v);
}

void
q_null(struct q *q)
{
	q->bound++;
	if (q->stmt != NULL)
		q_keep(q, sqlite3_bind_null(q->stmt, q->bound));
}

void
q_str(struct q *q, struct str s)
{
	if (s.p == NULL) {
		q_null(q);
		return;
	}
	q->bound++;
	if (q->stmt != NULL)
		q_keep(q, sqlite3_bind_text(q->stmt, q->bound, s.p,
		    (int)s.len, SQLITE_STATIC));
}

void
q_text(struct q *q, const char *s)
{
	q_str(q, str_of(s));
}

void
q_blob(struct q *q, const void *p, size_t len)
{
	if (p == NULL) {
		q_null(q);
		return;
	}
	q->bound++;
	if (q->stmt != NULL)
		q_keep(q, sqlite3_bind_blob64(q->stmt, q->bound, p, len,
		    SQLITE_STATIC));
}

bool
q_row(struct q *q)
{
	int rc;

	q->col = 0;
	if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW)
		return false;
	rc = sqlite3_step(q->stmt);
	q->rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
	return rc == SQLITE_ROW;
}

static bool
column_is(sqlite3_stmt *st, int col, char letter)
{
	int type = sqlite3_column_type(st, col);
	const char *text;

	if (letter == 'i' || letter == 'b')
		return type == (letter == 'i' ? SQLITE_INTEGER : SQLITE_BLOB);
	if (type != SQLITE_TEXT)
		return letter == 'T' && type == SQLITE_NULL;
	text = (const char *)sqlite3_column_text(st, col);
	return text != NULL &&
	    strlen(text) == (size_t)sqlite3_column_bytes(st, col);
}

bool
q_row_is(struct q *q, const char *letters)
{
	int col;

	for (col = 0; letters[col] != '\0'; col++)
		if (!column_is(q->stmt, col, letters[col]))
			return false;
	return true;
}

int64_t
q_get_i64(struct q *q)
{
	return sqlite3_column_int64(q->stmt, q->col++);
}

bool
q_get_null(struct q *q)
{
	if (sqlite3_column_type(q->stmt, q->col) != SQLITE_NULL)
		return false;
	q->col++;
	return true;
}

struct str
q_get_str(struct q *q)
{
	struct str s;

	s.p = (const char *)sqlite3_column_text(q->stmt, q->col);
	s.len = (size_t)sqlite3_column_bytes(q->stmt, q->col);
	q->col++;
	return s;
}

const char *
q_get_text(struct q *q, struct arena *a)
{
	struct str s = q_get_str(q);

	return s.p != NULL ? arena_strndup(a, s.p, s.len) : NULL;
}

const void *
q_get_blob(struct q *q, size_t *len)
{
	const void *p = sqlite3_column_blob(q->stmt, q->col);

	*len = (size_t)sqlite3_column_bytes(q->stmt, q->col);
	q->col++;
	return p;
}

bool
q_get_fixed(struct q *q, void *out, size_t len)
{
	size_t got;
	const void *p = q_get_blob(q, &got);

	if (p == NULL || got != len) {
		memset(out, 0, len);
		return false;
	}
	memcpy(out, p, len);
	return true;
}

rh_status
q_end(struct q *q, struct err *err)
{
	rh_status status = RH_OK;

	if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW)
		status = db_error(q->db, q->rc, "database", err);
	if (q->stmt != NULL)
		sqlite3_reset(q->stmt);
	return status;
}

rh_status
q_exec(struct q *q, struct err *err)
{
	while (q_row(q))
		continue;
	return q_end(q, err);
}

int
q_changes(struct q *q)
{
	return sqlite3_changes(q->db->h);
}

int64_t
q_rowid(struct q *q)
{
	return sqlite3_last_insert_rowid(q->db->h);
}
