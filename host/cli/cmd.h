/*
 * What a command of the command line is: a row of command_table with its
 * words, options, operands and function.  Help, documentation, suggestions
 * and the parser are made from that table; there is no other list.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct cli;

#define OPT_MANY	1u	/* may be given more than once */

struct opt {
	const char *name;	/* without its dashes */
	const char *arg;	/* what its value is called; NULL: a flag; what
				 * completion offers goes by it (complete.c) */
	const char *help;	/* one line */
	unsigned flags;		/* OPT_* */
	int64_t	min, max;	/* of an integer; both 0: any text */
};

#define ARG_OPTIONAL	1u
#define ARG_REST	2u	/* takes all that follow; at least one */

struct operand {
	const char *name;	/* "RUN", as arg above; a table ends with NULL */
	const char *help;
	unsigned flags;		/* ARG_* */
};

#define CMD_HOST	1u	/* talks to a host: the options that find one */
#define CMD_SETTINGS	2u	/* takes the flags of the settings table */
#define CMD_GROUP	4u	/* only the head of its subcommands */

struct command {
	const char *path;	/* "runs list"; a table ends with NULL */
	const char *summary;	/* one line, no full stop */
	const char *about;	/* paragraphs for help, or NULL */
	const struct opt *opts;	/* ended by a NULL name, or NULL */
	const struct operand *operands;	/* likewise */
	const char *example;	/* whole lines, or NULL */
	unsigned flags;		/* CMD_* */
	int	(*run)(struct cli *);	/* answers the exit code */
};

extern const struct command command_table[];

/* Exit codes; those of errors are in base/err.c's table of reasons. */
enum {
	EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_REFUSED = 3,
	EXIT_NOT_FOUND = 4, EXIT_TIMEOUT = 5, EXIT_UNREACHABLE = 6
};

/* One per row; each in the file of its family. */
int	cmd_serve(struct cli *);
int	cmd_run(struct cli *);
int	cmd_watch(struct cli *);
int	cmd_runs_list(struct cli *);
int	cmd_runs_show(struct cli *);
int	cmd_runs_events(struct cli *);
int	cmd_runs_cancel(struct cli *);
int	cmd_runs_stats(struct cli *);
int	cmd_stats(struct cli *);
int	cmd_runtime_start(struct cli *);
int	cmd_runtime_list(struct cli *);
int	cmd_runtime_show(struct cli *);
int	cmd_runtime_drain(struct cli *);
int	cmd_plugin_new(struct cli *);
int	cmd_plugin_check(struct cli *);
int	cmd_plugin_dev(struct cli *);
int	cmd_plugin_install(struct cli *);
int	cmd_plugin_list(struct cli *);
int	cmd_plugin_enable(struct cli *);
int	cmd_plugin_disable(struct cli *);
int	cmd_plugin_trial(struct cli *);
int	cmd_plugin_remove(struct cli *);
int	cmd_plugin_verify(struct cli *);
int	cmd_plugin_show(struct cli *);
int	cmd_plugin_suggest_grants(struct cli *);
int	cmd_plugin_trust(struct cli *);
int	cmd_plugin_untrust(struct cli *);
int	cmd_plugin_sign(struct cli *);
int	cmd_key_generate(struct cli *);
int	cmd_key_trust(struct cli *);
int	cmd_key_list(struct cli *);
int	cmd_key_revoke(struct cli *);
int	cmd_action_list(struct cli *);
int	cmd_action_call(struct cli *);
int	cmd_token_create(struct cli *);
int	cmd_token_list(struct cli *);
int	cmd_token_revoke(struct cli *);
int	cmd_secret_list(struct cli *);
int	cmd_secret_remove(struct cli *);
int	cmd_secret_set(struct cli *);
int	cmd_grant_add(struct cli *);
int	cmd_grant_list(struct cli *);
int	cmd_grant_remove(struct cli *);
int	cmd_can(struct cli *);
int	cmd_audit_verify(struct cli *);
int	cmd_audit_list(struct cli *);
int	cmd_audit_export(struct cli *);
int	cmd_audit_head(struct cli *);
int	cmd_backup(struct cli *);
int	cmd_restore(struct cli *);
int	cmd_migrate(struct cli *);
int	cmd_config_show(struct cli *);
int	cmd_config_check(struct cli *);
int	cmd_config_reload(struct cli *);
int	cmd_metrics(struct cli *);
int	cmd_doctor(struct cli *);
int	cmd_completion_bash(struct cli *);
int	cmd_completion_zsh(struct cli *);
int	cmd_completion_fish(struct cli *);
int	cmd_completion_words(struct cli *);
int	cmd_version(struct cli *);
int	cmd_help(struct cli *);

#endif
