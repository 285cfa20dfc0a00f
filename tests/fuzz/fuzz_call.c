/*
 * Any body to any action, from one of three callers, through the real gate
 * over a ledger: fields, cursors, ids, patterns, schemas.  Each call ends
 * with a status and JSON, and leaves a ledger that is what memory says.
 * The first byte is the caller, the second whether a key goes with it, then
 * come a line with the action's name, and the body.
 */
#include "lib/core.h"

#include "action/action.h"
#include "base/mem.h"
#include "json/read.h"

#include <stdlib.h>
#include <string.h>

#define CALLS_EACH	2000	/* on one ledger */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct core lab;
static struct caller callers[3];
static int count;

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* A ledger with a run that is over, one that runs and one that waits. */
static void
renew(void)
{
	int64_t run;

	if (count++ % CALLS_EACH != 0)
		return;
	if (count > 1)
		lab_fini(&lab);
	lab_start(&lab);
	lab_wipe(&lab);
	lab_restart(&lab);
	callers[0] = lab_local();
	callers[1] = lab_token(&lab, "user:alice", ",\"role\":\"operator\"");
	callers[2] = lab_anonymous();
	lab_offer(&lab, 2);
	run = lab_run(&lab, NULL, "/demo one", NULL);
	lab_report(&lab, run, lab_fence(&lab, run), 3);
	lab_finish(&lab, run, lab_fence(&lab, run), 1);
	run = lab_run(&lab, &callers[1], "/demo two", NULL);
	lab_report(&lab, run, lab_fence(&lab, run), 2);
	lab_run(&lab, &callers[1], "/demo three", NULL);
}

static void
check(struct call *call)
{
	struct json_doc doc;
	struct arena a;

	arena_init(&a);
	if (call->status == RH_OK)
		must(json_parse(&a, call->reply.p, call->reply.len, NULL,
		    &doc, NULL) == RH_OK);
	else
		must(call->err.msg[0] != '\0' && call->status != RH_EIO &&
		    call->status != RH_EINTERNAL);
	arena_fini(&a);
}

/* The host's own actions, given bytes, must be refused. */
static struct call *
open_call(const uint8_t *data, const char *name, const char *body)
{
	const struct action *action = action_find(str_of(name));
	struct call *call;

	call = lab_call(&lab, &callers[data[0] % 3], name, "%s", body);
	if (data[1] % 4 == 0 && action != NULL &&
	    action->repeat == REPEAT_KEY)
		call->key = "a key";
	lab_apply(&lab, call);
	must(action == NULL || action->who != PERM_INTERNAL ||
	    call->status != RH_OK);
	return call;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct call *call;
	char *name, *body;

	if (len < 2)
		return 0;
	renew();
	name = mem_strndup((const char *)data + 2, len - 2);
	body = name + strcspn(name, "\n");
	if (*body != '\0')
		*body++ = '\0';
	call = open_call(data, name, body);
	check(call);
	STAILQ_REMOVE(&lab.calls, call, call, link);
	call_free(call);
	free(name);
	lab_forget(&lab);
	if (count % 100 == 0)
		CORE_CHECK(&lab);
	return 0;
}
