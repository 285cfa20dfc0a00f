/*
 * From replies to text for people.
 */
#include "cli/reply.h"

#include "action/action.h"
#include "base/mem.h"
#include "cli/options.h"
#include "cli/print.h"
#include "json/write.h"

#include <stdlib.h>
#include <string.h>

static int
find_field(struct reply *r, int obj, const char *field)
{
	const char *dot = strchr(field, '.');
	const char *first;

	if (dot == NULL)
		return json_member(&r->doc, obj, field);
	first = arena_strndup(&r->arena, field, (size_t)(dot - field));
	return json_member(&r->doc, json_member(&r->doc, obj, first), dot + 1);
}

const char *
reply_text(struct reply *r, int obj, const char *field)
{
	int node = find_field(r, obj, field);
	enum json_type type = json_type(&r->doc, node);
	struct str s;

	if (type == JSON_ABSENT || type == JSON_NULL)
		return NULL;
	if (json_str(&r->doc, node, &r->arena, &s))
		return s.p;
	s = json_raw(&r->doc, node);
	return arena_strndup(&r->arena, s.p, s.len);
}

const char *
reply_word(struct reply *r, int obj, const char *field)
{
	const char *text = reply_text(r, obj, field);

	return text != NULL ? text : "-";
}

int64_t
reply_i64(struct reply *r, int obj, const char *field, int64_t absent)
{
	int64_t n;

	return json_i64(&r->doc, json_member(&r->doc, obj, field), &n) ?
	    n : absent;
}

bool
reply_bool(struct reply *r, int obj, const char *field)
{
	bool yes;

	return json_bool(&r->doc, json_member(&r->doc, obj, field), &yes) &&
	    yes;
}

static const char *
show_time(struct reply *r, int obj, const char *field)
{
	char out[PRINT_TIME_LEN];
	int64_t s = reply_i64(r, obj, field, -1);

	if (s >= 0)
		return arena_strdup(&r->arena, print_time(s, out));
	return arena_strdup(&r->arena,
	    print_time_iso(reply_text(r, obj, field), out));
}

static const char *
show_list(struct reply *r, int obj, const char *field)
{
	struct buf text = { 0 };
	struct str s;
	const char *out;
	int node;

	node = json_first(&r->doc, find_field(r, obj, field));
	for (; node >= 0; node = json_next(&r->doc, node)) {
		if (text.len > 0)
			buf_adds(&text, ", ");
		if (!json_str(&r->doc, node, &r->arena, &s))
			s = json_raw(&r->doc, node);
		buf_add(&text, s.p, s.len);
	}
	out = text.len > 0 ? arena_strdup(&r->arena, text.p) : NULL;
	buf_fini(&text);
	return out;
}

static const char *
show_members(struct reply *r, int obj, const char *field)
{
	int members = json_member(&r->doc, obj, field), node;
	struct buf text = { 0 };
	const char *out, *value;
	struct str name;

	for (node = json_first(&r->doc, members); node >= 0;
	    node = json_next(&r->doc, node)) {
		if (!json_str(&r->doc, node, &r->arena, &name) ||
		    (value = reply_text(r, members, name.p)) == NULL)
			continue;
		buf_printf(&text, text.len > 0 ? ", %s=%s" : "%s=%s", name.p,
		    value);
	}
	out = text.len > 0 ? arena_strdup(&r->arena, text.p) : NULL;
	buf_fini(&text);
	return out;
}

