/*
 * Plugins' own values for callers from outside, who name a run to say whose
 * they are: "state_get", "state_set", "state_delete", "state_list".
 */
#include "action/act_state.h"


#define KEYS_MAX	100

/* The fields that say where a value lives. */
static rh_status
take_place(struct act *a, struct call *c, struct state_place *p,
    struct err *err)
{
	struct state_kind k;
	rh_status rc;

	if ((rc = state_read_kind(&c->in, 0, &c->arena, &k, err)) != RH_OK)
		return rc;
	return state_place(a, c, a->run_no, &k, p, err);
}

static void
note(struct act *a, struct call *c, struct str key)
{
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "scope", call_text(c, "scope"));
	jw_m_str(&j, "key", key);
	jw_end_object(&j);
	act_detail(a, c, &b);
}

rh_status
state_get(struct act *a, struct call *c, struct err *err)
{
	struct state_place p;
	struct state_row r;
	struct buf b = { 0 };
	struct json_out j;
	struct str key;
	rh_status rc;

	if ((rc = state_read_key(&c->in, 0, &c->arena, &key, err)) != RH_OK ||
	    (rc = take_place(a, c, &p, err)) != RH_OK ||
	    (rc = store_state_get(a->db, p.key, key, &c->arena, &r,
	    err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_raw(&j, "value", r.version != 0 ? r.value : STR("null"));
	jw_m_i64(&j, "version", r.version);
	write_epoch(&j, "updated_at", r.updated_us);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

/* Whoever says which version it saw overwrites no other. */
static rh_status
compare_version(struct call *c, const struct state_row *r, struct err *err)
{
	int64_t expected = r->version;
	rh_status rc;

	if ((rc = json_opt_i64(&c->in, 0, "expected_version", 0, INT64_MAX,
	    &expected, err)) != RH_OK || expected == r->version)
		return rc;
	err_set(err, RH_ECONFLICT, "the value has version %lld, not %lld",
	    (long long)r->version, (long long)expected);
	return err_hint(err, "read it with state_get and set it again; 0 "
	    "expects that there is none");
}

static rh_status
change(struct act *a, struct call *c, struct str value, struct state_row *was,
    struct state_row *now, struct err *err)
{
	struct state_place p;
	struct str key;
	rh_status rc;

	if ((rc = state_read_key(&c->in, 0, &c->arena, &key, err)) != RH_OK ||
	    (rc = take_place(a, c, &p, err)) != RH_OK ||
	    (rc = store_state_get(a->db, p.key, key, &c->arena, was,
	    err)) != RH_OK ||
	    (rc = compare_version(c, was, err)) != RH_OK ||
	    (rc = state_put(a, c, &p, key, value, err)) != RH_OK)
		return rc;
	note(a, c, key);
	return store_state_get(a->db, p.key, key, &c->arena, now, err);
}

rh_status
state_set(struct act *a, struct call *c, struct err *err)
{
	struct state_row was, now;
	struct buf b = { 0 };
	struct json_out j;
	struct str value;
	rh_status rc;

	if ((rc = state_read_value(&c->in, 0, &value, err)) != RH_OK ||
	    (rc = change(a, c, value, &was, &now, err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_bool(&j, "success", true);
	jw_m_i64(&j, "version", now.version);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

rh_status
state_delete(struct act *a, struct call *c, struct err *err)
{
	struct state_row was, now;
	rh_status rc = change(a, c, STR("null"), &was, &now, err);

	if (rc == RH_OK)
		c->result = was.version != 0 ? "{\"success\":true}" :
		    "{\"success\":false}";
	return rc;
}

rh_status
state_list(struct act *a, struct call *c, struct err *err)
{
	const char *prefix = "", *after = "";
	struct str keys[KEYS_MAX];
	struct state_place p;
	struct buf b = { 0 };
	struct json_out j;
	size_t i, n;
	bool more;
	rh_status rc;

	if ((rc = json_opt_str(&c->in, 0, "prefix", STATE_KEY_MAX, &c->arena,
	    &prefix, err)) != RH_OK ||
	    (rc = json_opt_str(&c->in, 0, "after_key", STATE_KEY_MAX, &c->arena,
	    &after, err)) != RH_OK ||
	    (rc = take_place(a, c, &p, err)) != RH_OK ||
	    (rc = store_state_keys(a->db, p.key, state_key(prefix), str_of(after),
	    &c->arena, take_limit(c, "limit", KEYS_MAX, KEYS_MAX), keys, &n,
	    &more, err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_name(&j, "keys");
	jw_array(&j);
	for (i = 0; i < n; i++)
		jw_str(&j, keys[i]);
	jw_end_array(&j);
	jw_m_bool(&j, "has_more", more);
	if (more)
		jw_m_str(&j, "next_key", keys[n - 1]);
	else
		jw_m_null(&j, "next_key");
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}
