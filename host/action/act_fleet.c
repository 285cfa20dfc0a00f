/*
 * runtime_stats.
 */
#include "action/act_fleet.h"

#include "store/store_claim.h"
#include "store/store_runtime.h"

#define BUSIEST	100

static bool
count_runtime(void *arg, struct runtime_row *r)
{
	struct fleet *f = arg;
	int64_t age = f->now > r->heartbeat_us ? f->now - r->heartbeat_us : 0;

	f->total++;
	if (r->stale)
		f->stale++;
	else if (r->draining)
		f->draining++;
	else
		f->online++;
	if (!r->stale)
		f->capacity += r->capacity;
	f->age_sum += age;
	if (age > f->age_max)
		f->age_max = age;
	return true;
}

rh_status
fleet_count(struct act *a, struct arena *arena, struct fleet *f,
    struct err *err)
{
	rh_status rc;

	*f = (struct fleet){ .now = a->now };
	if ((rc = store_runtime_each(a->db, 0, count_runtime, f, arena,
	    err)) != RH_OK)
		return rc;
	return store_claim_count_all(a->db, &f->held, err);
}

static void
write_age(struct json_out *j, const char *name, const struct fleet *f,
    double us)
{
	jw_name(j, name);
	if (f->total == 0)
		jw_null(j);
	else
		jw_double(j, (double)(int64_t)(us / 1e4 + 0.5) / 100);
}

static void
write_load(struct json_out *j, const struct runtime_load *l)
{
	jw_object(j);
	jw_m_text(j, "runtime_id", l->id);
	jw_m_text(j, "status", runtime_status(l->stale, l->draining));
	jw_name(j, "capacity");
	if (l->capacity != 0)
		jw_i64(j, l->capacity);
	else
		jw_null(j);
	jw_m_i64(j, "held_runs", l->held);
	jw_end_object(j);
}

static rh_status
write_loads(struct act *a, struct call *c, struct json_out *j,
    struct err *err)
{
	struct runtime_load *loads;
	size_t i, n;
	rh_status rc;

	if ((rc = store_runtime_loads(a->db, BUSIEST, &c->arena, &loads, &n,
	    err)) != RH_OK)
		return rc;
	jw_name(j, "busiest");
	jw_array(j);
	for (i = 0; i < n; i++)
		write_load(j, &loads[i]);
	jw_end_array(j);
	return RH_OK;
}

rh_status
runtime_stats(struct act *a, struct call *c, struct err *err)
{
	const struct run_filter all = { 0 };
	struct fleet f;
	int64_t n[RUN_STATES + 1];
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	if ((rc = fleet_count(a, &c->arena, &f, err)) != RH_OK ||
	    (rc = store_count_sum(a->db, &all, n, err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_i64(&j, "total_count", f.total);
	jw_m_i64(&j, "online_count", f.online);
	jw_m_i64(&j, "stale_count", f.stale);
	jw_m_i64(&j, "draining_count", f.draining);
	jw_m_i64(&j, "capacity", f.capacity);
	write_age(&j, "avg_heartbeat_age_seconds", &f, f.total > 0 ?
	    (double)f.age_sum / (double)f.total : 0);
	write_age(&j, "max_heartbeat_age_seconds", &f, (double)f.age_max);
	jw_m_i64(&j, "active_runs", n[RUN_RUNNING] + n[RUN_CLAIMED]);
	jw_m_i64(&j, "claimed_runs", n[RUN_CLAIMED]);
	jw_m_i64(&j, "held_runs", f.held);
	if ((rc = write_loads(a, c, &j, err)) != RH_OK) {
		buf_fini(&b);
		return rc;
	}
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}
