/*
 * Reading the command line by the tables of commands and settings.
 */
#include "cli/options.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/settings.h"

#include <stdlib.h>
#include <string.h>

static const struct opt common_opts[] = {
	{ .name = "json", .help = "print the reply as JSON" },
	{ .name = "help", .help = "print this help" },
	{ .name = NULL }
};

static const struct opt host_opts[] = {
	{ .name = "data", .arg = "DIR",
	  .help = "the host's data directory; talks through its Unix socket" },
	{ .name = "url", .arg = "URL", .help = "the host's address instead" },
	{ .name = "token-file", .arg = "FILE",
	  .help = "file with the token; readable by its owner only" },
	{ .name = "ca-file", .arg = "FILE",
	  .help = "certificates to trust with an https URL" },
	{ .name = "request-timeout", .arg = "SECONDS", .min = 1, .max = 3600,
	  .help = "how long one request may take (30)" },
	{ .name = NULL }
};

static const struct opt settings_opts[] = {
	{ .name = "config", .arg = "FILE",
	  .help = "configuration file (default: DATA/runhost.conf)" },
	{ .name = "set", .arg = "KEY=VALUE", .flags = OPT_MANY,
	  .help = "any setting by its key" },
	{ .name = NULL }
};

static size_t
opts_len(const struct opt *o)
{
	size_t n = 0;

	while (o != NULL && o[n].name != NULL)
		n++;
	return n;
}

/* The k-th setting that has a flag of its own. */
static bool
setting_opt(size_t k, struct opt *out)
{
	const struct setting *s;

	for (s = settings; s->key != NULL; s++) {
		if (s->flag == NULL || k-- > 0)
			continue;
		memset(out, 0, sizeof *out);
		out->name = s->flag;
		out->arg = setting_arg(s);
		out->help = s->help;
		out->flags = setting_is_list(s) ? OPT_MANY : 0;
		return true;
	}
	return false;
}

bool
options_at(const struct command *cmd, size_t k, struct opt *out)
{
	const struct opt *lists[4];
	size_t i, n, count = 0;

	lists[count++] = cmd->opts;
	if (cmd->flags & CMD_SETTINGS)
		lists[count++] = settings_opts;
	if (cmd->flags & CMD_HOST)
		lists[count++] = host_opts;
	lists[count++] = common_opts;
	for (i = 0; i < count; i++, k -= n) {
		n = opts_len(lists[i]);
		if (k < n) {
			*out = lists[i][k];
			return true;
		}
	}
	return (cmd->flags & CMD_SETTINGS) && setting_opt(k, out);
}

bool
options_find(const struct command *cmd, const char *name, struct opt *out)
{
	size_t k;

	for (k = 0; options_at(cmd, k, out); k++)
		if (strcmp(out->name, name) == 0)
			return true;
	return false;
}

/* arg: as it was given, with its dashes and perhaps a value. */
static rh_status
unknown(const struct cli *cli, const char *arg, struct err *err)
{
	struct nearest near;
	struct opt o;
	char name[64];
	size_t k;

	snprintf(name, sizeof name, "%.*s", (int)strcspn(arg, "="), arg);
	nearest_init(&near, name + strspn(name, "-"));
	for (k = 0; options_at(cli->cmd, k, &o); k++)
		nearest_try(&near, o.name);
	err_set(err, RH_EINPUT, "\"%s\" has no option \"%s\"",
	    cli->cmd->path, name);
	if (near.best != NULL)
		return err_hint(err, "did you mean \"--%s\"?", near.best);
	return err_hint(err, "see \"runhost %s --help\"", cli->cmd->path);
}

static rh_status
take(struct cli *cli, const struct opt *o, const char *value, struct err *err)
{
	int64_t number;
	size_t i;

	if (o->arg != NULL && o->max != 0 &&
	    !str_i64(str_of(value), o->min, o->max, &number))
		return err_set(err, RH_EINPUT, "\"--%s\" takes a whole number "
		    "from %lld to %lld, not \"%s\"", o->name,
		    (long long)o->min, (long long)o->max, value);
	for (i = 0; !(o->flags & OPT_MANY) && i < cli->opt_count; i++)
		if (strcmp(cli->opts[i].name, o->name) == 0)
			return err_set(err, RH_EINPUT,
			    "\"--%s\" is given twice", o->name);
	cli->opts[cli->opt_count].name = o->name;
	cli->opts[cli->opt_count++].value = value;
	return RH_OK;
}

