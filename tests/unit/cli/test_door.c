#include "cli/door.h"

#include "lib/cli.h"
#include "lib/fakehttp.h"
#include "lib/unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REFUSAL(error, hint, code) \
	"{\"ok\":false,\"data\":null,\"error\":\"" error "\",\"hint\":\"" \
	hint "\",\"reason_code\":\"" code "\"}"

/* One command against one answer. */
static struct cli_result
against(const char *answer, const char *const *words)
{
	struct fake_answer answers[] = {
		{ "GET /api/runs/r1", answer },
		{ "POST /api/actions/token_list", answer },
		{ "POST /api/actions/permission_check", answer },
		{ "POST /api/actions/plugin_get", answer },
		{ "POST /api/runs/r1/cancel", answer },
		{ NULL, NULL }
	};
	struct fakehttp *s = fakehttp_start(answers, NULL);
	const char *argv[16];
	struct cli_result r;
	int n;

	for (n = 0; words[n] != NULL; n++)
		argv[n] = words[n];
	argv[n++] = "--url";
	argv[n++] = fakehttp_url(s);
	argv[n] = NULL;
	r = cli_do(argv);
	fakehttp_stop(s);
	return r;
}

#define WORDS(...) ((const char *[]){ __VA_ARGS__, NULL })

static void
exits(const char *answer, int code, const char *diag)
{
	struct cli_result r = against(answer, WORDS("runs", "show", "r1"));

	CHECK_INT(r.code, code);
	CHECK_STR(r.diag, diag);
	cli_result_free(&r);
}

static void
test_codes(void)
{
	exits(FAKE_JSON("401 No", REFUSAL("no token", "give one",
	    "AUTH_REQUIRED")), 3, "runhost: no token\nhint: give one\n");
	exits(FAKE_JSON("403 No", REFUSAL("not allowed", "ask",
	    "AUTH_FORBIDDEN")), 3, "runhost: not allowed\nhint: ask\n");
	exits(FAKE_JSON("404 No", REFUSAL("no run", "", "NOT_FOUND")), 4,
	    "runhost: no run\n");
	exits(FAKE_JSON("422 No", REFUSAL("bad", "", "INVALID_INPUT")), 2,
	    "runhost: bad\n");
	exits(FAKE_JSON("409 No", REFUSAL("state", "", "BAD_STATE")), 1,
	    "runhost: state\n");
	exits(FAKE_JSON("504 No", REFUSAL("late", "", "DEADLINE_EXCEEDED")), 5,
	    "runhost: late\n");
	exits(FAKE_JSON("503 No", REFUSAL("away", "",
	    "SERVICE_UNAVAILABLE")), 6, "runhost: away\n");
	exits(FAKE_JSON("503 No", REFUSAL("full", "", "QUEUE_FULL")), 1,
	    "runhost: full\n");
}

static void
test_unknown_code(void)
{
	exits(FAKE_JSON("404 No", REFUSAL("gone", "", "NEWER_THAN_I")), 4,
	    "runhost: gone\n");
	exits(FAKE_JSON("404 No", "<html>"), 4,
	    "runhost: HTTP status 404, and not an answer of runhost\n");
	exits(FAKE_JSON("418 No", ""), 1,
	    "runhost: HTTP status 418, and not an answer of runhost\n");
}

static void
test_foreign(void)
{
	struct cli_result r = against(FAKE_JSON("200 OK", "hello"),
	    WORDS("runs", "show", "r1"));

	CHECK_INT(r.code, 1);
	CHECK_HAS(r.diag, "is not runhost: ");
	cli_result_free(&r);
	r = against("", WORDS("runs", "show", "r1"));
	CHECK_INT(r.code, 6);
	CHECK_HAS(r.diag, "hint: is the host running?");
	cli_result_free(&r);
}

