/*
 * The configuration file's layer: settings first, then a section a plugin,
 * which becomes the JSON object that the plugin is given.
 */
#include "cli/config_layer.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/config_file.h"
#include "cli/settings.h"
#include "json/scan.h"
#include "json/write.h"

#include <stdlib.h>
#include <string.h>

/* One plugin section on its way into JSON. */
struct section {
	struct buf json;
	struct json_out w;
	struct config_plugin *plugin;	/* NULL: before the first section */
	const char *names[256];
	size_t	name_count;
};

static void
section_end(struct config *cfg, struct section *sec)
{
	if (sec->plugin == NULL)
		return;
	jw_end_object(&sec->w);
	sec->plugin->json = arena_strndup(&cfg->arena, sec->json.p,
	    sec->json.len);
	sec->plugin = NULL;
	buf_clear(&sec->json);
}

static struct config_plugin *
plugin_add(struct config *cfg)
{
	size_t n = cfg->plugin_count + 1;
	struct config_plugin *v;

	v = arena_zalloc(&cfg->arena, n * sizeof *v);
	if (cfg->plugin_count > 0)
		memcpy(v, cfg->plugin, (n - 1) * sizeof *v);
	cfg->plugin = v;
	cfg->plugin_count = n;
	return &v[n - 1];
}

static rh_status
section_begin(struct config *cfg, struct section *sec, struct str name,
    const char *origin, struct err *err)
{
	static const char prefix[] = "plugin.";
	struct str id;
	size_t i;

	section_end(cfg, sec);
	id = (struct str){ name.p + sizeof prefix - 1,
	    name.len - (sizeof prefix - 1) };
	if (name.len < sizeof prefix ||
	    memcmp(name.p, prefix, sizeof prefix - 1) != 0 || !str_ident(id))
		return err_set(err, RH_EINPUT, "%s: a section is "
		    "\"[plugin.ID]\", not \"[" STR_FMT "]\"", origin,
		    STR_ARG(name));
	for (i = 0; i < cfg->plugin_count; i++)
		if (str_is(id, cfg->plugin[i].id))
			return err_set(err, RH_EINPUT, "%s: section \""
			    STR_FMT "\" stands at %s, too", origin,
			    STR_ARG(name), cfg->plugin[i].origin);
	sec->plugin = plugin_add(cfg);
	sec->plugin->id = arena_strndup(&cfg->arena, id.p, id.len);
	sec->plugin->origin = arena_strdup(&cfg->arena, origin);
	sec->name_count = 0;
	jw_init(&sec->w, &sec->json);
	jw_object(&sec->w);
	return RH_OK;
}

/* A value that is JSON is taken as that, any other as a string. */
static rh_status
section_add(struct config *cfg, struct section *sec,
    const struct config_line *line, const char *origin, struct err *err)
{
	char *key = arena_strndup(&cfg->arena, line->key.p, line->key.len);
	struct err ignored;
	size_t i, tokens;

	for (i = 0; i < sec->name_count; i++)
		if (strcmp(sec->names[i], key) == 0)
			return err_set(err, RH_EINPUT,
			    "%s: \"%s\" is set twice for plugin \"%s\"",
			    origin, key, sec->plugin->id);
	if (key[0] == '\0' || sec->name_count == ARRAY_LEN(sec->names))
		return err_set(err, RH_EINPUT, "%s: %s", origin,
		    key[0] == '\0' ? "a name is missing before \"=\"" :
		    "a plugin has at most 256 settings");
	sec->names[sec->name_count++] = key;
	if (json_scan(line->value.p, line->value.len, &json_limits_default,
	    &tokens, &ignored) == RH_OK)
		jw_m_raw(&sec->w, key, line->value);
	else
		jw_m_str(&sec->w, key, line->value);
	return RH_OK;
}

static rh_status
file_setting(struct config *cfg, const struct config_line *line,
    const char *origin, struct err *err)
{
	char *key = arena_strndup(&cfg->arena, line->key.p, line->key.len);
	char *value = arena_strndup(&cfg->arena, line->value.p,
	    line->value.len);
	int i = setting_find(key);

	if (i < 0)
		return config_unknown(key, origin, err);
	if (cfg->layer[i] == LAYER_FILE && !setting_is_list(&settings[i]))
		return err_set(err, RH_EINPUT, "%s: \"%s\" is set at %s, too",
		    origin, key, cfg->origin[i]);
	return config_put(cfg, i, value, LAYER_FILE, origin, err);
}

static rh_status
file_lines(struct config *cfg, struct config_reader *r, struct err *err)
{
	struct section sec = { .plugin = NULL };
	struct config_line line;
	rh_status rc;
	char *origin;

	for (;;) {
		if ((rc = config_file_next(r, &line, err)) != RH_OK ||
		    line.kind == LINE_END)
			break;
		origin = arena_printf(&cfg->arena, "%s:%d", r->path,
		    line.number);
		if (line.kind == LINE_SECTION)
			rc = section_begin(cfg, &sec, line.key, origin, err);
		else if (sec.plugin != NULL)
			rc = section_add(cfg, &sec, &line, origin, err);
		else
			rc = file_setting(cfg, &line, origin, err);
		if (rc != RH_OK)
			break;
	}
	if (rc == RH_OK)
		section_end(cfg, &sec);
	buf_fini(&sec.json);
	return rc;
}

rh_status
config_lay_file(struct config *cfg, const char *path, struct err *err)
{
	struct config_reader r = { .path = path };
	char *text;
	rh_status rc;

	rc = config_file_read(path, &text, &r.left.len, err);
	r.left.p = text;
	cfg->file = arena_strdup(&cfg->arena, path);
	if (rc == RH_OK)
		rc = file_lines(cfg, &r, err);
	free(text);
	return rc;
}
