/*
 * What a plugin's workers are given, made from its grants: a list that is
 * compared whenever the policy changes, and the profile of each new worker.
 * What can't be given is left out, and said.
 */
#include "sched/control.h"

#include "action/gate.h"
#include "auth/capability.h"
#include "auth/policy.h"
#include "base/log.h"
#include "base/mem.h"
#include "sched/uses.h"
#include "store/store_auth.h"
#include "worker/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a plugin that may write, when no grant says more or less. */
#define FILE_BYTES	(INT64_C(1) << 30)

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, and each once: a second grant of the same changes nothing. */
static void
sort_once(struct given *g)
{
	size_t i, n = 0;

	if (g->count > 1)
		qsort(g->caps, g->count, sizeof *g->caps, by_text);
	for (i = 0; i < g->count; i++) {
		if (n == 0 || strcmp(g->caps[n - 1], g->caps[i]) != 0)
			g->caps[n++] = g->caps[i];
	}
	g->count = n;
}

/* What holds now, and when the first of it ends. */
static void
collect(struct plug *plug, struct given *g, int64_t *ends)
{
	struct sched *s = plug->s;
	int64_t now = s->plan.now;
	struct policy *p = s->to->policy(s->host);
	const struct grant_row *row;
	struct capability c;
	size_t i = 0, most;

	policy_grants(p, plug->principal, &most);
	g->caps = arena_alloc(&g->arena, (most + 1) * sizeof *g->caps);
	*ends = TIMERS_NEVER;
	while ((row = capability_next(p, plug->principal, now, &i,
	    &c)) != NULL) {
		if (!capability_is_given(c.kind))
			continue;
		g->caps[g->count++] = arena_strdup(&g->arena,
		    row->permission);
		if (row->expires_us != 0 && row->expires_us < *ends)
			*ends = row->expires_us;
	}
	policy_unref(p);
	sort_once(g);
}

/* Whether a has something that b hasn't. */
static bool
has_more(const struct given *a, const struct given *b)
{
	size_t i;

	for (i = 0; i < a->count; i++) {
		if (b->count == 0 || bsearch(&a->caps[i], b->caps, b->count,
		    sizeof *b->caps, by_text) == NULL)
			return true;
	}
	return false;
}

/* The host's own limits, but where grants say another. */
static void
set_limits(struct plug *plug)
{
	struct plug_limits l = plug->s->cfg.limits, granted = { 0 };
	const struct {
		enum capability_kind kind;
		int64_t *of, *to;
	} table[] = {
		{ CAP_MEMORY, &granted.memory_bytes, &l.memory_bytes },
		{ CAP_CPU, &granted.cpu_s, &l.cpu_s },
		{ CAP_PROCESSES, &granted.processes, &l.processes },
		{ CAP_OPEN_FILES, &granted.open_files, &l.open_files },
		{ CAP_FILE_SIZE, &granted.file_bytes, &l.file_bytes },
		{ CAP_OUTPUT, &granted.output_bytes, &l.output_bytes },
	};
	struct capability c;
	size_t i, k;

	for (i = 0; i < plug->given.count; i++) {
		capability_parse(plug->given.caps[i], &c, NULL);
		if (c.kind == CAP_WRITE && l.file_bytes == 0)
			l.file_bytes = FILE_BYTES;
		for (k = 0; k < ARRAY_LEN(table); k++) {
			if (table[k].kind == c.kind &&
			    c.amount > *table[k].of)
				*table[k].of = c.amount;
		}
	}
	for (k = 0; k < ARRAY_LEN(table); k++) {
		if (*table[k].of != 0)
			*table[k].to = *table[k].of;
	}
	plug_limit(plug, &l);
}

/* What these leave behind goes only with the worker. */
bool
given_programs(const struct given *g)
{
	struct capability c;
	struct err why;
	size_t i;

	for (i = 0; i < g->count; i++) {
		if (capability_parse(g->caps[i], &c, &why) == RH_OK &&
		    c.kind == CAP_EXEC)
			return true;
	}
	return false;
}

void
given_once(struct plug *plug)
{
	plug->pool->once = plug->trial_us > plug->s->plan.now ||
	    given_programs(&plug->given);
}

void
given_look(struct plug *plug)
{
	struct sched *s = plug->s;
	struct given g = { 0 };
	bool taken, added;
	int64_t ends;

	if (plug->principal[0] == '\0' || s->to->policy == NULL)
		return;
	collect(plug, &g, &ends);
	taken = has_more(&plug->given, &g);
	added = has_more(&g, &plug->given);
	given_fini(plug);
	plug->given = g;
	plug->expiry.fire = given_expired;
	plug->expiry.arg = plug;
	if (ends != TIMERS_NEVER)
		timer_set(&s->plan.timers, &plug->expiry, ends);
	if (!taken && !added)
		return;
	set_limits(plug);
	given_once(plug);
	log_event(LOG_INFO, "the capabilities of a plugin changed", "plugin",
	    plug->plugin->id, "workers", taken ? "are killed" :
	    "end when they are idle", NULL);
	plan_given(plug->pool, taken);
}

void
given_expired(void *arg)
{
	given_look(arg);
}

void
given_fini(struct plug *plug)
{
	timer_clear(&plug->s->plan.timers, &plug->expiry);
	arena_fini(&plug->given.arena);
}

