/*
 * A byte buffer that grows at its end.  All zero is an empty buffer.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

#include <stddef.h>

struct buf {
	char	*p;		/* NULL, or len bytes and a NUL */
	size_t	len;
	size_t	cap;
};

void	buf_init(struct buf *);
void	buf_fini(struct buf *);
void	buf_clear(struct buf *);		/* keeps the memory */
void	buf_add(struct buf *, const void *, size_t);
void	buf_adds(struct buf *, const char *);
void	buf_addc(struct buf *, char);
void	buf_printf(struct buf *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	buf_reserve(struct buf *, size_t more);	/* room for more bytes */
char	*buf_take(struct buf *);	/* the caller frees; empties the buf */

#endif
