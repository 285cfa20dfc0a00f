/*
 * Ctrl-C while a run is being started or followed: held back from the first
 * request on, so that none is lost between the request and the run's id.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

struct interrupt {
	sigset_t before;	/* the mask to go back to */
	int	fd;		/* readable when Ctrl-C came */
};

void	interrupt_hold(struct interrupt *);
void	interrupt_release(struct interrupt *);

/* Takes one Ctrl-C; false: none came. */
bool	interrupt_take(struct interrupt *);
/* Waits for up to ms; whether one came, which stays to be taken. */
bool	interrupt_wait(struct interrupt *, int ms);

#endif
