/*
 * transcript_text: an index without contents of its own.  Whoever takes a row
 * out of it must say what was put in.
 */
#include "store/store_find.h"

#include "base/buf.h"
#include "base/fold.h"
#include "store/db.h"
#include "store/keyset.h"
#include "store/store_misc.h"

#define MATCHES_MAX	2000	/* looked at */
#define TERMS_MAX	8	/* of a text, that the index is asked for */
#define NEWEST_MAX	2000	/* items looked at without the index */
#define NEWEST_LEAST	20	/* of each scope */
#define SCOPES_AT_ONCE	64	/* in one expression */

static const char sql_gone[] =
"SELECT item_no, scope_no, content FROM transcript_gone"
" ORDER BY item_no LIMIT ?1";

static const char sql_new[] =
"SELECT item_no, scope_no, content FROM transcript WHERE item_no > ?2"
" ORDER BY item_no LIMIT ?1";

static const char sql_out[] =
"INSERT INTO transcript_text(transcript_text, rowid, place, content)"
" VALUES ('delete', ?1, ?2, ?3)";

static const char sql_in[] =
"INSERT INTO transcript_text(rowid, place, content) VALUES (?1, ?2, ?3)";

static const char sql_forget[] =
"DELETE FROM transcript_gone WHERE item_no <= ?1";

static const char sql_match[] =
"SELECT t.item_no, t.role, t.type, t.content"
" FROM transcript_text x JOIN transcript t ON t.item_no = x.rowid"
" WHERE transcript_text MATCH ?1 ORDER BY x.rowid DESC LIMIT ?2";

static const char sql_newest[] =
"SELECT item_no, role, type, content LIKE ?3 ESCAPE '\\'"
" FROM transcript INDEXED BY transcript_scope WHERE scope_no = ?1"
" ORDER BY item_no DESC LIMIT ?2";

static const char sql_behind[] =
"SELECT count(*) FROM (SELECT 1 FROM transcript INDEXED BY transcript_scope"
"	WHERE scope_no = ?1 AND item_no > ?2 LIMIT ?3)";

/* A scope's number as three characters that nobody folds: one term. */
#define PLACE_LEN	10
#define PLACE_FIRST	0x4e00
#define PLACE_BASE	20000

