/*
 * The table of types, and their schemas compiled once.
 */
#include "action/append_type.h"

#include "base/mem.h"
#include "json/schema.h"
#include "worker/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA(required, properties)					\
	"{\"type\":\"object\",\"additionalProperties\":false,"		\
	"\"required\":[" required "],\"properties\":{" properties "}}"
#define TEXT	"{\"type\":\"string\"}"
#define OPT_TEXT "{\"type\":[\"string\",\"null\"]}"
#define OBJ	"{\"type\":\"object\"}"
#define CALLED	"\"tool_call_id\":" TEXT ",\"tool_name\":" TEXT

const struct append_type append_types[] = {
	{ "message.delta", true, DATA("\"chunk\"", "\"chunk\":" OBJ), DOES_NOTHING },
	{ "message.completed", true, DATA("\"message\"", "\"message\":" OBJ), DOES_NOTHING },
	{ "tool.call.started", false, DATA("\"tool_call_id\",\"tool_name\"",
	    CALLED ",\"parameters\":" OBJ), DOES_NOTHING },
	{ "tool.call.completed", false, DATA("\"tool_call_id\",\"tool_name\"",
	    CALLED ",\"result\":{},\"error\":{}"), DOES_NOTHING },
	{ "state.updated", true, DATA("\"scope\",\"key\",\"value\"",
	    "\"scope\":{\"enum\":[\"conversation\",\"actor\",\"subject\","
	    "\"runner\"]},\"key\":" TEXT ",\"value\":{},\"subject_type\":"
	    OPT_TEXT ",\"subject_id\":" OPT_TEXT), DOES_STATE },
	{ "action.requested", false, DATA("\"action\"",
	    "\"action\":" TEXT ",\"target\":{},\"payload\":{}"), DOES_NOTHING },
	{ "run.completed", true, DATA("",
	    "\"finish_reason\":" OPT_TEXT ",\"message\":{}"), DOES_NOTHING },
	{ "run.failed", true, DATA("\"error\"", "\"error\":" TEXT
	    ",\"code\":" OPT_TEXT ",\"retryable\":{\"type\":\"boolean\"}"), DOES_NOTHING },
	{ "progress", true, DATA("\"stage\",\"percent\"", "\"stage\":" TEXT
	    ",\"percent\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":100}"
	    ",\"message\":" TEXT), DOES_NOTHING },
	{ "output", true, DATA("\"stream\",\"text\"", "\"stream\":{\"enum\":"
	    "[\"stdout\",\"stderr\"]},\"text\":" TEXT), DOES_NOTHING },
	{ "checkpoint", true, DATA("\"data\"", "\"name\":" OPT_TEXT
	    ",\"data\":" TEXT), DOES_CHECKPOINT },
	{ "*", true, "{\"type\":\"object\"}", DOES_NOTHING },
	{ NULL, false, NULL, DOES_NOTHING },
};

static struct {
	struct arena arena;
	struct schema *schemas[ARRAY_LEN(append_types)];
} compiled;

void
append_types_init(void)
{
	const struct append_type *t;
	struct json_doc d;
	struct err err;

	for (t = append_types; t->name != NULL; t++) {
		if (json_parse(&compiled.arena, t->schema, strlen(t->schema),
		    &json_limits_default, &d, &err) == RH_OK &&
		    schema_compile(&compiled.arena, &d, 0,
		    &compiled.schemas[t - append_types], &err) == RH_OK)
			continue;
		fprintf(stderr, "schema of %s: %s\n", t->name, err.msg);
		abort();
	}
}

const struct append_type *
append_type_find(struct str name)
{
	const struct append_type *t;

	for (t = append_types; t->name != NULL; t++) {
		if (str_is(name, t->name) && t->name[0] != '*')
			return t;
	}
	return str_ident(name) && !report_type_reserved(name) ? t - 1 : NULL;
}

rh_status
append_type_check(const struct append_type *t, const struct json_doc *d,
    int node, const char *where, struct err *err)
{
	return schema_check(compiled.schemas[t - append_types], d, node,
	    where, err);
}
