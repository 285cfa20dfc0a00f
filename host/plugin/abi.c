/*
 * Judges an entry: the frozen head first (magic, versions, size), then
 * every member, collecting all that is wrong into one message.
 *
 * Runs in the worker, on memory of the plugin: a pointer there may be wild,
 * and then it is the worker that dies.
 */
#include "plugin/abi.h"

#include "base/buf.h"
#include "plugin/abi_check.h"
#include "plugin/describe.h"

#include <runhost/plugin.h>

#include <stdarg.h>
#include <stdio.h>

#define SIZE_MOST	4096

void
check_problem(struct check *c, const char *fmt, ...)
{
	char one[256];
	va_list ap;
	size_t room = sizeof c->text - c->len;
	int n;

	va_start(ap, fmt);
	vsnprintf(one, sizeof one, fmt, ap);
	va_end(ap);
	n = snprintf(c->text + c->len, room, "%s%s%s",
	    c->len > 0 ? "; " : "", c->at, one);
	if ((size_t)n >= room) {
		c->text[c->len] = '\0';
		c->left_out++;
		return;
	}
	c->len += (size_t)n;
}

bool
check_text(struct check *c, const char *member, const char *text,
    enum form form)
{
	struct str s;
	const char *why;

	if (text == NULL) {
		check_problem(c, "%s is missing", member);
		return false;
	}
	s = (struct str){ text, strnlen(text, form_max(form) + 1) };
	if ((why = form_check(form, s)) == NULL)
		return true;
	if (form_quotable(s))
		check_problem(c, "%s \"" STR_FMT "\" %s", member, STR_ARG(s),
		    why);
	else
		check_problem(c, "%s %s", member, why);
	return false;
}

bool
check_optional(struct check *c, const char *member, const char *text,
    enum form form)
{
	return text == NULL || check_text(c, member, text, form);
}

bool
check_size(struct check *c, uint32_t size, size_t least)
{
	if (size < least)
		check_problem(c, "size is %u, below the %zu of SDK %u.0", size,
		    least, RH_SDK_MAJOR);
	else if (size > SIZE_MOST || size % 8 != 0)
		check_problem(c, "size is %u, that of no SDK", size);
	else
		return true;
	return false;
}

bool
check_flags(struct check *c, const char *member, uint64_t flags,
    uint64_t known)
{
	if ((flags & ~known) == 0)
		return true;
	check_problem(c, "%s has unknown bits 0x%llx", member,
	    (unsigned long long)(flags & ~known));
	return false;
}

bool
check_room(struct check *c, const char *list, size_t i)
{
	if (i < FORM_LIST_MAX)
		return true;
	check_problem(c, "%s has more than %d elements", list, FORM_LIST_MAX);
	return false;
}

bool
check_strings(struct check *c, const char *member, const char *const *list,
    enum form form)
{
	char one[32];
	size_t i;
	bool held = true;

	for (i = 0; list != NULL && list[i] != NULL; i++) {
		if (!check_room(c, member, i))
			return false;
		snprintf(one, sizeof one, "%s[%zu]", member, i);
		if (!check_text(c, one, list[i], form))
			held = false;
	}
	return held;
}

/* RH_OK if this host may read the rest of the entry. */
static rh_status
check_versions(const struct rh_entry *e, const char *path, struct err *err)
{
	unsigned major = RH_VERSION_MAJOR(e->needs);
	unsigned minor = RH_VERSION_MINOR(e->needs);

	if (major < RH_SDK_MAJOR)
		return err_set(err, RH_EVERSION,
		    "%s: is for host SDK %u.%u, this is %u.%u: upgrade the "
		    "plugin", path, major, minor, RH_SDK_MAJOR, RH_SDK_MINOR);
	if (major > RH_SDK_MAJOR)
		return err_set(err, RH_EVERSION,
		    "%s: is for host SDK %u.%u, this is %u.%u: upgrade the "
		    "host", path, major, minor, RH_SDK_MAJOR, RH_SDK_MINOR);
	if (minor > RH_SDK_MINOR) {
		err_set(err, RH_EVERSION,
		    "%s: needs host SDK %u.%u or newer, this is %u.%u", path,
		    major, minor, RH_SDK_MAJOR, RH_SDK_MINOR);
		err_hint(err, "Upgrade the host, or take a build of the "
		    "plugin that needs %u.%u at most", RH_SDK_MAJOR,
		    RH_SDK_MINOR);
		return RH_EVERSION;
	}
	if (RH_VERSION_MAJOR(e->built) != major)
		return err_set(err, RH_EPLUGIN,
		    "%s: needs host SDK %u.%u but is built with %u.%u", path,
		    major, minor, RH_VERSION_MAJOR(e->built),
		    RH_VERSION_MINOR(e->built));
	return RH_OK;
}

static rh_status
check_head(const struct rh_entry *e, const char *path, struct err *err)
{
	struct check c = { .e = e };
	rh_status rc;

	if (e->magic != RH_MAGIC)
		return err_set(err, RH_EPLUGIN, "%s: magic is 0x%08x, not "
		    "0x%08x; is it a runhost plugin?", path, e->magic,
		    RH_MAGIC);
	if ((rc = check_versions(e, path, err)) != RH_OK)
		return rc;
	if (!check_size(&c, e->size, SIZE_TO(rh_entry, extension)))
		return err_set(err, RH_EPLUGIN, "%s: %s", path, c.text);
	return RH_OK;
}

/* One message of the protocol takes it to the host. */
static void
check_description(struct check *c)
{
	struct buf buf = { 0 };

	describe_entry(c->e, &buf);
	if (buf.len > FORM_DESCRIPTION_MAX)
		check_problem(c, "its description is %zu bytes, above %d",
		    buf.len, FORM_DESCRIPTION_MAX);
	buf_fini(&buf);
}

rh_status
abi_check(const struct rh_entry *e, const char *path, struct err *err)
{
	struct check c = { .e = e };
	rh_status rc;

	if ((rc = check_head(e, path, err)) != RH_OK)
		return rc;
	check_flags(&c, "flags", e->flags, RH_PLUGIN_STATELESS |
	    RH_PLUGIN_THREADS);
	check_text(&c, "id", e->id, FORM_ID);
	check_text(&c, "version", e->version, FORM_VERSION);
	check_optional(&c, "summary", e->summary, FORM_LINE);
	check_lists(&c);
	check_strings(&c, "wants", e->wants, FORM_WANT);
	if (c.len == 0 && c.left_out == 0)
		check_description(&c);
	if (c.left_out > 0)
		return err_set(err, RH_EPLUGIN, "%s: %s; and %u more", path,
		    c.text, c.left_out);
	if (c.len > 0)
		return err_set(err, RH_EPLUGIN, "%s: %s", path, c.text);
	return RH_OK;
}
