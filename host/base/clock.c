/*
 * The real clock, a fake one, and the ledger's, which never goes back.
 */
#include "base/clock.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

static int64_t
clock_us(clockid_t id)
{
	struct timespec ts;
	int rc;

	rc = clock_gettime(id, &ts);
	assert(rc == 0);
	(void)rc;
	return ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

static int64_t
real_wall_us(const struct clock *c)
{
	(void)c;
	return clock_us(CLOCK_REALTIME);
}

static int64_t
real_boot_us(const struct clock *c)
{
	(void)c;
	return clock_us(CLOCK_BOOTTIME);
}

const struct clock clock_real = { real_wall_us, real_boot_us };

static int64_t
fake_wall_us(const struct clock *c)
{
	return ((const struct clock_fake *)c)->wall;
}

static int64_t
fake_boot_us(const struct clock *c)
{
	return ((const struct clock_fake *)c)->boot;
}

void
clock_fake_init(struct clock_fake *f, int64_t wall_us)
{
	*f = (struct clock_fake){
		.clock = { fake_wall_us, fake_boot_us },
		.wall = wall_us,
		.boot = US_PER_S,
	};
}

void
clock_fake_advance(struct clock_fake *f, int64_t us)
{
	f->wall += us;
	f->boot += us;
}

void
clock_ledger_init(struct clock_ledger *l, const struct clock *src,
    int64_t floor_us)
{
	l->src = src;
	l->wall0 = src->wall_us(src);
	l->boot0 = src->boot_us(src);
	/* A wall clock set back since the last stop starts at that stop. */
	if (l->wall0 < floor_us)
		l->wall0 = floor_us;
	l->last = l->wall0;
}

int64_t
clock_ledger_now(struct clock_ledger *l)
{
	int64_t now = l->wall0 + (l->src->boot_us(l->src) - l->boot0);

	if (now > l->last)
		l->last = now;
	return l->last;
}

/* Two, three or four digits, with what comes behind: printf takes longer. */
static char *
put_digits(char *p, int v, int digits, char behind)
{
	int i;

	for (i = digits; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	p[digits] = behind;
	return p + digits + 1;
}

const char *
clock_iso(int64_t wall_us, char *out)
{
	int64_t s = wall_us / US_PER_S, us = wall_us % US_PER_S;
	struct tm tm;
	time_t t;
	char *p;

	if (us < 0) {
		us += US_PER_S;
		s--;
	}
	/* Four digits of the year; what is beyond is held at the limits. */
	if (s < INT64_C(-62167219200))
		s = INT64_C(-62167219200), us = 0;
	if (s > INT64_C(253402300799))
		s = INT64_C(253402300799), us = US_PER_S - 1;
	t = s;
	gmtime_r(&t, &tm);
	p = put_digits(out, tm.tm_year + 1900, 4, '-');
	p = put_digits(p, tm.tm_mon + 1, 2, '-');
	p = put_digits(p, tm.tm_mday, 2, 'T');
	p = put_digits(p, tm.tm_hour, 2, ':');
	p = put_digits(p, tm.tm_min, 2, ':');
	p = put_digits(p, tm.tm_sec, 2, '.');
	p = put_digits(p, (int)(us / US_PER_MS), 3, 'Z');
	*p = '\0';
	return out;
}
