/*
 * BLAKE2b-256 (RFC 7693), by libsodium; SHA-256 beside it for bytes that
 * others have a digest of.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_LEN	32
#define HASH_HEX_LEN	(2 * HASH_LEN + 1)

struct hash {
	_Alignas(64) unsigned char opaque[384];
	unsigned char short_parts[256];	/* that wait to be added together */
	size_t	waiting;
};

/* key may be NULL, 0; it has at most 64 bytes. */
void	hash_begin(struct hash *, const void *key, size_t key_len);
void	hash_add(struct hash *, const void *, size_t);
void	hash_add_u64(struct hash *, uint64_t);	/* 8 bytes, little endian */
/* u32 length, little endian, then the bytes; NULL: only the length 2^32-1. */
void	hash_add_field(struct hash *, const void *, size_t);
void	hash_end(struct hash *, uint8_t out[HASH_LEN]);

void	hash_of(const void *, size_t, uint8_t out[HASH_LEN]);

/* Both digests of bytes that come in pieces, however far apart. */
struct digests {
	struct hash blake;
	_Alignas(8) unsigned char sha[128];
};
#define DIGESTS_SAVED	(16 + 384 + 128)

void	digests_begin(struct digests *);
void	digests_add(struct digests *, const void *, size_t);
void	digests_end(struct digests *, uint8_t blake[HASH_LEN],
	    uint8_t sha256[HASH_LEN]);
/* load: false unless the same version of libsodium has saved them. */
void	digests_save(struct digests *, uint8_t out[DIGESTS_SAVED]);
bool	digests_load(struct digests *, const uint8_t saved[DIGESTS_SAVED]);

/* In constant time; HASH_LEN bytes. */
bool	hash_eq(const uint8_t *, const uint8_t *);
void	hash_wipe(void *, size_t);			/* not optimised away */

#endif
