/*
 * Signing heads and keeping the anchor file.
 *
 * A line: {"chain","seq","at","hash","signature","key"}, hexadecimal.  The
 * signature is Ed25519 over "rh1-head", chain, seq, time (u64, little
 * endian) and hash.
 */
#include "audit/head.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "json/read.h"
#include "json/write.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_LEN	1024
#define SIGNED_LEN	(8 + 3 * 8 + HASH_LEN)

struct signer {
	uint8_t	pk[crypto_sign_PUBLICKEYBYTES];
	uint8_t	*sk;		/* guarded memory */
};

static struct signer *
signer_new(void)
{
	struct signer *s = mem_zalloc(sizeof *s);

	if ((s->sk = sodium_malloc(crypto_sign_SECRETKEYBYTES)) == NULL)
		abort();
	return s;
}

void
signer_key(const struct signer *s, uint8_t out[HEAD_KEY_LEN])
{
	memcpy(out, s->pk, HEAD_KEY_LEN);
}

static rh_status
key_make(const char *path, struct signer *s, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n;

	if (fd < 0)
		return err_errno(err, RH_EIO, "key file \"%s\"", path);
	crypto_sign_keypair(s->pk, s->sk);
	n = write(fd, s->sk, crypto_sign_SECRETKEYBYTES);
	if (n != crypto_sign_SECRETKEYBYTES || fsync(fd) != 0) {
		err_errno(err, RH_EIO, "key file \"%s\"", path);
		close(fd);
		unlink(path);
		return RH_EIO;
	}
	close(fd);
	return RH_OK;
}

static rh_status
key_read(int fd, const char *path, struct signer *s, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & 077) != 0)
		return err_set(err, RH_EIO, "key file \"%s\": must be a "
		    "regular file that only its owner can read", path);
	if (read(fd, s->sk, crypto_sign_SECRETKEYBYTES) !=
	    crypto_sign_SECRETKEYBYTES)
		return err_set(err, RH_EIO, "key file \"%s\": shorter than "
		    "%u bytes", path, crypto_sign_SECRETKEYBYTES);
	crypto_sign_ed25519_sk_to_pk(s->pk, s->sk);
	return RH_OK;
}

rh_status
signer_key_read(const char *path, uint8_t out[HEAD_KEY_LEN], struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct signer *s;
	rh_status rc;

	if (fd < 0)
		return err_errno(err, errno == ENOENT ? RH_ENOENT : RH_EIO,
		    "key file \"%s\"", path);
	s = signer_new();
	if ((rc = key_read(fd, path, s, err)) == RH_OK)
		signer_key(s, out);
	signer_close(s);
	close(fd);
	return rc;
}

rh_status
signer_open(const char *path, struct signer **out, struct err *err)
{
	struct signer *s = signer_new();
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	rh_status rc;

	if (fd < 0 && errno == ENOENT)
		rc = key_make(path, s, err);
	else if (fd < 0)
		rc = err_errno(err, RH_EIO, "key file \"%s\"", path);
	else
		rc = key_read(fd, path, s, err);
	if (fd >= 0)
		close(fd);
	if (rc != RH_OK) {
		signer_close(s);
		return rc;
	}
	*out = s;
	return RH_OK;
}

void
signer_close(struct signer *s)
{
	if (s == NULL)
		return;
	sodium_free(s->sk);
	free(s);
}

static void
put_u64(uint8_t *p, int64_t v)
{
	int i;

	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)((uint64_t)v >> 8 * i);
}

static void
signed_bytes(const struct head_sig *h, uint8_t out[SIGNED_LEN])
{
	memcpy(out, "rh1-head", 8);
	put_u64(out + 8, h->chain);
	put_u64(out + 16, h->seq);
	put_u64(out + 24, h->at_us);
	memcpy(out + 32, h->hash, HASH_LEN);
}

void
signer_sign(const struct signer *s, const struct chain_head *c,
    int64_t at_us, struct head_sig *h)
{
	uint8_t bytes[SIGNED_LEN];

	h->chain = c->chain;
	h->seq = c->seq;
	h->at_us = at_us;
	memcpy(h->hash, c->hash, sizeof h->hash);
	memcpy(h->key, s->pk, sizeof h->key);
	signed_bytes(h, bytes);
	crypto_sign_detached(h->signature, NULL, bytes, sizeof bytes, s->sk);
}

rh_status
head_verify(const struct head_sig *h, const uint8_t key[HEAD_KEY_LEN],
    struct err *err)
{
	char named[2 * HEAD_KEY_LEN + 1], ours[2 * HEAD_KEY_LEN + 1];
	uint8_t bytes[SIGNED_LEN];

	if (memcmp(h->key, key, HEAD_KEY_LEN) != 0) {
		str_hex(named, h->key, HEAD_KEY_LEN);
		str_hex(ours, key, HEAD_KEY_LEN);
		return err_set(err, RH_EIO, "signed with the key %s, not with "
		    "the host's, %s", named, ours);
	}
	signed_bytes(h, bytes);
	if (crypto_sign_verify_detached(h->signature, bytes, sizeof bytes,
	    key) != 0)
		return err_set(err, RH_EIO, "the signature is wrong");
	return RH_OK;
}

static void
write_hex(struct json_out *j, const char *name, const void *p, size_t len)
{
	char hex[2 * HEAD_SIG_LEN + 1];

	str_hex(hex, p, len);
	jw_m_text(j, name, hex);
}

/* Where the last whole line ends: what follows is what a crash left of one. */
static bool
whole_end(int fd, off_t size, off_t *out)
{
	char part[LINE_MAX_LEN];
	const char *nl = NULL;
	off_t end, from;
	ssize_t n;

	for (end = size; end > 0 && nl == NULL; ) {
		from = end > LINE_MAX_LEN ? end - LINE_MAX_LEN : 0;
		n = pread(fd, part, (size_t)(end - from), from);
		if (n != end - from)
			return false;
		nl = memrchr(part, '\n', (size_t)n);
		end = nl != NULL ? from + (nl - part) + 1 : from;
	}
	*out = end;
	return true;
}

