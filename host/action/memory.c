/*
 * Batch, savepoint and committed values of what is derived from the ledger.
 */
#include "action/memory.h"

#include "base/arena.h"
#include "base/mem.h"
#include "store/store_owner.h"
#include "store/store_run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct owner *
owner_probe(struct owner *table, size_t slots, int64_t no)
{
	size_t i = (size_t)no % slots;

	while (table[i].no != 0 && table[i].no != no)
		i = (i + 1) % slots;
	return &table[i];
}

static void
owners_grow(struct memory *m)
{
	size_t i, slots = m->owner_slots ? 2 * m->owner_slots : 64;
	struct owner *table = mem_calloc(slots, sizeof *table);

	for (i = 0; i < m->owner_slots; i++) {
		if (m->owners[i].no != 0)
			*owner_probe(table, slots, m->owners[i].no) =
			    m->owners[i];
	}
	/* Places in touched are places in the old table. */
	for (i = 0; i < m->touched_count; i++)
		m->touched[i].place = (size_t)(owner_probe(table, slots,
		    m->owners[m->touched[i].place].no) - table);
	free(m->owners);
	m->owners = table;
	m->owner_slots = slots;
}

struct owner *
memory_owner(struct memory *m, int64_t no)
{
	struct owner *o;

	if (2 * (m->owner_count + 1) > m->owner_slots)
		owners_grow(m);
	o = owner_probe(m->owners, m->owner_slots, no);
	if (o->no == 0) {
		o->no = no;
		m->owner_count++;
	}
	return o;
}

void
memory_add(struct memory *m, struct owner *o, int64_t live, int64_t bytes)
{
	size_t place = (size_t)(o - m->owners);
	struct touched *t;

	o->live += live;
	o->bytes += bytes;
	if (m->touched_count > m->touched_mark) {
		t = &m->touched[m->touched_count - 1];
		if (t->place == place) {
			t->live += live;
			t->bytes += bytes;
			return;
		}
	}
	if (m->touched_count == m->touched_cap) {
		m->touched_cap = m->touched_cap ? 2 * m->touched_cap : 64;
		m->touched = mem_realloc(m->touched,
		    m->touched_cap * sizeof *m->touched);
	}
	m->touched[m->touched_count++] = (struct touched){ place, live,
	    bytes };
}

struct slot *
memory_slot(struct memory *m, const char *plugin)
{
	size_t i;

	for (i = 0; i < m->slot_count; i++) {
		if (strcmp(m->slots[i].plugin, plugin) == 0)
			return &m->slots[i];
	}
	m->slots = mem_realloc(m->slots, (i + 1) * sizeof *m->slots);
	m->slots[i] = (struct slot){ .plugin = mem_strdup(plugin) };
	m->slot_count++;
	return &m->slots[i];
}

rh_status
memory_flush(struct memory *m, struct db *db, int64_t now, struct err *err)
{
	struct owner *o;
	size_t i;
	rh_status rc;

	if ((rc = pending_flush(&m->pending, db, now, err)) != RH_OK)
		return rc;
	pending_clear(&m->pending);
	for (i = 0; i < m->touched_count; i++) {
		o = &m->owners[m->touched[i].place];
		if (o->bytes == o->bytes_written)
			continue;
		if ((rc = store_owner_set_bytes(db, o->no, o->bytes,
		    err)) != RH_OK)
			return rc;
		o->bytes_written = o->bytes;
	}
	return RH_OK;
}

static void
load_owner(int64_t no, enum run_state state, int64_t live, void *arg)
{
	struct memory *m = arg;

	m->runs.n[state] += live;
	memory_add(m, memory_owner(m, no), live, 0);
}

static void
load_bytes(int64_t no, int64_t bytes, void *arg)
{
	struct memory *m = arg;

	memory_add(m, memory_owner(m, no), 0, bytes);
}

rh_status
memory_load(struct db *db, struct memory *m, struct err *err)
{
	struct arena a;
	const char **plugins;
	rh_status rc;

	memset(m, 0, sizeof *m);
	arena_init(&a);
	rc = store_run_queued_plugins(db, &a, &plugins, err);
	for (; rc == RH_OK && *plugins != NULL; plugins++)
		memory_slot(m, *plugins)->queued = true;
	arena_fini(&a);
	if (rc == RH_OK)
		rc = store_run_owners(db, load_owner, m, err);
	if (rc == RH_OK)
		rc = store_owner_each(db, load_bytes, m, err);
	memory_commit(m);
	return rc;
}

void
memory_fini(struct memory *m)
{
	size_t i;

	for (i = 0; i < m->slot_count; i++)
		free(m->slots[i].plugin);
	pending_fini(&m->pending);
	free(m->slots);
	free(m->owners);
	free(m->touched);
}

