/*
 * Many threads at a host's door, each a runtime of its own: what is claimed
 * by one is nobody else's.
 */
#include "lib/samples.h"
#include "lib/unit.h"
#include "unit/ledger/field.h"

#include "base/mem.h"
#include "ledger/host.h"
#include "ledger/host_start.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLAIMERS	16
#define CROWD_RUNS	400

struct crowd {
	struct core c;
	char	key[300];
	struct host *host;
	pthread_barrier_t ready;
};

struct claimer {
	struct crowd *crowd;
	char	name[20];
	struct caller who;
	int	no, got, odd;		/* runs; answers that no one should get */
};

static void
out_of_disk(void *arg)
{
	(void)arg;
	abort();
}

/* Asks, waits, renders; the caller frees. */
static struct call *
ask(struct claimer *me, const char *action, const char *body)
{
	struct call *c = call_open(action, &me->who, body, strlen(body));

	host_call(me->crowd->host, c);
	call_render(c);
	return c;
}

static rh_status
use(struct claimer *me, const char *action, struct call *claim,
    const char *more)
{
	char body[800];
	struct call *c;
	rh_status rc;

	snprintf(body, sizeof body, "{\"run_id\":%s,\"runtime_id\":\"r%d\","
	    "\"claim_token\":%s%s}", sample_field(claim, "run_id"), me->no,
	    sample_field(claim, "claim_token"), more);
	c = ask(me, action, body);
	rc = c->status;
	call_free(c);
	return rc;
}

#define OUTPUT(n) "{\"sequence\":" n ",\"type\":\"output\",\"data\":"	\
	"{\"stream\":\"stdout\",\"text\":\"" n "\"}}"

static void
live(struct claimer *me, struct call *claim)
{
	static const struct {
		const char *action, *more;
		rh_status status;
	} life[] = {
		{ "run_start", "", RH_OK },
		{ "run_append_result", ",\"events\":[" OUTPUT("1") ","
		    OUTPUT("2") "]", RH_OK },
		{ "run_renew_claim", "", RH_OK },
		{ "run_append_result", ",\"events\":[" OUTPUT("2") ","
		    OUTPUT("3") "]", RH_OK },
		{ "run_finalize", ",\"status\":\"completed\"", RH_OK },
		/* The first end stays. */
		{ "run_finalize", ",\"status\":\"failed\"", RH_ESTATE },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(life); i++)
		me->odd += use(me, life[i].action, claim, life[i].more) !=
		    life[i].status;
}

/* From its own queue while it has runs, then from any. */
static void *
claim_all(void *arg)
{
	struct claimer *me = arg;
	char mine[100], any[100];
	struct call *c;
	const char *body = mine;
	bool none = false;

	snprintf(mine, sizeof mine, "{\"runtime_id\":\"r%d\","
	    "\"queue_name\":\"q%d\"}", me->no, me->no % 4);
	snprintf(any, sizeof any, "{\"runtime_id\":\"r%d\"}", me->no);
	pthread_barrier_wait(&me->crowd->ready);
	while (!none) {
		c = ask(me, "run_claim", body);
		if (c->status != RH_OK) {
			me->odd++;
			none = true;
		} else if (strcmp(c->reply.p, "null") != 0) {
			me->got++;
			live(me, c);
		} else {
			none = body == any;
			body = any;
		}
		call_free(c);
	}
	return NULL;
}

static void
open_host(struct crowd *w)
{
	struct host_config cf = {
		.db_path = w->c.db_path, .key_path = w->key,
		.anchor_path = w->c.anchor_path, .env = &w->c.env,
		.clock = &w->c.clock.clock, .clients_max = 4096,
		.checkpoint_pages = 200, .fatal = out_of_disk,
	};
	struct err err = { 0 };

	snprintf(w->key, sizeof w->key, "%s/key", w->c.dir);
	lab_close(&w->c);
	if (!CHECK_OK(host_start(&cf, &w->host, &err), &err))
		abort();
}

static void
look(struct core *c)
{
	static const struct { const char *sql; int64_t n; } all[] = {
		{ "SELECT count(*) FROM run_end WHERE state = 6 AND"
		    " attempts = 1", CROWD_RUNS },
		{ "SELECT count(*) FROM run_live", 0 },
		{ "SELECT count(*) FROM (SELECT run_no FROM event GROUP BY"
		    " run_no HAVING count(*) = 3 AND min(seq) = 1 AND"
		    " max(seq) = 3)", CROWD_RUNS },
		{ "SELECT count(DISTINCT target) FROM audit WHERE action ="
		    " 'run_claim' AND decision = 1", CROWD_RUNS },
		{ "SELECT count(target) FROM audit WHERE action = 'run_claim'"
		    " AND decision = 1", CROWD_RUNS },
		{ "SELECT count(*) FROM audit WHERE action = 'run_finalize'"
		    " AND decision = 1", CROWD_RUNS },
		{ "SELECT max(seq) - min(seq) + 1 - count(*) FROM audit", 0 },
		/* Each took the head of its line, whoever came between. */
		{ "SELECT count(*) FROM (SELECT priority AS p, run_no AS n,"
		    " lag(priority) OVER w AS lp, lag(run_no) OVER w AS ln"
		    " FROM audit JOIN run ON target = 'run_' || lower(hex(id))"
		    " WHERE action = 'run_claim' AND decision = 1 WINDOW w AS"
		    " (PARTITION BY queue ORDER BY seq)) WHERE p > lp OR"
		    " (p = lp AND n < ln)", 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(all); i++)
		unit_check_int(lab_number(c, all[i].sql), all[i].n,
		    all[i].sql, __FILE__, __LINE__);
}

static void
test_crowd(void)
{
	static struct crowd w;
	struct claimer claimers[CLAIMERS];
	pthread_t threads[CLAIMERS];
	int i, got = 0;

	lab_start(&w.c);
	for (i = 0; i < CLAIMERS; i++) {
		claimers[i] = (struct claimer){ .crowd = &w, .no = i };
		snprintf(claimers[i].name, sizeof claimers[i].name,
		    "runtime:r%d", i);
		claimers[i].who = field_claimer(&w.c, claimers[i].name,
		    claimers[i].name + strlen("runtime:"),
		    ",\"owner\":\"*\"");
	}
	for (i = 0; i < CROWD_RUNS; i++)
		lab_must(&w.c, NULL, "run_create", "{\"runner\":\"demo\","
		    "\"queue_name\":\"q%d\",\"priority\":%d}", i % 4,
		    i * 7 % 5 - 2);
	open_host(&w);
	pthread_barrier_init(&w.ready, NULL, CLAIMERS);
	for (i = 0; i < CLAIMERS; i++)
		pthread_create(&threads[i], NULL, claim_all, &claimers[i]);
	for (i = 0; i < CLAIMERS; i++) {
		pthread_join(threads[i], NULL);
		CHECK_INT(claimers[i].odd, 0);
		got += claimers[i].got;
	}
	pthread_barrier_destroy(&w.ready);
	host_stop(w.host);
	CHECK_INT(got, CROWD_RUNS);
	lab_restart(&w.c);
	look(&w.c);
	CORE_CHECK(&w.c);
	lab_fini(&w.c);
}

const struct unit_test ledger_crowd_tests[] = {
	{ "16 threads claim 400 runs, each once", test_crowd },
	{ NULL, NULL },
};
