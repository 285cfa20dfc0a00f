/*
 * Messages on their way out, and the one table of what the doors say of
 * each status.
 */
#include "base/err.h"

#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Exit codes of the command line. */
enum { X_FAILED = 1, X_USAGE = 2, X_REFUSED = 3, X_NOENT = 4, X_TIMEOUT = 5,
	X_UNREACHABLE = 6 };

const struct err_reason err_reason_table[] = {
	/* status	reason_code		HTTP	exit		meaning */
	{ RH_OK,	"OK",			200,	0,		"done" },
	{ RH_EINPUT,	"INVALID_INPUT",	422,	X_USAGE,	"a field is missing, of the wrong type or out of range" },
	{ RH_EREQUEST,	"INVALID_INPUT",	400,	X_USAGE,	"the request as a whole makes no sense" },
	{ RH_EJSON,	"INVALID_JSON",		400,	X_USAGE,	"the body is not JSON" },
	{ RH_EAUTH,	"AUTH_REQUIRED",	401,	X_REFUSED,	"no token came with the request, or it is unknown" },
	{ RH_EPERM,	"AUTH_FORBIDDEN",	403,	X_REFUSED,	"the caller is known but lacks the permission" },
	{ RH_ENOENT,	"NOT_FOUND",		404,	X_NOENT,	"there is no such thing, or it is not the caller's" },
	{ RH_ECONFLICT,	"CONFLICT",		409,	X_FAILED,	"another such thing stands in the way" },
	{ RH_ESTATE,	"BAD_STATE",		409,	X_FAILED,	"the target is not in the state that this needs" },
	{ RH_ESTALE,	"STALE_ATTEMPT",	409,	X_FAILED,	"the attempt, handle or lease has ended" },
	{ RH_ETOOBIG,	"PAYLOAD_TOO_LARGE",	413,	X_USAGE,	"larger than the documented limit" },
	{ RH_ERATE,	"RATE_LIMITED",		429,	X_FAILED,	"the caller makes too many requests a second" },
	{ RH_EBUSY,	"QUEUE_FULL",		503,	X_FAILED,	"the host's queue is full; come back later" },
	{ RH_EUNKNOWN,	"OUTCOME_UNKNOWN",	503,	X_FAILED,	"done or not; op_get tells after a restart" },
	{ RH_EFULL,	"STORAGE_FULL",		507,	X_FAILED,	"the disk is full; nothing was written" },
	{ RH_EDEADLINE,	"DEADLINE_EXCEEDED",	504,	X_TIMEOUT,	"the deadline passed first" },
	{ RH_ECANCELED,	"CANCELED",		409,	X_FAILED,	"it was cancelled first" },
	{ RH_ENOSYS,	"NOT_SUPPORTED",	501,	X_FAILED,	"this host or plugin has no such ability" },
	{ RH_EVERSION,	"VERSION_MISMATCH",	409,	X_FAILED,	"built for another version of the SDK, schema or protocol" },
	{ RH_EPROTO,	"PROTOCOL_ERROR",	502,	X_FAILED,	"a message came that the protocol forbids" },
	{ RH_EDEADLOCK,	"WOULD_DEADLOCK",	409,	X_FAILED,	"waiting for this would never end" },
	{ RH_EUNAVAIL,	"SERVICE_UNAVAILABLE",	503,	X_UNREACHABLE,	"the host is starting, stopping, degraded or not reachable" },
	{ RH_EIO,	"IO_ERROR",		500,	X_FAILED,	"the operating system or the disk refused" },
	{ RH_EINTERNAL,	"INTERNAL_ERROR",	500,	X_FAILED,	"a fault of the host itself" },
	{ RH_EKEYREUSE,	"IDEMPOTENCY_MISMATCH",	422,	X_USAGE,	"the idempotency key was used with another body" },
	{ RH_EHEADERS,	"HEADERS_TOO_LARGE",	431,	X_USAGE,	"the HTTP headers are larger than the limit" },
	{ RH_EMETHOD,	"METHOD_NOT_ALLOWED",	405,	X_USAGE,	"the path does not serve this HTTP method" },
	{ RH_EPLUGIN,	"PLUGIN_FAILED",	502,	X_FAILED,	"the plugin failed, died or misbehaved" },
	{ RH_ERUNS,	"QUOTA_RUNS",		429,	X_FAILED,	"the owner has as many live runs as it may have" },
	{ RH_EBYTES,	"QUOTA_BYTES",		429,	X_FAILED,	"the owner has as many bytes stored as it may have" },
	{ RH_ESTREAMS,	"QUOTA_STREAMS",	429,	X_FAILED,	"the caller has as many event streams open as it may have" },
	{ RH_ELATE,	"REQUEST_TIMEOUT",	408,	X_TIMEOUT,	"the request did not come whole in its time" },
	{ 0, NULL, 0, 0, NULL },
};

const struct err_reason *
err_reason(rh_status status)
{
	const struct err_reason *row, *internal = NULL;

	for (row = err_reason_table; row->code != NULL; row++) {
		if (row->status == status)
			return row;
		if (row->status == RH_EINTERNAL)
			internal = row;
	}
	return internal;
}

/* A cut message must not end within a character: it goes into JSON. */
static void
text_trim(char *s, size_t size)
{
	size_t len = strnlen(s, size - 1), i = len;

	if (len < size - 1)
		return;
	while (i > 0 && ((unsigned char)s[i - 1] & 0xc0) == 0x80)
		i--;
	if (i > 0 && str_utf8_next(s + i - 1, len - i + 1) == 0)
		s[i - 1] = '\0';
}

rh_status
err_set(struct err *err, rh_status status, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return status;
	err->status = status;
	err->hint[0] = '\0';
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	text_trim(err->msg, sizeof err->msg);
	return status;
}

rh_status
err_wrap(struct err *err, const char *fmt, ...)
{
	char outer[sizeof err->msg], whole[2 * sizeof err->msg + 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(outer, sizeof outer, fmt, ap);
	va_end(ap);
	snprintf(whole, sizeof whole, "%s: %s", outer, err->msg);
	memcpy(err->msg, whole, sizeof err->msg - 1);
	err->msg[sizeof err->msg - 1] = '\0';
	text_trim(err->msg, sizeof err->msg);
	return err->status;
}

rh_status
err_hint(struct err *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->hint, sizeof err->hint, fmt, ap);
	va_end(ap);
	text_trim(err->hint, sizeof err->hint);
	return err->status;
}

rh_status
err_errno(struct err *err, rh_status status, const char *fmt, ...)
{
	int saved = errno;
	char why[128];
	va_list ap;
	size_t len;

	if (err == NULL)
		return status;
	err->status = status;
	err->hint[0] = '\0';
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	len = strlen(err->msg);
	snprintf(err->msg + len, sizeof err->msg - len, ": %s",
	    strerror_r(saved, why, sizeof why));
	text_trim(err->msg, sizeof err->msg);
	errno = saved;
	return status;
}

rh_status
err_status_of(const char *code, int http)
{
	const struct err_reason *row;
	rh_status by_code = RH_OK, by_http = RH_OK;

	for (row = err_reason_table; row->code != NULL; row++) {
		if (code != NULL && strcmp(row->code, code) == 0 &&
		    (by_code == RH_OK || row->http == http))
			by_code = row->status;
		if (row->http == http && by_http == RH_OK)
			by_http = row->status;
	}
	if (by_code != RH_OK)
		return by_code;
	return by_http != RH_OK ? by_http : RH_EINTERNAL;
}
