/*
 * An eventfd, non-blocking and closed on exec.
 */
#include "base/wake.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

rh_status
wake_open(struct wake *w, struct err *err)
{
	w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (w->fd < 0)
		return err_errno(err, RH_EIO, "creating an eventfd");
	return RH_OK;
}

void
wake_close(struct wake *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

/* EAGAIN means that the counter is full, and so readable already. */
void
wake_signal(struct wake *w)
{
	const uint64_t one = 1;
	int saved = errno;
	ssize_t n;

	do
		n = write(w->fd, &one, sizeof one);
	while (n < 0 && errno == EINTR);
	errno = saved;
}

bool
wake_clear(struct wake *w)
{
	uint64_t count;
	ssize_t n;

	do
		n = read(w->fd, &count, sizeof count);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof count;
}

int
wake_fd(const struct wake *w)
{
	return w->fd;
}
