/*
 * doctor: what is right and wrong with this machine, this data directory
 * and the host that may run on it.
 */
#include "base/buf.h"
#include "cli/cli.h"
#include "cli/doctor.h"
#include "cli/print.h"
#include "json/write.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct check doctor_table[] = {
	{ "configuration",	doctor_config },
	{ "data directory",	doctor_data },
	{ "data files",		doctor_secrets },
	{ "filesystem",		doctor_filesystem },
	{ "free space",		doctor_space },
	{ "anchor",		doctor_anchor },
	{ "kernel",		doctor_kernel },
	{ "sandbox",		doctor_sandbox },
	{ "layers",		doctor_layers },
	{ "open files",		doctor_files },
	{ "libraries",		doctor_libraries },
	{ "host",		doctor_host },
	{ "ready",		doctor_ready },
	{ "clock",		doctor_clock },
	{ NULL, NULL }
};

static const char *const state_names[] = { "", "ok", "warn", "fail" };

void
finding_set(struct finding *f, enum finding_state state, const char *fmt, ...)
{
	va_list ap;

	f->state = state;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof f->text, fmt, ap);
	va_end(ap);
}

void
finding_todo(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->todo, sizeof f->todo, fmt, ap);
	va_end(ap);
}

static void
show(const struct cli *cli, const struct check *c, const struct finding *f)
{
	struct buf line = { 0 };

	buf_printf(&line, "%-4s  %-15s ", state_names[f->state], c->name);
	print_line(&line, f->text, strlen(f->text));
	if (f->todo[0] != '\0') {
		buf_adds(&line, " -> ");
		print_line(&line, f->todo, strlen(f->todo));
	}
	fprintf(cli->out, "%s\n", line.p);
	buf_fini(&line);
}

static void
add_json(struct json_out *w, const struct check *c, const struct finding *f)
{
	jw_object(w);
	jw_m_text(w, "name", c->name);
	jw_m_text(w, "state", state_names[f->state]);
	jw_m_text(w, "text", f->text);
	jw_m_text(w, "todo", f->todo[0] != '\0' ? f->todo : NULL);
	jw_end_object(w);
}

/* Whether nothing failed. */
static bool
examine(const struct patient *p, struct json_out *w)
{
	const struct check *c;
	struct finding f;
	bool good = true;

	for (c = doctor_table; c->name != NULL; c++) {
		memset(&f, 0, sizeof f);
		c->look(p, &f);
		if (f.state == FINDING_UNSET)
			continue;
		if (f.state == FINDING_FAIL)
			good = false;
		if (p->cli->json)
			add_json(w, c, &f);
		else
			show(p->cli, c, &f);
	}
	return good;
}

int
cmd_doctor(struct cli *cli)
{
	struct patient p = { .cli = cli };
	struct buf text = { 0 };
	struct err err = { 0 };
	struct json_out w;
	struct config *cfg;
	bool good;

	/* Without a data directory the rest of the machine is looked at. */
	if (config_of_data(cli_opt(cli, "data"), NULL, &cfg, &err) == RH_OK ||
	    (cfg != NULL && cfg->data == NULL && err.status == RH_EINPUT))
		p.cfg = cfg;
	p.config_err = &err;
	p.data = cfg != NULL ? cfg->data : NULL;
	jw_init(&w, &text);
	jw_object(&w);
	jw_name(&w, "checks");
	jw_array(&w);
	good = examine(&p, &w);
	jw_end_array(&w);
	jw_m_bool(&w, "ok", good);
	jw_end_object(&w);
	if (cli->json)
		print_json(cli->out, text.p, text.len);
	buf_fini(&text);
	config_free(cfg);
	return good ? EXIT_OK : EXIT_FAILED;
}
