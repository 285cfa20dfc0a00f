/*
 * Lists in memory; a plugin that is tried keeps few things.
 */
#include "kit/fake.h"

#include "base/clock.h"
#include "base/mem.h"
#include "json/write.h"

#include <stdlib.h>
#include <sys/queue.h>

struct kept {
	LIST_ENTRY(kept) next;
	struct buf scope, key, value;
};

struct fake {
	LIST_HEAD(, kept) values;
	struct buf name, bytes;		/* of the checkpoint */
};

struct fake *
fake_new(void)
{
	struct fake *f = mem_zalloc(sizeof *f);

	LIST_INIT(&f->values);
	return f;
}

static void
kept_free(struct kept *k)
{
	LIST_REMOVE(k, next);
	buf_fini(&k->scope);
	buf_fini(&k->key);
	buf_fini(&k->value);
	free(k);
}

void
fake_free(struct fake *f)
{
	if (f == NULL)
		return;
	while (!LIST_EMPTY(&f->values))
		kept_free(LIST_FIRST(&f->values));
	buf_fini(&f->name);
	buf_fini(&f->bytes);
	free(f);
}

void
fake_checkpoint(const struct fake *f, struct str *name, struct str *bytes)
{
	*name = (struct str){ f->name.p, f->name.len };
	*bytes = (struct str){ f->bytes.p, f->bytes.len };
}

void
fake_checkpoint_set(struct fake *f, struct str name, struct str bytes)
{
	fake_forget_checkpoint(f);
	buf_add(&f->name, name.p, name.len);
	buf_add(&f->bytes, bytes.p, bytes.len);
}

void
fake_forget_checkpoint(struct fake *f)
{
	buf_clear(&f->name);
	buf_clear(&f->bytes);
}

static struct kept *
find(const struct fake *f, struct str scope, struct str key)
{
	struct kept *k;

	LIST_FOREACH(k, &f->values, next)
		if (str_eq((struct str){ k->scope.p, k->scope.len }, scope) &&
		    str_eq((struct str){ k->key.p, k->key.len }, key))
			return k;
	return NULL;
}

rh_status
fake_get(const struct fake *f, struct str scope, struct str key,
    struct buf *reply)
{
	const struct kept *k = find(f, scope, key);

	if (k == NULL)
		return RH_ENOENT;
	buf_add(reply, k->value.p, k->value.len);
	return RH_OK;
}

void
fake_set(struct fake *f, struct str scope, struct str key, struct str value)
{
	struct kept *k = find(f, scope, key);

	if (k != NULL)
		kept_free(k);
	if (str_is(value, "null"))
		return;
	k = mem_zalloc(sizeof *k);
	buf_add(&k->scope, scope.p, scope.len);
	buf_add(&k->key, key.p, key.len);
	buf_add(&k->value, value.p, value.len);
	LIST_INSERT_HEAD(&f->values, k, next);
}

static void
answer_ping(struct json_out *w)
{
	jw_m_bool(w, "ok", true);
	jw_m_text(w, "version", PACKAGE_VERSION);
	jw_m_time(w, "time", clock_real.wall_us(&clock_real));
}

static void
answer_steering(struct json_out *w)
{
	jw_name(w, "items");
	jw_array(w);
	jw_end_array(w);
	jw_m_bool(w, "has_more", false);
}

static const struct {
	const char *action;
	void	(*answer)(struct json_out *);
} answers[] = {
	{ "host_ping", answer_ping },
	{ "steering_pull", answer_steering },
};

/* The envelope of a host that says no. */
static void
refuse(struct json_out *w, struct str action)
{
	struct buf b = { 0 };

	buf_printf(&b, "action \"" STR_FMT "\" isn't answered here: there is "
	    "no host behind this plugin", STR_ARG(action));
	jw_m_bool(w, "ok", false);
	jw_m_null(w, "data");
	jw_m_str(w, "error", (struct str){ b.p, b.len });
	jw_m_text(w, "hint", "host_ping and steering_pull are answered");
	jw_m_text(w, "reason_code", err_reason(RH_EPERM)->code);
	buf_fini(&b);
}

rh_status
fake_call(struct fake *f, struct str action, struct buf *reply)
{
	rh_status rc = RH_EPERM;
	struct json_out w;
	size_t i;

	(void)f;
	jw_init(&w, reply);
	jw_object(&w);
	for (i = 0; i < ARRAY_LEN(answers) && rc != RH_OK; i++) {
		if (!str_is(action, answers[i].action))
			continue;
		answers[i].answer(&w);
		rc = RH_OK;
	}
	if (rc != RH_OK)
		refuse(&w, action);
	jw_end_object(&w);
	return rc;
}
