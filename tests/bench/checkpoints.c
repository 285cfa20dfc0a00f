/*
 * Checkpoints as host/ledger/writer.c makes them.
 */
#include "bare.h"
#include "life.h"

#include "base/mem.h"
#include "store/db.h"

#include <pthread.h>
#include <stdlib.h>

struct checkpoints {
	struct db *db;		/* of the thread */
	int	pages;
	bool	threaded;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	bool	wanted, done, stop;
};

static bool
wait_for_work(struct checkpoints *c)
{
	bool go;

	pthread_mutex_lock(&c->lock);
	while (!c->wanted && !c->stop)
		pthread_cond_wait(&c->work, &c->lock);
	go = !c->stop;
	pthread_mutex_unlock(&c->lock);
	return go;
}

static void *
checkpoints_main(void *arg)
{
	struct checkpoints *c = arg;
	struct err err = { 0 };

	while (wait_for_work(c)) {
		must(db_checkpoint(c->db, false, NULL, &err), &err,
		    "checkpoint");
		pthread_mutex_lock(&c->lock);
		c->wanted = false;
		c->done = true;
		pthread_mutex_unlock(&c->lock);
	}
	return NULL;
}

struct checkpoints *
checkpoints_start(const char *path, int pages, bool threaded)
{
	struct checkpoints *c = mem_zalloc(sizeof *c);
	struct err err = { 0 };

	c->pages = pages;
	c->threaded = threaded;
	if (!threaded)
		return c;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->work, NULL);
	must(db_open(path, DB_READER, NULL, &c->db, &err), &err, "open");
	if (pthread_create(&c->thread, NULL, checkpoints_main, c) != 0)
		abort();
	return c;
}

void
checkpoints_step(struct checkpoints *c, struct db *db)
{
	bool tail;

	if (db_wal_pages(db) < c->pages)
		return;
	if (!c->threaded) {
		db_checkpoint(db, false, NULL, NULL);
		return;
	}
	pthread_mutex_lock(&c->lock);
	tail = c->done;
	c->done = false;
	if (!tail && !c->wanted) {
		c->wanted = true;
		pthread_cond_signal(&c->work);
	}
	pthread_mutex_unlock(&c->lock);
	if (tail)
		db_checkpoint(db, false, NULL, NULL);
}

void
checkpoints_stop(struct checkpoints *c)
{
	if (c->threaded) {
		pthread_mutex_lock(&c->lock);
		c->stop = true;
		pthread_cond_signal(&c->work);
		pthread_mutex_unlock(&c->lock);
		pthread_join(c->thread, NULL);
		db_close(c->db);
	}
	free(c);
}
