/*
 * Entries that break the contract, each in one way, and what is said of it.
 * Entries of other SDKs, built as objects, are in tests/abi.
 */
#include "lib/unit.h"

#include "base/err.h"
#include "plugin/abi.h"

#include <runhost/plugin.h>

#include <stdio.h>
#include <string.h>

/* A sound plugin of its own for every test, to be spoilt. */
struct plugin_data {
	struct rh_entry entry;
	struct rh_runner runner;
	struct rh_action action;
	struct rh_command_action word;
	struct rh_command command;
	const struct rh_runner *runners[3];
	const struct rh_action *actions[3];
	const struct rh_command_action *words[3];
	const struct rh_command *commands[3];
	const char *examples[3];
	const char *wants[300];
};

static void
nothing(const struct rh_invocation *inv, const struct rh_host *host)
{
	(void)inv;
	(void)host;
}

static struct plugin_data
sound(void)
{
	return (struct plugin_data){
		.entry = { .magic = RH_MAGIC, .size = sizeof(struct rh_entry),
			.built = RH_SDK_VERSION, .needs = RH_SDK_VERSION,
			.id = "org.example.x", .version = "1.0.0" },
		.runner = { .size = sizeof(struct rh_runner), .name = "x",
			.run = nothing },
		.action = { .size = sizeof(struct rh_action), .name = "x.do",
			.schema = "{\"type\":\"object\"}", .run = nothing },
		.word = { .size = sizeof(struct rh_command_action),
			.name = "Go_1" },
		.command = { .size = sizeof(struct rh_command), .name = "/x",
			.runner = "x", .default_action = "Go_1" },
	};
}

/* The pointers, which must point into the caller's own copy. */
static void
wire(struct plugin_data *d)
{
	d->runners[0] = &d->runner;
	d->actions[0] = &d->action;
	d->words[0] = &d->word;
	d->commands[0] = &d->command;
	d->examples[0] = "/x Go_1";
	d->command.actions = d->words;
	d->command.examples = d->examples;
	d->entry.runners = d->runners;
	d->entry.actions = d->actions;
	d->entry.commands = d->commands;
	d->entry.wants = d->wants;
}

static void
expect(const struct plugin_data *d, rh_status want, const char *msg)
{
	struct err err = { 0 };
	rh_status rc = abi_check(&d->entry, "x.so", &err);

	CHECK_INT(rc, want);
	CHECK_STR(err.msg, msg);
}

#define BEGIN struct plugin_data d = sound(); wire(&d)
#define REFUSED(msg) expect(&d, RH_EPLUGIN, "x.so: " msg)

static void
test_sound(void)
{
	BEGIN;
	expect(&d, RH_OK, "");
}

static void
test_magic(void)
{
	BEGIN;
	d.entry.magic = 0x464c457f;
	d.entry.needs = RH_VERSION(9, 9);
	REFUSED("magic is 0x464c457f, not 0x31504852; is it a runhost "
	    "plugin?");
}

static void
test_newer_minor(void)
{
	struct err err = { 0 };

	BEGIN;
	d.entry.built = d.entry.needs = RH_VERSION(1, 8);
	d.entry.size = 8;	/* is not looked at */
	CHECK_INT(abi_check(&d.entry, "x.so", &err), RH_EVERSION);
	CHECK_STR(err.msg, "x.so: needs host SDK 1.8 or newer, this is 1.0");
	CHECK_STR(err.hint, "Upgrade the host, or take a build of the plugin "
	    "that needs 1.0 at most");
	d.entry.needs = RH_VERSION(1, 0);
	d.entry.size = sizeof d.entry;
	expect(&d, RH_OK, "");
}

