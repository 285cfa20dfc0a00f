/*
 * Keys and signatures as text: what was written is read, what was altered
 * isn't, and each wrong line is named.  The program minisign is asked in
 * scenario 607.
 */
#include "lib/keys.h"
#include "lib/tiny.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "plugin/image.h"
#include "plugin/registry.h"
#include "plugin/sign.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of "hello\n", by minisign 0.11 -S and -S -l. */
#define LINE_1 \
	"untrusted comment: signature from minisign secret key\n"
#define LINE_2 \
	"RUTGLspgCUQaM350GmB6j5Z0T1jF7x2FgyvRvYNI3WiU6x6Gz43Yc4rqFqOaElI+" \
	"t8QYeul7a85EUue3VJaBzRleUJpyX3qgfQk=\n"
#define LINE_3 \
	"trusted comment: trusted words\n"
#define LINE_4 \
	"Jx++dF7+fCvVQzaTo22IPrzumo2Gie5nUzUrKzH2Cy1c8O7QQd3gLwEdkr/f8ZxR" \
	"iLLlkRAsoMVS94hjAGt3DQ==\n"
#define LEGACY \
	"untrusted comment: signature from minisign secret key\n" \
	"RWTGLspgCUQaMx57DGU4TBHsyA1O/HJWgbKDjLRoe65+RIgSRYWX51ybVVi/62Rg" \
	"+PAxBa3nZTBYRgRaVHpcBvjfoiikcghV/Qo=\n" \
	"trusted comment: timestamp:1795748104\tfile:f\n" \
	"1/9yWiP503MNd8ejPwqwev2PvLmue2J+f6Xus3xiQVHEBLITrvFkjH/sN0NDcKig" \
	"p3JFsgKT/H1ZqKp+P9owDA==\n"

static bool
holds(const char *text, const char *bytes)
{
	struct sign_public key;
	struct signature s;
	struct arena a = { 0 };
	struct err err;
	bool yes;

	yes = CHECK_OK(sign_public_read(STR(KEY_PUBLIC), &key, &err), &err) &&
	    CHECK_OK(sign_read(str_of(text), &a, &s, &err), &err);
	if (yes) {
		sign_over(&s, (const uint8_t *)bytes, strlen(bytes));
		yes = sign_holds(&s, &key, (const uint8_t *)bytes,
		    strlen(bytes));
	}
	arena_fini(&a);
	return yes;
}

static void
test_minisign(void)
{
	CHECK(holds(LINE_1 LINE_2 LINE_3 LINE_4, "hello\n"));
	CHECK(holds(LEGACY, "hello\n"));
	CHECK(!holds(LINE_1 LINE_2 LINE_3 LINE_4, "hello"));
	CHECK(!holds(LEGACY, "jello\n"));
	/* The comment is signed, too; the last line may lack its end. */
	CHECK(!holds(LINE_1 LINE_2 "trusted comment: trusted word\n" LINE_4,
	    "hello\n"));
	CHECK(holds("untrusted comment: \n" LINE_2 LINE_3
	    "Jx++dF7+fCvVQzaTo22IPrzumo2Gie5nUzUrKzH2Cy1c8O7QQd3gLwEdkr/f8ZxR"
	    "iLLlkRAsoMVS94hjAGt3DQ==", "hello\n"));
}

/* Found once, the bytes of the file are needed no more. */
static void
test_remembered(void)
{
	struct signature *s;
	struct sign_public key, other;
	struct image image = { .size = 6 }, none = { .memfd = -1, .size = 6 };
	struct arena a = { 0 };
	struct err err;

	s = arena_zalloc(&a, sizeof *s);
	image.memfd = memfd_create("hello", MFD_CLOEXEC);
	CHECK(write(image.memfd, "hello\n", 6) == 6);
	CHECK_OK(sign_public_read(STR(KEY_PUBLIC), &key, &err), &err);
	CHECK_OK(sign_read(STR(LEGACY), &a, s, &err), &err);
	/* What can't be read isn't judged. */
	CHECK(!sign_holds_image(s, &key, &none));
	CHECK(sign_holds_image(s, &key, &image));
	CHECK(sign_holds_image(s, &key, &none));
	other = key;
	other.key[0] ^= 1;
	CHECK(!sign_holds_image(s, &other, &image));
	CHECK(sign_holds_image(s, &key, &none));
	other = key;
	other.id[0] ^= 1;
	CHECK(!sign_holds_image(s, &other, &image));
	close(image.memfd);
	arena_fini(&a);
}

