/*
 * Tells the service manager how the host is: the datagram protocol of
 * sd_notify(3), by NOTIFY_SOCKET.  Does nothing without one.
 */
#ifndef CLI_NOTIFY_H
#define CLI_NOTIFY_H

#include <stdint.h>

/* state: lines as "READY=1". */
void	notify_state(const char *state);

/* How often WATCHDOG=1 is expected, in microseconds; 0: never. */
int64_t	notify_watchdog_us(void);

#endif
