/*
 * A table of words, a function each.  A line that is none goes on as output,
 * with a warning.
 */
#include "protocol.h"

#include <runhost/easy.h>

#include "output.h"

#include <stdio.h>
#include <stdlib.h>

#define TOLD_MAX	10	/* events about bad lines */

/* The word in front; rest begins behind one blank. */
static struct rh_text
take_word(struct rh_text *rest)
{
	struct rh_text word = *rest;
	const char *blank;

	blank = rest->len > 0 ? memchr(rest->p, ' ', rest->len) : NULL;
	word.len = blank != NULL ? (uint64_t)(blank - rest->p) : rest->len;
	rest->p += word.len;
	rest->len -= word.len;
	if (blank != NULL) {
		rest->p++;
		rest->len--;
	}
	return word;
}

/* Each answers NULL, or why not. */

static const char *
say_progress(struct protocol *p, struct rh_text rest)
{
	struct rh_text number = take_word(&rest);
	int percent = 0;
	uint64_t i;

	for (i = 0; i < number.len && i < 4; i++) {
		if (number.p[i] < '0' || number.p[i] > '9')
			break;
		percent = percent * 10 + (number.p[i] - '0');
	}
	if (i == 0 || i < number.len || percent > 100)
		return "progress is a whole number from 0 to 100, and a text";
	if (p->host->progress(p->handle, p->stage, strlen(p->stage), percent,
	    rest.p, rest.len) != RH_OK)
		return "progress never falls, and its text is UTF-8 of at "
		    "most 4096 bytes";
	return NULL;
}

static const char *
say_checkpoint(struct protocol *p, struct rh_text rest)
{
	struct rh_text name = take_word(&rest);

	if (name.len == 0)
		return "a checkpoint is a name and a text";
	if (p->host->checkpoint(p->handle, name.p, name.len, rest.p,
	    rest.len) != RH_OK)
		return "the host refused the checkpoint";
	return NULL;
}

static const char *
say_event(struct protocol *p, struct rh_text rest)
{
	struct rh_text type = take_word(&rest);

	if (p->host->event(p->handle, type.p, type.len, rest.p, rest.len) !=
	    RH_OK)
		return "an event is a type in lower case, none of the "
		    "host's, and a JSON object of at most 32 KiB";
	return NULL;
}

static const char *
say_result(struct protocol *p, struct rh_text rest)
{
	text_clear(&p->result);
	text_add(&p->result, rest.p, rest.len);
	p->has_result = true;
	return NULL;
}

static const char *
say_error(struct protocol *p, struct rh_text rest)
{
	text_clear(&p->error);
	text_add(&p->error, rest.p, rest.len);
	p->has_error = true;
	return NULL;
}

static const char *
say_output(struct protocol *p, struct rh_text rest)
{
	output_put(p->output, rest.p, rest.len);
	output_put(p->output, "\n", 1);
	return NULL;
}

static const struct {
	const char *word;
	const char *(*say)(struct protocol *, struct rh_text rest);
} words[] = {
	{ "progress",	say_progress },
	{ "checkpoint",	say_checkpoint },
	{ "event",	say_event },
	{ "result",	say_result },
	{ "error",	say_error },
	{ "output",	say_output },
};
#define WORDS	(sizeof words / sizeof words[0])

/* Of many, the first are told. */
static void
tell_bad(struct protocol *p, unsigned long line_no, const char *why)
{
	char data[256];
	int n;

	if (p->bad++ >= TOLD_MAX)
		return;
	n = snprintf(data, sizeof data, "{\"line\":%lu,\"reason\":\"%s\"}",
	    line_no, why);
	p->host->event(p->handle, "exec.bad_line", 13, data, (uint64_t)n);
}

bool
protocol_line(struct protocol *p, const char *line, size_t len,
    unsigned long line_no)
{
	struct rh_text rest = { line + 2, len - 2 }, word;
	const char *why = "no such word behind \\\"::\\\"";
	size_t i;

	word = take_word(&rest);
	if (memchr(line, '\0', len) != NULL)
		why = "a line of the protocol holds no NUL";
	else
		for (i = 0; i < WORDS; i++)
			if (rh_text_is(word, words[i].word))
				why = words[i].say(p, rest);
	if (why == NULL)
		return true;
	tell_bad(p, line_no, why);
	return false;
}

void
protocol_free(struct protocol *p)
{
	text_free(&p->result);
	text_free(&p->error);
}
