#include "cli/follow.h"

#include "lib/cli.h"
#include "lib/fakehttp.h"
#include "lib/unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define WORDS(...) ((const char *[]){ __VA_ARGS__, NULL })
#define STARTED FAKE_JSON("200 OK", \
	"{\"run_id\":\"run_1\",\"status\":\"PENDING\"}")
#define PROGRESS(seq, percent, stage) \
	"id: " #seq "\nevent: progress\ndata: {\"seq\":" #seq "," \
	"\"event_type\":\"progress\",\"payload\":{\"stage\":\"" stage "\"," \
	"\"percent\":" #percent "}}\n\n"
#define OUTPUT(seq, stream, text) \
	"id: " #seq "\nevent: output\ndata: {\"seq\":" #seq "," \
	"\"event_type\":\"output\",\"payload\":{\"stream\":\"" stream \
	"\",\"text\":\"" text "\"}}\n\n"
#define RECORD(status, percent, more) FAKE_JSON("200 OK", \
	"{\"run_id\":\"run_1\",\"status\":\"" status "\"," \
	"\"progress_pct\":" #percent ",\"duration_seconds\":2.04" more "}")

/* words go to a server with these answers. */
static struct cli_result
with(const struct fake_answer *answers, const char *const *words, char *seen,
    size_t size)
{
	struct fakehttp *s = fakehttp_start(answers, NULL);
	const char *argv[24];
	struct cli_result r;
	int n;

	for (n = 0; words[n] != NULL; n++)
		argv[n] = words[n];
	argv[n++] = "--url";
	argv[n++] = fakehttp_url(s);
	argv[n] = NULL;
	r = cli_do(argv);
	if (seen != NULL)
		snprintf(seen, size, "%s", fakehttp_seen(s));
	fakehttp_stop(s);
	return r;
}

static void
test_success(void)
{
	static const struct fake_answer answers[] = {
		{ "POST /api/extensions/execute", STARTED },
		{ "GET /api/runs/run_1/events", FAKE_STREAM(
		    PROGRESS(1, 5, "VALIDATING") ": hb\n\n"
		    PROGRESS(2, 100, "DONE")) },
		{ "GET /api/runs/run_1", RECORD("SUCCEEDED", 100,
		    ",\"stdout\":\"hello\\n\",\"stderr\":\"\"") },
		{ NULL, NULL }
	};
	struct cli_result r;
	char seen[8192];

	r = with(answers, WORDS("run", "/mock hello world"), seen,
	    sizeof seen);
	CHECK_INT(r.code, 0);
	CHECK_STR(r.out, "hello\n");
	CHECK_STR(r.diag, "run run_1\nVALIDATING 5 %\nDONE 100 %\n"
	    "SUCCEEDED 100 % in 2.0 s\n");
	CHECK_HAS(seen, "{\"session_id\":\"cli\","
	    "\"command\":\"/mock hello world\"}");
	CHECK_HAS(seen, "Idempotency-Key: ");
	CHECK_HAS(seen, "Accept: text/event-stream\r\n");
	cli_result_free(&r);
}

/* As it comes, and not again from the record. */
static void
test_output(void)
{
	static const struct fake_answer answers[] = {
		{ "POST /api/extensions/execute", STARTED },
		{ "GET /api/runs/run_1/events", FAKE_STREAM(
		    OUTPUT(1, "stdout", "one\\n") OUTPUT(2, "stderr", "oops\\n")
		    PROGRESS(3, 5, "WORKING") OUTPUT(4, "stdout", "two")
		    "id: 5\nevent: output.mine\ndata: {}\n\n") },
		{ "GET /api/runs/run_1", RECORD("SUCCEEDED", 100,
		    ",\"stdout\":\"one\\ntworesult\","
		    "\"stderr\":\"oops\\n\"") },
		{ NULL, NULL }
	};
	struct cli_result r = with(answers, WORDS("run", "/mock"), NULL, 0);

	CHECK_INT(r.code, 0);
	CHECK_STR(r.out, "one\ntworesult");
	CHECK_STR(r.diag, "run run_1\noops\nWORKING 5 %\n"
	    "SUCCEEDED 100 % in 2.0 s\n");
	cli_result_free(&r);
}

static void
test_body(void)
{
	static const struct fake_answer answers[] = {
		{ "POST /api/extensions/execute", STARTED }, { NULL, NULL }
	};
	struct cli_result r;
	char seen[8192];

	r = with(answers, WORDS("run", "/mock", "say", "a b", "it's", "",
	    "--set", "delay_ms=0", "--set", "name=x y", "--timeout", "7",
	    "--session", "s1", "--dry-run", "--detach"), seen, sizeof seen);
	CHECK_INT(r.code, 0);
	CHECK_STR(r.out, "run_1\n");
	CHECK_STR(r.diag, "");
	CHECK_HAS(seen, "{\"session_id\":\"s1\","
	    "\"command\":\"/mock say 'a b' 'it'\\\\''s' ''\","
	    "\"dry_run\":true,"
	    "\"metadata\":{\"delay_ms\":0,\"name\":\"x y\"},"
	    "\"timeout_seconds\":7}");
	cli_result_free(&r);
	r = with(answers, WORDS("run", "/mock", "--set", "x"), NULL, 0);
	CHECK_INT(r.code, 2);
	CHECK_HAS(r.diag, "--set takes KEY=VALUE, not \"x\"");
	cli_result_free(&r);
}

