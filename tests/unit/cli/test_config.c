#include "cli/config.h"

#include "base/buf.h"
#include "cli/config_file.h"
#include "cli/settings.h"
#include "lib/cli.h"
#include "lib/unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Writes a configuration file; the name is borrowed until the next. */
static const char *
file(const char *text)
{
	static char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof path, "%s/c.conf", unit_tmpdir());
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	chmod(path, 0600);
	return path;
}

static const char *
origin(const struct config *cfg, const char *key)
{
	return cfg->origin[setting_find(key)];
}

static void
test_defaults(void)
{
	struct config_args a = { .file = NULL };
	struct err err = { 0 };
	struct config *cfg;

	CHECK_OK(config_load(&a, &cfg, &err), &err);
	CHECK(cfg->data == NULL);
	CHECK(cfg->anchor == NULL);
	CHECK_INT(cfg->http.body_max, 1048576);
	CHECK_INT(cfg->run.timeout_s, 300);
	CHECK_INT(cfg->run.grace_ms, 1000);
	CHECK_INT(cfg->run.cancel_grace_ms, 5000);
	CHECK_INT(cfg->run.lease_s, 60);
	CHECK_INT(cfg->worker.slots, 32);
	CHECK_INT(cfg->plugins.n, 1);
	CHECK_STR(cfg->log_level, "info");
	CHECK(!cfg->http.insecure_listen);
	CHECK_STR(origin(cfg, "run.timeout_s"), "default");
	CHECK_STR(config_plugin(cfg, "mock"), "{}");
	config_free(cfg);
}

static void
test_layers(void)
{
	static const struct config_flag flags[] = {
		{ "worker.max", "7", "--set" },
		{ "data", "/d/", "--data" },
		{ NULL, NULL, NULL }
	};
	char *env[] = { "RUNHOST_WORKER_MAX=6", "RUNHOST_WORKER_MIN=3",
	    "RUNHOSTX=1", NULL };
	struct config_args a = { .env = env, .flags = flags };
	struct err err = { 0 };
	struct config *cfg;
	char want[PATH_MAX + 8];

	a.file = file("worker.max = 5\nworker.min=2\n# no\n\n"
	    "  run.lease_s =\t10  \r\n");
	CHECK_OK(config_load(&a, &cfg, &err), &err);
	CHECK_INT(cfg->worker.max, 7);
	CHECK_STR(origin(cfg, "worker.max"), "--set");
	CHECK_INT(cfg->worker.min, 3);
	CHECK_STR(origin(cfg, "worker.min"), "RUNHOST_WORKER_MIN");
	CHECK_INT(cfg->run.lease_s, 10);
	snprintf(want, sizeof want, "%s:5", a.file);
	CHECK_STR(origin(cfg, "run.lease_s"), want);
	CHECK_STR(cfg->anchor, "/d.anchor");
	config_free(cfg);
}

static void
test_lists(void)
{
	char *env[] = { "RUNHOST_PLUGINS=/c:/d", NULL };
	struct config_args a = { .file = NULL };
	struct err err = { 0 };
	struct config *cfg;

	a.file = file("plugins = /a\nplugins = /b\n");
	CHECK_OK(config_load(&a, &cfg, &err), &err);
	CHECK_INT(cfg->plugins.n, 2);
	CHECK_STR(cfg->plugins.v[0], "/a");
	CHECK_STR(cfg->plugins.v[1], "/b");
	config_free(cfg);
	/* A higher layer replaces the list, it doesn't add to it. */
	a.env = env;
	CHECK_OK(config_load(&a, &cfg, &err), &err);
	CHECK_INT(cfg->plugins.n, 2);
	CHECK_STR(cfg->plugins.v[0], "/c");
	CHECK_STR(cfg->plugins.v[1], "/d");
	config_free(cfg);
}

static void
test_data_file(void)
{
	struct config_flag flags[] = {
		{ "data", unit_tmpdir(), "--data" }, { NULL, NULL, NULL }
	};
	struct config_args a = { .flags = flags };
	struct err err = { 0 };
	struct config *cfg;
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/runhost.conf", unit_tmpdir());
	CHECK_INT(rename(file("run.timeout_s = 9\n"), path), 0);
	CHECK_OK(config_load(&a, &cfg, &err), &err);
	CHECK_INT(cfg->run.timeout_s, 9);
	CHECK_STR(cfg->file, path);
	config_free(cfg);
}

