/*
 * Which plugin is in use: files that come, change and go, and decisions.
 */
#include "lib/tiny.h"
#include "lib/unit.h"

#include "base/mem.h"
#include "plugin/registry.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define A "{\"id\":\"x\",\"version\":\"1\",\"built\":65536,"	\
    "\"needs\":65536,\"runners\":[{\"name\":\"r\"}]}"
#define B "{\"id\":\"y\",\"version\":\"1\",\"built\":65536,"	\
    "\"needs\":65536,\"runners\":[{\"name\":\"r\"}]}"

/* What the catalog would say of everything. */
static enum plugin_state
nothing_is_enabled(struct plugin *p, void *arg)
{
	(void)p;
	(void)arg;
	return PLUGIN_DISCOVERED;
}

static void
write_file(const char *name, const char *content)
{
	char path[512];
	int fd;

	snprintf(path, sizeof path, "%s/%s", unit_tmpdir(), name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	CHECK(fd >= 0);
	CHECK_INT(fchmod(fd, 0644), 0);
	CHECK(tiny_write(fd, content));
	close(fd);
}

/* Opened, tried and described. */
static struct plugin *
found(struct registry *reg, const char *name, const char *content,
    const char *json)
{
	struct plugin *p = NULL;
	struct err err = { 0 };

	write_file(name, content);
	CHECK_OK(registry_open(reg, unit_tmpdir(), name, &p, &err), &err);
	registry_take(reg, p);
	CHECK_INT(p->state, PLUGIN_LOADING);
	CHECK(registry_loading(reg));
	registry_describe(reg, p, json, strlen(json), &err);
	return p;
}

static void
decide(struct registry *reg, const struct plugin *p, enum plugin_state state)
{
	registry_decide(reg, p->id, p->image.digest, state, "because");
}

static void
test_decided(void)
{
	struct registry *reg = registry_new();
	struct arena a = { 0 };
	struct err err;
	struct plugin *p, *q;

	registry_on_described(reg, nothing_is_enabled, NULL);
	p = found(reg, "a.so", "1", A);
	CHECK_INT(p->state, PLUGIN_DISCOVERED);
	CHECK(registry_runner(reg, STR("r")) == NULL);
	CHECK(registry_explain(reg, NAME_RUNNER, STR("r"), &err));
	CHECK_INT(err.status, RH_ESTATE);
	CHECK_STR(err.msg, "runner \"r\": plugin \"x\" was found and is not "
	    "enabled");
	CHECK_STR(err.hint, "runhost plugin enable x");
	CHECK(!registry_explain(reg, NAME_RUNNER, STR("s"), &err));
	decide(reg, p, PLUGIN_ENABLED);
	CHECK(registry_find(reg, STR("x")) == p);
	CHECK(!registry_explain(reg, NAME_ID, STR("x"), &err));
	CHECK(plugin_mend(p, &a) == NULL);
	decide(reg, p, PLUGIN_QUARANTINED);
	CHECK(registry_find(reg, STR("x")) == NULL);
	CHECK(registry_explain(reg, NAME_ID, STR("x"), &err));
	CHECK_HAS(err.msg, "because");
	decide(reg, p, PLUGIN_ENABLED);
	CHECK(p->error == NULL);
	CHECK_OK(registry_open(reg, unit_tmpdir(), "a.so", &q, &err), &err);
	CHECK(q == p);
	decide(reg, p, PLUGIN_GONE);
	CHECK_INT(registry_meant(reg, "x", NULL, &q, &err), RH_ENOENT);
	registry_free(reg);
}

static void
test_replaced(void)
{
	struct registry *reg = registry_new();
	struct plugin *p, *q, *r;
	struct err err;
	char hex[HASH_HEX_LEN];

	registry_on_described(reg, nothing_is_enabled, NULL);
	p = found(reg, "a.so", "1", A);
	decide(reg, p, PLUGIN_ENABLED);
	q = found(reg, "a.so", "22", A);
	CHECK(p != q);
	CHECK_INT(p->state, PLUGIN_ENABLED);
	CHECK_INT(q->state, PLUGIN_DISCOVERED);
	CHECK_OK(registry_fits(reg, q, &err), &err);
	CHECK_OK(registry_meant(reg, "x", NULL, &r, &err), &err);
	CHECK(r == q);
	str_hex(hex, p->image.digest, HASH_LEN);
	CHECK_OK(registry_meant(reg, "x", hex, &r, &err), &err);
	CHECK(r == p);
	hex[0] = hex[0] == 'a' ? 'b' : 'a';
	CHECK_INT(registry_meant(reg, "x", hex, &r, &err), RH_ENOENT);
	decide(reg, q, PLUGIN_ENABLED);
	CHECK_INT(p->state, PLUGIN_GONE);
	CHECK(registry_find(reg, STR("x")) == q);
	/* The place of what is gone is another's. */
	r = found(reg, "a.so", "333", A);
	CHECK_UINT(registry_count(reg), 2);
	CHECK_INT(r->state, PLUGIN_DISCOVERED);
	str_hex(hex, q->image.digest, HASH_LEN);
	/* A quarantine that comes too late is none. */
	decide(reg, r, PLUGIN_QUARANTINED);
	CHECK_INT(r->state, PLUGIN_DISCOVERED);
	CHECK_INT(q->state, PLUGIN_ENABLED);
	CHECK(q->bound == NULL);
	/* What was decided of another file holds for the one in use. */
	decide(reg, r, PLUGIN_DISABLED);
	CHECK_INT(q->state, PLUGIN_DISCOVERED);
	decide(reg, q, PLUGIN_DISABLED);
	CHECK_STR(r->bound, hex);
	CHECK(registry_explain(reg, NAME_ID, STR("x"), &err));
	registry_free(reg);
}

static void
test_conflict(void)
{
	struct registry *reg = registry_new();
	struct plugin *p, *q, *again;
	struct err err;

	registry_on_described(reg, nothing_is_enabled, NULL);
	p = found(reg, "a.so", "1", A);
	q = found(reg, "b.so", "2", B);
	decide(reg, p, PLUGIN_ENABLED);
	CHECK_INT(registry_fits(reg, q, &err), RH_ECONFLICT);
	CHECK_HAS(err.msg, "runner \"r\" is already that of");
	again = found(reg, "c.so", "3", A);
	CHECK_INT(again->state, PLUGIN_REFUSED);
	decide(reg, p, PLUGIN_DISABLED);
	CHECK_OK(registry_fits(reg, q, &err), &err);
	/* A refused one is tried anew. */
	again = found(reg, "c.so", "3", A);
	CHECK_INT(again->state, PLUGIN_DISCOVERED);
	CHECK_INT(registry_meant(reg, "x", NULL, &p, &err), RH_ECONFLICT);
	CHECK_HAS(err.hint, "--digest");
	registry_free(reg);
}

static void
test_opened(void)
{
	struct registry *reg = registry_new();
	struct plugin *p, *q;
	struct err err;

	write_file("a.so", "1");
	CHECK_OK(registry_open(reg, unit_tmpdir(), "a.so", &p, &err), &err);
	CHECK_INT(p->state, PLUGIN_OPENED);
	CHECK(!registry_loading(reg));
	/* Nobody took it. */
	CHECK_OK(registry_open(reg, unit_tmpdir(), "a.so", &q, &err), &err);
	CHECK(q != p);
	CHECK_INT(p->state, PLUGIN_GONE);
	registry_take(reg, q);
	write_file("a.so", "2");
	CHECK_INT(registry_open(reg, unit_tmpdir(), "a.so", &p, &err),
	    RH_EBUSY);
	CHECK_INT(registry_open(reg, unit_tmpdir(), "b.so", &p, &err),
	    RH_ENOENT);
	CHECK_INT(registry_open(reg, unit_tmpdir(), "../b.so", &p, &err),
	    RH_EINPUT);
	registry_free(reg);
}

const struct unit_test plugin_choose_tests[] = {
	{ "a plugin is in use as it was decided", test_decided },
	{ "another file takes its place once it is enabled", test_replaced },
	{ "two that share a name aren't in use together", test_conflict },
	{ "a file that was opened is tried when it is taken", test_opened },
	{ NULL, NULL },
};
