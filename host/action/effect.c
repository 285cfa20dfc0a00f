/*
 * Lists of effects.
 */
#include "action/effect.h"

#include "base/mem.h"

#include <stddef.h>
#include <stdlib.h>

struct effect *
effect_add(struct effects *list, enum effect_kind kind, int64_t run_no)
{
	struct effect *e = mem_zalloc(sizeof *e);

	e->kind = kind;
	e->run_no = run_no;
	arena_init(&e->arena);
	STAILQ_INSERT_TAIL(list, e, link);
	return e;
}

/* The list ends in the address of its last link, which knows no element. */
struct effect *
effects_last(struct effects *list)
{
	if (STAILQ_EMPTY(list))
		return NULL;
	return (struct effect *)((char *)list->stqh_last -
	    offsetof(struct effect, link.stqe_next));
}

void
effect_free(struct effect *e)
{
	if (e == NULL)
		return;
	arena_fini(&e->arena);
	free(e);
}

void
effects_cut(struct effects *list, struct effect *last)
{
	struct effect **end = last != NULL ? &STAILQ_NEXT(last, link) :
	    &STAILQ_FIRST(list);
	struct effect *e = *end, *next;

	*end = NULL;
	list->stqh_last = end;
	for (; e != NULL; e = next) {
		next = STAILQ_NEXT(e, link);
		effect_free(e);
	}
}

void
effects_clear(struct effects *list)
{
	effects_cut(list, NULL);
}