static void
make(const struct sign_secret *key, const char *bytes, struct buf *out)
{
	sign_make(key, (const uint8_t *)bytes, strlen(bytes), "by a test",
	    out);
}

static void
test_secret(void)
{
	struct sign_secret key;
	struct buf text = { 0 }, sig = { 0 };
	struct err err = { 0 };

	if (!CHECK_OK(sign_secret_read(STR(KEY_SECRET), NULL, &key, &err), &err))
		return;
	CHECK_OK(sign_secret_text(&key, NULL, &text, &err), &err);
	CHECK_STR(text.p, KEY_SECRET);
	make(&key, "mine", &sig);
	CHECK(holds(sig.p, "mine"));
	CHECK(!holds(sig.p, "Mine"));
	buf_fini(&text);
	buf_fini(&sig);
}

/* A lock costs memory and time, so one does for all. */
static void
test_locked(void)
{
	struct sign_secret key, back;
	struct sign_public public;
	struct buf text = { 0 }, plain = { 0 };
	struct err err = { 0 };

	sign_generate(&key, &public);
	if (!CHECK_OK(sign_secret_text(&key, "open", &text, &err), &err))
		return;
	CHECK_INT(sign_secret_read(str_of(text.p), NULL, &back, &err),
	    RH_EAUTH);
	CHECK_HAS(err.msg, "the key is locked with a password");
	CHECK_INT(sign_secret_read(str_of(text.p), "Open", &back, &err),
	    RH_EAUTH);
	CHECK_HAS(err.msg, "the password is wrong");
	CHECK_OK(sign_secret_read(str_of(text.p), "open", &back, &err), &err);
	CHECK_BYTES(&back, &key, sizeof key);
	sign_secret_text(&key, NULL, &plain, &err);
	CHECK_INT(strlen(plain.p), strlen(text.p));
	buf_fini(&text);
	buf_fini(&plain);
}

static void
test_pairs(void)
{
	struct sign_secret key;
	struct sign_public made, read, of;
	char name[SIGN_NAME_LEN];
	uint8_t id[SIGN_ID_LEN];
	struct buf text = { 0 };
	struct err err = { 0 };

	sign_generate(&key, &made);
	sign_public_text(&made, &text);
	CHECK_OK(sign_public_read(str_of(text.p), &read, &err), &err);
	sign_public_of(&key, &of);
	CHECK_BYTES(&read, &made, sizeof made);
	CHECK_BYTES(&of, &made, sizeof made);
	sign_name(made.id, name);
	CHECK(sign_id(str_of(name), id));
	CHECK_BYTES(id, made.id, sizeof id);
	CHECK(sign_id(STR("331a440960CA2EC6"), id));
	CHECK_INT(id[0], 0xc6);
	CHECK(!sign_id(STR("331A440960CA2EC"), id));
	CHECK(!sign_id(STR("331A440960CA2ECG"), id));
	sign_public_read(STR(KEY_PUBLIC), &read, &err);
	sign_name(read.id, name);
	CHECK_STR(name, KEY_ID);
	buf_fini(&text);
}

static void
test_wrong_signature(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "line 1 is missing" },
		{ "x\n", "line 1 doesn't begin with \"untrusted comment: \"" },
		{ LINE_1, "line 2 is missing" },
		{ LINE_1 "RUTG\n", "line 2 is 4 characters, not the 100 of 74 "
		  "bytes in base64" },
		{ LINE_1 LINE_2, "line 3 is missing" },
		{ LINE_1 LINE_2 LINE_1 LINE_4,
		  "line 3 doesn't begin with \"trusted comment: \"" },
		{ LINE_1 LINE_2 LINE_3, "line 4 is missing" },
		{ LINE_1 LINE_2 LINE_3 LINE_2, "line 4 is 100 characters" },
		{ LINE_1 LINE_2 LINE_3 LINE_4 "\n", "line 5 is behind the end" },
		{ "untrusted comment: a\rb\n",
		  "line 1, byte 21 is a control character (0x0d)" },
		{ "untrusted comment: \xff\n", "line 1 is not UTF-8" },
		{ LINE_1 "!UTGLspgCUQaM350GmB6j5Z0T1jF7x2FgyvRvYNI3WiU6x6Gz43Yc"
		  "4rqFqOaElI+t8QYeul7a85EUue3VJaBzRleUJpyX3qgfQk=\n",
		  "line 2 is not 74 bytes in base64" },
		{ LINE_1 "RUTGLspgCUQaM350GmB6j5Z0T1jF7x2FgyvRvYNI3WiU6x6Gz43Yc"
		  "4rqFqOaElI+t8QYeul7a85EUue3VJaBzRleUJpyX3qgfQkA\n",
		  "line 2 is not 74 bytes in base64" },
		{ LINE_1 "RVTGLspgCUQaM350GmB6j5Z0T1jF7x2FgyvRvYNI3WiU6x6Gz43Yc"
		  "4rqFqOaElI+t8QYeul7a85EUue3VJaBzRleUJpyX3qgfQk=\n" LINE_3
		  LINE_4, "line 2 is not a signature of Ed25519 (algorithm "
		  "0x4554, not \"Ed\")" },
	};
	struct signature s;
	struct arena a = { 0 };
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CHECK_INT(sign_read(str_of(cases[i].text), &a, &s, &err),
		    RH_EINPUT);
		CHECK_HAS(err.msg, cases[i].want);
	}
	arena_fini(&a);
}

