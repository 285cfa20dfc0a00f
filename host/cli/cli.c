/*
 * From argv to a command's function and its exit code.
 */
#include "cli/cli.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/print.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *
cli_opt_at(const struct cli *cli, const char *name, size_t n)
{
	struct opt o;
	size_t i;

	assert(options_find(cli->cmd, name, &o));
	for (i = 0; i < cli->opt_count; i++)
		if (strcmp(cli->opts[i].name, name) == 0 && n-- == 0)
			return cli->opts[i].value;
	return NULL;
}

const char *
cli_opt(const struct cli *cli, const char *name)
{
	return cli_opt_at(cli, name, 0);
}

bool
cli_flag(const struct cli *cli, const char *name)
{
	return cli_opt(cli, name) != NULL;
}

int64_t
cli_int(const struct cli *cli, const char *name, int64_t absent)
{
	const char *value = cli_opt(cli, name);

	/* The parser has checked it. */
	return value != NULL ? strtoll(value, NULL, 10) : absent;
}

const char *
cli_operand(const struct cli *cli, size_t n)
{
	return n < cli->operand_count ? cli->operands[n] : NULL;
}

/* A word that the router would split is put in quotes again. */
static void
add_word(struct buf *out, const char *word)
{
	const char *p;

	if (out->len > 0)
		buf_addc(out, ' ');
	if (*word != '\0' && strpbrk(word, " \t\n'\"\\") == NULL) {
		buf_adds(out, word);
		return;
	}
	buf_addc(out, '\'');
	for (p = word; *p != '\0'; p++) {
		if (*p == '\'')
			buf_adds(out, "'\\'");
		buf_addc(out, *p);
	}
	buf_addc(out, '\'');
}

char *
cli_command(const struct cli *cli, size_t first)
{
	struct buf out = { 0 };
	size_t i;

	if (cli->operand_count == first + 1)
		return mem_strdup(cli->operands[first]);
	for (i = first; i < cli->operand_count; i++)
		add_word(&out, cli->operands[i]);
	return buf_take(&out);
}

int
cli_fail(const struct cli *cli, const struct err *err)
{
	const struct err_reason *reason = err_reason(err->status);
	struct buf text = { 0 };

	if (cli->json)
		print_envelope(cli->out, err);
	buf_printf(&text, "runhost: %s\n", err->msg);
	if (err->hint[0] != '\0')
		buf_printf(&text, "hint: %s\n", err->hint);
	print_safe(cli->diag, text.p, text.len);
	buf_fini(&text);
	return cli_done(cli, reason->exit_code);
}

int
cli_usage(const struct cli *cli, const char *fmt, ...)
{
	struct err err;
	char msg[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	err_set(&err, RH_EINPUT, "%s", msg);
	err_hint(&err, "see \"runhost %s --help\"", cli->cmd->path);
	cli_fail(cli, &err);
	return EXIT_USAGE;
}

int
cli_done(const struct cli *cli, int code)
{
	if (fflush(cli->out) == 0 && !ferror(cli->out))
		return code;
	fprintf(cli->diag, "runhost: can't write the result: %s\n",
	    strerror(errno));
	return code != EXIT_OK ? code : EXIT_FAILED;
}

int
cli_unknown(const struct cli *cli, int argc, char **argv)
{
	const struct command *c;
	struct nearest near;
	struct buf words = { 0 };
	struct err err;
	int i;

	for (i = 0; i < argc && i < 2 && argv[i][0] != '-'; i++)
		buf_printf(&words, i == 0 ? "%s" : " %s", argv[i]);
	if (words.len == 0)
		buf_adds(&words, argv[0]);
	nearest_init(&near, words.p);
	for (c = command_table; c->path != NULL; c++)
		nearest_try(&near, c->path);
	if (near.best == NULL) {
		nearest_init(&near, argv[0]);
		for (c = command_table; c->path != NULL; c++)
			nearest_try(&near, c->path);
	}
	err_set(&err, RH_EINPUT, "there is no command \"%s\"", words.p);
	if (near.best != NULL)
		err_hint(&err, "did you mean \"runhost %s\"?", near.best);
	else
		err_hint(&err, "see \"runhost help\"");
	buf_fini(&words);
	return cli_fail(cli, &err);
}

static int
group_without_verb(const struct cli *cli)
{
	struct err err;

	if (cli->operand_count > 0) {
		err_set(&err, RH_EINPUT, "there is no command \"%s %s\"",
		    cli->cmd->path, cli->operands[0]);
		help_nearest(cli, &err);
		return cli_fail(cli, &err);
	}
	if (cli->json)
		return cli_usage(cli, "\"%s\" needs a command",
		    cli->cmd->path);
	help_command(cli->cmd, cli->diag);
	return EXIT_USAGE;
}

/* Known before the options are, for what may be wrong with them. */
static bool
wants_json(int argc, char **argv)
{
	int i;

	for (i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

static int
dispatch(struct cli *cli, int argc, char **argv)
{
	struct err err = { 0 };

	if (options_parse(cli, argc, argv, &err) != RH_OK) {
		cli_fail(cli, &err);
		return EXIT_USAGE;
	}
	if (cli_flag(cli, "help")) {
		help_command(cli->cmd, cli->out);
		return cli_done(cli, EXIT_OK);
	}
	if (cli->cmd->flags & CMD_GROUP)
		return group_without_verb(cli);
	return cli_done(cli, cli->cmd->run(cli));
}

static int
run(struct cli cli, int argc, char **argv)
{
	int used, code;

	if (argc < 2) {
		help_all(cli.diag);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		argv[1] = "help";
	if (strcmp(argv[1], "--version") == 0)
		argv[1] = "version";
	cli.json = wants_json(argc - 1, argv + 1);
	cli.cmd = command_find(argc - 1, argv + 1, &used);
	if (cli.cmd == NULL)
		return cli_unknown(&cli, argc - 1, argv + 1);
	code = dispatch(&cli, argc - 1 - used, argv + 1 + used);
	free(cli.opts);
	free(cli.operands);
	return code;
}

int
cli_run(int argc, char **argv, FILE *out, FILE *diag)
{
	return run((struct cli){ .out = out, .diag = diag }, argc, argv);
}

int
cli_main(int argc, char **argv, const struct shipped *shipped)
{
	/* A reader that leaves is seen by the write that fails. */
	signal(SIGPIPE, SIG_IGN);
	rand_init();
	return run((struct cli){ .out = stdout, .diag = stderr,
	    .shipped = shipped }, argc, argv);
}
