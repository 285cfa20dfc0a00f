/*
 * The worker process.  The main thread reads the socket and ends the process
 * when the host is gone, whatever the plugin's thread is doing.
 */
#include "worker/main.h"

#include "base/log.h"
#include "base/mem.h"
#include "worker/channel.h"
#include "worker/invoke.h"
#include "worker/sandbox.h"
#include "worker/serve.h"
#include "worker/spawner_wire.h"
#include "worker/trace.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PLUGIN_STACK	(8 * 1024 * 1024)
#define EXIT_PROTOCOL	70	/* the host sent what it must not */
#define EXIT_THREAD	71	/* the plugin ended the thread it was given */

static sem_t has_object;

/* First of all, what it is in. */
static struct channel *
open_channel(const struct sandbox *sb, int sock)
{
	struct channel *chan = channel_new(sock, true);
	struct buf body = { 0 };

	confined_pack(&sb->done, &body);
	channel_send(chan, FRAME_CONFINED, 0, 0, body.p, body.len);
	buf_fini(&body);
	return chan;
}

static _Noreturn void
refuse(struct channel *chan, const struct err *err)
{
	struct buf body = { 0 };

	reply_pack(&body, err->status, err->msg, strlen(err->msg));
	channel_send(chan, FRAME_REFUSED, 0, 0, body.p, body.len);
	_exit(0);
}

void
worker_refuse(const struct sandbox *sb, int sock, const struct err *err)
{
	refuse(open_channel(sb, sock), err);
}

static void
thread_lost(void *arg)
{
	(void)arg;
	log_line(LOG_ERROR, "the plugin ended its thread");
	_exit(EXIT_THREAD);
}

/* Nothing of a plugin has been here before.  Without a host it ends. */
static void
await_object(struct instance *inst)
{
	char path[SPAWN_PATH_MAX];
	size_t n = 1;
	int len;

	len = spawn_recv(channel_fd(inst->chan), path, 1, sizeof path,
	    &inst->memfd, &n);
	if (len < 0 || path[len - 1] != '\0')
		_exit(0);
	free(inst->path);
	inst->path = mem_strdup(path);
	prctl(PR_SET_NAME, "runhost-worker", 0, 0, 0);
	sem_post(&has_object);
}

/* It waits itself: who has to be woken first is late. */
static void *
plugin_thread(void *arg)
{
	await_object(arg);
	pthread_cleanup_push(thread_lost, NULL);
	serve_plugin(arg);
	pthread_cleanup_pop(0);
	_exit(0);		/* refused: the host has been told */
}

static rh_status
start_plugin(struct instance *inst, struct err *err)
{
	pthread_attr_t attr;
	pthread_t thread;
	int e;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, PLUGIN_STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	e = pthread_create(&thread, &attr, plugin_thread, inst);
	pthread_attr_destroy(&attr);
	if (e != 0)
		return err_set(err, RH_EIO, "making the plugin's thread: %s",
		    strerror(e));
	return RH_OK;
}

void
worker_main(struct sandbox *sb, int sock)
{
	struct channel *chan;
	struct instance *inst;
	struct err err = { 0 };

	prctl(PR_SET_NAME, "runhost-ahead", 0, 0, 0);
	if (sandbox_enter(sb, &err) != RH_OK)
		worker_refuse(sb, sock, &err);
	chan = open_channel(sb, sock);
	/* A line that was printed is seen before the worker crashes. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	inst = instance_new(-1, "", chan, true);
	inst->profile = &sb->spec->profile;
	inst->traced = sb->spec->profile.traced;
	if (inst->traced)
		trace_begin(inst->chan);
	sem_init(&has_object, 0, 0);
	if (start_plugin(inst, &err) != RH_OK)
		refuse(chan, &err);
	while (sem_wait(&has_object) != 0)
		continue;
	prctl(PR_SET_NAME, "runhost-worker", 0, 0, 0);
	if (serve_socket(inst, &err) == RH_OK)
		_exit(0);
	log_line(LOG_ERROR, "%s", err.msg);
	_exit(EXIT_PROTOCOL);
}
