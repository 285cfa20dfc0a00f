/*
 * From an entry through its description into the registry, and what a
 * worker in the wrong hands might send instead.
 */
#include "lib/tiny.h"
#include "lib/unit.h"

#include "base/buf.h"
#include "plugin/describe.h"
#include "plugin/registry.h"

#include <runhost/plugin.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
nothing(const struct rh_invocation *inv, const struct rh_host *host)
{
	(void)inv;
	(void)host;
}

static const struct rh_runner fast = {
	.size = sizeof fast, .flags = RH_RUNNER_IDEMPOTENT, .name = "fast",
	.summary = "runs \"fast\"", .run = nothing,
};
static const struct rh_runner slow = {
	.size = sizeof slow, .name = "slow", .run = nothing,
};
static const struct rh_runner *const runners[] = { &fast, &slow, NULL };

static const struct rh_action greet = {
	.size = sizeof greet, .name = "hello.greet",
	.schema = "{\"type\":\"object\",\"required\":[\"name\"]}",
	.run = nothing,
};
static const struct rh_action *const actions[] = { &greet, NULL };

static const struct rh_command_action go = {
	.size = sizeof go, .name = "go", .runner = "slow",
};
static const struct rh_command_action stay = {
	.size = sizeof stay, .name = "stay",
};
static const struct rh_command_action *const words[] = { &go, &stay, NULL };
static const char *const examples[] = { "/hello go", "/hello stay", NULL };
static const struct rh_command hello = {
	.size = sizeof hello, .flags = RH_COMMAND_ANY_ACTION,
	.name = "/hello", .runner = "fast", .default_action = "stay",
	.actions = words, .examples = examples,
};
static const struct rh_command *const commands[] = { &hello, NULL };
static const char *const wants[] = { "run_get", "fs.read:/srv/data", NULL };

static const struct rh_entry entry = {
	.magic = RH_MAGIC, .size = sizeof entry, .built = RH_SDK_VERSION,
	.needs = RH_VERSION(1, 0), .flags = RH_PLUGIN_STATELESS | RH_PLUGIN_THREADS,
	.id = "org.example.hello", .version = "2.1", .summary = "greets",
	.runners = runners, .actions = actions, .commands = commands,
	.wants = wants,
};

/* n files a.so, b.so … with some content. */
static struct registry *
scanned(int n)
{
	struct registry *reg = registry_new();
	const char *dir = unit_tmpdir();
	char path[512];
	struct err err;
	int i, fd;

	for (i = n - 1; i >= 0; i--) {
		snprintf(path, sizeof path, "%s/%c.so", dir, 'a' + i);
		fd = open(path, O_WRONLY | O_CREAT, 0644);
		CHECK(fd >= 0);
		CHECK_INT(fchmod(fd, 0644), 0);
		CHECK(tiny_write(fd, "x"));
		close(fd);
	}
	CHECK_OK(registry_scan(reg, dir, &err), &err);
	CHECK_UINT(registry_count(reg), (uint64_t)n);
	return reg;
}

static rh_status
describe(struct registry *reg, size_t i, const char *json, struct err *err)
{
	return registry_describe(reg, registry_at(reg, i), json, strlen(json),
	    err);
}

static void
check_command(struct registry *reg, const struct plugin *p)
{
	const struct plugin_command *cmd;

	cmd = registry_command(reg, STR("/hello"));
	if (!CHECK(cmd != NULL && cmd == p->commands))
		return;
	CHECK(cmd->plugin == p);
	CHECK(cmd->any_action);
	CHECK_STR(cmd->default_action, "stay");
	CHECK_STR(cmd->runner->name, "fast");
	CHECK_UINT(cmd->action_count, 2);
	CHECK_STR(cmd->actions[0].runner->name, "slow");
	CHECK_STR(cmd->actions[1].name, "stay");
	CHECK_STR(cmd->actions[1].runner->name, "fast");
	CHECK_UINT(cmd->example_count, 2);
	CHECK_STR(cmd->examples[1], "/hello stay");
	CHECK(registry_command(reg, STR("hello")) == NULL);
	CHECK(registry_command(reg, STR("/hell")) == NULL);
}

