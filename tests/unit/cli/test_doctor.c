#include "cli/doctor.h"

#include "lib/cli.h"
#include "lib/fakehttp.h"
#include "lib/unit.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static struct finding
look(const char *name, const char *data)
{
	struct patient p = { .data = data };
	struct finding f = { .state = FINDING_UNSET };
	const struct check *c;

	for (c = doctor_table; strcmp(c->name, name) != 0; c++)
		continue;
	c->look(&p, &f);
	return f;
}

static void
test_data(void)
{
	const char *dir = unit_tmpdir();
	char path[PATH_MAX];
	struct finding f;

	chmod(dir, 0700);
	f = look("data directory", dir);
	CHECK_INT(f.state, FINDING_OK);
	chmod(dir, 0750);
	f = look("data directory", dir);
	CHECK_INT(f.state, FINDING_FAIL);
	CHECK_HAS(f.text, "(mode 750)");
	CHECK_HAS(f.todo, "chmod 700 ");
	chmod(dir, 0700);
	snprintf(path, sizeof path, "%s/none", dir);
	f = look("data directory", path);
	CHECK_INT(f.state, FINDING_WARN);
	f = look("data directory", NULL);
	CHECK_INT(f.state, FINDING_UNSET);
}

static void
test_files(void)
{
	const char *dir = unit_tmpdir();
	char path[PATH_MAX];
	struct finding f;
	FILE *file;

	snprintf(path, sizeof path, "%s/admin.token", dir);
	file = fopen(path, "w");
	fclose(file);
	chmod(path, 0600);
	f = look("data files", dir);
	CHECK_INT(f.state, FINDING_OK);
	chmod(path, 0644);
	f = look("data files", dir);
	CHECK_INT(f.state, FINDING_WARN);
	CHECK_STR(f.text, "open to others: admin.token");
}

/* A worker is made for it, as on a host. */
static void
test_sandbox(void)
{
	struct finding f = look("sandbox", NULL);

	CHECK_HAS(f.text, "workers reach tier \"");
	CHECK(f.state == FINDING_OK ? f.todo[0] == '\0' :
	    strstr(f.text, "; missing: ") != NULL);
	f = look("layers", NULL);
	CHECK_HAS(f.text, "Landlock ABI ");
	CHECK_HAS(f.text, "; limits by ");
	CHECK_HAS(f.text, ", landlock");
	CHECK_HAS(f.text, ", system calls");
}

static void
expect(const struct fake_answer *answers, int code, const char *a,
    const char *b)
{
	struct fakehttp *s = fakehttp_start(answers, NULL);
	const char *words[] = { "doctor", "--url", fakehttp_url(s), NULL };
	struct cli_result r = cli_do(words);

	CHECK_INT(r.code, code);
	CHECK_HAS(r.out, a);
	CHECK_HAS(r.out, b);
	cli_result_free(&r);
	fakehttp_stop(s);
}

static void
test_host(void)
{
	static const struct fake_answer good[] = {
		{ "GET /health", FAKE_JSON("200 OK", "{\"status\":\"UP\","
		    "\"ok\":true,\"version\":\"" PACKAGE_VERSION "\"}") },
		{ "GET /ready", FAKE_JSON("200 OK", "{\"ready\":true}") },
		{ NULL, NULL }
	};
	static const struct fake_answer bad[] = {
		{ "GET /health", FAKE_JSON("200 OK", "{\"version\":\"7\"}") },
		{ "GET /ready", FAKE_JSON("503 No", "{\"ready\":false,"
		    "\"reasons\":[\"disk full\",\"draining\"]}") },
		{ "POST /api/actions/host_ping", FAKE_JSON("200 OK",
		    "{\"time\":\"2020-01-01T00:00:00.000Z\"}") },
		{ NULL, NULL }
	};

	expect(good, 0, "ok    host            answers, version "
	    PACKAGE_VERSION "\n", "ok    ready           ready\n");
	expect(bad, 1, "warn  host            answers, version 7 -> this "
	    "command is version " PACKAGE_VERSION "\n",
	    "fail  ready           not ready: disk full, draining\n");
	expect(bad, 1, "s away from the host's -> ", "warn  clock");
}

static void
test_json(void)
{
	const char *words[] = { "doctor", "--url", "http://127.0.0.1:1",
	    "--json", NULL };
	struct cli_result r = cli_do(words);

	CHECK_INT(r.code, 0);
	CHECK_HAS(r.out, "{\"checks\":[{\"name\":\"configuration\","
	    "\"state\":\"ok\",");
	CHECK_HAS(r.out, "{\"name\":\"host\",\"state\":\"warn\","
	    "\"text\":\"no host at ");
	CHECK_HAS(r.out, "],\"ok\":true}\n");
	cli_result_free(&r);
}

const struct unit_test cli_doctor_tests[] = {
	{ "a data directory that others can enter fails", test_data },
	{ "a file that others can read is named", test_files },
	{ "what workers are confined by is tried in one", test_sandbox },
	{ "a host that isn't ready fails with its reasons", test_host },
	{ "with --json the findings are one document", test_json },
	{ NULL, NULL }
};
