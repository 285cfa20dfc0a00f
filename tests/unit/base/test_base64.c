/*
 * The vectors of RFC 4648, and what no encoder writes.
 */
#include "lib/unit.h"

#include "base/base64.h"
#include "base/mem.h"

static const struct { const char *plain, *text; } vectors[] = {
	{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" }, { "\xfb\xff\xbf", "+/+/" },
};

static void
test_vectors(void)
{
	struct buf b = { 0 };
	char out[16];
	size_t i, len;

	for (i = 0; i < ARRAY_LEN(vectors); i++) {
		buf_clear(&b);
		base64_add(&b, vectors[i].plain, strlen(vectors[i].plain));
		CHECK_STR(b.p, vectors[i].text);
		CHECK(base64_read(str_of(vectors[i].text), out, &len));
		CHECK(str_eq((struct str){ out, len },
		    str_of(vectors[i].plain)));
	}
	buf_fini(&b);
}

static void
test_refused(void)
{
	static const char *const bad[] = { "Z", "Zg", "Zg=", "Zh==", "Zm9=",
		"Z===", "====", "Zm9v\n", "Zm9v Zm9v", "Zg==Zg==", "-_-_",
		"Zm9vYmE" };
	char out[16];
	size_t i, len;

	for (i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!base64_read(str_of(bad[i]), out, &len));
}

const struct unit_test base_base64_tests[] = {
	{ "the vectors of the RFC, both ways", test_vectors },
	{ "what no encoder writes is refused", test_refused },
	{ NULL, NULL },
};
