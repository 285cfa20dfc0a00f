/*
 * The words of a slash command.  Words remember where they ended in the
 * text, so that what follows can be handed on untouched.
 */
#include "run/slash.h"

#include <stdbool.h>
#include <string.h>

#define SPACES " \t\r\n\f\v"

struct words {
	const char **word;
	const char **end;	/* in the text, behind the word */
	size_t	count;
};

static bool
is_space(char c)
{
	return c != '\0' && strchr(SPACES, c) != NULL;
}

static void
words_add(struct words *w, const char *word, const char *end)
{
	w->word[w->count] = word;
	w->end[w->count++] = end;
}

/* What is behind the opening quote; NULL when it is never closed. */
static const char *
take_quoted(const char *p, char quote, char **out)
{
	for (; *p != quote; p++) {
		if (*p == '\0')
			return NULL;
		if (quote == '"' && *p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		*(*out)++ = *p;
	}
	return p + 1;
}

/* One word into *out, or NULL when a quote or backslash is left open. */
static const char *
take_word(const char *p, char **out)
{
	while (*p != '\0' && !is_space(*p)) {
		if (*p == '\'' || *p == '"') {
			p = take_quoted(p + 1, *p, out);
			if (p == NULL)
				return NULL;
			continue;
		}
		if (*p == '\\' && *++p == '\0')
			return NULL;
		*(*out)++ = *p++;
	}
	return p;
}

static bool
split_shell(const char *p, char *room, struct words *w)
{
	const char *word;

	w->count = 0;
	for (p += strspn(p, SPACES); *p != '\0'; p += strspn(p, SPACES)) {
		word = room;
		if ((p = take_word(p, &room)) == NULL)
			return false;
		*room++ = '\0';
		words_add(w, word, p);
	}
	return true;
}

static void
split_space(const char *p, char *room, struct words *w)
{
	size_t len;

	w->count = 0;
	for (p += strspn(p, SPACES); *p != '\0'; p += strspn(p, SPACES)) {
		len = strcspn(p, SPACES);
		memcpy(room, p, len);
		room[len] = '\0';
		p += len;
		words_add(w, room, p);
		room += len + 1;
	}
}

static bool
looks_like_name(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char others[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	return *s != '\0' && strchr(letters, *s) != NULL &&
	    s[strspn(s, others)] == '\0';
}

rh_status
slash_parse(struct arena *arena, const char *text, struct slash *out,
    struct err *err)
{
	struct words w;
	size_t len, used = 1;
	char *copy, *room;

	text += strspn(text, SPACES);
	len = strlen(text);
	while (len > 0 && is_space(text[len - 1]))
		len--;
	if (len == 0 || *text != '/')
		goto refuse;
	copy = arena_strndup(arena, text + 1, len - 1);
	room = arena_alloc(arena, len + 1);
	w.word = arena_alloc(arena, (len / 2 + 1) * sizeof *w.word);
	w.end = arena_alloc(arena, (len / 2 + 1) * sizeof *w.end);
	if (!split_shell(copy, room, &w))
		split_space(copy, room, &w);
	if (w.count == 0 || *w.word[0] == '\0')
		goto refuse;
	out->command = arena_printf(arena, "/%s", w.word[0]);
	out->action = NULL;
	if (w.count > 1 && looks_like_name(w.word[1]))
		out->action = w.word[used++];
	out->args = w.word + used;
	out->arg_count = w.count - used;
	out->raw_args = w.end[used - 1] + strspn(w.end[used - 1], SPACES);
	return RH_OK;

refuse:
	err_set(err, RH_EREQUEST, "command must start with \"/\" and a name");
	return err_hint(err, "write it as \"/name action arguments\"");
}
