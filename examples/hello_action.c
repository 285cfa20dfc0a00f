/*
 * A complete plugin in one file: an action that other programs call, and a
 * runner behind a slash command for people.  Build it anywhere with
 *
 *	cc -shared -fPIC $(pkg-config --cflags runhost) \
 *	    -o hello_action.so hello_action.c
 *
 * docs/plugin-author.md walks through it.
 */
#include <runhost/easy.h>

#include <stdio.h>

/*
 * The action "greeter.greet": {"name": "Ann", "times": 2}.  The host has
 * checked the arguments against the schema before it calls.
 */
static const char greet_schema[] =
    "{\"type\": \"object\","
    " \"properties\": {"
    "   \"name\": {\"type\": \"string\"},"
    "   \"times\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 9}},"
    " \"required\": [\"name\"],"
    " \"additionalProperties\": false}";

static void
greet(const struct rh_invocation *inv, const struct rh_host *host)
{
	struct rh_text name;
	char reply[1024];
	int times, len;

	times = (int)rh_json_i64(inv->input, "times", 1);
	if (!rh_json_member(inv->input, "name", &name) || name.len > 512) {
		rh_failed(host, inv, 1, "no name of at most 512 bytes");
		return;
	}
	/* name is a JSON string with its quotes: it goes in as it came. */
	len = snprintf(reply, sizeof reply,
	    "{\"say\": \"hello\", \"to\": %.*s, \"times\": %d}",
	    (int)name.len, name.p, times);
	if (len < 0 || (size_t)len >= sizeof reply)
		rh_failed(host, inv, 1, "the reply is too long");
	else
		rh_completed(host, inv, reply);
}

/*
 * The runner "greeter", as in "/greet Ann": three greetings, one after the
 * other, and a checkpoint after each, so that a run that is interrupted by
 * a crash goes on with the next greeting.
 */
static int
greeted_before(const struct rh_invocation *inv)
{
	return inv->checkpoint.len == 1 ? inv->checkpoint.p[0] - '0' : 0;
}

static void
run(const struct rh_invocation *inv, const struct rh_host *host)
{
	char line[128], done;
	int i;

	for (i = greeted_before(inv); i < 3; i++) {
		rh_progress(host, inv, "GREETING", 30 * i, NULL);
		if (host->wait(inv->handle, 200) != RH_OK) {
			rh_finish_as_stopped(host, inv);
			return;
		}
		snprintf(line, sizeof line, "Hello, %.*s!\n",
		    (int)inv->action_id.len, inv->action_id.p);
		rh_print(host, inv, line);
		done = (char)('0' + i + 1);
		host->checkpoint(inv->handle, "greeted", 7, &done, 1);
	}
	rh_progress(host, inv, "DONE", 100, NULL);
	rh_completed(host, inv, "greeted three times\n");
}

static const struct rh_action greeter_greet = {
	.size = sizeof greeter_greet,
	.name = "greeter.greet",
	.summary = "Says to whom hello is to be said",
	.schema = greet_schema,
	.run = greet,
};
static const struct rh_action *const actions[] = { &greeter_greet, NULL };

static const struct rh_runner greeter = {
	.size = sizeof greeter,
	.flags = RH_RUNNER_IDEMPOTENT,
	.name = "greeter",
	.summary = "Greets three times",
	.run = run,
};
static const struct rh_runner *const runners[] = { &greeter, NULL };

static const char *const examples[] = { "/greet Ann", NULL };
static const struct rh_command greet_command = {
	.size = sizeof greet_command,
	.flags = RH_COMMAND_ANY_ACTION,
	.name = "/greet",
	.summary = "Greets who is named",
	.runner = "greeter",
	.default_action = "World",
	.examples = examples,
};
static const struct rh_command *const commands[] = { &greet_command, NULL };

RH_PLUGIN(0,			/* any 1.x host will do */
	.id = "org.example.greeter",
	.version = "1.0.0",
	.summary = "Greets",
	.runners = runners,
	.actions = actions,
	.commands = commands,
);
