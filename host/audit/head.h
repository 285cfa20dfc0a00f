/*
 * Signed heads: who saw one knows that the chain was this long then.  They
 * are appended to an anchor file outside the data directory.  The host's own
 * user can sign anew; only a witness elsewhere prevents that.
 */
#ifndef AUDIT_HEAD_H
#define AUDIT_HEAD_H

#include "audit/chain.h"

#define HEAD_KEY_LEN	32
#define HEAD_SIG_LEN	64

struct head_sig {
	int64_t	chain, seq, at_us;
	uint8_t	hash[HASH_LEN];
	uint8_t	signature[HEAD_SIG_LEN];
	uint8_t	key[HEAD_KEY_LEN];	/* public */
};

struct signer;

/*
 * The key pair in a file of 0600, made when it is not there.
 */
rh_status	signer_open(const char *path, struct signer **,
		    struct err *);
void		signer_close(struct signer *);	/* wipes; NULL is fine */
void		signer_key(const struct signer *, uint8_t out[HEAD_KEY_LEN]);
/* The public key of a key file, which must be there. */
rh_status	signer_key_read(const char *path, uint8_t out[HEAD_KEY_LEN],
		    struct err *);
void		signer_sign(const struct signer *, const struct chain_head *,
		    int64_t at_us, struct head_sig *);
/*
 * Whether the host with this public key signed it: a head names a key, too,
 * but that may be anybody's.  RH_EIO with what is wrong.
 */
rh_status	head_verify(const struct head_sig *,
		    const uint8_t key[HEAD_KEY_LEN], struct err *);

/* One line of JSON each.  anchor_append: with fdatasync. */
rh_status	anchor_append(const char *path, const struct head_sig *,
		    struct err *);
/*
 * The newest whole line, read from the file's end; seq 0 when there is no
 * file or no line.
 */
rh_status	anchor_last(const char *path, struct head_sig *,
		    struct err *);

/* From the first line on.  A file that isn't there has none. */
struct anchor;
rh_status	anchor_open(const char *path, struct anchor **, struct err *);
void		anchor_close(struct anchor *);	/* NULL is fine */
/* The next one and its number, 0 at the end. */
rh_status	anchor_next(struct anchor *, struct head_sig *, int *line,
		    struct err *);

#endif
