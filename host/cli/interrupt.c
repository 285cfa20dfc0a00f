/*
 * SIGINT through a descriptor.
 */
#include "cli/interrupt.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

void
interrupt_hold(struct interrupt *in)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, &in->before);
	in->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void
interrupt_release(struct interrupt *in)
{
	close(in->fd);
	pthread_sigmask(SIG_SETMASK, &in->before, NULL);
}

bool
interrupt_take(struct interrupt *in)
{
	struct signalfd_siginfo info;

	return read(in->fd, &info, sizeof info) == (ssize_t)sizeof info;
}

bool
interrupt_wait(struct interrupt *in, int ms)
{
	struct pollfd pfd = { .fd = in->fd, .events = POLLIN };

	return poll(&pfd, 1, ms) > 0;
}
