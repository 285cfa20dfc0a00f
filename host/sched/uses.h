/*
 * Which capabilities plugins used, and which they were refused, since
 * somebody last took the counts.  In memory only: what a count becomes is
 * for who takes it.  Any thread.
 */
#ifndef SCHED_USES_H
#define SCHED_USES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uses;

/* A plugin chooses what it is refused: more of them are one, without a name. */
#define USES_MAX	256	/* capabilities of all plugins between two takings */

struct use_count {
	char	*plugin;	/* id */
	char	*capability;	/* "net.connect:db:5432"; "": others */
	int64_t	used, denied;
	int64_t	last_us;
	char	*note;		/* the newest; "": none any more; NULL: not said */
};

struct uses	*uses_new(void);
void		 uses_free(struct uses *);	/* NULL is fine */

void		 use_note(struct uses *, const char *plugin,
		    const char *capability, bool allowed, int64_t at_us);

/* Why it can't be given, or can't ever; NULL: it can. */
void		 use_say(struct uses *, const char *plugin,
		    const char *capability, const char *note);

/* How many more are told apart. */
size_t		 uses_room(struct uses *);

/* All counts, which begin anew; NULL: none. */
struct use_count *uses_take(struct uses *, size_t *n);
void		 use_counts_free(struct use_count *, size_t n);

#endif
