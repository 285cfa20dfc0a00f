/*
 * A profile as bytes and back.  Both ends are one binary, and the host made
 * what the spawner reads; it is judged all the same.
 */
#include "worker/profile.h"

#include "base/arena.h"
#include "base/mem.h"
#include "worker/protocol.h"

#include <string.h>

static const char *const tier_names[] = {
	[TIER_NONE] = "none", [TIER_REQUIRED] = "required",
	[TIER_EXPECTED] = "expected", [TIER_BEST] = "best",
};

const char *
tier_name(enum tier t)
{
	return tier_names[t];
}

int
tier_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(tier_names); i++)
		if (strcmp(tier_names[i], name) == 0)
			return (int)i;
	return -1;
}

static rh_status
add_text(struct buf *b, const char *text, struct err *err)
{
	size_t len = strlen(text);

	if (len == 0 || len > PROFILE_TEXT_MAX)
		return err_set(err, RH_ETOOBIG, "a path or variable of %zu "
		    "bytes; 1 to %d are possible", len, PROFILE_TEXT_MAX);
	field_add(b, text, len);
	return RH_OK;
}

static rh_status
add_lists(struct buf *b, const struct worker_profile *p, struct err *err)
{
	rh_status rc = RH_OK;
	size_t i;

	field_add_raw_u32(b, (uint32_t)p->path_count);
	for (i = 0; i < p->path_count && rc == RH_OK; i++) {
		field_add_raw_u32(b, p->paths[i].use);
		field_add_raw_u64(b, p->paths[i].dev);
		field_add_raw_u64(b, p->paths[i].ino);
		field_add_raw_u32(b, p->paths[i].is_written);
		rc = add_text(b, p->paths[i].path, err);
	}
	field_add_raw_u32(b, (uint32_t)p->env_count);
	for (i = 0; i < p->env_count && rc == RH_OK; i++)
		rc = add_text(b, p->env[i], err);
	return rc;
}

rh_status
profile_pack(const struct worker_profile *p, struct buf *b, struct err *err)
{
	const int64_t numbers[] = {
		p->memory_bytes, p->processes, p->open_files,
		p->file_bytes,
	};
	size_t i, start = b->len;
	rh_status rc;

	if (p->path_count > PROFILE_PATHS_MAX ||
	    p->env_count > PROFILE_PATHS_MAX)
		return err_set(err, RH_ETOOBIG, "%zu paths and %zu variables; "
		    "%d of each are possible", p->path_count, p->env_count,
		    PROFILE_PATHS_MAX);
	field_add_raw_u32(b, p->min_tier);
	field_add_raw_u8(b, p->children);
	field_add_raw_u8(b, p->loose_children);
	field_add_raw_u8(b, p->traced);
	field_add_raw_u8(b, p->trial);
	for (i = 0; i < ARRAY_LEN(numbers); i++)
		field_add_raw_u64(b, (uint64_t)numbers[i]);
	if ((rc = add_lists(b, p, err)) != RH_OK)
		return rc;
	if (b->len - start > PROFILE_MAX)
		return err_set(err, RH_ETOOBIG, "paths and variables of a "
		    "worker have %zu bytes; %d are possible", b->len - start,
		    PROFILE_MAX);
	return RH_OK;
}

static const char *
read_text(struct field_reader *r, struct arena *a)
{
	struct str s = field_get(r);

	if (s.len == 0 || memchr(s.p, '\0', s.len) != NULL)
		r->bad = true;
	return r->bad ? NULL : arena_strndup(a, s.p, s.len);
}

/* How many follow; none when it is more than may be. */
static size_t
read_count(struct field_reader *r)
{
	uint32_t n = field_raw_u32(r);

	if (n <= PROFILE_PATHS_MAX)
		return n;
	r->bad = true;
	return 0;
}

static void
read_lists(struct field_reader *r, struct arena *a, struct worker_profile *p)
{
	size_t i;

	p->path_count = read_count(r);
	p->paths = arena_zalloc(a, (p->path_count + 1) * sizeof *p->paths);
	for (i = 0; i < p->path_count && !r->bad; i++) {
		p->paths[i].use = field_raw_u32(r);
		p->paths[i].dev = field_raw_u64(r);
		p->paths[i].ino = field_raw_u64(r);
		p->paths[i].is_written = field_raw_u32(r) != 0;
		if (p->paths[i].use >= PATH_USES)
			r->bad = true;
		p->paths[i].path = read_text(r, a);
	}
	p->env_count = read_count(r);
	p->env = arena_zalloc(a, (p->env_count + 1) * sizeof *p->env);
	for (i = 0; i < p->env_count && !r->bad; i++)
		p->env[i] = read_text(r, a);
}

rh_status
profile_unpack(struct str bytes, struct arena *a, struct worker_profile *p,
    struct err *err)
{
	int64_t *const numbers[] = {
		&p->memory_bytes, &p->processes, &p->open_files,
		&p->file_bytes,
	};
	struct field_reader r;
	size_t i;

	memset(p, 0, sizeof *p);
	field_begin(&r, bytes.p, bytes.len);
	p->min_tier = field_raw_u32(&r);
	p->children = field_raw_u8(&r) != 0;
	p->loose_children = field_raw_u8(&r) != 0;
	p->traced = field_raw_u8(&r) != 0;
	p->trial = field_raw_u8(&r) != 0;
	for (i = 0; i < ARRAY_LEN(numbers); i++)
		*numbers[i] = (int64_t)field_raw_u64(&r);
	read_lists(&r, a, p);
	if (!field_end(&r) || p->min_tier > TIER_BEST)
		return err_set(err, RH_EPROTO, "the profile of a worker is "
		    "not one");
	return RH_OK;
}