void
memory_commit(struct memory *m)
{
	struct slot *s;
	struct owner *o;
	size_t i;

	for (i = 0; i < m->slot_count; i++) {
		s = &m->slots[i];
		s->free_committed = s->free;
		s->queued_committed = s->queued;
		s->inproc_committed = s->inproc;
	}
	for (i = 0; i < m->touched_count; i++) {
		o = &m->owners[m->touched[i].place];
		o->live_committed = o->live;
		o->bytes_committed = o->bytes_written = o->bytes;
	}
	m->swept_committed = m->swept;
	m->runs_committed = m->runs;
	m->touched_count = 0;
	pending_clear(&m->pending);
	memory_keep(m);
}

void
memory_rollback(struct memory *m)
{
	struct slot *s;
	struct owner *o;
	size_t i;

	for (i = 0; i < m->slot_count; i++) {
		s = &m->slots[i];
		s->free = s->free_committed;
		s->queued = s->queued_committed;
		s->inproc = s->inproc_committed;
	}
	for (i = 0; i < m->touched_count; i++) {
		o = &m->owners[m->touched[i].place];
		o->live = o->live_committed;
		o->bytes = o->bytes_written = o->bytes_committed;
	}
	m->swept = m->swept_committed;
	m->runs = m->runs_committed;
	m->touched_count = 0;
	pending_clear(&m->pending);
	memory_keep(m);
}

void
memory_mark(struct memory *m)
{
	struct slot *s;

	assert(!m->marked);
	m->marked = true;
	for (s = m->slots; s < m->slots + m->slot_count; s++) {
		s->free_marked = s->free;
		s->queued_marked = s->queued;
		s->inproc_marked = s->inproc;
	}
	m->touched_mark = m->touched_count;
	pending_mark(&m->pending);
	m->swept_marked = m->swept;
	m->runs_marked = m->runs;
}

void
memory_keep(struct memory *m)
{
	m->marked = false;
	m->touched_mark = 0;
	pending_keep(&m->pending);
}

void
memory_undo(struct memory *m)
{
	struct slot *s;
	struct touched *t;

	assert(m->marked);
	for (s = m->slots; s < m->slots + m->slot_count; s++) {
		s->free = s->free_marked;
		s->queued = s->queued_marked;
		s->inproc = s->inproc_marked;
	}
	while (m->touched_count > m->touched_mark) {
		t = &m->touched[--m->touched_count];
		m->owners[t->place].live -= t->live;
		m->owners[t->place].bytes -= t->bytes;
	}
	pending_undo(&m->pending);
	m->swept = m->swept_marked;
	m->runs = m->runs_marked;
	memory_keep(m);
}

static rh_status
owners_check(struct memory *m, struct memory *fresh, struct err *err)
{
	struct owner *o, *f;
	size_t i;

	for (i = 0; i < fresh->owner_slots; i++) {
		if (fresh->owners[i].no != 0)
			memory_owner(m, fresh->owners[i].no);
	}
	for (i = 0; i < m->owner_slots; i++) {
		o = &m->owners[i];
		if (o->no == 0)
			continue;
		f = memory_owner(fresh, o->no);
		if (f->live != o->live || f->live != o->live_committed)
			return err_set(err, RH_EINTERNAL, "owner %lld has "
			    "%lld live runs, memory says %lld",
			    (long long)o->no, (long long)f->live,
			    (long long)o->live);
		if (f->bytes != o->bytes || f->bytes != o->bytes_committed)
			return err_set(err, RH_EINTERNAL, "owner %lld has "
			    "%lld bytes stored, memory says %lld",
			    (long long)o->no, (long long)f->bytes,
			    (long long)o->bytes);
	}
	return RH_OK;
}

/* Those that have ended are counted from the start on, not in the ledger. */
static rh_status
runs_check(const struct memory *m, const struct memory *fresh,
    struct err *err)
{
	int i;

	for (i = RUN_CREATED; i < RUN_FIRST_TERMINAL; i++) {
		if (m->runs.n[i] != fresh->runs.n[i] ||
		    m->runs_committed.n[i] != fresh->runs.n[i])
			return err_set(err, RH_EINTERNAL, "%lld runs are %s, "
			    "memory says %lld", (long long)fresh->runs.n[i],
			    run_state_name((enum run_state)i),
			    (long long)m->runs.n[i]);
	}
	return RH_OK;
}

rh_status
memory_check(struct memory *m, struct db *db, struct err *err)
{
	struct memory fresh;
	struct slot *s;
	size_t i;
	rh_status rc = memory_load(db, &fresh, err);

	for (i = 0; rc == RH_OK && i < fresh.slot_count; i++) {
		s = memory_slot(m, fresh.slots[i].plugin);
		if (!s->queued || !s->queued_committed)
			rc = err_set(err, RH_EINTERNAL, "runs of \"%s\" wait, "
			    "memory says none does", s->plugin);
	}
	if (rc == RH_OK)
		rc = owners_check(m, &fresh, err);
	if (rc == RH_OK)
		rc = runs_check(m, &fresh, err);
	memory_fini(&fresh);
	return rc;
}
