/*
 * Hosts and ports: one spelling, and nothing that a resolver would take for
 * another place.
 */
#include "lib/unit.h"

#include "base/mem.h"
#include "base/target.h"

static void
test_spelling(void)
{
	static const struct {
		const char *host, *text;
		enum target_kind kind;
	} rows[] = {
		{ "db", "db:80", TARGET_NAME },
		{ "DB.Example.COM", "db.example.com:80", TARGET_NAME },
		{ "a-b_c.x9", "a-b_c.x9:80", TARGET_NAME },
		{ "10.0.0.7", "10.0.0.7:80", TARGET_IPV4 },
		{ "::1", "[::1]:80", TARGET_IPV6 },
		{ "[0:0::1]", "[::1]:80", TARGET_IPV6 },
		{ "FE80::A", "[fe80::a]:80", TARGET_IPV6 },
		{ "1.example", "1.example:80", TARGET_NAME },
	};
	char text[TARGET_TEXT_MAX];
	struct target t;
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (!CHECK_OK(target_set(&t, str_of(rows[i].host), 80, &err),
		    &err))
			continue;
		target_text(&t, text);
		CHECK_STR(text, rows[i].text);
		CHECK_INT(t.kind, rows[i].kind);
	}
}

static void
test_refused(void)
{
	static const char *const hosts[] = {
		"", ".", "db.", ".db", "a..b", "a b", "a/b", "user@db",
		"db:5432", "1", "127.1", "0x7f000001", "0x7f.1", "2130706433",
		"127.0.0.01", "1.2.3.4.5", "0177.0.0.1", "[db]", "[::1",
		"::ffff:127.0.0.1", "fe80::1%eth0", "d\xc3\xb6", "d\xff", "*",
	};
	struct target t;
	struct err err;
	char much[TARGET_HOST_MAX + 2];
	size_t i;

	for (i = 0; i < ARRAY_LEN(hosts); i++)
		unit_check(target_set(&t, str_of(hosts[i]), 80, &err) ==
		    RH_EINPUT, __FILE__, __LINE__, "\"%s\" is taken",
		    hosts[i]);
	CHECK_INT(target_set(&t, (struct str){ "d\0b", 3 }, 80, &err),
	    RH_EINPUT);
	CHECK_INT(target_set(&t, STR("db"), 0, &err), RH_EINPUT);
	CHECK_INT(target_set(&t, STR("db"), 65536, &err), RH_EINPUT);
	CHECK_INT(target_set(&t, STR("db"), -1, &err), RH_EINPUT);
	memset(much, 'a', sizeof much);
	CHECK_INT(target_set(&t, (struct str){ much, 64 }, 80, &err),
	    RH_EINPUT);
	for (i = 50; i < sizeof much; i += 50)
		much[i] = '.';
	CHECK_OK(target_set(&t, (struct str){ much, 253 }, 80, &err), &err);
	CHECK_INT(target_set(&t, (struct str){ much, 254 }, 80, &err),
	    RH_EINPUT);
}

const struct unit_test base_target_tests[] = {
	{ "a host has one spelling", test_spelling },
	{ "what is no host, or a number in disguise, is refused",
	    test_refused },
	{ NULL, NULL },
};
