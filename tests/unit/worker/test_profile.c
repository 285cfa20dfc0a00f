/*
 * Profiles of workers as bytes.
 */
#include "lib/unit.h"
#include "base/arena.h"
#include "worker/profile.h"

#include <string.h>

static void
test_both_ways(void)
{
	struct profile_path paths[] = {
		{ PATH_READ, "/srv", 0, 0, false },
		{ PATH_EXEC, "/bin/sh", 7, UINT64_MAX, true },
	};
	const char *env[] = { "LANG=C" };
	const struct worker_profile p = {
		.min_tier = TIER_EXPECTED, .children = true, .traced = true, .trial = true,
		.memory_bytes = INT64_MAX, .processes = 3,
		.open_files = 4, .file_bytes = 5,
		.paths = paths, .path_count = 2, .env = env, .env_count = 1,
	};
	struct worker_profile q;
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct err err;
	size_t i;

	CHECK_OK(profile_pack(&p, &b, &err), &err);
	if (CHECK_OK(profile_unpack((struct str){ b.p, b.len }, &a, &q, &err),
	    &err)) {
		CHECK_INT(q.min_tier, TIER_EXPECTED);
		CHECK(q.children && !q.loose_children && q.traced && q.trial);
		CHECK(q.memory_bytes == INT64_MAX &&
		    q.processes == 3 && q.open_files == 4 &&
		    q.file_bytes == 5);
		CHECK_INT(q.path_count, 2);
		CHECK_INT(q.paths[1].use, PATH_EXEC);
		CHECK_STR(q.paths[1].path, "/bin/sh");
		CHECK(q.paths[1].dev == 7 && q.paths[1].ino == UINT64_MAX &&
		    q.paths[1].is_written && !q.paths[0].is_written);
		CHECK_INT(q.env_count, 1);
		CHECK_STR(q.env[0], "LANG=C");
	}
	for (i = 0; i < b.len; i++)
		CHECK_INT(profile_unpack((struct str){ b.p, i }, &a, &q, &err),
		    RH_EPROTO);
	buf_fini(&b);
	arena_fini(&a);
}

static void
test_bounds(void)
{
	struct profile_path many[PROFILE_PATHS_MAX + 1] = { { 0 } };
	struct worker_profile p = { .paths = many, .path_count = 1 };
	char text[PROFILE_TEXT_MAX + 2];
	struct buf b = { 0 };
	struct err err;
	size_t i;

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (i = 0; i <= PROFILE_PATHS_MAX; i++)
		many[i].path = text + 1;
	CHECK_OK(profile_pack(&p, &b, &err), &err);
	p.path_count = PROFILE_PATHS_MAX;
	CHECK_INT(profile_pack(&p, &b, &err), RH_ETOOBIG);
	many[0].path = text;
	p.path_count = 1;
	CHECK_INT(profile_pack(&p, &b, &err), RH_ETOOBIG);
	many[0].path = "";
	CHECK_INT(profile_pack(&p, &b, &err), RH_ETOOBIG);
	p.path_count = PROFILE_PATHS_MAX + 1;
	CHECK_INT(profile_pack(&p, &b, &err), RH_ETOOBIG);
	buf_fini(&b);
}

static void
test_tiers(void)
{
	CHECK_INT(tier_find("best"), TIER_BEST);
	CHECK_INT(tier_find("bets"), -1);
	CHECK_STR(tier_name(TIER_NONE), "none");
}

const struct unit_test worker_profile_tests[] = {
	{ "both ways, and cut off anywhere", test_both_ways },
	{ "bounds", test_bounds },
	{ "tiers have names", test_tiers },
	{ NULL, NULL }
};
