/*
 * Plugins: each is tried in a worker, which says what the plugin is; that
 * worker stays as the first of its pool.
 */
#include "sched/control.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t
bucket_of(const char *id)
{
	uint32_t h = 2166136261u;

	for (; *id != '\0'; id++)
		h = (h ^ (uint8_t)*id) * 16777619u;
	return h % PLUG_BUCKETS;
}

static struct plug *
plug_add(struct sched *s, struct plugin *p)
{
	struct plug *plug = mem_zalloc(sizeof *plug);

	plug->s = s;
	plug->plugin = p;
	STAILQ_INIT(&plug->asking);
	plug_limit(plug, &s->cfg.limits);
	plug->pool = plan_pool_add(&s->plan, p->trusted, plug);
	pthread_mutex_lock(&s->lock);
	STAILQ_INSERT_TAIL(&s->plugs, plug, next);
	pthread_mutex_unlock(&s->lock);
	return plug;
}

void
plugs_open(struct sched *s)
{
	size_t i, n = registry_count(s->registry);
	struct plugin *p;

	for (i = 0; i < n; i++) {
		p = registry_at(s->registry, i);
		if (p->state != PLUGIN_REFUSED)
			plug_add(s, p);
		else
			log_event(LOG_WARN, "plugin refused", "file", p->file,
			    "reason", p->error, NULL);
	}
}

void
plugs_close(struct sched *s)
{
	struct plug *plug;

	while ((plug = STAILQ_FIRST(&s->plugs)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->plugs, next);
		given_fini(plug);
		timer_clear(&s->plan.timers, &plug->trial);
		free(plug);
	}
}

void
plug_limit(struct plug *plug, const struct plug_limits *limits)
{
	plug->limits = *limits;
}

struct plug *
plug_find(struct sched *s, const char *id)
{
	struct plug *plug;

	LIST_FOREACH(plug, &s->by_id[bucket_of(id)], by_id)
		if (strcmp(plug->plugin->id, id) == 0)
			return plug;
	return NULL;
}

static void
list(struct plug *plug, bool listed)
{
	pthread_mutex_lock(&plug->s->lock);
	plug->listed = listed;
	pthread_mutex_unlock(&plug->s->lock);
	if (listed)
		LIST_INSERT_HEAD(&plug->s->by_id[bucket_of(plug->plugin->id)],
		    plug, by_id);
	else
		LIST_REMOVE(plug, by_id);
}

static void
turn_off(struct plug *plug, const char *why, bool hard)
{
	plug->on = false;
	plan_park(plug->pool, why, hard);
	log_event(LOG_INFO, "plugin is not in use", "plugin",
	    plug->plugin->id, "file", plug->plugin->file, "why", why, NULL);
}

/* Another file may have been in use by this id. */
static void
turn_on(struct plug *plug)
{
	struct sched *s = plug->s;
	struct plugin *p = plug->plugin;
	struct plug *old = plug_find(s, p->id);

	/* A grant may have expired since. */
	if (p->trusted && !s->to->trusts(s->host, p))
		p->trusted = false;
	if (old != plug && old != NULL) {
		if (old->on)
			turn_off(old, "another file of the plugin is in use "
			    "now", false);
		list(old, false);
	}
	if (!plug->listed)
		list(plug, true);
	plug->on = true;
	snprintf(plug->principal, sizeof plug->principal, "plugin:%s", p->id);
	/* The first worker has still to say hello: plug_hello. */
	if (plug->pool->state != POOL_PROBING)
		given_look(plug);
	/* Before there is a worker. */
	plan_trust(plug->pool, p->trusted);
	plan_unpark(plug->pool, old != NULL && old != plug ? old->pool : NULL);
	log_event(LOG_INFO, "plugin enabled", "plugin", p->id, "version",
	    p->version, "file", p->file, NULL);
}

/* It is described, or refused: whoever waits for that hears it. */
static void
answer(struct plug *plug, const struct err *err)
{
	struct call *c;

	while ((c = STAILQ_FIRST(&plug->asking)) != NULL) {
		STAILQ_REMOVE_HEAD(&plug->asking, link);
		c->deferred = false;
		if (err != NULL) {
			c->status = err->status;
			c->err = *err;
		}
		c->done(c);
	}
}

void
plugs_drain(struct sched *s)
{
	struct plug *plug;
	struct err err = { 0 };

	err_set(&err, RH_EUNAVAIL, "%s", s->cfg.stopping);
	STAILQ_FOREACH(plug, &s->plugs, next)
		answer(plug, &err);
}

