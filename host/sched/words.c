/*
 * Small texts: limits for the log, errors as replies.
 */
#include "sched/control.h"

#include "base/clock.h"
#include "base/log.h"
#include "json/write.h"

#include <stdio.h>
#include <string.h>

#define LINES_PER_S	20

bool
log_allowed(struct log_limit *l, int64_t now)
{
	char n[24];

	if (now / US_PER_S != l->second) {
		if (l->dropped > 0) {
			snprintf(n, sizeof n, "%d", l->dropped);
			log_event(LOG_WARN, "lines about a plugin were dropped",
			    "count", n, NULL);
		}
		*l = (struct log_limit){ .second = now / US_PER_S };
	}
	if (l->lines < LINES_PER_S) {
		l->lines++;
		return true;
	}
	l->dropped++;
	return false;
}

void
job_ids(const struct job *j, struct job_ids *ids)
{
	memset(ids, 0, sizeof *ids);
	if (j->effect != NULL && j->effect->claimed != NULL)
		ids->run = id_run(&j->effect->claimed->row.id, ids->run_text);
	if (j->call == NULL)
		return;
	ids->op = id_hex(&j->call->op, ids->op_text);
	ids->principal = j->call->caller.principal;
}

void
error_envelope(const struct call *c, struct buf *out)
{
	struct json_out j;

	jw_init(&j, out);
	jw_object(&j);
	jw_m_bool(&j, "ok", false);
	jw_m_null(&j, "data");
	jw_m_text(&j, "error", c->err.msg);
	jw_m_text(&j, "hint", c->err.hint[0] != '\0' ? c->err.hint : NULL);
	jw_m_text(&j, "reason_code", err_reason(c->status)->code);
	jw_end_object(&j);
}

const char *
text_in(struct arena *a, struct str s)
{
	return arena_strndup(a, s.len > 0 ? s.p : "", s.len);
}
