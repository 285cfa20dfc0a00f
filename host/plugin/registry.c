/*
 * The list of plugins under one lock.  It is short and looked through from
 * its front; nothing is ever taken out of it.
 */
#include "plugin/registry.h"

#include "base/mem.h"
#include "plugin/describe.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct registry {
	pthread_rwlock_t lock;
	struct plugin **items;
	size_t	count;
	size_t	cap;
	void	(*described)(struct plugin *, void *);
	void	*described_arg;
	elf_more libraries;	/* needed beyond the usual */
};

struct registry *
registry_new(void)
{
	struct registry *reg = mem_zalloc(sizeof *reg);
	int rc = pthread_rwlock_init(&reg->lock, NULL);

	assert(rc == 0);
	return reg;
}

void
registry_free(struct registry *reg)
{
	size_t i;

	if (reg == NULL)
		return;
	for (i = 0; i < reg->count; i++) {
		image_close(&reg->items[i]->image);
		arena_fini(&reg->items[i]->arena);
		free(reg->items[i]);
	}
	free(reg->items);
	pthread_rwlock_destroy(&reg->lock);
	free(reg);
}

static void
lock_read(struct registry *reg)
{
	int rc = pthread_rwlock_rdlock(&reg->lock);

	assert(rc == 0);
}

static void
lock_write(struct registry *reg)
{
	int rc = pthread_rwlock_wrlock(&reg->lock);

	assert(rc == 0);
}

static void
unlock(struct registry *reg)
{
	pthread_rwlock_unlock(&reg->lock);
}

/* The reason is there before anybody can see the state. */
static void
refuse(struct plugin *p, const struct err *err)
{
	if (err->hint[0] != '\0')
		p->error = arena_printf(&p->arena, "%s (%s)", err->msg,
		    err->hint);
	else
		p->error = arena_strdup(&p->arena, err->msg);
	p->state = PLUGIN_REFUSED;
}

static rh_status
open_file(const struct registry *reg, struct plugin *p, int dir_fd,
    const char *name, struct err *err)
{
	rh_status rc;

	if ((rc = image_open(dir_fd, name, &p->image, err)) != RH_OK ||
	    (rc = elf_check(&p->image, name, reg->libraries, err)) != RH_OK)
		return rc;
	return sign_find(dir_fd, name, &p->arena, &p->signature, err);
}

static void
add_file(struct registry *reg, int dir_fd, const char *dir, const char *name)
{
	struct plugin *p = mem_zalloc(sizeof *p);
	struct err err = { 0 };

	p->file = arena_printf(&p->arena, "%s/%s", dir, name);
	p->config = "{}";
	p->state = PLUGIN_DISCOVERED;
	if (open_file(reg, p, dir_fd, name, &err) != RH_OK) {
		image_close(&p->image);
		refuse(p, &err);
	}
	lock_write(reg);
	if (reg->count == reg->cap) {
		reg->cap = reg->cap > 0 ? 2 * reg->cap : 16;
		reg->items = mem_realloc(reg->items,
		    reg->cap * sizeof *reg->items);
	}
	reg->items[reg->count++] = p;
	unlock(reg);
}

void
registry_allow(struct registry *reg, elf_more libraries)
{
	reg->libraries = libraries;
}

static int
is_module(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 3 && d->d_name[0] != '.' &&
	    strcmp(d->d_name + len - 3, ".so") == 0;
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

rh_status
registry_scan(struct registry *reg, const char *dir, struct err *err)
{
	struct dirent **found;
	int dir_fd, count, i;

	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0) {
		err_errno(err, RH_EIO, "plugin directory \"%s\"", dir);
		return err_hint(err, "\"make install\" makes the usual one; "
		    "name another with --plugins DIR");
	}
	count = scandirat(dir_fd, ".", &found, is_module, by_bytes);
	if (count < 0) {
		err_errno(err, RH_EIO, "plugin directory \"%s\"", dir);
		close(dir_fd);
		return RH_EIO;
	}
	for (i = 0; i < count; i++) {
		add_file(reg, dir_fd, dir, found[i]->d_name);
		free(found[i]);
	}
	free(found);
	close(dir_fd);
	return RH_OK;
}

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