static void
test_json(void)
{
	struct cli_result r;

	r = against(FAKE_JSON("200 OK", "{\"items\":[]}"),
	    WORDS("token", "list", "--json"));
	CHECK_INT(r.code, 0);
	CHECK_STR(r.out, "{\"items\":[]}\n");
	CHECK_STR(r.diag, "");
	cli_result_free(&r);
	r = against(FAKE_JSON("404 No", REFUSAL("no run", "h", "NOT_FOUND")),
	    WORDS("runs", "show", "r1", "--json"));
	CHECK_INT(r.code, 4);
	CHECK_STR(r.out, REFUSAL("no run", "h", "NOT_FOUND") "\n");
	CHECK_STR(r.diag, "runhost: no run\nhint: h\n");
	cli_result_free(&r);
}

static void
test_table(void)
{
	struct cli_result r = against(FAKE_JSON("200 OK", "{\"items\":["
	    "{\"token_id\":\"tok_1\",\"principal\":\"user:a\",\"label\":null,"
	    "\"created_at\":0,\"expires_at\":null,\"revoked_at\":null,"
	    "\"created_by\":\"local:0\"}]}"), WORDS("token", "list"));

	CHECK_INT(r.code, 0);
	CHECK_STR(r.out,
	    "TOKEN  PRINCIPAL  LABEL  CREATED  BY       EXPIRES  REVOKED\n"
	    "tok_1  user:a     -      -        local:0  -        -\n");
	cli_result_free(&r);
}

static void
test_members(void)
{
	static const struct fake_answer answers[] = {
		{ "POST /api/actions/grant_list", FAKE_JSON("200 OK",
		    "{\"items\":[{\"grant_id\":\"1\",\"grantee\":\"user:a\","
		    "\"permission\":\"run_*\",\"scope\":{\"owner\":null,"
		    "\"runner\":\"mock\",\"bot\":\"b\"}}]}") },
		{ NULL, NULL }
	};
	struct fakehttp *s = fakehttp_start(answers, NULL);
	struct cli_result r = cli_do(WORDS("grant", "list", "--url",
	    fakehttp_url(s)));

	CHECK_HAS(r.out, "\n1      user:a   run_*       "
	    "runner=mock, bot=b  -        -        -\n");
	cli_result_free(&r);
	fakehttp_stop(s);
}

static void
test_can(void)
{
	struct cli_result r = against(FAKE_JSON("200 OK", "{\"allowed\":true,"
	    "\"admin\":false,\"reason\":\"granted\",\"grant_command\":null}"),
	    WORDS("can", "user:a", "run_get"));

	CHECK_INT(r.code, 0);
	CHECK_STR(r.out, "yes: granted\n");
	cli_result_free(&r);
	r = against(FAKE_JSON("200 OK", "{\"allowed\":false,\"admin\":false,"
	    "\"reason\":\"no grant\",\"grant_command\":\"runhost grant add "
	    "user:a run_get\"}"), WORDS("can", "user:a", "run_get"));
	CHECK_INT(r.code, 3);
	CHECK_STR(r.out, "no: no grant\n");
	CHECK_STR(r.diag, "hint: runhost grant add user:a run_get\n");
	cli_result_free(&r);
}

