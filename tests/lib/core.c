/*
 * Opening a ledger for a test and driving it.
 */
#include "lib/core.h"

#include "action/action.h"
#include "action/catalog.h"
#include "audit/verify.h"
#include "base/mem.h"
#include "lib/keys.h"
#include "lib/tiny.h"
#include "lib/unit.h"
#include "plugin/describe.h"
#include "plugin/registry.h"
#include "store/db.h"

#include <runhost/host.h>
#include <runhost/plugin.h>

#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void
nothing(const struct rh_invocation *inv, const struct rh_host *host)
{
	(void)inv;
	(void)host;
}

static const struct rh_runner demo = {
	.size = sizeof demo, .name = "demo", .run = nothing,
};
static const struct rh_runner again = {
	.size = sizeof again, .flags = RH_RUNNER_IDEMPOTENT, .name = "again",
	.run = nothing,
};
static const struct rh_runner *const runners[] = { &demo, &again, NULL };

static const struct rh_action greet = {
	.size = sizeof greet, .name = "demo.greet", .run = nothing,
	.schema = "{\"type\":\"object\",\"properties\":{\"name\":"
	    "{\"type\":\"string\"},\"password\":{\"type\":\"string\","
	    "\"x-secret\":true}}}",
};
static const struct rh_action *const actions[] = { &greet, NULL };

static const struct rh_command any = {
	.size = sizeof any, .flags = RH_COMMAND_ANY_ACTION,
	.name = "/demo", .runner = "demo",
};
static const struct rh_command_action go = {
	.size = sizeof go, .name = "go",
};
static const struct rh_command_action *const words[] = { &go, NULL };
static const struct rh_command strict = {
	.size = sizeof strict, .name = "/strict", .runner = "again",
	.actions = words,
};
static const struct rh_command *const commands[] = { &any, &strict, NULL };

static const struct rh_entry entry = {
	.magic = RH_MAGIC, .size = sizeof entry, .built = RH_SDK_VERSION,
	.needs = RH_VERSION(1, 0), .flags = RH_PLUGIN_STATELESS,
	.id = "demo", .version = "1.0", .runners = runners,
	.actions = actions, .commands = commands,
};

static void
write_file(const char *dir, const char *name, const void *bytes, size_t len)
{
	int at = open(dir, O_RDONLY | O_DIRECTORY);
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
	close(at);
}

/* The plugin's file, signed by the key of keys.h. */
static void
write_demo(const char *dir)
{
	struct tiny t = tiny_object("demo");
	struct sign_secret key;
	struct buf text = { 0 };
	struct err err;

	CHECK_OK(sign_secret_read(STR(KEY_SECRET), NULL, &key, &err), &err);
	sign_make(&key, (const uint8_t *)&t, sizeof t, "demo", &text);
	write_file(dir, "demo.so", &t, sizeof t);
	write_file(dir, "demo.so" SIGN_SUFFIX, text.p, text.len);
	buf_fini(&text);
}

void
lab_trust(struct core *c)
{
	lab_must(c, NULL, "key_trust", "{\"public_key\":\"" KEY_PUBLIC_TEXT
	    "\"}");
	lab_must(c, NULL, "grant_add", "{\"grantee\":\"plugin:demo\","
	    "\"permission\":\"host.inprocess\"}");
}

static void
describe(struct core *c)
{
	struct buf text = { 0 };
	struct err err;

	snprintf(c->plugin_dir, sizeof c->plugin_dir, "%s/plugins", c->dir);
	mkdir(c->plugin_dir, 0700);
	write_demo(c->plugin_dir);
	describe_entry(&entry, &text);
	c->registry = registry_new();
	if (CHECK_OK(registry_scan(c->registry, c->plugin_dir, &err), &err) &&
	    CHECK_UINT(registry_count(c->registry), 1))
		CHECK_OK(registry_describe(c->registry,
		    registry_at(c->registry, 0), text.p, text.len, &err),
		    &err);
	buf_fini(&text);
}