static void
test_other_major(void)
{
	BEGIN;
	d.entry.built = d.entry.needs = RH_VERSION(2, 3);
	expect(&d, RH_EVERSION, "x.so: is for host SDK 2.3, this is 1.0: "
	    "upgrade the host");
	d.entry.built = d.entry.needs = RH_VERSION(0, 9);
	expect(&d, RH_EVERSION, "x.so: is for host SDK 0.9, this is 1.0: "
	    "upgrade the plugin");
	d.entry.built = RH_VERSION(2, 0);
	d.entry.needs = RH_VERSION(1, 0);
	REFUSED("needs host SDK 1.0 but is built with 2.0");
}

static void
test_sizes(void)
{
	BEGIN;
	d.entry.size = 80;
	REFUSED("size is 80, below the 88 of SDK 1.0");
	d.entry.size = 92;
	REFUSED("size is 92, that of no SDK");
	d.entry.size = 1 << 20;
	REFUSED("size is 1048576, that of no SDK");
	d.entry.size = 96;
	expect(&d, RH_OK, "");
	d.runner.size = 0;
	d.action.size = 44;
	d.command.size = 48;
	REFUSED("runners[0].size is 0, below the 32 of SDK 1.0; "
	    "actions[0].size is 44, that of no SDK; "
	    "commands[0].size is 48, below the 56 of SDK 1.0");
	d.runner.size = 40;
	d.action.size = 48;
	d.command.size = 64;
	d.word.size = 24;
	d.command.default_action = NULL;
	REFUSED("commands[0].actions[0].size is 24, below the 32 of SDK 1.0");
	d.word.size = 40;
	expect(&d, RH_OK, "");
}

static void
test_missing(void)
{
	BEGIN;
	d.entry.id = NULL;
	d.entry.version = NULL;
	d.runner.run = NULL;
	d.action.run = NULL;
	d.action.name = NULL;
	d.command.runner = NULL;
	REFUSED("id is missing; version is missing; runners[0].run is "
	    "missing; actions[0].run is missing; actions[0].name is missing; "
	    "commands[0].runner is missing");
}

static void
test_forms(void)
{
	BEGIN;
	d.entry.id = "Hello";
	d.runner.name = "x y";
	d.action.name = "greet";
	d.word.name = "9";
	d.command.default_action = NULL;
	d.command.name = "x";
	REFUSED("id \"Hello\" is not of the form [a-z][a-z0-9._-]{0,62}; "
	    "runners[0].name \"x y\" is not of the form "
	    "[a-z][a-z0-9._-]{0,62}; actions[0].name \"greet\" is not of the "
	    "form \"word.verb\"; commands[0].runner \"x\" is not among the "
	    "runners; commands[0].actions[0].name \"9\" is not a word of "
	    "letters, digits, \"_\", \"-\" that begins with a letter; "
	    "commands[0].name \"x\" is not of the form \"/word\"");
}

static void
test_reserved(void)
{
	static const char *const ids[] = { "host", "fs", "net", "proc", "env",
		"secret", "admin", "amplify", "runhost.x" };
	char msg[64];
	size_t i;

	BEGIN;
	for (i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		d.entry.id = ids[i];
		snprintf(msg, sizeof msg, "x.so: id \"%s\" is a reserved id",
		    ids[i]);
		expect(&d, RH_EPLUGIN, msg);
	}
	d.entry.id = "hostile";
	expect(&d, RH_OK, "");
	d.action.name = "fs.read";
	REFUSED("actions[0].name \"fs.read\" begins with a reserved word");
}

static void
test_flags(void)
{
	BEGIN;
	d.entry.flags = 1ULL << 40 | RH_PLUGIN_STATELESS;
	d.runner.flags = 3;
	d.action.flags = 1;
	d.command.flags = 6;
	d.word.reserved = 4;
	d.command.default_action = NULL;
	REFUSED("flags has unknown bits 0x10000000000; runners[0].flags has "
	    "unknown bits 0x2; actions[0].flags has unknown bits 0x1; "
	    "commands[0].flags has unknown bits 0x6; commands[0].actions[0]."
	    "reserved has unknown bits 0x4");
}

