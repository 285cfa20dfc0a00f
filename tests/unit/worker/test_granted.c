/*
 * What a plugin hears of its grants.
 */
#include "lib/unit.h"
#include "worker/ext_granted.h"
#include "worker/profile.h"

#include <string.h>

static struct profile_path paths[] = {
	{ .use = PATH_READ, .path = "/srv/data" },
	{ .use = PATH_WRITE, .path = "/srv/out" },
	{ .use = PATH_EXEC, .path = "/bin/sh" },
	{ .use = PATH_READ, .path = "/opt/" },
};
static const char *env[] = { "LANG=C", "A=B=C" };
static const struct worker_profile profile = {
	.children = true, .paths = paths, .path_count = 4,
	.env = env, .env_count = 2,
};

static rh_status
has(const struct worker_profile *p, const char *capability)
{
	return granted_has(p, (struct str){ capability, strlen(capability) });
}

static void
test_table(void)
{
	static const struct {
		const char *capability;
		rh_status status;
	} rows[] = {
		{ "fs.read:/srv/data", RH_OK },
		{ "fs.read:/srv/data/a/b", RH_OK },
		{ "fs.read:/srv/data2", RH_EPERM },
		{ "fs.read:/srv", RH_EPERM },
		{ "fs.read:/", RH_EPERM },
		{ "fs.read:/srv/out/x", RH_OK },
		{ "fs.read:/opt/x", RH_OK },
		{ "fs.read:/opt", RH_OK },
		{ "fs.read:/bin/sh", RH_EPERM },
		{ "fs.write:/srv/out", RH_OK },
		{ "fs.write:/srv/data", RH_EPERM },
		{ "proc.exec:/bin/sh", RH_OK },
		{ "proc.exec:/bin/bash", RH_EPERM },
		{ "env:LANG", RH_OK },
		{ "env:A", RH_OK },
		{ "env:A=B", RH_EPERM },
		{ "env:LAN", RH_EPERM },
		{ "env:LANGUAGE", RH_EPERM },
		{ "fs.read:", RH_EINPUT },
		{ "fs.read:srv/data", RH_EINPUT },
		{ "fs.read", RH_EINPUT },
		{ "env:", RH_EINPUT },
		{ "run_get", RH_EINPUT },
		{ "", RH_EINPUT },
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		unit_check_int(has(&profile, rows[i].capability),
		    rows[i].status, rows[i].capability, __FILE__, __LINE__);
}

static void
test_no_children(void)
{
	struct worker_profile p = profile;

	p.children = false;
	CHECK_INT(has(&p, "proc.exec:/bin/sh"), RH_EPERM);
	CHECK_INT(has(&p, "fs.read:/srv/data"), RH_OK);
}

const struct unit_test worker_granted_tests[] = {
	{ "each kind is looked up in the profile", test_table },
	{ "who may make no children executes nothing", test_no_children },
	{ NULL, NULL }
};
