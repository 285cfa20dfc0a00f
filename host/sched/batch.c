/*
 * Events of an attempt on their way to the ledger: what a worker reported,
 * judged again, in the form in which it will be stored.
 */
#include "sched/control.h"

#include "base/log.h"
#include "base/mem.h"
#include "json/write.h"
#include "worker/report.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_EVENTS	1000	/* then its socket isn't read for a while */
#define BATCH_BYTES	(1024u * 1024)

struct batch *
batch_of(struct job *j)
{
	if (j->batch == NULL) {
		j->batch = mem_zalloc(sizeof *j->batch);
		j->batch->percent = -1;
	}
	return j->batch;
}

void
batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	arena_fini(&b->arena);
	buf_fini(&b->events);
	free(b);
}

bool
batch_full(const struct job *j)
{
	return j->batch != NULL && (j->batch->count >= BATCH_EVENTS ||
	    j->batch->bytes >= BATCH_BYTES);
}

void
batch_report(const struct job *j, const struct batch *b,
    struct run_report *out)
{
	memset(out, 0, sizeof *out);
	out->run_no = j->at->run_no;
	out->fence = j->at->fence;
	out->percent = -1;
	if (b == NULL)
		return;
	out->started_us = b->started_us;
	out->events = (const struct event_new *)(const void *)b->events.p;
	out->event_count = b->count;
	out->percent = b->percent;
	out->stage = b->stage;
	out->out_bytes = b->out_bytes;
	out->truncated = b->truncated;
}

/* When the plugin said it: never before its start, never in the future. */
static int64_t
said_at(const struct job *j, const struct event_record *r)
{
	int64_t now = j->s->plan.now, start = j->at->started_us;

	if (r->after_us < 0 || r->after_us > now - start)
		return now;
	return start + r->after_us;
}

void
batch_event(struct job *j, const char *type, struct str data, int64_t at_us)
{
	int64_t most = j->plug->limits.events_max;
	struct batch *b = batch_of(j);
	struct event_new e;

	if (most != 0 && j->events >= most) {
		if (j->dropped++ == 0)
			limit_hit(j->s, LIMIT_EVENTS);
		b->truncated = j->truncated = true;
		return;
	}
	j->events++;
	memset(&e, 0, sizeof e);
	e.type = arena_strdup(&b->arena, type);
	e.data = (struct str){ arena_strndup(&b->arena, data.p, data.len),
	    data.len };
	e.at_us = at_us != 0 ? at_us : j->s->plan.now;
	buf_add(&b->events, &e, sizeof e);
	b->count++;
	b->bytes += data.len + sizeof e;
	lane_touch(j);
}

/* Out of range or backwards: counted, and the run goes on. */
static rh_status
take_progress(struct job *j, const struct event_record *r, struct err *err)
{
	struct event_record judged = *r;
	struct batch *b = batch_of(j);
	struct buf data = { 0 };
	struct json_out w;

	judged.percent = 0;
	if (report_event(&judged, err) != RH_OK)
		return RH_EPROTO;
	if (r->percent < j->percent || r->percent > 100) {
		j->refused++;
		return RH_OK;
	}
	j->percent = b->percent = r->percent;
	b->stage = text_in(&b->arena, r->a);
	jw_init(&w, &data);
	jw_object(&w);
	jw_m_str(&w, "stage", r->a);
	jw_m_i64(&w, "percent", r->percent);
	jw_m_str(&w, "message", r->b);
	jw_end_object(&w);
	batch_event(j, "progress", (struct str){ data.p, data.len },
	    said_at(j, r));
	buf_fini(&data);
	return RH_OK;
}

static rh_status
take_plugin_event(struct job *j, const struct event_record *r,
    struct err *err)
{
	struct batch *b = batch_of(j);

	if (report_event(r, err) != RH_OK)
		return RH_EPROTO;
	b->urgent = true;
	batch_event(j, text_in(&b->arena, r->a), r->b, said_at(j, r));
	return RH_OK;
}

static rh_status
take_output(struct job *j, const struct event_record *r, struct err *err)
{
	if (report_event(r, err) != RH_OK)
		return RH_EPROTO;
	output_add(j, r->stream == RH_STDERR ? STREAM_ERR : STREAM_OUT, r->b,
	    said_at(j, r));
	return RH_OK;
}

/* An action has no run that could have events. */
static rh_status
pass_over(struct job *j, const struct event_record *r, struct err *err)
{
	struct job_ids ids;

	if (report_event(r, err) != RH_OK && r->kind != EVENT_PROGRESS)
		return RH_EPROTO;
	job_ids(j, &ids);
	log_event(LOG_DEBUG, "an action has no events", "plugin",
	    j->plug->plugin->id, "op", ids.op, "principal", ids.principal,
	    NULL);
	return RH_OK;
}

rh_status
batch_records(struct job *j, struct str records, struct err *err)
{
	static rh_status (*const takes[])(struct job *,
	    const struct event_record *, struct err *) = {
		[EVENT_PROGRESS] = take_progress,
		[EVENT_PLUGIN] = take_plugin_event,
		[EVENT_OUTPUT] = take_output,
	};
	struct event_record r;
	struct field_reader reader;
	rh_status rc = RH_OK;

	events_begin(&reader, records);
	while (rc == RH_OK && events_next(&reader, &r)) {
		if (r.kind < EVENT_PROGRESS || r.kind > EVENT_OUTPUT)
			return err_set(err, RH_EPROTO, "event of kind %d",
			    (int)r.kind);
		rc = j->at->kind == JOB_RUN ? takes[r.kind](j, &r, err) :
		    pass_over(j, &r, err);
	}
	if (rc == RH_OK && !field_end(&reader))
		return err_set(err, RH_EPROTO, "EVENTS of another form");
	return rc;
}