static void
test_runner_refs(void)
{
	BEGIN;
	d.command.runner = "y";
	d.word.runner = "z";
	REFUSED("commands[0].runner \"y\" is not among the runners; "
	    "commands[0].actions[0].runner \"z\" is not among the runners");
}

static void
test_default_action(void)
{
	BEGIN;
	d.command.default_action = "Stop";
	REFUSED("commands[0].default_action \"Stop\" is not among its "
	    "actions");
	d.command.flags = RH_COMMAND_ANY_ACTION;
	expect(&d, RH_OK, "");
}

static void
test_duplicates(void)
{
	BEGIN;
	d.runners[1] = &d.runner;
	d.actions[1] = &d.action;
	d.words[1] = &d.word;
	REFUSED("runners[1].name \"x\" is that of runners[0], too; "
	    "actions[1].name \"x.do\" is that of actions[0], too; "
	    "commands[0].actions[1].name \"Go_1\" is that of actions[0], too");
	wire(&d);
	d.runners[1] = NULL;
	d.actions[1] = NULL;
	d.words[1] = NULL;
	d.commands[1] = &d.command;
	REFUSED("commands[1].name \"/x\" is that of commands[0], too");
}

static void
test_long_lists(void)
{
	size_t i;

	BEGIN;
	for (i = 0; i < 257; i++)
		d.wants[i] = "run_get";
	REFUSED("wants has more than 256 elements");
	d.wants[256] = NULL;
	expect(&d, RH_OK, "");
}

static void
test_schema(void)
{
	BEGIN;
	d.action.schema = "{\"type\":";
	REFUSED("actions[0].schema: expected a value, found the end of the "
	    "document at offset 8");
	d.action.schema = "{\"pattern\":\"x\"}";
	REFUSED("actions[0].schema: keyword \"pattern\" is not supported");
	d.action.schema = "{\"properties\":{\"a\":{\"type\":1}}}";
	REFUSED("actions[0].schema.properties.a.type: must be the name of a "
	    "type, not a number");
}

static void
test_text(void)
{
	char line[502];

	BEGIN;
	memset(line, 'x', 501);
	line[501] = '\0';
	d.entry.summary = line;
	REFUSED("summary is longer than 500 bytes");
	line[500] = '\0';
	expect(&d, RH_OK, "");
	d.entry.summary = "two\nlines";
	REFUSED("summary is not one line");
	d.entry.summary = "\xff";
	d.entry.id = "\xc3\x28";
	REFUSED("id is not UTF-8; summary is not UTF-8");
}

static void
test_many_problems(void)
{
	struct err err = { 0 };
	size_t i;

	BEGIN;
	for (i = 0; i < 200; i++)
		d.wants[i] = "";
	CHECK_INT(abi_check(&d.entry, "x.so", &err), RH_EPLUGIN);
	CHECK_HAS(err.msg, "x.so: wants[0] \"\" is empty; wants[1] \"\" is");
	CHECK_HAS(err.msg, "; and 183 more");
}

const struct unit_test plugin_abi_tests[] = {
	{ "a sound entry is taken", test_sound },
	{ "another magic is no plugin, whatever else it says", test_magic },
	{ "the minor that is needed decides, not the one it was built with",
	  test_newer_minor },
	{ "of another major, the message says whom to upgrade",
	  test_other_major },
	{ "too small a struct is refused, a larger one taken", test_sizes },
	{ "missing members are named, all of them", test_missing },
	{ "names of another form are quoted", test_forms },
	{ "words of capabilities are not for plugins", test_reserved },
	{ "unknown flag bits are refused", test_flags },
	{ "commands run what the plugin has", test_runner_refs },
	{ "a default action that would be a 404 is refused",
	  test_default_action },
	{ "the same name twice is refused, with both places",
	  test_duplicates },
	{ "a list ends after 256 elements", test_long_lists },
	{ "a schema that can't be enforced is refused", test_schema },
	{ "texts are one line of UTF-8 of bounded length", test_text },
	{ "what has no room in the message is counted", test_many_problems },
	{ NULL, NULL },
};
