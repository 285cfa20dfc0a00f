/*
 * The cryptography of signatures, by libsodium.  Secret keys are erased from
 * wherever they were put meanwhile.
 */
#include "plugin/sign_impl.h"

#include "base/base64.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define UNTRUSTED	"untrusted comment: "
#define LE(v)		{ (uint8_t)(v), (uint8_t)((v) >> 8),	\
			    (uint8_t)((v) >> 16), (uint8_t)((v) >> 24) }

/* The most that a file may ask of this machine: what minisign takes. */
#define OPS_MAX		crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE
#define MEMORY_MAX	crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE
/* Of our own keys: an eighth, so that small machines can sign. */
#define OPS		(OPS_MAX / 8)
#define MEMORY		(MEMORY_MAX / 8)

_Static_assert(sizeof(struct sign_wire_public) == 42 &&
    sizeof(struct sign_wire_signature) == 74 &&
    sizeof(struct sign_wire_secret) == 158, "of bytes without gaps");

static uint64_t
number(const uint8_t p[8])
{
	uint64_t v = 0;
	int i;

	for (i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static void
checksum(const struct sign_wire_secret *w, uint8_t out[32])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, 32);
	crypto_generichash_update(&state, w->algorithm, sizeof w->algorithm);
	crypto_generichash_update(&state, (const uint8_t *)&w->secret,
	    sizeof w->secret);
	crypto_generichash_final(&state, out, 32);
}

/* Locks what isn't locked, and the other way round. */
static rh_status
turn(struct sign_wire_secret *w, const char *password, struct err *err)
{
	uint8_t stream[SIGN_LOCKED], *p = (uint8_t *)&w->secret;
	size_t i;

	if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof stream,
	    password, strlen(password), w->salt, number(w->ops),
	    number(w->memory)) != 0)
		return err_set(err, RH_EIO, "deriving the key's lock needs %lu "
		    "bytes of memory", number(w->memory));
	for (i = 0; i < sizeof stream; i++)
		p[i] ^= stream[i];
	sodium_memzero(stream, sizeof stream);
	return RH_OK;
}

static rh_status
unlock(struct sign_wire_secret *w, const char *password, struct err *err)
{
	uint8_t sum[32];
	rh_status rc;

	if (number(w->ops) > OPS_MAX || number(w->memory) > MEMORY_MAX)
		return err_set(err, RH_EINPUT, "line 2 wants %lu steps and %lu "
		    "bytes of memory for its lock, above %u and %u",
		    number(w->ops), number(w->memory), (unsigned)OPS_MAX,
		    (unsigned)MEMORY_MAX);
	if (password == NULL)
		return err_set(err, RH_EAUTH, "the key is locked with a "
		    "password");
	if ((rc = turn(w, password, err)) != RH_OK)
		return rc;
	checksum(w, sum);
	if (sodium_memcmp(sum, w->sum, sizeof sum) != 0)
		return err_set(err, RH_EAUTH, "the password is wrong, or the "
		    "key's file was altered");
	return RH_OK;
}

/* The public half is in the secret key, too: a key that was cut shows. */
static rh_status
check_halves(const struct sign_secret *key, struct err *err)
{
	uint8_t public[32], secret[64];
	bool same;

	crypto_sign_seed_keypair(public, secret, key->key);
	same = sodium_memcmp(secret, key->key, sizeof secret) == 0;
	sodium_memzero(secret, sizeof secret);
	return same ? RH_OK : err_set(err, RH_EINPUT, "line 2 is no secret "
	    "key: its public half is another's");
}

static rh_status
open_secret(struct sign_wire_secret *w, const char *password,
    struct err *err)
{
	static const uint8_t open[2] = { 0, 0 };
	rh_status rc;

	if (memcmp(w->algorithm, "Ed", 2) != 0 || memcmp(w->check, "B2", 2) != 0)
		return err_set(err, RH_EINPUT, "line 2 is not a secret key of "
		    "Ed25519 with a checksum of BLAKE2b");
	if (memcmp(w->lock, "Sc", 2) == 0) {
		if ((rc = unlock(w, password, err)) != RH_OK)
			return rc;
	} else if (memcmp(w->lock, open, 2) != 0)
		return err_set(err, RH_EINPUT, "line 2 is locked in an unknown "
		    "way (0x%02x%02x)", w->lock[0], w->lock[1]);
	return check_halves(&w->secret, err);
}

