/*
 * UUID version 7: 48 bits of milliseconds, then 74 random bits.  Within one
 * millisecond the random part is counted up, so that ids keep rising; when
 * it is exhausted the time part moves ahead.
 */
#include "base/id.h"

#define VERSION_BITS	0x70
#define VARIANT_BITS	0x80

/* The 74 random bits as 12 + 62, the shape in which they are counted. */
struct tail {
	uint64_t a;		/* 12 bits: rand_a */
	uint64_t b;		/* 62 bits: rand_b */
};

#define A_MAX	UINT64_C(0xfff)
#define B_MAX	((UINT64_C(1) << 62) - 1)

static uint64_t
be64(const uint8_t *p, size_t len)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

static void
be64_put(uint8_t *p, size_t len, uint64_t v)
{
	while (len-- > 0) {
		p[len] = (uint8_t)v;
		v >>= 8;
	}
}

static struct id
id_make(uint64_t ms, struct tail t)
{
	struct id id;

	be64_put(id.b, 6, ms);
	be64_put(id.b + 6, 2, t.a);
	id.b[6] |= VERSION_BITS;
	be64_put(id.b + 8, 8, t.b);
	id.b[8] |= VARIANT_BITS;
	return id;
}

static struct tail
tail_of(const struct id *id)
{
	return (struct tail){ be64(id->b + 6, 2) & A_MAX,
	    be64(id->b + 8, 8) & B_MAX };
}

/* A step of random size keeps the next id hard to guess. */
static bool
tail_step(struct tail *t, struct id_src *src, struct rand_src *r)
{
	if (src->left == 0) {
		rand_bytes(r, src->steps, sizeof src->steps);
		src->left = sizeof src->steps / sizeof *src->steps;
	}
	t->b += UINT64_C(1) + src->steps[--src->left];
	if (t->b <= B_MAX)
		return true;
	t->b &= B_MAX;
	return ++t->a <= A_MAX;
}

static struct tail
tail_random(struct rand_src *r)
{
	uint64_t v[2];

	rand_bytes(r, v, sizeof v);
	return (struct tail){ v[0] & A_MAX, v[1] & B_MAX };
}

struct id
id_next(struct id_src *src, int64_t wall_us, struct rand_src *r)
{
	uint64_t ms = wall_us > 0 ? (uint64_t)wall_us / 1000 : 0;
	uint64_t last_ms = (uint64_t)id_ms(&src->last);
	struct tail t;

	if (ms > last_ms || id_is_zero(&src->last)) {
		t = tail_random(r);
	} else {
		ms = last_ms;
		t = tail_of(&src->last);
		if (!tail_step(&t, src, r)) {
			ms++;
			t = tail_random(r);
		}
	}
	src->last = id_make(ms, t);
	return src->last;
}

int64_t
id_ms(const struct id *id)
{
	return (int64_t)be64(id->b, 6);
}

bool
id_is_zero(const struct id *id)
{
	static const struct id zero;

	return id_cmp(id, &zero) == 0;
}

int
id_cmp(const struct id *a, const struct id *b)
{
	return memcmp(a->b, b->b, ID_LEN);
}

const char *
id_hex(const struct id *id, char out[ID_HEX_LEN])
{
	str_hex(out, id->b, ID_LEN);
	return out;
}

const char *
id_run(const struct id *id, char out[ID_RUN_LEN])
{
	memcpy(out, "run_", 4);
	str_hex(out + 4, id->b, ID_LEN);
	return out;
}

/* Where the dashed form has its dashes. */
static bool
is_dash_at(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

const char *
id_uuid(const struct id *id, char out[ID_UUID_LEN])
{
	char hex[ID_HEX_LEN];
	size_t i, n = 0;

	id_hex(id, hex);
	for (i = 0; i < ID_UUID_LEN - 1; i++)
		out[i] = is_dash_at(i) ? '-' : hex[n++];
	out[i] = '\0';
	return out;
}

static bool
uuid_parse(struct str s, struct id *id)
{
	char hex[ID_HEX_LEN];
	size_t i, n = 0;

	for (i = 0; i < s.len; i++) {
		if (is_dash_at(i) != (s.p[i] == '-'))
			return false;
		if (!is_dash_at(i))
			hex[n++] = s.p[i];
	}
	return str_unhex((struct str){ hex, n }, id->b, ID_LEN);
}

bool
id_parse(struct str s, struct id *id)
{
	struct id parsed;
	bool ok = false;

	if (s.len == ID_HEX_LEN - 1)
		ok = str_unhex(s, parsed.b, ID_LEN);
	else if (s.len == ID_RUN_LEN - 1 && memcmp(s.p, "run_", 4) == 0)
		ok = str_unhex((struct str){ s.p + 4, 32 }, parsed.b, ID_LEN);
	else if (s.len == ID_UUID_LEN - 1)
		ok = uuid_parse(s, &parsed);
	if (ok)
		*id = parsed;
	return ok;
}
