/*
 * What can be set, in one table: the configuration file, the environment,
 * the flags of serve and docs/configuration.md are made from it.
 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;

enum setting_type {
	SET_UNSET, SET_INT, SET_BOOL, SET_TEXT, SET_CHOICE, SET_PATH,
	SET_LIST,	/* paths */
	SET_NAMES	/* names of files, without a folder */
};

struct setting {
	const char *key;	/* a table ends with NULL */
	enum setting_type type;
	bool	live;		/* changes at a reload; else at a restart */
	size_t	at;		/* in struct config */
	const char *preset;	/* as text; NULL: unset */
	int64_t	min, max;	/* of an integer; bytes of a text */
	const char *unit;	/* of an integer; of a choice: "a|b|c" */
	const char *flag;	/* of serve, without dashes; or NULL */
	const char *help;	/* one line */
};

extern const struct setting settings[];

/* Whether it may be given several times. */
bool		setting_is_list(const struct setting *);

size_t		setting_count(void);
/* Index in the table, or -1. */
int		setting_find(const char *key);
const char	*setting_nearest(const char *key);	/* or NULL */

/* How its value is called in help: "ADDR:PORT", "DIR"; NULL for a switch. */
const char	*setting_arg(const struct setting *);
/* "RUNHOST_HTTP_BODY_MAX" */
void		setting_env(const struct setting *, char *out, size_t size);
/* "a whole number from 1 to 9 (ms)" */
void		setting_range(const struct setting *, char *out, size_t size);

/* Judges value and stores it; the text goes into the config's arena. */
rh_status	setting_store(struct config *, int index, const char *value,
		    struct err *);
/* The value as text, or as JSON; nothing for an unset one ("null"). */
void		setting_text(const struct config *, int index, struct buf *);
void		setting_json(const struct config *, int index, struct buf *);

#endif
