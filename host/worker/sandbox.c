/*
 * The order in which a worker locks itself in.  What comes first must not
 * need what a later row takes away.
 */
#include "worker/sandbox.h"

#include "base/mem.h"
#include "worker/sandbox_basic.h"
#include "worker/sandbox_calls.h"
#include "worker/sandbox_landlock.h"
#include "worker/sandbox_ns.h"
#include "worker/sandbox_root.h"
#include "worker/watch.h"

#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const struct layer layer_table[] = {
	/* name		  stage		  without it, not  enter */
	{ "user",	  STAGE_SPAWNER, TIER_EXPECTED, ns_user },
	{ "network",	  STAGE_SPAWNER, TIER_EXPECTED, ns_network },
	{ "ipc",	  STAGE_SPAWNER, TIER_EXPECTED, ns_ipc },
	{ "hostname",	  STAGE_SPAWNER, TIER_NONE,	ns_hostname },
	{ "processes",	  STAGE_SPAWNER, TIER_EXPECTED, ns_processes },
	{ "files",	  STAGE_SPAWNER, TIER_BEST,	root_prepare },
	{ "handlers",	  STAGE_SPAWNER, TIER_REQUIRED, sandbox_handlers },
	{ "variables",	  STAGE_SPAWNER, TIER_REQUIRED, sandbox_empty },
	{ "bounding",	  STAGE_SPAWNER, TIER_REQUIRED, sandbox_bounding },
	{ "rules",	  STAGE_SPAWNER, TIER_NONE,	landlock_prepare },
	{ "group",	  STAGE_FIRST,	 TIER_NONE,	ns_group },
	{ "cgroups",	  STAGE_FIRST,	 TIER_NONE,	ns_cgroups },
	{ "root",	  STAGE_FIRST,	 TIER_BEST,	root_enter },
	{ "signals",	  STAGE_WORKER,	 TIER_REQUIRED, sandbox_signals },
	{ "environment",  STAGE_WORKER,	 TIER_REQUIRED, sandbox_environment },
	{ "session",	  STAGE_WORKER,	 TIER_REQUIRED, sandbox_session },
	{ "priority",	  STAGE_WORKER,	 TIER_NONE,	sandbox_priority },
	{ "uid",	  STAGE_WORKER,	 TIER_BEST,	sandbox_uid },
	{ "count",	  STAGE_WORKER,	 TIER_NONE,	ns_count },
	{ "no_new_privs", STAGE_WORKER,	 TIER_REQUIRED, sandbox_no_new_privs },
	{ "capabilities", STAGE_WORKER,	 TIER_REQUIRED, sandbox_capabilities },
	{ "parent",	  STAGE_WORKER,	 TIER_REQUIRED, sandbox_parent },
	{ "dumpable",	  STAGE_WORKER,	 TIER_REQUIRED, sandbox_dumpable },
	{ "mdwe",	  STAGE_WORKER,	 TIER_NONE,	sandbox_mdwe },
	{ "landlock",	  STAGE_WORKER,	 TIER_REQUIRED, landlock_enter },
	{ "landlock ports", STAGE_WORKER, TIER_NONE,	landlock_ports },
	{ "landlock scopes", STAGE_WORKER, TIER_NONE,	landlock_scopes },
	{ "limits",	  STAGE_WORKER,	 TIER_REQUIRED, sandbox_limits },
	{ "memory",	  STAGE_WORKER,	 TIER_REQUIRED, sandbox_memory },
	{ "trial",	  STAGE_WORKER,	 TIER_NONE,	watch_enter },
	{ "system calls", STAGE_WORKER,	 TIER_REQUIRED, calls_enter },
	{ 0 }
};

#if SANDBOX_SANITIZED
/*
 * The leak checker stops all threads by ptrace at the end of a process, which
 * a worker may not, and reads /proc, which the spawner has no more.
 */
static int is_confined;
int	__lsan_is_turned_off(void) __attribute__((visibility("default")));

int
__lsan_is_turned_off(void)
{
	return is_confined;
}
#endif

static void
enter_row(struct sandbox *sb, const struct layer *l, struct confined_row *row)
{
	struct err err = { 0 };
	rh_status rc = l->enter(sb, &err);

	row->state = LAYER_ON;
	row->why[0] = '\0';
	if (rc == RH_OK)
		return;
	row->state = rc == RH_ENOSYS ? LAYER_NEEDLESS : LAYER_MISSING;
	snprintf(row->why, sizeof row->why, "%.*s",
	    (int)sizeof row->why - 1, err.msg);
}

