/*
 * A program that a plugin may run: it tries what its parent may not, and
 * says "refused ..." or "ESCAPED ...".
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BOMB_MAX	20000

static void
verdict(const char *what, int result)
{
	if (result < 0)
		printf("refused %s: %s\n", what, strerrorname_np(errno));
	else
		printf("ESCAPED %s\n", what);
}

static void
by_unix(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(at.sun_path, path, sizeof at.sun_path - 1);
	verdict("host's socket", fd < 0 ? -1 :
	    connect(fd, (struct sockaddr *)&at, sizeof at));
}

static void
by_tcp(const char *port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	verdict("host's port", fd < 0 ? -1 :
	    connect(fd, (struct sockaddr *)&at, sizeof at));
}

static void
other(void)
{
	execl("/usr/bin/id", "id", NULL);
	verdict("another program", -1);
}

static void
daemons(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0)
			for (;;)
				pause();
		_exit(0);
	}
	printf("daemon left\n");
}

/* As many as there may be, all of which stay. */
static void
bomb(void)
{
	int n;

	for (n = 0; n < BOMB_MAX; n++) {
		pid_t pid = fork();

		if (pid == 0)
			for (;;)
				pause();
		if (pid < 0)
			break;
	}
	verdict("one more process", n < BOMB_MAX ? -1 : 0);
}

int
main(int argc, char **argv)
{
	const char *aim = argc > 2 ? argv[2] : "";

	if (argc < 2)
		return 2;
	if (strcmp(argv[1], "unix") == 0)
		by_unix(aim);
	if (strcmp(argv[1], "tcp") == 0)
		by_tcp(aim);
	if (strcmp(argv[1], "other") == 0)
		other();
	if (strcmp(argv[1], "daemon") == 0)
		daemons();
	if (strcmp(argv[1], "bomb") == 0)
		bomb();
	return 0;
}