/* It was granted, and this worker does without. */
static void
withheld(struct plug *plug, const char *cap, const char *why)
{
	use_say(plug->s->uses, plug->plugin->id, cap, why);
	if (log_allowed(&plug->log, plug->s->plan.now))
		log_event(LOG_WARN, "a capability can't be given", "plugin",
		    plug->plugin->id, "capability", cap, "reason", why, NULL);
}

/* Connections and secrets are counted where they are asked for. */
static void
handed_over(struct plug *plug, const char *cap, enum capability_kind kind)
{
	struct uses *u = plug->s->uses;

	if (kind == CAP_CONNECT || kind == CAP_SECRET)
		return;
	use_say(u, plug->plugin->id, cap, NULL);
	use_note(u, plug->plugin->id, cap, true, plug->s->plan.now);
}

/* Where it leads may have changed since it was granted. */
const char *
given_check_path(const struct sched *s, const char *path, struct lineage *l,
    struct err *err)
{
	const struct own_dir *d = s->cfg.own_dirs;

	if (lineage_of(path, l, err) != RH_OK)
		return err->msg;
	if (!l->whole)
		return "there is no such file or directory";
	for (; d != NULL && d->path != NULL; d++) {
		if (lineage_within(l, &d->at) || lineage_within(&d->at, l))
			return "it leads to what is the host's own";
	}
	return NULL;
}

static bool
is_roots_alone(const char *path)
{
	struct stat st;

	return geteuid() == 0 && stat(path, &st) == 0 && st.st_uid == 0 &&
	    (st.st_mode & S_IWOTH) == 0;
}

static const char *
add_path(struct plug *plug, const struct capability *c,
    struct worker_profile *p, struct lineage *all, struct err *err)
{
	static const enum path_use uses[] = {
		[CAP_READ] = PATH_READ, [CAP_WRITE] = PATH_WRITE,
		[CAP_EXEC] = PATH_EXEC,
	};
	struct lineage *l = &all[p->path_count];
	const char *why;

	if (p->path_count == PROFILE_PATHS_MAX) {
		err_set(err, RH_ETOOBIG, "a worker is given %d paths, and no "
		    "more", PROFILE_PATHS_MAX);
		return err->msg;
	}
	if ((why = given_check_path(plug->s, c->of, l, err)) != NULL)
		return why;
	if (c->kind == CAP_WRITE && is_roots_alone(c->of))
		return "it belongs to root, and no worker is root: give it to "
		    "a user of its own";
	p->paths[p->path_count++] = (struct profile_path){
		.use = uses[c->kind], .path = c->of,
		.dev = l->at[l->count - 1].dev,
		.ino = l->at[l->count - 1].ino,
	};
	p->children |= c->kind == CAP_EXEC;
	return NULL;
}

/* Paths of which the plugin makes the content. */
static void
mark_written(struct worker_profile *p, const struct lineage *all)
{
	size_t i, k;

	for (i = 0; i < p->path_count; i++)
		for (k = 0; k < p->path_count; k++)
			if (p->paths[k].use == PATH_WRITE &&
			    lineage_within(&all[i], &all[k]))
				p->paths[i].is_written = true;
}

static const char *
add_variable(struct arena *a, const struct capability *c,
    struct worker_profile *p, struct err *err)
{
	const char *value = getenv(c->of);

	if (value == NULL)
		return "the host has no such variable";
	if (strlen(c->of) + 1 + strlen(value) > PROFILE_TEXT_MAX)
		return "its value is too long";
	if (p->env_count == PROFILE_PATHS_MAX) {
		err_set(err, RH_ETOOBIG, "a worker is given %d variables, and "
		    "no more", PROFILE_PATHS_MAX);
		return err->msg;
	}
	p->env[p->env_count++] = arena_printf(a, "%s=%s", c->of, value);
	return NULL;
}

void
given_profile(struct plug *plug, struct arena *a, struct worker_profile *p)
{
	const struct plug_limits *l = &plug->limits;
	size_t i, n = plug->given.count;
	struct lineage *all = arena_alloc(a, ((n < PROFILE_PATHS_MAX ? n :
	    PROFILE_PATHS_MAX) + 1) * sizeof *all);
	struct capability c;
	struct err err;
	const char *why;

	*p = (struct worker_profile){
		.min_tier = plug->s->cfg.min_tier,
		.memory_bytes = l->memory_bytes, .processes = l->processes,
		.open_files = l->open_files, .file_bytes = l->file_bytes,
		.paths = arena_alloc(a, (n + 1) * sizeof *p->paths),
		.env = arena_alloc(a, (n + 1) * sizeof *p->env),
		.trial = plug->trial_us > plug->s->plan.now,
	};
	for (i = 0; i < n; i++) {
		capability_parse(plug->given.caps[i], &c, NULL);
		why = NULL;
		if (c.kind == CAP_READ || c.kind == CAP_WRITE ||
		    c.kind == CAP_EXEC)
			why = add_path(plug, &c, p, all, &err);
		else if (c.kind == CAP_ENV)
			why = add_variable(a, &c, p, &err);
		else if (c.kind == CAP_LOOSE)
			p->loose_children = true;
		if (why != NULL)
			withheld(plug, plug->given.caps[i], why);
		else
			handed_over(plug, plug->given.caps[i], c.kind);
	}
	mark_written(p, all);
}
