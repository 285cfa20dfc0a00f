/*
 * What the checks share: the plugin, what of it can be invoked, and the way
 * to run it once and to write down what was wrong.  Inside kit/ only.
 */
#ifndef KIT_BENCH_H
#define KIT_BENCH_H

#include "kit/check.h"
#include "kit/drive.h"
#include "kit/sample.h"
#include "plugin/image.h"
#include "plugin/registry.h"

#define HELLO_MS	10000	/* in which a plugin is to be opened */
#define PROMPT_MS	1000	/* in which it is to do what it is told */
#define BUDGET_MS	60000	/* of a check; then what is left is left out */

/* What was seen in the runs of a target, the first of each kind. */
struct sight {
	unsigned count;
	char	what[400];
};
enum sight_kind {
	SEEN_FINISH, SEEN_OUTCOME, SEEN_PROGRESS, SEEN_REPORT, SEEN_RETURN,
	SEEN_STALE, SEEN_PRINTED, SEEN_KINDS
};

/* Something that can be invoked. */
struct target {
	char	*label;		/* "/greet World", "greeter.greet" */
	const struct plugin_runner *runner;	/* one of the two */
	const struct plugin_action *action;
	const char *command;	/* "/greet", or NULL */
	const char *word;	/* behind it, or NULL */
	bool	broken;		/* its plainest run cost a worker */
	bool	saves;		/* which saved a checkpoint */
	struct sight seen[SEEN_KINDS];
};

/* What it is given. */
struct gift {
	const char *name;	/* for people */
	struct buf command, raw_args, args, input;
	struct str checkpoint_name, checkpoint;	/* to go on from */
};

enum stop { STOP_NEVER, STOP_AT_START, STOP_AFTER };

/* How it is run. */
struct way {
	enum stop stop;		/* when it is cancelled */
	int64_t	stop_ms;	/* of STOP_AFTER */
	int64_t	deadline_ms;	/* it is given; 0: none */
	int64_t	patience_ms;	/* 0: that of the configuration */
};

struct bench {
	const struct check_config *cf;
	struct image image;
	struct err image_err;
	const char *tier;	/* of the first worker's sandbox */
	struct plugin plugin;	/* of whose description id is NULL: none */
	struct fake *fake;
	struct drive_config drive;
	struct target *targets;
	size_t	target_count;
	struct check_result *now;	/* of the check that runs */
	int64_t	until_us;	/* its budget */
	bool	ran_all;	/* every target was run to its end once */
};

/* Findings of the check that runs. */
void	bench_fail(struct bench *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	bench_warn(struct bench *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	bench_skip(struct bench *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Opens the plugin in a worker; false, and a finding: it could not be. */
bool	bench_open(struct bench *, struct drive *);

/* Whether there is time for another run; says once that there isn't. */
bool	bench_has_time(struct bench *);

/* What a target can be given, of a taste; freed by gift_fini. */
void	gift_init(struct gift *, const struct target *, const struct taste *);
void	gift_fini(struct gift *);

/* Begins a run; the caller drives it. */
bool	bench_begin(struct bench *, struct drive *, const struct target *,
	    const struct gift *, const struct way *);
/*
 * One run from its beginning to its end, with what is wrong in it written
 * down.  false: the worker is of no more use, or there is no time left.
 */
bool	bench_run(struct bench *, struct drive *, struct target *,
	    const struct gift *, const struct way *);
/* Each target, in a worker of its own, with its plainest arguments. */
void	bench_each(struct bench *, const struct way *);

/* Adds what the last run did wrong to what was seen of its target. */
void	bench_look(const struct drive *, struct target *,
	    const struct gift *);
/* The worker died or hangs: a finding that names run and call. */
void	bench_lost(struct bench *, struct drive *, const struct target *,
	    const struct gift *);

/* The functions of the table, by file. */
typedef void	check_fn(struct bench *);
check_fn	check_file, check_entry, check_description, check_schemas,
		check_commands, check_plain, check_garbage, check_cancel,
		check_deadline, check_resume, check_leaks, check_workers,
		check_finish, check_outcome, check_progress, check_reports,
		check_returns, check_stale, check_printed;

#endif