static rh_status
check_unique(const struct registry *reg, const struct plugin *p,
    struct err *err)
{
	const struct plugin *q;
	const char *name;
	size_t i, k;

	for (i = 0; i < reg->count; i++) {
		q = reg->items[i];
		if (q != p && q->state != PLUGIN_ENABLED)
			continue;
		for (k = 0; k < ARRAY_LEN(kinds); k++) {
			if ((name = shared_name(&kinds[k], p, q)) == NULL)
				continue;
			if (p == q)
				return err_set(err, RH_EPLUGIN,
				    "%s: has two %ss \"%s\"", p->file,
				    kinds[k].what, name);
			return err_set(err, RH_ECONFLICT,
			    "%s: %s \"%s\" is already that of %s", p->file,
			    kinds[k].what, name, q->file);
		}
	}
	return RH_OK;
}

static rh_status
describe_first(struct registry *reg, struct plugin *p, struct str json,
    struct err *err)
{
	rh_status rc;

	if ((rc = describe_read(p, json.p, json.len, err)) != RH_OK)
		err_wrap(err, "%s", p->file);
	else
		rc = check_unique(reg, p, err);
	if (rc != RH_OK) {
		refuse(p, err);
		return rc;
	}
	if (reg->described != NULL)
		reg->described(p, reg->described_arg);
	p->state = PLUGIN_ENABLED;
	return RH_OK;
}

/* Of a plugin whose first description was judged. */
static rh_status
describe_again(const struct plugin *p, struct str json, struct err *err)
{
	if (p->state == PLUGIN_REFUSED)
		return err_set(err, RH_EPLUGIN, "%s: is refused: %s", p->file,
		    p->error);
	if (!str_eq(str_of(p->description), json))
		return err_set(err, RH_EPLUGIN,
		    "%s: describes itself otherwise than before", p->file);
	return RH_OK;
}

rh_status
registry_describe(struct registry *reg, struct plugin *p, const char *json,
    size_t len, struct err *err)
{
	struct str text = { json, len };
	struct err own = { 0 };
	rh_status rc;

	lock_write(reg);
	if (p->state == PLUGIN_DISCOVERED)
		rc = describe_first(reg, p, text, &own);
	else
		rc = describe_again(p, text, &own);
	unlock(reg);
	if (rc != RH_OK && err != NULL)
		*err = own;
	return rc;
}

void
registry_on_described(struct registry *reg,
    void (*described)(struct plugin *, void *), void *arg)
{
	lock_write(reg);
	reg->described = described;
	reg->described_arg = arg;
	unlock(reg);
}

void
registry_refuse(struct registry *reg, struct plugin *p,
    const struct err *err)
{
	lock_write(reg);
	if (p->state != PLUGIN_REFUSED)
		refuse(p, err);
	unlock(reg);
}

bool
registry_loading(struct registry *reg)
{
	bool loading = false;
	size_t i;

	lock_read(reg);
	for (i = 0; i < reg->count && !loading; i++)
		loading = reg->items[i]->state == PLUGIN_DISCOVERED;
	unlock(reg);
	return loading;
}

size_t
registry_count(struct registry *reg)
{
	size_t count;

	lock_read(reg);
	count = reg->count;
	unlock(reg);
	return count;
}

struct plugin *
registry_at(struct registry *reg, size_t i)
{
	struct plugin *p;

	lock_read(reg);
	assert(i < reg->count);
	p = reg->items[i];
	unlock(reg);
	return p;
}

/* The plugin in this state that has this name, and where; NULL: none has. */
static struct plugin *
find_in(struct registry *reg, enum plugin_state state, name_fn name_at,
    struct str name, size_t *at)
{
	struct plugin *found = NULL;
	const char *s;
	size_t i, k;

	lock_read(reg);
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
	unlock(reg);
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
