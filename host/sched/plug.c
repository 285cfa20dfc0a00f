/*
 * Plugins: each is tried in a worker, which says what the plugin is; that
 * worker stays as the first of its pool.
 */
#include "sched/control.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static size_t
bucket_of(const char *id)
{
	uint32_t h = 2166136261u;

	for (; *id != '\0'; id++)
		h = (h ^ (uint8_t)*id) * 16777619u;
	return h % PLUG_BUCKETS;
}

void
plugs_open(struct sched *s)
{
	size_t i, n = registry_count(s->registry);
	struct plugin *p;
	struct plug *plug;

	s->plugs = mem_calloc(n + 1, sizeof *s->plugs);
	for (i = 0; i < n; i++) {
		p = registry_at(s->registry, i);
		if (p->state == PLUGIN_REFUSED) {
			log_event(LOG_WARN, "plugin refused", "file", p->file,
			    "reason", p->error, NULL);
			continue;
		}
		plug = &s->plugs[s->plug_count++];
		plug->s = s;
		plug->plugin = p;
		plug_limit(plug, &s->cfg.limits);
		plug->pool = plan_pool_add(&s->plan, p->trusted, plug);
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
enable(struct plug *plug)
{
	struct sched *s = plug->s;
	struct plugin *p = plug->plugin;

	snprintf(plug->principal, sizeof plug->principal, "plugin:%s", p->id);
	if (s->to->trusts(s->host, p->id, p->image.digest))
		p->trusted = true;
	LIST_INSERT_HEAD(&s->by_id[bucket_of(p->id)], plug, by_id);
	log_event(LOG_INFO, "plugin enabled", "plugin", p->id, "version",
	    p->version, "file", p->file, NULL);
}

void
plug_hello(struct link *l, struct str description)
{
	struct plug *plug = l->plug;
	struct err err = { 0 };
	bool probe = plug->pool->state == POOL_PROBING;

	if (registry_describe(l->s->registry, plug->plugin, description.p,
	    description.len, &err) != RH_OK) {
		plan_broken(l->w, err.msg);
		return;
	}
	if (probe) {
		enable(plug);
		plan_threads(plug->pool, plug->plugin->threads);
		plan_trust(plug->pool, plug->plugin->trusted);
	}
	plan_hello(l->w, plug->plugin->stateless);
	/* The first worker said who the plugin is, and was given nothing. */
	if (probe)
		given_look(plug);
}

void
plug_refused(struct plug *plug, const char *why)
{
	struct sched *s = plug->s;
	bool used = plug->plugin->state == PLUGIN_ENABLED;
	struct err err;

	err_set(&err, RH_EPLUGIN, "%s", why);
	if (plug->plugin->state != PLUGIN_REFUSED)
		registry_refuse(s->registry, plug->plugin, &err);
	log_event(LOG_WARN, "plugin refused", "file", plug->plugin->file,
	    "reason", why, NULL);
	if (used && s->cfg.refused != NULL)
		s->cfg.refused(s->cfg.arg, plug->plugin);
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
