/*
 * BLAKE2b-256 by libsodium; the state is opaque so that only this file
 * needs its header.
 */
#include "base/hash.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define STATE(h) ((crypto_generichash_blake2b_state *)(void *)(h)->opaque)

_Static_assert(sizeof(crypto_generichash_blake2b_state) <=
    sizeof((struct hash *)0)->opaque, "struct hash is too small");
_Static_assert(_Alignof(crypto_generichash_blake2b_state) <=
    _Alignof(struct hash), "struct hash is not aligned enough");

void
hash_begin(struct hash *h, const void *key, size_t key_len)
{
	int rc;

	rc = crypto_generichash_blake2b_init(STATE(h), key, key_len,
	    HASH_LEN);
	assert(rc == 0);	/* a key longer than 64 bytes */
	(void)rc;
	h->waiting = 0;
}

static void
add_waiting(struct hash *h)
{
	crypto_generichash_blake2b_update(STATE(h), h->short_parts,
	    h->waiting);
	h->waiting = 0;
}

void
hash_add(struct hash *h, const void *bytes, size_t len)
{
	if (len > sizeof h->short_parts - h->waiting) {
		add_waiting(h);
		if (len > sizeof h->short_parts) {
			crypto_generichash_blake2b_update(STATE(h), bytes,
			    len);
			return;
		}
	}
	if (len != 0)
		memcpy(h->short_parts + h->waiting, bytes, len);
	h->waiting += len;
}

static void
add_le(struct hash *h, uint64_t v, size_t len)
{
	uint8_t b[8];
	size_t i;

	for (i = 0; i < len; i++)
		b[i] = (uint8_t)(v >> (8 * i));
	hash_add(h, b, len);
}

void
hash_add_u64(struct hash *h, uint64_t v)
{
	add_le(h, v, 8);
}

void
hash_add_field(struct hash *h, const void *bytes, size_t len)
{
	assert(len < UINT32_MAX);
	if (bytes == NULL) {
		add_le(h, UINT32_MAX, 4);
		return;
	}
	add_le(h, len, 4);
	hash_add(h, bytes, len);
}

void
hash_end(struct hash *h, uint8_t out[HASH_LEN])
{
	add_waiting(h);
	crypto_generichash_blake2b_final(STATE(h), out, HASH_LEN);
	sodium_memzero(h->short_parts, sizeof h->short_parts);
}

void
hash_of(const void *bytes, size_t len, uint8_t out[HASH_LEN])
{
	crypto_generichash_blake2b(out, HASH_LEN, bytes, len, NULL, 0);
}

#define SHA(d) ((crypto_hash_sha256_state *)(void *)(d)->sha)

_Static_assert(sizeof(crypto_hash_sha256_state) <=
    sizeof((struct digests *)0)->sha, "struct digests is too small");

void
digests_begin(struct digests *d)
{
	memset(d, 0, sizeof *d);
	hash_begin(&d->blake, NULL, 0);
	crypto_hash_sha256_init(SHA(d));
}

void
digests_add(struct digests *d, const void *bytes, size_t len)
{
	if (len == 0)
		return;
	hash_add(&d->blake, bytes, len);
	crypto_hash_sha256_update(SHA(d), bytes, len);
}

void
digests_end(struct digests *d, uint8_t blake[HASH_LEN],
    uint8_t sha256[HASH_LEN])
{
	hash_end(&d->blake, blake);
	crypto_hash_sha256_final(SHA(d), sha256);
}

/* The states are libsodium's own, so they are good for that version only. */
static void
saved_by(uint8_t out[16])
{
	memset(out, 0, 16);
	strncpy((char *)out, sodium_version_string(), 15);
}

void
digests_save(struct digests *d, uint8_t out[DIGESTS_SAVED])
{
	add_waiting(&d->blake);
	saved_by(out);
	memcpy(out + 16, d->blake.opaque, 384);
	memcpy(out + 16 + 384, d->sha, 128);
}

bool
digests_load(struct digests *d, const uint8_t saved[DIGESTS_SAVED])
{
	uint8_t by[16];

	saved_by(by);
	memset(d, 0, sizeof *d);
	memcpy(d->blake.opaque, saved + 16, 384);
	memcpy(d->sha, saved + 16 + 384, 128);
	return memcmp(by, saved, sizeof by) == 0;
}

bool
hash_eq(const uint8_t *a, const uint8_t *b)
{
	return sodium_memcmp(a, b, HASH_LEN) == 0;
}

void
hash_wipe(void *p, size_t len)
{
	sodium_memzero(p, len);
}