static void
test_round_trip(void)
{
	struct registry *reg = scanned(1);
	struct plugin *p = registry_at(reg, 0);
	const struct plugin_runner *r;
	struct buf buf = { 0 };
	struct err err = { 0 };

	CHECK_INT(p->state, PLUGIN_LOADING);
	describe_entry(&entry, &buf);
	CHECK_OK(registry_describe(reg, p, buf.p, buf.len, &err), &err);
	CHECK_INT(p->state, PLUGIN_ENABLED);
	CHECK(registry_find(reg, STR("org.example.hello")) == p);
	CHECK_STR(p->version, "2.1");
	CHECK_STR(p->summary, "greets");
	CHECK_STR(p->description, buf.p);
	CHECK_STR(p->config, "{}");
	CHECK(p->stateless);
	CHECK(p->threads);
	CHECK_UINT(p->want_count, 2);
	CHECK_STR(p->wants[1], "fs.read:/srv/data");
	r = registry_runner(reg, STR("fast"));
	CHECK(r == &p->runners[0] && r->idempotent && r->plugin == p);
	CHECK_STR(p->runners[0].summary, "runs \"fast\"");
	CHECK(p->runners[1].summary == NULL && !p->runners[1].idempotent);
	CHECK_STR(p->runners[1].runner_id, "plugin:org.example/hello/slow");
	CHECK(registry_runner_id(reg, STR("plugin:org.example/hello/slow")) ==
	    &p->runners[1]);
	CHECK(registry_action(reg, STR("hello.greet")) == p->actions);
	CHECK_STR(p->actions->schema_text, greet.schema);
	CHECK(p->actions->schema != NULL);
	check_command(reg, p);
	buf_fini(&buf);
	registry_free(reg);
}

static void
test_again(void)
{
	struct registry *reg = scanned(1);
	struct err err = { 0 };

	CHECK_INT(describe(reg, 0, "{\"id\":\"x\",\"version\":\"1\","
	    "\"built\":65536,\"needs\":65536}", &err), RH_OK);
	CHECK_STR(registry_at(reg, 0)->id, "x");
	CHECK_INT(describe(reg, 0, "{\"id\":\"x\",\"version\":\"1\","
	    "\"built\":65536,\"needs\":65536}", &err), RH_OK);
	CHECK_INT(describe(reg, 0, "{\"id\":\"y\",\"version\":\"1\","
	    "\"built\":65536,\"needs\":65536}", &err), RH_EPLUGIN);
	CHECK_HAS(err.msg, "/a.so: describes itself otherwise than before");
	CHECK_STR(registry_at(reg, 0)->id, "x");
	CHECK_INT(registry_at(reg, 0)->state, PLUGIN_ENABLED);
	registry_free(reg);
}

static void
test_shipped_vendor(void)
{
	struct registry *reg = scanned(1);
	struct err err = { 0 };

	CHECK_OK(describe(reg, 0, "{\"id\":\"mock\",\"version\":\"1\","
	    "\"built\":65536,\"needs\":65536,\"runners\":[{\"name\":"
	    "\"mock\"}]}", &err), &err);
	CHECK_STR(registry_at(reg, 0)->runners[0].runner_id,
	    "plugin:runhost/mock/mock");
	registry_free(reg);
}