/* Those of the stage that weren't found to be out of reach before. */
static void
enter_stage(struct sandbox *sb, enum layer_stage stage)
{
	size_t i;

	for (i = 0; layer_table[i].name != NULL; i++)
		if (layer_table[i].stage == stage &&
		    sb->done.rows[i].state != LAYER_MISSING)
			enter_row(sb, &layer_table[i], &sb->done.rows[i]);
}

static void
init_rows(struct confined *c)
{
	const struct layer *l;

	for (l = layer_table; l->name != NULL; l++) {
		snprintf(c->rows[c->count].name, LAYER_NAME_MAX, "%s",
		    l->name);
		c->rows[c->count++].tier = (uint8_t)l->tier;
	}
}

/* None of the spawner's layers will be entered. */
static void
give_up(struct sandbox *sb, const char *why)
{
	struct confined_row *row;
	size_t i;

	for (i = 0; layer_table[i].name != NULL; i++) {
		if (layer_table[i].stage != STAGE_SPAWNER)
			continue;
		row = &sb->done.rows[i];
		row->state = LAYER_MISSING;
		snprintf(row->why, sizeof row->why, "%s", why);
	}
}

/*
 * What fails halfway can't be taken back, so all is tried in a child first,
 * which tells what it got; only that is then entered.
 */
static void
rehearse(struct sandbox *sb)
{
	struct confined tried;
	int ends[2];
	ssize_t n;
	pid_t pid;

	if (pipe(ends) != 0) {
		give_up(sb, "it could not be tried: no pipe");
		return;
	}
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		enter_stage(sb, STAGE_SPAWNER);
		n = write(ends[1], &sb->done, sizeof sb->done);
		_exit(n == sizeof sb->done ? 0 : 1);
	}
	close(ends[1]);
	n = read(ends[0], &tried, sizeof tried);
	close(ends[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	if (n == (ssize_t)sizeof tried)
		sb->done = tried;
	else
		give_up(sb, pid < 0 ? "it could not be tried: no process" :
		    "trying it ended the process");
}

void
sandbox_prepare(struct sandbox *sb)
{
#if SANDBOX_SANITIZED
	is_confined = 1;
#endif
	memset(sb, 0, sizeof *sb);
	sb->tree = sb->rules = sb->watch = -1;
	sb->uid = geteuid();
	sb->gid = getegid();
	sb->abi = landlock_abi();
	init_rows(&sb->done);
	rehearse(sb);
	enter_stage(sb, STAGE_SPAWNER);
	calls_compile(sb, false);
}

/* A worker's children must be gone when it is, whatever they did. */
static rh_status
check_children(const struct sandbox *sb, struct err *err)
{
	const struct worker_profile *p = &sb->spec->profile;
	size_t i;

	if (!p->children || p->loose_children || sb->pid_ns || sb->group == 0)
		return RH_OK;
	for (i = 0; layer_table[i].enter != ns_processes; i++)
		continue;
	err_set(err, RH_EUNAVAIL, "it may execute programs, but nothing here "
	    "ends them all with it: no control group; no own \"%s\": %s",
	    layer_table[i].name, sb->done.rows[i].why);
	return err->status;
}

rh_status
sandbox_first(struct sandbox *sb, struct err *err)
{
	rh_status rc;

	if ((rc = check_children(sb, err)) != RH_OK)
		return rc;
	if (sb->spec->profile.path_count > 0 && (!sb->own_root ||
	    (rc = root_whole(sb, err)) == RH_OK))
		rc = grants_open(&sb->grants, &sb->spec->profile, err);
	if (rc != RH_OK)
		return rc;
	enter_stage(sb, STAGE_FIRST);
	return RH_OK;
}

static enum tier
achieved(const struct confined *c)
{
	enum tier tier = TIER_BEST;
	size_t i;

	for (i = 0; i < c->count; i++)
		if (c->rows[i].state == LAYER_MISSING &&
		    c->rows[i].tier != TIER_NONE && c->rows[i].tier <= tier)
			tier = c->rows[i].tier - 1;
	return tier;
}

rh_status
sandbox_enter(struct sandbox *sb, struct err *err)
{
	enum tier least = sb->spec->profile.min_tier;
	struct buf missing = { 0 };

	if (least < TIER_REQUIRED)
		least = TIER_REQUIRED;
	enter_stage(sb, STAGE_WORKER);
	grants_close(&sb->grants);
	sb->done.tier = achieved(&sb->done);
	if (sb->done.tier >= least)
		return RH_OK;
	confined_missing(&sb->done, least, &missing);
	err_set(err, RH_EUNAVAIL, "the sandbox reaches tier \"%s\", not "
	    "\"%s\": %s", tier_name(sb->done.tier), tier_name(least),
	    missing.p);
	buf_fini(&missing);
	return err->status;
}
