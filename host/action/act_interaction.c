/*
 * interaction_create and interaction_get: a run asks a person, and looks what
 * became of it.
 */
#include "action/act_interaction.h"

#include "base/mem.h"
#include "json/read.h"
#include "json/schema.h"
#include "store/store_weight.h"

#include <string.h>

#define ID_MAX		128
#define SCHEMA_MAX	(16 * 1024)
#define NAME_MAX	255
#define EXPIRES_DEFAULT	86400
#define EXPIRES_MAX	(30 * 86400)

void
interaction_hash(const char *token, int64_t run_no, const char *id,
    uint8_t out[HASH_LEN])
{
	struct hash h;

	hash_begin(&h, NULL, 0);
	hash_add_field(&h, token, strlen(token));
	hash_add_u64(&h, (uint64_t)run_no);
	hash_add_field(&h, id, strlen(id));
	hash_end(&h, out);
}

rh_status
interaction_take(struct call *c, const char *name, size_t max,
    const char **out, struct err *err)
{
	int node = json_member(&c->in, 0, name);
	struct str raw = json_raw(&c->in, node);
	size_t tokens;

	*out = NULL;
	if (node < 0)
		return RH_OK;
	if (raw.len > max)
		return err_set(err, RH_ETOOBIG, "body.%s: %zu bytes are more "
		    "than %zu", name, raw.len, max);
	if (json_scan(raw.p, raw.len, &json_limits_kept, &tokens,
	    err) != RH_OK) {
		err_wrap(err, "body.%s", name);
		return err->status = RH_EINPUT;
	}
	*out = arena_strndup(&c->arena, raw.p, raw.len);
	return RH_OK;
}

static rh_status
take_schema(struct call *c, struct interaction *i, struct err *err)
{
	int node = json_member(&c->in, 0, "schema");
	struct schema *s;
	rh_status rc;

	if (json_type(&c->in, node) != JSON_OBJECT)
		return RH_OK;
	if ((rc = interaction_take(c, "schema", SCHEMA_MAX, &i->schema,
	    err)) != RH_OK ||
	    (rc = schema_compile(&c->arena, &c->in, node, &s, err)) == RH_OK)
		return rc;
	err_wrap(err, "body");
	return rc;
}

/* When it is over: seconds from now, or a time; kept as the former. */
struct ask_args {
	struct interaction i;
	int64_t	seconds, at;		/* one of them; 0: not said */
	int64_t	wait_us;
};

static rh_status
take_expiry(struct call *c, struct ask_args *args, struct err *err)
{
	rh_status rc;

	if ((rc = json_opt_i64(&c->in, 0, "expires_in_seconds", 1,
	    EXPIRES_MAX, &args->seconds, err)) != RH_OK ||
	    (rc = json_opt_i64(&c->in, 0, "expires_at", 1,
	    INT64_MAX / US_PER_S, &args->at, err)) != RH_OK)
		return rc;
	if (args->seconds != 0 && args->at != 0)
		return err_set(err, RH_EINPUT, "body: \"expires_at\" and "
		    "\"expires_in_seconds\" both say when it expires: give "
		    "one of them");
	return RH_OK;
}

rh_status
interaction_create_prepare(struct call *c, struct registry *reg,
    struct err *err)
{
	struct ask_args *args = arena_zalloc(&c->arena, sizeof *args);
	struct interaction *i = &args->i;
	rh_status rc;

	(void)reg;
	c->args = args;
	if ((rc = take_name(c, "interaction_id", ID_MAX, &i->id,
	    err)) != RH_OK ||
	    (rc = take_name(c, "bot_id", NAME_MAX, &i->bot, err)) != RH_OK ||
	    (rc = take_name(c, "conversation_id", NAME_MAX, &i->conversation,
	    err)) != RH_OK ||
	    (rc = take_name(c, "actor_id", NAME_MAX, &i->actor,
	    err)) != RH_OK ||
	    (rc = interaction_take(c, "request", INTERACTION_JSON_MAX,
	    &i->request, err)) != RH_OK ||
	    (rc = take_schema(c, i, err)) != RH_OK)
		return rc;
	i->processor = call_text(c, "processor_type");
	if (i->processor == NULL)
		i->processor = "agent";
	return take_expiry(c, args, err);
}

void
interaction_event(struct call *c, const char *what, const char *id,
    const char *by, int64_t now, struct event_new *e)
{
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "interaction_id", id);
	if (by != NULL)
		jw_m_text(&j, "by", by);
	jw_end_object(&j);
	*e = (struct event_new){
		.type = arena_printf(&c->arena, "host.interaction.%s", what),
		.at_us = now,
		.data = { arena_strndup(&c->arena, b.p, b.len), b.len },
	};
	buf_fini(&b);
}

rh_status
interaction_note(struct act *a, const struct run_live *l,
    const struct event_new *e, struct err *err)
{
	rh_status rc = store_run_note(a->db, l->run_no, e, a->now, err);

	if (rc != RH_OK)
		return rc;
	act_bytes(a, l->owner_no, weight_events(e, 1));
	act_effect(a, EFFECT_EVENTS, l->run_no);
	return RH_OK;
}

void
interaction_detail(struct act *a, struct call *c, const char *id,
    const char *from, const char *to, const char *by)
{
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "interaction_id", id);
	if (from != NULL)
		jw_m_text(&j, "from", from);
	jw_m_text(&j, "status", to);
	if (by != NULL)
		jw_m_text(&j, "by", by);
	jw_end_object(&j);
	act_detail(a, c, &b);
}

static rh_status
set_expiry(const struct act *a, const struct ask_args *args,
    struct interaction *i, struct err *err)
{
	int64_t seconds = args->seconds != 0 ? args->seconds :
	    EXPIRES_DEFAULT;

