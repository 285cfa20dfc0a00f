/*
 * A ledger that forgets: what a plugin keeps while an author tries it, in
 * memory.  Checkpoints and values are kept, a few harmless actions are
 * answered, and every other call is refused with a sentence that says so.
 */
#ifndef KIT_FAKE_H
#define KIT_FAKE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct fake;

struct fake	*fake_new(void);
void		 fake_free(struct fake *);	/* NULL is fine */

/* The newest one; name is empty when there is none.  Borrowed. */
void		 fake_checkpoint(const struct fake *, struct str *name,
		    struct str *bytes);
void		 fake_checkpoint_set(struct fake *, struct str name,
		    struct str bytes);
/* Another run begins: it has no checkpoint. */
void		 fake_forget_checkpoint(struct fake *);

/* The reply is added to what is in the buffer.  RH_ENOENT: no such value. */
rh_status	 fake_get(const struct fake *, struct str scope,
		    struct str key, struct buf *reply);
void		 fake_set(struct fake *, struct str scope, struct str key,
		    struct str value);
rh_status	 fake_call(struct fake *, struct str action, struct buf *reply);

#endif
