/*
 * Suggestions of grants.
 */
#include "action/suggest.h"

#include "auth/capability.h"
#include "auth/policy.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "json/write.h"

#include <string.h>

static void
append(struct suggest *s, const char *permission, const char *why_not)
{
	struct suggestion *more;

	if (s->count == s->room) {
		s->room = s->room > 0 ? 2 * s->room : 16;
		more = arena_alloc(s->arena, s->room * sizeof *more);
		if (s->count > 0)
			memcpy(more, s->list, s->count * sizeof *more);
		s->list = more;
	}
	s->list[s->count++] = (struct suggestion){ permission, why_not };
}

void
suggest_add(struct suggest *s, const char *permission, const char *why_not)
{
	struct err err;

	if (why_not == NULL && permission_check(permission, &err) != RH_OK)
		why_not = arena_strdup(s->arena, err.msg);
	append(s, permission, why_not);
}

static bool
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* Both of a kind, or the first gives more than reading. */
bool
suggest_holds(const char *has, const char *asked)
{
	const char *dir = capability_path(has);
	const char *path = capability_path(asked);
	size_t kind;

	if (path == NULL || dir == NULL || !str_path_within(str_of(path), dir))
		return false;
	kind = (size_t)(path - asked);
	return (kind == (size_t)(dir - has) && memcmp(has, asked, kind) == 0) ||
	    (begins(asked, "fs.read:") && (begins(has, "fs.write:") ||
	    begins(has, "proc.exec:")));
}

static bool
holds(const struct suggestion *b, const struct suggestion *a)
{
	return a->why_not == NULL && b->why_not == NULL &&
	    suggest_holds(b->permission, a->permission);
}

/* As "fs.read:/srv" of "fs.read:/srv/x"; NULL: it is in no directory's. */
static const char *
parent_of(const struct suggest *s, const struct suggestion *x)
{
	const char *path = capability_path(x->permission);
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;

	/* All of the root, or of one of its own, is much to give for files. */
	if (slash == NULL || strchr(path + 1, '/') == NULL ||
	    x->why_not != NULL)
		return NULL;
	return arena_strndup(s->arena, x->permission,
	    (size_t)(slash - x->permission));
}

/* A directory takes the place of each of many of its files. */
static void
raise_many(struct suggest *s)
{
	const char **dirs = arena_alloc(s->arena,
	    (s->count + 1) * sizeof *dirs);
	size_t i, k, n;

	for (i = 0; i < s->count; i++)
		dirs[i] = parent_of(s, &s->list[i]);
	for (i = 0; i < s->count; i++) {
		for (k = n = 0; dirs[i] != NULL && k < s->count; k++)
			n += dirs[k] != NULL && strcmp(dirs[k], dirs[i]) == 0;
		if (n > SUGGEST_FILES)
			s->list[i].permission = dirs[i];
	}
}

void
suggest_collapse(struct suggest *s)
{
	struct suggestion *all = s->list;
	size_t i, k, n = s->count;

	raise_many(s);
	s->list = NULL;
	s->count = s->room = 0;
	for (i = 0; i < n; i++) {
		for (k = 0; k < n; k++) {
			/* Of two that hold each other, the first. */
			if (k != i && holds(&all[k], &all[i]) &&
			    (k < i || !holds(&all[i], &all[k])))
				break;
		}
		if (k == n)
			append(s, all[i].permission, all[i].why_not);
	}
}

/* One word for a shell, whatever is in it. */
static void
add_word(struct buf *b, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_-./:@%+=,";

	if (s[strspn(s, plain)] == '\0') {
		buf_adds(b, s);
		return;
	}
	buf_adds(b, "'");
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_adds(b, "'\\''");
		else
			buf_add(b, s, 1);
	}
	buf_adds(b, "'");
}

void
suggest_write(const struct suggest *s, struct json_out *j,
    const char *member, const char *principal)
{
	struct buf b = { 0 };
	size_t i;

	jw_name(j, member);
	jw_array(j);
	for (i = 0; i < s->count; i++) {
		const struct suggestion *x = &s->list[i];

		buf_clear(&b);
		buf_adds(&b, "runhost grant add ");
		add_word(&b, principal);
		buf_adds(&b, " ");
		add_word(&b, x->permission);
		jw_object(j);
		jw_m_text(j, "permission", x->permission);
		jw_m_text(j, "command", x->why_not == NULL ? b.p : NULL);
		jw_m_text(j, "reason", x->why_not);
		jw_end_object(j);
	}
	jw_end_array(j);
	buf_fini(&b);
}
