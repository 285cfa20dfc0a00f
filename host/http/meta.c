/*
 * The routes that need no token: what this is, and whether it is well.
 */
#include "http/routes.h"

#include "json/write.h"
#include "ledger/host.h"
#include "plugin/registry.h"

#include <runhost/version.h>

#include <stdio.h>

void
welcome_answer(struct request *r, struct reply *reply)
{
	reply->type = "text/plain; charset=utf-8";
	buf_printf(&reply->body, "runhost %s\n\n"
	    "A plugin host for agent and task runners.\n\n"
	    "GET  /health                  is it alive\n"
	    "GET  /ready                   does it take work\n"
	    "GET  /info                    versions and plugins\n"
	    "GET  /metrics                 what the host counts\n"
	    "POST /api/extensions/execute  run a slash command\n"
	    "GET  /api/runs                your runs\n"
	    "POST /api/actions/{name}      any action\n\n"
	    "All but the first three need a token: "
	    "Authorization: Bearer rh_...\n", r->http->cf.version);
}

void
health_answer(struct request *r, struct reply *reply)
{
	struct json_out out;

	jw_init(&out, &reply->body);
	jw_object(&out);
	jw_m_text(&out, "status", "UP");
	jw_m_bool(&out, "ok", true);
	jw_m_text(&out, "version", r->http->cf.version);
	jw_end_object(&out);
}

void
ok_answer(struct request *r, struct reply *reply)
{
	(void)r;
	buf_adds(&reply->body, "{\"ok\":true}");
}

void
ready_answer(struct request *r, struct reply *reply)
{
	struct host_status st;
	struct json_out out;
	size_t i;

	host_status_get(r->http->host, &st);
	jw_init(&out, &reply->body);
	jw_object(&out);
	jw_m_bool(&out, "ready", st.ready);
	jw_m_bool(&out, "draining", st.draining);
	jw_name(&out, "reasons");
	jw_array(&out);
	for (i = 0; i < st.reason_count; i++)
		jw_text(&out, st.reasons[i]);
	jw_end_array(&out);
	jw_end_object(&out);
	reply->http = st.ready ? 200 : 503;
}

static void
info_plugins(struct json_out *out, struct registry *registry)
{
	size_t i, count = registry_count(registry);
	const struct plugin *p;

	jw_name(out, "plugins");
	jw_array(out);
	for (i = 0; i < count; i++) {
		p = registry_at(registry, i);
		if (p->state != PLUGIN_ENABLED)
			continue;
		jw_object(out);
		jw_m_text(out, "id", p->id);
		jw_m_text(out, "version", p->version);
		jw_end_object(out);
	}
	jw_end_array(out);
}

void
info_answer(struct request *r, struct reply *reply)
{
	struct json_out out;
	char sdk[16];

	snprintf(sdk, sizeof sdk, "%d.%d", RH_SDK_MAJOR, RH_SDK_MINOR);
	jw_init(&out, &reply->body);
	jw_object(&out);
	jw_m_text(&out, "name", "runhost");
	jw_m_text(&out, "version", r->http->cf.version);
	jw_m_text(&out, "sdk", sdk);
	jw_m_i64(&out, "actions", (int64_t)r->http->cf.action_count);
	info_plugins(&out, r->http->registry);
	jw_end_object(&out);
}