void
lab_init(struct core *c)
{
	memset(c, 0, sizeof *c);
	STAILQ_INIT(&c->effects);
	STAILQ_INIT(&c->calls);
	snprintf(c->dir, sizeof c->dir, "%s", unit_tmpdir());
	snprintf(c->db_path, sizeof c->db_path, "%s/runhost.db", c->dir);
	snprintf(c->anchor_path, sizeof c->anchor_path, "%s/anchor", c->dir);
	clock_fake_init(&c->clock, CORE_START);
	rand_seeded_init(&c->rand, 1);
	describe(c);
	c->tally = tally_new();
	c->plugin_dirs[0] = c->plugin_dir;
	c->env = (struct action_env){
		.registry = c->registry, .tally = c->tally,
		.plugin_dirs = c->plugin_dirs,
		.version = "test", .timeout_us = 300 * US_PER_S,
		.lease_us = 60 * US_PER_S, .cancel_grace_us = 5 * US_PER_S,
		.command_retention_us = 3600 * US_PER_S,
		.idem_us = 86400 * US_PER_S, .max_losses = 3,
		.session_ttl_us = 3600 * US_PER_S,
		.artifact_max = 10 * 1024 * 1024,
	};
}

/* The first connection that SQLite opens since it was NULL. */
static sqlite3 *opened;

static int
on_open(sqlite3 *h, const char **why, const void *api)
{
	(void)why;
	(void)api;
	if (opened == NULL)
		opened = h;
	return SQLITE_OK;
}

rh_status
lab_open(struct core *c, struct err *err)
{
	struct ledger_config cf = {
		.path = c->db_path, .vfs = c->vfs, .anchor = c->anchor,
		.key = c->key,
		.accept_loss = c->accept_loss, .env = &c->env,
		.migrations = c->migrations,
		.clock = &c->clock.clock, .rand = &c->rand,
	};
	rh_status rc;

	opened = NULL;
	sqlite3_auto_extension((void (*)(void))on_open);
	if ((rc = ledger_open(&cf, &c->ledger, err)) == RH_OK) {
		c->writer_handle = opened;
		opened = NULL;
		rc = db_open(c->db_path, DB_READER, c->vfs, &c->reader, err);
		c->reader_handle = opened;
	} else {
		c->ledger = NULL;
	}
	sqlite3_cancel_auto_extension((void (*)(void))on_open);
	return rc;
}

static void
outside_close(struct core *c)
{
	sqlite3_close(c->outside);
	c->outside = NULL;
}

void
lab_close(struct core *c)
{
	outside_close(c);
	db_close(c->reader);
	c->reader = NULL;
	ledger_close(c->ledger);
	c->ledger = NULL;
	c->writer_handle = c->reader_handle = NULL;
	lab_forget(c);
}

void
lab_fini(struct core *c)
{
	struct call *call;

	lab_close(c);
	while ((call = STAILQ_FIRST(&c->calls)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->calls, link);
		call_free(call);
	}
	registry_free(c->registry);
	tally_free(c->tally);
}

void
lab_wipe(struct core *c)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[400];
	size_t i;

	for (i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(path, sizeof path, "%s%s", c->db_path, ends[i]);
		unlink(path);
	}
}

void
lab_start(struct core *c)
{
	struct err err = { 0 };

	lab_init(c);
	if (!CHECK_OK(lab_open(c, &err), &err))
		abort();
}

void
lab_restart(struct core *c)
{
	struct err err = { 0 };

	lab_close(c);
	if (!CHECK_OK(lab_open(c, &err), &err))
		abort();
}

void
lab_forget(struct core *c)
{
	effects_clear(&c->effects);
}

struct caller
lab_user(const char *principal)
{
	return (struct caller){ .kind = CALLER_LOCAL, .principal = principal,
	    .source = "127.0.0.1" };
}

