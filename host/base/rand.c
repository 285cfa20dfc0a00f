/*
 * libsodium's generator, and a seeded one (SplitMix64) for tests, which is
 * no secret to anybody.
 */
#include "base/rand.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
rand_init(void)
{
	if (sodium_init() < 0) {
		fputs("runhost: no source of random bytes\n", stderr);
		abort();
	}
}

static void
system_bytes(struct rand_src *src, void *out, size_t len)
{
	(void)src;
	randombytes_buf(out, len);
}

struct rand_src rand_system = { system_bytes, 0 };

static uint64_t
seeded_next(struct rand_src *src)
{
	uint64_t z = src->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
seeded_bytes(struct rand_src *src, void *out, size_t len)
{
	unsigned char *p = out;
	uint64_t word;
	size_t n;

	while (len > 0) {
		word = seeded_next(src);
		n = len < sizeof word ? len : sizeof word;
		memcpy(p, &word, n);
		p += n;
		len -= n;
	}
}

void
rand_seeded_init(struct rand_src *src, uint64_t seed)
{
	src->bytes = seeded_bytes;
	src->state = seed;
}

void
rand_bytes(struct rand_src *src, void *out, size_t len)
{
	src->bytes(src, out, len);
}

/* Draws again in the incomplete stretch, so that no value is likelier. */
uint64_t
rand_below(struct rand_src *src, uint64_t bound)
{
	uint64_t v, reject;

	assert(bound != 0);
	reject = -bound % bound;
	do
		rand_bytes(src, &v, sizeof v);
	while (v < reject);
	return v % bound;
}
