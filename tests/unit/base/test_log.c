/* The log's lines, and fault points, each in a child of its own. */
#include "lib/unit.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/str.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Runs fn in a child whose standard error is read into text.  The wait
 * status; -1 if something of that went wrong.
 */
static int
in_child(void (*fn)(void), char *text, size_t size)
{
	const struct rlimit no_core = { 0, 0 };
	size_t len = 0;
	int fd[2], status = -1;
	ssize_t n;
	pid_t pid;

	if (pipe(fd) != 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		dup2(fd[1], STDERR_FILENO);
		close(fd[0]);
		fn();
		_exit(0);
	}
	close(fd[1]);
	while ((n = read(fd[0], text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fd[0]);
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static char text[65536];

/* What stands behind the time, which is checked for its form. */
static const char *
after_time(const char *line)
{
	static const char begin[] = "{\"time\":\"";

	CHECK(strncmp(line, begin, sizeof begin - 1) == 0);
	CHECK(strlen(line) > 40 && line[32] == 'Z' && line[33] == '"');
	return strlen(line) > 34 ? line + 34 : line;
}

static void
log_plain(void)
{
	log_event(LOG_WARN, "worker ended", "plugin", "hello", "none", NULL,
	    "pid", "12", NULL);
}

static void
test_event(void)
{
	CHECK_INT(in_child(log_plain, text, sizeof text), 0);
	CHECK_STR(after_time(text), ",\"level\":\"warn\",\"msg\":\"worker "
	    "ended\",\"plugin\":\"hello\",\"pid\":\"12\"}\n");
}

static void
log_as_text(void)
{
	log_format_set(LOG_TEXT);
	log_event(LOG_WARN, "a \"b\"\nc", "plugin", "hello", "none", NULL,
	    "how", "signal 9", "empty", "", "eq", "a=b", "nl", "x\ny", NULL);
}

static void
test_text(void)
{
	CHECK_INT(in_child(log_as_text, text, sizeof text), 0);
	CHECK_STR(strlen(text) > 24 ? text + 24 : text, " warn  a \"b\""
	    "\\u000ac plugin=hello how=\"signal 9\" empty=\"\" eq=\"a=b\" "
	    "nl=x\\u000ay\n");
	CHECK(text[23] == 'Z');
}

/* Its standard error is a pipe, then a terminal. */
static void
log_to_both(void)
{
	int tty = posix_openpt(O_RDWR | O_NOCTTY), slave, saved;
	char line[200];
	ssize_t n;

	log_format_set(LOG_AUTO);
	log_line(LOG_INFO, "pipe");
	if (tty < 0 || grantpt(tty) != 0 || unlockpt(tty) != 0 ||
	    (slave = open(ptsname(tty), O_RDWR | O_NOCTTY)) < 0)
		_exit(1);
	saved = dup(STDERR_FILENO);
	dup2(slave, STDERR_FILENO);
	log_format_set(LOG_AUTO);
	log_line(LOG_INFO, "terminal");
	n = read(tty, line, sizeof line);
	if (n > 0)
		dprintf(saved, "%.*s", (int)n, line);
}

static void
test_auto(void)
{
	CHECK_INT(in_child(log_to_both, text, sizeof text), 0);
	CHECK_HAS(text, ",\"level\":\"info\",\"msg\":\"pipe\"}\n");
	CHECK_HAS(text, "Z info  terminal\r\n");
}

static void
log_nasty(void)
{
	log_event(LOG_INFO, "a\"b\\c\n\x1b[31m\x7f", "u",
	    "\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\xd8\x9c\xc2\x85\xef\xbb\xbf",
	    "ok", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "bad",
	    "x\xffy\xe2\x82", NULL);
}

static void
test_escape(void)
{
	CHECK_INT(in_child(log_nasty, text, sizeof text), 0);
	CHECK_STR(after_time(text), ",\"level\":\"info\","
	    "\"msg\":\"a\\\"b\\\\c\\u000a\\u001b[31m\\u007f\","
	    "\"u\":\"\\u2028\\u202e\\u2066\\u061c\\u0085\\ufeff\","
	    "\"ok\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\","
	    "\"bad\":\"x\xef\xbf\xbdy\xef\xbf\xbd\xef\xbf\xbd\"}\n");
}

static void
log_long(void)
{
	char field[10000];
	size_t i;

	memset(field, 'a', sizeof field);
	for (i = 4095; i + 3 < sizeof field; i += 3)
		memcpy(field + i, "\xe2\x82\xac", 3);
	field[sizeof field - 1] = '\0';
	log_event(LOG_INFO, "long", "field", field, NULL);
	log_line(LOG_INFO, "%s", field);
}

static void
test_cap(void)
{
	char *second;

	CHECK_INT(in_child(log_long, text, sizeof text), 0);
	second = strchr(text, '\n');
	if (!CHECK(second != NULL))
		return;
	CHECK(second - text < 4096 + 200);
	CHECK(strlen(second + 1) < 4096 + 200);
	CHECK(str_utf8(text, strlen(text)));
	CHECK_HAS(text, "aaa\xe2\x80\xa6\"}\n");
	CHECK(strstr(text, "\xef\xbf\xbd") == NULL);
}

/* A packet socket keeps the bounds of each write. */
static void
test_one_write(void)
{
	int fd[2], saved;
	ssize_t n;

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	saved = dup(STDERR_FILENO);
	dup2(fd[1], STDERR_FILENO);
	log_event(LOG_ERROR, "one", "a", "b", NULL);
	log_line(LOG_ERROR, "two");
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd[1]);
	n = read(fd[0], text, sizeof text - 1);
	CHECK(n > 3 && memcmp(text + n - 3, "\"}\n", 3) == 0);
	n = read(fd[0], text, sizeof text - 1);
	CHECK(n > 3 && memcmp(text + n - 3, "\"}\n", 3) == 0);
	CHECK_INT(read(fd[0], text, sizeof text - 1), 0);
	close(fd[0]);
}

static void
log_levels(void)
{
	log_line(LOG_DEBUG, "one");
	log_level_set(LOG_DEBUG);
	log_line(LOG_DEBUG, "two");
	log_level_set(LOG_ERROR);
	log_line(LOG_WARN, "three");
	log_event(LOG_WARN, "four", NULL);
	log_line(LOG_ERROR, "five %d", 5);
}

static void
test_level(void)
{
	CHECK_INT(in_child(log_levels, text, sizeof text), 0);
	CHECK(strstr(text, "one") == NULL);
	CHECK_HAS(text, "\"level\":\"debug\",\"msg\":\"two\"}\n");
	CHECK(strstr(text, "three") == NULL);
	CHECK(strstr(text, "four") == NULL);
	CHECK_HAS(text, "\"level\":\"error\",\"msg\":\"five 5\"}\n");
}

static void
fault_third_kills(void)
{
	int i;

	setenv("RUNHOST_FAULT", "batch.begin:3:kill", 1);
	fault_init();
	for (i = 1; i <= 5; i++) {
		dprintf(STDERR_FILENO, "%d", i);
		FAULT("batch.before_commit");
		FAULT("batch.begin");
	}
}

static void
test_fault_nth(void)
{
	int status;

	status = in_child(fault_third_kills, text, sizeof text);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_STR(text, "123");
}

static void
fault_kills_later(void)
{
	setenv("RUNHOST_FAULT", "batch.begin:1:kill:1000", 1);
	fault_init();
	FAULT("batch.begin");
	dprintf(STDERR_FILENO, "went on");
	pause();
}

static void
test_fault_later(void)
{
	int status;

	status = in_child(fault_kills_later, text, sizeof text);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_STR(text, "went on");
}

static void
fault_exits(void)
{
	setenv("RUNHOST_FAULT", "audit.before_head:1:exit", 1);
	fault_init();
	FAULT("audit.before_head");
}

static void
test_fault_exit(void)
{
	int status;

	status = in_child(fault_exits, text, sizeof text);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 70);
}

static void
fault_unset(void)
{
	unsetenv("RUNHOST_FAULT");
	fault_init();
	FAULT("batch.begin");
	dprintf(STDERR_FILENO, "armed %d", fault_armed);
}

static void
test_fault_unset(void)
{
	CHECK_INT(in_child(fault_unset, text, sizeof text), 0);
	CHECK_STR(text, "armed 0");
}

static const char *fault_spec;

static void
fault_bad(void)
{
	setenv("RUNHOST_FAULT", fault_spec, 1);
	fault_init();
	FAULT("no.such.point");
}

static void
test_fault_refused(void)
{
	static const char *const bad[] = { "batch.begin", "batch.begin:1",
	    "nowhere:1:kill", "batch.begin:0:kill", "batch.begin:x:kill",
	    "batch.begin:1:explode", "batch.begin:1:kill:",
	    "batch.begin:1:kill:-1", "batch.begin:9:kill" };
	size_t i;
	int status;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		fault_spec = bad[i];
		status = in_child(fault_bad, text, sizeof text);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
		CHECK_HAS(text, "runhost: fault point: ");
	}
	CHECK_HAS(text, "\"no.such.point\"");
}

const struct unit_test base_log_tests[] = {
	{ "an event is one line of JSON", test_event },
	{ "text is a line with its fields behind it", test_text },
	{ "a terminal gets text, a pipe JSON", test_auto },
	{ "what could act on a terminal is escaped", test_escape },
	{ "a long text is cut between two characters", test_cap },
	{ "each line is one write", test_one_write },
	{ "lines below the level are left out", test_level },
	{ NULL, NULL },
};

const struct unit_test base_fault_tests[] = {
	{ "the nth passage of an armed point kills", test_fault_nth },
	{ "an armed point can kill a while later", test_fault_later },
	{ "an armed point can exit", test_fault_exit },
	{ "nothing is armed by default", test_fault_unset },
	{ "an unknown point or a malformed order aborts",
	    test_fault_refused },
	{ NULL, NULL },
};