	i->created_us = a->now;
	i->expires_us = args->at != 0 ? args->at * US_PER_S :
	    a->now + seconds * US_PER_S;
	if (i->expires_us <= a->now)
		return err_set(err, RH_EINPUT, "body.expires_at: %lld is in "
		    "the past", (long long)args->at);
	if (i->expires_us - a->now > EXPIRES_MAX * US_PER_S)
		return err_set(err, RH_EINPUT, "body.expires_at: %lld is more "
		    "than %d seconds from now", (long long)args->at,
		    EXPIRES_MAX);
	return RH_OK;
}

/* It can be asked: the run lives, hasn't asked that, and not too much. */
static rh_status
check_new(struct act *a, struct call *c, const struct interaction *i,
    struct err *err)
{
	struct interaction old;
	int64_t n;
	rh_status rc;

	if (a->live == NULL)
		return err_set(err, RH_ESTATE, "the run has already ended");
	if ((rc = store_interaction_find(a->db, a->run_no, i->id, &c->arena,
	    &old, err)) != RH_OK)
		return rc;
	if (old.status != ASK_NONE)
		return err_set(err, RH_ECONFLICT, "the run has asked \"%s\" "
		    "already", i->id);
	if ((rc = store_interaction_count(a->db, a->run_no, &n,
	    err)) != RH_OK)
		return rc;
	if (n >= INTERACTIONS_MAX)
		return err_set(err, RH_ERATE, "the run has asked %lld times, "
		    "the limit is %d", (long long)n, INTERACTIONS_MAX);
	return act_bytes_check(a, a->live->owner_no, a->live->owner,
	    weight_interaction(i), err);
}

static void
write_interaction(struct json_out *j, const char *run_id,
    const struct interaction *i, int64_t now)
{
	bool over = i->status == ASK_PENDING && i->expires_us <= now;

	jw_m_text(j, "run_id", run_id);
	jw_m_text(j, "interaction_id", i->id);
	/* A sweep comes by within seconds. */
	jw_m_text(j, "status", interaction_status_name(over ? ASK_EXPIRED :
	    i->status));
	jw_m_text(j, "processor_type", i->processor);
	jw_m_text(j, "bot_id", i->bot);
	jw_m_text(j, "conversation_id", i->conversation);
	jw_m_text(j, "actor_id", i->actor);
	jw_m_raw(j, "request", str_of(i->request));
	jw_m_raw(j, "schema", str_of(i->schema));
	write_epoch(j, "created_at", i->created_us);
	write_epoch(j, "expires_at", i->expires_us);
	write_epoch(j, "ended_at", i->ended_us);
	jw_m_raw(j, "answer", str_of(i->answer));
	jw_m_text(j, "answered_by", i->answered_by);
	jw_m_text(j, "status_reason", i->reason);
}

static rh_status
ask(struct act *a, struct call *c, const struct interaction *i,
    struct err *err)
{
	int64_t bytes = weight_interaction(i);
	struct event_new e;
	rh_status rc;

	interaction_event(c, "created", i->id, NULL, a->now, &e);
	if ((rc = store_interaction_insert(a->db, i, err)) != RH_OK ||
	    (rc = store_interaction_settle(a->db, a->run_no, 1, bytes,
	    err)) != RH_OK ||
	    (rc = interaction_note(a, a->live, &e, err)) != RH_OK)
		return rc;
	act_bytes(a, a->live->owner_no, bytes);
	return RH_OK;
}

rh_status
interaction_create(struct act *a, struct call *c, struct err *err)
{
	const struct ask_args *args = c->args;
	struct interaction i = args->i;
	char token[ACT_TOKEN_LEN], made[ID_HEX_LEN];
	struct buf b = { 0 };
	struct json_out j;
	struct id id;
	rh_status rc;

	if (i.id == NULL) {
		id = act_id(a);
		i.id = id_hex(&id, made);
	}
	i.run_no = a->run_no;
	i.status = ASK_PENDING;
	i.attempt = a->held != NULL ? a->held->fence : 0;
	if ((rc = set_expiry(a, args, &i, err)) != RH_OK ||
	    (rc = check_new(a, c, &i, err)) != RH_OK)
		return rc;
	act_token(a, "rhi_", token);
	interaction_hash(token, i.run_no, i.id, i.token);
	if ((rc = ask(a, c, &i, err)) != RH_OK)
		return rc;
	interaction_detail(a, c, i.id, NULL, "pending", NULL);
	jw_init(&j, &b);
	jw_object(&j);
	write_interaction(&j, a->target, &i, a->now);
	jw_m_text(&j, "callback_token", token);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

rh_status
interaction_get_prepare(struct call *c, struct registry *reg,
    struct err *err)
{
	struct ask_args *args = arena_zalloc(&c->arena, sizeof *args);
	int64_t wait = 0;

	(void)reg;
	c->args = args;
	json_i64(&c->in, json_member(&c->in, 0, "wait_seconds"), &wait);
	c->wait_us = wait * US_PER_S;
	return take_name(c, "interaction_id", ID_MAX, &args->i.id, err);
}

rh_status
interaction_get(struct act *a, struct call *c, struct err *err)
{
	const struct ask_args *args = c->args;
	struct interaction i;
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	if ((rc = store_interaction_find(a->db, a->run_no, args->i.id,
	    &c->arena, &i, err)) != RH_OK)
		return rc;
	if (i.status == ASK_NONE)
		return err_set(err, RH_ENOENT, "the run has asked no \"%s\"",
		    args->i.id);
	if (i.status == ASK_PENDING && i.expires_us > a->now)
		c->wait_ask = a->run_no;
	jw_init(&j, &b);
	jw_object(&j);
	write_interaction(&j, a->target, &i, a->now);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}
