/*
 * A run as its ledger object, and the streams and stages that belong to it.
 */
#include "action/act.h"

#include "base/mem.h"
#include "json/read.h"
#include "plugin/registry.h"
#include "store/store_event.h"

#define VIEW_STAGES	1000
#define VIEW_TEXT_MAX	(4 * 1024 * 1024)	/* of both streams */
#define ROW_COST	64	/* of finding an event, in bytes of reading it */

/* A record while it is put together. */
struct loading {
	struct run_view *view;
	struct arena *arena;
	struct buf out, err;
	size_t	stage_max;
};

static bool
parse(const struct event_row *e, struct arena *a, struct json_doc *d)
{
	return json_parse(a, e->data, strlen(e->data), &json_limits_default,
	    d, NULL) == RH_OK;
}

static struct run_stage *
new_stage(struct loading *l)
{
	struct run_view *v = l->view;
	struct run_stage *grown;

	if (v->stage_count == l->stage_max) {
		l->stage_max = l->stage_max != 0 ? 2 * l->stage_max : 16;
		grown = arena_alloc(l->arena, l->stage_max * sizeof *grown);
		if (v->stage_count > 0)
			memcpy(grown, v->stages,
			    v->stage_count * sizeof *grown);
		v->stages = grown;
	}
	return &v->stages[v->stage_count++];
}

static bool
add_stage(const struct event_row *e, void *arg)
{
	struct loading *l = arg;
	struct run_stage *s;
	struct json_doc d;
	struct str stage, message;
	int64_t percent;

	l->view->cost += ROW_COST;
	/* Small, and no more than VIEW_STAGES: it may stay there. */
	if (parse(e, l->arena, &d) &&
	    json_str(&d, json_member(&d, 0, "stage"), l->arena, &stage)) {
		s = new_stage(l);
		s->stage = stage.p;
		s->percent = json_i64(&d, json_member(&d, 0, "percent"),
		    &percent) ? (int32_t)percent : 0;
		s->message = json_str(&d, json_member(&d, 0, "message"),
		    l->arena, &message) && message.len > 0 ? message.p : NULL;
		s->at_us = e->at_us;
	}
	return l->view->stage_count < VIEW_STAGES;
}

static bool
add_text(const struct event_row *e, void *arg)
{
	struct loading *l = arg;
	struct arena scratch;
	struct json_doc d;
	struct str text;
	bool fits = true;

	l->view->cost += ROW_COST;
	arena_init(&scratch);
	if (parse(e, &scratch, &d) &&
	    json_str(&d, json_member(&d, 0, "text"), &scratch, &text)) {
		fits = l->out.len + l->err.len + text.len <= VIEW_TEXT_MAX;
		if (fits)
			buf_add(json_is(&d, json_member(&d, 0, "stream"),
			    "stderr") ? &l->err : &l->out, text.p, text.len);
	}
	arena_fini(&scratch);
	return fits;
}

static struct str
keep(struct buf *b, struct arena *a)
{
	struct str s = { "", b->len };

	if (b->len > 0)
		s.p = arena_strndup(a, b->p, b->len);
	buf_fini(b);
	return s;
}

/*
 * A run whose plugin isn't there isn't given up: the file may come back with
 * the next start.  Who looks at it is told what it waits for.
 */
static void
explain_line(struct arena *a, struct run_row *r)
{
	const char *of = r->queue != NULL ? arena_printf(a, " that claims "
	    "queue \"%s\"", r->queue) : r->pin == NULL ? " with its labels" : "";

	if (r->pin != NULL)
		r->reason = arena_printf(a, "waits for runtime \"%s\"%s",
		    r->pin, of);
	else
		r->reason = arena_printf(a, "waits for a runtime%s", of);
}

static void
explain_waiting(const struct act *act, struct arena *a, struct run_row *r)
{
	struct registry *reg = act->env->registry;
	const struct plugin *p;
	struct err why;
	bool loading;

	if (r->state != RUN_QUEUED || r->reason != NULL)
		return;
	if (r->hold_us != 0) {
		r->reason = "waits after an attempt that failed or was lost";
		return;
	}
	if (r->queue != NULL || r->pin != NULL || r->labels != NULL) {
		explain_line(a, r);
		return;
	}
	loading = registry_loading(reg);
	if (registry_find(reg, str_of(r->plugin)) != NULL)
		return;
	if (registry_explain(reg, NAME_ID, str_of(r->plugin), &why)) {
		r->reason = arena_printf(a, "waits: %s; %s", why.msg,
		    why.hint);
		return;
	}
	p = registry_out_of_use(reg, str_of(r->plugin));
	if (p != NULL) {
		r->reason = arena_printf(a, "waits for plugin \"%s\": %s",
		    r->plugin, p->error);
		return;
	}
	r->reason = loading ? "plugins are loading" : arena_printf(a, "waits for plugin \"%s\", "
	    "which isn't in use: see the list of plugins, or cancel it",
	    r->plugin);
}

/* Looks at a run's progress and output only, whatever else it reported. */
static rh_status
load_streams(struct db *db, struct run_view *v, struct arena *a,
    struct err *err)
{
	struct loading l = { .view = v, .arena = a };
	int64_t run_no = v->row.run_no;
	rh_status rc;

