/*
 * The manifest as a list, and one action with its parameters.
 */
#include "show.h"

static void
show_usage(const struct action *a, struct text *out)
{
	const struct param *p;
	size_t i;

	text_printf(out, "/exec %s", a->name);
	for (i = 0; i < a->param_count; i++) {
		p = &a->params[i];
		text_printf(out, p->preset != NULL ? " [%s]" : " %s",
		    p->name);
	}
	if (a->input)
		text_adds(out, " < input");
	text_adds(out, "\n");
}

static void
show_param(const struct param *p, struct text *out)
{
	text_printf(out, "    %s: ", p->name);
	param_form(p, out);
	if (p->preset != NULL)
		text_printf(out, ", otherwise \"%s\"", p->preset);
	if (p->summary != NULL)
		text_printf(out, "; %s", p->summary);
	text_adds(out, "\n");
}

void
show_action(const struct action *a, struct text *out)
{
	size_t i;

	show_usage(a, out);
	if (a->summary != NULL)
		text_printf(out, "    %s\n", a->summary);
	for (i = 0; i < a->param_count; i++)
		show_param(&a->params[i], out);
}

void
show_actions(const struct manifest *m, struct text *out)
{
	const struct action *a;

	for (a = m->actions; a != NULL; a = a->next)
		show_action(a, out);
}
