/*
 * The host's log: a line on standard error, each field escaped and bounded;
 * a JSON object, or text for people.  Any thread.
 *
 * A line about a run says "run", one about a call "op" and "principal".
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/* Auto: text on a terminal.  JSON until it is set. */
enum log_format { LOG_AUTO, LOG_TEXT, LOG_JSON };
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void	log_level_set(enum log_level);
void	log_format_set(enum log_format);	/* before there are threads */
bool	log_wanted(enum log_level);
/* fields: pairs of name and text, ended by NULL; a NULL text is left out. */
void	log_event(enum log_level, const char *msg, ...)
	    __attribute__((sentinel));
void	log_line(enum log_level, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
