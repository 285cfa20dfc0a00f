/*
 * The faulty VFS.  A file is the system's file with a name in front; what
 * is recorded of a file hangs on its name, because SQLite opens the same
 * one several times.
 */
#include "lib/faultvfs.h"

#include "base/mem.h"
#include "base/rand.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#define SECTOR	512

struct change {
	STAILQ_ENTRY(change) link;
	int64_t	at;		/* of a write; of a truncate the new size */
	size_t	len;		/* 0: truncate */
	char	bytes[];
};

/* What is known of one name. */
struct image {
	LIST_ENTRY(image) link;
	char	name[512];
	char	*synced;	/* what the disk surely holds */
	int64_t	size;
	STAILQ_HEAD(, change) changes;	/* what it may hold besides */
};

struct file {
	sqlite3_file base;
	const char *name;	/* SQLite keeps it while the file is open */
	sqlite3_file *real;
};

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	struct fault_plan plan;
	int	count, hits;
	bool	recording;
	LIST_HEAD(, image) images;
} state;

static struct file *
file_of(sqlite3_file *f)
{
	return (struct file *)f;
}

static bool
name_ends(const char *name, const char *end)
{
	size_t n, m = strlen(end);

	return name != NULL && (n = strlen(name)) >= m &&
	    strcmp(name + n - m, end) == 0;
}

static bool
fails(enum fault_op op, const char *name)
{
	const struct fault_plan *p = &state.plan;

	if ((p->ops & op) == 0 ||
	    (p->only != NULL && !name_ends(name, p->only)))
		return false;
	state.count++;
	if (state.count < p->nth || (state.count > p->nth && !p->for_ever))
		return false;
	state.hits++;
	if (p->cut_dir == NULL)
		return true;
	if (state.hits == 1)
		faultvfs_cut_now();
	return false;
}

/* Recording. */

static struct image *
image_of(const char *name)
{
	struct image *i;

	LIST_FOREACH(i, &state.images, link) {
		if (strcmp(i->name, name) == 0)
			return i;
	}
	i = mem_zalloc(sizeof *i);
	snprintf(i->name, sizeof i->name, "%s", name);
	STAILQ_INIT(&i->changes);
	LIST_INSERT_HEAD(&state.images, i, link);
	return i;
}

static void
forget_changes(struct image *i)
{
	struct change *c;

	while ((c = STAILQ_FIRST(&i->changes)) != NULL) {
		STAILQ_REMOVE_HEAD(&i->changes, link);
		free(c);
	}
}

static void
image_free(struct image *i)
{
	LIST_REMOVE(i, link);
	forget_changes(i);
	free(i->synced);
	free(i);
}

/* Lock bytes and shared memory are no content. */
static bool
recorded(const struct file *f)
{
	return state.recording && f->name != NULL &&
	    !name_ends(f->name, "-shm");
}

static void
note(const struct file *f, const void *p, size_t len, int64_t at)
{
	struct change *c;

	if (!recorded(f))
		return;
	c = mem_zalloc(sizeof *c + len);
	c->at = at;
	c->len = len;
	if (len > 0)
		memcpy(c->bytes, p, len);
	STAILQ_INSERT_TAIL(&image_of(f->name)->changes, c, link);
}

static void
apply_bytes(char **data, int64_t *size, int64_t at, const char *p, size_t len)
{
	int64_t end = at + (int64_t)len;

	if (end > *size) {
		*data = mem_realloc(*data, (size_t)end);
		memset(*data + *size, 0, (size_t)(end - *size));
		*size = end;
	}
	memcpy(*data + at, p, len);
}

static void
apply_size(char **data, int64_t *size, int64_t want)
{
	if (want > *size) {
		*data = mem_realloc(*data, (size_t)want);
		memset(*data + *size, 0, (size_t)(want - *size));
	}
	*size = want;
}

static void
apply_change(char **data, int64_t *size, const struct change *c)
{
	if (c->len > 0)
		apply_bytes(data, size, c->at, c->bytes, c->len);
	else
		apply_size(data, size, c->at);
}

static void
note_sync(const struct file *f)
{
	struct image *i;
	struct change *c;

	if (!recorded(f))
		return;
	i = image_of(f->name);
	STAILQ_FOREACH(c, &i->changes, link)
		apply_change(&i->synced, &i->size, c);
	forget_changes(i);
}

void
faultvfs_record(bool on)
{
	struct image *i;

	while ((i = LIST_FIRST(&state.images)) != NULL)
		image_free(i);
	state.recording = on;
}

