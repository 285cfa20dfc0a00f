/*
 * The list of plugins under one lock.  It is short and looked through from
 * its front.  The place of one that is gone may be another's; what was there
 * is kept, for those who still point to it.
 */
#include "plugin/registry_impl.h"

#include "base/mem.h"
#include "plugin/describe.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct registry *
registry_new(void)
{
	struct registry *reg = mem_zalloc(sizeof *reg);
	int rc = pthread_rwlock_init(&reg->lock, NULL);

	assert(rc == 0);
	return reg;
}

static void
plugin_free(struct plugin *p)
{
	image_close(&p->image);
	arena_fini(&p->arena);
	free(p);
}

void
registry_free(struct registry *reg)
{
	struct plugin *p;
	size_t i;

	if (reg == NULL)
		return;
	for (i = 0; i < reg->count; i++)
		plugin_free(reg->items[i]);
	while ((p = SLIST_FIRST(&reg->gone)) != NULL) {
		SLIST_REMOVE_HEAD(&reg->gone, gone);
		plugin_free(p);
	}
	free(reg->items);
	pthread_rwlock_destroy(&reg->lock);
	free(reg);
}

void
registry_lock_read(struct registry *reg)
{
	int rc = pthread_rwlock_rdlock(&reg->lock);

	assert(rc == 0);
}

void
registry_lock_write(struct registry *reg)
{
	int rc = pthread_rwlock_wrlock(&reg->lock);

	assert(rc == 0);
}

void
registry_unlock(struct registry *reg)
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
	return sign_find(dir_fd, name, &p->image, &p->arena, &p->signature,
	    err);
}

static struct plugin *
plugin_new(const char *dir, const char *name)
{
	struct plugin *p = mem_zalloc(sizeof *p);

	p->file = arena_printf(&p->arena, "%s/%s", dir, name);
	p->config = "{}";
	p->image.memfd = -1;
	p->state = PLUGIN_OPENED;
	return p;
}

/* In the place of one that is gone, or at the end. */
static void
put(struct registry *reg, struct plugin *p)
{
	size_t i;

	for (i = 0; i < reg->count; i++) {
		if (reg->items[i]->state == PLUGIN_GONE) {
			SLIST_INSERT_HEAD(&reg->gone, reg->items[i], gone);
			reg->items[i] = p;
			return;
		}
	}
	if (reg->count == reg->cap) {
		reg->cap = reg->cap > 0 ? 2 * reg->cap : 16;
		reg->items = mem_realloc(reg->items,
		    reg->cap * sizeof *reg->items);
	}
	reg->items[reg->count++] = p;
}

static void
add_file(struct registry *reg, int dir_fd, const char *dir, const char *name)
{
	struct plugin *p = plugin_new(dir, name);
	struct err err = { 0 };

	if (open_file(reg, p, dir_fd, name, &err) != RH_OK) {
		image_close(&p->image);
		refuse(p, &err);
	} else {
		p->state = PLUGIN_LOADING;
	}
	registry_lock_write(reg);
	put(reg, p);
	registry_unlock(reg);
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

static int
open_dir(const char *dir, struct err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		err_errno(err, RH_EIO, "plugin directory \"%s\"", dir);
		err_hint(err, "\"make install\" makes the usual one; "
		    "name another with --plugins DIR");
	}
	return fd;
}

