/*
 * What plugin_get says of a plugin's grants, and what it would suggest.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "action/suggest.h"
#include "base/mem.h"
#include "json/write.h"
#include "store/store_use.h"

#include <stdio.h>

static void
count(struct core *c, const char *permission, int64_t used, int64_t denied,
    const char *note)
{
	struct call *call = lab_internal(c, "plugin_uses",
	    sizeof(struct uses_args));
	struct uses_args *args = call->args;

	args->rows = arena_zalloc(&call->arena, sizeof *args->rows);
	args->count = 1;
	*args->rows = (struct use_row){ "demo", arena_strdup(&call->arena,
	    permission), used, denied, used != 0 ? 7 * US_PER_S : 0,
	    denied != 0 ? 8 * US_PER_S : 0, note };
	lab_apply(c, call);
	CHECK_INT(call->status, RH_OK);
}

static const char *
show(struct core *c, const struct caller *who)
{
	return lab_must(c, who, "plugin_get", "{\"id\":\"demo\"}")->reply.p;
}

static void
test_shown(void)
{
	struct caller viewer = lab_user("user:v");
	const char *said;
	struct core c;

	lab_start(&c);
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"user:v\","
	    "\"permission\":\"role:viewer\"}");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"plugin:demo\","
	    "\"permission\":\"env:HOME\"}");
	lab_must(&c, NULL, "grant_add", "{\"grantee\":\"plugin:demo\","
	    "\"permission\":\"run_*\"}");
	count(&c, "env:HOME", 2, 0, "");
	count(&c, "env:HOME", 1, 0, NULL);
	count(&c, "fs.read:/srv/x", 0, 3, NULL);
	count(&c, "fs.read:/srv/x", 0, 1, NULL);
	count(&c, "run_get", 0, 5, NULL);
	count(&c, "fs.read:/data", 0, 1, "it is the host's own");
	said = show(&c, NULL);
	CHECK_HAS(said, "\"permission\":\"env:HOME\",\"grant_id\":\"2\"");
	CHECK_HAS(said, "\"used\":3,\"used_at\":7,\"note\":null");
	CHECK_HAS(said, "{\"permission\":\"fs.read:/srv/x\",\"count\":4,"
	    "\"denied_at\":8,\"note\":null}");
	/* It was denied once, and is granted now. */
	CHECK_HAS(said, "\"suggested\":[{\"permission\":\"fs.read:/data\","
	    "\"command\":null,\"reason\":\"it is the host's own\"},"
	    "{\"permission\":\"fs.read:/srv/x\",\"command\":"
	    "\"runhost grant add plugin:demo fs.read:/srv/x\","
	    "\"reason\":null}]");
	/* A note stays until another is said. */
	count(&c, "env:HOME", 0, 0, "the host has no such variable");
	count(&c, "env:HOME", 1, 0, NULL);
	CHECK_HAS(show(&c, NULL), "\"note\":\"the host has no such "
	    "variable\"");
	count(&c, "env:HOME", 0, 0, "");
	CHECK(strstr(show(&c, NULL), "no such variable") == NULL);
	/* Not for everybody who may look at plugins. */
	said = show(&c, &viewer);
	CHECK(strstr(said, "granted") == NULL);
	CHECK(strstr(said, "/srv/x") == NULL);
	/* A plugin that is removed takes its counts along, not its grants. */
	lab_do(&c, NULL, "plugin_enable", "{\"id\":\"demo\"}");
	lab_must(&c, NULL, "plugin_remove", "{\"id\":\"demo\"}");
	CHECK_STR(lab_text(&c, "SELECT count(*) FROM plugin_use"), "0");
	CHECK_STR(lab_text(&c, "SELECT count(*) FROM grants WHERE grantee = "
	    "'plugin:demo'"), "2");
	lab_fini(&c);
}

