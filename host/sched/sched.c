/*
 * Starting and stopping the control thread.
 */
#include "sched/control.h"

#include "base/clock.h"
#include "base/mem.h"
#include "ledger/host.h"
#include "ledger/host_start.h"
#include "sched/errand.h"
#include "sched/uses.h"
#include "worker/profile.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

const struct sched_config sched_config_default = {
	.worker_min = 1, .worker_max = 8, .slots = 32,
	.idle_ms = 60000,
	.min_tier = TIER_REQUIRED,
	.start_timeout_ms = 5000,
	.lease_ms = 60000,
	.grace_ms = 1000,
	.cancel_grace_ms = 5000,
	.action_timeout_ms = 30000,
	.limits = {
		.memory_bytes = INT64_C(1) << 30,
		.cpu_s = 3600,
		.calls_max = 1000000,
		.messages_per_s = 100000,
		.bytes_per_s = 64 * 1024 * 1024,
		.events_max = 100000,
		.output_bytes = 1024 * 1024,
	},
	.crash_window_s = 600,
	.hold_ms = 10,
	.sweep_ms = 1000,
	.stopping = "the host stops",
	.secrets_dir = -1,
};

static const struct sched_host real_host = {
	.submit = host_submit,
	.on_effects = host_on_effects,
	.now = host_now,
	.trusts = host_trusts,
	.degraded = host_degraded,
	.policy = host_policy,
};

static void
plan_config_of(const struct sched_config *cf, struct plan_config *out)
{
	*out = plan_config_default;
	out->min = cf->worker_min;
	out->max = cf->worker_max > cf->worker_min ? cf->worker_max :
	    cf->worker_min;
	out->slots = cf->slots;
	out->idle_us = cf->idle_ms * US_PER_MS;
	out->start_us = cf->start_timeout_ms * US_PER_MS;
	out->grace_us = cf->grace_ms * US_PER_MS;
	out->cancel_grace_us = cf->cancel_grace_ms * US_PER_MS;
	out->lost_grace_us = cf->lost_grace_ms * US_PER_MS;
	out->stopping = cf->stopping;
	out->crash_limit = cf->crash_limit;
	out->crash_window_us = cf->crash_window_s * US_PER_S;
	out->renew_us = cf->lease_ms * US_PER_MS / 3;
	out->sweep_us = cf->sweep_ms * US_PER_MS;
}

static void
wake(void *arg)
{
	struct sched *s = arg;

	wake_signal(&s->inbox.wake);
}

static rh_status
watch(struct sched *s, int fd, void *tag, struct err *err)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = tag };

	if (epoll_ctl(s->epfd, EPOLL_CTL_ADD, fd, &ev) != 0)
		return err_errno(err, RH_EIO, "epoll_ctl");
	return RH_OK;
}

static rh_status
open_all(struct sched *s, struct err *err)
{
	rh_status rc;

	s->epfd = epoll_create1(EPOLL_CLOEXEC);
	s->timerfd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC |
	    TFD_NONBLOCK);
	if (s->epfd < 0 || s->timerfd < 0)
		return err_errno(err, RH_EIO, "making an epoll and a timer");
	if ((rc = inbox_open(&s->inbox, err)) != RH_OK ||
	    (rc = watch(s, s->timerfd, NULL, err)) != RH_OK)
		return rc;
	return watch(s, wake_fd(&s->inbox.wake), &s->inbox_tag, err);
}

/* The host's signals are for its main thread. */
static rh_status
start_thread(struct sched *s, struct err *err)
{
	sigset_t all, before;
	int e;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	e = pthread_create(&s->thread, NULL, control_main, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (e != 0)
		return err_set(err, RH_EIO, "making the control thread: %s",
		    strerror(e));
	pthread_setname_np(s->thread, "control");
	s->running = true;
	return RH_OK;
}

rh_status
sched_start(const struct sched_config *cf, struct host *host,
    struct registry *registry, struct spawner *spawner, struct sched **out,
    struct err *err)
{
	struct sched *s = mem_zalloc(sizeof *s);
	struct plan_config plan;
	rh_status rc;

	s->cfg = *cf;
	s->to = cf->to != NULL ? cf->to : &real_host;
	s->host = host;
	s->registry = registry;
	s->spawner = spawner;
	s->uses = uses_new();
	s->epfd = s->timerfd = s->inbox.wake.fd = -1;
	STAILQ_INIT(&s->dirty);
	STAILQ_INIT(&s->plugs);
	s->leftover.fire = leftover_end;
	s->leftover.arg = s;
	s->look.fire = limits_look;
	s->look.arg = s;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	plan_config_of(cf, &plan);
	plan_init(&s->plan, &plan);
	s->errands = errands_new(wake, s);
	if ((rc = open_all(s, err)) != RH_OK)
		goto fail;
	plugs_open(s);
	s->to->on_effects(host, inbox_effects, s);
	if ((rc = start_thread(s, err)) != RH_OK)
		goto fail;
	*out = s;
	return RH_OK;

fail:
	s->to->on_effects(host, NULL, NULL);
	sched_free(s);
	return rc;
}

void
sched_drain(struct sched *s, int64_t timeout_ms)
{
	int64_t until = control_now(s) + timeout_ms * US_PER_MS;

	pthread_mutex_lock(&s->lock);
	if (s->drain_us == 0 || until < s->drain_us)
		s->drain_us = until;
	wake_signal(&s->inbox.wake);
	while (!s->drained)
		pthread_cond_wait(&s->changed, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

void
sched_stop(struct sched *s)
{
	if (!s->running)
		return;
	pthread_mutex_lock(&s->lock);
	s->drain_us = control_now(s);
	s->stopping = true;
	pthread_mutex_unlock(&s->lock);
	wake_signal(&s->inbox.wake);
	pthread_join(s->thread, NULL);
	s->running = false;
	pthread_mutex_lock(&s->inbox.lock);
	s->inbox.closed = true;
	pthread_mutex_unlock(&s->inbox.lock);
}

struct uses *
sched_uses(struct sched *s)
{
	return s->uses;
}

void
sched_free(struct sched *s)
{
	if (s == NULL)
		return;
	errands_free(s->errands);
	uses_free(s->uses);
	inbox_close(&s->inbox);
	plugs_close(s);
	plan_fini(&s->plan);
	lost_forget(s);
	if (s->epfd >= 0)
		close(s->epfd);
	if (s->timerfd >= 0)
		close(s->timerfd);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
