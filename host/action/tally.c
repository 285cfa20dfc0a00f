/*
 * A small table of counters by key.  When it is full, new refusals are
 * counted by their reason alone and new reads get rows of their own, so that
 * the table stays bounded and the record complete.
 */
#include "action/tally.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS	2048		/* power of two */
#define FILL	1536		/* entries before lumping together */

struct entry {
	struct tally_key key;	/* own copies of its texts; principal NULL: free */
	int64_t	since;		/* of the first that is counted */
	int64_t	later;		/* of the first behind those written */
	int64_t	second;		/* of the present rate window */
	int	in_second;
	int64_t	row_at;		/* of the last own row */
	int64_t	count;
	int64_t	written;	/* part of count that waits for its COMMIT */
};

struct tally {
	pthread_mutex_t lock;
	struct entry slots[SLOTS];
	size_t	used;
	int64_t	total;		/* of all counts */
	int64_t	refusals[TALLY_STATUSES];	/* never goes back */
	int64_t	dropped;	/* when idle entries were last looked for */
};

struct tally *
tally_new(void)
{
	struct tally *t = mem_zalloc(sizeof *t);

	pthread_mutex_init(&t->lock, NULL);
	return t;
}

static void
entry_free(struct entry *e)
{
	free((char *)e->key.principal);
	free((char *)e->key.source);
	free((char *)e->key.action);
	free((char *)e->key.target);
	free((char *)e->key.via);
	memset(e, 0, sizeof *e);
}

void
tally_free(struct tally *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < SLOTS; i++)
		entry_free(&t->slots[i]);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static size_t
key_slot(const struct tally_key *k)
{
	const char *const texts[] = {
		k->principal, k->source, k->action, k->target, k->via
	};
	uint64_t h, digest;
	const char *p;
	size_t i;

	memcpy(&digest, k->args, sizeof digest);
	h = 0xcbf29ce484222325u ^ digest ^ (uint64_t)k->status << 1 ^ k->read;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		for (p = texts[i]; *p != '\0'; p++)
			h = (h ^ (unsigned char)*p) * 0x100000001b3u;
		h = (h ^ 0xff) * 0x100000001b3u;
	}
	return (size_t)(h >> 32) % SLOTS;
}

static bool
key_is(const struct tally_key *a, const struct tally_key *b)
{
	return a->read == b->read && a->status == b->status &&
	    strcmp(a->principal, b->principal) == 0 &&
	    strcmp(a->source, b->source) == 0 &&
	    strcmp(a->action, b->action) == 0 &&
	    strcmp(a->target, b->target) == 0 &&
	    strcmp(a->via, b->via) == 0 &&
	    memcmp(a->args, b->args, sizeof a->args) == 0;
}

/* Entries that count nothing and are out of their windows make room. */
static void
drop_idle(struct tally *t, int64_t now)
{
	struct entry *keep = mem_calloc(t->used + 1, sizeof *keep), *e;
	size_t i, n = 0, slot;

	for (i = 0; i < SLOTS; i++) {
		e = &t->slots[i];
		if (e->key.principal == NULL)
			continue;
		if (e->count == 0 && e->row_at < now - TALLY_READ_US &&
		    e->second < now - TALLY_REFUSAL_US)
			entry_free(e);
		else
			keep[n++] = *e;
	}
	memset(t->slots, 0, sizeof t->slots);
	for (i = 0; i < n; i++) {
		slot = key_slot(&keep[i].key);
		while (t->slots[slot].key.principal != NULL)
			slot = (slot + 1) % SLOTS;
		t->slots[slot] = keep[i];
	}
	t->used = n;
	t->dropped = now;
	free(keep);
}

/* The entry of the key, or the free one where it would be. */
static struct entry *
entry_find(struct tally *t, const struct tally_key *k)
{
	size_t slot = key_slot(k);

	while (t->slots[slot].key.principal != NULL &&
	    !key_is(&t->slots[slot].key, k))
		slot = (slot + 1) % SLOTS;
	return &t->slots[slot];
}

static struct entry *
entry_get(struct tally *t, const struct tally_key *k, int64_t now)
{
	const struct tally_key rest = {
		.principal = "(others)", .source = "", .action = "(several)",
		.target = "", .via = "", .status = k->status,
	};
	struct entry *e;

	if (t->used >= FILL && t->dropped <= now - US_PER_S)
		drop_idle(t, now);
	for (;;) {
		e = entry_find(t, k);
		if (e->key.principal != NULL)
			return e;
		if (t->used < FILL || k == &rest)
			break;
		k = &rest;
	}
	e->key = *k;
	e->key.principal = mem_strdup(k->principal);
	e->key.source = mem_strdup(k->source);
	e->key.action = mem_strdup(k->action);
	e->key.target = mem_strdup(k->target);
	e->key.via = mem_strdup(k->via);
	e->row_at = INT64_MIN / 2;
	e->second = INT64_MIN / 2;
	t->used++;
	return e;
}

