/*
 * Convenience for authors in C and C++: the host table with strings that
 * end in NUL, and what plugins need of JSON.  Nothing here crosses the
 * boundary; a plugin in another language does without.
 *
 * host and inv are what the plugin's function was given.  Statuses are
 * those of the call in host.h that a helper stands for.
 */
#ifndef RUNHOST_EASY_H
#define RUNHOST_EASY_H

#include <runhost/ext/net.h>
#include <runhost/ext/secret.h>
#include <runhost/plugin.h>

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* exit_code of runs that were stopped. */
#define RH_EXIT_TIMEOUT		124
#define RH_EXIT_CANCELLED	130

/* Borrows s, which may be NULL. */
static inline struct rh_text
rh_text_of(const char *s)
{
	struct rh_text t;

	t.p = s;
	t.len = s != NULL ? strlen(s) : 0;
	return t;
}

static inline int
rh_text_is(struct rh_text t, const char *s)
{
	return t.len == strlen(s) && (t.len == 0 || memcmp(t.p, s, t.len) == 0);
}

/* Reporting: taken over, never waits for the disk. */

/* message may be NULL. */
static inline rh_status
rh_progress(const struct rh_host *host, const struct rh_invocation *inv,
    const char *stage, int percent, const char *message)
{
	struct rh_text m = rh_text_of(message);

	return host->progress(inv->handle, stage, strlen(stage), percent,
	    m.p, m.len);
}

/* json: an object. */
static inline rh_status
rh_event(const struct rh_host *host, const struct rh_invocation *inv,
    const char *type, const char *json)
{
	return host->event(inv->handle, type, strlen(type), json, strlen(json));
}

static inline rh_status
rh_print(const struct rh_host *host, const struct rh_invocation *inv,
    const char *text)
{
	return host->output(inv->handle, RH_STDOUT, text, strlen(text));
}

static inline rh_status
rh_print_error(const struct rh_host *host, const struct rh_invocation *inv,
    const char *text)
{
	return host->output(inv->handle, RH_STDERR, text, strlen(text));
}

static inline rh_status
rh_log(const struct rh_host *host, const struct rh_invocation *inv,
    uint32_t level, const char *text)
{
	return host->log(inv->handle, level, text, strlen(text));
}

/* Ending: returns after COMMIT; nothing may be reported afterwards. */

/* An outcome of this kind with everything else empty. */
static inline struct rh_outcome
rh_outcome_of(uint32_t kind)
{
	struct rh_outcome o;

	memset(&o, 0, sizeof o);
	o.size = (uint32_t)sizeof o;
	o.kind = kind;
	return o;
}

/* output: text or JSON, or NULL. */
static inline rh_status
rh_completed(const struct rh_host *host, const struct rh_invocation *inv,
    const char *output)
{
	struct rh_outcome o = rh_outcome_of(RH_COMPLETED);

	o.output = rh_text_of(output);
	return host->finish(inv->handle, &o);
}

/* error: what went wrong, for people. */
static inline rh_status
rh_failed(const struct rh_host *host, const struct rh_invocation *inv,
    int exit_code, const char *error)
{
	struct rh_outcome o = rh_outcome_of(RH_FAILED);

	o.exit_code = exit_code;
	o.error = rh_text_of(error);
	return host->finish(inv->handle, &o);
}

/* As rh_failed(); another attempt may succeed. */
static inline rh_status
rh_failed_retryable(const struct rh_host *host,
    const struct rh_invocation *inv, int exit_code, const char *error)
{
	struct rh_outcome o = rh_outcome_of(RH_FAILED);

	o.exit_code = exit_code;
	o.error = rh_text_of(error);
	o.retryable = 1;
	return host->finish(inv->handle, &o);
}

/*
 * Ends a run that wait() or cancelled() told to stop: as RH_TIMEOUT when
 * the deadline passed, else as RH_CANCELLED.
 */
static inline rh_status
rh_finish_as_stopped(const struct rh_host *host,
    const struct rh_invocation *inv)
{
	struct rh_outcome o = rh_outcome_of(RH_CANCELLED);

	o.exit_code = RH_EXIT_CANCELLED;
	o.error = rh_text_of("stopped on request");
	if (host->wait(inv->handle, 0) == RH_EDEADLINE) {
		o.kind = RH_TIMEOUT;
		o.exit_code = RH_EXIT_TIMEOUT;
		o.error = rh_text_of("stopped at the deadline");
	}
	return host->finish(inv->handle, &o);
}

/* What the host does for the plugin by its grants. */

/* A text of the caller's, with room for a NUL. */
struct rh_room {
	char *p;
	uint64_t size;
	uint64_t len;		/* what there was, whether it fitted or not */
};

static inline void
rh_room_take(void *ctx, const char *p, uint64_t len)
{
	struct rh_room *room = (struct rh_room *)ctx;

	room->len = len;
	if (room->size == 0)
		return;
	if (len >= room->size)
		len = room->size - 1;
	memcpy(room->p, p, len);
	room->p[len] = '\0';
}

/*
 * A connected socket, or -1: as connect() in ext/net.h.  why: room for the
 * reason in words; NULL and 0 if nobody wants it.
 */
