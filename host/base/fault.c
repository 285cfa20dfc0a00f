/*
 * Fault points: the table, and what happens at an armed one.
 */
#include "base/fault.h"

#include "base/str.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *const fault_table[] = {
	"call.accepted",
	"batch.begin",
	"batch.before_commit",
	"batch.after_commit",
	"batch.before_reply",
	"checkpoint.before",
	"checkpoint.after",
	"run.claim.after_commit",
	"run.finish.before_submit",
	"start.recovered",
	"upgrade.copied",
	"upgrade.backed_up",
	"upgrade.before_commit",
	"upgrade.after_commit",
	"audit.before_head",
	NULL,
};

static void
fault_kill(void)
{
	raise(SIGKILL);
}

static void
fault_exit(void)
{
	_exit(70);
}

static void
fault_stop(void)
{
	raise(SIGSTOP);
}

static const struct fault_kind {
	const char *name;
	void	(*run)(void);
} kind_table[] = {
	{ "kill", fault_kill },
	{ "exit", fault_exit },
	{ "stop", fault_stop },
};

#define DELAY_MAX_US	999999

/* Written by fault_init() alone, before there are threads; left counts down. */
bool fault_armed;
static const char *armed_name;
static const struct fault_kind *armed_kind;
static long armed_left;
static useconds_t armed_delay_us;

static _Noreturn void
fault_refuse(const char *what, const char *value)
{
	fprintf(stderr, "runhost: fault point: %s \"%s\"\n", what, value);
	abort();
}

static const char *
name_find(struct str name)
{
	size_t i;

	for (i = 0; fault_table[i] != NULL; i++)
		if (str_is(name, fault_table[i]))
			return fault_table[i];
	return NULL;
}

static const struct fault_kind *
kind_find(struct str name)
{
	size_t i;

	for (i = 0; i < sizeof kind_table / sizeof kind_table[0]; i++)
		if (str_is(name, kind_table[i].name))
			return &kind_table[i];
	return NULL;
}

void
fault_init(void)
{
	const char *spec = getenv("RUNHOST_FAULT"), *nth, *what, *end;
	int64_t n, us = 0;

	if (spec == NULL || *spec == '\0')
		return;
	nth = strchr(spec, ':');
	what = nth != NULL ? strchr(nth + 1, ':') : NULL;
	if (what == NULL)
		fault_refuse("RUNHOST_FAULT is not name:nth:what:", spec);
	armed_name = name_find((struct str){ spec, (size_t)(nth - spec) });
	if (armed_name == NULL)
		fault_refuse("no such name in the table:", spec);
	if (!str_i64((struct str){ nth + 1, (size_t)(what - nth - 1) }, 1,
	    INT32_MAX, &n))
		fault_refuse("nth is not a number from 1:", spec);
	end = strchrnul(++what, ':');
	armed_kind = kind_find((struct str){ what, (size_t)(end - what) });
	if (armed_kind == NULL)
		fault_refuse("what is not kill, exit or stop:", spec);
	if (*end == ':' && !str_i64(str_of(end + 1), 0, DELAY_MAX_US, &us))
		fault_refuse("us is not a number below a second:", spec);
	armed_delay_us = (useconds_t)us;
	armed_left = (long)n;
	fault_armed = true;
}

static void *
fault_later(void *arg)
{
	(void)arg;
	usleep(armed_delay_us);
	armed_kind->run();
	return NULL;
}

static void
fault_now_or_later(void)
{
	pthread_t thread;

	if (armed_delay_us == 0 ||
	    pthread_create(&thread, NULL, fault_later, NULL) != 0)
		armed_kind->run();
}

void
fault_hit(const char *name)
{
	if (name_find(str_of(name)) == NULL)
		fault_refuse("not in the table:", name);
	if (strcmp(name, armed_name) != 0)
		return;
	if (__atomic_sub_fetch(&armed_left, 1, __ATOMIC_RELAXED) == 0)
		fault_now_or_later();
}