static void
place_of(int64_t scope_no, char out[PLACE_LEN])
{
	int64_t c;
	int i;

	for (i = 0; i < 3; i++, scope_no /= PLACE_BASE) {
		c = PLACE_FIRST + scope_no % PLACE_BASE;
		*out++ = (char)(0xe0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	}
	*out = '\0';
}

/* A row on its way into the index, or out of it. */
struct entry {
	int64_t	item_no, scope_no;
	struct str content;
};

/* Reads some first: what is read can't be changed meanwhile. */
static rh_status
read_entries(struct db *db, const char *sql, size_t max, int64_t after,
    size_t *bytes, struct arena *a, struct entry *e, size_t *n,
    struct err *err)
{
	struct q q = q_begin(db, sql);

	*n = 0;
	q_i64(&q, (int64_t)max);
	if (sql == sql_new)
		q_i64(&q, after);
	while (*bytes > 0 && q_row(&q)) {
		e[*n].item_no = q_get_i64(&q);
		e[*n].scope_no = q_get_i64(&q);
		e[*n].content = str_of(q_get_text(&q, a));
		*bytes -= e[*n].content.len < *bytes ? e[*n].content.len :
		    *bytes;
		++*n;
	}
	return q_end(&q, err);
}

static rh_status
put(struct db *db, const char *sql, const struct entry *e, size_t n,
    struct err *err)
{
	char place[PLACE_LEN];
	struct q q;
	size_t i;
	rh_status rc = RH_OK;

	for (i = 0; i < n && rc == RH_OK; i++) {
		place_of(e[i].scope_no, place);
		q = q_begin(db, sql);
		q_i64(&q, e[i].item_no);
		q_text(&q, place);
		q_str(&q, e[i].content);
		rc = q_exec(&q, err);
	}
	return rc;
}

static rh_status
take_out(struct db *db, size_t max, size_t *bytes, struct arena *a,
    struct entry *e, size_t *n, struct err *err)
{
	struct q q;
	rh_status rc;

	if ((rc = read_entries(db, sql_gone, max, 0, bytes, a, e, n,
	    err)) != RH_OK || *n == 0 ||
	    (rc = put(db, sql_out, e, *n, err)) != RH_OK)
		return rc;
	q = q_begin(db, sql_forget);
	q_i64(&q, e[*n - 1].item_no);
	return q_exec(&q, err);
}

static rh_status
add_new(struct db *db, size_t max, size_t *bytes, struct arena *a,
    struct entry *e, size_t *n, struct err *err)
{
	int64_t at;
	rh_status rc;

	if ((rc = store_meta_get_i64(db, FACT_INDEXED, &at, err)) != RH_OK ||
	    (rc = read_entries(db, sql_new, max, at, bytes, a, e, n,
	    err)) != RH_OK || *n == 0 ||
	    (rc = put(db, sql_in, e, *n, err)) != RH_OK)
		return rc;
	return store_meta_set_i64(db, FACT_INDEXED, e[*n - 1].item_no, err);
}

rh_status
store_find_index(struct db *db, size_t max, size_t bytes, bool *more,
    struct err *err)
{
	struct arena a;
	struct entry *e;
	size_t gone, added = 0;
	rh_status rc;

	arena_init(&a);
	e = arena_alloc(&a, max * sizeof *e);
	rc = take_out(db, max, &bytes, &a, e, &gone, err);
	if (rc == RH_OK && gone < max)
		rc = add_new(db, max - gone, &bytes, &a, e, &added, err);
	*more = gone + added == max || bytes == 0;
	arena_fini(&a);
	return rc;
}

/* A string of the index's own language: whatever it holds is text. */
static void
add_quoted(struct buf *b, struct str s)
{
	size_t i;

	buf_addc(b, '"');
	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '"')
			buf_addc(b, '"');
		buf_addc(b, s.p[i]);
	}
	buf_addc(b, '"');
}

/* Where the text's characters begin, and where it ends. */
static size_t
split(struct str s, size_t *starts)
{
	size_t at, n, chars = 0;

	for (at = 0; at < s.len; at += n) {
		if ((n = str_utf8_next(s.p + at, s.len - at)) == 0)
			n = 1;
		starts[chars++] = at;
	}
	starts[chars] = at;
	return chars;
}

/*
 * Some terms of the text, all over it.  The index knows which of them an item
 * has, and nothing of their order: to ask it for a long text as a phrase costs
 * what the text and the item have, multiplied.
 */
static void
add_terms(struct buf *b, struct str text)
{
	size_t starts[FIND_BYTES_MAX + 1];
	size_t last = split(text, starts) - FIND_LEAST, i, at;
	size_t n = last + 1 < TERMS_MAX ? last + 1 : TERMS_MAX;

	for (i = 0; i < n; i++) {
		at = n > 1 ? last * i / (n - 1) : 0;
		buf_adds(b, i > 0 ? " AND " : "(");
		add_quoted(b, (struct str){ text.p + starts[at],
		    starts[at + FIND_LEAST] - starts[at] });
	}
	buf_addc(b, ')');
}

static bool
contains(struct str content, const struct buf *folded, struct buf *b)
{
	fold_case(content, b);
	return b->len >= folded->len &&
	    memmem(b->p, b->len, folded->p, folded->len) != NULL;
}

static rh_status
match(struct db *db, struct keyset *k, const char *expression, size_t max,
    const struct find *f, const struct buf *folded, bool *whole,
    struct err *err)
{
	struct q q = q_begin(db, sql_match);
	struct buf b = { 0 };
	struct str role, type;
	int64_t item_no;
	size_t n = 0;