static void
save(const char *dir, const struct image *i, const char *data, int64_t size)
{
	const char *base = strrchr(i->name, '/');
	char path[1024];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir,
	    base != NULL ? base + 1 : i->name);
	if ((f = fopen(path, "we")) == NULL)
		abort();
	if (size > 0 && fwrite(data, 1, (size_t)size, f) != (size_t)size)
		abort();
	fclose(f);
}

/* Each sector of a write reaches the disk or doesn't. */
static void
apply_some(char **data, int64_t *size, const struct change *c,
    struct rand_src *rand)
{
	int64_t at = c->at, end = c->at + (int64_t)c->len, next;

	if (c->len == 0) {
		if (rand_below(rand, 2) == 0)
			apply_size(data, size, c->at);
		return;
	}
	for (; at < end; at = next) {
		next = (at / SECTOR + 1) * SECTOR;
		if (next > end)
			next = end;
		if (rand_below(rand, 2) == 0)
			apply_bytes(data, size, at, c->bytes + (at - c->at),
			    (size_t)(next - at));
	}
}

/* The writes in an order of the disk's own. */
static size_t
shuffle(const struct image *i, const struct change ***out,
    struct rand_src *rand)
{
	const struct change *c, **list = NULL;
	size_t n = 0, k, other;

	STAILQ_FOREACH(c, &i->changes, link) {
		list = mem_realloc(list, (n + 1) * sizeof *list);
		list[n++] = c;
	}
	for (k = n; k > 1 && rand_below(rand, 2) == 0; k--) {
		other = (size_t)rand_below(rand, k);
		c = list[k - 1];
		list[k - 1] = list[other];
		list[other] = c;
	}
	*out = list;
	return n;
}

static void
cut(const char *dir, uint64_t seed, bool whole)
{
	const struct change **list, *c;
	struct rand_src rand;
	struct image *i;
	size_t n, k, how;
	int64_t size;
	char *data;

	rand_seeded_init(&rand, seed);
	LIST_FOREACH(i, &state.images, link) {
		data = mem_zalloc((size_t)i->size + 1);
		size = i->size;
		if (size > 0)
			memcpy(data, i->synced, (size_t)size);
		n = shuffle(i, &list, &rand);
		how = (size_t)rand_below(&rand, 4);
		if (whole)
			STAILQ_FOREACH(c, &i->changes, link)
				apply_change(&data, &size, c);
		for (k = 0; !whole && how != 0 && k < n; k++) {
			if (how == 1)
				apply_change(&data, &size, list[k]);
			else
				apply_some(&data, &size, list[k], &rand);
		}
		save(dir, i, data, size);
		free(list);
		free(data);
	}
}

void
faultvfs_cut(const char *dir, uint64_t seed)
{
	cut(dir, seed, false);
}

void
faultvfs_cut_now(void)
{
	const struct fault_plan *p = &state.plan;

	cut(p->cut_dir, p->cut_seed, p->cut_whole);
}

void
faultvfs_know(const char *path)
{
	struct image *i = image_of(path);
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return;
	fseek(f, 0, SEEK_END);
	i->size = ftell(f);
	rewind(f);
	i->synced = mem_realloc(i->synced, (size_t)i->size + 1);
	if (fread(i->synced, 1, (size_t)i->size, f) != (size_t)i->size)
		abort();
	fclose(f);
}

/* The methods of a file. */

static int
io_error(int code)
{
	return state.plan.full ? SQLITE_FULL : code;
}

static int
f_close(sqlite3_file *base)
{
	struct file *f = file_of(base);
	int rc = f->real->pMethods->xClose(f->real);

	free(f->real);
	return rc;
}

static int
f_read(sqlite3_file *base, void *p, int len, sqlite3_int64 at)
{
	struct file *f = file_of(base);

	if (fails(FAULT_READ, f->name))
		return SQLITE_IOERR_READ;
	return f->real->pMethods->xRead(f->real, p, len, at);
}

static int
f_write(sqlite3_file *base, const void *p, int len, sqlite3_int64 at)
{
	struct file *f = file_of(base);
	int rc;

	if (fails(FAULT_WRITE, f->name)) {
		if (!state.plan.torn)
			return io_error(SQLITE_IOERR_WRITE);
		len /= 2;
		f->real->pMethods->xWrite(f->real, p, len, at);
		note(f, p, (size_t)len, at);
		return io_error(SQLITE_IOERR_WRITE);
	}
	rc = f->real->pMethods->xWrite(f->real, p, len, at);
	if (rc == SQLITE_OK)
		note(f, p, (size_t)len, at);
	return rc;
}