const char *
reply_show(struct reply *r, int obj, const struct column *c)
{
	const char *text = reply_text(r, obj, c->field);
	char took[PRINT_TIME_LEN];

	if (text == NULL)
		return NULL;
	switch (c->show) {
	case SHOW_TIME:
		return show_time(r, obj, c->field);
	case SHOW_SECONDS:
		return arena_strdup(&r->arena, print_duration(strtod(text,
		    NULL), took));
	case SHOW_BOOL:
		return reply_bool(r, obj, c->field) ? "yes" : "no";
	case SHOW_LIST:
	case SHOW_LIST_NONE:
		return show_list(r, obj, c->field);
	case SHOW_MEMBERS:
		return show_members(r, obj, c->field);
	case SHOW_COUNT:
		return arena_printf(&r->arena, "%d", json_size(&r->doc,
		    json_member(&r->doc, obj, c->field)));
	case SHOW_SHORT:
		return arena_strndup(&r->arena, text, strnlen(text, 12));
	default:
		return text;
	}
}

void
reply_table(const struct cli *cli, struct reply *r, const char *field,
    const struct column *columns)
{
	const char *heads[TABLE_COLUMNS + 1] = { NULL };
	const struct column *c;
	struct table t;
	int node;

	for (c = columns; c->show != SHOW_END; c++)
		heads[c - columns] = c->head;
	table_init(&t, heads);
	node = json_first(&r->doc, json_member(&r->doc, 0, field));
	for (; node >= 0; node = json_next(&r->doc, node))
		for (c = columns; c->show != SHOW_END; c++)
			table_cell(&t, reply_show(r, node, c));
	table_print(&t, print_width(cli->out), cli->out);
	table_fini(&t);
}

void
reply_lines(const struct cli *cli, struct reply *r, int obj,
    const struct column *columns)
{
	const struct column *c;
	struct buf line = { 0 };
	const char *text;

	for (c = columns; c->show != SHOW_END; c++) {
		text = reply_show(r, obj, c);
		if (text == NULL || text[0] == '\0')
			text = c->show == SHOW_TEXT_NONE ||
			    c->show == SHOW_LIST_NONE ? "none" : text;
		if (text == NULL)
			continue;
		buf_clear(&line);
		buf_printf(&line, "%-14s ", c->head);
		print_line(&line, text, strlen(text));
		fprintf(cli->out, "%s\n", line.p);
	}
	buf_fini(&line);
}

void
reply_more(const struct cli *cli, struct reply *r, const char *option)
{
	const char *next = reply_text(r, 0, "next_cursor");

	if (next != NULL && *next != '\0')
		fprintf(cli->diag, "more: --%s %s\n", option, next);
}

/* Plugins' actions are the host's to know; its own are in our table. */
static void
hint_action(const char *name, struct err *err)
{
	const struct action *a;
	struct nearest near;

	nearest_init(&near, name);
	for (a = action_table; a->name != NULL; a++)
		if (a->who != PERM_INTERNAL)
			nearest_try(&near, a->name);
	if (near.best != NULL)
		err_hint(err, "did you mean \"%s\"?", near.best);
}

int
call_action(const struct cli *cli, const char *action, const char *body,
    void (*show)(const struct cli *, struct reply *))
{
	struct reply r = { 0 };
	struct err err = { 0 };
	struct door door;
	int code = EXIT_OK;
	rh_status rc;

	if ((rc = door_open(cli, &door, &err)) == RH_OK)
		rc = door_action(&door, action, body, &r, &err);
	if (rc == RH_ENOENT && action_find(str_of(action)) == NULL)
		hint_action(action, &err);
	if (rc != RH_OK)
		code = cli_fail(cli, &err);
	else if (cli->json)
		print_json(cli->out, r.raw.body.p, r.raw.body.len);
	else
		show(cli, &r);
	reply_free(&r);
	door_close(&door);
	return code;
}

char *
body_of(const struct member *m)
{
	struct buf text = { 0 };
	struct json_out w;

	jw_init(&w, &text);
	jw_object(&w);
	for (; m->name != NULL; m++) {
		if (m->text != NULL)
			jw_m_text(&w, m->name, m->text);
		else if (m->raw != NULL)
			jw_m_raw(&w, m->name, str_of(m->raw));
	}
	jw_end_object(&w);
	return buf_take(&text);
}
