/*
 * Each kind of row as it comes.
 */
#include "store/store_weight.h"

#include "store/db.h"
#include "store/store_interaction.h"
#include "store/store_run.h"

static const char sql_run[] =
"SELECT bytes FROM run_end WHERE run_no = ?1";

static int64_t
of(const char *text)
{
	return text != NULL ? (int64_t)strlen(text) : 0;
}

int64_t
weight_run(const struct run_new *r)
{
	return r->extra_bytes + WEIGHT_ROW + of(r->command) + of(r->raw_args) + of(r->args) +
	    of(r->flags) + of(r->input) + of(r->metadata) + of(r->labels);
}

int64_t
weight_events(const struct event_new *e, size_t n)
{
	int64_t bytes = 0;
	size_t i;

	for (i = 0; i < n; i++)
		bytes += WEIGHT_ROW + of(e[i].type) +
		    (int64_t)e[i].data.len + of(e[i].extra);
	return bytes;
}

int64_t
weight_end(const struct run_end *e)
{
	return WEIGHT_ROW + of(e->output) + of(e->error) + of(e->reason) +
	    of(e->meta) + of(e->usage) + of(e->cost);
}

int64_t
weight_interaction(const struct interaction *i)
{
	return WEIGHT_ROW + of(i->id) + of(i->request) + of(i->schema) +
	    of(i->answer) + of(i->reason);
}

int64_t
weight_pair(struct str name, struct str value)
{
	return WEIGHT_ROW + (int64_t)name.len + (int64_t)value.len;
}

rh_status
store_weight_run(struct db *db, int64_t run_no, int64_t *bytes,
    struct err *err)
{
	struct q q = q_begin(db, sql_run);

	q_i64(&q, run_no);
	*bytes = q_row(&q) ? q_get_i64(&q) : 0;
	return q_end(&q, err);
}