static inline rh_status
rh_connect(const struct rh_host *host, const struct rh_invocation *inv,
    const char *name, uint32_t port, int64_t timeout_ms, int32_t *fd,
    char *why, uint64_t why_size)
{
	const struct rh_net *net =
	    (const struct rh_net *)host->extension(RH_NET);
	struct rh_room room;

	room.p = why;
	room.size = why_size;
	room.len = 0;
	if (why_size > 0)
		why[0] = '\0';
	*fd = -1;
	if (net == NULL)
		return RH_ENOSYS;
	return net->connect(inv->handle, name, strlen(name), port,
	    timeout_ms, fd, rh_room_take, &room);
}

/*
 * The value of a secret and a NUL into value, its length into *len, as get()
 * in ext/secret.h; RH_ETOOBIG when there is no room for it.  Any other
 * status: the reason in words.  Wipe value once it isn't needed.
 */
static inline rh_status
rh_secret(const struct rh_host *host, const struct rh_invocation *inv,
    const char *name, char *value, uint64_t size, uint64_t *len)
{
	const struct rh_secrets *secrets =
	    (const struct rh_secrets *)host->extension(RH_SECRET);
	struct rh_room room;
	rh_status rc;

	room.p = value;
	room.size = size;
	room.len = 0;
	*len = 0;
	if (size > 0)
		value[0] = '\0';
	if (secrets == NULL)
		return RH_ENOSYS;
	rc = secrets->get(inv->handle, name, strlen(name), rh_room_take,
	    &room);
	if (rc == RH_OK && room.len >= size) {
		memset(value, 0, size);
		return RH_ETOOBIG;
	}
	*len = room.len;
	return rc;
}

/*
 * JSON.  What the host gives is valid, so these look no closer than they
 * must; they stay within json whatever it holds.
 */

static inline const char *
rh_json_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* Behind the string that begins at p; end when it is not closed. */
static inline const char *
rh_json_skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
	}
	return p < end ? p + 1 : end;
}

/* Behind the value that begins at p. */
static inline const char *
rh_json_skip(const char *p, const char *end)
{
	uint64_t depth = 0;

	for (; p < end; p++) {
		if (*p == '"') {
			p = rh_json_skip_string(p, end) - 1;
		} else if (*p == '{' || *p == '[') {
			depth++;
		} else if (*p == '}' || *p == ']') {
			if (depth == 0)
				break;
			depth--;
		} else if (depth == 0 && strchr(",: \t\n\r", *p) != NULL) {
			break;
		}
	}
	return p;
}

/*
 * The value of a top-level member of a JSON object, as written there, into
 * *value (borrowed from json).  0: no object, or no such member.  name is
 * compared with the bytes as written, so use plain names.
 */
static inline int
rh_json_member(struct rh_text json, const char *name, struct rh_text *value)
{
	const char *p = json.p, *end, *key;
	uint64_t key_len;

	if (json.len == 0)
		return 0;
	end = p + json.len;
	p = rh_json_space(p, end);
	if (p == end || *p++ != '{')
		return 0;
	for (;;) {
		p = rh_json_space(p, end);
		if (p == end || *p != '"')
			return 0;
		key = p + 1;
		p = rh_json_skip_string(p, end);
		key_len = (uint64_t)(p - key);
		p = rh_json_space(p, end);
		if (p == end || *p++ != ':')
			return 0;
		value->p = p = rh_json_space(p, end);
		p = rh_json_skip(p, end);
		value->len = (uint64_t)(p - value->p);
		if (key_len == strlen(name) + 1 &&
		    memcmp(key, name, strlen(name)) == 0)
			return value->len > 0;
		p = rh_json_space(p, end);
		if (p == end || *p++ != ',')
			return 0;
	}
}

/*
 * A top-level integer member; otherwise where it is absent, not written as
 * an integer ("1.5", "1e3", "true", "\"1\"") or not within 64 bits.
 */
static inline int64_t
rh_json_i64(struct rh_text json, const char *name, int64_t otherwise)
{
	struct rh_text v;
	uint64_t max, n = 0, i = 0, digit;
	int negative;

	if (!rh_json_member(json, name, &v))
		return otherwise;
	negative = v.p[0] == '-';
	max = (uint64_t)INT64_MAX + (negative ? 1 : 0);
	if (negative && ++i == v.len)
		return otherwise;
	for (; i < v.len; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return otherwise;
		digit = (uint64_t)(v.p[i] - '0');
		if (n > (max - digit) / 10)
			return otherwise;
		n = n * 10 + digit;
	}
	if (!negative)
		return (int64_t)n;
	return n == 0 ? 0 : -(int64_t)(n - 1) - 1;
}

/* Room that rh_json_quote() needs for len bytes. */
#define RH_JSON_QUOTED_MAX(len)	(6 * (len) + 3)

/*
 * Writes len bytes of UTF-8 as a JSON string with its quotes, and a NUL.
 * out has room for RH_JSON_QUOTED_MAX(len) bytes.  The length written,
 * without the NUL.
 */
static inline uint64_t
rh_json_quote(char *out, const char *p, uint64_t len)
{
	static const char hex[] = "0123456789abcdef";
	uint64_t i;
	unsigned char c;
	char *o = out;

	*o++ = '"';
	for (i = 0; i < len; i++) {
		c = (unsigned char)p[i];
		if (c < 0x20) {
			memcpy(o, "\\u00", 4);
			o[4] = hex[c >> 4];
			o[5] = hex[c & 15];
			o += 6;
			continue;
		}
		if (c == '"' || c == '\\')
			*o++ = '\\';
		*o++ = (char)c;
	}
	*o++ = '"';
	*o = '\0';
	return (uint64_t)(o - out);
}

#ifdef __cplusplus
}
#endif
#endif
