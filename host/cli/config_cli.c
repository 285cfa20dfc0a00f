/*
 * The configuration as a command's options, the environment and the file
 * give it.
 */
#include "cli/config.h"

#include "cli/cli.h"
#include "cli/settings.h"

#include <string.h>
#include <unistd.h>

/* --set KEY=VALUE */
static rh_status
set_flag(struct arena *scratch, struct config_flag *f, const char *text,
    struct err *err)
{
	const char *eq = strchr(text, '=');

	if (eq == NULL)
		return err_set(err, RH_EINPUT,
		    "--set takes KEY=VALUE, not \"%s\"", text);
	f->key = arena_strndup(scratch, text, (size_t)(eq - text));
	f->value = eq + 1;
	f->origin = "--set";
	return RH_OK;
}

static const struct setting *
setting_of_flag(const char *flag)
{
	const struct setting *s;

	for (s = settings; s->key != NULL; s++)
		if (s->flag != NULL && strcmp(s->flag, flag) == 0)
			return s;
	return NULL;
}

static rh_status
collect_flags(const struct cli *cli, struct arena *scratch,
    struct config_flag *flags, struct err *err)
{
	const struct setting *s;
	size_t i, n = 0;
	rh_status rc;

	for (i = 0; i < cli->opt_count; i++) {
		if (strcmp(cli->opts[i].name, "set") == 0) {
			rc = set_flag(scratch, &flags[n++],
			    cli->opts[i].value, err);
			if (rc != RH_OK)
				return rc;
			continue;
		}
		if ((s = setting_of_flag(cli->opts[i].name)) == NULL)
			continue;
		flags[n].key = s->key;
		flags[n].value = s->type == SET_BOOL ? "true" :
		    cli->opts[i].value;
		flags[n++].origin = arena_printf(scratch, "--%s",
		    s->flag);
	}
	return RH_OK;
}

rh_status
config_of_cli(const struct cli *cli, struct config **out, struct err *err)
{
	struct config_args a = { .env = environ };
	struct arena scratch = { 0 };
	struct config_flag *flags;
	rh_status rc;

	*out = NULL;
	flags = arena_zalloc(&scratch, (cli->opt_count + 1) * sizeof *flags);
	a.flags = flags;
	a.file = cli_opt(cli, "config");
	if ((rc = collect_flags(cli, &scratch, flags, err)) == RH_OK)
		rc = config_load(&a, out, err);
	arena_fini(&scratch);
	return rc;
}

rh_status
config_of_data(const char *data, const char *anchor, struct config **out,
    struct err *err)
{
	struct config_flag flags[3] = { { .key = NULL } };
	struct config_args a = { .env = environ, .flags = flags };
	rh_status rc;
	size_t n = 0;

	*out = NULL;
	if (data != NULL)
		flags[n++] = (struct config_flag){ "data", data, "--data" };
	if (anchor != NULL)
		flags[n++] = (struct config_flag){ "anchor", anchor,
		    "--anchor" };
	if ((rc = config_load(&a, out, err)) != RH_OK)
		return rc;
	return config_need_data(*out, err);
}

rh_status
config_need_data(const struct config *cfg, struct err *err)
{
	if (cfg->data != NULL)
		return RH_OK;
	err_set(err, RH_EINPUT, "no data directory is named");
	return err_hint(err, "give --data DIR or set RUNHOST_DATA");
}
