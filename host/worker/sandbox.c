/*
 * The order in which a worker locks itself in.  What comes first must not
 * need what a later row takes away.
 */
#include "worker/sandbox.h"

#include "base/log.h"
#include "worker/sandbox_basic.h"

#include <stddef.h>

const struct sandbox sandbox_table[] = {
	/* name		required enter */
	{ "signals",	  true,	 sandbox_signals },
	{ "environment",  true,	 sandbox_environment },
	{ "session",	  true,	 sandbox_session },
	{ "limits",	  true,	 sandbox_limits },
	{ "memory",	  true,	 sandbox_memory },
	{ "priority",	  false, sandbox_priority },
	{ "no_new_privs", true,	 sandbox_no_new_privs },
	{ "capabilities", true,	 sandbox_capabilities },
	{ "dumpable",	  true,	 sandbox_dumpable },
	{ 0 }
};

rh_status
sandbox_enter(const struct worker_spec *spec, struct err *err)
{
	const struct sandbox *s;
	struct err why = { 0 };

	for (s = sandbox_table; s->name != NULL; s++) {
		if (s->enter(spec, &why) == RH_OK)
			continue;
		if (s->required)
			return err_set(err, why.status, "sandbox \"%s\": %s",
			    s->name, why.msg);
		log_line(LOG_WARN, "sandbox \"%s\" not achieved: %s",
		    s->name, why.msg);
	}
	return RH_OK;
}
