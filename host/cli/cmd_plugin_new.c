/*
 * plugin new: the files of a plugin that builds.
 */
#include "cli/cli.h"
#include "cli/print.h"
#include "json/write.h"
#include "kit/template.h"

#include <stdio.h>

static void
list_files(const struct template *t, struct json_out *w)
{
	struct buf name = { 0 }, text = { 0 };
	size_t part = 0;

	jw_name(w, "files");
	jw_array(w);
	while (template_file(t, &part, &name, &text))
		jw_str(w, (struct str){ name.p, name.len });
	jw_end_array(w);
	buf_fini(&name);
	buf_fini(&text);
}

static void
show_json(const struct cli *cli, const struct template *t)
{
	struct buf b = { 0 };
	struct json_out w;

	jw_init(&w, &b);
	jw_object(&w);
	jw_m_text(&w, "directory", t->name);
	jw_m_text(&w, "id", t->id);
	list_files(t, &w);
	jw_end_object(&w);
	print_json(cli->out, b.p, b.len);
	buf_fini(&b);
}

int
cmd_plugin_new(struct cli *cli)
{
	char id[TEMPLATE_NAME_MAX + sizeof TEMPLATE_ID_BEFORE];
	struct template t = {
		.name = cli_operand(cli, 0), .id = cli_opt(cli, "id"),
		.kinds = (cli_flag(cli, "runner") ? TEMPLATE_RUNNER : 0) |
		    (cli_flag(cli, "action") ? TEMPLATE_ACTION : 0),
	};
	struct err err;

	if (t.kinds == 0)
		t.kinds = TEMPLATE_RUNNER | TEMPLATE_ACTION;
	if (t.id == NULL) {
		snprintf(id, sizeof id, "%s%.*s", TEMPLATE_ID_BEFORE,
		    TEMPLATE_NAME_MAX, t.name);
		t.id = id;
	}
	if (template_write(&t, &err) != RH_OK)
		return cli_fail(cli, &err);
	if (cli->json)
		show_json(cli, &t);
	else
		fprintf(cli->out, "%s is in %s/; go on there with\n"
		    "  make\n  make check\nThe rest is in %s/README.md.\n",
		    t.id, t.name, t.name);
	return EXIT_OK;
}