static void
test_plugins(void)
{
	struct config_args a = { .file = file(
	    "worker.max = 5\n[plugin.mock]\ndelay_ms = 10\nname = a b = c\n"
	    "list = [1, 2]\n# x\nempty =\n[plugin.org.example.x]\n") };
	struct err err = { 0 };
	struct config *cfg;

	CHECK_OK(config_load(&a, &cfg, &err), &err);
	CHECK_STR(config_plugin(cfg, "mock"), "{\"delay_ms\":10,"
	    "\"name\":\"a b = c\",\"list\":[1, 2],\"empty\":\"\"}");
	CHECK_STR(config_plugin(cfg, "org.example.x"), "{}");
	CHECK_INT(cfg->plugin_count, 2);
	config_free(cfg);
}

/* want: what follows the file's name. */
static void
refused(const char *text, const char *want)
{
	struct config_args a = { .file = file(text) };
	struct err err = { 0 };
	struct config *cfg;

	CHECK_INT(config_load(&a, &cfg, &err), RH_EINPUT);
	CHECK_BYTES(err.msg, a.file, strlen(a.file));
	/* The message may go on with the file's name again. */
	CHECK_BYTES(err.msg + strlen(a.file), want, strlen(want));
	config_free(cfg);
}

static void
test_refused(void)
{
	refused("\nhttp.bodymax = 1\n",
	    ":2: there is no setting \"http.bodymax\"");
	refused("worker.max = many\n", ":1: \"worker.max\" takes a whole "
	    "number from 1 to 256, not \"many\"");
	refused("run.grace_ms = 600001\n", ":1: \"run.grace_ms\" takes a "
	    "whole number from 0 to 600000 (ms), not \"600001\"");
	refused("run.lease_s = 1\nrun.lease_s = 1 s\n",
	    ":2: \"run.lease_s\" is set at ");
}

static void
test_refused_form(void)
{
	refused("worker.max 5\n", ":1: neither \"key = value\" nor "
	    "\"[section]\" nor \"# comment\"");
	refused("[plugin.mock\n", ":1: a section ends with \"]\"");
	refused("[mock]\n", ":1: a section is \"[plugin.ID]\", "
	    "not \"[mock]\"");
	refused("[plugin.]\n", ":1: a section is \"[plugin.ID]\", "
	    "not \"[plugin.]\"");
	refused("[plugin.Mock]\n", ":1: a section is \"[plugin.ID]\", "
	    "not \"[plugin.Mock]\"");
	refused("[plugin.a]\nx = 1\nx = 2\n",
	    ":3: \"x\" is set twice for plugin \"a\"");
	refused("[plugin.a]\n= 2\n",
	    ":2: a name is missing before \"=\"");
	refused("log.level = loud\n", ":1: \"log.level\" takes one of "
	    "debug|info|warn|error, not \"loud\"");
	refused("log.level = \n", ":1: \"log.level\" takes one of "
	    "debug|info|warn|error, not \"\"");
	refused("http.insecure_listen = yes\n", ":1: "
	    "\"http.insecure_listen\" takes true or false, not \"yes\"");
	refused("x\xff = 1\n", ":1: the line is not UTF-8 text");
	refused("worker.min = 9\nworker.max = 8\n", ":1: \"worker.min\" is 9, "
	    "above \"worker.max\", which is 8 (");
	refused("listen = localhost\n", ":1: \"listen\" takes ADDR:PORT or "
	    "none, not \"localhost\"");
	refused("listen = localhost:70000\n", ":1: \"listen\" takes "
	    "ADDR:PORT or none, not \"localhost:70000\"");
}

static void
test_sources(void)
{
	static const struct config_flag flags[] = {
		{ "worker.mux", "7", "--set" }, { NULL, NULL, NULL }
	};
	char *env[] = { "RUNHOST_RUN_LEASE_S=0", NULL };
	struct config_args by_env = { .env = env };
	struct config_args by_flag = { .flags = flags };
	struct config_args tls = { .file = file("http.tls_cert = /c\n") };
	struct err err = { 0 };
	struct config *cfg;

	CHECK_INT(config_load(&by_env, &cfg, &err), RH_EINPUT);
	CHECK_STR(err.msg, "RUNHOST_RUN_LEASE_S: \"run.lease_s\" takes a "
	    "whole number from 1 to 3600 (s), not \"0\"");
	config_free(cfg);
	CHECK_INT(config_load(&by_flag, &cfg, &err), RH_EINPUT);
	CHECK_STR(err.msg, "--set: there is no setting \"worker.mux\"");
	CHECK_STR(err.hint, "did you mean \"worker.max\"?");
	config_free(cfg);
	CHECK_INT(config_load(&tls, &cfg, &err), RH_EINPUT);
	CHECK_HAS(err.msg, "are given together or not at all");
	config_free(cfg);
}

