/*
 * The list of connections and the thread that walks it.  A descriptor is
 * shut down under the lock that conn_remove() takes before it is closed, so
 * it is never another one's by then.
 */
#include "http/conn.h"

#include "base/clock.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

static int64_t
now_us(void)
{
	return clock_real.boot_us(&clock_real);
}

/*
 * Whether the client is gone in the middle of a request, as seen twice.
 * libmicrohttpd, told once of bytes and of the end behind them, reads the
 * bytes and waits for more.
 */
static bool
has_left(struct conn *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };
	bool before = c->left;
	int unread = 0;

	c->left = poll(&p, 1, 0) == 1 &&
	    ioctl(c->fd, FIONREAD, &unread) == 0 && unread == 0;
	return before && c->left;
}

static void
conns_sweep(struct conns *cs)
{
	int64_t now = now_us(), deadline;
	const char *words;
	struct conn *c;

	TAILQ_FOREACH(c, &cs->all, link) {
		deadline = atomic_load(&c->deadline_us);
		if (deadline == 0 || (!has_left(c) && deadline > now))
			continue;
		words = atomic_exchange(&c->late, NULL);
		/* Without words it is between requests, or has just come. */
		if (words == NULL && !atomic_compare_exchange_strong(
		    &c->deadline_us, &deadline, 0))
			continue;
		atomic_store(&c->deadline_us, 0);
		if (words != NULL)
			conn_say(c, words);
		shutdown(c->fd, SHUT_RDWR);
	}
}

static void
conns_tick(struct conns *cs)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_nsec += (long)cs->tick_ms * 1000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&cs->stop_cond, &cs->lock, &ts);
}

static void *
conns_main(void *arg)
{
	struct conns *cs = arg;

	pthread_mutex_lock(&cs->lock);
	while (!cs->stop) {
		conns_sweep(cs);
		conns_tick(cs);
	}
	pthread_mutex_unlock(&cs->lock);
	return NULL;
}

rh_status
conns_start(struct conns *cs, int tick_ms, struct err *err)
{
	pthread_condattr_t attr;
	int rc;

	cs->tick_ms = tick_ms;
	TAILQ_INIT(&cs->all);
	pthread_mutex_init(&cs->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&cs->stop_cond, &attr);
	pthread_condattr_destroy(&attr);
	if ((rc = pthread_create(&cs->thread, NULL, conns_main, cs)) != 0) {
		errno = rc;
		return err_errno(err, RH_EIO, "starting the deadline thread");
	}
	pthread_setname_np(cs->thread, "connections");
	cs->running = true;
	return RH_OK;
}

void
conns_stop(struct conns *cs)
{
	if (!cs->running)
		return;
	pthread_mutex_lock(&cs->lock);
	assert(TAILQ_EMPTY(&cs->all));
	cs->stop = true;
	pthread_cond_signal(&cs->stop_cond);
	pthread_mutex_unlock(&cs->lock);
	pthread_join(cs->thread, NULL);
	pthread_cond_destroy(&cs->stop_cond);
	pthread_mutex_destroy(&cs->lock);
	cs->running = false;
}

struct conn *
conn_add(struct conns *cs, int fd, int deadline_ms)
{
	struct conn *c = mem_zalloc(sizeof *c);

	c->fd = fd;
	conn_arm(c, deadline_ms);
	pthread_mutex_lock(&cs->lock);
	TAILQ_INSERT_TAIL(&cs->all, c, link);
	pthread_mutex_unlock(&cs->lock);
	return c;
}

void
conn_remove(struct conns *cs, struct conn *c)
{
	pthread_mutex_lock(&cs->lock);
	TAILQ_REMOVE(&cs->all, c, link);
	pthread_mutex_unlock(&cs->lock);
	free(c);
}

void
conn_arm(struct conn *c, int deadline_ms)
{
	atomic_store(&c->deadline_us, now_us() + deadline_ms * US_PER_MS);
}

void
conn_disarm(struct conn *c)
{
	atomic_store(&c->deadline_us, 0);
}

void
conn_await(struct conn *c, const char *late)
{
	atomic_store(&c->late, late);
}

bool
conn_arrived(struct conn *c)
{
	return atomic_exchange(&c->late, NULL) != NULL;
}

/*
 * Its socket is empty: all that was ever sent are answers that were taken.
 * Who is gone misses nothing.
 */
void
conn_say(const struct conn *c, const char *words)
{
	send(c->fd, words, strlen(words), MSG_DONTWAIT | MSG_NOSIGNAL);
}
