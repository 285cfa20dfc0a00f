/*
 * Any bytes as a signature, a public key and a secret key.  What is refused
 * names a line; what is taken is written as it was read.  A signature that
 * holds is none that anybody could have made here.
 */
#include "base/mem.h"
#include "plugin/sign.h"

#include <stdlib.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
judged(rh_status rc, const struct err *err)
{
	must(rc == RH_OK || (rc == RH_EINPUT &&
	    strncmp(err->msg, "line ", 5) == 0));
}

static void
check_public(struct str text)
{
	struct sign_public key, again;
	struct buf out = { 0 };
	struct err err = { 0 };
	rh_status rc = sign_public_read(text, &key, &err);

	judged(rc, &err);
	if (rc != RH_OK)
		return;
	sign_public_text(&key, &out);
	must(sign_public_read((struct str){ out.p, out.len }, &again,
	    &err) == RH_OK);
	must(memcmp(&key, &again, sizeof key) == 0);
	buf_fini(&out);
}

static void
check_signature(struct str text)
{
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct sign_public key = { .key = { 9 } };
	struct signature s;
	struct arena a = { 0 };
	struct err err = { 0 };
	rh_status rc = sign_read(text, &a, &s, &err);

	judged(rc, &err);
	if (rc == RH_OK) {
		memcpy(key.id, s.id, sizeof key.id);
		sign_over(&s, bytes, sizeof bytes);
		must(!sign_holds(&s, &key, bytes, sizeof bytes));
	}
	arena_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *copy = mem_alloc(len + 1);	/* len may be 0 */
	struct str text = { copy, len };
	struct sign_secret secret;
	struct err err = { 0 };
	rh_status rc;

	if (len > 0)
		memcpy(copy, data, len);
	check_signature(text);
	check_public(text);
	rc = sign_secret_read(text, NULL, &secret, &err);
	if (rc != RH_EAUTH)	/* locked, and nobody knows the password */
		judged(rc, &err);
	free(copy);
	return 0;
}