/* Describes a.so, then b.so, which must be refused with these words. */
static void
clash(const char *first, const char *second, const char *what)
{
	struct registry *reg = scanned(2);
	char a[512], b[512], want[1200];
	struct err err = { 0 };

	snprintf(a, sizeof a, "{\"version\":\"1\",\"built\":65536,"
	    "\"needs\":65536,%s}", first);
	snprintf(b, sizeof b, "{\"version\":\"1\",\"built\":65536,"
	    "\"needs\":65536,%s}", second);
	CHECK_OK(describe(reg, 0, a, &err), &err);
	CHECK_INT(describe(reg, 1, b, &err), RH_ECONFLICT);
	snprintf(want, sizeof want, "%s: %s is already that of %s",
	    registry_at(reg, 1)->file, what, registry_at(reg, 0)->file);
	CHECK_STR(err.msg, want);
	CHECK_INT(registry_at(reg, 0)->state, PLUGIN_ENABLED);
	CHECK_INT(registry_at(reg, 1)->state, PLUGIN_REFUSED);
	CHECK_STR(registry_at(reg, 1)->error, want);
	registry_free(reg);
}

static void
test_clash_id(void)
{
	clash("\"id\":\"x\"", "\"id\":\"x\"", "id \"x\"");
}

static void
test_clash_runner(void)
{
	clash("\"id\":\"x\",\"runners\":[{\"name\":\"r\"}]",
	    "\"id\":\"y\",\"runners\":[{\"name\":\"q\"},{\"name\":\"r\"}]",
	    "runner \"r\"");
}

static void
test_clash_action(void)
{
	clash("\"id\":\"x\",\"actions\":[{\"name\":\"x.do\"}]",
	    "\"id\":\"y\",\"actions\":[{\"name\":\"x.do\"}]",
	    "action \"x.do\"");
}

static void
test_clash_command(void)
{
	clash("\"id\":\"x\",\"runners\":[{\"name\":\"r\"}],"
	    "\"commands\":[{\"name\":\"/c\",\"runner\":\"r\"}]",
	    "\"id\":\"y\",\"runners\":[{\"name\":\"q\"}],"
	    "\"commands\":[{\"name\":\"/c\",\"runner\":\"q\"}]",
	    "command \"/c\"");
}

static void
test_refused_is_not_found(void)
{
	struct registry *reg = scanned(2);
	struct err err = { 0 };
	const char *json = "{\"id\":\"x\",\"version\":\"1\",\"built\":65536,"
	    "\"needs\":65536,\"runners\":[{\"name\":\"r\"}]}";

	CHECK_OK(describe(reg, 0, json, &err), &err);
	err_set(&err, RH_EPLUGIN, "its worker died");
	registry_refuse(reg, registry_at(reg, 0), &err);
	CHECK_INT(registry_at(reg, 0)->state, PLUGIN_REFUSED);
	CHECK_STR(registry_at(reg, 0)->error, "its worker died");
	CHECK(registry_find(reg, STR("x")) == NULL);
	CHECK(registry_runner(reg, STR("r")) == NULL);
	CHECK_OK(describe(reg, 1, json, &err), &err);
	CHECK(registry_find(reg, STR("x")) == registry_at(reg, 1));
	registry_free(reg);
}

/* Looks for the plugin until it is there, whole. */
static void *
look(void *arg)
{
	struct registry *reg = arg;
	const struct plugin_command *cmd;

	do {
		cmd = registry_command(reg, STR("/hello"));
	} while (cmd == NULL && registry_at(reg, 0)->state != PLUGIN_REFUSED);
	CHECK(cmd != NULL && strcmp(cmd->plugin->version, "2.1") == 0);
	return NULL;
}

static void
test_threads(void)
{
	struct registry *reg = scanned(1);
	struct buf buf = { 0 };
	struct err err = { 0 };
	pthread_t reader;

	describe_entry(&entry, &buf);
	CHECK_INT(pthread_create(&reader, NULL, look, reg), 0);
	CHECK_OK(registry_describe(reg, registry_at(reg, 0), buf.p, buf.len,
	    &err), &err);
	CHECK_INT(pthread_join(reader, NULL), 0);
	buf_fini(&buf);
	registry_free(reg);
}

