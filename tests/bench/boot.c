/*
 * Starts a host, says how long that takes and how much memory it needs, and
 * ends it.
 *
 *	boot RUNHOST serve OPTIONS...
 *
 * ready_ms: from fork to READY=1 on the service manager's socket, when the
 * ledger is recovered, the doors are open and every plugin has answered.
 * doors_ms: to the line that says where it listens.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS	30000
#define SETTLE_US	500000

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "boot: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* An abstract socket of a name that the kernel picks. */
static int
open_notify(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(sa_family_t);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0)
		die("socket");
	len = sizeof at;
	getsockname(fd, (struct sockaddr *)&at, &len);
	at.sun_path[0] = '@';
	at.sun_path[len - sizeof(sa_family_t)] = '\0';
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	return fd;
}

static pid_t
start(char **argv, int *out)
{
	int p[2], null;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		die("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		null = open("/dev/null", O_RDWR);
		dup2(p[1], 1);
		dup2(null, 2);
		execv(argv[0], argv);
		_exit(127);
	}
	close(p[1]);
	*out = p[0];
	return pid;
}

/* Waits until the descriptor has something, and takes it. */
static void
take(int fd, const char *wanted)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char text[4096];
	ssize_t n;

	do {
		if (poll(&p, 1, PATIENCE_MS) != 1 ||
		    (n = read(fd, text, sizeof text - 1)) <= 0)
			die(wanted);
		text[n] = '\0';
	} while (strstr(text, wanted) == NULL);
}

/* A line "Name: 123 kB" of a file of a process. */
static long
memory_kb(pid_t pid, const char *file, const char *name)
{
	char path[64], line[256];
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
	if ((f = fopen(path, "r")) == NULL)
		return -1;
	while (fgets(line, sizeof line, f) != NULL) {
		if (strncmp(line, name, strlen(name)) == 0)
			kb = atol(line + strlen(name));
	}
	fclose(f);
	return kb;
}

/* The largest of the host's workers. */
static long
worker_pss_kb(pid_t host, int *workers)
{
	struct dirent *e;
	DIR *d = opendir("/proc");
	char path[300], name[32];
	long kb, most = 0;
	pid_t pid, above;
	FILE *f;

	*workers = 0;
	while (d != NULL && (e = readdir(d)) != NULL) {
		if ((pid = (pid_t)atoi(e->d_name)) == 0)
			continue;
		above = (pid_t)memory_kb(pid, "status", "PPid:");
		/* A worker may stand behind its reaper. */
		if (above != host && (above == 0 ||
		    memory_kb(above, "status", "PPid:") != host))
			continue;
		snprintf(path, sizeof path, "/proc/%s/comm", e->d_name);
		name[0] = '\0';
		if ((f = fopen(path, "r")) != NULL) {
			if (fgets(name, sizeof name, f) == NULL)
				name[0] = '\0';
			fclose(f);
		}
		if (strncmp(name, "runhost-worker", 14) != 0)
			continue;
		kb = memory_kb(pid, "smaps_rollup", "Pss:");
		if (above != host)
			kb += memory_kb(above, "smaps_rollup", "Pss:");
		most = kb > most ? kb : most;
		++*workers;
	}
	if (d != NULL)
		closedir(d);
	return most;
}

int
main(int argc, char **argv)
{
	int notify, out, workers;
	int64_t from, doors, ready;
	long pss;
	pid_t pid;

	if (argc < 2)
		return 2;
	alarm(3 * PATIENCE_MS / 1000);
	notify = open_notify();
	from = now_us();
	pid = start(argv + 1, &out);
	take(out, "listening");
	doors = now_us() - from;
	take(notify, "READY=1");
	ready = now_us() - from;
	usleep(SETTLE_US);
	pss = worker_pss_kb(pid, &workers);
	printf("boot ready_ms=%.1f doors_ms=%.1f rss_kb=%ld pss_kb=%ld "
	    "workers=%d worker_pss_kb=%ld\n", (double)ready / 1e3,
	    (double)doors / 1e3, memory_kb(pid, "status", "VmRSS:"),
	    memory_kb(pid, "smaps_rollup", "Pss:"), workers, pss);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	return 0;
}
