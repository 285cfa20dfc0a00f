/*
 * The spawner as the host holds it.  Inside worker/spawner*.c only.
 */
#ifndef WORKER_SPAWNER_PART_H
#define WORKER_SPAWNER_PART_H

#include "base/buf.h"
#include "worker/spawner.h"

struct spawner {
	int	exe;		/* O_PATH: the binary that runs now */
	int	sock;		/* control; -1: none */
	pid_t	pid;		/* 0: none */
	bool	greeted;	/* it said that it is there */
	bool	by_main;	/* made by a thread that lives as long as we */
	uint32_t slot;		/* of the next worker; wraps after 2^32 */
	/* A worker ahead of the one who will want it: it waits for its object. */
	struct worker_proc ahead;	/* pid 0: there is none */
	bool	asked;		/* for it, and the answer is still to come */
	struct buf like;	/* its profile, packed */
	int	misses;		/* workers in a row that were to be others */
};

rh_status	spawner_begin(struct spawner *, struct err *);
/* Ends and reaps the spawner; it holds nothing that could be lost. */
void		spawner_end(struct spawner *);
/* Waits until it has said that it is there; 0 or -1. */
int		spawner_greeted(struct spawner *);
/* The same of the worker ahead, if any. */
void		ahead_drop(struct spawner *);

#endif
