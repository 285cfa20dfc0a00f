/*
 * The commands.  Order is that of the help.
 */
#include "cli/cmd.h"

#include <stddef.h>

static const struct opt serve_opts[] = {
	{ .name = "accept-loss",
	  .help = "start although the audit chain ends before its anchor, or the anchor is another key's; recorded" },
	{ .name = NULL }
};

static const struct opt run_opts[] = {
	{ .name = "set", .arg = "KEY=VALUE", .flags = OPT_MANY,
	  .help = "metadata for the run; VALUE is JSON or else text" },
	{ .name = "timeout", .arg = "SECONDS", .min = 1, .max = 86400,
	  .help = "time-out of an attempt (300)" },
	{ .name = "session", .arg = "ID", .help = "session of the run (cli)" },
	{ .name = "dry-run", .help = "validate and record, start nothing" },
	{ .name = "detach", .help = "print the run's id and leave" },
	{ .name = "wait", .arg = "SECONDS", .min = 0, .max = 86400,
	  .help = "how long to wait for a host that starts, is full or went away (30)" },
	{ .name = NULL }
};

static const struct opt plugin_sign_opts[] = {
	{ .name = "key", .arg = "FILE", .help = "the secret key, of runhost or minisign" },
	{ .name = "password-file", .arg = "FILE",
	  .help = "its first line unlocks the key; without it, the terminal is asked" },
	{ .name = "comment", .arg = "TEXT",
	  .help = "a line that is signed with the file (its name and the time)" },
	{ .name = NULL }
};

static const struct opt key_generate_opts[] = {
	{ .name = "password-file", .arg = "FILE",
	  .help = "lock the key with its first line; without it, it isn't locked" },
	{ .name = NULL }
};

static const struct opt key_trust_opts[] = {
	{ .name = "label", .arg = "TEXT", .help = "what plugin list calls it" },
	{ .name = NULL }
};

static const struct opt watch_opts[] = {
	{ .name = "after", .arg = "SEQ", .min = 0, .max = INT64_MAX,
	  .help = "show only events behind this one" },
	{ .name = "wait", .arg = "SECONDS", .min = 0, .max = 86400,
	  .help = "how long to look for a host that went away (30)" },
	{ .name = NULL }
};

static const struct opt runs_list_opts[] = {
	{ .name = "status", .arg = "STATUS",
	  .help = "PENDING, RUNNING, SUCCEEDED, FAILED, TIMEOUT or CANCELED" },
	{ .name = "extension", .arg = "ID", .help = "runs of this plugin" },
	{ .name = "limit", .arg = "N", .min = 1, .max = 100,
	  .help = "at most so many" },
	{ .name = "cursor", .arg = "CURSOR", .help = "go on from here" },
	{ .name = NULL }
};

static const struct opt events_opts[] = {
	{ .name = "after", .arg = "SEQ", .min = 0, .max = INT64_MAX,
	  .help = "events behind this one" },
	{ .name = "limit", .arg = "N", .min = 1, .max = 100,
	  .help = "at most so many (50)" },
	{ .name = NULL }
};

static const struct opt cancel_opts[] = {
	{ .name = "reason", .arg = "TEXT", .help = "why, for the record" },
	{ .name = NULL }
};

static const struct opt stats_opts[] = {
	{ .name = "hours", .arg = "N", .min = 1, .max = 876000,
	  .help = "so many hours before the end (1)" },
	{ .name = "end", .arg = "SECONDS", .min = 1, .max = INT64_C(253402300799),
	  .help = "end of the window, since 1970 (now)" },
	{ .name = "runner", .arg = "ID", .help = "only runs of this runner" },
	{ .name = "runners", .help = "a row for each runner, the most runs first" },
	{ .name = "cursor", .arg = "CURSOR", .help = "with --runners: go on from here" },
	{ .name = "runtimes", .help = "runtimes elsewhere, now: how many, and the 100 that hold most" },
	{ .name = NULL }
};

