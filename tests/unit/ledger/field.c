/*
 * Two runtimes elsewhere, for the tests of what they do.
 */
#include "unit/ledger/field.h"

#include "lib/samples.h"
#include "lib/unit.h"

#include <string.h>

struct caller
field_claimer(struct core *c, const char *who, const char *id, const char *scope)
{
	struct caller r = lab_token(c, who, "");

	lab_must(c, NULL, "grant_add", "{\"grantee\":\"%s\","
	    "\"permission\":\"role:runtime\"}", who);
	lab_must(c, NULL, "grant_add", "{\"grantee\":\"%s\","
	    "\"permission\":\"role:claimer\"%s}", who, scope);
	lab_must(c, &r, "runtime_register", "{\"runtime_id\":\"%s\","
	    "\"labels\":{\"arch\":\"arm64\",\"zone\":\"%s\"}}", id, id);
	return r;
}

void
field_start(struct field *f)
{
	lab_start(&f->c);
	f->a = field_claimer(&f->c, "runtime:a", "ra", ",\"owner\":\"*\"");
	f->b = field_claimer(&f->c, "runtime:b", "rb", ",\"owner\":\"*\"");
}

void
field_finish(struct field *f)
{
	CORE_CHECK(&f->c);
	lab_fini(&f->c);
}

void
field_make(struct field *f, const char *more)
{
	lab_must(&f->c, NULL, "run_create", "{\"runner\":\"demo\"%s%s}",
	    more[0] != '\0' ? "," : "", more);
}

/* What a claim gives: the run's number, 0 for none. */
int64_t
field_claim(struct field *f, struct caller *who, const char *more,
    struct call **call)
{
	struct call *c = lab_must(&f->c, who, "run_claim",
	    "{\"runtime_id\":\"%s\"%s%s}", who == &f->a ? "ra" : "rb",
	    more[0] != '\0' ? "," : "", more);
	const char *id = sample_field(c, "run_id");
	struct id bytes;

	if (call != NULL)
		*call = c;
	if (strcmp(c->reply.p, "null") == 0)
		return 0;
	CHECK(id_parse((struct str){ id + 1, strlen(id) - 2 }, &bytes));
	return lab_number(&f->c, arena_printf(&c->arena, "SELECT run_no FROM "
	    "run WHERE lower(hex(id)) = '%.32s'", id + 5));
}

/* A call with the claim that a run_claim gave. */
struct call *
field_use(struct field *f, struct caller *who, const char *action,
    struct call *claimed, const char *more)
{
	return lab_do(&f->c, who, action, "{\"run_id\":%s,\"runtime_id\":%s,"
	    "\"claim_token\":%s%s}", sample_field(claimed, "run_id"),
	    sample_field(claimed, "claimed_by_runtime_id"),
	    sample_field(claimed, "claim_token"), more);
}
