/*
 * Who may take a run: its queue, its runtime, its labels.
 */
#include "action/act.h"

#include "json/read.h"

#include <string.h>

#define LABELS_MAX	32
#define LABEL_NAME_MAX	63

rh_status
take_text(struct call *c, const char *name, size_t max, const char **out,
    struct err *err)
{
	*out = NULL;
	if (json_opt_str(&c->in, 0, name, max, &c->arena, out, err) != RH_OK)
		return err_wrap(err, "body");
	return RH_OK;
}

rh_status
take_name(struct call *c, const char *name, size_t max, const char **out,
    struct err *err)
{
	rh_status rc;

	if ((rc = take_text(c, name, max, out, err)) != RH_OK)
		return rc;
	if (*out != NULL && **out == '\0')
		return err_set(err, RH_EINPUT, "body.%s: is empty", name);
	return RH_OK;
}

static rh_status
check_label(struct call *c, const char *field, int name, struct err *err)
{
	struct str key, value;

	if (!json_str(&c->in, name, &c->arena, &key) || key.len == 0 ||
	    key.len > LABEL_NAME_MAX)
		return err_set(err, RH_EINPUT, "body.%s: a label's name has 1 "
		    "to %d bytes, not as " STR_FMT, field, LABEL_NAME_MAX,
		    STR_ARG(json_raw(&c->in, name)));
	if (!json_str(&c->in, json_value(&c->in, name), &c->arena, &value) ||
	    value.len > NAME_MAX_LEN)
		return err_set(err, RH_EINPUT, "body.%s." STR_FMT ": must be "
		    "a text of up to %d bytes", field, STR_ARG(key),
		    NAME_MAX_LEN);
	return RH_OK;
}

rh_status
take_labels(struct call *c, const char *field, const char **json,
    struct err *err)
{
	int node = json_member(&c->in, 0, field), name;
	struct buf b = { 0 };
	rh_status rc;

	*json = NULL;
	if (json_type(&c->in, node) != JSON_OBJECT ||
	    json_size(&c->in, node) == 0)
		return RH_OK;
	if (json_size(&c->in, node) > LABELS_MAX)
		return err_set(err, RH_EINPUT, "body.%s: %d labels are more "
		    "than %d", field, json_size(&c->in, node), LABELS_MAX);
	for (name = json_first(&c->in, node); name >= 0;
	    name = json_next(&c->in, name)) {
		if ((rc = check_label(c, field, name, err)) != RH_OK)
			return rc;
	}
	json_canonical(&c->in, node, &b);
	*json = arena_strndup(&c->arena, b.p, b.len);
	buf_fini(&b);
	return RH_OK;
}

rh_status
line_of_new(struct call *c, struct run_new *r, struct err *err)
{
	rh_status rc;

	if ((rc = take_name(c, "queue_name", NAME_MAX_LEN, &r->queue,
	    err)) != RH_OK ||
	    (rc = take_name(c, "requested_runtime_id", NAME_MAX_LEN, &r->pin,
	    err)) != RH_OK ||
	    (rc = take_name(c, "event_id", NAME_MAX_LEN, &r->event_id,
	    err)) != RH_OK ||
	    (rc = take_name(c, "agent_id", NAME_MAX_LEN, &r->agent_id,
	    err)) != RH_OK ||
	    (rc = take_name(c, "binding_id", NAME_MAX_LEN, &r->binding_id,
	    err)) != RH_OK ||
	    (rc = take_labels(c, "labels", &r->labels, err)) != RH_OK)
		return rc;
	if (r->pin == NULL || strcmp(r->pin, "local") != 0)
		return RH_OK;
	err_set(err, RH_EINPUT, "body.requested_runtime_id: \"local\" is the "
	    "host itself, which takes no run that asks for a runtime");
	return err_hint(err, "leave out requested_runtime_id, queue_name and "
	    "labels");
}

/* A part of a runner's name: not empty, of these characters. */
static bool
take_part(const char **p, struct str *out, char end)
{
	size_t n = strspn(*p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
	    "uvwxyz0123456789._-");

	*out = (struct str){ *p, n };
	if (n == 0 || (*p)[n] != end)
		return false;
	*p += n + (end != '\0');
	return true;
}

bool
runner_elsewhere(struct call *c, const char *name, struct run_new *r)
{
	static const char prefix[] = "plugin:";
	const char *p = name + sizeof prefix - 1;
	struct str vendor, plugin, runner;

	if ((r->queue == NULL && r->pin == NULL && r->labels == NULL) ||
	    strncmp(name, prefix, sizeof prefix - 1) != 0 ||
	    strlen(name) > NAME_MAX_LEN || !take_part(&p, &vendor, '/') ||
	    !take_part(&p, &plugin, '/') || !take_part(&p, &runner, '\0'))
		return false;
	r->plugin = str_eq(vendor, STR("runhost")) ?
	    arena_strndup(&c->arena, plugin.p, plugin.len) :
	    arena_printf(&c->arena, STR_FMT "." STR_FMT, STR_ARG(vendor),
	    STR_ARG(plugin));
	r->runner = arena_strndup(&c->arena, runner.p, runner.len);
	r->scope.runner = name;
	return true;
}
