/*
 * Counts of capabilities: a short list under a lock.
 */
#include "sched/uses.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct uses {
	pthread_mutex_t lock;
	struct use_count *rows;		/* USES_MAX, then one a plugin */
	size_t	count;
};

struct uses *
uses_new(void)
{
	struct uses *u = mem_zalloc(sizeof *u);

	pthread_mutex_init(&u->lock, NULL);
	return u;
}

void
uses_free(struct uses *u)
{
	if (u == NULL)
		return;
	use_counts_free(u->rows, u->count);
	pthread_mutex_destroy(&u->lock);
	free(u);
}

static struct use_count *
find(struct uses *u, const char *plugin, const char *capability)
{
	size_t i;

	for (i = 0; i < u->count; i++)
		if (strcmp(u->rows[i].plugin, plugin) == 0 &&
		    strcmp(u->rows[i].capability, capability) == 0)
			return &u->rows[i];
	return NULL;
}

static struct use_count *
add(struct uses *u, const char *plugin, const char *capability)
{
	struct use_count *c;

	u->rows = mem_realloc(u->rows, (u->count + 1) * sizeof *u->rows);
	c = &u->rows[u->count++];
	*c = (struct use_count){ .plugin = mem_strdup(plugin),
	    .capability = mem_strdup(capability) };
	return c;
}

/* With the lock. */
static struct use_count *
get(struct uses *u, const char *plugin, const char *capability)
{
	struct use_count *c = find(u, plugin, capability);

	if (c == NULL && u->count >= USES_MAX) {
		capability = "";
		c = find(u, plugin, capability);
	}
	return c != NULL ? c : add(u, plugin, capability);
}

void
use_say(struct uses *u, const char *plugin, const char *capability,
    const char *note)
{
	struct use_count *c;

	pthread_mutex_lock(&u->lock);
	c = get(u, plugin, capability);
	free(c->note);
	c->note = mem_strdup(note != NULL ? note : "");
	pthread_mutex_unlock(&u->lock);
}

void
use_note(struct uses *u, const char *plugin, const char *capability,
    bool allowed, int64_t at_us)
{
	struct use_count *c;

	pthread_mutex_lock(&u->lock);
	c = get(u, plugin, capability);
	if (allowed)
		c->used++;
	else
		c->denied++;
	c->last_us = at_us;
	pthread_mutex_unlock(&u->lock);
}

size_t
uses_room(struct uses *u)
{
	size_t n;

	pthread_mutex_lock(&u->lock);
	n = u->count < USES_MAX ? USES_MAX - u->count : 0;
	pthread_mutex_unlock(&u->lock);
	return n;
}

struct use_count *
uses_take(struct uses *u, size_t *n)
{
	struct use_count *rows;

	pthread_mutex_lock(&u->lock);
	rows = u->rows;
	*n = u->count;
	u->rows = NULL;
	u->count = 0;
	pthread_mutex_unlock(&u->lock);
	return rows;
}

void
use_counts_free(struct use_count *c, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(c[i].plugin);
		free(c[i].capability);
		free(c[i].note);
	}
	free(c);
}
