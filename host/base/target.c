/*
 * Hosts and ports.  Strict, since what passes is compared with grants as
 * text and then given to a resolver: the two must mean the same.
 */
#include "base/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#define LABEL_MAX	63

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
in_label(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '_';
}

/* What resolvers may take for a number, as "0x7f" or "1". */
static bool
is_number(const char *label)
{
	return label[0] >= '0' && label[0] <= '9' &&
	    (strspn(label, "0123456789") == strlen(label) ||
	    label[1] == 'x');
}

/* Labels with dots between them, the last one no number. */
static bool
is_name(const char *s)
{
	const char *label = s;

	for (; *s != '\0'; s++) {
		if (*s == '.' && (s == label || s[1] == '\0'))
			return false;
		if (*s == '-' && (s == label || s[1] == '.' || s[1] == '\0'))
			return false;
		if (*s == '.')
			label = s + 1;
		else if (!in_label(*s) || s - label >= LABEL_MAX)
			return false;
	}
	return s > label && !is_number(label);
}

/* An address, respelled in its usual form. */
static bool
is_address(struct target *t)
{
	struct in6_addr a;

	if (inet_pton(AF_INET, t->host, &a) == 1) {
		t->kind = TARGET_IPV4;
		return true;
	}
	if (inet_pton(AF_INET6, t->host, &a) != 1 || IN6_IS_ADDR_V4MAPPED(&a))
		return false;
	t->kind = TARGET_IPV6;
	inet_ntop(AF_INET6, &a, t->host, sizeof t->host);
	return true;
}

static struct str
without_brackets(struct str s)
{
	if (s.len > 2 && s.p[0] == '[' && s.p[s.len - 1] == ']' &&
	    memchr(s.p, ':', s.len) != NULL)
		return (struct str){ s.p + 1, s.len - 2 };
	return s;
}

rh_status
target_set(struct target *t, struct str host, int64_t port, struct err *err)
{
	struct str s = without_brackets(host);
	size_t i;

	if (port < 1 || port > UINT16_MAX)
		return err_set(err, RH_EINPUT, "port %lld, not 1 to 65535",
		    (long long)port);
	if (s.len == 0 || s.len > TARGET_HOST_MAX)
		return err_set(err, RH_EINPUT, "host of %zu bytes, not 1 to "
		    "%d", s.len, TARGET_HOST_MAX);
	if (!str_utf8(s.p, s.len) || memchr(s.p, '\0', s.len) != NULL)
		return err_set(err, RH_EINPUT, "host is not text");
	for (i = 0; i < s.len; i++)
		t->host[i] = lower(s.p[i]);
	t->host[i] = '\0';
	t->port = (uint16_t)port;
	t->kind = TARGET_NAME;
	if (is_address(t) || is_name(t->host))
		return RH_OK;
	return err_set(err, RH_EINPUT, "host \"%s\" is neither a name nor an "
	    "address in its usual form", t->host);
}

void
target_text(const struct target *t, char out[TARGET_TEXT_MAX])
{
	snprintf(out, TARGET_TEXT_MAX, t->kind == TARGET_IPV6 ? "[%s]:%u" :
	    "%s:%u", t->host, t->port);
}
