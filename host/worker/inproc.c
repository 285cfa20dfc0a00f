/*
 * A trusted plugin on two threads of the host, behind the same socket that
 * a worker has.  Its mistakes are the host's: no sandbox, no capture of
 * what it prints, and a thread that does not come back is lost.
 */
#include "worker/main.h"

#include "base/log.h"
#include "base/mem.h"
#include "worker/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define PLUGIN_STACK	(8 * 1024 * 1024)

struct inproc {
	struct instance *inst;
};

/* Also when the plugin ends its thread by itself. */
static void
thread_ends(void *arg)
{
	struct instance *inst = arg;

	/* Nobody is left to serve: the host sees a closed socket. */
	shutdown(channel_fd(inst->chan), SHUT_RDWR);
	pthread_mutex_lock(&inst->lock);
	inst->threads--;
	pthread_cond_broadcast(&inst->changed);
	pthread_mutex_unlock(&inst->lock);
	instance_unref(inst);
}

static void *
plugin_thread(void *arg)
{
	pthread_cleanup_push(thread_ends, arg);
	serve_plugin(arg);
	pthread_cleanup_pop(1);
	return NULL;
}

static void *
socket_thread(void *arg)
{
	struct instance *inst = arg;
	struct err err = { 0 };

	if (serve_socket(inst, &err) != RH_OK)
		log_line(LOG_ERROR, "in-process plugin \"%s\": %s",
		    inst->path, err.msg);
	instance_close(inst);
	thread_ends(inst);
	return NULL;
}

/* Each thread holds a reference of its own. */
static rh_status
start_thread(struct instance *inst, void *(*body)(void *), struct err *err)
{
	pthread_attr_t attr;
	pthread_t thread;
	int e;

	instance_ref(inst);
	pthread_mutex_lock(&inst->lock);
	inst->threads++;
	pthread_mutex_unlock(&inst->lock);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, PLUGIN_STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	e = pthread_create(&thread, &attr, body, inst);
	pthread_attr_destroy(&attr);
	if (e == 0)
		return RH_OK;
	thread_ends(inst);
	return err_set(err, RH_EIO, "making a thread for \"%s\": %s",
	    inst->path, strerror(e));
}

struct inproc *
inproc_start(int memfd, const char *path, int sock, struct err *err)
{
	struct inproc *p = mem_zalloc(sizeof *p);
	sigset_t all, before;
	rh_status rc;

	p->inst = instance_new(memfd, path, sock, false);
	/* The host's signals are for the host's own threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = start_thread(p->inst, socket_thread, err);
	if (rc == RH_OK)
		rc = start_thread(p->inst, plugin_thread, err);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == RH_OK)
		return p;
	inproc_stop(p, 0);
	return NULL;
}

void
inproc_close(struct inproc *p)
{
	shutdown(channel_fd(p->inst->chan), SHUT_RDWR);
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