/* Whether this one still gets a row of its own. */
static bool
own_row(struct entry *e, const struct tally_key *k, int64_t now)
{
	/* A look for which there was no room is no refusal: it gets a row. */
	if (e->key.read != k->read)
		return true;
	if (e->key.read) {
		if (e->row_at > now - TALLY_READ_US)
			return false;
		e->row_at = now;
		return true;
	}
	if (strcmp(e->key.principal, "anonymous") == 0 ||
	    e->key.principal[0] == '(')
		return false;
	if (e->second <= now - US_PER_S) {
		e->second = now;
		e->in_second = 0;
	}
	return e->in_second++ < TALLY_ROWS_PER_S;
}

bool
tally_note(struct tally *t, const struct tally_key *k, int64_t now)
{
	struct tally_key rate = *k;
	struct entry *e;
	bool own;

	/* Refusals have one rate for all that a principal tries. */
	if (!k->read) {
		rate.action = rate.source = rate.target = "";
		rate.status = RH_OK;
	}
	pthread_mutex_lock(&t->lock);
	if (!k->read && k->status > 0 && k->status < TALLY_STATUSES)
		t->refusals[k->status]++;
	own = own_row(entry_get(t, &rate, now), k, now);
	if (!own) {
		e = entry_get(t, k, now);
		if (e->count == 0)
			e->since = now;
		else if (e->count == e->written)
			e->later = now;
		e->count++;
		t->total++;
	}
	pthread_mutex_unlock(&t->lock);
	return own;
}

void
tally_refusals(struct tally *t, int64_t *n)
{
	pthread_mutex_lock(&t->lock);
	memcpy(n, t->refusals, sizeof t->refusals);
	pthread_mutex_unlock(&t->lock);
}

/* Of what isn't written yet. */
static int64_t
entry_since(const struct entry *e)
{
	return e->written > 0 ? e->later : e->since;
}

static bool
entry_due(const struct entry *e, int64_t now, bool all)
{
	int64_t window = e->key.read ? TALLY_READ_US : TALLY_REFUSAL_US;

	return e->count > e->written &&
	    (all || entry_since(e) <= now - window);
}

bool
tally_due(struct tally *t, int64_t now, bool all)
{
	bool due = false;
	size_t i;

	pthread_mutex_lock(&t->lock);
	for (i = 0; t->total > 0 && i < SLOTS && !due; i++)
		due = entry_due(&t->slots[i], now, all);
	pthread_mutex_unlock(&t->lock);
	return due;
}

/* A count on its way to a row, with texts of its own. */
struct due {
	struct tally_key key;
	int64_t	count, since;
};

static void
due_add(struct due *d, const struct entry *e, struct arena *a)
{
	d->key = e->key;
	d->key.principal = arena_strdup(a, e->key.principal);
	d->key.source = arena_strdup(a, e->key.source);
	d->key.action = arena_strdup(a, e->key.action);
	d->key.target = arena_strdup(a, e->key.target);
	d->key.via = arena_strdup(a, e->key.via);
	d->count = e->count - e->written;
	d->since = entry_since(e);
}

/* All that is due, marked as written. */
static struct due *
take_due(struct tally *t, int64_t now, bool all, struct arena *a, size_t *n)
{
	struct due *due;
	struct entry *e;
	size_t i;

	*n = 0;
	pthread_mutex_lock(&t->lock);
	due = arena_alloc(a, (t->used + 1) * sizeof *due);
	for (i = 0; t->total > 0 && i < SLOTS; i++) {
		e = &t->slots[i];
		if (!entry_due(e, now, all))
			continue;
		due_add(&due[(*n)++], e, a);
		e->written = e->count;
	}
	pthread_mutex_unlock(&t->lock);
	return due;
}

static void
give_back(struct tally *t, const struct due *due, size_t n)
{
	size_t i;

	pthread_mutex_lock(&t->lock);
	for (i = 0; i < n; i++)
		entry_find(t, &due[i].key)->written -= due[i].count;
	pthread_mutex_unlock(&t->lock);
}

rh_status
tally_flush(struct tally *t, int64_t now, bool all,
    rh_status (*row)(const struct tally_key *, int64_t, int64_t, void *),
    void *arg)
{
	struct due *due;
	struct arena a;
	rh_status rc = RH_OK;
	size_t i, n;

	arena_init(&a);
	due = take_due(t, now, all, &a, &n);
	for (i = 0; i < n && rc == RH_OK; i++)
		rc = row(&due[i].key, due[i].count, due[i].since, arg);
	if (rc != RH_OK)
		give_back(t, &due[i - 1], n - i + 1);
	arena_fini(&a);
	return rc;
}

void
tally_settle(struct tally *t, bool committed)
{
	struct entry *e;
	size_t i;

	pthread_mutex_lock(&t->lock);
	for (i = 0; i < SLOTS; i++) {
		e = &t->slots[i];
		if (committed && e->written > 0) {
			e->count -= e->written;
			t->total -= e->written;
			e->since = e->later;
		}
		e->written = 0;
	}
	pthread_mutex_unlock(&t->lock);
}
