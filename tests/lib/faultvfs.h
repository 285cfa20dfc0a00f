/*
 * A VFS for SQLite that fails as told, and that can cut the power.  It lies
 * over the system's VFS and is registered once a process, as "fault".  One
 * test at a time; not for several threads.
 */
#ifndef LIB_FAULTVFS_H
#define LIB_FAULTVFS_H

#include <stdbool.h>
#include <stdint.h>

#define FAULTVFS_NAME	"fault"

enum fault_op {
	FAULT_WRITE = 1, FAULT_SYNC = 2, FAULT_TRUNCATE = 4, FAULT_OPEN = 8,
	FAULT_READ = 16
};
#define FAULT_WRITES	(FAULT_WRITE | FAULT_SYNC | FAULT_TRUNCATE)

struct fault_plan {
	unsigned ops;		/* which operations count; 0: nothing fails */
	int	nth;		/* the n-th of them fails; from 1 */
	bool	for_ever;	/* and every later one */
	bool	full;		/* writes say "disk full", else an I/O error */
	bool	torn;		/* half of what a failing write has is written */
	const char *only;	/* files whose name ends so, or NULL: all */
	/* Nothing fails: the power is cut before the n-th, see below. */
	const char *cut_dir;
	uint64_t cut_seed;
	bool	cut_whole;	/* a killed process: what it wrote is there */
};

void	faultvfs_register(void);
void	faultvfs_plan(const struct fault_plan *);	/* NULL: none */
int	faultvfs_hits(void);	/* faults, or cuts, since the plan was made */
int	faultvfs_count(void);	/* operations that counted */

/*
 * Keeps what each file was at its last sync and every write since.  Begin
 * before the database is opened; cut() puts what a disk may hold after the
 * power went into dir: the synced bytes, and of the later writes, by seed,
 * some, in any order, sector by sector.
 */
void	faultvfs_record(bool on);	/* forgets what was recorded */
void	faultvfs_cut(const char *dir, uint64_t seed);
/* The cut of the plan, now. */
void	faultvfs_cut_now(void);
/* A file that was there before the recording began: all of it is synced. */
void	faultvfs_know(const char *path);

#endif
