/*
 * Signatures of plugins: Ed25519, in the files of minisign, so that either
 * program reads what the other wrote.  A signature stands beside its file,
 * as x.so.minisig.  Which keys are trusted is not known here.
 */
#ifndef PLUGIN_SIGN_H
#define PLUGIN_SIGN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGN_SUFFIX	".minisig"
#define SIGN_FILE_MAX	(12 * 1024)	/* bytes of any of the files */
#define SIGN_COMMENT_MAX 8000		/* bytes of a comment */
#define SIGN_ID_LEN	8
#define SIGN_NAME_LEN	17		/* of an id as text, with its NUL */

struct image;

struct sign_public {
	uint8_t	id[SIGN_ID_LEN];	/* random, made with the key */
	uint8_t	key[32];
};

struct sign_secret {
	uint8_t	id[SIGN_ID_LEN];
	uint8_t	key[64];
};

struct signature {
	bool	prehashed;	/* of the BLAKE2b-512 of the bytes */
	uint8_t	id[SIGN_ID_LEN];	/* of the key that made it */
	uint8_t	sig[64];
	uint8_t	global[64];	/* of sig and the comment behind it */
	uint8_t	hash[64];	/* sign_over: of the bytes, if prehashed */
	const char *comment;	/* the trusted one; in the arena */
	/* sign_holds_image: what it found of the first key.  0 at first. */
	_Atomic int judged;
	uint8_t	judged_key[32];
	bool	verdict;
};

/* As minisign writes an id: 16 upper-case hex digits; and back, any case. */
void		sign_name(const uint8_t id[SIGN_ID_LEN],
		    char out[SIGN_NAME_LEN]);
bool		sign_id(struct str name, uint8_t id[SIGN_ID_LEN]);

/*
 * Files as text.  RH_EINPUT names the line and what is wrong with it.
 * password NULL: none is known; a key that is locked needs one (RH_EAUTH),
 * and is RH_EAUTH with a wrong one, too.
 */
rh_status	sign_read(struct str, struct arena *, struct signature *,
		    struct err *);
rh_status	sign_public_read(struct str, struct sign_public *,
		    struct err *);
rh_status	sign_secret_read(struct str, const char *password,
		    struct sign_secret *, struct err *);

/*
 * The signature that stands beside a file of the directory, found and judged
 * as the file is (image.h); *out is NULL when there is none, else in the
 * arena.
 */
rh_status	sign_find(int dir_fd, const char *file, const struct image *,
		    struct arena *, struct signature **out, struct err *);

void		sign_public_text(const struct sign_public *, struct buf *);
/* password NULL: not locked.  RH_EIO: no room for deriving the lock. */
rh_status	sign_secret_text(const struct sign_secret *,
		    const char *password, struct buf *, struct err *);

void		sign_generate(struct sign_secret *, struct sign_public *);
void		sign_public_of(const struct sign_secret *,
		    struct sign_public *);

/* The text of a prehashed signature; comment is one line. */
void		sign_make(const struct sign_secret *, const uint8_t *bytes,
		    size_t len, const char *comment, struct buf *);

/*
 * Whether key made it, of its comment and of these bytes: sign_over has been
 * told them once, so that a prehashed one is judged without them.
 */
void		sign_over(struct signature *, const uint8_t *bytes,
		    size_t len);
bool		sign_holds(const struct signature *,
		    const struct sign_public *, const uint8_t *bytes,
		    size_t len);
/*
 * The same of the file that it was found with, and never of another: what was
 * found is remembered, for that may take hashing the file.  Any thread.
 */
bool		sign_holds_image(struct signature *,
		    const struct sign_public *, const struct image *);

#endif
