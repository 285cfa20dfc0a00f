/*
 * Token buckets in a table of sets.  Callers are told apart by a keyed hash,
 * whose rest chooses the set, so that nobody can aim at somebody else's.
 */
#include "http/rate.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/rand.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SETS	1024
#define WAYS	8

struct bucket {
	uint64_t who;		/* 0: free */
	int64_t	full_us;	/* when it will be full again */
};

struct rate {
	pthread_mutex_t lock;
	_Atomic unsigned per_second;	/* 0: no limit */
	uint8_t	key[16];
	struct bucket sets[SETS][WAYS];
};

struct rate *
rate_new(unsigned per_second)
{
	struct rate *r = mem_zalloc(sizeof *r);

	pthread_mutex_init(&r->lock, NULL);
	rate_set(r, per_second);
	rand_bytes(&rand_system, r->key, sizeof r->key);
	return r;
}

void
rate_set(struct rate *r, unsigned per_second)
{
	r->per_second = per_second;
}

unsigned
rate_limit(const struct rate *r)
{
	return r->per_second;
}

void
rate_free(struct rate *r)
{
	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static uint64_t
tag_of(const struct rate *r, const char *who)
{
	uint8_t digest[HASH_LEN];
	struct hash h;
	uint64_t tag;

	hash_begin(&h, r->key, sizeof r->key);
	hash_add(&h, who, strlen(who));
	hash_end(&h, digest);
	memcpy(&tag, digest, sizeof tag);
	return tag != 0 ? tag : 1;
}

/*
 * The caller's own bucket, or the set's fullest, which it takes over.  That
 * one is idle unless all are busy, and then its debt comes with it: who
 * comes anew is forgiven nothing, and charged the least.
 */
static struct bucket *
bucket_of(struct rate *r, uint64_t who)
{
	struct bucket *set = r->sets[who % SETS], *best = &set[0];
	size_t i;

	for (i = 0; i < WAYS; i++) {
		if (set[i].who == who)
			return &set[i];
		if (set[i].full_us < best->full_us)
			best = &set[i];
	}
	best->who = who;
	return best;
}

bool
rate_take(struct rate *r, const char *who, int64_t now_us)
{
	unsigned per_second = r->per_second;
	int64_t cost;
	struct bucket *b;
	uint64_t tag;
	bool taken = false;

	if (per_second == 0)
		return true;
	cost = US_PER_S / per_second;
	tag = tag_of(r, who);
	pthread_mutex_lock(&r->lock);
	b = bucket_of(r, tag);
	if (b->full_us < now_us)
		b->full_us = now_us;
	if (b->full_us + cost <= now_us + US_PER_S) {
		b->full_us += cost;
		taken = true;
	}
	pthread_mutex_unlock(&r->lock);
	return taken;
}
