/*
 * The played ledger.  It answers on the control thread, at once: the control
 * thread must bear that as well as an answer from elsewhere.
 */
#include "unit/sched/rig.h"

#include "lib/unit.h"

#include "action/call.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAIT_SECONDS	30

static const char *
text_or(const char *s, const char *otherwise)
{
	return s != NULL ? s : otherwise;
}

static struct rig *
rig_of(struct host *h)
{
	return (struct rig *)(void *)h;
}

/* A plugin's action is carried out later. */
static bool
invoke(struct rig *r, struct call *c)
{
	struct effects list = STAILQ_HEAD_INITIALIZER(list);
	struct effect *e;

	c->plugin_action = registry_action(r->registry, str_of(c->name));
	if (c->plugin_action == NULL)
		return false;
	e = effect_add(&list, EFFECT_INVOKE, 0);
	e->plugin = c->plugin_action->plugin->id;
	e->call = c;
	r->effects(r->effects_arg, &list);
	return true;
}

static void
answer(struct rig *r, struct call *c)
{
	if (c->action == NULL && invoke(r, c))
		return;
	if (c->action == NULL)
		c->status = err_set(&c->err, RH_ENOENT, "no action \"%s\"",
		    c->name);
	c->done(c);
}

static void
fake_submit(struct host *h, struct call *c)
{
	struct rig *r = rig_of(h);
	bool held;

	pthread_mutex_lock(&r->lock);
	if (r->refuse != NULL && strcmp(r->refuse, c->name) == 0 &&
	    r->refuse_count-- > 0) {
		c->status = err_set(&c->err, r->refuse_status, "refused");
		buf_printf(&r->log, "refused %s %lld\n", c->name,
		    (long long)c->caller.run_no);
	} else {
		rig_write_down(r, c);
	}
	held = r->hold != NULL && strcmp(r->hold, c->name) == 0;
	if (held) {
		r->held = c;
		r->hold = NULL;
	}
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	if (c->status != RH_OK)
		c->done(c);
	else if (!held)
		answer(r, c);
}

static void
fake_on_effects(struct host *h, void (*fn)(void *, struct effects *),
    void *arg)
{
	rig_of(h)->effects = fn;
	rig_of(h)->effects_arg = arg;
}

static int64_t
fake_now(struct host *h)
{
	return clock_real.wall_us(&clock_real) + rig_of(h)->skew_us;
}

static bool
fake_trusts(struct host *h, const struct plugin *p)
{
	(void)h, (void)p;
	return false;
}

