/*
 * The spelling of capabilities: each has one, and what is wrong is named.
 */
#include "lib/unit.h"

#include "auth/capability.h"
#include "auth/policy.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static void
test_good(void)
{
	static const struct {
		const char *text;
		enum capability_kind kind;
		const char *of;
		int64_t amount;
	} cases[] = {
		{ "fs.read:/", CAP_READ, "/", 0 },
		{ "fs.read:/srv/..data", CAP_READ, "/srv/..data", 0 },
		{ "fs.write:/srv/a b", CAP_WRITE, "/srv/a b", 0 },
		{ "proc.exec:/usr/bin/git", CAP_EXEC, "/usr/bin/git", 0 },
		{ "proc.exec.loose", CAP_LOOSE, NULL, 0 },
		{ "net.connect:db:5432", CAP_CONNECT, "db:5432", 0 },
		{ "net.connect:a.b-c.example:1", CAP_CONNECT,
		    "a.b-c.example:1", 0 },
		{ "net.connect:127.0.0.1:65535", CAP_CONNECT,
		    "127.0.0.1:65535", 0 },
		{ "net.connect:[::1]:80", CAP_CONNECT, "[::1]:80", 0 },
		{ "env:HOME", CAP_ENV, "HOME", 0 },
		{ "env:_x9", CAP_ENV, "_x9", 0 },
		{ "secret:api-key.v2", CAP_SECRET, "api-key.v2", 0 },
		{ "host.inprocess", CAP_INPROCESS, NULL, 0 },
		{ "amplify:run_get", CAP_AMPLIFY, "run_get", 0 },
		{ "amplify:org.greet", CAP_AMPLIFY, "org.greet", 0 },
		{ "limit.memory:512M", CAP_MEMORY, "512M", 536870912 },
		{ "limit.memory:1024G", CAP_MEMORY, "1024G",
		    INT64_C(1099511627776) },
		{ "limit.cpu:600", CAP_CPU, "600", 600 },
		{ "limit.processes:4", CAP_PROCESSES, "4", 4 },
		{ "limit.open_files:256", CAP_OPEN_FILES, "256", 256 },
		{ "limit.file_size:1", CAP_FILE_SIZE, "1", 1 },
		{ "limit.output:16K", CAP_OUTPUT, "16K", 16384 },
	};
	struct capability c;
	struct err err = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CHECK(capability_is(cases[i].text));
		if (!CHECK_INT(capability_parse(cases[i].text, &c, &err),
		    RH_OK))
			printf("# %s\n", err.msg);
		CHECK_INT(c.kind, cases[i].kind);
		CHECK_STR(c.of, cases[i].of);
		CHECK_INT(c.amount, cases[i].amount);
		CHECK_INT(permission_check(cases[i].text, &err), RH_OK);
		CHECK(permission_matches(cases[i].text, cases[i].text));
		CHECK(!permission_matches("*", cases[i].text));
	}
}

static void
test_bad(void)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "fs.read:srv", "absolute" },
		{ "fs.read:/srv/../etc", "\"..\"" },
		{ "fs.read:/srv/..", "\"..\"" },
		{ "fs.read:/srv/./x", "\".\"" },
		{ "fs.write:/srv/", "empty part" },
		{ "fs.write://srv", "empty part" },
		{ "fs.write:/srv\n", "control character" },
		{ "fs.read:/\xff", "UTF-8" },
		{ "fs.list:/srv", "no such capability" },
		{ "net.connect:db", "a port must follow" },
		{ "net.connect:db:", "port must be a number" },
		{ "net.connect:db:0", "port must be a number" },
		{ "net.connect:db:080", "port must be a number" },
		{ "net.connect:db:65536", "port must be a number" },
		{ "net.connect:db:*", "port must be a number" },
		{ "net.connect:*:80", "the host is neither" },
		{ "net.connect::80", "there is no host" },
		{ "net.connect:DB:80", "in lower case" },
		{ "net.connect:db.:80", "the host is neither" },
		{ "net.connect:-db:80", "the host is neither" },
		{ "net.connect:a:b:80", "the host is neither" },
		{ "net.connect:1.2.3:80", "the host is neither" },
		{ "net.connect:127.0.0.01:80", "the host is neither" },
		{ "net.connect:300.1.1.1:80", "the host is neither" },
		{ "net.connect:[::1]", "a port must follow" },
		{ "net.connect:[0:0:0:0:0:0:0:1]:80", "short form" },
		{ "net.connect:[fe80::1%eth0]:80", "the host is neither" },
		{ "net.connect:[:80", "the host is neither" },
		{ "net.connect:[::ffff:127.0.0.1]:80", "the host is neither" },
		{ "net.connect:0x7f000001:80", "the host is neither" },
		{ "net.connect:db-:80", "the host is neither" },
		{ "env:9X", "begins with no digit" },
		{ "env:A=B", "letters, digits" },
		{ "env:LD_PRELOAD", "given to no plugin" },
		{ "secret:.x", "a secret's name" },
		{ "secret:a/b", "a secret's name" },
		{ "amplify:run_*", "no pattern" },
		{ "host.inprocess:x", "no such capability" },
		{ "proc.exec.loose:x", "no such capability" },
		{ "limit.memory:1", "too small" },
		{ "limit.memory:1T", "not a number of bytes" },
		{ "limit.memory:1025G", "not a number of bytes" },
		{ "limit.memory:-1", "not a number of bytes" },
		{ "limit.memory:64m", "not a number of bytes" },
		{ "limit.memory:M", "not a number of bytes" },
		{ "limit.cpu:10M", "not a number" },
		{ "limit.cpu:0", "not a number" },
		{ "limit.cpu:99999999999999999999", "not a number" },
		{ "limit.threads:3", "no such capability" },
		{ "limit.cpu", "as limit.cpu:600" },
		{ "net.connect", "as net.connect:db.example:5432" },
		{ "secret:", "nothing follows the colon" },
	};
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		err.msg[0] = '\0';
		CHECK_INT(permission_check(cases[i].text, &err), RH_EINPUT);
		if (!CHECK(strstr(err.msg, cases[i].why) != NULL))
			printf("# %s: %s\n", cases[i].text, err.msg);
	}
}

const struct unit_test auth_capability_tests[] = {
	{ "what a capability says is read", test_good },
	{ "another spelling is refused, with what is wrong", test_bad },
	{ NULL, NULL },
};
