/*
 * Token buckets in a table.  The slot is chosen by a keyed hash, so that
 * nobody can aim at the slot of somebody else.
 */
#include "http/rate.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/rand.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS	1024

struct bucket {
	int64_t	full_us;	/* when it will be full again */
};

struct rate {
	pthread_mutex_t lock;
	int64_t	cost_us;	/* of one request */
	uint8_t	key[16];
	struct bucket slots[SLOTS];
};

struct rate *
rate_new(unsigned per_second)
{
	struct rate *r = mem_zalloc(sizeof *r);

	pthread_mutex_init(&r->lock, NULL);
	r->cost_us = per_second > 0 ? US_PER_S / per_second : 0;
	rand_bytes(&rand_system, r->key, sizeof r->key);
	return r;
}

void
rate_free(struct rate *r)
{
	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static size_t
slot_of(const struct rate *r, const char *who)
{
	uint8_t digest[HASH_LEN];
	struct hash h;
	uint16_t n;

	hash_begin(&h, r->key, sizeof r->key);
	hash_add(&h, who, strlen(who));
	hash_end(&h, digest);
	memcpy(&n, digest, sizeof n);
	return n % SLOTS;
}

bool
rate_take(struct rate *r, const char *who, int64_t now_us)
{
	struct bucket *b;
	bool taken = false;

	if (r->cost_us == 0)
		return true;
	b = &r->slots[slot_of(r, who)];
	pthread_mutex_lock(&r->lock);
	if (b->full_us < now_us)
		b->full_us = now_us;
	if (b->full_us + r->cost_us <= now_us + US_PER_S) {
		b->full_us += r->cost_us;
		taken = true;
	}
	pthread_mutex_unlock(&r->lock);
	return taken;
}
