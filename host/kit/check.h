/*
 * The rules of the SDK, tried on a plugin.  Each check is a row of a table
 * and has workers of its own; a plugin that crashes or hangs costs its worker
 * and nothing else, and every wait has an end.
 */
#ifndef KIT_CHECK_H
#define KIT_CHECK_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image;
struct spawner;

enum check_state {
	CHECK_UNSET, CHECK_PASS, CHECK_WARN, CHECK_FAIL, CHECK_SKIP,
	CHECK_STATES
};
extern const char *const check_state_names[CHECK_STATES];

struct bench;

struct check_row {
	const char *name;
	const char *about;	/* the rule, one line */
	void	(*run)(struct bench *);
	bool	bare;		/* needs no plugin that could be opened */
};
extern const struct check_row check_table[];	/* ended by a NULL name */

const struct check_row *check_find(const char *name);

#define CHECK_FINDINGS_MAX	8	/* that are kept of a check */

struct check_result {
	const struct check_row *row;
	enum check_state state;
	int64_t	us;
	unsigned runs;		/* of the plugin's functions */
	unsigned finding_count;	/* those above the maximum included */
	char	*findings[CHECK_FINDINGS_MAX];	/* owned */
};

struct check_config {
	struct spawner *spawner;
	const char *path;
	int64_t	timeout_ms;	/* of a run, then it is cancelled */
	int64_t	memory_bytes;
	const char *const *only;	/* names, ended by NULL; NULL: all */
	void	(*done)(void *arg, const struct check_result *);
	void	*arg;
};

struct check_report {
	char	*path;
	char	*id, *version;	/* of the plugin; NULL: it was not opened */
	char	digest[65];	/* of the file, or "" */
	const char *tier;	/* of its worker's sandbox, or NULL */
	struct check_result *results;
	size_t	count;
	unsigned states[CHECK_STATES];	/* how many ended so */
};

/* Runs the checks.  done is called after each. */
void		check_plugin(const struct check_config *,
		    struct check_report *);
void		check_report_free(struct check_report *);

/* The report as one JSON object, and as a JUnit document. */
void		check_json(const struct check_report *, struct buf *);
void		check_junit(const struct check_report *, struct buf *);

#endif