static int
f_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	struct file *f = file_of(base);
	int rc;

	if (fails(FAULT_TRUNCATE, f->name))
		return SQLITE_IOERR_TRUNCATE;
	rc = f->real->pMethods->xTruncate(f->real, size);
	if (rc == SQLITE_OK)
		note(f, NULL, 0, size);
	return rc;
}

static int
f_sync(sqlite3_file *base, int flags)
{
	struct file *f = file_of(base);

	(void)flags;
	if (fails(FAULT_SYNC, f->name))
		return SQLITE_IOERR_FSYNC;
	/* Nothing of a test has to outlive this machine: no real sync. */
	note_sync(f);
	return SQLITE_OK;
}

static int
f_size(sqlite3_file *base, sqlite3_int64 *size)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xFileSize(f->real, size);
}

static int
f_lock(sqlite3_file *base, int level)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xLock(f->real, level);
}

static int
f_unlock(sqlite3_file *base, int level)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xUnlock(f->real, level);
}

static int
f_check_lock(sqlite3_file *base, int *out)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xCheckReservedLock(f->real, out);
}

static int
f_control(sqlite3_file *base, int op, void *arg)
{
	struct file *f = file_of(base);

	/* Would change the size behind our back; SQLite does without it. */
	if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE)
		return SQLITE_NOTFOUND;
	return f->real->pMethods->xFileControl(f->real, op, arg);
}

static int
f_sector(sqlite3_file *base)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xSectorSize(f->real);
}

static int
f_device(sqlite3_file *base)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xDeviceCharacteristics(f->real);
}

static int
f_shm_map(sqlite3_file *base, int page, int size, int extend,
    void volatile **out)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xShmMap(f->real, page, size, extend, out);
}

static int
f_shm_lock(sqlite3_file *base, int at, int n, int flags)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xShmLock(f->real, at, n, flags);
}

static void
f_shm_barrier(sqlite3_file *base)
{
	struct file *f = file_of(base);

	f->real->pMethods->xShmBarrier(f->real);
}

static int
f_shm_unmap(sqlite3_file *base, int remove)
{
	struct file *f = file_of(base);

	return f->real->pMethods->xShmUnmap(f->real, remove);
}

static const sqlite3_io_methods methods = {
	2, f_close, f_read, f_write, f_truncate, f_sync, f_size, f_lock,
	f_unlock, f_check_lock, f_control, f_sector, f_device, f_shm_map,
	f_shm_lock, f_shm_barrier, f_shm_unmap, NULL, NULL,
};

static int
v_open(sqlite3_vfs *v, const char *name, sqlite3_file *base, int flags,
    int *out)
{
	struct file *f = file_of(base);
	int rc;

	(void)v;
	f->base.pMethods = NULL;
	if (fails(FAULT_OPEN, name))
		return SQLITE_CANTOPEN;
	f->name = name;
	f->real = mem_zalloc((size_t)state.real->szOsFile);
	rc = state.real->xOpen(state.real, name, f->real, flags, out);
	if (rc != SQLITE_OK) {
		free(f->real);
		return rc;
	}
	f->base.pMethods = &methods;
	return SQLITE_OK;
}

static int
v_delete(sqlite3_vfs *v, const char *name, int sync)
{
	(void)v;
	if (state.recording)
		image_free(image_of(name));
	return state.real->xDelete(state.real, name, sync);
}

void
faultvfs_register(void)
{
	if (state.real != NULL)
		return;
	state.real = sqlite3_vfs_find(NULL);
	state.vfs = *state.real;
	state.vfs.szOsFile = sizeof(struct file);
	state.vfs.zName = FAULTVFS_NAME;
	state.vfs.pNext = NULL;
	state.vfs.xOpen = v_open;
	state.vfs.xDelete = v_delete;
	LIST_INIT(&state.images);
	if (sqlite3_vfs_register(&state.vfs, 0) != SQLITE_OK)
		abort();
}

void
faultvfs_plan(const struct fault_plan *p)
{
	state.plan = p != NULL ? *p : (struct fault_plan){ 0 };
	state.count = state.hits = 0;
}

int
faultvfs_count(void)
{
	return state.count;
}

int
faultvfs_hits(void)
{
	return state.hits;
}