static const struct opt runtime_start_opts[] = {
	{ .name = "plugins", .arg = "DIR", .flags = OPT_MANY,
	  .help = "directory of the plugins whose runs it takes" },
	{ .name = "id", .arg = "ID", .help = "id of the runtime (the machine's name)" },
	{ .name = "label", .arg = "KEY=VALUE", .flags = OPT_MANY,
	  .help = "a label that runs may ask for" },
	{ .name = "queue", .arg = "NAME", .help = "take runs of this queue only" },
	{ .name = "capacity", .arg = "N", .min = 1, .max = 1000,
	  .help = "so many runs at a time (as many as processors)" },
	{ .name = "lease", .arg = "SECONDS", .min = 2, .max = 3600,
	  .help = "after so long without the host a run is given up (60)" },
	{ .name = "grace", .arg = "SECONDS", .min = 0, .max = 86400,
	  .help = "how long running runs may take to end at SIGTERM (30)" },
	{ .name = "memory", .arg = "BYTES", .min = 0, .max = INT64_C(1) << 50,
	  .help = "address space of a worker; 0: any (1073741824)" },
	{ .name = NULL }
};

static const struct opt runtime_list_opts[] = {
	{ .name = "status", .arg = "online|draining|stale",
	  .help = "only those" },
	{ .name = "limit", .arg = "N", .min = 1, .max = 500,
	  .help = "at most so many" },
	{ .name = "cursor", .arg = "CURSOR", .help = "go on from here" },
	{ .name = NULL }
};

static const struct opt runtime_drain_opts[] = {
	{ .name = "undo", .help = "let it take runs again" },
	{ .name = NULL }
};

static const struct opt plugin_install_opts[] = {
	{ .name = "dir", .arg = "DIR", .help = "plugin directory of the host (where FILE lies, or its first)" },
	{ .name = NULL }
};

static const struct opt plugin_enable_opts[] = {
	{ .name = "digest", .arg = "HEX", .help = "only if its file has this digest (BLAKE2b-256)" },
	{ .name = NULL }
};

static const struct opt plugin_trial_opts[] = {
	{ .name = "seconds", .arg = "N", .min = 1, .max = 86400,
	  .help = "how long (600)" },
	{ .name = NULL }
};

static const struct opt plugin_remove_opts[] = {
	{ .name = "delete", .help = "delete its file and signature, too, as the user of the host" },
	{ .name = NULL }
};

static const struct opt plugin_new_opts[] = {
	{ .name = "runner", .help = "with a runner and its slash command only" },
	{ .name = "action", .help = "with an action only" },
	{ .name = "id", .arg = "ID", .help = "id of the plugin (org.example.NAME)" },
	{ .name = NULL }
};

static const struct opt plugin_check_opts[] = {
	{ .name = "only", .arg = "CHECK", .flags = OPT_MANY,
	  .help = "this check, and others that are named, alone" },
	{ .name = "list", .help = "say which checks there are, and do nothing" },
	{ .name = "timeout", .arg = "SECONDS", .min = 1, .max = 3600,
	  .help = "a run that takes longer is cancelled, and must obey (10)" },
	{ .name = "junit", .arg = "FILE",
	  .help = "write the results there, too, as JUnit's XML" },
	{ .name = NULL }
};

static const struct opt plugin_dev_opts[] = {
	{ .name = "timeout", .arg = "SECONDS", .min = 1, .max = 86400,
	  .help = "time-out of a run (300)" },
	{ .name = NULL }
};

static const struct opt token_create_opts[] = {
	{ .name = "label", .arg = "TEXT", .help = "what it is for" },
	{ .name = "role", .arg = "ROLE",
	  .help = "role to give to the principal" },
	{ .name = "expires", .arg = "SECONDS", .min = 1, .max = 315360000,
	  .help = "how long it is good" },
	{ .name = "out", .arg = "FILE",
	  .help = "write the token there, readable by you only" },
	{ .name = NULL }
};

static const struct opt grant_add_opts[] = {
	{ .name = "owner", .arg = "PRINCIPAL",
	  .help = "whose runs; '*': everybody's (default: the grantee's own)" },
	{ .name = "workspace", .arg = "ID", .help = "only of this workspace" },
	{ .name = "bot", .arg = "ID", .help = "only of this bot" },
	{ .name = "conversation", .arg = "ID",
	  .help = "only of this conversation" },
	{ .name = "thread", .arg = "ID", .help = "only of this thread" },
	{ .name = "runner", .arg = "ID", .help = "only of this runner" },
	{ .name = "queue", .arg = "NAME", .flags = OPT_MANY,
	  .help = "only that wait in this queue, or another that is named" },
	{ .name = "label", .arg = "NAME=VALUE", .flags = OPT_MANY,
	  .help = "only that ask for this label, and all others named" },
	{ .name = "expires", .arg = "SECONDS", .min = 1, .max = 315360000,
	  .help = "how long it holds" },
	{ .name = NULL }
};

