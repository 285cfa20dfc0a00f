/*
 * The text of keys and signatures: pairs of lines, a comment and base64.
 */
#include "plugin/sign_impl.h"

#include "base/base64.h"
#include "base/hash.h"

#include <string.h>

#define UNTRUSTED	"untrusted comment: "
#define TRUSTED		"trusted comment: "

/* Up to the next end of a line, which the last line may lack. */
static rh_status
next_line(struct str *text, int line, struct str *out, struct err *err)
{
	const char *end = text->len == 0 ? NULL :
	    memchr(text->p, '\n', text->len);
	size_t i, used;

	if (text->len == 0)
		return err_set(err, RH_EINPUT, "line %d is missing", line);
	out->p = text->p;
	out->len = end != NULL ? (size_t)(end - text->p) : text->len;
	used = out->len + (end != NULL);
	text->p += used;
	text->len -= used;
	for (i = 0; i < out->len; i++)
		if (((unsigned char)out->p[i] < ' ' && out->p[i] != '\t') ||
		    out->p[i] == 0x7f)
			return err_set(err, RH_EINPUT, "line %d, byte %zu is a "
			    "control character (0x%02x)", line, i + 1,
			    (unsigned char)out->p[i]);
	return RH_OK;
}

static rh_status
read_comment(struct str *text, int line, const char *before,
    struct str *comment, struct err *err)
{
	size_t n = strlen(before);
	rh_status rc;

	if ((rc = next_line(text, line, comment, err)) != RH_OK)
		return rc;
	if (comment->len < n || memcmp(comment->p, before, n) != 0)
		return err_set(err, RH_EINPUT, "line %d doesn't begin with "
		    "\"%s\"", line, before);
	comment->p += n;
	comment->len -= n;
	if (comment->len > SIGN_COMMENT_MAX)
		return err_set(err, RH_EINPUT, "line %d is %zu bytes, above "
		    "%d", line, comment->len + n, SIGN_COMMENT_MAX);
	if (!str_utf8(comment->p, comment->len))
		return err_set(err, RH_EINPUT, "line %d is not UTF-8", line);
	return RH_OK;
}

rh_status
sign_pair(struct str *text, int line, const char *before, struct str *comment,
    void *out, size_t len, struct err *err)
{
	/* Without padding there are up to two bytes more. */
	uint8_t bytes[sizeof(struct sign_wire_secret) + 2];
	struct str code;
	size_t n;
	rh_status rc;

	if ((rc = read_comment(text, line, before, comment, err)) != RH_OK ||
	    (rc = next_line(text, line + 1, &code, err)) != RH_OK)
		return rc;
	if (code.len != BASE64_LEN(len))
		return err_set(err, RH_EINPUT, "line %d is %zu characters, not "
		    "the %zu of %zu bytes in base64", line + 1, code.len,
		    BASE64_LEN(len), len);
	if (!base64_read(code, bytes, &n) || n != len)
		return err_set(err, RH_EINPUT, "line %d is not %zu bytes in "
		    "base64", line + 1, len);
	memcpy(out, bytes, len);
	hash_wipe(bytes, sizeof bytes);
	return RH_OK;
}

rh_status
sign_end(struct str text, int line, struct err *err)
{
	return text.len == 0 ? RH_OK : err_set(err, RH_EINPUT, "line %d is "
	    "behind the end", line);
}

static rh_status
check_algorithm(const uint8_t got[2], const char *what, int line,
    struct err *err)
{
	return memcmp(got, "Ed", 2) == 0 ? RH_OK : err_set(err, RH_EINPUT,
	    "line %d is not %s of Ed25519 (algorithm 0x%02x%02x, not "
	    "\"Ed\")", line, what, got[0], got[1]);
}

rh_status
sign_read(struct str text, struct arena *a, struct signature *s,
    struct err *err)
{
	struct sign_wire_signature w;
	struct str comment;
	rh_status rc;

	if ((rc = sign_pair(&text, 1, UNTRUSTED, &comment, &w, sizeof w,
	    err)) != RH_OK ||
	    (rc = sign_pair(&text, 3, TRUSTED, &comment, s->global,
	    sizeof s->global, err)) != RH_OK ||
	    (rc = sign_end(text, 5, err)) != RH_OK)
		return rc;
	s->prehashed = memcmp(w.algorithm, "ED", 2) == 0;
	if (!s->prehashed && (rc = check_algorithm(w.algorithm,
	    "a signature", 2, err)) != RH_OK)
		return rc;
	memcpy(s->id, w.id, sizeof s->id);
	memcpy(s->sig, w.sig, sizeof s->sig);
	s->comment = arena_strndup(a, comment.p, comment.len);
	return RH_OK;
}

rh_status
sign_public_read(struct str text, struct sign_public *out, struct err *err)
{
	struct sign_wire_public w;
	struct str comment;
	rh_status rc;

	if ((rc = sign_pair(&text, 1, UNTRUSTED, &comment, &w, sizeof w,
	    err)) != RH_OK ||
	    (rc = sign_end(text, 3, err)) != RH_OK ||
	    (rc = check_algorithm(w.algorithm, "a public key", 2,
	    err)) != RH_OK)
		return rc;
	*out = w.public;
	return RH_OK;
}

void
sign_public_text(const struct sign_public *key, struct buf *out)
{
	struct sign_wire_public w = { "Ed", *key };
	char name[SIGN_NAME_LEN];

	sign_name(key->id, name);
	buf_printf(out, UNTRUSTED "minisign public key %s\n", name);
	base64_add(out, &w, sizeof w);
	buf_addc(out, '\n');
}

/* The id is a number of 64 bits, little endian. */
void
sign_name(const uint8_t id[SIGN_ID_LEN], char out[SIGN_NAME_LEN])
{
	static const char digits[] = "0123456789ABCDEF";
	int i;

	for (i = 0; i < SIGN_ID_LEN; i++) {
		out[2 * i] = digits[id[SIGN_ID_LEN - 1 - i] >> 4];
		out[2 * i + 1] = digits[id[SIGN_ID_LEN - 1 - i] & 15];
	}
	out[2 * SIGN_ID_LEN] = '\0';
}

bool
sign_id(struct str name, uint8_t id[SIGN_ID_LEN])
{
	char lower[2 * SIGN_ID_LEN];
	uint8_t number[SIGN_ID_LEN];
	size_t i;

	if (name.len != sizeof lower)
		return false;
	for (i = 0; i < sizeof lower; i++)
		lower[i] = name.p[i] >= 'A' && name.p[i] <= 'F' ?
		    (char)(name.p[i] - 'A' + 'a') : name.p[i];
	if (!str_unhex((struct str){ lower, sizeof lower }, number,
	    sizeof number))
		return false;
	for (i = 0; i < SIGN_ID_LEN; i++)
		id[i] = number[SIGN_ID_LEN - 1 - i];
	return true;
}