static void
test_scan_order(void)
{
	struct registry *reg = registry_new();
	const char *dir = unit_tmpdir();
	char path[512];
	struct err err = { 0 };

	snprintf(path, sizeof path, "%s/z.so", dir);
	CHECK_INT(mkdir(path, 0755), 0);
	snprintf(path, sizeof path, "%s/a.so", dir);
	CHECK_INT(symlink("z.so", path), 0);
	snprintf(path, sizeof path, "%s/notes.txt", dir);
	CHECK_INT(mkdir(path, 0755), 0);
	snprintf(path, sizeof path, "%s/.so", dir);
	CHECK_INT(mkdir(path, 0755), 0);
	CHECK_OK(registry_scan(reg, dir, &err), &err);
	CHECK_UINT(registry_count(reg), 2);
	CHECK_INT(registry_at(reg, 0)->state, PLUGIN_REFUSED);
	CHECK_STR(registry_at(reg, 0)->error, "a.so: is a symbolic link");
	CHECK_STR(registry_at(reg, 1)->error, "z.so: is not a regular file");
	snprintf(path, sizeof path, "%s/none", dir);
	CHECK_INT(registry_scan(reg, path, &err), RH_EIO);
	registry_free(reg);
}

#define HEAD "\"version\":\"1\",\"built\":65536,\"needs\":65536"

static void
test_hostile(void)
{
	static const struct {
		const char *json, *want;
	} cases[] = {
		{ "", "description: " },
		{ "null", "description: is not an object" },
		{ "[]", "description: is not an object" },
		{ "{\"id\":\"x\"" , "description: " },
		{ "{" HEAD "}", "id is missing" },
		{ "{\"id\":null," HEAD "}", "id is missing" },
		{ "{\"id\":7," HEAD "}", "\"id\" must be a string" },
		{ "{\"id\":\"x\",\"id\":\"y\"," HEAD "}", "\"id\"" },
		{ "{\"id\":\"x\\u0000y\"," HEAD "}", "id" },
		{ "{\"id\":\"../x\"," HEAD "}", "id is not of the form" },
		{ "{\"id\":\"admin\"," HEAD "}", "id is a reserved id" },
		{ "{\"id\":\"runhost.x\"," HEAD "}", "id is a reserved id" },
		{ "{\"id\":\"x\",\"more\":1," HEAD "}", "more" },
		{ "{\"id\":\"x\",\"version\":\"1\",\"built\":-1,\"needs\":0}",
		  "built" },
		{ "{\"id\":\"x\",\"stateless\":1," HEAD "}", "stateless" },
		{ "{\"id\":\"x\",\"threads\":\"1\"," HEAD "}", "threads" },
		{ "{\"id\":\"x\",\"runners\":{}," HEAD "}", "runners" },
		{ "{\"id\":\"x\",\"runners\":[1]," HEAD "}",
		  "runners[0] is not an object" },
		{ "{\"id\":\"x\",\"runners\":[{\"name\":\"A\"}]," HEAD "}",
		  "runners[0]: name is not of the form" },
		{ "{\"id\":\"x\",\"runners\":[{\"name\":\"a\",\"run\":1}],"
		  HEAD "}", "runners[0]: " },
		{ "{\"id\":\"x\",\"runners\":[{\"name\":\"a\"},{\"name\":"
		  "\"a\"}]," HEAD "}", "has two runners \"a\"" },
		{ "{\"id\":\"x\",\"actions\":[{\"name\":\"run_get\"}],"
		  HEAD "}", "actions[0]: name is not of the form" },
		{ "{\"id\":\"x\",\"actions\":[{\"name\":\"host.inprocess\"}],"
		  HEAD "}", "name begins with a reserved word" },
		{ "{\"id\":\"x\",\"actions\":[{\"name\":\"x.y\",\"schema\":"
		  "{\"$ref\":\"#\"}}]," HEAD "}", "actions[0]: schema: " },
		{ "{\"id\":\"x\",\"commands\":[{\"name\":\"/c\",\"runner\":"
		  "\"r\"}]," HEAD "}",
		  "commands[0]: runner \"r\" is not among the runners" },
		{ "{\"id\":\"x\",\"commands\":[{\"name\":\"/c\"}]," HEAD "}",
		  "commands[0]: runner is missing" },
		{ "{\"id\":\"x\",\"runners\":[{\"name\":\"r\"}],\"commands\":"
		  "[{\"name\":\"/c d\",\"runner\":\"r\"}]," HEAD "}",
		  "commands[0]: name is not of the form \"/word\"" },
		{ "{\"id\":\"x\",\"runners\":[{\"name\":\"r\"}],\"commands\":"
		  "[{\"name\":\"/c\",\"runner\":\"r\",\"actions\":[{\"name\":"
		  "\"-\"}]}]," HEAD "}", "commands[0]: actions[0]: name" },
		{ "{\"id\":\"x\",\"runners\":[{\"name\":\"r\"}],\"commands\":"
		  "[{\"name\":\"/c\",\"runner\":\"r\",\"examples\":[[]]}],"
		  HEAD "}", "commands[0]: examples[0] is not a string" },
		{ "{\"id\":\"x\",\"wants\":[\"\"]," HEAD "}",
		  "wants[0] is empty" },
		{ "{\"id\":\"x\",\"wants\":[\"a\\nb\"]," HEAD "}",
		  "wants[0] is not one line" },
	};
	struct registry *reg;
	struct plugin *p;
	struct err err;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		reg = scanned(1);
		p = registry_at(reg, 0);
		memset(&err, 0, sizeof err);
		CHECK_INT(describe(reg, 0, cases[i].json, &err), RH_EPLUGIN);
		CHECK_HAS(err.msg, cases[i].want);
		CHECK_HAS(err.msg, "/a.so: ");
		CHECK_INT(p->state, PLUGIN_REFUSED);
		CHECK_HAS(p->error, err.msg);
		registry_free(reg);
	}
}

