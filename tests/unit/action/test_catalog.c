/*
 * Decisions about plugins that come close to each other.
 */
#include "lib/core.h"
#include "lib/tiny.h"
#include "lib/unit.h"

#include "plugin/registry.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum plugin_state
nothing_is_enabled(struct plugin *p, void *arg)
{
	(void)p;
	(void)arg;
	return PLUGIN_DISCOVERED;
}

/* Found, with a runner "r"; nobody has enabled it. */
static struct plugin *
found(struct core *c, const char *id, const char *name)
{
	struct plugin *p = NULL;
	struct err err = { 0 };
	char path[400], json[200];
	int fd;

	snprintf(path, sizeof path, "%s/%s", c->plugin_dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0 && tiny_write(fd, name));
	close(fd);
	registry_on_described(c->registry, nothing_is_enabled, NULL);
	CHECK_OK(registry_open(c->registry, c->plugin_dir, name, &p, &err),
	    &err);
	registry_take(c->registry, p);
	snprintf(json, sizeof json, "{\"id\":\"%s\",\"version\":\"1\","
	    "\"built\":65536,\"needs\":65536,"
	    "\"runners\":[{\"name\":\"r\"}]}",
	    id);
	CHECK_OK(registry_describe(c->registry, p, json, strlen(json), &err),
	    &err);
	return p;
}

static void
test_two(void)
{
	struct core c;
	struct call *both[2];

	lab_start(&c);
	found(&c, "x", "x.so");
	found(&c, "y", "y.so");
	both[0] = lab_call(&c, NULL, "plugin_enable", "{\"id\":\"x\"}");
	both[1] = lab_call(&c, NULL, "plugin_enable", "{\"id\":\"y\"}");
	lab_prepare(&c, both[0]);
	lab_prepare(&c, both[1]);
	lab_batch(&c, both, 2);
	CHECK_OK(both[0]->status, &both[0]->err);
	CHECK_INT(both[1]->status, RH_ECONFLICT);
	CHECK_HAS(both[1]->err.msg, "runner \"r\" is already that of");
	/* The first is not enabled any more before the registry follows. */
	lab_must(&c, NULL, "plugin_disable", "{\"id\":\"x\"}");
	lab_must(&c, NULL, "plugin_enable", "{\"id\":\"y\"}");
	CORE_CHECK(&c);
	lab_fini(&c);
}

static struct call *
quarantine(struct core *c, const struct plugin *p)
{
	struct call *call = lab_internal(c, "plugin_quarantine",
	    sizeof(struct quarantine_args));
	struct quarantine_args *args = call->args;

	args->id = p->id;
	args->reason = "it died";
	memcpy(args->digest, p->image.digest, HASH_LEN);
	lab_batch(c, &call, 1);
	CHECK_OK(call->status, &call->err);
	return call;
}

static void
enrol(struct core *c, const struct plugin *p)
{
	struct call *call = lab_internal(c, "plugin_enroll",
	    sizeof(struct enroll_args));

	*(struct enroll_args *)call->args = (struct enroll_args){
		.plugin = p, .reason = "found" };
	lab_batch(c, &call, 1);
	CHECK_OK(call->status, &call->err);
}

static const char *
row(struct core *c)
{
	return lab_text(c, "SELECT state || ' ' || changed_by || ' ' ||"
	    " lower(hex(digest)) FROM plugin WHERE id = 'x'");
}

static void
check_row(struct core *c, const char *state, const struct plugin *p)
{
	char hex[HASH_HEX_LEN], want[200];

	str_hex(hex, p->image.digest, HASH_LEN);
	snprintf(want, sizeof want, "%s %s", state, hex);
	CHECK_STR(row(c), want);
}

static int64_t
recorded(struct core *c)
{
	return lab_number(c, "SELECT count(*) FROM audit WHERE action IN"
	    " ('plugin_quarantine', 'plugin_enroll')");
}

/* The host was late: what somebody decided meanwhile stays. */
static void
test_late(void)
{
	struct core c;
	const struct effect *e;
	struct plugin *p, *q;
	char hex[HASH_HEX_LEN];

	lab_start(&c);
	p = found(&c, "x", "x.so");
	lab_must(&c, NULL, "plugin_enable", "{\"id\":\"x\"}");
	q = found(&c, "x", "new.so");
	str_hex(hex, q->image.digest, HASH_LEN);
	lab_must(&c, NULL, "plugin_enable", "{\"id\":\"x\",\"digest\":"
	    "\"%s\"}", hex);
	quarantine(&c, p);
	check_row(&c, "1 local:0", q);
	enrol(&c, p);
	check_row(&c, "1 local:0", q);
	lab_must(&c, NULL, "plugin_disable", "{\"id\":\"x\"}");
	lab_forget(&c);
	enrol(&c, p);
	check_row(&c, "2 local:0", q);
	/* The registry had it in use, and is told. */
	e = lab_effect(&c, EFFECT_CATALOG, 0);
	CHECK(e != NULL && e->state == PLUGIN_DISABLED);
	CHECK_INT(recorded(&c), 0);
	lab_must(&c, NULL, "plugin_enable", "{\"id\":\"x\",\"digest\":"
	    "\"%s\"}", hex);
	quarantine(&c, q);
	check_row(&c, "3 system", q);
	CHECK_INT(recorded(&c), 1);
	CORE_CHECK(&c);
	lab_fini(&c);
}

const struct unit_test action_catalog_tests[] = {
	{ "the host's own decisions leave those that came before", test_late },
	{ "of two enabled at once that share a name, one is", test_two },
	{ NULL, NULL }
};
