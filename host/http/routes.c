/*
 * The table of routes and the search in it.
 */
#include "http/routes.h"

#include <string.h>

const struct route route_table[] = {
	{ "GET",  "/",				NULL,		welcome_answer },
	{ "GET",  "/health",			NULL,		health_answer },
	{ "GET",  "/ok",			NULL,		ok_answer },
	{ "GET",  "/ready",			NULL,		ready_answer },
	{ "GET",  "/info",			NULL,		info_answer },
	{ "GET",  "/metrics",			metrics_ask,	metrics_answer },
	{ "POST", "/api/extensions/execute",	execute_ask,	execute_answer },
	{ "GET",  "/api/runs",			runs_ask,	runs_answer },
	{ "GET",  "/api/runs/{id}",		run_ask,	run_answer },
	{ "GET",  "/api/runs/{id}/events",	events_ask,	events_answer },
	{ "POST", "/api/runs/{id}/cancel",	cancel_ask,	cancel_answer },
	{ "GET",  "/api/slash-commands",	commands_ask,	commands_answer },
	{ "GET",  "/api/chat/slash-commands",	commands_ask,	commands_answer },
	{ "POST", "/api/actions/{name}",	action_ask,	action_answer },
	{ NULL,   NULL,				NULL,		NULL },
};

/* Whether path is of the pattern; *param is then what {…} stands for. */
static bool
path_matches(const char *pattern, const char *path, struct str *param)
{
	const char *brace = strchr(pattern, '{');
	const char *tail;
	size_t head;

	*param = (struct str){ NULL, 0 };
	if (brace == NULL)
		return strcmp(pattern, path) == 0;
	head = (size_t)(brace - pattern);
	tail = strchr(brace, '}') + 1;
	if (strncmp(pattern, path, head) != 0)
		return false;
	param->p = path + head;
	param->len = strcspn(param->p, "/");
	return param->len > 0 && strcmp(param->p + param->len, tail) == 0;
}

static bool
method_matches(const struct route *route, const char *method)
{
	return strcmp(route->method, method) == 0 ||
	    (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

void
route_find(struct request *r, const char *method, const char *path)
{
	const struct route *route;
	struct str param;

	for (route = route_table; route->path != NULL; route++) {
		if (!path_matches(route->path, path, &param))
			continue;
		if (method_matches(route, method)) {
			r->route = route;
			r->param = param.p == NULL ? NULL :
			    arena_strndup(&r->arena, param.p, param.len);
			return;
		}
		r->allow = strcmp(route->method, "GET") == 0 ? "GET, HEAD" :
		    route->method;
	}
	if (r->allow == NULL) {
		err_set(&r->refused, RH_ENOENT, "nothing is served at "
		    "\"%.200s\"", path);
		err_hint(&r->refused, "GET / names where to start");
		return;
	}
	err_set(&r->refused, RH_EMETHOD, "\"%.200s\" does not serve %.32s",
	    path, method);
	err_hint(&r->refused, "use %s", r->allow);
}