struct caller
lab_token(struct core *c, const char *principal, const char *more)
{
	struct call *call = lab_must(c, NULL, "token_create",
	    "{\"principal\":\"%s\"%s}", principal, more);
	struct caller who = { .kind = CALLER_TOKEN, .principal = principal,
	    .source = "127.0.0.1" };
	const char *text = strstr(call->reply.p, "\"rh_");

	CHECK(text != NULL && token_hash((struct str){ text + 1, 67 },
	    who.token));
	return who;
}

struct caller
lab_local(void)
{
	return (struct caller){ .kind = CALLER_LOCAL, .principal = "local:0",
	    .source = "unix" };
}

struct caller
lab_anonymous(void)
{
	return (struct caller){ .kind = CALLER_ANONYMOUS,
	    .principal = "anonymous", .source = "10.0.0.1" };
}

struct caller
lab_plugin(const char *principal, const char *origin)
{
	return (struct caller){ .kind = CALLER_PLUGIN, .principal = principal,
	    .source = "worker", .chain = { origin }, .chain_len = 1 };
}

static struct call *
keep(struct core *c, struct call *call)
{
	STAILQ_INSERT_TAIL(&c->calls, call, link);
	return call;
}

static struct call *
vcall(struct core *c, const struct caller *who, const char *action,
    const char *body, va_list ap)
{
	struct caller local = lab_local();
	char *text = NULL;
	int n = vasprintf(&text, body, ap);
	struct call *call;

	CHECK(n >= 0);
	call = call_open(action, who != NULL ? who : &local, text, (size_t)n);
	free(text);
	return keep(c, call);
}

struct call *
lab_call(struct core *c, const struct caller *who, const char *action,
    const char *body, ...)
{
	struct call *call;
	va_list ap;

	va_start(ap, body);
	call = vcall(c, who, action, body, ap);
	va_end(ap);
	return call;
}

struct call *
lab_internal(struct core *c, const char *action, size_t size)
{
	return keep(c, call_internal(action, &caller_system, size));
}

bool
lab_batch(struct core *c, struct call **calls, size_t n)
{
	bool ok = ledger_apply(c->ledger, calls, n, &c->effects);
	size_t i;

	for (i = 0; i < n; i++)
		call_render(calls[i]);
	return ok;
}

void
lab_prepare(struct core *c, struct call *call)
{
	call_prepare(call, c->registry);
	if (call->action != NULL && call->args == NULL &&
	    call->refusal == RH_OK && (call->action->runs & RUN_PLUGIN) != 0)
		catalog_read(&c->env, call);
}

void
lab_apply(struct core *c, struct call *call)
{
	struct policy *p;

	lab_prepare(c, call);
	if (call->action == NULL || (call->action->runs & RUN_READ) == 0) {
		lab_batch(c, &call, 1);
		return;
	}
	p = gate_policy(ledger_gate(c->ledger));
	gate_read(c->reader, &c->env, p, gate_now(ledger_gate(c->ledger)),
	    call);
	policy_unref(p);
	call_render(call);
}

struct call *
lab_do(struct core *c, const struct caller *who, const char *action,
    const char *body, ...)
{
	struct call *call;
	va_list ap;

	va_start(ap, body);
	call = vcall(c, who, action, body, ap);
	va_end(ap);
	lab_apply(c, call);
	return call;
}

static void
must_apply(struct core *c, struct call *call)
{
	lab_apply(c, call);
	if (call->status != RH_OK)
		unit_check(false, __FILE__, __LINE__, "%s %s: %s", call->name,
		    call->body, call->err.msg);
}

struct call *
lab_must(struct core *c, const struct caller *who, const char *action,
    const char *body, ...)
{
	struct call *call;
	va_list ap;

	va_start(ap, body);
	call = vcall(c, who, action, body, ap);
	va_end(ap);
	must_apply(c, call);
	return call;
}

struct call *
lab_shown(struct core *c, const struct caller *who, const char *action,
    const char *body, ...)
{
	struct call *call;
	va_list ap;

	va_start(ap, body);
	call = vcall(c, who, action, body, ap);
	va_end(ap);
	call->streams = true;
	must_apply(c, call);
	return call;
}

