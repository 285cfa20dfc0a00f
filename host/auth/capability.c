/*
 * The table of capabilities, and a small strict parser for each kind of what
 * stands behind the colon.
 */
#include "auth/capability.h"

#include "base/mem.h"
#include "base/secret.h"
#include "base/target.h"

#include <stdio.h>

#define LETTERS	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define DIGITS	"0123456789"

#define KIB	INT64_C(1024)
#define MIB	(KIB * 1024)
#define TIB	(MIB * 1024 * 1024)

struct kind {
	const char *word;
	enum capability_kind kind;
	const char *(*parse)(const struct kind *, struct capability *);
	const char *example;	/* of what follows; NULL: nothing does */
	int64_t	min, max;	/* of a limit */
	bool	given;
};

/* What is wrong with it, or NULL. */
static const char *
parse_path(const struct kind *k, struct capability *c)
{
	const char *p = c->of, *end;

	(void)k;
	if (*p != '/')
		return "the path must be absolute and without \"..\"";
	if (strlen(p) > 4000)
		return "the path is longer than 4000 bytes";
	for (end = p; *end != '\0'; end++) {
		if ((unsigned char)*end < ' ' || *end == 0x7f)
			return "the path has a control character";
	}
	if (p[1] == '\0')
		return NULL;
	for (; *p == '/'; p = end) {
		end = p + 1 + strcspn(p + 1, "/");
		if (end == p + 1)
			return "the path has an empty part: write it without "
			    "\"//\" and without \"/\" at its end";
		if (strncmp(p, "/..", (size_t)(end - p)) == 0)
			return "the path must be absolute and without \".\" "
			    "and \"..\"";
	}
	return NULL;
}

static const char *
parse_target(const struct kind *k, struct capability *c)
{
	const char *colon = strrchr(c->of, ':');
	char text[TARGET_TEXT_MAX];
	struct target t;
	struct err err;
	int64_t port;

	(void)k;
	if (colon == NULL || strchr(colon, ']') != NULL)
		return "a port must follow the host";
	if (colon[1] == '0' || !str_i64(str_of(colon + 1), 1, 65535, &port))
		return "the port must be a number from 1 to 65535";
	if (colon == c->of)
		return "there is no host";
	if (target_set(&t, (struct str){ c->of, (size_t)(colon - c->of) },
	    port, &err) == RH_OK) {
		target_text(&t, text);
		if (strcmp(text, c->of) == 0)
			return NULL;
	}
	return "the host is neither a name in lower case, nor an IPv4 "
	    "address, nor an IPv6 address in its short form and in []";
}

static const char *
parse_variable(const struct kind *k, struct capability *c)
{
	(void)k;
	if (strspn(c->of, LETTERS DIGITS "_") != strlen(c->of) ||
	    strchr(DIGITS, c->of[0]) != NULL)
		return "a variable's name has letters, digits and \"_\", and "
		    "begins with no digit";
	if (strlen(c->of) > 128)
		return "the variable's name is longer than 128 bytes";
	/* These tell a loader or a C library what to do. */
	if (strncmp(c->of, "LD_", 3) == 0 || strncmp(c->of, "MALLOC_", 7) == 0 ||
	    strcmp(c->of, "GLIBC_TUNABLES") == 0)
		return "this variable steers how programs are loaded; it is "
		    "given to no plugin";
	return NULL;
}

static const char *
parse_secret(const struct kind *k, struct capability *c)
{
	(void)k;
	if (!secret_name(str_of(c->of)))
		return "a secret's name has up to 100 letters, digits and "
		    "\"._-\", and doesn't begin with a dot";
	return NULL;
}

static const char *
parse_action(const struct kind *k, struct capability *c)
{
	(void)k;
	if (strspn(c->of, LOWER DIGITS "._-") != strlen(c->of))
		return "it names one action, as it is called, and no pattern";
	return NULL;
}

/* A number and, of bytes, a unit. */
static const char *
parse_amount(const struct kind *k, struct capability *c)
{
	static const struct { char unit; int64_t bytes; } units[] = {
		{ 'K', KIB }, { 'M', MIB }, { 'G', MIB * 1024 },
	};
	size_t i, n = strspn(c->of, DIGITS);
	int64_t unit = 1;
	bool bytes = k->max == TIB;

	for (i = 0; bytes && c->of[n] != '\0' && i < ARRAY_LEN(units); i++) {
		if (c->of[n] == units[i].unit && c->of[n + 1] == '\0')
			unit = units[i].bytes;
	}
	if ((c->of[n] != '\0' && unit == 1) || c->of[0] == '0' ||
	    !str_i64((struct str){ c->of, n }, 1, k->max / unit, &c->amount))
		return bytes ? "it is not a number of bytes up to 1024 G, "
		    "as 4096, 64M or 2G" : "it is not a number, or is too "
		    "large";
	c->amount *= unit;
	return c->amount >= k->min ? NULL : "it is too small for a worker";
}

