/*
 * The command in the refusal is quoted for a shell, as it will be pasted.
 */
#include "grants.h"

#include <runhost/easy.h>
#include <runhost/ext/granted.h>

/* A word for the shell. */
static void
add_quoted(struct text *out, const char *s)
{
	if (s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789_/.:=,@%+-")] == '\0') {
		text_adds(out, s);
		return;
	}
	text_adds(out, "'");
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			text_adds(out, "'\\'");
		text_add(out, s, 1);
	}
	text_adds(out, "'");
}

bool
grant_held(const struct rh_host *host, const struct rh_invocation *inv,
    const char *kind, const char *path, struct text *why)
{
	const struct rh_granted *granted = host->extension(RH_GRANTED);
	struct text capability = { 0 };
	rh_status rc = RH_OK;

	text_printf(&capability, "%s:%s", kind, path);
	if (granted != NULL)
		rc = granted->has(inv->handle, capability.p, capability.len);
	if (rc == RH_ENOSYS) {
		text_printf(why, "programs are run by a worker only, and this "
		    "plugin runs inside the host; an admin takes it out by: "
		    "runhost plugin untrust %.*s", (int)inv->extension_id.len,
		    inv->extension_id.p);
	} else if (rc != RH_OK) {
		text_printf(why, "\"%s\" is not granted to plugin:%.*s; an "
		    "admin grants it by: runhost grant add plugin:%.*s ",
		    capability.p, (int)inv->extension_id.len,
		    inv->extension_id.p, (int)inv->extension_id.len,
		    inv->extension_id.p);
		add_quoted(why, capability.p);
	}
	text_free(&capability);
	return rc == RH_OK;
}