/* "--name", "--name=value" or "--name value"; next may be NULL. */
static rh_status
long_option(struct cli *cli, const char *arg, const char *next, int *used,
    struct err *err)
{
	const char *eq = strchr(arg, '=');
	char name[64];
	struct opt o;

	snprintf(name, sizeof name, "%.*s",
	    eq != NULL ? (int)(eq - arg) : (int)strlen(arg), arg);
	if (!options_find(cli->cmd, name, &o))
		return unknown(cli, arg - 2, err);
	if (o.arg == NULL && eq != NULL)
		return err_set(err, RH_EINPUT, "\"--%s\" takes no value", name);
	if (o.arg == NULL)
		return take(cli, &o, "", err);
	if (eq != NULL)
		return take(cli, &o, eq + 1, err);
	if (next == NULL)
		return err_set(err, RH_EINPUT, "\"--%s\" needs a value: %s",
		    name, o.arg);
	*used = 2;
	return take(cli, &o, next, err);
}

static rh_status
check_operands(const struct cli *cli, struct err *err)
{
	const struct operand *a = cli->cmd->operands;
	size_t n = 0;

	if (cli->cmd->flags & CMD_GROUP)
		return RH_OK;
	for (; a != NULL && a->name != NULL; a++) {
		if (n >= cli->operand_count && !(a->flags & ARG_OPTIONAL)) {
			err_set(err, RH_EINPUT, "\"%s\" needs %s: %s",
			    cli->cmd->path, a->name, a->help);
			return err_hint(err, "see \"runhost %s --help\"",
			    cli->cmd->path);
		}
		if (a->flags & ARG_REST)
			return RH_OK;
		n++;
	}
	if (cli->operand_count <= n)
		return RH_OK;
	err_set(err, RH_EINPUT, "\"%s\" has no use for \"%s\"",
	    cli->cmd->path, cli->operands[n]);
	return err_hint(err, "see \"runhost %s --help\"", cli->cmd->path);
}

rh_status
options_parse(struct cli *cli, int argc, char **argv, struct err *err)
{
	bool ended = false;
	rh_status rc;
	int i, used;

	cli->opts = mem_calloc((size_t)argc + 1, sizeof *cli->opts);
	cli->operands = mem_calloc((size_t)argc + 1, sizeof *cli->operands);
	for (i = 0; i < argc; i += used) {
		used = 1;
		if (!ended && strcmp(argv[i], "--") == 0) {
			ended = true;
			continue;
		}
		if (ended || argv[i][0] != '-' || argv[i][1] == '\0') {
			cli->operands[cli->operand_count++] = argv[i];
			continue;
		}
		if (strcmp(argv[i], "-h") == 0)
			argv[i] = "--help";
		if (argv[i][1] != '-')
			return unknown(cli, argv[i], err);
		rc = long_option(cli, argv[i] + 2,
		    i + 1 < argc ? argv[i + 1] : NULL, &used, err);
		if (rc != RH_OK)
			return rc;
	}
	cli->json = cli->json || cli_flag(cli, "json");
	if (cli_flag(cli, "help"))
		return RH_OK;
	return check_operands(cli, err);
}

/* How many words of argv are exactly the command's; 0: not this command. */
static int
words_match(const char *path, int argc, char **argv)
{
	size_t n;
	int i;

	for (i = 0; i < argc; i++) {
		n = strlen(argv[i]);
		if (n == 0 || strchr(argv[i], ' ') != NULL ||
		    strncmp(path, argv[i], n) != 0)
			return 0;
		if (path[n] == '\0')
			return i + 1;
		if (path[n] != ' ')
			return 0;
		path += n + 1;
	}
	return 0;
}

const struct command *
command_find(int argc, char **argv, int *used)
{
	const struct command *c, *best = NULL;
	int n;

	*used = 0;
	for (c = command_table; c->path != NULL; c++) {
		n = words_match(c->path, argc, argv);
		if (n <= *used)
			continue;
		*used = n;
		best = c;
	}
	return best;
}
