/*
 * metrics: what the host counts.
 */
#include "cli/cli.h"
#include "cli/reply.h"

#include <stdio.h>

static void
show(const struct cli *cli, struct reply *r)
{
	fputs(reply_word(r, 0, "text"), cli->out);
}

int
cmd_metrics(struct cli *cli)
{
	return call_action(cli, "host_metrics", "{}", show);
}
