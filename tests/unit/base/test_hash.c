/* Hashes against published vectors, and random bytes. */
#include "lib/unit.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"

static const char *
hex_of(const uint8_t h[HASH_LEN], char out[HASH_HEX_LEN])
{
	str_hex(out, h, HASH_LEN);
	return out;
}

/* BLAKE2b with an output of 32 bytes. */
static void
test_vectors(void)
{
	static const struct { const char *in, *hex; } table[] = {
		{ "", "0e5751c026e543b2e8ab2eb06099daa1"
		    "d1e5df47778f7787faab45cdf12fe3a8" },
		{ "abc", "bddd813c634239723171ef3fee98579b"
		    "94964e3bb1cb3e427262c8c068d52319" },
		{ "The quick brown fox jumps over the lazy dog",
		    "01718cec35cd3d796dd00020e0bfecb4"
		    "73ad23457d063b75eff29c0ffa2e58a9" },
	};
	char hex[HASH_HEX_LEN];
	uint8_t h[HASH_LEN];
	size_t i;

	for (i = 0; i < ARRAY_LEN(table); i++) {
		hash_of(table[i].in, strlen(table[i].in), h);
		CHECK_STR(hex_of(h, hex), table[i].hex);
	}
}

static void
test_pieces(void)
{
	uint8_t whole[HASH_LEN], pieces[HASH_LEN];
	static const size_t sizes[] = { 1, 0, 30, 225, 256, 257, 1, 3, 1000 };
	char text[8000];
	struct hash h;
	size_t i, n, k = 0;

	for (i = 0; i < sizeof text; i++)
		text[i] = (char)(7 * i + i / 256);
	hash_of(text, sizeof text, whole);
	hash_begin(&h, NULL, 0);
	for (i = 0; i < sizeof text; i += n) {
		n = sizes[k++ % ARRAY_LEN(sizes)];
		n = n < sizeof text - i ? n : sizeof text - i;
		hash_add(&h, text + i, n);
	}
	hash_end(&h, pieces);
	CHECK(hash_eq(whole, pieces));
	pieces[31] ^= 1;
	CHECK(!hash_eq(whole, pieces));
}

static void
test_fields(void)
{
	uint8_t a[HASH_LEN], b[HASH_LEN];
	struct hash h;

	hash_begin(&h, NULL, 0);
	hash_add_u64(&h, UINT64_C(0x0102030405060708));
	hash_add_field(&h, "ab", 2);
	hash_add_field(&h, NULL, 0);
	hash_add_field(&h, "", 0);
	hash_end(&h, a);
	hash_of("\x08\x07\x06\x05\x04\x03\x02\x01"
	    "\x02\0\0\0ab" "\xff\xff\xff\xff" "\0\0\0\0", 22, b);
	CHECK_BYTES(a, b, HASH_LEN);
}

static void
test_key(void)
{
	uint8_t plain[HASH_LEN], keyed[HASH_LEN], other[HASH_LEN];
	struct hash h;

	hash_of("abc", 3, plain);
	hash_begin(&h, "key one", 7);
	hash_add(&h, "abc", 3);
	hash_end(&h, keyed);
	hash_begin(&h, "key two", 7);
	hash_add(&h, "abc", 3);
	hash_end(&h, other);
	CHECK(!hash_eq(plain, keyed));
	CHECK(!hash_eq(keyed, other));
	hash_wipe(keyed, sizeof keyed);
	CHECK_INT(keyed[0] | keyed[31], 0);
}

static void
test_rand_seeded(void)
{
	struct rand_src a, b;
	uint8_t x[33], y[33];

	rand_seeded_init(&a, 42);
	rand_seeded_init(&b, 42);
	rand_bytes(&a, x, sizeof x);
	rand_bytes(&b, y, sizeof y);
	CHECK_BYTES(x, y, sizeof x);
	rand_bytes(&b, y, sizeof y);
	CHECK(memcmp(x, y, sizeof x) != 0);
}

static void
test_rand_system(void)
{
	uint8_t x[32], y[32];

	rand_bytes(&rand_system, x, sizeof x);
	rand_bytes(&rand_system, y, sizeof y);
	CHECK(memcmp(x, y, sizeof x) != 0);
}

static void
test_rand_below(void)
{
	int count[7] = { 0 };
	struct rand_src r;
	size_t i;
	uint64_t v;

	rand_seeded_init(&r, 1);
	for (i = 0; i < 7000; i++) {
		v = rand_below(&r, 7);
		if (!CHECK(v < 7))
			return;
		count[v]++;
	}
	for (i = 0; i < 7; i++)
		CHECK(count[i] > 850 && count[i] < 1150);
	CHECK_UINT(rand_below(&r, 1), 0);
	CHECK(rand_below(&r, UINT64_MAX) < UINT64_MAX);
}

const struct unit_test base_hash_tests[] = {
	{ "BLAKE2b-256 gives the published values", test_vectors },
	{ "a text hashed in pieces gives the same", test_pieces },
	{ "fields carry their length, and NULL is not empty", test_fields },
	{ "a key changes the hash", test_key },
	{ "a seeded source gives the same bytes again", test_rand_seeded },
	{ "the system's source does not repeat", test_rand_system },
	{ "numbers below a bound are even", test_rand_below },
	{ NULL, NULL },
};
