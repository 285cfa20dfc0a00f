/*
 * The host's log: one JSON object a line on standard error, each field
 * escaped and bounded.  Any thread.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void	log_level_set(enum log_level);
/* fields: pairs of name and text, ended by NULL; a NULL text is left out. */
void	log_event(enum log_level, const char *msg, ...)
	    __attribute__((sentinel));
void	log_line(enum log_level, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
