/*
 * An error on its way to whoever can act on it: what, which, why, and what
 * to do.  Not a log: the outermost layer logs once.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <runhost/status.h>

#include <stdarg.h>

struct err {
	rh_status status;
	char	msg[512];	/* what, which, why; no full stop */
	char	hint[256];	/* what to do about it, or "" */
};

/* What the doors say of a status. */
struct err_reason {
	rh_status status;
	const char *code;	/* reason_code, upper case */
	int	http;		/* HTTP status */
	int	exit_code;	/* of the command line */
	const char *meaning;	/* one line for the documentation */
};

/*
 * Sets *err (when not NULL) and returns status, so that
 * "return err_set(err, RH_EINPUT, …)" refuses in one line.  Clears the hint.
 */
rh_status	err_set(struct err *err, rh_status status, const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));

/* Puts "outer: " in front of the message; err's status.  err is not NULL. */
rh_status	err_wrap(struct err *err, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

/* Adds what can be done about it; err's status.  err is not NULL. */
rh_status	err_hint(struct err *err, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

/* Appends ": " and the text of errno. */
rh_status	err_errno(struct err *err, rh_status status,
		    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The row of a status; unknown ones get that of RH_EINTERNAL. */
const struct err_reason *err_reason(rh_status status);

/*
 * The status that a reason code, or else an HTTP status, means.  code may be
 * NULL; what neither tells is RH_EINTERNAL.
 */
rh_status	err_status_of(const char *code, int http);

/* All rows, ended by one whose code is NULL. */
extern const struct err_reason err_reason_table[];

#endif