int64_t
lab_run(struct core *c, const struct caller *who, const char *command,
    const char **id)
{
	struct call *call = lab_must(c, who, "run_create",
	    "{\"command\":\"%s\"}", command);
	const struct run_made *made = call->result;
	char text[ID_RUN_LEN];

	if (made == NULL)
		return 0;
	if (id != NULL)
		*id = arena_strdup(&call->arena, id_run(&made->id, text));
	return made->run_no;
}

static void
offer(struct core *c, int n, bool inproc)
{
	struct call *call = keep(c, call_internal("slots_offer", &caller_host,
	    sizeof(struct offer_args)));

	*(struct offer_args *)call->args = (struct offer_args){
		.plugin = "demo", .n = n, .inproc = inproc };
	lab_batch(c, &call, 1);
	CHECK_OK(call->status, &call->err);
}

void
lab_offer(struct core *c, int n)
{
	offer(c, n, false);
}

void
lab_offer_inproc(struct core *c, int n)
{
	offer(c, n, true);
}

const struct effect *
lab_effect(struct core *c, enum effect_kind kind, int64_t run_no)
{
	const struct effect *e, *found = NULL;

	STAILQ_FOREACH(e, &c->effects, link) {
		if (e->kind == kind && (run_no == 0 || e->run_no == run_no))
			found = e;
	}
	return found;
}

int64_t
lab_fence(struct core *c, int64_t run_no)
{
	const struct effect *e = lab_effect(c, EFFECT_START, run_no);

	return e != NULL ? e->fence : 0;
}

static const struct event_new *
some_events(struct call *call, int n)
{
	struct event_new *e = arena_zalloc(&call->arena,
	    (size_t)(n + 1) * sizeof *e);
	int i;

	for (i = 0; i < n; i++) {
		e[i].type = "output";
		e[i].at_us = CORE_START;
		e[i].data = str_of(arena_printf(&call->arena,
		    "{\"stream\":\"stdout\",\"text\":\"line %d\\n\"}", i));
	}
	return e;
}

rh_status
lab_report(struct core *c, int64_t run_no, int64_t fence, int n)
{
	struct call *call = lab_internal(c, "run_report",
	    sizeof(struct report_args));
	struct report_args *a = call->args;

	a->report = (struct run_report){ .run_no = run_no, .fence = fence,
	    .started_us = c->clock.wall, .percent = -1,
	    .events = some_events(call, n), .event_count = (size_t)n };
	lab_batch(c, &call, 1);
	return call->status;
}

rh_status
lab_finish(struct core *c, int64_t run_no, int64_t fence, uint32_t kind)
{
	struct call *call = lab_internal(c, "run_finalize",
	    sizeof(struct finish_args));
	struct finish_args *a = call->args;

	a->report = (struct run_report){ .run_no = run_no, .fence = fence,
	    .percent = -1, .events = some_events(call, 1),
	    .event_count = 1 };
	a->kind = kind;
	a->end.error = kind == RH_COMPLETED ? NULL : "it went wrong";
	a->end.output = kind == RH_COMPLETED ? "done" : NULL;
	lab_batch(c, &call, 1);
	return call->status;
}

void
lab_renew(struct core *c, int64_t no, int64_t fence)
{
	struct call *call = lab_internal(c, "run_renew",
	    sizeof(struct renew_args));
	struct renew_args *a = call->args;
	struct attempt_ref *ref = arena_zalloc(&call->arena, sizeof *ref);

	ref->run_no = no;
	ref->fence = fence;
	a->attempts = ref;
	a->count = 1;
	a->lost = arena_zalloc(&call->arena, sizeof *a->lost);
	lab_batch(c, &call, 1);
	CHECK_OK(call->status, &call->err);
	CHECK(!a->lost[0]);
}

