/*
 * Threads for what may wait.  The list that they share outlives who made
 * it: the last thread frees it.
 */
#include "sched/errand.h"

#include "base/mem.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STACK_BYTES	(512 * 1024)

struct errands {
	pthread_mutex_t lock;
	void	(*back)(void *);
	void	*arg;
	struct errand_list done;
	int	running, of_kind[ERRAND_KINDS];
	bool	closed;		/* nobody takes any more */
};

struct errands *
errands_new(void (*back)(void *), void *arg)
{
	struct errands *s = mem_zalloc(sizeof *s);

	pthread_mutex_init(&s->lock, NULL);
	STAILQ_INIT(&s->done);
	s->back = back;
	s->arg = arg;
	return s;
}

static void
free_all(struct errand_list *list)
{
	struct errand *e;

	while ((e = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, next);
		e->free(e);
	}
}

/* With the lock, which it gives back. */
static void
leave(struct errands *s)
{
	bool last = s->closed && s->running == 0;

	pthread_mutex_unlock(&s->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
errands_free(struct errands *s)
{
	struct errand_list done = STAILQ_HEAD_INITIALIZER(done);

	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->closed = true;
	STAILQ_CONCAT(&done, &s->done);
	leave(s);
	free_all(&done);
}

static void *
errand_thread(void *arg)
{
	struct errand *e = arg;
	struct errands *s = e->of;
	bool wanted;

	e->run(e);
	pthread_mutex_lock(&s->lock);
	s->running--;
	s->of_kind[e->kind]--;
	wanted = !s->closed;
	if (wanted) {
		STAILQ_INSERT_TAIL(&s->done, e, next);
		s->back(s->arg);
	}
	leave(s);
	if (!wanted)
		e->free(e);
	return NULL;
}

/* The host's signals are for its main thread. */
static int
start_thread(struct errand *e)
{
	sigset_t all, before;
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, &attr, errand_thread, e);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return rc;
}

rh_status
errands_start(struct errands *s, struct errand *take, struct err *err)
{
	static const char *const words[] = {
		[ERRAND_CONNECTION] = "the host makes %d connections already",
		[ERRAND_SECRET] = "the host reads %d secrets already",
	};
	enum errand_kind kind = take->kind;
	rh_status rc = RH_OK;
	int e;

	take->of = s;
	pthread_mutex_lock(&s->lock);
	if (s->of_kind[kind] >= ERRANDS_MAX) {
		rc = err_set(err, RH_EBUSY, words[kind], s->of_kind[kind]);
	} else if ((e = start_thread(take)) != 0) {
		rc = err_set(err, RH_EBUSY, "making a thread: %s",
		    strerror(e));
	} else {
		s->running++;
		s->of_kind[kind]++;
	}
	pthread_mutex_unlock(&s->lock);
	if (rc != RH_OK)
		take->free(take);
	return rc;
}

void
errands_take(struct errands *s, struct errand_list *out)
{
	pthread_mutex_lock(&s->lock);
	STAILQ_CONCAT(out, &s->done);
	pthread_mutex_unlock(&s->lock);
}