static void
test_too_long(void)
{
	struct registry *reg = scanned(1);
	struct buf buf = { 0 };
	struct err err = { 0 };
	int i;

	buf_adds(&buf, "{\"id\":\"x\"," HEAD ",\"wants\":[");
	for (i = 0; i < 257; i++)
		buf_adds(&buf, i > 0 ? ",\"a\"" : "\"a\"");
	buf_adds(&buf, "]}");
	CHECK_INT(describe(reg, 0, buf.p, &err), RH_EPLUGIN);
	CHECK_HAS(err.msg, "wants has more than 256 elements");
	registry_free(reg);

	reg = scanned(1);
	buf_clear(&buf);
	buf_adds(&buf, "{\"id\":\"x\"," HEAD);
	for (i = 0; i < 1024 * 1024; i++)
		buf_addc(&buf, ' ');
	buf_adds(&buf, "}");
	CHECK_INT(describe(reg, 0, buf.p, &err), RH_EPLUGIN);
	CHECK_HAS(err.msg, "1048576");
	registry_free(reg);
	buf_fini(&buf);
}

const struct unit_test plugin_registry_tests[] = {
	{ "an entry arrives as it was described", test_round_trip },
	{ "a plugin may describe itself again, but not otherwise",
	  test_again },
	{ "an id without a dot is of the vendor runhost",
	  test_shipped_vendor },
	{ "W2: two plugins with one id: both files are named", test_clash_id },
	{ "runner names are unique over all plugins", test_clash_runner },
	{ "action names are unique over all plugins", test_clash_action },
	{ "commands are unique over all plugins", test_clash_command },
	{ "what is refused is not found, and blocks no other",
	  test_refused_is_not_found },
	{ "other threads see a plugin whole or not at all", test_threads },
	{ "files are taken in the order of names, bad ones with the reason",
	  test_scan_order },
	{ "a hostile description is refused", test_hostile },
	{ "a description without end is refused", test_too_long },
	{ NULL, NULL },
};
