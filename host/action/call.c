/*
 * A call's life outside the gate: made, prepared, rendered, freed.
 */
#include "action/call.h"

#include "action/action.h"
#include "action/attempt.h"
#include "base/hash.h"
#include "base/mem.h"
#include "json/schema.h"
#include "json/write.h"
#include "plugin/registry.h"

#include <assert.h>
#include <stdlib.h>

#define KEY_MAX	255	/* bytes of an idempotency key */

/*
 * Names come as they like, and are recorded even when no action has them:
 * as text that JSON can spell, for an export must hold what was hashed.
 */
static const char *
name_copy(struct arena *a, const char *name)
{
	char *copy = arena_strdup(a, name), *p = copy;
	size_t left = strlen(copy), n;

	for (; left > 0; p += n, left -= n) {
		if ((n = str_utf8_next(p, left)) == 0) {
			*p = '?';
			n = 1;
		}
	}
	return copy;
}

static struct call *
call_new(const char *name, const struct caller *who)
{
	struct call *c = mem_zalloc(sizeof *c);
	size_t i;

	arena_init(&c->arena);
	c->name = name_copy(&c->arena, name);
	c->caller = *who;
	c->caller.session = NULL;
	c->caller.principal = arena_strdup(&c->arena, who->principal);
	c->caller.source = arena_strdup(&c->arena,
	    who->source != NULL ? who->source : "");
	for (i = 0; i < who->chain_len; i++)
		c->caller.chain[i] = arena_strdup(&c->arena, who->chain[i]);
	return c;
}

struct call *
call_open(const char *name, const struct caller *who, const char *body,
    size_t len)
{
	struct call *c = call_new(name, who);

	if (len == 0) {
		body = "{}";
		len = 2;
	}
	c->body = arena_strndup(&c->arena, body, len);
	c->body_len = len;
	return c;
}

struct call *
call_internal(const char *name, const struct caller *who, size_t args_size)
{
	struct call *c = call_new(name, who);

	c->action = action_find(str_of(name));
	assert(c->action != NULL);
	c->args = arena_zalloc(&c->arena, args_size != 0 ? args_size : 1);
	c->prepared = true;
	return c;
}

void
call_free(struct call *c)
{
	if (c == NULL)
		return;
	buf_fini(&c->reply);
	arena_fini(&c->arena);
	free(c);
}

static rh_status
check_key(struct call *c, struct err *err)
{
	struct buf canonical = { 0 };

	if (c->key == NULL)
		return RH_OK;
	if (c->action != NULL && c->action->repeat == REPEAT_NEVER)
		return err_set(err, RH_EINPUT,
		    "\"%s\" takes no idempotency key", c->name);
	if (c->key[0] == '\0' || strlen(c->key) > KEY_MAX ||
	    !str_utf8(c->key, strlen(c->key)))
		return err_set(err, RH_EINPUT, "idempotency key: must be 1 "
		    "to %d bytes of UTF-8", KEY_MAX);
	buf_adds(&canonical, c->name);
	buf_addc(&canonical, '\0');
	json_canonical(&c->in, 0, &canonical);
	hash_of(canonical.p, canonical.len, c->key_digest);
	buf_fini(&canonical);
	c->keyed = true;
	return RH_OK;
}

/* Whether a member is null where nothing need be said. */
static bool
says_nothing(struct call *c, const struct schema *schema, int m)
{
	struct str name;

	return json_type(&c->in, json_value(&c->in, m)) == JSON_NULL &&
	    json_str(&c->in, m, &c->arena, &name) &&
	    schema_may_lack(schema, name);
}

/* The members that say something; false: one has an impossible name. */
static bool
write_said(struct call *c, const struct schema *schema, struct buf *b)
{
	struct json_out j;
	struct str name;
	int m;

	jw_init(&j, b);
	jw_object(&j);
	for (m = json_first(&c->in, 0); m >= 0; m = json_next(&c->in, m)) {
		if (says_nothing(c, schema, m))
			continue;
		if (!json_str(&c->in, m, &c->arena, &name))
			return false;
		jw_name_str(&j, name);
		jw_raw(&j, json_raw(&c->in, json_value(&c->in, m)));
	}
	jw_end_object(&j);
	return true;
}

