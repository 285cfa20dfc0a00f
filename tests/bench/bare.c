#include "bare.h"

#include "plugin/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char description[] =
"{\"id\":\"" BARE_PLUGIN "\",\"version\":\"1.0\",\"summary\":\"\","
" \"built\":65536,\"needs\":65536,\"stateless\":true,"
" \"runners\":[{\"name\":\"echo\",\"summary\":\"\",\"idempotent\":false}],"
" \"actions\":[],\"commands\":[],\"wants\":[]}";

const struct caller bare_user = {
	.kind = CALLER_LOCAL, .principal = "user:alice", .source = "127.0.0.1",
};
const struct caller bare_root = {
	.kind = CALLER_LOCAL, .principal = "local:0", .source = "unix",
};

void
must(rh_status rc, const struct err *err, const char *what)
{
	if (rc == RH_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, err->msg);
	exit(1);
}

uint64_t
bare_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* A registry in which one plugin with one runner is enabled. */
static struct registry *
make_registry(const char *path)
{
	struct registry *reg = registry_new();
	struct err err = { 0 };
	char plugins[4200], file[4300];
	FILE *f;

	snprintf(plugins, sizeof plugins, "%s.plugins", path);
	snprintf(file, sizeof file, "%s/bench.so", plugins);
	mkdir(plugins, 0755);
	if ((f = fopen(file, "w")) != NULL) {
		fputs("none", f);
		fclose(f);
	}
	must(registry_scan(reg, plugins, &err), &err, plugins);
	must(registry_describe(reg, registry_at(reg, 0), description,
	    sizeof description - 1, &err), &err, "description");
	unlink(file);
	rmdir(plugins);
	return reg;
}

void
bare_open(struct bare *b, const char *path)
{
	struct ledger_config cf = {
		.path = path, .env = &b->env, .clock = &clock_real,
		.rand = &rand_system,
	};
	struct err err = { 0 };

	memset(b, 0, sizeof *b);
	STAILQ_INIT(&b->effects);
	b->env.registry = make_registry(path);
	b->env.tally = tally_new();
	b->env.version = "bench";
	b->env.timeout_us = 300 * US_PER_S;
	b->env.lease_us = 60 * US_PER_S;
	b->env.cancel_grace_us = US_PER_S;
	b->env.idem_us = 86400 * US_PER_S;
	b->env.max_losses = 3;
	b->env.quota_live = 10000;
	must(ledger_open(&cf, &b->ledger, &err), &err, path);
}

void
bare_close(struct bare *b)
{
	effects_clear(&b->effects);
	ledger_close(b->ledger);
	registry_free(b->env.registry);
	tally_free(b->env.tally);
}

void
bare_add(struct bare *b, struct call *c)
{
	b->calls[b->count++] = c;
}

void
bare_ask(struct bare *b, const struct caller *who, const char *action,
    const char *body)
{
	struct call *c = call_open(action, who, body, strlen(body));

	call_prepare(c, b->env.registry);
	bare_add(b, c);
}

void
bare_apply(struct bare *b)
{
	struct err err = { .msg = "the outcome of a COMMIT is unknown" };
	size_t i;

	if (!ledger_apply(b->ledger, b->calls, b->count, &b->effects))
		must(RH_EUNKNOWN, &err, "ledger");
	for (i = 0; i < b->count; i++)
		must(b->calls[i]->status, &b->calls[i]->err,
		    b->calls[i]->name);
}

void
bare_free(struct bare *b)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		call_free(b->calls[i]);
	b->count = 0;
}

void
bare_do(struct bare *b, const struct caller *who, const char *action,
    const char *body)
{
	bare_ask(b, who, action, body);
	bare_apply(b);
	bare_free(b);
	effects_clear(&b->effects);
}

void
bare_grant(struct bare *b)
{
	char body[160];
	int i;

	for (i = 0; i < 20; i++) {
		snprintf(body, sizeof body, "{\"grantee\":\"user:u%02d\","
		    "\"permission\":\"run_*\",\"owner\":\"user:team\"}", i);
		bare_do(b, &bare_root, "grant_add", body);
	}
	bare_do(b, &bare_root, "grant_add", "{\"grantee\":\"user:alice\","
	    "\"permission\":\"role:operator\"}");
}
