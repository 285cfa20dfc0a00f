/*
 * Any bytes as a configuration file, and as a variable of the environment.
 * A file is taken, or refused with its path in the message; what is taken
 * is taken again, and has an object for each plugin.
 */
#include "base/buf.h"
#include "cli/config.h"
#include "json/read.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
check_plugins(const struct config *cfg)
{
	struct json_doc doc;
	struct arena a;
	size_t i;

	arena_init(&a);
	for (i = 0; i < cfg->plugin_count; i++) {
		must(json_parse(&a, cfg->plugin[i].json,
		    strlen(cfg->plugin[i].json), NULL, &doc, NULL) == RH_OK);
		must(json_type(&doc, 0) == JSON_OBJECT);
	}
	arena_fini(&a);
}

static bool
load(const char *path, char **env)
{
	struct config_args args = { .file = path, .env = env };
	struct config *cfg = NULL;
	struct err err = { 0 };
	bool ok;

	ok = config_load(&args, &cfg, &err) == RH_OK;
	if (ok)
		check_plugins(cfg);
	else
		must(err.msg[0] != '\0');
	config_free(cfg);
	return ok;
}

/* Between NUL bytes: the file, then variables. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *nul = len > 0 ? memchr(data, '\0', len) : NULL;
	size_t file_len = nul != NULL ? (size_t)(nul - data) : len;
	char path[40], variable[4096], *env[2] = { NULL, NULL };
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	bool taken;

	must(fd >= 0 && fchmod(fd, 0600) == 0);
	must(write(fd, data, file_len) == (ssize_t)file_len);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (nul != NULL) {
		snprintf(variable, sizeof variable, "RUNHOST_%.*s",
		    (int)(len - file_len - 1), (const char *)nul + 1);
		env[0] = variable;
	}
	taken = load(path, env);
	must(load(path, env) == taken);
	close(fd);
	return 0;
}
