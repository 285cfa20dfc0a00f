/*
 * Merging what the scopes of a conversation have.
 */
#include "store/keyset.h"

#include "store/db.h"
#include "store/scope.h"

#include <string.h>

#define TALK								\
	"SELECT scope_no FROM scope INDEXED BY scope_talk"		\
	" WHERE conversation = ?1 AND workspace IS ?2 AND bot IS ?3"	\
	"	AND thread IS ?4"

static const char sql_talk[] =
TALK " LIMIT ?5";

static const char sql_talk_owner[] =
TALK " AND owner_no = ?6 LIMIT ?5";

bool
keyset_take(struct keyset *k, int64_t no)
{
	size_t i = k->count, full = k->max + 1;

	while (i > 0 && (k->backward ? k->nos[i - 1] < no :
	    k->nos[i - 1] > no))
		i--;
	if (i == full)
		return false;
	if (i > 0 && k->nos[i - 1] == no)
		return true;	/* of a type that was named twice */
	if (k->count < full)
		k->count++;
	memmove(k->nos + i + 1, k->nos + i,
	    (k->count - 1 - i) * sizeof *k->nos);
	k->nos[i] = no;
	return true;
}

rh_status
keyset_add(struct db *db, struct keyset *k, const char *sql,
    int64_t scope_no, const char *text, struct err *err)
{
	struct q q = q_begin(db, sql);

	q_i64(&q, scope_no);
	q_i64(&q, k->after);
	q_i64(&q, k->before != 0 ? k->before : INT64_MAX);
	q_i64(&q, (int64_t)k->max + 1);
	if (text != NULL)
		q_text(&q, text);
	while (q_row(&q) && keyset_take(k, q_get_i64(&q)))
		continue;
	return q_end(&q, err);
}

void
keyset_end(struct keyset *k)
{
	k->has_more = k->count > k->max;
	if (k->has_more)
		k->count = k->max;
}

static const char sql_named[] =
"SELECT scope_no FROM scope INDEXED BY scope_talk"
" WHERE conversation = ?1 LIMIT ?2";

rh_status
store_scope_named(struct db *db, const char *conversation, int64_t *nos,
    size_t max, size_t *count, struct err *err)
{
	struct q q = q_begin(db, sql_named);

	q_text(&q, conversation);
	q_i64(&q, (int64_t)max);
	*count = 0;
	while (q_row(&q))
		nos[(*count)++] = q_get_i64(&q);
	return q_end(&q, err);
}

rh_status
store_scope_talk(struct db *db, const struct scope *s, int64_t owner_no,
    int64_t *nos, size_t max, size_t *count, struct err *err)
{
	struct q q = q_begin(db, owner_no != 0 ? sql_talk_owner : sql_talk);

	q_text(&q, s->conversation);
	q_text(&q, s->workspace);
	q_text(&q, s->bot);
	q_text(&q, s->thread);
	q_i64(&q, (int64_t)max);
	if (owner_no != 0)
		q_i64(&q, owner_no);
	*count = 0;
	while (q_row(&q))
		nos[(*count)++] = q_get_i64(&q);
	return q_end(&q, err);
}