void
lab_checkpoint(struct core *c, int64_t no, const char *name, const char *data)
{
	struct call *call = lab_internal(c, "run_checkpoint",
	    sizeof(struct checkpoint_args));
	struct checkpoint_args *a = call->args;

	a->report = (struct run_report){ .run_no = no, .percent = -1,
	    .fence = lab_fence(c, no), .started_us = c->clock.wall };
	a->name = str_of(name);
	a->data = str_of(data);
	lab_batch(c, &call, 1);
	CHECK_OK(call->status, &call->err);
}

rh_status
lab_sweep(struct core *c)
{
	struct call *call = lab_internal(c, "sweep",
	    sizeof(struct sweep_args));

	lab_batch(c, &call, 1);
	if (call->status != RH_OK)
		unit_check(false, __FILE__, __LINE__, "sweep: %s",
		    call->err.msg);
	return call->status;
}

void
lab_pass(struct core *c, int seconds)
{
	int step;

	for (; seconds > 0; seconds -= step) {
		step = seconds < 5 ? seconds : 5;
		clock_fake_advance(&c->clock, step * US_PER_S);
		lab_sweep(c);
	}
}

const char *
lab_state(struct core *c, int64_t run_no)
{
	char sql[200];

	snprintf(sql, sizeof sql, "SELECT state FROM (SELECT run_no, state"
	    " FROM run_live UNION SELECT run_no, state FROM run_end)"
	    " WHERE run_no = %lld", (long long)run_no);
	return run_state_name((enum run_state)lab_number(c, sql));
}

sqlite3 *
lab_outside(struct core *c)
{
	if (c->outside == NULL)
		CHECK_INT(sqlite3_open_v2(c->db_path, &c->outside,
		    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, c->vfs),
		    SQLITE_OK);
	return c->outside;
}

/* Kept while the ledger is open: to open it is to read its schema. */
static void
outside_done(struct core *c)
{
	if (c->ledger == NULL)
		outside_close(c);
}

int64_t
lab_number(struct core *c, const char *sql)
{
	sqlite3 *h = lab_outside(c);
	sqlite3_stmt *st = NULL;
	int64_t n = -1;

	if (!CHECK_INT(sqlite3_prepare_v2(h, sql, -1, &st, NULL), SQLITE_OK))
		unit_check(false, __FILE__, __LINE__, "%s", sqlite3_errmsg(h));
	else if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	outside_done(c);
	return n;
}