static void
ends(const char *record, int code, const char *diag)
{
	struct fake_answer answers[] = {
		{ "GET /api/runs/run_1/events", FAKE_STREAM(
		    PROGRESS(1, 5, "VALIDATING")) },
		{ "GET /api/runs/run_1", record },
		{ NULL, NULL }
	};
	struct cli_result r = with(answers, WORDS("watch", "run_1"), NULL, 0);

	CHECK_INT(r.code, code);
	CHECK_HAS(r.diag, diag);
	cli_result_free(&r);
}

static void
test_ends(void)
{
	ends(RECORD("SUCCEEDED", 100, ""), 0, "SUCCEEDED 100 % in 2.0 s\n");
	ends(RECORD("FAILED", 5, ",\"error\":\"crashed SIGSEGV\""), 1,
	    "run \"run_1\" ended FAILED: crashed SIGSEGV\n");
	ends(RECORD("CANCELED", 5, ""), 1, "run \"run_1\" ended CANCELED\n");
	ends(RECORD("TIMEOUT", 5, ""), 5, "run \"run_1\" ended TIMEOUT\n");
}

static void
test_resume(void)
{
	static const struct fake_answer answers[] = {
		/* breaks in the middle of an event */
		{ "GET /api/runs/run_1/events",
		  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "fff\r\n" PROGRESS(1, 5, "VALIDATING") "id: 2" },
		/* the host is away for a while */
		{ "GET /api/runs/run_1", "" },
		{ "GET /api/runs/run_1/events", "" },
		{ "GET /api/runs/run_1", RECORD("RUNNING", 5, "") },
		/* ends although the run goes on */
		{ "GET /api/runs/run_1/events", FAKE_STREAM(
		    PROGRESS(2, 15, "LOADING")
		    "id: 3\nevent: host.lost\ndata: {\"payload\":"
		    "{\"attempt\":1,\"reason\":\"host_lost\"}}\n\n") },
		{ "GET /api/runs/run_1", RECORD("RUNNING", 15, "") },
		{ "GET /api/runs/run_1/events", FAKE_STREAM(
		    PROGRESS(4, 100, "DONE")) },
		{ "GET /api/runs/run_1", RECORD("SUCCEEDED", 100, "") },
		{ NULL, NULL }
	};
	struct cli_result r;
	char seen[8192];

	r = with(answers, WORDS("watch", "run_1"), seen, sizeof seen);
	CHECK_INT(r.code, 0);
	CHECK_STR(r.diag, "VALIDATING 5 %\nLOADING 15 %\n"
	    "host.lost: host_lost\nDONE 100 %\nSUCCEEDED 100 % in 2.0 s\n");
	CHECK_HAS(seen, "Last-Event-ID: 1\r\n");
	CHECK_HAS(seen, "Last-Event-ID: 3\r\n");
	cli_result_free(&r);
}

static void
test_gone(void)
{
	static const struct fake_answer answers[] = {
		{ "GET /api/runs/run_1/events", FAKE_STREAM(
		    PROGRESS(1, 5, "VALIDATING")) },
		{ "GET /api/runs/run_1", "" },
		{ "GET /api/runs/run_1/events", "" },
		{ "GET /api/runs/run_1", "" },
		{ NULL, NULL }
	};
	struct cli_result r;

	r = with(answers, WORDS("watch", "run_1", "--wait", "0"), NULL, 0);
	CHECK_INT(r.code, 6);
	CHECK_HAS(r.diag, "runhost: no host at \"");
	cli_result_free(&r);
}

static void
test_unknown(void)
{
	static const struct fake_answer answers[] = {
		{ "GET /api/runs/run_1/events", FAKE_JSON("404 No",
		    "{\"error\":\"run \\\"run_1\\\" isn't there\","
		    "\"reason_code\":\"NOT_FOUND\"}") },
		{ NULL, NULL }
	};
	struct cli_result r;

	r = with(answers, WORDS("watch", "run_1"), NULL, 0);
	CHECK_INT(r.code, 4);
	CHECK_STR(r.diag, "runhost: run \"run_1\" isn't there\n");
	cli_result_free(&r);
}

