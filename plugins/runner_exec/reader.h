/*
 * The words, numbers and strings of a manifest, with their places.  A
 * function that refuses fills the error and answers false; the first error
 * stands.
 */
#ifndef EXEC_READER_H
#define EXEC_READER_H

#include "manifest.h"

struct reader {
	const char *p, *end;
	const char *line;		/* where it begins */
	unsigned line_no;
	char	*pool;			/* room for all texts of the file */
	struct manifest_error *error;
	struct action *action;		/* the section that is read */
	unsigned seen;			/* keys of it, a bit each */
};

struct place	read_place(const struct reader *, const char *at);
bool	read_refuse(struct reader *, struct place, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
bool	read_refuse_here(struct reader *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

void	read_space(struct reader *);		/* blanks and tabs */
bool	read_at_end(struct reader *);		/* of the line, or a comment */
bool	read_char(struct reader *, char);	/* that one, else refused */

/* The word that stands here, borrowed; len 0: none. */
const char *read_word(struct reader *, size_t *len);
bool	word_is(const char *word, size_t len, const char *is);

bool	read_name(struct reader *, const char **);
bool	read_number(struct reader *, int64_t *, int64_t min, int64_t max);
bool	read_string(struct reader *, const char **, size_t max);

/* "[a, b]": one is called at each, and reads it. */
bool	read_list(struct reader *, bool (*one)(struct reader *, void *),
	    void *);

#endif