const char *
lab_text(struct core *c, const char *sql)
{
	struct call *owner = lab_internal(c, "sweep",
	    sizeof(struct sweep_args));
	sqlite3 *h = lab_outside(c);
	sqlite3_stmt *st = NULL;
	const char *text = NULL;

	CHECK_INT(sqlite3_prepare_v2(h, sql, -1, &st, NULL), SQLITE_OK);
	if (st != NULL && sqlite3_step(st) == SQLITE_ROW &&
	    sqlite3_column_type(st, 0) != SQLITE_NULL)
		text = arena_strdup(&owner->arena,
		    (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	outside_done(c);
	return text;
}

void
lab_sql(struct core *c, const char *sql)
{
	sqlite3 *h = lab_outside(c);
	char *why = NULL;

	if (sqlite3_exec(h, sql, NULL, NULL, &why) != SQLITE_OK)
		unit_check(false, __FILE__, __LINE__, "%s: %s", sql, why);
	sqlite3_free(why);
	outside_done(c);
}

#define LEN(column)	"ifnull(length(CAST(" column " AS BLOB)), 0)"

/* How many owners haven't as many bytes stored as they are said to have. */
static const char sql_miscounted[] =
"WITH rows(owner_no, n) AS ("
"	SELECT owner_no, " LEN("command") " + " LEN("raw_args") " + "
	LEN("args") " + " LEN("flags") " + " LEN("input") " + "
	LEN("metadata") " + " LEN("labels") " FROM run"
"	UNION ALL SELECT owner_no, " LEN("output") " + " LEN("error") " + "
	LEN("reason") " + " LEN("result_meta") " + " LEN("usage") " + "
	LEN("cost")
"	FROM run_end JOIN run USING (run_no)"
"	UNION ALL SELECT owner_no, " LEN("type") " + " LEN("data") " + "
	LEN("extra") " FROM event JOIN run USING (run_no)"
"	UNION ALL SELECT owner_no, " LEN("summary") " + " LEN("input") " + "
	LEN("data") " + " LEN("raw_ref") " FROM input_event"
"	UNION ALL SELECT owner_no, " LEN("content") " + " LEN("full") " + "
	LEN("attachments") " FROM transcript JOIN run USING (run_no)"
"	UNION ALL SELECT owner_no, " LEN("name") " + " LEN("data")
"	FROM checkpoint JOIN run USING (run_no)"
"	UNION ALL SELECT owner_no, " LEN("i.id") " + " LEN("request") " + "
	LEN("schema") " + " LEN("answer") " + " LEN("reason")
"	FROM interaction i JOIN run USING (run_no)"
"	UNION ALL SELECT owner_no, " LEN("type") " + " LEN("mime") " + "
	LEN("name") " + " LEN("x.metadata")
"	FROM artifact x JOIN run USING (run_no) WHERE state < 3"
"	UNION ALL SELECT owner_no, length(data) FROM artifact_chunk"
"	JOIN artifact USING (artifact_no) JOIN run USING (run_no)"
"	WHERE state < 3"
"	UNION ALL SELECT owner_no, " LEN("key") " + " LEN("value")
"	FROM plugin_state)"
" SELECT count(*) FROM owner o WHERE bytes <>"
"	(SELECT ifnull(sum(n + 64), 0) FROM rows r"
"	WHERE r.owner_no = o.owner_no)";

#define STATES_OF(n)							\
	"SELECT 1 AS state, sum(created) AS n FROM " n			\
	" UNION ALL SELECT 2, sum(queued) FROM " n			\
	" UNION ALL SELECT 3, sum(claimed) FROM " n			\
	" UNION ALL SELECT 4, sum(running) FROM " n			\
	" UNION ALL SELECT 5, sum(interrupted) FROM " n			\
	" UNION ALL SELECT 6, sum(completed) FROM " n			\
	" UNION ALL SELECT 7, sum(failed) FROM " n			\
	" UNION ALL SELECT 8, sum(cancelled) FROM " n			\
	" UNION ALL SELECT 9, sum(timeout) FROM " n

/* States of which another number is counted than there is. */
static const char sql_uncounted[] =
"WITH counted AS (" STATES_OF("run_count") "), rows AS ("
"	SELECT state FROM run_live UNION ALL SELECT state FROM run_end)"
" SELECT count(*) FROM counted c WHERE ifnull(n, 0) <>"
"	(SELECT count(*) FROM rows r WHERE r.state = c.state)";

/* Those of live runs: others may have been removed. */
static const char sql_unstated[] =
"WITH minutes AS (SELECT * FROM run_stat WHERE level = 1),"
" counted AS (" STATES_OF("minutes") ")"
" SELECT count(*) FROM counted c WHERE state < 6 AND ifnull(n, 0) <>"
"	(SELECT count(*) FROM run_live l WHERE l.state = c.state)";

void
lab_check(struct core *c, const char *file, int line)
{
	const struct audit_check alone = { .anchor = NULL };
	struct audit_report r;
	struct err err = { 0 };

	unit_check_ok(gate_check(ledger_gate(c->ledger), &err), &err,
	    "gate_check", file, line);
	if (unit_check_ok(audit_verify(c->reader, &alone, &r, &err), &err,
	    "audit_verify", file, line))
		unit_check(r.ok, file, line, "%s", r.problem);
	unit_check(lab_number(c, sql_miscounted) == 0, file, line,
	    "an owner's stored bytes aren't what is stored");
	unit_check(lab_number(c, sql_uncounted) == 0, file, line,
	    "the counts of runs aren't those of the runs");
	unit_check(lab_number(c, sql_unstated) == 0, file, line,
	    "the statistics of live runs aren't those of the runs");
}