static void
test_file(void)
{
	struct config_args a = { .file = file("") };
	struct err err = { 0 };
	struct config *cfg;

	chmod(a.file, 0602);
	CHECK_INT(config_load(&a, &cfg, &err), RH_EPERM);
	CHECK_HAS(err.msg, "can be changed by everybody (mode 602)");
	CHECK_HAS(err.hint, "chmod o-w ");
	config_free(cfg);
	unlink(a.file);
	CHECK_INT(config_load(&a, &cfg, &err), RH_ENOENT);
	config_free(cfg);
	a.file = unit_tmpdir();
	CHECK_INT(config_load(&a, &cfg, &err), RH_EINPUT);
	CHECK_HAS(err.msg, "is not a regular file");
	config_free(cfg);
}

/* Each default is within its own range, each row complete. */
static void
test_table(void)
{
	const struct setting *s;
	char env[96];

	for (s = settings; s->key != NULL; s++) {
		CHECK(s->type != SET_UNSET);
		CHECK(s->help != NULL && s->unit != NULL);
		CHECK(s->type != SET_INT || s->min < s->max);
		CHECK(s->type != SET_INT || s->preset != NULL);
		CHECK_INT(setting_find(s->key), s - settings);
		setting_env(s, env, sizeof env);
		CHECK_BYTES(env, "RUNHOST_", 8);
		CHECK(strpbrk(env, ".abcdefghijklmnopqrstuvwxyz") == NULL);
	}
}

static void
test_show(void)
{
	const char *path = file("run.lease_s = 7\n[plugin.mock]\nx = 1\n");
	const char *text[] = { "config", "show", "--config", path, "--origin",
	    "--listen", "127.0.0.1:0", "--set", "worker.max=3", NULL };
	const char *json[] = { "config", "show", "--config", path, "--json",
	    NULL };
	struct cli_result r = cli_do(text);

	CHECK_INT(r.code, 0);
	CHECK_HAS(r.out, "/c.conf:1\n");
	CHECK_HAS(r.out, " --listen\n");
	CHECK_HAS(r.out, " --set\n");
	CHECK_HAS(r.out, "{\"x\":1}");
	CHECK_STR(r.diag, "");
	cli_result_free(&r);
	r = cli_do(json);
	CHECK_INT(r.code, 0);
	CHECK_HAS(r.out, "{\"key\":\"run.lease_s\",\"value\":7,\"origin\":\"");
	CHECK_HAS(r.out, "{\"key\":\"data\",\"value\":null,"
	    "\"origin\":\"default\"}");
	CHECK_HAS(r.out, "\"plugins\":{\"mock\":{\"x\":1}}}");
	cli_result_free(&r);
}

static void
test_check(void)
{
	const char *path = file("run.lease_s = 7\n");
	const char *words[] = { "config", "check", path, NULL };
	struct cli_result r = cli_do(words);

	CHECK_INT(r.code, 0);
	CHECK_HAS(r.out, "is fine");
	cli_result_free(&r);
	file("\nrun.leas_s = 7\n");
	r = cli_do(words);
	CHECK_INT(r.code, 1);
	CHECK_HAS(r.diag, "c.conf:2: there is no setting \"run.leas_s\"\n"
	    "hint: did you mean \"run.lease_s\"?\n");
	cli_result_free(&r);
}

const struct unit_test cli_config_tests[] = {
	{ "every setting has a default that needs no file", test_defaults },
	{ "file, environment and flag win in this order, and origin tells", test_layers },
	{ "a list of a higher layer replaces that of a lower one", test_lists },
	{ "the file in the data directory is found", test_data_file },
	{ "a plugin's section becomes a JSON object", test_plugins },
	{ "an unknown key and a bad value are refused with their line", test_refused },
	{ "what isn't the file's form is refused with its line", test_refused_form },
	{ "a bad variable or flag is named as what it is", test_sources },
	{ "a file that others can write, or that is none, is refused", test_file },
	{ "the table of settings is complete", test_table },
	{ "config show prints values, and origins when asked", test_show },
	{ "config check exits with 1 and the place", test_check },
	{ NULL, NULL }
};
