/*
 * Writes JSON into a buffer.  The writer puts the commas; nesting errors
 * are our own mistakes and trip an assertion.  Text that is not UTF-8 has
 * its bad bytes replaced by U+FFFD.
 */
#ifndef JSON_WRITE_H
#define JSON_WRITE_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct json_out {
	struct buf *buf;
	uint64_t comma;		/* a bit a level: a value stands there */
	uint64_t object;	/* a bit a level: names are due */
	int	depth;		/* up to 63 */
	bool	named;		/* the value of this name is due */
};

/* Adds to the buffer; for one value at the top, then init again. */
void	jw_init(struct json_out *, struct buf *);
void	jw_object(struct json_out *);		/* { */
void	jw_array(struct json_out *);		/* [ */
void	jw_end_object(struct json_out *);
void	jw_end_array(struct json_out *);
void	jw_name(struct json_out *, const char *);
void	jw_name_str(struct json_out *, struct str);
void	jw_str(struct json_out *, struct str);
void	jw_text(struct json_out *, const char *);	/* NULL is null */
void	jw_i64(struct json_out *, int64_t);
void	jw_double(struct json_out *, double);	/* shortest that reads back; not finite is null */
void	jw_bool(struct json_out *, bool);
void	jw_null(struct json_out *);
/*
 * Valid JSON as it is, but for its line ends, which become blanks, so that
 * what we write is one line; empty is null.
 */
void	jw_raw(struct json_out *, struct str);

/* Members in one call. */
void	jw_m_str(struct json_out *, const char *name, struct str);
void	jw_m_text(struct json_out *, const char *name, const char *);
void	jw_m_i64(struct json_out *, const char *name, int64_t);
void	jw_m_bool(struct json_out *, const char *name, bool);
void	jw_m_null(struct json_out *, const char *name);
void	jw_m_raw(struct json_out *, const char *name, struct str);
/* ISO 8601 UTC with milliseconds; 0 is null. */
void	jw_m_time(struct json_out *, const char *name, int64_t wall_us);

#endif