	if ((rc = store_event_progress(db, run_no, add_stage, &l,
	    err)) == RH_OK)
		rc = store_event_output(db, run_no, add_text, &l, err);
	if (v->row.output != NULL)
		buf_adds(&l.out, v->row.output);
	v->out = keep(&l.out, a);
	v->err = keep(&l.err, a);
	return rc;
}

rh_status
view_load(struct act *act, struct call *c, int64_t run_no,
    struct run_view *v, struct err *err)
{
	struct arena *a = &c->arena;
	size_t before = a->used;
	rh_status rc;

	memset(v, 0, sizeof *v);
	if ((rc = store_run_get(act->db, run_no, a, &v->row, err)) != RH_OK)
		return rc;
	explain_waiting(act, a, &v->row);
	if (c->streams)
		rc = load_streams(act->db, v, a, err);
	v->cost += a->used - before;
	return rc;
}

static void
write_life(struct json_out *j, const struct run_row *r)
{
	write_epoch(j, "created_at", r->created_us);
	write_epoch(j, "started_at", r->started_us);
	write_epoch(j, "finished_at", r->ended_us);
	write_epoch(j, "updated_at", r->updated_us);
	write_epoch(j, "deadline_at", r->deadline_us);
	write_epoch(j, "cancel_requested_at", r->cancel_us);
	write_epoch(j, "claim_lease_expires_at", r->lease_us);
	write_epoch(j, "last_claimed_at", r->claimed_us);
	write_epoch(j, "not_before", r->hold_us);
	jw_name(j, "duration_seconds");
	if (r->started_us != 0 && r->ended_us != 0)
		jw_double(j, (double)(r->ended_us - r->started_us) / 1e6);
	else
		jw_null(j);
}

static void
write_scope(struct json_out *j, const struct scope *s)
{
	jw_m_text(j, "owner", s->owner);
	jw_m_text(j, "workspace_id", s->workspace);
	jw_m_text(j, "bot_id", s->bot);
	jw_m_text(j, "conversation_id", s->conversation);
	jw_m_text(j, "thread_id", s->thread);
	jw_m_text(j, "runner_id", s->runner);
}

static void
write_line(struct json_out *j, const struct run_row *r)
{
	jw_m_text(j, "event_id", r->event_id);
	jw_m_text(j, "agent_id", r->agent_id);
	jw_m_text(j, "binding_id", r->binding_id);
	jw_m_text(j, "queue_name", r->queue);
	jw_m_text(j, "requested_runtime_id", r->pin);
	jw_m_raw(j, "labels", str_of(r->labels != NULL ? r->labels : "{}"));
}

static void
write_result(struct json_out *j, const struct run_row *r)
{
	jw_name(j, "exit_code");
	if (r->has_exit_code)
		jw_i64(j, r->exit_code);
	else
		jw_null(j);
	jw_m_text(j, "status_reason", r->reason);
	jw_m_text(j, "error", r->error);
	jw_m_text(j, "output", r->output);
	jw_m_raw(j, "result_metadata", str_of(r->result_meta != NULL ?
	    r->result_meta : "{}"));
	jw_m_bool(j, "truncated", r->truncated);
	jw_m_raw(j, "usage", str_of(r->usage != NULL ? r->usage : "null"));
	jw_m_raw(j, "cost", str_of(r->cost != NULL ? r->cost : "null"));
}

const char *
view_mode(const struct run_row *r)
{
	if (r->runtime == NULL)
		return NULL;
	if (strcmp(r->runtime, "local") != 0)
		return "remote";
	return r->inproc ? "inproc" : "worker";
}

void
write_run(struct json_out *j, const struct run_row *r)
{
	char id[ID_RUN_LEN];

	jw_m_i64(j, "id", r->run_no);
	jw_m_text(j, "run_id", id_run(&r->id, id));
	jw_m_text(j, "status", run_state_name(r->state));
	jw_m_text(j, "extension_id", r->plugin);
	jw_m_text(j, "action_id", r->action_id);
	jw_m_text(j, "session_id", r->session_id);
	jw_m_text(j, "command", r->command);
	write_scope(j, &r->scope);
	write_line(j, r);
	write_life(j, r);
	jw_m_i64(j, "progress_pct", r->percent);
	jw_m_text(j, "current_stage", r->stage);
	jw_m_i64(j, "priority", r->priority);
	jw_m_i64(j, "dispatch_attempts", r->attempts);
	jw_m_i64(j, "last_sequence", r->last_seq);
	jw_m_text(j, "claimed_by_runtime_id", r->runtime);
	jw_m_text(j, "mode", view_mode(r));
	jw_m_bool(j, "dry_run", r->dry_run);
	write_result(j, r);
	jw_m_raw(j, "metadata", str_of(r->metadata));
}

rh_status
begin_run(struct act *a, struct call *c, struct json_out *j, struct buf *b,
    struct run_row *r, struct err *err)
{
	rh_status rc = store_run_get(a->db, a->run_no, &c->arena, r, err);

	if (rc != RH_OK)
		return rc;
	jw_init(j, b);
	jw_object(j);
	write_run(j, r);
	return RH_OK;
}