/* A plugin tries what it likes: the table doesn't grow with it. */
static void
test_bound(void)
{
	char name[40];
	struct core c;
	int i;

	lab_start(&c);
	for (i = 0; i < USE_ROWS_MAX + 20; i++) {
		snprintf(name, sizeof name, "env:N%d", i);
		count(&c, name, 0, 1, NULL);
	}
	CHECK_STR(lab_text(&c, "SELECT count(*) FROM plugin_use"), "1001");
	CHECK_STR(lab_text(&c, "SELECT denied FROM plugin_use WHERE "
	    "permission = ''"), "20");
	count(&c, "env:N7", 0, 1, NULL);
	CHECK_STR(lab_text(&c, "SELECT denied FROM plugin_use WHERE "
	    "permission = 'env:N7'"), "2");
	CHECK_HAS(show(&c, NULL), "\"(others)\",\"count\":20");
	lab_fini(&c);
}

static void
test_suggest(void)
{
	static const struct {
		const char *denied[9], *suggested;
	} cases[] = {
		{ { "run_get", NULL }, "run_get;" },
		{ { "fs.read:/srv/a", "fs.read:/srv/b", NULL },
		    "fs.read:/srv/a;fs.read:/srv/b;" },
		/* Many of one directory: the directory, and what is in it. */
		{ { "fs.read:/srv/d/a", "fs.read:/srv/d/b", "fs.read:/srv/d/c",
		    "fs.read:/srv/d/d", "fs.read:/srv/d/e", "fs.read:/srv/d/f",
		    "fs.read:/srv/d/g/h", "fs.read:/srv/dd", NULL },
		    "fs.read:/srv/d;fs.read:/srv/dd;" },
		/* But not one of the root's own. */
		{ { "fs.read:/a", "fs.read:/b", "fs.read:/c", "fs.read:/d",
		    "fs.read:/e", "fs.read:/f", NULL },
		    "fs.read:/a;fs.read:/b;fs.read:/c;fs.read:/d;fs.read:/e;"
		    "fs.read:/f;" },
		/* Who may write or execute a file may read it. */
		{ { "fs.read:/srv/x/y", "fs.write:/srv/x", NULL },
		    "fs.write:/srv/x;" },
		{ { "fs.read:/bin/sh", "proc.exec:/bin/sh", NULL },
		    "proc.exec:/bin/sh;" },
		{ { "fs.write:/bin/sh", "proc.exec:/bin/sh", NULL },
		    "fs.write:/bin/sh;proc.exec:/bin/sh;" },
		{ { "fs.read:/srv", "fs.read:/srv", NULL }, "fs.read:/srv;" },
		{ { "no such thing", NULL }, "!no such thing;" },
	};
	struct arena arena = { 0 };
	struct suggest s;
	struct buf b = { 0 };
	size_t i, k;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		s = (struct suggest){ .arena = &arena };
		for (k = 0; cases[i].denied[k] != NULL; k++)
			suggest_add(&s, cases[i].denied[k], NULL);
		suggest_collapse(&s);
		buf_clear(&b);
		for (k = 0; k < s.count; k++)
			buf_printf(&b, "%s%s;", s.list[k].why_not != NULL ?
			    "!" : "", s.list[k].permission);
		CHECK_STR(b.p, cases[i].suggested);
	}
	buf_fini(&b);
	arena_fini(&arena);
}

/* What a plugin wants is pasted into a shell. */
static void
test_quoted(void)
{
	struct arena arena = { 0 };
	struct suggest s = { .arena = &arena };
	struct buf b = { 0 };
	struct json_out j;

	suggest_add(&s, "fs.read:/srv/a b';rm -r $HOME", NULL);
	jw_init(&j, &b);
	jw_object(&j);
	suggest_write(&s, &j, "x", "plugin:demo");
	jw_end_object(&j);
	CHECK_HAS(b.p, "\"runhost grant add plugin:demo "
	    "'fs.read:/srv/a b'\\\\'';rm -r $HOME'\"");
	buf_fini(&b);
	arena_fini(&arena);
}

const struct unit_test action_rights_tests[] = {
	{ "grants, their use, denials and commands are shown to who may know",
	    test_shown },
	{ "what a plugin is denied is counted within a bound", test_bound },
	{ "suggestions are as few as they can be", test_suggest },
	{ "a suggestion is quoted for a shell", test_quoted },
	{ NULL, NULL },
};
