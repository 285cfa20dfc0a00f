/*
 * plugin check: the rules of the SDK, tried on one file, without a host.
 */
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "json/write.h"
#include "kit/check.h"
#include "worker/spawner.h"
#include "worker/strays.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMEOUT_S	10
#define MEMORY		(INT64_C(512) * 1024 * 1024)	/* as a host gives */

static int
list_as_json(const struct cli *cli)
{
	const struct check_row *r;
	struct buf b = { 0 };
	struct json_out j;

	jw_init(&j, &b);
	jw_object(&j);
	jw_name(&j, "checks");
	jw_array(&j);
	for (r = check_table; r->name != NULL; r++) {
		jw_object(&j);
		jw_m_text(&j, "name", r->name);
		jw_m_text(&j, "about", r->about);
		jw_end_object(&j);
	}
	jw_end_array(&j);
	jw_end_object(&j);
	fprintf(cli->out, "%s\n", b.p);
	buf_fini(&b);
	return EXIT_OK;
}

static int
list_checks(const struct cli *cli)
{
	static const char *const heads[] = { "CHECK", "RULE", NULL };
	const struct check_row *r;
	struct table t;

	if (cli->json)
		return list_as_json(cli);
	table_init(&t, heads);
	for (r = check_table; r->name != NULL; r++) {
		table_cell(&t, r->name);
		table_cell(&t, r->about);
	}
	table_print(&t, print_width(cli->out), cli->out);
	table_fini(&t);
	return EXIT_OK;
}

static void
show_result(void *arg, const struct check_result *r)
{
	const struct cli *cli = arg;
	struct buf line = { 0 };
	size_t i;

	buf_printf(&line, "%-4s  %-12s %6lld ms", check_state_names[r->state],
	    r->row->name, (long long)(r->us / 1000));
	if (r->runs > 0)
		buf_printf(&line, "  %u runs", r->runs);
	buf_addc(&line, '\n');
	for (i = 0; i < CHECK_FINDINGS_MAX && r->findings[i] != NULL; i++) {
		buf_adds(&line, "      ");
		print_line(&line, r->findings[i], strlen(r->findings[i]));
		buf_addc(&line, '\n');
	}
	if (r->finding_count > CHECK_FINDINGS_MAX)
		buf_printf(&line, "      and %u more\n", r->finding_count -
		    CHECK_FINDINGS_MAX);
	fwrite(line.p, 1, line.len, cli->out);
	fflush(cli->out);
	buf_fini(&line);
}

static void
show_sum(const struct cli *cli, const struct check_report *r)
{
	fprintf(cli->out, "%s %s: %u passed, %u failed, %u warned, "
	    "%u skipped\n", r->id != NULL ? r->id : r->path,
	    r->version != NULL ? r->version : "", r->states[CHECK_PASS],
	    r->states[CHECK_FAIL], r->states[CHECK_WARN],
	    r->states[CHECK_SKIP]);
}

static rh_status
write_junit(const char *path, const struct check_report *r, struct err *err)
{
	struct buf text = { 0 };
	FILE *f = fopen(path, "we");
	bool ok;

	check_junit(r, &text);
	ok = f != NULL && fwrite(text.p, 1, text.len, f) == text.len;
	if (f != NULL && fclose(f) != 0)
		ok = false;
	buf_fini(&text);
	return ok ? RH_OK : err_errno(err, RH_EIO, "writing \"%s\"", path);
}

/* The names of --only, ended by NULL; NULL: none was given. */
static rh_status
take_only(const struct cli *cli, const char **only, const char ***out,
    struct err *err)
{
	const char *name;
	size_t n;

	for (n = 0; (name = cli_opt_at(cli, "only", n)) != NULL; n++) {
		if (check_find(name) == NULL) {
			err_set(err, RH_EINPUT, "there is no check \"%s\"",
			    name);
			return err_hint(err, "list them with: runhost plugin "
			    "check --list");
		}
		only[n] = name;
	}
	*out = n > 0 ? only : NULL;
	return RH_OK;
}

static int
show_all(const struct cli *cli, const struct check_report *r)
{
	const char *junit = cli_opt(cli, "junit");
	struct buf json = { 0 };
	struct err err;

	if (cli->json) {
		check_json(r, &json);
		print_json(cli->out, json.p, json.len);
		buf_fini(&json);
	} else
		show_sum(cli, r);
	if (junit != NULL && write_junit(junit, r, &err) != RH_OK)
		return cli_fail(cli, &err);
	return r->states[CHECK_FAIL] == 0 ? EXIT_OK : EXIT_FAILED;
}

static int
check(struct cli *cli, const char *path, const char *const *only)
{
	struct check_config cf = {
		.path = path, .only = only, .memory_bytes = MEMORY,
		.timeout_ms = cli_int(cli, "timeout", TIMEOUT_S) * 1000,
		.done = cli->json ? NULL : show_result, .arg = cli,
	};
	struct check_report report;
	struct err err;
	int code;

	if ((cf.spawner = spawner_start(&err)) == NULL)
		return cli_fail(cli, &err);
	check_plugin(&cf, &report);
	spawner_stop(cf.spawner);
	strays_end();
	code = show_all(cli, &report);
	check_report_free(&report);
	return code;
}

int
cmd_plugin_check(struct cli *cli)
{
	const char *path = cli_operand(cli, 0);
	const char **only, **names = NULL;
	struct err err;
	int code;

	if (cli_flag(cli, "list"))
		return list_checks(cli);
	if (path == NULL)
		return cli_usage(cli, "no FILE is named");
	if (access(path, F_OK) != 0) {
		err_errno(&err, errno == ENOENT ? RH_ENOENT : RH_EIO, "%s",
		    path);
		return cli_fail(cli, &err);
	}
	only = mem_calloc(cli->opt_count + 1, sizeof *only);
	if (take_only(cli, only, &names, &err) != RH_OK)
		code = cli_fail(cli, &err);
	else
		code = check(cli, path, names);
	free(only);
	return code;
}
