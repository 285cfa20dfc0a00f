/*
 * Capabilities are compared as text with what the profile lists; the file
 * system is not asked, for the worker may not see it.
 */
#include "worker/ext_granted.h"

#include "base/mem.h"
#include "base/str.h"
#include "worker/live.h"
#include "worker/profile.h"
#include "worker/serve.h"
#include "worker/table_part.h"

#include <string.h>

static bool
has_path(const struct worker_profile *p, uint32_t use, struct str path)
{
	size_t i;

	for (i = 0; i < p->path_count; i++)
		if (p->paths[i].use == use &&
		    str_path_within(path, p->paths[i].path))
			return true;
	return false;
}

static bool
may_read(const struct worker_profile *p, struct str path)
{
	return has_path(p, PATH_READ, path) || has_path(p, PATH_WRITE, path);
}

static bool
may_write(const struct worker_profile *p, struct str path)
{
	return has_path(p, PATH_WRITE, path);
}

static bool
may_exec(const struct worker_profile *p, struct str path)
{
	return p->children && has_path(p, PATH_EXEC, path);
}

static bool
has_env(const struct worker_profile *p, struct str name)
{
	size_t i;

	for (i = 0; i < p->env_count; i++)
		if (strcspn(p->env[i], "=") == name.len &&
		    memcmp(p->env[i], name.p, name.len) == 0)
			return true;
	return false;
}

static const struct {
	const char *prefix;
	bool	is_path;
	bool	(*has)(const struct worker_profile *, struct str);
} kinds[] = {
	{ "fs.read:",	true,	may_read },
	{ "fs.write:",	true,	may_write },
	{ "proc.exec:",	true,	may_exec },
	{ "env:",	false,	has_env },
};

rh_status
granted_has(const struct worker_profile *p, struct str capability)
{
	struct str what;
	size_t i, n;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		n = strlen(kinds[i].prefix);
		if (capability.len <= n ||
		    memcmp(capability.p, kinds[i].prefix, n) != 0)
			continue;
		what = (struct str){ capability.p + n, capability.len - n };
		if (kinds[i].is_path && what.p[0] != '/')
			return RH_EINPUT;
		return kinds[i].has(p, what) ? RH_OK : RH_EPERM;
	}
	return RH_EINPUT;
}

/* A refusal is an answer here, no broken rule: it isn't counted. */
static rh_status
has(uint64_t handle, const char *capability, uint64_t len)
{
	int cancel;
	struct invocation *v = table_enter(handle, &cancel);
	struct str text;
	rh_status rc;

	if (v == NULL)
		return RH_ESTALE;
	if (!table_text(capability, len, &text) ||
	    memchr(text.p, '\0', text.len) != NULL)
		rc = RH_EINPUT;
	else if (v->inst->profile == NULL)
		rc = RH_ENOSYS;
	else
		rc = granted_has(v->inst->profile, text);
	table_leave(v, cancel);
	return rc;
}

const struct rh_granted ext_granted = {
	.size = sizeof(struct rh_granted),
	.has = has,
};
