/*
 * Sections and lines; what stands in them is read by reader.c and keys.c.
 */
#include "manifest.h"

#include "keys.h"
#include "reader.h"

#include <stdlib.h>
#include <string.h>

#define OUTPUT_PRESET	(1024 * 1024)

const struct action *
manifest_find(const struct manifest *m, const char *name, size_t len)
{
	const struct action *a;

	for (a = m->actions; a != NULL; a = a->next)
		if (strlen(a->name) == len && memcmp(a->name, name, len) == 0)
			return a;
	return NULL;
}

int
action_param(const struct action *a, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < a->param_count; i++)
		if (strlen(a->params[i].name) == len &&
		    memcmp(a->params[i].name, name, len) == 0)
			return (int)i;
	return -1;
}

/* "[action NAME]" */
static bool
read_section(struct reader *r, struct manifest *m, struct action ***tail)
{
	struct place place = read_place(r, r->p);
	const char *word, *name;
	size_t len;

	if (!check_action(r) || !read_char(r, '['))
		return false;
	word = read_word(r, &len);
	if (!word_is(word, len, "action")) {
		r->p = word;
		return read_refuse_here(r, "a section is [action NAME]");
	}
	if (!read_name(r, &name) || !read_char(r, ']'))
		return false;
	if (manifest_find(m, name, strlen(name)) != NULL)
		return read_refuse(r, place, "there is an action \"%s\" "
		    "already", name);
	if (m->count++ == ACTIONS_MAX)
		return read_refuse(r, place, "%d actions are possible",
		    ACTIONS_MAX);
	r->action = **tail = must_alloc(sizeof *r->action);
	*tail = &r->action->next;
	r->action->place = place;
	r->action->name = name;
	r->action->cwd = "/";
	r->action->output_max = OUTPUT_PRESET;
	r->seen = 0;
	return true;
}

static bool
read_line(struct reader *r, struct manifest *m, struct action ***tail)
{
	if (read_at_end(r))
		return true;
	if (*r->p == '[') {
		if (!read_section(r, m, tail))
			return false;
	} else if (r->action == NULL) {
		return read_refuse_here(r, "a section [action NAME] comes "
		    "first");
	} else if (!read_key(r)) {
		return false;
	}
	return read_at_end(r) || read_refuse_here(r, "the line should end "
	    "here, or a # comment begin");
}

static bool
read_all(struct reader *r, struct manifest *m)
{
	struct action **tail = &m->actions;

	while (r->p < r->end) {
		r->line = r->p;
		r->line_no++;
		if (!read_line(r, m, &tail))
			return false;
		while (r->p < r->end && *r->p != '\n')
			r->p++;
		if (r->p < r->end)
			r->p++;
	}
	if (m->count == 0) {
		r->line = r->p;
		r->line_no++;
		return read_refuse_here(r, "there is no action");
	}
	return check_action(r);
}

struct manifest *
manifest_parse(const char *p, size_t len, struct manifest_error *error)
{
	struct manifest *m;
	struct reader r = { .p = p, .end = p + len, .error = error };

	if (len > MANIFEST_MAX) {
		r.line = p;
		r.line_no = 1;
		read_refuse_here(&r, "the file has more than %d bytes",
		    MANIFEST_MAX);
		return NULL;
	}
	m = must_alloc(sizeof *m);
	r.pool = m->pool = must_alloc(2 * len + 1);
	if (read_all(&r, m))
		return m;
	manifest_free(m);
	return NULL;
}

void
manifest_free(struct manifest *m)
{
	struct action *a, *next;

	if (m == NULL)
		return;
	for (a = m->actions; a != NULL; a = next) {
		next = a->next;
		free(a);
	}
	free(m->pool);
	free(m);
}
