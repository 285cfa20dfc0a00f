/*
 * Plugins that attack while they are opened, before anything of them was
 * judged: HOW names the function that the constructor is.
 */
#include <runhost/plugin.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STR_(x)	#x
#define STR(x)	STR_(x)

static inline void
crash(void)
{
	*(volatile int *)8 = 1;
}

static inline void
leave(void)
{
	_exit(0);
}

static inline void
give_up(void)
{
	abort();
}

static inline void
hang(void)
{
	for (;;)
		pause();
}

static inline void
spin(void)
{
	volatile uint64_t n = 0;

	for (;;)
		n++;
}

static inline void
stop(void)
{
	raise(SIGSTOP);
}

/* Whoever it may connect to, or open, it doesn't load. */
static inline void
connects(void)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd >= 0 || connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
		_exit(99);
	_exit(3);
}

static inline void
reads(void)
{
	_exit(open("/etc/shadow", O_RDONLY) < 0 ? 3 : 99);
}

static inline void
forks(void)
{
	_exit(fork() < 0 ? 3 : 99);
}

/* Says what it likes before the host has heard a hello. */
static inline void
speaks(void)
{
	send(3, "hello", 5, MSG_NOSIGNAL);
	for (;;)
		pause();
}

static void *
linger(void *arg)
{
	(void)arg;
	_exit(0);
}

/* A thread that ends the process while it loads or later. */
static inline void
leaves_later(void)
{
	pthread_t t;

	pthread_create(&t, NULL, linger, NULL);
	for (;;)
		pause();
}

__attribute__((constructor)) static void
construct(void)
{
	HOW();
}

RH_PLUGIN(0,
	.id = "load." STR(HOW),
	.version = "1.0.0",
);
