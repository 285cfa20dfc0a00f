/*
 * config show, check, reload; version.
 */
#include "base/buf.h"
#include "cli/cli.h"
#include "cli/config.h"
#include "cli/print.h"
#include "cli/reply.h"
#include "cli/settings.h"
#include "json/write.h"

#include <runhost/version.h>

#include <string.h>

static void
show_text(const struct cli *cli, const struct config *cfg)
{
	static const char *const two[] = { "KEY", "VALUE", NULL };
	static const char *const three[] = { "KEY", "VALUE", "ORIGIN", NULL };
	bool origin = cli_flag(cli, "origin");
	struct buf value = { 0 };
	struct table t;
	size_t i;

	table_init(&t, origin ? three : two);
	for (i = 0; i < setting_count(); i++) {
		buf_clear(&value);
		setting_text(cfg, (int)i, &value);
		table_cell(&t, settings[i].key);
		table_cell(&t, value.p);
		if (origin)
			table_cell(&t, cfg->origin[i]);
	}
	for (i = 0; i < cfg->plugin_count; i++) {
		buf_clear(&value);
		buf_printf(&value, "plugin.%s", cfg->plugin[i].id);
		table_cell(&t, value.p);
		table_cell(&t, cfg->plugin[i].json);
		if (origin)
			table_cell(&t, cfg->plugin[i].origin);
	}
	table_print(&t, print_width(cli->out), cli->out);
	table_fini(&t);
	buf_fini(&value);
}

static void
json_settings(const struct config *cfg, struct json_out *w)
{
	struct buf value = { 0 };
	size_t i;

	jw_name(w, "settings");
	jw_array(w);
	for (i = 0; i < setting_count(); i++) {
		buf_clear(&value);
		setting_json(cfg, (int)i, &value);
		jw_object(w);
		jw_m_text(w, "key", settings[i].key);
		jw_m_raw(w, "value", (struct str){ value.p, value.len });
		jw_m_text(w, "origin", cfg->origin[i]);
		jw_end_object(w);
	}
	jw_end_array(w);
	buf_fini(&value);
}

static void
show_json(const struct cli *cli, const struct config *cfg)
{
	struct buf text = { 0 };
	struct json_out w;
	size_t i;

	jw_init(&w, &text);
	jw_object(&w);
	jw_m_text(&w, "file", cfg->file);
	json_settings(cfg, &w);
	jw_name(&w, "plugins");
	jw_object(&w);
	for (i = 0; i < cfg->plugin_count; i++)
		jw_m_raw(&w, cfg->plugin[i].id, str_of(cfg->plugin[i].json));
	jw_end_object(&w);
	jw_end_object(&w);
	print_json(cli->out, text.p, text.len);
	buf_fini(&text);
}

int
cmd_config_show(struct cli *cli)
{
	struct config *cfg;
	struct err err = { 0 };
	int code = EXIT_OK;

	if (config_of_cli(cli, &cfg, &err) != RH_OK)
		code = cli_fail(cli, &err);
	else if (cli->json)
		show_json(cli, cfg);
	else
		show_text(cli, cfg);
	config_free(cfg);
	return code;
}

int
cmd_config_check(struct cli *cli)
{
	struct config_args a = { .file = cli_operand(cli, 0) };
	struct config *cfg;
	struct err err = { 0 };
	int code = EXIT_OK;

	if (config_load(&a, &cfg, &err) != RH_OK) {
		code = cli_fail(cli, &err);
		if (err.status != RH_ENOENT)
			code = EXIT_FAILED;
	} else if (cli->json) {
		print_json(cli->out, "{\"ok\":true}", 11);
	} else {
		fprintf(cli->out, "\"%s\" is fine\n", a.file);
	}
	config_free(cfg);
	return code;
}

static void
show_changes(const struct cli *cli, struct reply *r, const char *list,
    const char *what)
{
	int n = json_first(&r->doc, json_member(&r->doc, 0, list));

	for (; n >= 0; n = json_next(&r->doc, n)) {
		fprintf(cli->out, "%s %s", what, reply_word(r, n, "key"));
		if (json_member(&r->doc, n, "new") >= 0)
			fprintf(cli->out, ": %s -> %s",
			    reply_word(r, n, "old"), reply_word(r, n, "new"));
		fputc('\n', cli->out);
	}
}

static void
show_reload(const struct cli *cli, struct reply *r)
{
	show_changes(cli, r, "changed", "changed");
	show_changes(cli, r, "restart", "needs a restart:");
	if (json_first(&r->doc, json_member(&r->doc, 0, "changed")) < 0 &&
	    json_first(&r->doc, json_member(&r->doc, 0, "restart")) < 0)
		fprintf(cli->out, "nothing changed\n");
}

int
cmd_config_reload(struct cli *cli)
{
	return call_action(cli, "config_reload", "{}", show_reload);
}

int
cmd_version(struct cli *cli)
{
	if (cli->json)
		fprintf(cli->out, "{\"version\":\"%s\",\"sdk\":\"%d.%d\"}\n",
		    PACKAGE_VERSION, RH_SDK_MAJOR, RH_SDK_MINOR);
	else
		fprintf(cli->out, "runhost %s, SDK %d.%d\n", PACKAGE_VERSION,
		    RH_SDK_MAJOR, RH_SDK_MINOR);
	return EXIT_OK;
}