static const struct opt audit_list_opts[] = {
	{ .name = "run", .arg = "RUN", .help = "rows of this run" },
	{ .name = "principal", .arg = "PRINCIPAL", .help = "what it did" },
	{ .name = "action", .arg = "ACTION", .help = "rows of this action" },
	{ .name = "decision", .arg = "DECISION",
	  .help = "allow, deny, error, intent or outcome" },
	{ .name = "after", .arg = "SEQ", .min = 0, .max = INT64_MAX,
	  .help = "rows behind this one, oldest first" },
	{ .name = "before", .arg = "SEQ", .min = 0, .max = INT64_MAX,
	  .help = "rows before this one, newest first" },
	{ .name = "newest", .help = "newest first" },
	{ .name = "limit", .arg = "N", .min = 1, .max = 1000,
	  .help = "at most so many (100)" },
	{ .name = NULL }
};

static const struct opt audit_export_opts[] = {
	{ .name = "after", .arg = "SEQ", .min = 0, .max = INT64_MAX,
	  .help = "rows behind this one" },
	{ .name = NULL }
};

static const struct opt audit_verify_opts[] = {
	{ .name = "data", .arg = "DIR", .help = "data directory" },
	{ .name = "anchor", .arg = "FILE",
	  .help = "signed heads (default: DATA.anchor)" },
	{ .name = "key", .arg = "HEX",
	  .help = "the host's public key (default: that of DATA/audit.key)" },
	{ .name = NULL }
};

static const struct opt secret_opts[] = {
	{ .name = "data", .arg = "DIR", .help = "data directory" },
	{ .name = NULL }
};

static const struct opt secret_set_opts[] = {
	{ .name = "data", .arg = "DIR", .help = "data directory" },
	{ .name = "file", .arg = "FILE",
	  .help = "take the value from there (default: standard input)" },
	{ .name = NULL }
};

static const struct opt backup_opts[] = {
	{ .name = "data", .arg = "DIR", .help = "data directory" },
	{ .name = "verify", .help = "make none: judge the one that is there" },
	{ .name = "digest", .arg = "HEX",
	  .help = "with --verify: the one that was printed when it was made" },
	{ .name = NULL }
};

static const struct opt restore_opts[] = {
	{ .name = "data", .arg = "DIR",
	  .help = "data directory to make; one without a database may be there" },
	{ .name = "anchor", .arg = "FILE",
	  .help = "signed heads of the lost host, which tell how much is lost (default: DATA.anchor)" },
	{ .name = "digest", .arg = "HEX",
	  .help = "the one that was printed when the backup was made" },
	{ .name = NULL }
};

static const struct opt migrate_opts[] = {
	{ .name = "data", .arg = "DIR", .help = "data directory" },
	{ .name = "dry-run", .help = "say what there is to do, and do nothing" },
	{ .name = "backup", .arg = "FILE",
	  .help = "where the backup is to be (default: in DIR)" },
	{ .name = NULL }
};

static const struct opt config_show_opts[] = {
	{ .name = "origin", .help = "say where each value comes from" },
	{ .name = NULL }
};

static const struct opt help_opts[] = {
	{ .name = "markdown", .help = "print docs/cli.md" },
	{ .name = "markdown-settings", .help = "print docs/configuration.md" },
	{ .name = "man", .help = "print the manual page runhost(1)" },
	{ .name = "man-settings", .help = "print the manual page runhost.conf(5)" },
	{ .name = NULL }
};

