/*
 * Puts the layers of the configuration over each other and judges the whole.
 */
#include "cli/config.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/config_layer.h"
#include "cli/settings.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A path that stays right when the process changes its directory. */
static const char *
absolute(struct config *cfg, const char *path)
{
	char cwd[PATH_MAX];

	if (path[0] == '/' || getcwd(cwd, sizeof cwd) == NULL)
		return path;
	return arena_printf(&cfg->arena, "%s/%s",
	    strcmp(cwd, "/") == 0 ? "" : cwd, path);
}

rh_status
config_put(struct config *cfg, int i, const char *value,
    enum config_layer layer, const char *origin, struct err *err)
{
	const struct setting *s = &settings[i];
	struct config_list *list = (void *)((char *)cfg + s->at);
	rh_status rc;

	if (setting_is_list(s) && cfg->layer[i] != layer)
		list->n = 0;
	if ((s->type == SET_PATH || s->type == SET_LIST) && *value != '\0')
		value = absolute(cfg, value);
	if ((rc = setting_store(cfg, i, value, err)) != RH_OK)
		return err_wrap(err, "%s", origin);
	cfg->layer[i] = layer;
	cfg->origin[i] = arena_strdup(&cfg->arena, origin);
	return RH_OK;
}

rh_status
config_unknown(const char *key, const char *origin, struct err *err)
{
	const char *near = setting_nearest(key);

	err_set(err, RH_EINPUT, "%s: there is no setting \"%s\"", origin, key);
	if (near != NULL)
		err_hint(err, "did you mean \"%s\"?", near);
	return err->status;
}

static rh_status
lay_defaults(struct config *cfg, struct err *err)
{
	rh_status rc;
	int i;

	for (i = 0; settings[i].key != NULL; i++) {
		cfg->origin[i] = "default";
		if (settings[i].preset == NULL)
			continue;
		rc = config_put(cfg, i, settings[i].preset, LAYER_DEFAULT,
		    "default", err);
		if (rc != RH_OK)
			return rc;
	}
	return RH_OK;
}

/* Value of a variable in a table like environ. */
static const char *
env_get(char **env, const char *name)
{
	size_t n = strlen(name);

	for (; env != NULL && *env != NULL; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}

static rh_status
put_env(struct config *cfg, int i, const char *name, const char *value,
    struct err *err)
{
	char *copy, *next, *one;
	rh_status rc = RH_OK;

	if (!setting_is_list(&settings[i]))
		return config_put(cfg, i, value, LAYER_ENV, name, err);
	next = copy = mem_strdup(value);
	while (rc == RH_OK && (one = strsep(&next, ":")) != NULL)
		rc = config_put(cfg, i, one, LAYER_ENV, name, err);
	free(copy);
	return rc;
}

static rh_status
lay_env(struct config *cfg, char **env, struct err *err)
{
	const char *value;
	char name[96];
	rh_status rc;
	int i;

	for (i = 0; settings[i].key != NULL; i++) {
		setting_env(&settings[i], name, sizeof name);
		if ((value = env_get(env, name)) == NULL)
			continue;
		if ((rc = put_env(cfg, i, name, value, err)) != RH_OK)
			return rc;
	}
	return RH_OK;
}

static rh_status
lay_flags(struct config *cfg, const struct config_flag *f, struct err *err)
{
	rh_status rc;
	int i;

	for (; f != NULL && f->key != NULL; f++) {
		if ((i = setting_find(f->key)) < 0)
			return config_unknown(f->key, f->origin, err);
		rc = config_put(cfg, i, f->value, LAYER_FLAG, f->origin, err);
		if (rc != RH_OK)
			return rc;
	}
	return RH_OK;
}

/*
 * Where the file is: named, or in the data directory that flags or the
 * environment name.  NULL: there is none.
 */
static const char *
find_file(struct config *cfg, const struct config_args *a)
{
	const struct config_flag *f;
	const char *data = env_get(a->env, "RUNHOST_DATA");
	const char *path;

	if (a->file != NULL)
		return a->file;
	if ((path = env_get(a->env, "RUNHOST_CONFIG")) != NULL)
		return path;
	for (f = a->flags; f != NULL && f->key != NULL; f++)
		if (strcmp(f->key, "data") == 0)
			data = f->value;
	if (data == NULL || *data == '\0')
		return NULL;
	path = arena_printf(&cfg->arena, "%s/" CONFIG_NAME, data);
	return access(path, F_OK) == 0 ? path : NULL;
}

static rh_status
check_listen(const struct config *cfg, struct err *err)
{
	const char *colon = strrchr(cfg->listen, ':');
	int64_t port;

	if (strcmp(cfg->listen, "none") == 0)
		return RH_OK;
	if (colon != NULL && colon > cfg->listen &&
	    str_i64(str_of(colon + 1), 0, 65535, &port))
		return RH_OK;
	return err_set(err, RH_EINPUT, "%s: \"listen\" takes ADDR:PORT or "
	    "none, not \"%s\"", cfg->origin[setting_find("listen")],
	    cfg->listen);
}

/* What no single value shows. */
static rh_status
check_whole(struct config *cfg, struct err *err)
{
	size_t n;

	if (cfg->data != NULL && cfg->anchor == NULL) {
		n = strlen(cfg->data);
		while (n > 1 && cfg->data[n - 1] == '/')
			n--;
		cfg->anchor = arena_printf(&cfg->arena, "%.*s.anchor",
		    (int)n, cfg->data);
	}
	if (cfg->worker.min > cfg->worker.max)
		return err_set(err, RH_EINPUT, "%s: \"worker.min\" is %lld, "
		    "above \"worker.max\", which is %lld (%s)",
		    cfg->origin[setting_find("worker.min")],
		    (long long)cfg->worker.min, (long long)cfg->worker.max,
		    cfg->origin[setting_find("worker.max")]);
	if ((cfg->http.tls_cert == NULL) != (cfg->http.tls_key == NULL))
		return err_set(err, RH_EINPUT, "\"http.tls_cert\" and "
		    "\"http.tls_key\" are given together or not at all");
	return check_listen(cfg, err);
}

rh_status
config_load(const struct config_args *a, struct config **out, struct err *err)
{
	struct config *cfg = *out = mem_zalloc(sizeof *cfg);
	size_t n = setting_count();
	const char *file;
	rh_status rc;

	cfg->origin = arena_zalloc(&cfg->arena, n * sizeof *cfg->origin);
	cfg->layer = arena_zalloc(&cfg->arena, n * sizeof *cfg->layer);
	if ((rc = lay_defaults(cfg, err)) != RH_OK)
		return rc;
	if ((file = find_file(cfg, a)) != NULL &&
	    (rc = config_lay_file(cfg, file, err)) != RH_OK)
		return rc;
	if ((rc = lay_env(cfg, a->env, err)) != RH_OK ||
	    (rc = lay_flags(cfg, a->flags, err)) != RH_OK)
		return rc;
	return check_whole(cfg, err);
}

void
config_free(struct config *cfg)
{
	if (cfg == NULL)
		return;
	arena_fini(&cfg->arena);
	free(cfg);
}

const char *
config_plugin(const struct config *cfg, const char *id)
{
	size_t i;

	for (i = 0; i < cfg->plugin_count; i++)
		if (strcmp(cfg->plugin[i].id, id) == 0)
			return cfg->plugin[i].json;
	return "{}";
}
