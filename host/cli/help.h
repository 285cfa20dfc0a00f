/*
 * Help and documentation, made from the tables.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/cmd.h"

#include <stdio.h>

void	help_all(FILE *);
void	help_command(const struct command *, FILE *);
/* docs/cli.md and docs/configuration.md, byte for byte. */
void	help_markdown(FILE *);
void	help_markdown_settings(FILE *);
/* Hints at the command that may be meant by a group and a wrong verb. */
void	help_nearest(const struct cli *, struct err *);

#endif
