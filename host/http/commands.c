/*
 * GET /api/slash-commands: what can be typed.  Who may list plugins may
 * list their commands; the listing itself is the registry's.
 */
#include "http/routes.h"

#include "json/write.h"
#include "plugin/registry.h"

#include <stdlib.h>
#include <string.h>

struct commands {
	bool	enabled_only;
	const struct plugin_command **list;
	size_t	count;
};

struct call *
commands_ask(struct request *r)
{
	static const char *const queries[] = { "enabled_only", NULL };
	struct commands *w = arena_zalloc(&r->arena, sizeof *w);
	struct buf body = { 0 };
	struct err err = { 0 };

	if (request_only(r, queries, &err) == RH_OK)
		request_bool(r, "enabled_only", &w->enabled_only, &err);
	r->work = w;
	return request_call(r, "plugin_list", &body, &err);
}

static int
by_name(const void *a, const void *b)
{
	const struct plugin_command *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void
collect(struct request *r, struct commands *w)
{
	struct registry *registry = r->http->registry;
	size_t i, k, n = registry_count(registry), room = 0;
	struct plugin *p;

	for (i = 0; i < n; i++)
		room += registry_at(registry, i)->command_count;
	w->list = arena_alloc(&r->arena, (room + 1) * sizeof *w->list);
	for (i = 0; i < n; i++) {
		p = registry_at(registry, i);
		if (p->state != PLUGIN_ENABLED && (w->enabled_only ||
		    !plugin_is_idle(p) || p->bound != NULL))
			continue;
		for (k = 0; k < p->command_count && w->count < room; k++)
			w->list[w->count++] = &p->commands[k];
	}
	qsort(w->list, w->count, sizeof *w->list, by_name);
}

static void
write_command(struct json_out *out, const struct plugin_command *c)
{
	size_t i;

	jw_object(out);
	jw_m_text(out, "name", c->name);
	jw_m_text(out, "source", "extension");
	jw_m_text(out, "extension_id", c->plugin->id);
	jw_m_text(out, "summary", c->summary);
	jw_m_text(out, "description", c->plugin->summary);
	jw_name(out, "examples");
	jw_array(out);
	for (i = 0; i < c->example_count; i++)
		jw_text(out, c->examples[i]);
	jw_end_array(out);
	jw_name(out, "actions");
	jw_array(out);
	for (i = 0; i < c->action_count; i++) {
		jw_object(out);
		jw_m_text(out, "name", c->actions[i].name);
		jw_m_text(out, "summary", c->actions[i].summary);
		jw_end_object(out);
	}
	jw_end_array(out);
	jw_m_bool(out, "enabled", c->plugin->state == PLUGIN_ENABLED);
	jw_end_object(out);
}

void
commands_answer(struct request *r, struct reply *reply)
{
	struct commands *w = r->work;
	struct json_out out;
	size_t i;

	collect(r, w);
	jw_init(&out, &reply->body);
	jw_object(&out);
	jw_name(&out, "commands");
	jw_array(&out);
	for (i = 0; i < w->count; i++)
		write_command(&out, w->list[i]);
	jw_end_array(&out);
	jw_m_i64(&out, "total", (int64_t)w->count);
	jw_end_object(&out);
}