static void
test_wrong_key(void)
{
	char secret[] = KEY_SECRET;
	struct sign_public public;
	struct sign_secret key;
	struct err err;

	CHECK_INT(sign_public_read(STR(KEY_SECRET), &public, &err), RH_EINPUT);
	CHECK_HAS(err.msg, "line 2 is 212 characters, not the 56 of 42");
	CHECK_INT(sign_public_read(STR(KEY_PUBLIC KEY_PUBLIC), &public, &err),
	    RH_EINPUT);
	CHECK_HAS(err.msg, "line 3 is behind the end");
	CHECK_INT(sign_secret_read(STR(KEY_PUBLIC), NULL, &key, &err), RH_EINPUT);
	CHECK_HAS(err.msg, "line 2 is 56 characters, not the 212 of 158");
	secret[140] ^= 1;
	CHECK_INT(sign_secret_read(str_of(secret), NULL, &key, &err),
	    RH_EINPUT);
	CHECK_HAS(err.msg, "line 2 is no secret key");
}

static void
put(const char *name, const void *bytes, size_t len)
{
	char path[512];
	int fd;

	snprintf(path, sizeof path, "%s/%s", unit_tmpdir(), name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

static void
test_found(void)
{
	static const char good[] = LEGACY, bad[] = LINE_1 "x\n";
	struct tiny t = tiny_object("signed");
	struct registry *reg = registry_new();
	const struct plugin *p;
	char name[SIGN_NAME_LEN];
	struct err err = { 0 };

	put("a.so", &t, sizeof t);
	put("a.so.minisig", good, sizeof good - 1);
	put("b.so", &t, sizeof t);
	put("b.so.minisig", bad, sizeof bad - 1);
	put("c.so", &t, sizeof t);
	CHECK_OK(registry_scan(reg, unit_tmpdir(), &err), &err);
	if (!CHECK_UINT(registry_count(reg), 3))
		return;
	p = registry_at(reg, 0);
	if (CHECK(p->signature != NULL)) {
		sign_name(p->signature->id, name);
		CHECK_STR(name, KEY_ID);
		CHECK_STR(p->signature->comment,
		    "timestamp:1795748104\tfile:f");
	}
	CHECK_INT(registry_at(reg, 1)->state, PLUGIN_REFUSED);
	CHECK_STR(registry_at(reg, 1)->error, "b.so.minisig: line 2 is 1 "
	    "characters, not the 100 of 74 bytes in base64");
	CHECK(registry_at(reg, 2)->signature == NULL);
	CHECK_INT(registry_at(reg, 2)->state, PLUGIN_LOADING);
	registry_free(reg);
}

const struct unit_test plugin_sign_tests[] = {
	{ "signatures of minisign hold, and only of their bytes and comment",
	  test_minisign },
	{ "whether one holds of its file is found out once",
	  test_remembered },
	{ "a secret key of minisign signs, and is written as it was",
	  test_secret },
	{ "a locked key opens with its password only", test_locked },
	{ "keys and their ids come back as they were", test_pairs },
	{ "what is wrong in a signature is named with its line",
	  test_wrong_signature },
	{ "what is wrong in a key is named with its line", test_wrong_key },
	{ "a signature beside a plugin is found with it; a bad one refuses it",
	  test_found },
	{ NULL, NULL },
};