rh_status
sign_secret_read(struct str text, const char *password,
    struct sign_secret *out, struct err *err)
{
	struct sign_wire_secret w;
	struct str comment;
	rh_status rc;

	if ((rc = sign_pair(&text, 1, UNTRUSTED, &comment, &w, sizeof w,
	    err)) == RH_OK && (rc = sign_end(text, 3, err)) == RH_OK &&
	    (rc = open_secret(&w, password, err)) == RH_OK)
		*out = w.secret;
	sodium_memzero(&w, sizeof w);
	return rc;
}

rh_status
sign_secret_text(const struct sign_secret *key, const char *password,
    struct buf *out, struct err *err)
{
	struct sign_wire_secret w = { .algorithm = "Ed", .check = "B2",
	    .secret = *key };
	rh_status rc = RH_OK;

	if (password != NULL) {
		w.lock[0] = 'S';
		w.lock[1] = 'c';
		memcpy(w.ops, (uint8_t[8])LE(OPS), sizeof w.ops);
		memcpy(w.memory, (uint8_t[8])LE(MEMORY), sizeof w.memory);
		randombytes_buf(w.salt, sizeof w.salt);
		checksum(&w, w.sum);
		rc = turn(&w, password, err);
	}
	if (rc == RH_OK) {
		buf_adds(out, UNTRUSTED "minisign encrypted secret key\n");
		base64_add(out, &w, sizeof w);
		buf_addc(out, '\n');
	}
	sodium_memzero(&w, sizeof w);
	return rc;
}

void
sign_generate(struct sign_secret *secret, struct sign_public *public)
{
	randombytes_buf(secret->id, sizeof secret->id);
	crypto_sign_keypair(public->key, secret->key);
	memcpy(public->id, secret->id, sizeof public->id);
}

void
sign_public_of(const struct sign_secret *secret, struct sign_public *public)
{
	memcpy(public->id, secret->id, sizeof public->id);
	crypto_sign_ed25519_sk_to_pk(public->key, secret->key);
}

static void
hash_512(const uint8_t *bytes, size_t len, uint8_t out[64])
{
	crypto_generichash(out, 64, bytes, len, NULL, 0);
}

/* What the second signature is of: the first, and the comment. */
static void
global_text(const uint8_t sig[64], const char *comment, struct buf *out)
{
	buf_add(out, sig, 64);
	buf_adds(out, comment);
}

void
sign_make(const struct sign_secret *key, const uint8_t *bytes, size_t len,
    const char *comment, struct buf *out)
{
	struct sign_wire_signature w = { .algorithm = "ED" };
	struct buf all = { 0 };
	uint8_t hash[64], global[64];

	memcpy(w.id, key->id, sizeof w.id);
	hash_512(bytes, len, hash);
	crypto_sign_detached(w.sig, NULL, hash, sizeof hash, key->key);
	global_text(w.sig, comment, &all);
	crypto_sign_detached(global, NULL, (const uint8_t *)all.p, all.len,
	    key->key);
	buf_fini(&all);
	buf_adds(out, UNTRUSTED "signature from runhost secret key\n");
	base64_add(out, &w, sizeof w);
	buf_printf(out, "\ntrusted comment: %s\n", comment);
	base64_add(out, global, sizeof global);
	buf_addc(out, '\n');
}

void
sign_over(struct signature *s, const uint8_t *bytes, size_t len)
{
	if (s->prehashed)
		hash_512(bytes, len, s->hash);
}

bool
sign_holds(const struct signature *s, const struct sign_public *key,
    const uint8_t *bytes, size_t len)
{
	struct buf all = { 0 };
	bool holds;

	if (memcmp(s->id, key->id, sizeof s->id) != 0)
		return false;
	if (s->prehashed) {
		bytes = s->hash;
		len = sizeof s->hash;
	}
	global_text(s->sig, s->comment, &all);
	holds = crypto_sign_verify_detached(s->sig, bytes, len,
	    key->key) == 0 &&
	    crypto_sign_verify_detached(s->global, (const uint8_t *)all.p,
	    all.len, key->key) == 0;
	buf_fini(&all);
	return holds;
}