static const struct operand command_word[] = {
	{ "COMMAND", "a slash command, as '/mock hello world' or as words", ARG_REST },
	{ NULL, NULL, 0 }
};
static const struct operand run_id[] = {
	{ "RUN", "id of a run", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand plugin_id[] = {
	{ "ID", "id of a plugin", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand plugin_name[] = {
	{ "NAME", "of the directory, the command and the file: [a-z][a-z0-9_-]{0,39}", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand plugin_file[] = {
	{ "FILE", "shared object of a plugin", ARG_OPTIONAL },
	{ NULL, NULL, 0 }
};
static const struct operand plugin_dev[] = {
	{ "FILE", "shared object of a plugin", 0 },
	{ "COMMAND", "run at once, and again when the file has changed, behind a \"--\"", ARG_OPTIONAL | ARG_REST },
	{ NULL, NULL, 0 }
};
static const struct operand runtime_id[] = {
	{ "RUNTIME", "id of a runtime", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand action_call[] = {
	{ "ACTION", "name of an action", 0 },
	{ "BODY", "its JSON object; @FILE reads a file, '-' standard input", ARG_OPTIONAL },
	{ NULL, NULL, 0 }
};
static const struct operand principal[] = {
	{ "PRINCIPAL", "as user:alice, service:ci", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand secret_word[] = {
	{ "NAME", "of the secret", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand token_id[] = {
	{ "TOKEN", "id of a token, not the token itself", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand grant_add[] = {
	{ "GRANTEE", "a principal, or role:NAME", 0 },
	{ "PERMISSION", "an action, a pattern as 'run_*', role:NAME, or a capability of a plugin as fs.read:PATH", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand grantee[] = {
	{ "GRANTEE", "only its grants", ARG_OPTIONAL },
	{ NULL, NULL, 0 }
};
static const struct operand grant_id[] = {
	{ "GRANT", "id of a grant", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand can[] = {
	{ "PRINCIPAL", "as user:alice, service:ci, plugin:mock", 0 },
	{ "ACTION", "name of an action or capability", 0 },
	{ "RUN", "the run that it is about", ARG_OPTIONAL },
	{ NULL, NULL, 0 }
};
static const struct operand backup_file[] = {
	{ "FILE", "a backup", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand key_file[] = {
	{ "FILE", "the secret key; the public one is FILE.pub", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand public_file[] = {
	{ "FILE", "a public key, of runhost or minisign", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand key_id[] = {
	{ "KEY", "id of a key", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand module_file[] = {
	{ "FILE", "a plugin's shared object", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand config_file[] = {
	{ "FILE", "a configuration file", 0 },
	{ NULL, NULL, 0 }
};
static const struct operand line_words[] = {
	{ "WORD", "the words behind \"runhost\", behind a \"--\"; the last one, which may be empty, is completed", ARG_REST },
	{ NULL, NULL, 0 }
};
static const struct operand help_words[] = {
	{ "COMMAND", "a command", ARG_OPTIONAL | ARG_REST },
	{ NULL, NULL, 0 }
};

static const char serve_about[] =
"Makes the data directory at the first start, with the database, the keys\n"
"and a token for the first administrator in DIR/admin.token.  Prints\n"
"\"listening on http://ADDR:PORT\" on standard output when the doors are\n"
"open, or one {\"listening\":[...]} with --json.  The log on standard error\n"
"is text on a terminal, else a JSON object a line (log.format).  SIGTERM lets\n"
"running runs end, for run.drain_s at most, then stops.";

static const char run_about[] =
"Starts the command, shows its progress, then prints what it wrote.  Exit\n"
"code 0: SUCCEEDED, 1: FAILED or CANCELED, 5: TIMEOUT.  Ctrl-C asks for a\n"
"cancel; a second one leaves the run to itself.  Options may stand behind\n"
"the command's words; \"--\" before them passes the rest on.";

static const char runs_about[] =
"Runs that have ended are kept for retention.runs_s: an hour, unless the\n"
"configuration says otherwise.";

static const char stats_about[] =
"Runs that were made within the window, of everybody, with what became of\n"
"them until now.  The window is widened to whole minutes.";

static const char runtime_start_about[] =
"Takes runs of the host at the URL and carries them out here, in workers like\n"
"a host's own.  A run goes on while the host can't be reached, until its lease\n"
"ends; what it said meanwhile follows.  SIGTERM lets running runs end and gives\n"
"the others back; a second one ends it at once.  See docs/remote-runtimes.md.";

static const char plugin_new_about[] =
"Writes the directory NAME with a plugin in C that builds and does something, a\n"
"Makefile, a test and a README with the next steps.  Nothing is overwritten.\n"
"Without --runner and --action it has one of each.";

static const char plugin_check_about[] =
"Tries the rules of the SDK on a plugin, each in workers of its own, made and\n"
"confined as a host makes them; no host is needed, and none hears of it.  A line\n"
"a check, with what is wrong under it.  Exit code 0: all hold (warnings and\n"
"skipped ones count as such), 1: one doesn't, 4: there is no such file.";

static const char plugin_dev_about[] =
"Opens a plugin in a worker as a host would and shows each thing that it does.\n"
"There is no host: values and checkpoints are kept in memory, and calls of\n"
"actions but host_ping and steering_pull are refused.  Lines of standard input\n"
"are run one after the other: a slash command, an action or a runner with JSON\n"
"behind its name, \"resume\" (the last one again, from its checkpoint) or \"quit\".\n"
"A file that changes is opened anew.  Ctrl-C cancels the run, a second one ends.\n"
"The exit code is that of the last run: 0 completed, 1 failed, 5 out of time.";

static const char verify_about[] =
"Checks the hash of every row, that none is missing, and that the chain\n"
"reaches every head of the anchor file, each signed with the host's key.\n"
"Works beside a running host.";

static const char secret_about[] =
"The value is kept as it comes, in a file that only the host's user can read.\n"
"A plugin gets it once it is granted: runhost grant add plugin:ID secret:NAME\n"
"A host that runs is asked first, and records the name.";

static const char backup_about[] =
"Copies the database as it is at one moment, beside a running host or without\n"
"one, leaves tokens out, verifies the copy, and gives it its name last: FILE\n"
"is whole or not there, and none is overwritten.  A running host records it.\n"
"Prints the file's digest; keep it elsewhere.  Keys are not in a backup.";

static const char restore_about[] =
"Verifies the backup and makes a data directory of it, which no host may use\n"
"meanwhile.  Put the old audit.key, redact.key and runhost.conf there first,\n"
"if you have them.  The next start begins a new chain of audit rows with one\n"
"that names what was given up, settles the runs that were live, and writes a\n"
"new DIR/admin.token; all other tokens must be made again.";

static const char migrate_about[] =
"A start does this by itself; here the backup may go to another disk, and\n"
"nothing else is started.  Makes a backup of the database as it is, verifies\n"
"it, and then changes the schema, all of it or nothing.  No host may run on\n"
"the directory meanwhile; with --dry-run one may.  The next start records it.";

static const char reload_about[] =
"The same as SIGHUP: file, environment and options of serve are read and\n"
"judged as at the start.  If anything is wrong nothing changes, and exit code\n"
"2 comes with the line.  Prints what changed, and what waits for a restart.";

static const char plugin_install_about[] =
"Copies FILE, and FILE.minisig if there is one, and has the host say what it\n"
"is.  That enables nothing.  A file that lies in the directory already is only\n"
"looked at.  Works over the socket of the host, as who may write there.";

static const char plugin_enable_about[] =
"The digest of the file is what is enabled: another file with the same id is\n"
"another plugin.  Lifts a quarantine.";

static const char plugin_verify_about[] =
"Reads the file again.  Exit code 1: it isn't what was enabled, or loaded.";

static const char doctor_about[] =
"Looks at the machine, the data directory and the host, and changes nothing.\n"
"Exit code 1: something failed.";

static const char plugin_trial_about[] =
"For a time new workers of the plugin are watched: what they ask for of the\n"
"host's files, and which programs they would execute, is noted when they may\n"
"not.  They are given no more than before, but processes of their own.  What\n"
"it was denied before is forgotten.  Let it do its work, then see what it\n"
"lacked: runhost plugin suggest-grants ID";

static const char plugin_suggest_about[] =
"The commands that grant what it was denied until now, and is not granted\n"
"yet: a line each, to be read before they are run.  What can't be granted is\n"
"said on standard error.  Which files and programs it was denied is seen in a\n"
"trial only: runhost plugin trial ID";

static const char plugin_sign_about[] =
"Writes FILE.minisig, over one that is there, as minisign -S does.  Needs no\n"
"host: the key may stay on a machine that has none.";

static const char key_generate_about[] =
"Writes FILE, which only its owner can read, and FILE.pub, which hosts are told\n"
"to trust (key trust); neither may be there.  They are keys of minisign, too.";

static const char key_revoke_about[] =
"Plugins that run in the host's process by it go back to workers at once.\n"
"Where all plugins must be signed, those that it signed are refused from the\n"
"next start on.";

static const char plugin_trust_about[] =
"Trust is bound to the digest of the file as it is now.  It needs a signature\n"
"by a trusted key (plugin sign, key trust) and the grant of host.inprocess to\n"
"plugin:ID, and ends with either.";

static const char bash_about[] =
"Installed where bash-completion looks for it.  Without that, in ~/.bashrc:\n"
"source <(runhost completion bash)";

static const char zsh_about[] =
"Installed in PREFIX/share/zsh/site-functions, which must be in fpath.  Or in\n"
"~/.zshrc, behind compinit: source <(runhost completion zsh)";

static const char fish_about[] =
"Installed where fish looks for it.  Or, in config.fish:\n"
"runhost completion fish | source";

static const char words_about[] =
"What the shells ask at each tab.  A line a word, with a tab and what it is;\n"
"\":files\" and \":dirs\" leave it to the shell to name those.";

const struct command command_table[] = {
	/* words, summary, about, options, operands, example, flags, function */
	{ "serve", "Run a host", serve_about, serve_opts, NULL, "runhost serve --data /var/lib/runhost --listen 127.0.0.1:8714", CMD_SETTINGS, cmd_serve },
	{ "run", "Start a slash command and follow it", run_about, run_opts, command_word, "runhost run --data /var/lib/runhost --set delay_ms=100 '/mock hello world'", CMD_HOST, cmd_run },
	{ "watch", "Follow a run that was started elsewhere", NULL, watch_opts, run_id, NULL, CMD_HOST, cmd_watch },
	{ "runs", "Runs", NULL, NULL, NULL, NULL, CMD_GROUP, NULL },
	{ "runs list", "List runs, newest first", runs_about, runs_list_opts, NULL, "runhost runs list --status FAILED --limit 10", CMD_HOST, cmd_runs_list },
	{ "runs show", "Show one run and its output", NULL, NULL, run_id, NULL, CMD_HOST, cmd_runs_show },
	{ "runs events", "Show what happened in a run", NULL, events_opts, run_id, NULL, CMD_HOST, cmd_runs_events },
	{ "runs cancel", "Ask a run to stop", NULL, cancel_opts, run_id, NULL, CMD_HOST, cmd_runs_cancel },
	{ "runs stats", "Count runs by status", NULL, NULL, NULL, NULL, CMD_HOST, cmd_runs_stats },
	{ "stats", "Show how many runs there were, how they ended, waited and took", stats_about, stats_opts, NULL, "runhost stats --hours 24 --runners", CMD_HOST, cmd_stats },
	{ "runtime", "Runtimes elsewhere", NULL, NULL, NULL, NULL, CMD_GROUP, NULL },
	{ "runtime start", "Be a runtime: take runs of a host and carry them out", runtime_start_about, runtime_start_opts, NULL, "runhost runtime start --url https://host:8714 --token-file gpu1.token \\\n    --plugins /usr/lib/runhost/plugins --label arch=arm64 --capacity 4", CMD_HOST, cmd_runtime_start },
	{ "runtime list", "List runtimes elsewhere, oldest first", NULL, runtime_list_opts, NULL, "runhost runtime list --status stale", CMD_HOST, cmd_runtime_list },
	{ "runtime show", "Show one of them", NULL, NULL, runtime_id, NULL, CMD_HOST, cmd_runtime_show },
	{ "runtime drain", "Let one take no more runs", "What it holds goes on.  A runtime that starts anew takes runs again.", runtime_drain_opts, runtime_id, "runhost runtime drain gpu1", CMD_HOST, cmd_runtime_drain },
	{ "plugin", "Plugins", NULL, NULL, NULL, NULL, CMD_GROUP, NULL },
	{ "plugin new", "Write a new plugin to begin with", plugin_new_about, plugin_new_opts, plugin_name, "runhost plugin new greeter --id org.example.greeter", 0, cmd_plugin_new },
	{ "plugin check", "Try the rules of the SDK on a plugin", plugin_check_about, plugin_check_opts, plugin_file, "runhost plugin check --junit check.xml ./greeter.so", 0, cmd_plugin_check },
	{ "plugin dev", "Try a plugin by hand, without a host", plugin_dev_about, plugin_dev_opts, plugin_dev, "runhost plugin dev ./greeter.so -- '/greeter Ann'", 0, cmd_plugin_dev },
	{ "plugin install", "Put a plugin's file into a plugin directory of the host", plugin_install_about, plugin_install_opts, module_file, "runhost plugin install ./tool.so", CMD_HOST, cmd_plugin_install },
	{ "plugin list", "List plugins with their states", NULL, NULL, NULL, NULL, CMD_HOST, cmd_plugin_list },
	{ "plugin show", "Show one plugin", NULL, NULL, plugin_id, NULL, CMD_HOST, cmd_plugin_show },
	{ "plugin enable", "Take a plugin into use", plugin_enable_about, plugin_enable_opts, plugin_id, "runhost plugin enable tool", CMD_HOST, cmd_plugin_enable },
	{ "plugin disable", "Take a plugin out of use", "Its workers end at once; what was queued for it waits.", NULL, plugin_id, NULL, CMD_HOST, cmd_plugin_disable },
	{ "plugin remove", "Take a plugin out of use and forget that it was enabled", NULL, plugin_remove_opts, plugin_id, "runhost plugin remove tool --delete", CMD_HOST, cmd_plugin_remove },
	{ "plugin verify", "Compare a plugin's file with what is loaded and enabled", plugin_verify_about, NULL, plugin_id, NULL, CMD_HOST, cmd_plugin_verify },
	{ "plugin trial", "Watch which files and programs a plugin lacks", plugin_trial_about, plugin_trial_opts, plugin_id, "runhost plugin trial org.example.index --seconds 60", CMD_HOST, cmd_plugin_trial },
	{ "plugin suggest-grants", "Print the grants that a plugin lacked", plugin_suggest_about, NULL, plugin_id, "runhost plugin suggest-grants org.example.index", CMD_HOST, cmd_plugin_suggest_grants },
	{ "plugin trust", "Run a plugin inside the host from now on", plugin_trust_about, NULL, plugin_id, "runhost plugin trust mock", CMD_HOST, cmd_plugin_trust },
	{ "plugin untrust", "Run a plugin in workers again", "One that isn't trusted stays as it is.", NULL, plugin_id, NULL, CMD_HOST, cmd_plugin_untrust },
	{ "plugin sign", "Sign a plugin's file", plugin_sign_about, plugin_sign_opts, module_file, "runhost plugin sign runner_x.so --key release.key", 0, cmd_plugin_sign },
	{ "key", "Keys that sign plugins", NULL, NULL, NULL, NULL, CMD_GROUP, NULL },
	{ "key generate", "Make a key to sign plugins with", key_generate_about, key_generate_opts, key_file, "runhost key generate release.key", 0, cmd_key_generate },
	{ "key trust", "Trust what a key signs", "Also a key that was revoked.  Plugins are judged by it from then on.", key_trust_opts, public_file, "runhost key trust release.key.pub --label release", CMD_HOST, cmd_key_trust },
	{ "key list", "List keys that are trusted, or were", NULL, NULL, NULL, NULL, CMD_HOST, cmd_key_list },
	{ "key revoke", "Trust a key no more", key_revoke_about, NULL, key_id, "runhost key revoke 331A440960CA2EC6", CMD_HOST, cmd_key_revoke },
	{ "action", "Actions", NULL, NULL, NULL, NULL, CMD_GROUP, NULL },
	{ "action list", "List the actions of host and plugins", NULL, NULL, NULL, NULL, CMD_HOST, cmd_action_list },
	{ "action call", "Call an action by name", NULL, NULL, action_call, "runhost action call hello.greet '{\"name\":\"Ada\"}'", CMD_HOST, cmd_action_call },
	{ "secret", "Secrets that plugins may be given", NULL, NULL, NULL, NULL, CMD_GROUP, NULL },
	{ "secret set", "Keep a value that comes on standard input", secret_about, secret_set_opts, secret_word, "runhost secret set api-key --data /var/lib/runhost <key.txt", 0, cmd_secret_set },
	{ "secret list", "List names of secrets, never their values", NULL, secret_opts, NULL, NULL, 0, cmd_secret_list },
	{ "secret remove", "Remove a secret", NULL, secret_opts, secret_word, NULL, 0, cmd_secret_remove },
	{ "token", "Tokens", NULL, NULL, NULL, NULL, CMD_GROUP, NULL },
	{ "token create", "Make a token and print it once", NULL, token_create_opts, principal, "runhost token create user:alice --role operator --out alice.token", CMD_HOST, cmd_token_create },
	{ "token list", "List tokens, never their secrets", NULL, NULL, NULL, NULL, CMD_HOST, cmd_token_list },
	{ "token revoke", "End a token now", NULL, NULL, token_id, NULL, CMD_HOST, cmd_token_revoke },
	{ "grant", "Grants", NULL, NULL, NULL, NULL, CMD_GROUP, NULL },
	{ "grant add", "Give a permission", NULL, grant_add_opts, grant_add, "runhost grant add user:alice 'run_*' --runner plugin:runhost/mock/mock", CMD_HOST, cmd_grant_add },
	{ "grant list", "List grants", "A scope of \"-\" is the grantee's own runs; for a role, all that it reaches.", NULL, grantee, NULL, CMD_HOST, cmd_grant_list },
	{ "grant remove", "Take a permission back", NULL, NULL, grant_id, NULL, CMD_HOST, cmd_grant_remove },
	{ "can", "Say whether somebody may do something, and why", "Exit code 0: yes, 3: no.", NULL, can, "runhost can user:alice run_create", CMD_HOST, cmd_can },
	{ "audit", "The audit log", NULL, NULL, NULL, NULL, CMD_GROUP, NULL },
	{ "audit list", "List audit rows", NULL, audit_list_opts, NULL, "runhost audit list --decision deny --newest", CMD_HOST, cmd_audit_list },
	{ "audit verify", "Verify the audit log of a data directory", verify_about, audit_verify_opts, NULL, "runhost audit verify --data /var/lib/runhost", 0, cmd_audit_verify },
	{ "audit export", "Print all rows, one JSON object a line", "The rows have every field that their hashes are made of.", audit_export_opts, NULL, "runhost audit export --data /var/lib/runhost > audit.jsonl", CMD_HOST, cmd_audit_export },
	{ "audit head", "Show the newest row and its signature", NULL, NULL, NULL, NULL, CMD_HOST, cmd_audit_head },
	{ "backup", "Make a verified copy of the database", backup_about, backup_opts, backup_file, "runhost backup --data /var/lib/runhost /mnt/backup/monday.db", 0, cmd_backup },
	{ "restore", "Make a data directory of a backup", restore_about, restore_opts, backup_file, "runhost restore --data /var/lib/runhost /mnt/backup/monday.db", 0, cmd_restore },
	{ "migrate", "Bring the database of an older version up to date", migrate_about, migrate_opts, NULL, "runhost migrate --data /var/lib/runhost --backup /mnt/backup/before.db", 0, cmd_migrate },
	{ "config", "Configuration", NULL, NULL, NULL, NULL, CMD_GROUP, NULL },
	{ "config show", "Show the configuration that serve would use", NULL, config_show_opts, NULL, "runhost config show --data /var/lib/runhost --origin", CMD_SETTINGS, cmd_config_show },
	{ "config check", "Judge a configuration file", "Exit code 1: it is wrong; standard error says where.  4: there is none.", NULL, config_file, NULL, 0, cmd_config_check },
	{ "config reload", "Have a running host read its configuration again", reload_about, NULL, NULL, "runhost config reload --data /var/lib/runhost", CMD_HOST, cmd_config_reload },
	{ "metrics", "Show what the host counts, as Prometheus reads it", NULL, NULL, NULL, NULL, CMD_HOST, cmd_metrics },
	{ "doctor", "Look for what is wrong with machine, data and host", doctor_about, NULL, NULL, NULL, CMD_HOST, cmd_doctor },
	{ "completion", "Completion in shells", NULL, NULL, NULL, NULL, CMD_GROUP, NULL },
	{ "completion bash", "Print the completion script for bash", bash_about, NULL, NULL, NULL, 0, cmd_completion_bash },
	{ "completion zsh", "Print the completion script for zsh", zsh_about, NULL, NULL, NULL, 0, cmd_completion_zsh },
	{ "completion fish", "Print the completion script for fish", fish_about, NULL, NULL, NULL, 0, cmd_completion_fish },
	{ "completion words", "Complete a command line", words_about, NULL, line_words, "runhost completion words -- runs list --status F", 0, cmd_completion_words },
	{ "version", "Print the version", NULL, NULL, NULL, NULL, 0, cmd_version },
	{ "help", "Print help", NULL, help_opts, help_words, NULL, 0, cmd_help },
	{ NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL }
};
