/*
 * Wakes a thread that sits in epoll or poll: an eventfd.  Signals add up
 * into one; they carry nothing.
 */
#ifndef BASE_WAKE_H
#define BASE_WAKE_H

#include "base/err.h"

#include <stdbool.h>

struct wake {
	int	fd;		/* -1: closed */
};

rh_status	wake_open(struct wake *, struct err *);
void		wake_close(struct wake *);	/* twice is fine */
void		wake_signal(struct wake *);	/* any thread; signal-safe */
bool		wake_clear(struct wake *);	/* whether it was signalled */
int		wake_fd(const struct wake *);	/* readable once signalled */

#endif