static const struct kind kinds[] = {
	{ "fs.read",	CAP_READ,	parse_path,	"/srv/data",	0, 0, true },
	{ "fs.write",	CAP_WRITE,	parse_path,	"/srv/data",	0, 0, true },
	{ "proc.exec",	CAP_EXEC,	parse_path,	"/usr/bin/git",	0, 0, true },
	{ "proc.exec.loose", CAP_LOOSE,	NULL,		NULL,		0, 0, true },
	{ "net.connect", CAP_CONNECT,	parse_target,	"db.example:5432", 0, 0, true },
	{ "env",	CAP_ENV,	parse_variable,	"LANG",		0, 0, true },
	{ "secret",	CAP_SECRET,	parse_secret,	"api-key",	0, 0, true },
	{ "host.inprocess", CAP_INPROCESS, NULL,	NULL,		0, 0, false },
	{ "amplify",	CAP_AMPLIFY,	parse_action,	"run_get",	0, 0, false },
	{ "limit.memory", CAP_MEMORY,	parse_amount,	"512M",		16 * MIB, TIB, true },
	{ "limit.cpu",	CAP_CPU,	parse_amount,	"600",		1, 1000000000, true },
	{ "limit.processes", CAP_PROCESSES, parse_amount, "32",	4, 32768, true },
	{ "limit.open_files", CAP_OPEN_FILES, parse_amount, "256",	16, 65536, true },
	{ "limit.file_size", CAP_FILE_SIZE, parse_amount, "1G",	1, TIB, true },
	{ "limit.output", CAP_OUTPUT,	parse_amount,	"16M",		1, TIB, true },
};

/* Words of actions' names that no plugin can have. */
static const char *const words[] = {
	"host", "fs", "net", "proc", "env", "secret", "admin", "amplify",
	"limit",
};

static const struct kind *
find(const char *s)
{
	size_t i, n;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		n = strlen(kinds[i].word);
		if (strncmp(s, kinds[i].word, n) == 0 &&
		    s[n] == (kinds[i].example != NULL ? ':' : '\0'))
			return &kinds[i];
	}
	return NULL;
}

bool
capability_is(const char *s)
{
	return find(s) != NULL;
}

bool
capability_like(const char *s)
{
	size_t i, n = strcspn(s, ".:");

	for (i = 0; i < ARRAY_LEN(words); i++) {
		if (strlen(words[i]) == n && strncmp(s, words[i], n) == 0)
			return s[n] != '\0' || find(s) != NULL ||
			    strcmp(s, "env") == 0 || strcmp(s, "secret") == 0 ||
			    strcmp(s, "amplify") == 0;
	}
	return false;
}

static rh_status
refuse_unknown(const char *s, struct err *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcmp(s, kinds[i].word) != 0)
			continue;
		return err_set(err, RH_EINPUT, "permission \"%s\": a "
		    "capability says of what, as %s:%s", s, s,
		    kinds[i].example);
	}
	err_set(err, RH_EINPUT, "permission \"%s\": there is no such "
	    "capability", s);
	return err_hint(err, "fs.read:PATH, fs.write:PATH, proc.exec:PATH, "
	    "proc.exec.loose, net.connect:HOST:PORT, env:NAME, secret:NAME, "
	    "host.inprocess, amplify:ACTION, and limit.memory:, .cpu:, "
	    ".processes:, .open_files:, .file_size:, .output:AMOUNT; no "
	    "pattern matches them");
}

rh_status
capability_parse(const char *s, struct capability *c, struct err *err)
{
	const struct kind *k = find(s);
	const char *why;

	memset(c, 0, sizeof *c);
	if (k == NULL)
		return refuse_unknown(s, err);
	c->kind = k->kind;
	if (k->example == NULL)
		return RH_OK;
	c->of = s + strlen(k->word) + 1;
	if (*c->of == '\0')
		return err_set(err, RH_EINPUT, "permission \"%s\": nothing "
		    "follows the colon", s);
	if (!str_utf8(s, strlen(s)))
		return err_set(err, RH_EINPUT, "permission: it is not UTF-8");
	if ((why = k->parse(k, c)) == NULL)
		return RH_OK;
	err_set(err, RH_EINPUT, "permission \"%s\": %s", s, why);
	return err_hint(err, "as %s:%s", k->word, k->example);
}

const char *
capability_path(const char *s)
{
	const struct kind *k = find(s);

	return k != NULL && k->parse == parse_path ? s + strlen(k->word) + 1 :
	    NULL;
}

bool
capability_is_given(enum capability_kind kind)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		if (kinds[i].kind == kind)
			return kinds[i].given;
	}
	return false;
}
