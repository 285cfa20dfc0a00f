/*
 * A trusted plugin on a thread of the host, behind a channel as a worker has
 * one.  Its mistakes are the host's: no sandbox, no capture of what it
 * prints, and a thread that does not come back is lost.
 */
#include "worker/main.h"

#include "base/log.h"
#include "base/mem.h"
#include "worker/serve.h"
#include "worker/speak.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define PLUGIN_STACK	(8 * 1024 * 1024)

struct inproc {
	struct instance *inst;
};

/* Nobody serves any more: the host's end says so. */
static void
close_instance(struct instance *inst)
{
	instance_close(inst);
	channel_shut(inst->chan);
}

/* On the control thread. */
static void
deliver(void *arg, const struct frame_head *head, struct str body)
{
	struct instance *inst = arg;
	struct err err = { 0 };
	rh_status rc = serve_message(inst, head, body, &err);

	if (rc == RH_OK)
		return;
	if (rc != RH_ECANCELED)
		log_line(LOG_ERROR, "in-process plugin \"%s\": %s",
		    inst->path, err.msg);
	close_instance(inst);
}

/* Also when the plugin ends its thread by itself: then one runs on it. */
static void
thread_ends(void *arg)
{
	struct instance *inst = arg;
	struct invocation *v;

	close_instance(inst);
	pthread_mutex_lock(&inst->lock);
	v = inst->running;
	inst->running = NULL;
	inst->threads--;
	pthread_cond_broadcast(&inst->changed);
	pthread_mutex_unlock(&inst->lock);
	if (v != NULL) {
		speak_end(v);
		invocation_unref(v);
	}
	instance_unref(inst);
}

static void *
plugin_thread(void *arg)
{
	const struct instance *inst = arg;
	const char *file = strrchr(inst->path, '/');

	prctl(PR_SET_NAME, file != NULL ? file + 1 : inst->path, 0, 0, 0);
	pthread_cleanup_push(thread_ends, arg);
	serve_plugin(arg);
	pthread_cleanup_pop(1);
	return NULL;
}

/* It holds a reference of its own. */
static rh_status
start_thread(struct instance *inst, struct err *err)
{
	pthread_attr_t attr;
	pthread_t thread;
	int e;

	instance_ref(inst);
	inst->threads = 1;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, PLUGIN_STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	e = pthread_create(&thread, &attr, plugin_thread, inst);
	pthread_attr_destroy(&attr);
	if (e == 0)
		return RH_OK;
	thread_ends(inst);
	return err_set(err, RH_EIO, "making a thread for \"%s\": %s",
	    inst->path, strerror(e));
}

struct inproc *
inproc_start(int memfd, const char *path, struct channel **chan,
    struct err *err)
{
	struct channel *plugin_end = channel_local(err);
	struct inproc *p;
	sigset_t all, before;
	rh_status rc;

	if (plugin_end == NULL)
		return NULL;
	p = mem_zalloc(sizeof *p);
	p->inst = instance_new(memfd, path, plugin_end, false);
	*chan = channel_local_host(plugin_end, deliver, p->inst);
	/* The host's signals are for the host's own threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = start_thread(p->inst, err);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == RH_OK)
		return p;
	channel_free(*chan);
	*chan = NULL;
	inproc_stop(p, 0);
	return NULL;
}

void
inproc_close(struct inproc *p)
{
	close_instance(p->inst);
}

bool
inproc_ended(struct inproc *p)
{
	bool ended;

	pthread_mutex_lock(&p->inst->lock);
	ended = p->inst->threads == 0;
	pthread_mutex_unlock(&p->inst->lock);
	return ended;
}

bool
inproc_stop(struct inproc *p, int64_t ms)
{
	struct instance *inst = p->inst;
	struct timespec until;
	bool is_over;
	int e = 0;

	inproc_close(p);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&inst->lock);
	while (inst->threads > 0 && e == 0)
		e = pthread_cond_timedwait(&inst->changed, &inst->lock,
		    &until);
	is_over = inst->threads == 0;
	pthread_mutex_unlock(&inst->lock);
	instance_unref(inst);	/* a lost thread keeps it */
	free(p);
	return is_over;
}