/*
 * Many clients send null for whatever they have nothing to say about: the
 * body is read as if that weren't there.
 */
static rh_status
drop_nulls(struct call *c, const struct schema *schema, struct err *err)
{
	int m = json_first(&c->in, 0);
	struct buf b = { 0 };
	rh_status rc = RH_OK;

	while (m >= 0 && !says_nothing(c, schema, m))
		m = json_next(&c->in, m);
	if (m >= 0 && write_said(c, schema, &b))
		rc = json_parse(&c->arena, arena_strndup(&c->arena, b.p,
		    b.len), b.len, &json_limits_default, &c->in, err);
	buf_fini(&b);
	return rc;
}

/* What an action reads as text ends at its NUL: there is none inside. */
static rh_status
check_texts(struct call *c, struct err *err)
{
	int name, value;
	struct str s;

	for (name = json_first(&c->in, 0); name >= 0;
	    name = json_next(&c->in, name)) {
		value = json_value(&c->in, name);
		if (json_type(&c->in, value) != JSON_STRING ||
		    json_str(&c->in, value, &c->arena, &s))
			continue;
		s = json_raw(&c->in, name);
		return err_set(err, RH_EINPUT, "body: field " STR_FMT
		    " must not contain U+0000", STR_ARG(s));
	}
	return RH_OK;
}

static rh_status
prepare(struct call *c, struct registry *registry, struct err *err)
{
	const struct schema *schema = NULL;
	rh_status rc;

	/* A plugin's arguments are shown in audit rows. */
	if ((rc = json_parse(&c->arena, c->body, c->body_len,
	    c->plugin_action != NULL ? &json_limits_kept :
	    &json_limits_default, &c->in, err)) != RH_OK)
		return err_wrap(err, "body");
	if (json_type(&c->in, 0) != JSON_OBJECT)
		return err_set(err, RH_EINPUT, "body: must be a JSON object, "
		    "not %s", json_type_words(json_type(&c->in, 0)));
	if (c->action != NULL)
		schema = action_schema(c->action);
	else if (c->plugin_action != NULL)
		schema = c->plugin_action->schema;
	if (schema != NULL && c->action != NULL &&
	    (rc = drop_nulls(c, schema, err)) != RH_OK)
		return err_wrap(err, "body");
	if (schema != NULL && (rc = schema_check(schema, &c->in, 0, "body",
	    err)) != RH_OK)
		return rc;
	if (c->action != NULL && (rc = check_texts(c, err)) != RH_OK)
		return rc;
	if ((rc = check_key(c, err)) != RH_OK)
		return rc;
	if (c->action != NULL && c->action->fn.prepare != NULL)
		return c->action->fn.prepare(c, registry, err);
	return RH_OK;
}

void
call_prepare(struct call *c, struct registry *registry)
{
	struct err err = { 0 };

	if (c->prepared)
		return;
	c->prepared = true;
	c->action = action_find(str_of(c->name));
	if (c->action == NULL && registry != NULL) {
		c->loading = registry_loading(registry);
		c->plugin_action = registry_action(registry, str_of(c->name));
	}
	c->refusal = prepare(c, registry, &err);
	if (c->refusal == RH_OK)
		return;
	c->refusal_msg = arena_strdup(&c->arena, err.msg);
	c->refusal_hint = arena_strdup(&c->arena, err.hint);
}

void
call_render(struct call *c)
{
	if (c->status != RH_OK || c->reply.len != 0)
		return;
	if (c->action != NULL && c->action->fn.render != NULL)
		c->action->fn.render(c, &c->reply);
	else
		buf_adds(&c->reply, "{}");
}
