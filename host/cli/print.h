/*
 * How results look: aligned tables, local times, JSON lines, and text from
 * elsewhere that must not move the terminal's cursor.
 */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TABLE_COLUMNS	12
#define PRINT_TIME_LEN	32

/* Rows of text in aligned columns, two spaces apart. */
struct table {
	const char *const *heads;	/* NULL-ended */
	int	columns;
	char	**cells;		/* owned; row after row */
	size_t	cell_count;
};

void	table_init(struct table *, const char *const *heads);
void	table_fini(struct table *);
void	table_cell(struct table *, const char *);	/* copied; NULL is "-" */
void	table_cell_i64(struct table *, int64_t);
/*
 * width: columns of the terminal, or 0.  A longer line is cut at its end,
 * so that no row takes two lines.
 */
void	table_print(const struct table *, int width, FILE *);

/* Columns of the terminal behind a stream; 0 when it is none. */
int	print_width(FILE *);

/* "2026-11-21 06:56:50" in local time; "-" for 0. */
const char *print_time(int64_t wall_s, char out[PRINT_TIME_LEN]);
/* The same of an ISO 8601 UTC text; what is none stays as it is. */
const char *print_time_iso(const char *iso, char out[PRINT_TIME_LEN]);
/* Seconds since 1970 of an ISO 8601 UTC text; false: it is none. */
bool	print_parse_iso(const char *iso, int64_t *wall_s);
/* "2.1 s", "3 min 5 s" */
const char *print_duration(double s, char out[PRINT_TIME_LEN]);

/*
 * Text with its control characters (but line feed and tab) shown as
 * "\x1b"; for terminals and messages.
 */
void	print_safe(FILE *, const char *, size_t);
/* The same into a buffer, with line feed and tab shown, too. */
void	print_line(struct buf *, const char *, size_t);
/* Bytes as they are; for a terminal safe. */
void	print_piece(FILE *, const char *, size_t);
/* The same, for a terminal with a last line's end. */
void	print_output(FILE *, const char *, size_t);

/* The error as the envelope that the host would send. */
void	print_envelope(FILE *, const struct err *);
/* A JSON reply and a line feed. */
void	print_json(FILE *, const char *, size_t);

#endif