	q_text(&q, expression);
	q_i64(&q, (int64_t)max);
	while (q_row(&q)) {
		item_no = q_get_i64(&q);
		role = q_get_str(&q);
		type = q_get_str(&q);
		n++;
		if (f->wants(f->arg, role, type) &&
		    contains(q_get_str(&q), folded, &b) &&
		    !keyset_take(k, item_no))
			break;
	}
	*whole &= n < max;
	buf_fini(&b);
	return q_end(&q, err);
}

rh_status
store_find_indexed(struct db *db, struct keyset *k, const struct find *f,
    bool *whole, struct err *err)
{
	char place[PLACE_LEN];
	struct buf b = { 0 }, folded = { 0 };
	size_t i, max = MATCHES_MAX / (k->scope_count / SCOPES_AT_ONCE + 1);
	rh_status rc = RH_OK;

	*whole = true;
	fold_case(f->text, &folded);
	for (i = 0; i < k->scope_count && rc == RH_OK;) {
		buf_clear(&b);
		buf_adds(&b, "place : (");
		do {
			place_of(k->scopes[i++], place);
			add_quoted(&b, str_of(place));
			buf_adds(&b, i % SCOPES_AT_ONCE != 0 &&
			    i < k->scope_count ? " OR " : ") AND content : ");
		} while (i % SCOPES_AT_ONCE != 0 && i < k->scope_count);
		add_terms(&b, f->text);
		rc = match(db, k, b.p, max, f, &folded, whole, err);
	}
	buf_fini(&b);
	buf_fini(&folded);
	keyset_end(k);
	return rc;
}

static rh_status
look(struct db *db, struct keyset *k, int64_t scope_no, size_t max,
    const char *pattern, const struct find *f, bool *whole, struct err *err)
{
	struct q q = q_begin(db, sql_newest);
	struct str role, type;
	int64_t item_no;
	size_t n = 0;

	q_i64(&q, scope_no);
	q_i64(&q, (int64_t)max);
	q_text(&q, pattern);
	while (q_row(&q)) {
		n++;
		item_no = q_get_i64(&q);
		role = q_get_str(&q);
		type = q_get_str(&q);
		if (q_get_i64(&q) != 0 && f->wants(f->arg, role, type) &&
		    !keyset_take(k, item_no))
			break;
	}
	*whole &= n < max;
	return q_end(&q, err);
}

rh_status
store_find_newest(struct db *db, struct keyset *k, const struct find *f,
    bool *whole, struct err *err)
{
	struct buf b = { 0 };
	size_t i, max = NEWEST_MAX;
	rh_status rc = RH_OK;

	*whole = true;
	buf_addc(&b, '%');
	for (i = 0; i < f->text.len; i++) {
		if (memchr("%_\\", f->text.p[i], 3) != NULL)
			buf_addc(&b, '\\');
		buf_addc(&b, f->text.p[i]);
	}
	buf_addc(&b, '%');
	if (k->scope_count > 0)
		max /= k->scope_count;
	if (max < NEWEST_LEAST)
		max = NEWEST_LEAST;
	for (i = 0; i < k->scope_count && rc == RH_OK; i++)
		rc = look(db, k, k->scopes[i], max, b.p, f, whole, err);
	buf_fini(&b);
	keyset_end(k);
	return rc;
}

rh_status
store_find_behind(struct db *db, const struct keyset *k, int64_t item_no,
    int64_t max, int64_t *n, struct err *err)
{
	struct q q;
	size_t i;
	rh_status rc = RH_OK;

	*n = 0;
	for (i = 0; i < k->scope_count && rc == RH_OK && *n < max; i++) {
		q = q_begin(db, sql_behind);
		q_i64(&q, k->scopes[i]);
		q_i64(&q, item_no);
		q_i64(&q, max - *n);
		if (q_row(&q))
			*n += q_get_i64(&q);
		rc = q_end(&q, err);
	}
	return rc;
}
