/*
 * Named places at which a test may stop, kill or fail the process.  All of
 * them stand in one table, so that tests can walk it; a name that is not in
 * the table does not compile away silently, it aborts in tests.
 *
 * Armed by RUNHOST_FAULT="name:nth:what" in the environment, read once at
 * start: what is kill (SIGKILL of the own process), exit, or stop (SIGSTOP).
 * nth counts from 1.  With ":us" behind it, it happens so many microseconds
 * later, and the process goes on until then.  Unset: each point costs one
 * load and a branch.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>

extern const char *const fault_table[];	/* ended by NULL */
extern bool fault_armed;

void	fault_init(void);		/* reads the environment */
void	fault_hit(const char *name);

#define FAULT(name)						\
	do {							\
		if (__builtin_expect(fault_armed, 0))		\
			fault_hit(name);			\
	} while (0)

#endif
