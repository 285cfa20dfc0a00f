/*
 * What is to be written, looked at, or still to be freed: lists under a lock
 * of their own, so that any thread may add to them.
 */
#include "stream/hub_impl.h"

#include <stddef.h>

bool
hub_ready(struct streams *h, struct hub_seat *seat)
{
	bool open;

	pthread_mutex_lock(&h->news_lock);
	open = !h->closed;
	if (open && !seat->is_ready) {
		seat->is_ready = true;
		TAILQ_INSERT_TAIL(&h->ready, seat, ready);
		h->ready_count++;
	}
	pthread_mutex_unlock(&h->news_lock);
	if (open && !pthread_equal(pthread_self(), h->thread))
		wake_signal(&h->wake);
	return open;
}

void
hub_ready_take(struct streams *h, struct hub_seat *seat)
{
	if (!seat->is_ready)
		return;
	TAILQ_REMOVE(&h->ready, seat, ready);
	h->ready_count--;
	seat->is_ready = false;
}

struct hub_seat *
hub_next_ready(struct streams *h)
{
	struct hub_seat *seat;

	pthread_mutex_lock(&h->news_lock);
	if ((seat = TAILQ_FIRST(&h->ready)) != NULL)
		hub_ready_take(h, seat);
	pthread_mutex_unlock(&h->news_lock);
	return seat;
}

void
hub_dirty(struct streams *h, struct tail_link *link)
{
	pthread_mutex_lock(&h->news_lock);
	if (!link->listed) {
		link->listed = true;
		TAILQ_INSERT_TAIL(&h->dirty, link, next);
	}
	pthread_mutex_unlock(&h->news_lock);
	if (!pthread_equal(pthread_self(), h->thread))
		wake_signal(&h->wake);
}

void
hub_clean(struct streams *h, struct tail_link *link)
{
	pthread_mutex_lock(&h->news_lock);
	if (link->listed)
		TAILQ_REMOVE(&h->dirty, link, next);
	link->listed = false;
	pthread_mutex_unlock(&h->news_lock);
}

struct tail *
hub_next_dirty(struct streams *h)
{
	struct tail_link *link;

	pthread_mutex_lock(&h->news_lock);
	if ((link = TAILQ_FIRST(&h->dirty)) != NULL) {
		TAILQ_REMOVE(&h->dirty, link, next);
		link->listed = false;
	}
	pthread_mutex_unlock(&h->news_lock);
	return link == NULL ? NULL :
	    (struct tail *)((char *)link - offsetof(struct tail, link));
}

size_t
hub_count_ready(struct streams *h)
{
	size_t n;

	pthread_mutex_lock(&h->news_lock);
	n = h->ready_count;
	pthread_mutex_unlock(&h->news_lock);
	return n;
}

bool
hub_has_news(struct streams *h)
{
	bool yes;

	pthread_mutex_lock(&h->news_lock);
	yes = h->ready_count > 0 || !TAILQ_EMPTY(&h->dirty);
	pthread_mutex_unlock(&h->news_lock);
	return yes;
}

void
hub_hold(struct streams *h)
{
	pthread_mutex_lock(&h->news_lock);
	h->memory++;
	pthread_mutex_unlock(&h->news_lock);
}

void
hub_release(struct streams *h)
{
	pthread_mutex_lock(&h->news_lock);
	h->memory--;
	pthread_cond_signal(&h->released);
	pthread_mutex_unlock(&h->news_lock);
}
