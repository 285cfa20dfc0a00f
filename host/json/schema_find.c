/*
 * Finding properties and listed values by halves, whatever their number:
 * schemas come from plugins, values from callers.
 */
#include "json/names.h"
#include "json/schema_impl.h"

#include <stdlib.h>

static int
compare_values(const void *a, const void *b)
{
	return json_name_cmp(*(const struct str *)a, *(const struct str *)b);
}

bool
schema_lists(const struct schema *s, struct str canonical)
{
	return bsearch(&canonical, s->values, (size_t)s->value_count,
	    sizeof canonical, compare_values) != NULL;
}

void
schema_sort_values(struct schema *s)
{
	qsort(s->values, (size_t)s->value_count, sizeof *s->values,
	    compare_values);
}

static int
compare_props(const void *a, const void *b)
{
	return json_name_cmp(((const struct schema_prop *)a)->name,
	    ((const struct schema_prop *)b)->name);
}

const struct schema_prop *
schema_prop(const struct schema *s, struct str name)
{
	struct schema_prop key = { .name = name };

	if (s->prop_count == 0)
		return NULL;
	return bsearch(&key, s->props, (size_t)s->prop_count,
	    sizeof key, compare_props);
}

bool
schema_may_lack(const struct schema *s, struct str name)
{
	const struct schema_prop *p = schema_prop(s, name);

	return p != NULL && !p->required && p->schema != NULL &&
	    (p->schema->types != 0 || p->schema->values != NULL);
}

void
schema_sort_props(struct schema *s, int count)
{
	struct schema_prop *p = s->props;
	int i;

	s->prop_count = 0;
	qsort(p, (size_t)count, sizeof *p, compare_props);
	for (i = 0; i < count; i++)
		if (i == 0 || compare_props(&p[i - 1], &p[i]) != 0)
			p[s->prop_count++] = p[i];
}
