/*
 * What a plugin says of itself.  The first byte says how the rest is read:
 * as the description of a worker, or as an entry whose members are drawn
 * from the bytes.  An entry that is sound has a description that can be
 * read; whatever is refused is refused with a message.
 */
#include "base/mem.h"
#include "plugin/abi.h"
#include "plugin/describe.h"
#include "plugin/registry.h"

#include <runhost/plugin.h>

#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define LIST	3

/* Bytes that are used up; then they are 0. */
struct draw {
	const uint8_t *p;
	size_t	left;
};

/* An entry and all that it points to. */
struct parts {
	struct rh_entry entry;
	struct rh_runner runner[LIST];
	struct rh_action action[LIST];
	struct rh_command_action word[LIST];
	struct rh_command command[LIST];
	const struct rh_runner *runners[LIST + 1];
	const struct rh_action *actions[LIST + 1];
	const struct rh_command_action *words[LIST + 1];
	const struct rh_command *commands[LIST + 1];
	const char *texts[LIST + 1];
	const char *wants[LIST + 1];
};

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static bool
read_whole(const char *json, size_t len)
{
	struct plugin p;
	struct err err = { 0 };
	rh_status rc;

	memset(&p, 0, sizeof p);
	arena_init(&p.arena);
	rc = describe_read(&p, json, len, &err);
	if (rc != RH_OK)
		must(rc == RH_EPLUGIN && err.msg[0] != '\0' && p.id == NULL &&
		    p.runner_count == 0 && p.command_count == 0);
	else
		must(p.id != NULL && p.version != NULL &&
		    strlen(p.description) == len);
	arena_fini(&p.arena);
	return rc == RH_OK;
}

static uint8_t
byte(struct draw *d)
{
	if (d->left == 0)
		return 0;
	d->left--;
	return *d->p++;
}

/* Mostly what it should be. */
static uint32_t
number(struct draw *d, uint32_t usual)
{
	uint8_t b = byte(d);

	return b < 200 ? usual : b < 230 ? usual + (b - 215u) : b * 16843009u;
}

/* One of the good texts, NULL, or what the next bytes are. */
static const char *
text(struct draw *d, struct arena *a, const char *usual)
{
	uint8_t b = byte(d), n, i;
	char *s;

	if (b < 128)
		return usual;
	if (b < 140)
		return NULL;
	n = b < 250 ? b & 31 : 255;
	s = arena_alloc(a, n + 1u);
	for (i = 0; i < n; i++)
		s[i] = (char)byte(d);
	s[n] = '\0';
	return s;
}

static void
draw_lists(struct draw *d, struct arena *a, struct parts *p)
{
	static const char *const names[] = { "one", "two", "three" };
	size_t i, n = byte(d) % (LIST + 1);

	for (i = 0; i < n; i++) {
		p->runner[i] = (struct rh_runner){
		    number(d, sizeof p->runner[i]), number(d, 0),
		    text(d, a, names[i]), text(d, a, "a line"), NULL };
		memset(&p->runner[i].run, byte(d) < 240, 1);
		p->action[i] = (struct rh_action){
		    number(d, sizeof p->action[i]), number(d, 0),
		    text(d, a, i == 0 ? "x.do" : i == 1 ? "x.go" : "x.be"),
		    text(d, a, NULL), text(d, a, "{\"type\":\"object\"}"),
		    NULL };
		memset(&p->action[i].run, byte(d) < 240, 1);
		p->word[i] = (struct rh_command_action){
		    number(d, sizeof p->word[i]), number(d, 0),
		    text(d, a, names[i]), text(d, a, NULL),
		    text(d, a, NULL) };
		p->command[i] = (struct rh_command){
		    number(d, sizeof p->command[i]), number(d, 0),
		    text(d, a, i == 0 ? "/one" : i == 1 ? "/two" : "/three"),
		    text(d, a, NULL), text(d, a, "one"), text(d, a, NULL),
		    byte(d) < 200 ? p->words : NULL,
		    byte(d) < 200 ? p->texts : NULL };
		p->runners[i] = &p->runner[i];
		p->actions[i] = &p->action[i];
		p->words[i] = &p->word[i];
		p->commands[i] = &p->command[i];
		p->texts[i] = text(d, a, "/one two");
		p->wants[i] = text(d, a, "run_get");
	}
}

static void
check_entry(struct draw *d)
{
	struct parts p = { .entry = { .magic = RH_MAGIC } };
	struct buf b = { 0 };
	struct err err = { 0 };
	struct arena a;
	rh_status rc;

	arena_init(&a);
	p.entry.size = number(d, sizeof p.entry);
	p.entry.built = number(d, RH_SDK_VERSION);
	p.entry.needs = number(d, RH_SDK_VERSION);
	p.entry.flags = number(d, 0);
	p.entry.id = text(d, &a, "org.example.x");
	p.entry.version = text(d, &a, "1.0.0");
	p.entry.summary = text(d, &a, NULL);
	draw_lists(d, &a, &p);
	p.entry.runners = byte(d) < 240 ? p.runners : NULL;
	p.entry.actions = byte(d) < 240 ? p.actions : NULL;
	p.entry.commands = byte(d) < 240 ? p.commands : NULL;
	p.entry.wants = byte(d) < 240 ? p.wants : NULL;
	rc = abi_check(&p.entry, "x.so", &err);
	must(rc == RH_OK || ((rc == RH_EPLUGIN || rc == RH_EVERSION) &&
	    err.msg[0] != '\0'));
	if (rc == RH_OK) {
		describe_entry(&p.entry, &b);
		must(read_whole(b.p, b.len));
		buf_fini(&b);
	}
	arena_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct draw d;
	char *copy;

	if (len == 0)
		return 0;
	if (data[0] % 2 == 0) {
		d = (struct draw){ data + 1, len - 1 };
		check_entry(&d);
		return 0;
	}
	copy = mem_alloc(len);
	memcpy(copy, data + 1, len - 1);
	read_whole(copy, len - 1);
	free(copy);
	return 0;
}
