/*
 * Plugins by the names that they offer.
 */
#include "plugin/registry_impl.h"

#include "base/mem.h"

#include <string.h>

/* What must be unique among all enabled plugins. */
static const char *
id_at(const struct plugin *p, size_t i)
{
	return i == 0 ? p->id : NULL;
}

static const char *
runner_at(const struct plugin *p, size_t i)
{
	return i < p->runner_count ? p->runners[i].name : NULL;
}

static const char *
action_at(const struct plugin *p, size_t i)
{
	return i < p->action_count ? p->actions[i].name : NULL;
}

static const char *
command_at(const struct plugin *p, size_t i)
{
	return i < p->command_count ? p->commands[i].name : NULL;
}

/* The i-th name of one kind; NULL behind the last. */
typedef const char *(*name_fn)(const struct plugin *, size_t i);

static const struct kind {
	const char *what;
	name_fn	at;
} kinds[] = {
	{ "id", id_at },
	{ "runner", runner_at },
	{ "action", action_at },
	{ "command", command_at },
};

/* A name that p and q share; of p itself, one that it has twice. */
static const char *
shared_name(const struct kind *kind, const struct plugin *p,
    const struct plugin *q)
{
	const char *a, *b;
	size_t i, k;

	for (i = 0; (a = kind->at(p, i)) != NULL; i++) {
		for (k = 0; (b = kind->at(q, k)) != NULL; k++) {
			if ((p != q || k < i) && strcmp(a, b) == 0)
				return a;
		}
	}
	return NULL;
}

/* p would take the place of q: it is what q's file has become. */
static bool
is_next(const struct plugin *p, const struct plugin *q)
{
	return strcmp(p->file, q->file) == 0 && strcmp(p->id, q->id) == 0;
}

/* Of p and itself: whether it has no name twice. */
rh_status
registry_apart(const struct plugin *p, const struct plugin *q,
    struct err *err)
{
	const char *name;
	size_t k;

	for (k = 0; k < ARRAY_LEN(kinds); k++) {
		if ((name = shared_name(&kinds[k], p, q)) == NULL)
			continue;
		if (p == q)
			return err_set(err, RH_EPLUGIN, "%s: has two %ss "
			    "\"%s\"", p->file, kinds[k].what, name);
		return err_set(err, RH_ECONFLICT, "%s: %s \"%s\" is already "
		    "that of %s", p->file, kinds[k].what, name, q->file);
	}
	return RH_OK;
}

rh_status
registry_unique(const struct registry *reg, const struct plugin *p,
    struct err *err)
{
	const struct plugin *q;
	rh_status rc = RH_OK;
	size_t i;

	for (i = 0; i < reg->count && rc == RH_OK; i++) {
		q = reg->items[i];
		if (q == p || (q->state == PLUGIN_ENABLED && !is_next(p, q)))
			rc = registry_apart(p, q, err);
	}
	return rc;
}

/* The plugin in this state that has this name, and where; NULL: none has. */
static struct plugin *
find_in(struct registry *reg, enum plugin_state state, name_fn name_at,
    struct str name, size_t *at)
{
	struct plugin *found = NULL;
	const char *s;
	size_t i, k;

	registry_lock_read(reg);
	for (i = 0; i < reg->count && found == NULL; i++) {
		if (reg->items[i]->state != state)
			continue;
		for (k = 0; (s = name_at(reg->items[i], k)) != NULL; k++) {
			if (!str_is(name, s))
				continue;
			found = reg->items[i];
			*at = k;
			break;
		}
	}
	registry_unlock(reg);
	return found;
}

static struct plugin *
find(struct registry *reg, name_fn name_at, struct str name, size_t *at)
{
	return find_in(reg, PLUGIN_ENABLED, name_at, name, at);
}

struct plugin *
registry_find(struct registry *reg, struct str id)
{
	size_t at;

	return find(reg, id_at, id, &at);
}

const struct plugin_runner *
registry_runner(struct registry *reg, struct str name)
{
	const struct plugin *p;
	size_t at;

	p = find(reg, runner_at, name, &at);
	return p != NULL ? &p->runners[at] : NULL;
}

static const char *
runner_id_at(const struct plugin *p, size_t i)
{
	return i < p->runner_count ? p->runners[i].runner_id : NULL;
}

const struct plugin_runner *
registry_runner_id(struct registry *reg, struct str id)
{
	const struct plugin *p;
	size_t at;

	p = find(reg, runner_id_at, id, &at);
	return p != NULL ? &p->runners[at] : NULL;
}

const struct plugin_action *
registry_action(struct registry *reg, struct str name)
{
	const struct plugin *p;
	size_t at;

	p = find(reg, action_at, name, &at);
	return p != NULL ? &p->actions[at] : NULL;
}

const struct plugin_command *
registry_command(struct registry *reg, struct str name)
{
	const struct plugin *p;
	size_t at;

	p = find(reg, command_at, name, &at);
	return p != NULL ? &p->commands[at] : NULL;
}

/* How each kind of name is called, and where it is looked for. */
static const struct kind explained[] = {
	[NAME_ID] = { "plugin", id_at },
	[NAME_RUNNER] = { "runner", runner_at },
	[NAME_RUNNER_ID] = { "runner", runner_id_at },
	[NAME_ACTION] = { "action", action_at },
	[NAME_COMMAND] = { "command", command_at },
};

static bool
has_name(const struct plugin *p, name_fn name_at, struct str name)
{
	const char *s;
	size_t i;

	for (i = 0; (s = name_at(p, i)) != NULL; i++) {
		if (str_is(name, s))
			return true;
	}
	return false;
}

bool
registry_explain(struct registry *reg, enum plugin_name what,
    struct str name, struct err *err)
{
	const struct kind *kind = &explained[what];
	const struct plugin *p = NULL;
	size_t i;

	registry_lock_read(reg);
	for (i = 0; i < reg->count && p == NULL; i++) {
		if (plugin_is_idle(reg->items[i]) &&
		    has_name(reg->items[i], kind->at, name))
			p = reg->items[i];
	}
	registry_unlock(reg);
	if (p == NULL)
		return false;
	plugin_explain(p, err);
	if (what != NAME_ID)
		err_wrap(err, "%s \"" STR_FMT "\"", kind->what,
		    STR_ARG(name));
	return true;
}

const struct plugin *
registry_out_of_use(struct registry *reg, struct str name)
{
	static const name_fn names[] = {
		id_at, command_at, runner_at, runner_id_at, action_at,
	};
	const struct plugin *p = NULL;
	size_t i, at;

	for (i = 0; i < ARRAY_LEN(names) && p == NULL; i++)
		p = find_in(reg, PLUGIN_REFUSED, names[i], name, &at);
	return p;
}
