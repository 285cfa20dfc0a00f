/*
 * The action "hello.greet": {"name":"World"} → {"greeting":"Hello, World!"}.
 * The schema is enforced by the host; the name's own JSON is copied, so that
 * what was escaped stays escaped.
 */
#include <runhost/easy.h>

#include <stdlib.h>

static const char schema[] =
    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}},"
    "\"required\":[\"name\"],\"additionalProperties\":false}";

static void
greet(const struct rh_invocation *inv, const struct rh_host *host)
{
	static const char before[] = "{\"greeting\":\"Hello, ";
	static const char after[] = "!\"}";
	struct rh_text name;
	char *reply;

	if (!rh_json_member(inv->input, "name", &name) || name.len < 2 ||
	    name.p[0] != '"') {
		rh_failed(host, inv, 1, "\"name\" is not a string");
		return;
	}
	reply = malloc(sizeof before + name.len + sizeof after);
	if (reply == NULL)
		abort();
	memcpy(reply, before, sizeof before - 1);
	memcpy(reply + sizeof before - 1, name.p + 1, name.len - 2);
	memcpy(reply + sizeof before - 1 + name.len - 2, after, sizeof after);
	if (rh_completed(host, inv, reply) == RH_ETOOBIG)
		rh_failed(host, inv, 1, "\"name\" is too long to be greeted");
	free(reply);
}

static const struct rh_action hello_greet = {
	.size = sizeof hello_greet,
	.name = "hello.greet",
	.summary = "Greets somebody by name",
	.schema = schema,
	.run = greet,
};
static const struct rh_action *const actions[] = { &hello_greet, NULL };

RH_PLUGIN(0,
	.flags = RH_PLUGIN_STATELESS | RH_PLUGIN_THREADS,
	.id = "hello",
	.version = "1.0.0",
	.summary = "An action that greets",
	.actions = actions,
);