static struct plug *
plug_of(struct sched *s, const struct plugin *p)
{
	struct plug *plug;

	STAILQ_FOREACH(plug, &s->plugs, next)
		if (plug->plugin == p)
			return plug;
	return NULL;
}

void
plug_install(struct sched *s, struct plugin *p, struct call *c)
{
	struct plug *plug = plug_of(s, p);

	if (plug == NULL)
		plug = plug_add(s, p);
	STAILQ_INSERT_TAIL(&plug->asking, c, link);
	if (s->plan.draining)
		plugs_drain(s);
	else if (p->state == PLUGIN_LOADING)
		plan_probe_next(&s->plan);
	else
		answer(plug, NULL);
}

void
plugs_settle(struct sched *s, const char *id, const char *why)
{
	struct plug *plug, *old = plug_find(s, id);

	STAILQ_FOREACH(plug, &s->plugs, next) {
		if (plug->plugin->state != PLUGIN_ENABLED ||
		    strcmp(plug->plugin->id, id) != 0)
			continue;
		if (!plug->on)
			turn_on(plug);
		return;
	}
	if (old != NULL && old->on && old->plugin->state != PLUGIN_REFUSED)
		turn_off(old, why, old->plugin->state != PLUGIN_QUARANTINED);
}

/* Nobody will run it any more. */
static bool
is_spent(const struct plug *plug)
{
	const struct plugin *p = plug->plugin;

	return !plug->in_host &&
	    (p->state == PLUGIN_GONE || p->state == PLUGIN_REFUSED) &&
	    (plug->pool->state == POOL_PARKED ||
	    plug->pool->state == POOL_OFF);
}

/* The bytes of one that was replaced or refused are of no use then. */
void
plugs_tidy(struct sched *s)
{
	struct plug *plug;
	struct plugin *p;

	STAILQ_FOREACH(plug, &s->plugs, next) {
		p = plug->plugin;
		if (p->image.memfd < 0 || !is_spent(plug) ||
		    !TAILQ_EMPTY(&plug->pool->workers))
			continue;
		image_close(&p->image);
		log_event(LOG_DEBUG, "a plugin's file is let go", "plugin",
		    p->state == PLUGIN_GONE ? p->id : NULL, "file", p->file,
		    NULL);
	}
}

/* What is said of one that is not in use, for whoever looks at the log. */
static void
log_idle(const struct plugin *p)
{
	struct err err = { 0 };

	plugin_explain(p, &err);
	log_event(p->state == PLUGIN_DISABLED ? LOG_INFO : LOG_WARN,
	    "plugin found, and not in use", "plugin", p->id,
	    "file", p->file, "why", err.msg, "hint", err.hint, NULL);
}

void
plug_hello(struct link *l, struct str description)
{
	struct plug *plug = l->plug;
	struct plugin *p = plug->plugin;
	struct err err = { 0 };
	bool probe = plug->pool->state == POOL_PROBING;

	if (registry_describe(l->s->registry, p, description.p,
	    description.len, &err) != RH_OK) {
		plan_broken(l->w, err.msg);
		return;
	}
	if (probe) {
		plan_threads(plug->pool, p->threads);
		plan_park(plug->pool, "the plugin is not enabled", false);
		if (p->state == PLUGIN_ENABLED)
			turn_on(plug);
		else
			log_idle(p);
	}
	plan_hello(l->w, p->stateless);
	/* The first worker said who the plugin is, and was given nothing. */
	if (probe && plug->on)
		given_look(plug);
	if (probe)
		answer(plug, NULL);
}

void
plug_refused(struct plug *plug, const char *why)
{
	struct sched *s = plug->s;
	struct plugin *p = plug->plugin;
	bool used = p->state == PLUGIN_ENABLED;
	struct err err = { 0 };

	err_set(&err, RH_EPLUGIN, "%s", why);
	if (p->state != PLUGIN_REFUSED)
		registry_refuse(s->registry, p, &err);
	log_event(LOG_WARN, "plugin refused", "file", p->file,
	    "reason", why, NULL);
	if ((used || s->said_ready) && s->cfg.refused != NULL)
		s->cfg.refused(s->cfg.arg, p);
	answer(plug, &err);
}

void
plug_quarantine(struct plug *plug, const char *why)
{
	struct sched *s = plug->s;

	atomic_fetch_add_explicit(&plug->quarantines, 1,
	    memory_order_relaxed);
	log_event(LOG_ERROR, "plugin in quarantine", "plugin",
	    plug->plugin->id, "reason", why, NULL);
	if (s->cfg.quarantine != NULL)
		s->cfg.quarantine(s->cfg.arg, plug->plugin, why);
}
