/*
 * The order matters: the token is in the ledger before the file says so,
 * and the ledger remembers the bootstrap only when the file is on disk.  A
 * crash in between leaves a token that nobody knows, and another is made.
 */
#include "cli/bootstrap.h"

#include "action/attempt.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/datadir.h"
#include "json/read.h"
#include "ledger/host.h"
#include "ledger/host_start.h"
#include "store/store_misc.h"

#include <stdlib.h>
#include <string.h>

static rh_status
write_token(const char *data, struct call *c, struct err *err)
{
	char *path = datadir_path(data, DATA_TOKEN), *line;
	struct json_doc d;
	struct str token;
	rh_status rc;

	call_render(c);
	rc = json_parse(&c->arena, c->reply.p, c->reply.len, NULL, &d, err);
	if (rc == RH_OK && json_str(&d, json_member(&d, 0, "token"),
	    &c->arena, &token)) {
		line = arena_printf(&c->arena, STR_FMT "\n", STR_ARG(token));
		rc = datadir_write(path, line, strlen(line), err);
		if (rc == RH_OK)
			log_event(LOG_INFO, "made the first administrator's "
			    "token", "file", path, NULL);
	}
	free(path);
	return rc;
}

static rh_status
remember(struct host *h, struct err *err)
{
	struct call *c = call_internal("host_mark", &caller_system,
	    sizeof(struct mark_args));
	struct mark_args *m = c->args;
	rh_status rc;

	m->what = "host_bootstrap";
	m->remember = FACT_BOOTSTRAP;
	host_call(h, c);
	if ((rc = c->status) != RH_OK)
		*err = c->err;
	call_free(c);
	return rc;
}

rh_status
bootstrap_token(struct host *h, const char *data, struct err *err)
{
	static const char body[] = "{\"principal\":\"user:admin\","
	    "\"role\":\"admin\",\"label\":\"made at the first start\"}";
	struct call *c;
	rh_status rc;

	if (host_remembers(h, FACT_BOOTSTRAP))
		return RH_OK;
	c = call_open("token_create", &caller_system, body, sizeof body - 1);
	host_call(h, c);
	if ((rc = c->status) != RH_OK)
		*err = c->err;
	else
		rc = write_token(data, c, err);
	call_free(c);
	return rc != RH_OK ? rc : remember(h, err);
}
