/*
 * The body of run_events_page.
 */
#include "stream/page.h"

#include "base/buf.h"
#include "json/write.h"

#include <inttypes.h>
#include <stdio.h>

struct call *
page_call(const struct caller *caller, const char *run_id, int64_t after_seq,
    size_t rows)
{
	struct call *call;
	struct json_out out;
	struct buf body = { 0 };
	char cursor[24];

	snprintf(cursor, sizeof cursor, "%" PRId64, after_seq);
	jw_init(&out, &body);
	jw_object(&out);
	jw_m_text(&out, "run_id", run_id);
	jw_m_text(&out, "after_cursor", cursor);
	jw_m_i64(&out, "limit", (int64_t)rows);
	jw_end_object(&out);
	call = call_open("run_events_page", caller, body.p, body.len);
	buf_fini(&body);
	return call;
}