static void
test_json(void)
{
	static const struct fake_answer answers[] = {
		{ "POST /api/extensions/execute", STARTED },
		{ "GET /api/runs/run_1/events", FAKE_STREAM(
		    PROGRESS(1, 5, "VALIDATING")) },
		{ "GET /api/runs/run_1", RECORD("TIMEOUT", 5, "") },
		{ NULL, NULL }
	};
	struct cli_result r;

	r = with(answers, WORDS("run", "/x", "--json"), NULL, 0);
	CHECK_INT(r.code, 5);
	CHECK_STR(r.out, "{\"run_id\":\"run_1\",\"status\":\"TIMEOUT\","
	    "\"progress_pct\":5,\"duration_seconds\":2.04}\n");
	CHECK_STR(r.diag, "");
	cli_result_free(&r);
}

static void
test_lost_answer(void)
{
	static const struct fake_answer answers[] = {
		{ "POST /api/extensions/execute", "" },
		{ "POST /api/extensions/execute", STARTED },
		{ NULL, NULL }
	};
	struct cli_result r;
	char seen[8192], *first, *second;

	r = with(answers, WORDS("run", "/x", "--detach"), seen, sizeof seen);
	CHECK_INT(r.code, 0);
	first = strstr(seen, "Idempotency-Key: ");
	CHECK(first != NULL);
	second = first != NULL ? strstr(first + 1, "Idempotency-Key: ") : NULL;
	if (CHECK(second != NULL))
		CHECK_BYTES(first, second, strlen("Idempotency-Key: ") + 32);
	cli_result_free(&r);
}

static void
test_starting(void)
{
	static const struct fake_answer answers[] = {
		{ "POST /api/extensions/execute", FAKE_JSON("503 No",
		    "{\"error\":\"plugins are being loaded\","
		    "\"reason_code\":\"SERVICE_UNAVAILABLE\"}") },
		{ "POST /api/extensions/execute", FAKE_JSON("503 No",
		    "{\"error\":\"full\",\"reason_code\":\"QUEUE_FULL\"}") },
		{ "POST /api/extensions/execute", STARTED },
		{ NULL, NULL }
	};
	struct cli_result r;

	r = with(answers, WORDS("run", "/x", "--detach"), NULL, 0);
	CHECK_INT(r.code, 0);
	CHECK_STR(r.out, "run_1\n");
	cli_result_free(&r);
	r = with(answers, WORDS("run", "/x", "--detach", "--wait", "0"), NULL,
	    0);
	CHECK_INT(r.code, 6);
	CHECK_STR(r.diag, "runhost: plugins are being loaded\n");
	cli_result_free(&r);
}

/* Ctrl-C that comes before the first request. */
static struct cli_result
interrupted(const struct fake_answer *answers, const char *const *words,
    char *seen, size_t size)
{
	struct cli_result r;
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	raise(SIGINT);
	r = with(answers, words, seen, size);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

static void
test_interrupt(void)
{
	static const struct fake_answer answers[] = {
		{ "POST /api/extensions/execute", STARTED },
		{ "GET /api/runs/run_1/events", FAKE_STREAM(
		    PROGRESS(1, 5, "VALIDATING")) },
		{ "POST /api/runs/run_1/cancel", FAKE_JSON("200 OK", "{}") },
		{ "GET /api/runs/run_1", RECORD("CANCELED", 5, "") },
		{ NULL, NULL }
	};
	struct cli_result r;
	char seen[8192];

	r = interrupted(answers, WORDS("run", "/x"), seen, sizeof seen);
	CHECK_INT(r.code, 1);
	CHECK_HAS(seen, "POST /api/runs/run_1/cancel HTTP/1.1\r\n");
	CHECK_HAS(r.diag, "run run_1\ncancel requested; Ctrl-C again leaves "
	    "the run to itself\nVALIDATING 5 %\n");
	CHECK_HAS(r.diag, "run \"run_1\" ended CANCELED\n");
	cli_result_free(&r);
}

static void
test_leave(void)
{
	static const struct fake_answer answers[] = { { NULL, NULL } };
	struct cli_result r;
	char seen[8192];

	r = interrupted(answers, WORDS("watch", "run_1"), seen, sizeof seen);
	CHECK_INT(r.code, 1);
	CHECK_STR(r.diag, "runhost: left run \"run_1\" to itself\n"
	    "hint: runhost watch run_1\n");
	CHECK(strstr(seen, "cancel") == NULL);
	cli_result_free(&r);
}

const struct unit_test cli_run_tests[] = {
	{ "run shows progress, then the output, and exits with 0", test_success },
	{ "output is shown as it comes, and once", test_output },
	{ "run's options become the body of execute", test_body },
	{ "the exit code is that of the run's end", test_ends },
	{ "a stream that breaks is taken up behind the last event", test_resume },
	{ "a host that stays away exits with 6", test_gone },
	{ "an unknown run exits with 4", test_unknown },
	{ "with --json the final record is all that is printed", test_json },
	{ "a lost answer is asked for again under the same key", test_lost_answer },
	{ "a host that is starting or full is asked again", test_starting },
	{ "Ctrl-C asks for a cancel, even before the run's id is known", test_interrupt },
	{ "Ctrl-C leaves a run that is only watched", test_leave },
	{ NULL, NULL }
};
