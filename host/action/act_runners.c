/*
 * Runners of the plugins that are in use, as descriptors.
 */
#include "action/act.h"

#include "plugin/registry.h"

#include <string.h>

/* "plugin:<vendor>/<plugin>/<runner>" in its parts. */
static bool
split(const char *runner_id, struct str part[3])
{
	const char *p = runner_id + strlen("plugin:"), *slash;
	int i;

	if (strncmp(runner_id, "plugin:", strlen("plugin:")) != 0)
		return false;
	for (i = 0; i < 2; i++, p = slash + 1) {
		if ((slash = strchr(p, '/')) == NULL)
			return false;
		part[i] = (struct str){ p, (size_t)(slash - p) };
	}
	part[2] = str_of(p);
	return true;
}

/* Whether the list names its "vendor/plugin"; an empty one names all. */
static bool
is_included(struct call *c, const struct str part[3])
{
	int list = json_member(&c->in, 0, "include_plugins"), n;
	struct str s, both = { part[0].p, part[0].len + 1 + part[1].len };

	if (json_type(&c->in, list) != JSON_ARRAY ||
	    json_first(&c->in, list) < 0)
		return true;
	for (n = json_first(&c->in, list); n >= 0; n = json_next(&c->in, n)) {
		if (json_str(&c->in, n, &c->arena, &s) && str_eq(s, both))
			return true;
	}
	return false;
}

static void
write_label(struct json_out *j, const char *name, const char *text)
{
	jw_name(j, name);
	jw_object(j);
	if (text != NULL)
		jw_m_text(j, "en_US", text);
	jw_end_object(j);
}

static void
write_empty(struct json_out *j, const char *name)
{
	jw_name(j, name);
	jw_object(j);
	jw_end_object(j);
}

static void
write_descriptor(struct json_out *j, const struct plugin_runner *r,
    const struct str part[3])
{
	jw_object(j);
	jw_m_text(j, "id", r->runner_id);
	jw_m_text(j, "source", "plugin");
	write_label(j, "label", r->name);
	write_label(j, "description", r->summary);
	jw_m_str(j, "plugin_author", part[0]);
	jw_m_str(j, "plugin_name", part[1]);
	jw_m_str(j, "runner_name", part[2]);
	jw_m_text(j, "plugin_version", r->plugin->version);
	jw_name(j, "config_schema");
	jw_array(j);
	jw_end_array(j);
	write_empty(j, "capabilities");
	write_empty(j, "permissions");
	jw_m_raw(j, "raw_manifest", str_of(r->plugin->description));
	jw_end_object(j);
}

static size_t
write_plugin(struct json_out *j, struct call *c, const struct plugin *p)
{
	struct str part[3];
	size_t i, n = 0;

	if (p->state != PLUGIN_ENABLED)
		return 0;
	for (i = 0; i < p->runner_count; i++) {
		if (!split(p->runners[i].runner_id, part) ||
		    !is_included(c, part))
			continue;
		write_descriptor(j, &p->runners[i], part);
		n++;
	}
	return n;
}

rh_status
runner_list(struct act *a, struct call *c, struct err *err)
{
	struct registry *reg = a->env->registry;
	struct buf b = { 0 }, detail = { 0 };
	struct json_out j;
	size_t i, n = 0;
	int list = json_member(&c->in, 0, "include_plugins");

	(void)err;
	jw_init(&j, &b);
	jw_object(&j);
	jw_name(&j, "items");
	jw_array(&j);
	for (i = 0; i < registry_count(reg); i++)
		n += write_plugin(&j, c, registry_at(reg, i));
	jw_end_array(&j);
	jw_end_object(&j);
	act_reply(c, &b);
	jw_init(&j, &detail);
	jw_object(&j);
	if (list >= 0)
		jw_m_raw(&j, "include_plugins", json_raw(&c->in, list));
	jw_m_i64(&j, "count", (int64_t)n);
	jw_end_object(&j);
	act_detail(a, c, &detail);
	return RH_OK;
}
