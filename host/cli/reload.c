/*
 * All or nothing: the file, the environment and the options are put over
 * each other and judged as at the start, and only then compared with what
 * is in force.
 */
#include "cli/reload.h"

#include "action/attempt.h"
#include "action/call.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/config.h"
#include "cli/settings.h"
#include "http/http.h"
#include "json/write.h"
#include "ledger/host.h"
#include "ledger/host_start.h"

#include <stdlib.h>
#include <string.h>

/* A live setting and its new value as text, in the call's arena. */
struct setting_change {
	int	index;
	const char *value;
};

/* One comparison. */
struct diff {
	const struct config *old, *new;
	struct json_out j;
	struct setting_change *changes;
	size_t	count;
};

void
reload_log_level(const struct config *c)
{
	static const char *const levels[] = {
		[LOG_DEBUG] = "debug", [LOG_INFO] = "info",
		[LOG_WARN] = "warn", [LOG_ERROR] = "error",
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(levels); i++) {
		if (strcmp(c->log_level, levels[i]) == 0)
			log_level_set((enum log_level)i);
	}
}

static char *
value_of(const struct config *cfg, int i)
{
	struct buf b = { 0 };

	setting_text(cfg, i, &b);
	buf_addc(&b, '\0');
	return buf_take(&b);
}

static void
write_value(struct json_out *j, const char *name, const struct config *cfg,
    int i)
{
	struct buf b = { 0 };

	setting_json(cfg, i, &b);
	jw_m_raw(j, name, (struct str){ b.p, b.len });
	buf_fini(&b);
}

static void
diff_setting(struct diff *d, int i, bool live, struct arena *a)
{
	char *old = value_of(d->old, i), *new = value_of(d->new, i);

	if (settings[i].live == live && strcmp(old, new) != 0) {
		jw_object(&d->j);
		jw_m_text(&d->j, "key", settings[i].key);
		write_value(&d->j, "old", d->old, i);
		write_value(&d->j, "new", d->new, i);
		jw_end_object(&d->j);
		if (live)
			d->changes[d->count++] = (struct setting_change){
				i, arena_strdup(a, new) };
	}
	free(old);
	free(new);
}

/* What a plugin is given may be secret: only that it changed is said. */
static void
write_plugin(struct json_out *j, const char *id)
{
	struct buf key = { 0 };

	buf_printf(&key, "plugin.%s", id);
	jw_object(j);
	jw_m_text(j, "key", key.p);
	jw_end_object(j);
	buf_fini(&key);
}

static bool
has_plugin(const struct config *cfg, const char *id)
{
	size_t i;

	for (i = 0; i < cfg->plugin_count; i++) {
		if (strcmp(cfg->plugin[i].id, id) == 0)
			return true;
	}
	return false;
}

static void
diff_plugins(struct diff *d)
{
	const struct config_plugin *p;
	size_t i;

	for (i = 0; i < d->new->plugin_count; i++) {
		p = &d->new->plugin[i];
		if (strcmp(p->json, config_plugin(d->old, p->id)) != 0)
			write_plugin(&d->j, p->id);
	}
	/* One that isn't there any more reads as an empty one. */
	for (i = 0; i < d->old->plugin_count; i++) {
		p = &d->old->plugin[i];
		if (!has_plugin(d->new, p->id) && strcmp(p->json, "{}") != 0)
			write_plugin(&d->j, p->id);
	}
}

static void
diff_list(struct diff *d, const char *name, bool live, struct arena *a)
{
	size_t i;

	jw_name(&d->j, name);
	jw_array(&d->j);
	for (i = 0; i < setting_count(); i++)
		diff_setting(d, (int)i, live, a);
	if (!live)
		diff_plugins(d);
	jw_end_array(&d->j);
}

static void
compare(struct reload *r, const struct config *new, struct call *c)
{
	struct reload_args *args = arena_zalloc(&c->arena, sizeof *args);
	struct diff d = { .old = r->cfg, .new = new };
	struct buf b = { 0 };

	d.changes = arena_alloc(&c->arena, setting_count() *
	    sizeof *d.changes);
	jw_init(&d.j, &b);
	jw_object(&d.j);
	jw_m_text(&d.j, "file", new->file);
	pthread_mutex_lock(&r->lock);
	diff_list(&d, "changed", true, &c->arena);
	diff_list(&d, "restart", false, &c->arena);
	pthread_mutex_unlock(&r->lock);
	jw_end_object(&d.j);
	if (new->file != NULL)
		args->file = arena_strdup(&c->arena, new->file);
	args->text = arena_strndup(&c->arena, b.p, b.len);
	args->changes = d.changes;
	args->count = d.count;
	c->args = args;
	buf_fini(&b);
}

/* Whatever is wrong with the file, it isn't the caller who may not. */
void
reload_read(void *arg, struct call *c)
{
	struct reload *r = arg;
	struct config *new = NULL;
	struct err err = { 0 };

	if (config_of_cli(r->cli, &new, &err) == RH_OK &&
	    config_need_data(new, &err) == RH_OK) {
		compare(r, new, c);
	} else {
		c->refusal = RH_EINPUT;
		c->refusal_msg = arena_strdup(&c->arena, err.msg);
		c->refusal_hint = arena_strdup(&c->arena, err.hint);
	}
	config_free(new);
}

static void
put_in_force(struct reload *r)
{
	const struct config *c = r->cfg;
	const struct host_limits limits = {
		.timeout_us = c->run.timeout_s * US_PER_S,
		.command_retention_us = c->retention.runs_s * US_PER_S,
		.idem_us = c->retention.idem_s * US_PER_S,
		.quota_live = c->quota.live_runs,
		.quota_bytes = c->quota.stored_bytes,
		.quota_streams = c->quota.streams,
		.low_water_bytes = c->disk_low_water_bytes,
		.max_losses = (int32_t)c->run.max_losses,
		.backoff_us = c->run.backoff_ms * US_PER_MS,
		.session_ttl_us = c->run.session_ttl_s * US_PER_S,
		.artifact_max = c->artifact_max_bytes,
		.checkpoint_pages = (int)c->store_checkpoint_pages,
		.clients_max = (size_t)c->queue_clients,
	};

	host_set_limits(r->host, &limits);
	http_set_limits(r->http, (unsigned)c->quota.requests_per_s,
	    (unsigned)c->quota.streams);
	reload_log_level(c);
}

void
reload_apply(void *arg, const struct call *c)
{
	struct reload *r = arg;
	const struct reload_args *args = c->args;
	const struct setting_change *change;
	char op[ID_HEX_LEN];
	size_t i;

	pthread_mutex_lock(&r->lock);
	for (i = 0; i < args->count; i++) {
		change = &args->changes[i];
		/* It was judged when it was read. */
		setting_store(r->cfg, change->index, change->value, NULL);
	}
	put_in_force(r);
	pthread_mutex_unlock(&r->lock);
	log_event(LOG_INFO, "the configuration was reloaded", "op",
	    id_hex(&c->op, op), "principal", c->caller.principal, "what",
	    args->text, NULL);
}

void
reload_now(struct reload *r)
{
	struct call *c = call_open("config_reload", &caller_system, NULL, 0);
	const struct reload_args *args;

	host_call(r->host, c);
	args = c->args;
	if (c->status != RH_OK)
		log_event(LOG_ERROR, "SIGHUP: the configuration stays as it "
		    "is", "error", c->err.msg, NULL);
	else if (args->count == 0)
		log_event(LOG_INFO, "SIGHUP: no setting changes without a "
		    "restart", "what", args->text, NULL);
	call_free(c);
}
