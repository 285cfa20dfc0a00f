/*
 * Limits of the process.
 */
#ifndef CLI_LIMITS_H
#define CLI_LIMITS_H

/* As many descriptors as may be had; the soft limit is for select(). */
void	limits_raise_files(void);

#endif
