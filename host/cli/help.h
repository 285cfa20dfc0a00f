/*
 * Help and documentation, made from the tables.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/cmd.h"

#include <stdio.h>

/* What the exit codes mean; ended by a NULL meaning. */
struct exit_meaning {
	int	code;
	const char *meaning;
};
extern const struct exit_meaning exit_meanings[];

void	help_all(FILE *);
void	help_command(const struct command *, FILE *);
/* docs/cli.md and docs/configuration.md, byte for byte. */
void	help_markdown(FILE *);
void	help_markdown_settings(FILE *);
/* The manual pages runhost(1) and runhost.conf(5). */
void	help_man(FILE *);
void	help_man_settings(FILE *);
/* Hints at the command that may be meant by a group and a wrong verb. */
void	help_nearest(const struct cli *, struct err *);

#endif