rh_status
registry_scan(struct registry *reg, const char *dir, struct err *err)
{
	struct dirent **found;
	int dir_fd, count, i;

	if ((dir_fd = open_dir(dir, err)) < 0)
		return RH_EIO;
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

/* One that is in use stays as it was when it was enabled. */
static bool
is_signed_as(const struct plugin *q, const struct plugin *p)
{
	const struct signature *a = q->signature, *b = p->signature;

	if (q->state == PLUGIN_ENABLED || a == NULL || b == NULL)
		return q->state == PLUGIN_ENABLED || a == b;
	return memcmp(a->sig, b->sig, sizeof a->sig) == 0 &&
	    memcmp(a->global, b->global, sizeof a->global) == 0;
}

/*
 * Of the same bytes at the same place, unless it is to be tried anew.  What
 * it is found to be is known of one at a time.
 */
static rh_status
same_file(const struct registry *reg, const struct plugin *p,
    struct plugin **same, struct err *err)
{
	struct plugin *q;
	size_t i;

	for (i = 0; i < reg->count; i++) {
		q = reg->items[i];
		if (q->state == PLUGIN_REFUSED || q->state == PLUGIN_GONE ||
		    strcmp(q->file, p->file) != 0)
			continue;
		if (hash_eq(q->image.digest, p->image.digest) &&
		    is_signed_as(q, p))
			*same = q;
		else if (q->state == PLUGIN_LOADING)
			return err_set(err, RH_EBUSY, "%s: another file of "
			    "this name is being tried", p->file);
	}
	return RH_OK;
}

/* Nobody took it: the call that it was opened for came to nothing. */
static void
drop_opened(struct registry *reg)
{
	size_t i;

	for (i = 0; i < reg->count; i++) {
		if (reg->items[i]->state != PLUGIN_OPENED)
			continue;
		image_close(&reg->items[i]->image);
		reg->items[i]->state = PLUGIN_GONE;
	}
}

rh_status
registry_open(struct registry *reg, const char *dir, const char *name,
    struct plugin **out, struct err *err)
{
	struct plugin *p, *same = NULL;
	int dir_fd;
	rh_status rc;

	if ((dir_fd = open_dir(dir, err)) < 0)
		return RH_EIO;
	p = plugin_new(dir, name);
	rc = open_file(reg, p, dir_fd, name, err);
	close(dir_fd);
	if (rc != RH_OK) {
		plugin_free(p);
		return rc;
	}
	registry_lock_write(reg);
	drop_opened(reg);
	rc = same_file(reg, p, &same, err);
	if (rc == RH_OK && same == NULL)
		put(reg, p);
	registry_unlock(reg);
	*out = same != NULL ? same : p;
	if (rc != RH_OK || same != NULL)
		plugin_free(p);
	return rc;
}

void
registry_take(struct registry *reg, struct plugin *p)
{
	struct plugin *q;
	size_t i;

	registry_lock_write(reg);
	for (i = 0; p->state == PLUGIN_OPENED && i < reg->count; i++) {
		q = reg->items[i];
		if (q != p && strcmp(q->file, p->file) == 0 &&
		    q->state != PLUGIN_ENABLED && q->state != PLUGIN_LOADING)
			q->state = PLUGIN_GONE;
	}
	if (p->state == PLUGIN_OPENED)
		p->state = PLUGIN_LOADING;
	registry_unlock(reg);
}

static rh_status
describe_first(struct registry *reg, struct plugin *p, struct str json,
    struct err *err)
{
	rh_status rc;

	if ((rc = describe_read(p, json.p, json.len, err)) != RH_OK)
		err_wrap(err, "%s", p->file);
	else
		rc = registry_unique(reg, p, err);
	if (rc != RH_OK) {
		refuse(p, err);
		return rc;
	}
	p->state = reg->described != NULL ?
	    reg->described(p, reg->described_arg) : PLUGIN_ENABLED;
	if (p->state == PLUGIN_ENABLED)
		registry_replace(reg, p);
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

	registry_lock_write(reg);
	if (p->state == PLUGIN_LOADING)
		rc = describe_first(reg, p, text, &own);
	else
		rc = describe_again(p, text, &own);
	registry_unlock(reg);
	if (rc != RH_OK && err != NULL)
		*err = own;
	return rc;
}

void
registry_on_described(struct registry *reg,
    enum plugin_state (*described)(struct plugin *, void *), void *arg)
{
	registry_lock_write(reg);
	reg->described = described;
	reg->described_arg = arg;
	registry_unlock(reg);
}

void
registry_refuse(struct registry *reg, struct plugin *p,
    const struct err *err)
{
	registry_lock_write(reg);
	if (p->state != PLUGIN_REFUSED)
		refuse(p, err);
	registry_unlock(reg);
}

bool
registry_loading(struct registry *reg)
{
	bool loading = false;
	size_t i;

	registry_lock_read(reg);
	for (i = 0; i < reg->count && !loading; i++)
		loading = reg->items[i]->state == PLUGIN_LOADING;
	registry_unlock(reg);
	return loading;
}

size_t
registry_count(struct registry *reg)
{
	size_t count;

	registry_lock_read(reg);
	count = reg->count;
	registry_unlock(reg);
	return count;
}

struct plugin *
registry_at(struct registry *reg, size_t i)
{
	struct plugin *p;

	registry_lock_read(reg);
	assert(i < reg->count);
	p = reg->items[i];
	registry_unlock(reg);
	return p;
}
