/*
 * The words that may stand at a place of the command line.  What the value of
 * an option or an operand may be goes by what the tables call it.
 */
#include "cli/complete.h"

#include "action/action.h"
#include "audit/chain.h"
#include "auth/policy.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/settings.h"
#include "store/store_run.h"

#include <string.h>

struct place {
	const struct command *cmd;	/* NULL: not known yet */
	const char *const *words;	/* of the command, then all behind it */
	size_t	n;			/* without the one to complete */
	const char *typed;		/* of the word to complete */
	int	lead;			/* bytes before it, as "--status=" */
	FILE	*f;
};

static void
offer(const struct place *p, const char *word, const char *what)
{
	if (strncmp(word, p->typed, strlen(p->typed)) == 0)
		fprintf(p->f, "%.*s%s\t%s\n", p->lead, p->typed - p->lead,
		    word, what);
}

static void
offer_files(const struct place *p)
{
	fputs(":files\n", p->f);
}

static void
offer_dirs(const struct place *p)
{
	fputs(":dirs\n", p->f);
}

static void
offer_statuses(const struct place *p)
{
	const char *word, *last = "";
	int s;

	for (s = 1; s <= RUN_STATES; s++) {
		word = run_state_native((enum run_state)s);
		if (strcmp(word, last) != 0)
			offer(p, word, "");
		last = word;
	}
}

static void
offer_decisions(const struct place *p)
{
	int d;

	for (d = AUDIT_ALLOW; d <= AUDIT_OUTCOME; d++)
		offer(p, audit_decision_name((enum audit_decision)d), "");
}

static void
offer_roles(const struct place *p)
{
	const struct role *r;

	for (r = role_table; r->name != NULL; r++)
		offer(p, r->name, r->summary);
}

static void
offer_actions(const struct place *p)
{
	const struct action *a;

	for (a = action_table; a->name != NULL; a++)
		if (a->who != PERM_INTERNAL)
			offer(p, a->name, a->summary);
}

static void
offer_permissions(const struct place *p)
{
	const struct role *r;
	char word[80];

	offer_actions(p);
	for (r = role_table; r->name != NULL; r++) {
		snprintf(word, sizeof word, "role:%s", r->name);
		offer(p, word, r->summary);
	}
}

/* The metadata of a run have no table. */
static void
offer_settings(const struct place *p)
{
	const struct setting *s;
	char word[80];

	if (p->cmd == NULL || !(p->cmd->flags & CMD_SETTINGS))
		return;
	for (s = settings; s->key != NULL; s++) {
		snprintf(word, sizeof word, "%s=", s->key);
		offer(p, word, s->help);
	}
}

/* "a|b|c" */
static void
offer_choices(const struct place *p, const char *choices)
{
	char word[80];
	size_t n;

	for (; *choices != '\0'; choices += n, choices += *choices == '|') {
		n = strcspn(choices, "|");
		snprintf(word, sizeof word, "%.*s", (int)n, choices);
		offer(p, word, "");
	}
}

/* The next words of the commands that begin with words. */
static void
offer_commands(const struct place *p)
{
	const struct command *c;
	char word[80];
	const char *at;
	size_t i, n;

	for (c = command_table; c->path != NULL; c++) {
		at = c->path;
		for (i = 0; i < p->n && at != NULL; i++) {
			n = strlen(p->words[i]);
			at = strncmp(at, p->words[i], n) == 0 && at[n] == ' ' ?
			    at + n + 1 : NULL;
		}
		/* "runs list" is none of the words behind "runhost". */
		if (at == NULL || strchr(at, ' ') != NULL)
			continue;
		snprintf(word, sizeof word, "%s", at);
		offer(p, word, c->summary);
	}
}

static const struct {
	const char *called;	/* value or operand, as in the tables */
	void	(*offer)(const struct place *);
} kinds[] = {
	{ "ACTION", offer_actions },
	{ "DECISION", offer_decisions },
	{ "DIR", offer_dirs },
	{ "FILE", offer_files },
	{ "KEY=VALUE", offer_settings },
	{ "PERMISSION", offer_permissions },
	{ "ROLE", offer_roles },
	{ "STATUS", offer_statuses },
};

static void
offer_values(const struct place *p, const char *called)
{
	size_t i;

	if (strchr(called, '|') != NULL)
		offer_choices(p, called);
	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].called, called) == 0)
			kinds[i].offer(p);
}

/* Whether the k-th word is an option of this name, also "--name=value". */
static bool
is_option(const struct place *p, size_t k, const char *name)
{
	const char *word = p->words[k];
	size_t n = strlen(name);

	return strncmp(word, "--", 2) == 0 && strncmp(word + 2, name, n) == 0 &&
	    (word[2 + n] == '\0' || word[2 + n] == '=');
}

/* What may still be given. */
static void
offer_options(const struct place *p)
{
	char word[80];
	struct opt o;
	size_t k, i;

	for (k = 0; options_at(p->cmd, k, &o); k++) {
		for (i = 0; i < p->n && !is_option(p, i, o.name); i++)
			continue;
		if (i < p->n && !(o.flags & OPT_MANY))
			continue;
		snprintf(word, sizeof word, "--%s", o.name);
		offer(p, word, o.help);
	}
}

static void
offer_operand(const struct place *p, size_t k)
{
	const struct operand *a = p->cmd->operands;

	if (p->cmd->run == cmd_help) {
		offer_commands(p);
		return;
	}
	for (; a != NULL && a->name != NULL; a++, k--)
		if (k == 0 || (a->flags & ARG_REST)) {
			offer_values(p, a->name);
			return;
		}
}

/* Whether this word takes the next one as its value. */
static bool
takes_next(const struct place *p, const char *word, struct opt *o)
{
	return strncmp(word, "--", 2) == 0 &&
	    options_find(p->cmd, word + 2, o) && o->arg != NULL;
}

/* "--name=" and the beginning of its value. */
static void
offer_joined(struct place *p)
{
	char name[64];
	struct opt o;

	p->lead = (int)strcspn(p->typed, "=");
	snprintf(name, sizeof name, "%.*s", p->lead - 2, p->typed + 2);
	p->typed += ++p->lead;
	if (options_find(p->cmd, name, &o) && o.arg != NULL)
		offer_values(p, o.arg);
}

static void
offer_behind_command(struct place *p)
{
	size_t i, operands = 0;
	bool ended = false;
	struct opt o;

	for (i = 0; i < p->n; i++) {
		if (!ended && strcmp(p->words[i], "--") == 0)
			ended = true;
		else if (ended || p->words[i][0] != '-')
			operands++;
		else if (takes_next(p, p->words[i], &o) && ++i == p->n) {
			offer_values(p, o.arg);
			return;
		}
	}
	if (ended || p->typed[0] != '-')
		offer_operand(p, operands);
	else if (strchr(p->typed, '=') != NULL)
		offer_joined(p);
	else
		offer_options(p);
}

void
complete_words(const char *const *words, size_t n, FILE *f)
{
	struct place p = { .words = words, .f = f };
	int used = 0;

	if (n == 0)
		return;
	p.n = n - 1;
	p.typed = words[n - 1];
	p.cmd = command_find((int)p.n, (char **)words, &used);
	if (p.cmd == NULL || ((p.cmd->flags & CMD_GROUP) &&
	    (size_t)used == p.n && p.typed[0] != '-')) {
		offer_commands(&p);
		return;
	}
	p.words += used;
	p.n -= (size_t)used;
	offer_behind_command(&p);
}
