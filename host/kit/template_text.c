/*
 * The files of a new plugin, piece by piece; what is of one kind only is a
 * piece of its own.  @NAME@ and @ID@ are put in when they are written.
 */
#include "kit/template.h"

#include <stddef.h>

#define ANY	(TEMPLATE_RUNNER | TEMPLATE_ACTION)
#define RUNNER	TEMPLATE_RUNNER
#define ACTION	TEMPLATE_ACTION

const struct template_part template_parts[] = {
{ "@NAME@.c", ANY,
"/*\n"
" * @NAME@: a plugin for runhost.\n"
" *\n"
" *\tmake\t\tbuilds @NAME@.so\n"
" *\tmake check\tputs it through the rules of the SDK\n"
" *\n"
" * The headers are the specification: <runhost/plugin.h> says what a plugin\n"
" * gives, <runhost/host.h> what it gets.\n"
" */\n"
"#include <runhost/easy.h>\n"
"\n"
"#include <stdio.h>\n" },
{ "@NAME@.c", ACTION,
"\n"
"/*\n"
" * The action \"@NAME@.greet\", for programs: {\"name\": \"Ann\"}.  The host has\n"
" * checked the arguments against the schema before it calls.\n"
" */\n"
"static const char greet_schema[] =\n"
"    \"{\\\"type\\\": \\\"object\\\",\"\n"
"    \" \\\"properties\\\": {\\\"name\\\": {\\\"type\\\": \\\"string\\\"}},\"\n"
"    \" \\\"required\\\": [\\\"name\\\"],\"\n"
"    \" \\\"additionalProperties\\\": false}\";\n"
"\n"
"static void\n"
"greet(const struct rh_invocation *inv, const struct rh_host *host)\n"
"{\n"
"\tstruct rh_text name;\n"
"\tchar reply[1024];\n"
"\tint len;\n"
"\n"
"\tif (!rh_json_member(inv->input, \"name\", &name)) {\n"
"\t\trh_failed(host, inv, 1, \"no name\");\n"
"\t\treturn;\n"
"\t}\n"
"\t/* name is a JSON string with its quotes: it goes in as it came. */\n"
"\tlen = snprintf(reply, sizeof reply, \"{\\\"hello\\\": %.*s}\",\n"
"\t    (int)name.len, name.p);\n"
"\tif (len < 0 || (size_t)len >= sizeof reply)\n"
"\t\trh_failed(host, inv, 1, \"the name is too long\");\n"
"\telse\n"
"\t\trh_completed(host, inv, reply);\n"
"}\n"
"\n"
"static const struct rh_action greet_action = {\n"
"\t.size = sizeof greet_action,\n"
"\t.name = \"@NAME@.greet\",\n"
"\t.summary = \"Greets who is named\",\n"
"\t.schema = greet_schema,\n"
"\t.run = greet,\n"
"};\n"
"static const struct rh_action *const actions[] = { &greet_action, NULL };\n" },
{ "@NAME@.c", RUNNER,
"\n"
"/*\n"
" * The runner behind \"/@NAME@ Ann\", for people: it greets three times.\n"
" */\n"
"static void\n"
"run(const struct rh_invocation *inv, const struct rh_host *host)\n"
"{\n"
"\tchar line[128];\n"
"\tint step;\n"
"\n"
"\tfor (step = 1; step <= 3; step++) {\n"
"\t\t/* Returns early when the run is cancelled or out of time. */\n"
"\t\tif (host->wait(inv->handle, 100) != RH_OK) {\n"
"\t\t\trh_finish_as_stopped(host, inv);\n"
"\t\t\treturn;\n"
"\t\t}\n"
"\t\tsnprintf(line, sizeof line, \"Hello, %.*s!\\n\",\n"
"\t\t    (int)inv->action_id.len, inv->action_id.p);\n"
"\t\trh_print(host, inv, line);\n"
"\t\trh_progress(host, inv, \"GREETING\", 33 * step, NULL);\n"
"\t}\n"
"\trh_progress(host, inv, \"DONE\", 100, NULL);\n"
"\trh_completed(host, inv, \"greeted three times\\n\");\n"
"}\n"
"\n"
"static const struct rh_runner runner = {\n"
"\t.size = sizeof runner,\n"
"\t.flags = RH_RUNNER_IDEMPOTENT,\t/* starting it again does no harm */\n"
"\t.name = \"@NAME@\",\n"
"\t.summary = \"Greets three times\",\n"
"\t.run = run,\n"
"};\n"
"static const struct rh_runner *const runners[] = { &runner, NULL };\n"
"\n"
"static const char *const examples[] = { \"/@NAME@ Ann\", NULL };\n"
"static const struct rh_command command = {\n"
"\t.size = sizeof command,\n"
"\t.flags = RH_COMMAND_ANY_ACTION,\t/* any word may follow */\n"
"\t.name = \"/@NAME@\",\n"
"\t.summary = \"Greets who is named\",\n"
"\t.runner = \"@NAME@\",\n"
"\t.default_action = \"World\",\n"
"\t.examples = examples,\n"
"};\n"
"static const struct rh_command *const commands[] = { &command, NULL };\n" },
{ "@NAME@.c", ANY,
"\n"
"RH_PLUGIN(0,\t\t\t/* any 1.x host will do */\n"
"\t.id = \"@ID@\",\n"
"\t.version = \"0.1.0\",\n"
"\t.summary = \"Greets\",\n" },
{ "@NAME@.c", RUNNER,
"\t.runners = runners,\n" },
{ "@NAME@.c", ACTION,
"\t.actions = actions,\n" },
{ "@NAME@.c", RUNNER,
"\t.commands = commands,\n" },
{ "@NAME@.c", ANY,
");\n" },
{ "Makefile", ANY,
"# make, make check, make clean\n"
"RUNHOST ?= runhost\n"
"CFLAGS = -O2 -g -Wall -Wextra\n"
"# Where pkg-config doesn't know runhost, its headers are beside its binary.\n"
"SDK = $$(pkg-config --cflags runhost 2>/dev/null || \\\n"
"\techo \"-I$$(dirname \"$$(command -v $(RUNHOST))\")/../include\")\n"
"\n"
"@NAME@.so: @NAME@.c\n"
"\t$(CC) $(CFLAGS) -std=c11 -fPIC -shared $(SDK) -o $@ @NAME@.c\n"
"\tchmod go-w $@\n"
"\n"
"check: @NAME@.so\n"
"\tRUNHOST=$(RUNHOST) sh test.sh\n"
"\n"
"clean:\n"
"\trm -f @NAME@.so\n"
"\n"
".PHONY: check clean\n" },
{ "test.sh", ANY,
"#!/bin/sh\n"
"# The rules of the SDK, and then what this plugin is for.\n"
"set -eu\n"
"cd \"$(dirname \"$0\")\"\n"
": \"${RUNHOST:=runhost}\"\n"
"\n"
"\"$RUNHOST\" plugin check ./@NAME@.so\n"
"\n"
"# says TEXT COMMAND: what the plugin does must have such a line.\n"
"says()\n"
"{\n"
"\ttext=$1\n"
"\tshift\n"
"\tout=$(\"$RUNHOST\" plugin dev ./@NAME@.so -- \"$@\" </dev/null)\n"
"\tif ! printf '%s\\n' \"$out\" | grep -qF \"$text\"; then\n"
"\t\tprintf '%s\\n' \"$out\"\n"
"\t\techo \"FAILED: $* doesn't say: $text\"\n"
"\t\texit 1\n"
"\tfi\n"
"\techo \"ok: $*\"\n"
"}\n"
"\n" },
{ "test.sh", RUNNER,
"says 'Hello, Ann!' '/@NAME@ Ann'\n" },
{ "test.sh", ACTION,
"says '{\"hello\": \"Ann\"}' @NAME@.greet '{\"name\":\"Ann\"}'\n" },
{ "README.md", ANY,
"# @NAME@\n"
"\n"
"A plugin for runhost, `@ID@`. `@NAME@.c` is all of it.\n"
"\n"
"Build it, and put it through the rules of the SDK:\n"
"\n"
"```sh\n"
"make\n"
"make check\n"
"```\n"
"\n"
"Try it without a host; it is loaded anew whenever the file changes:\n"
"\n"
"```sh\n" },
{ "README.md", RUNNER,
"runhost plugin dev ./@NAME@.so -- '/@NAME@ Ann'\n" },
{ "README.md", ACTION,
"runhost plugin dev ./@NAME@.so -- @NAME@.greet '{\"name\":\"Ann\"}'\n" },
{ "README.md", ANY,
"```\n"
"\n"
"Sign it with a key of yours, and tell a host to trust that key; `--data DIR`\n"
"or RUNHOST_DATA says which host:\n"
"\n"
"```sh\n"
"runhost key generate me.key\n"
"runhost plugin sign --key me.key @NAME@.so\n"
"runhost key trust me.key.pub\n"
"```\n"
"\n"
"Bring it to the host, see what it wants, and let it in:\n"
"\n"
"```sh\n"
"runhost plugin install @NAME@.so\n"
"runhost plugin show @ID@\n"
"runhost plugin enable @ID@\n"
"```\n"
"\n"
"A plugin may do what it was granted, and nothing else. What it needs stands in\n"
"`.wants`; this one needs nothing. One that reads files would be given\n"
"\n"
"```sh\n"
"runhost grant add plugin:@ID@ fs.read:/srv/data\n"
"```\n"
"\n"
"Then others may use it:\n"
"\n"
"```sh\n" },
{ "README.md", RUNNER,
"runhost run '/@NAME@ Ann'\n" },
{ "README.md", ACTION,
"runhost action call @NAME@.greet '{\"name\":\"Ann\"}'\n" },
{ "README.md", ANY,
"```\n" },
{ NULL, 0, NULL }
};