static void
fake_degraded(struct host *h, enum host_part part, const char *reason)
{
	struct rig *r = rig_of(h);

	(void)part;
	pthread_mutex_lock(&r->lock);
	snprintf(r->degraded, sizeof r->degraded, "%s", text_or(reason, ""));
	buf_printf(&r->log, "degraded: %s\n", text_or(reason, "no more"));
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

static const struct sched_host fake = {
	fake_submit, fake_on_effects, fake_now, fake_trusts, fake_degraded,
	NULL,
};

static void
on_ready(void *arg)
{
	struct rig *r = arg;

	pthread_mutex_lock(&r->lock);
	r->ready++;
	buf_adds(&r->log, "ready\n");
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

/* From the build, as "test_probe" or "runner_mock", to the test's folder. */
static bool
copy_plugin(const char *name)
{
	const char *top = getenv("TOP_BUILDDIR");
	char from[512], to[512];
	char piece[64 * 1024];
	int in, out;
	ssize_t n;

	snprintf(from, sizeof from, "%s/.libs/%s.so", top != NULL ? top : ".",
	    name);
	snprintf(to, sizeof to, "%s/%s.so", unit_tmpdir(), name);
	in = open(from, O_RDONLY | O_CLOEXEC);
	out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (!unit_check(in >= 0 && out >= 0, __FILE__, __LINE__, "%s: %s",
	    from, strerror(errno)))
		return false;
	while ((n = read(in, piece, sizeof piece)) > 0)
		CHECK_INT(write(out, piece, (size_t)n), n);
	close(in);
	close(out);
	return true;
}

/*
 * The loader knows an object by the number of its descriptor, for good, so
 * none is used twice in this process.
 */
static void
number_images(struct registry *reg)
{
	static int next = 700;
	struct image *image;
	size_t i;
	int fd;

	for (i = 0; i < registry_count(reg); i++) {
		image = &registry_at(reg, i)->image;
		if (image->memfd < 0)
			continue;
		fd = fcntl(image->memfd, F_DUPFD_CLOEXEC, next++);
		close(image->memfd);
		image->memfd = fd;
		CHECK_INT(fd, next - 1);
	}
}

bool
rig_init(struct rig *r, const char *const *plugins)
{
	struct err err;

	memset(r, 0, sizeof *r);
	log_level_set(LOG_ERROR);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	r->cfg = sched_config_default;
	r->cfg.to = &fake;
	r->cfg.ready = on_ready;
	r->cfg.arg = r;
	r->cfg.worker_max = 2;
	r->cfg.limits.memory_bytes = 0;
	r->cfg.sweep_ms = 3600000;
	r->cfg.start_timeout_ms = 20000;
	r->registry = registry_new();
	for (; *plugins != NULL; plugins++)
		if (!copy_plugin(*plugins))
			return false;
	if (!CHECK_OK(registry_scan(r->registry, unit_tmpdir(), &err), &err))
		return false;
	number_images(r->registry);
	r->spawner = spawner_start(&err);
	return CHECK_OK(r->spawner != NULL ? RH_OK : err.status, &err);
}

bool
rig_start(struct rig *r)
{
	struct err err;

	return CHECK_OK(sched_start(&r->cfg, (struct host *)(void *)r,
	    r->registry, r->spawner, &r->sched, &err), &err) &&
	    rig_wait(r, "ready\n", 1);
}

bool
rig_open(struct rig *r, const char *const *plugins)
{
	return rig_init(r, plugins) && rig_start(r);
}

void
rig_fini(struct rig *r)
{
	rig_free(r);
	if (r->sched != NULL)
		sched_stop(r->sched);
	sched_free(r->sched);
	spawner_stop(r->spawner);
	registry_free(r->registry);
	buf_fini(&r->log);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
}

int64_t
rig_hand(struct rig *r, const struct rig_run *run)
{
	struct effects list = STAILQ_HEAD_INITIALIZER(list);
	struct effect *e = effect_add(&list, EFFECT_START, run->run_no);
	struct run_row *row;
	int64_t fence;

	e->claimed = arena_zalloc(&e->arena, sizeof *e->claimed);
	e->claimed->cause = CAUSE_FIRST;
	e->plugin = arena_strdup(&e->arena, run->plugin);
	e->inproc = run->inproc;
	row = &e->claimed->row;
	row->run_no = run->run_no;
	row->plugin = e->plugin;
	row->runner = arena_strdup(&e->arena, run->runner);
	if (run->action_id != NULL)
		row->action_id = arena_strdup(&e->arena, run->action_id);
	row->metadata = arena_strdup(&e->arena, text_or(run->metadata, "{}"));
	row->raw_args = arena_strdup(&e->arena, text_or(run->raw_args, ""));
	row->scope.owner = arena_strdup(&e->arena, text_or(run->owner,
	    "user:alice"));
	row->chain = arena_printf(&e->arena, "[\"%s\"]", row->scope.owner);
	row->timeout_us = run->timeout_ms * US_PER_MS;
	row->attempts = 1;
	row->created_us = fake_now((struct host *)(void *)r);
	pthread_mutex_lock(&r->lock);
	fence = e->fence = ++r->fence;
	if (r->offered > 0)
		r->offered--;
	pthread_mutex_unlock(&r->lock);
	row->fence = fence;
	r->effects(r->effects_arg, &list);
	return fence;
}

int64_t
rig_run(struct rig *r, const char *plugin, const char *runner,
    int64_t run_no)
{
	const struct rig_run run = {
		.plugin = plugin, .runner = runner, .run_no = run_no,
	};

	return rig_hand(r, &run);
}

void
rig_effect(struct rig *r, enum effect_kind kind, const char *plugin,
    int64_t run_no, int64_t fence)
{
	struct effects list = STAILQ_HEAD_INITIALIZER(list);
	struct effect *e = effect_add(&list, kind, run_no);

	e->fence = fence;
	e->plugin = plugin;
	r->effects(r->effects_arg, &list);
}

void
rig_trust(struct rig *r, const char *plugin, bool on)
{
	registry_find(r->registry, str_of(plugin))->trusted = on;
	rig_effect(r, EFFECT_TRUST, plugin, 0, 0);
}

static void
note_done(struct call *c)
{
	struct rig *r = c->owner;

	pthread_mutex_lock(&r->lock);
	buf_printf(&r->log, "answered %s %d %s\n", c->name, c->status,
	    c->status == RH_OK ? c->reply.p : c->err.msg);
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

struct call *
rig_call(struct rig *r, const char *action, const char *body)
{
	const struct caller alice = {
		.kind = CALLER_LOCAL, .principal = "user:alice", .source = "",
	};
	struct call *c = call_open(action, &alice, body, strlen(body));

	c->owner = r;
	c->done = note_done;
	CHECK(invoke(r, c));
	return c;
}

static int
count_in(const struct buf *log, const char *text)
{
	const char *p = log->p;
	int n = 0;

	while (p != NULL && (p = strstr(p, text)) != NULL) {
		n++;
		p += strlen(text);
	}
	return n;
}

bool
rig_wait(struct rig *r, const char *text, int times)
{
	struct timespec until;
	int got, e = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_SECONDS;
	pthread_mutex_lock(&r->lock);
	while ((got = count_in(&r->log, text)) < times && e == 0)
		e = pthread_cond_timedwait(&r->changed, &r->lock, &until);
	unit_check(got >= times, __FILE__, __LINE__,
	    "\"%s\" %d times, not %d, in:\n%.1500s", text, got, times,
	    r->log.len > 0 ? r->log.p : "");
	pthread_mutex_unlock(&r->lock);
	return got >= times;
}

int
rig_count(struct rig *r, const char *text)
{
	int n;

	pthread_mutex_lock(&r->lock);
	n = count_in(&r->log, text);
	pthread_mutex_unlock(&r->lock);
	return n;
}

void
rig_forget(struct rig *r)
{
	pthread_mutex_lock(&r->lock);
	buf_clear(&r->log);
	pthread_mutex_unlock(&r->lock);
}

void
rig_refuse(struct rig *r, const char *action, rh_status status, int n)
{
	pthread_mutex_lock(&r->lock);
	r->refuse = action;
	r->refuse_status = status;
	r->refuse_count = n;
	pthread_mutex_unlock(&r->lock);
}

void
rig_hold(struct rig *r, const char *action)
{
	pthread_mutex_lock(&r->lock);
	r->hold = action;
	pthread_mutex_unlock(&r->lock);
}

void
rig_free(struct rig *r)
{
	struct call *c;

	pthread_mutex_lock(&r->lock);
	c = r->held;
	r->held = NULL;
	r->hold = NULL;
	pthread_mutex_unlock(&r->lock);
	if (c != NULL)
		answer(r, c);
}