/* What can't be kept isn't asked for: no request is seen. */
static void
test_out(void)
{
	static const struct fake_answer answers[] = {
		{ "POST /api/actions/token_create", FAKE_JSON("200 OK",
		    "{\"token_id\":\"3\",\"token\":\"rh_x\","
		    "\"principal\":\"user:a\"}") },
		{ "POST /api/actions/token_create",
		  FAKE_JSON("403 No", REFUSAL("no", "h", "AUTH_FORBIDDEN")) },
		{ NULL, NULL }
	};
	struct fakehttp *s = fakehttp_start(answers, NULL);
	char good[PATH_MAX];
	const char *words[] = { "token", "create", "user:a", "--url",
	    fakehttp_url(s), "--out", "/nonexistent/x", NULL };
	struct cli_result r = cli_do(words);
	struct stat st;

	CHECK_INT(r.code, 1);
	CHECK_STR(fakehttp_seen(s), "");
	cli_result_free(&r);
	snprintf(good, sizeof good, "%s/new", unit_tmpdir());
	words[6] = good;
	r = cli_do(words);
	CHECK_INT(r.code, 0);
	CHECK(stat(good, &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK_INT(st.st_size, 5);
	cli_result_free(&r);
	r = cli_do(words);
	CHECK_INT(r.code, 1);
	CHECK_HAS(r.diag, "is already there");
	cli_result_free(&r);
	/* Refused: no empty file is left. */
	unlink(good);
	r = cli_do(words);
	CHECK_INT(r.code, 3);
	CHECK(stat(good, &st) != 0);
	cli_result_free(&r);
	fakehttp_stop(s);
}

static void
test_cancel(void)
{
	struct cli_result r = against(FAKE_JSON("200 OK", "{\"run_id\":\"r\","
	    "\"status\":\"RUNNING\",\"already_terminal\":false,"
	    "\"cancel_requested\":true}"), WORDS("runs", "cancel", "r1"));

	CHECK_STR(r.out, "r RUNNING (asked to stop)\n");
	cli_result_free(&r);
	r = against(FAKE_JSON("200 OK", "{\"run_id\":\"r\",\"status\":"
	    "\"FAILED\",\"already_terminal\":true,\"cancel_requested\":"
	    "false}"), WORDS("runs", "cancel", "r1"));
	CHECK_STR(r.out, "r FAILED (had ended before)\n");
	cli_result_free(&r);
}

static void
test_plugin(void)
{
	struct cli_result r = against(FAKE_JSON("200 OK", "{\"id\":\"p\","
	    "\"mode\":\"worker\",\"description\":{\"commands\":["
	    "{\"name\":\"/p\",\"summary\":\"Does p\",\"actions\":["
	    "{\"name\":\"q\",\"summary\":\"Does q\"}]}]}}"),
	    WORDS("plugin", "show", "p"));

	CHECK_STR(r.out, "id             p\n"
	    "signer         none\n"
	    "mode           worker\n"
	    "tier           none\n"
	    "wants          none\n"
	    "\n"
	    "COMMAND  WORD  SUMMARY\n"
	    "/p       -     Does p\n"
	    "/p       q     Does q\n");
	cli_result_free(&r);
}

static void
test_path(void)
{
	char *path = door_path("/api/runs/", "../a b?c#\xc3\xa4%", "/events");

	CHECK_STR(path, "/api/runs/..%2Fa%20b%3Fc%23%C3%A4%25/events");
	free(path);
}

static const char *
token_file(const char *text, mode_t mode)
{
	static char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof path, "%s/token", unit_tmpdir());
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	chmod(path, mode);
	return path;
}

static void
test_token(void)
{
	struct err err = { 0 };
	char *token;

	CHECK_OK(door_token(token_file("rh_abc\n", 0600), &token, &err), &err);
	CHECK_STR(token, "rh_abc");
	free(token);
	CHECK_INT(door_token(token_file("rh_abc\n", 0640), &token, &err),
	    RH_EINPUT);
	CHECK_HAS(err.msg, "is open to others (mode 640)");
	CHECK_HAS(err.hint, "chmod 600 ");
	CHECK_INT(door_token(token_file("\n", 0600), &token, &err),
	    RH_EINPUT);
	CHECK_INT(door_token(token_file("a\tb\n", 0600), &token, &err),
	    RH_EINPUT);
	CHECK_INT(door_token(unit_tmpdir(), &token, &err), RH_EINPUT);
	CHECK_HAS(err.msg, "is not a regular file");
	CHECK_INT(door_token("/nonexistent", &token, &err), RH_EINPUT);
}

static void
test_sends_token(void)
{
	static const struct fake_answer answers[] = {
		{ "POST /api/actions/token_list",
		  FAKE_JSON("200 OK", "{\"items\":[]}") },
		{ NULL, NULL }
	};
	struct fakehttp *s = fakehttp_start(answers, NULL);
	const char *words[] = { "token", "list", "--url", fakehttp_url(s),
	    "--token-file", token_file("rh_abc\n", 0600), NULL };
	struct cli_result r = cli_do(words);

	CHECK_INT(r.code, 0);
	CHECK_HAS(fakehttp_seen(s), "Authorization: Bearer rh_abc\r\n");
	cli_result_free(&r);
	chmod(words[5], 0644);
	r = cli_do(words);
	CHECK_INT(r.code, 2);
	cli_result_free(&r);
	fakehttp_stop(s);
}

static void
test_socket(void)
{
	static const struct fake_answer answers[] = {
		{ "POST /api/actions/token_list",
		  FAKE_JSON("200 OK", "{\"items\":[]}") },
		{ NULL, NULL }
	};
	const char *words[] = { "token", "list", "--data", unit_tmpdir(),
	    NULL };
	struct fakehttp *s;
	struct cli_result r;
	char path[100];

	r = cli_do(words);
	CHECK_INT(r.code, 6);
	cli_result_free(&r);
	snprintf(path, sizeof path, "%s/host.sock", unit_tmpdir());
	s = fakehttp_start(answers, path);
	r = cli_do(words);
	CHECK_INT(r.code, 0);
	cli_result_free(&r);
	fakehttp_stop(s);
}

/* A directory whose name leaves no room in sockaddr_un. */
static void
test_long_socket(void)
{
	static const struct fake_answer answers[] = {
		{ "POST /api/actions/token_list",
		  FAKE_JSON("200 OK", "{\"items\":[]}") },
		{ NULL, NULL }
	};
	char dir[PATH_MAX], deep[PATH_MAX + 128], socket[PATH_MAX + 160];
	const char *words[] = { "token", "list", "--data", deep, NULL };
	struct fakehttp *s;
	struct cli_result r;

	snprintf(dir, sizeof dir, "%s/host.sock", unit_tmpdir());
	s = fakehttp_start(answers, dir);
	snprintf(deep, sizeof deep, "%s/%0100d", unit_tmpdir(), 0);
	mkdir(deep, 0700);
	snprintf(socket, sizeof socket, "%s/host.sock", deep);
	CHECK_INT(rename(dir, socket), 0);
	r = cli_do(words);
	CHECK_INT(r.code, 0);
	cli_result_free(&r);
	fakehttp_stop(s);
}

static void
test_which(void)
{
	struct cli_result r;

	unsetenv("RUNHOST_DATA");
	unsetenv("RUNHOST_URL");
	r = cli_do(WORDS("token", "list"));
	CHECK_INT(r.code, 2);
	CHECK_HAS(r.diag, "no host is named");
	cli_result_free(&r);
	r = cli_do(WORDS("token", "list", "--data", "/x", "--url",
	    "http://x"));
	CHECK_INT(r.code, 2);
	cli_result_free(&r);
	r = cli_do(WORDS("token", "list", "--url", "ftp://x"));
	CHECK_INT(r.code, 2);
	cli_result_free(&r);
	setenv("RUNHOST_URL", "http://127.0.0.1:1", 1);
	r = cli_do(WORDS("token", "list"));
	CHECK_INT(r.code, 6);
	CHECK_HAS(r.diag, "no host at \"http://127.0.0.1:1\"");
	cli_result_free(&r);
	unsetenv("RUNHOST_URL");
}

const struct unit_test cli_door_tests[] = {
	{ "exit codes come from the host's reason codes", test_codes },
	{ "an unknown reason is judged by its HTTP status", test_unknown_code },
	{ "what isn't a host is told so", test_foreign },
	{ "with --json the reply, or the envelope, is on standard output", test_json },
	{ "lists are tables", test_table },
	{ "a scope shows only what it restricts", test_members },
	{ "can exits with 0 or 3 and says why", test_can },
	{ "a token's file is there before the token", test_out },
	{ "a cancel says whether it was asked for or too late", test_cancel },
	{ "a plugin is shown with the words of its commands", test_plugin },
	{ "an id can't leave its place in a path", test_path },
	{ "a token file that others can read is refused", test_token },
	{ "a token comes from its file", test_sends_token },
	{ "a data directory is reached by its socket", test_socket },
	{ "a data directory with a long name is reached, too", test_long_socket },
	{ "the host is named by option or else by the environment", test_which },
	{ NULL, NULL }
};