/* What a crash left of a line was never relied on: it goes. */
static bool
cut_torn_line(int fd)
{
	struct stat st;
	off_t end;

	return fstat(fd, &st) == 0 && whole_end(fd, st.st_size, &end) &&
	    (end == st.st_size || ftruncate(fd, end) == 0);
}

static void
write_line(struct buf *b, const struct head_sig *h)
{
	struct json_out j;

	jw_init(&j, b);
	jw_object(&j);
	jw_m_i64(&j, "chain", h->chain);
	jw_m_i64(&j, "seq", h->seq);
	jw_m_i64(&j, "at", h->at_us);
	write_hex(&j, "hash", h->hash, sizeof h->hash);
	write_hex(&j, "signature", h->signature, sizeof h->signature);
	write_hex(&j, "key", h->key, sizeof h->key);
	jw_end_object(&j);
	buf_addc(b, '\n');
}

rh_status
anchor_append(const char *path, const struct head_sig *h, struct err *err)
{
	struct buf b = { 0 };
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	rh_status rc = RH_OK;

	write_line(&b, h);
	/* A disk takes less than all of a line only when it is full. */
	errno = ENOSPC;
	if (fd < 0 || !cut_torn_line(fd) ||
	    write(fd, b.p, b.len) != (ssize_t)b.len || fdatasync(fd) != 0)
		rc = err_errno(err, RH_EIO, "anchor file \"%s\"", path);
	if (fd >= 0)
		close(fd);
	buf_fini(&b);
	return rc;
}

static bool
read_hex(const struct json_doc *d, const char *name, struct arena *a,
    void *out, size_t len)
{
	struct str s;

	return json_str(d, json_member(d, 0, name), a, &s) &&
	    s.len == 2 * len && str_unhex(s, out, len);
}

static bool
parse_line(const char *line, size_t len, struct head_sig *h)
{
	struct json_doc d;
	struct arena a;
	bool ok;

	arena_init(&a);
	ok = json_parse(&a, line, len, &json_limits_default, &d,
	    NULL) == RH_OK &&
	    json_i64(&d, json_member(&d, 0, "chain"), &h->chain) &&
	    json_i64(&d, json_member(&d, 0, "seq"), &h->seq) &&
	    json_i64(&d, json_member(&d, 0, "at"), &h->at_us) &&
	    read_hex(&d, "hash", &a, h->hash, sizeof h->hash) &&
	    read_hex(&d, "signature", &a, h->signature,
	    sizeof h->signature) &&
	    read_hex(&d, "key", &a, h->key, sizeof h->key);
	arena_fini(&a);
	return ok;
}

struct anchor {
	const char *path;
	FILE	*f;		/* NULL: no such file */
	char	*line;
	size_t	cap;
	int	count;
};

rh_status
anchor_open(const char *path, struct anchor **out, struct err *err)
{
	FILE *f = fopen(path, "re");
	struct anchor *a;

	*out = NULL;
	if (f == NULL && errno != ENOENT)
		return err_errno(err, RH_EIO, "anchor file \"%s\"", path);
	a = mem_zalloc(sizeof *a);
	a->path = path;
	a->f = f;
	*out = a;
	return RH_OK;
}

void
anchor_close(struct anchor *a)
{
	if (a == NULL)
		return;
	if (a->f != NULL)
		fclose(a->f);
	free(a->line);
	free(a);
}

rh_status
anchor_next(struct anchor *a, struct head_sig *h, int *line, struct err *err)
{
	ssize_t len = a->f != NULL ? getline(&a->line, &a->cap, a->f) : -1;

	*line = 0;
	memset(h, 0, sizeof *h);
	/* A line cut by a crash is the last: nothing was lost. */
	if (len <= 0 || a->line[len - 1] != '\n')
		return RH_OK;
	*line = ++a->count;
	if (parse_line(a->line, (size_t)len, h))
		return RH_OK;
	return err_set(err, RH_EIO, "anchor file \"%s\": line %d is not a "
	    "signed head", a->path, *line);
}

static rh_status
read_last(int fd, const char *path, struct head_sig *h, struct err *err)
{
	char text[LINE_MAX_LEN];
	const char *nl;
	struct stat st;
	off_t end, from;
	size_t len;

	if (fstat(fd, &st) != 0 || !whole_end(fd, st.st_size, &end))
		return err_errno(err, RH_EIO, "anchor file \"%s\"", path);
	if (end == 0)
		return RH_OK;
	from = end > LINE_MAX_LEN ? end - LINE_MAX_LEN : 0;
	len = (size_t)(end - from);
	if (pread(fd, text, len, from) != (ssize_t)len)
		return err_errno(err, RH_EIO, "anchor file \"%s\"", path);
	nl = memrchr(text, '\n', len - 1);
	from = nl != NULL ? nl - text + 1 : 0;
	if (parse_line(text + from, len - (size_t)from, h))
		return RH_OK;
	memset(h, 0, sizeof *h);
	return err_set(err, RH_EIO, "anchor file \"%s\": its last line is "
	    "not a signed head", path);
}

rh_status
anchor_last(const char *path, struct head_sig *h, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	rh_status rc;

	memset(h, 0, sizeof *h);
	if (fd < 0 && errno == ENOENT)
		return RH_OK;
	if (fd < 0)
		return err_errno(err, RH_EIO, "anchor file \"%s\"", path);
	rc = read_last(fd, path, h, err);
	close(fd);
	return rc;
}
