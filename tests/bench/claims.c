/*
 * Claims from a long queue.
 *
 *	claims -d FILE -m MODE [-N RUNS] [-P RUNS] [-n CLAIMS] [-r ROUNDS]
 *	    [-o FILE]
 *
 *	-m make		a ledger of -N runs that wait for runtimes elsewhere,
 *			in one queue, and -P for the host's own pool
 *	-m store	the next run found and taken by host/store alone, both
 *			ways: -n of them in a transaction that is rolled back,
 *			-r times; in turn with the same on the ledger in -o
 *	-m commit	-n claims of a runtime through the gate, each with a
 *			COMMIT of its own; then they are given back
 *
 * Runs are as those of the limit: 400 bytes of input, three priorities, one
 * of 20,000 threads at random.
 */
#include "bare.h"
#include "life.h"
#include "took.h"

#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "store/db.h"
#include "store/store_claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define QUEUE		"work"
#define INPUT_LEN	400
#define THREADS		20000
#define MAKE_BATCH	500
#define TOKEN_LEN	80

struct claims {
	const char *path, *other;
	int64_t	queued, plain;
	int	n, rounds;
	uint64_t seed;
};

static const struct caller runtime = {
	.kind = CALLER_LOCAL, .principal = "runtime:bench",
	.source = "127.0.0.1",
};

static struct err err;

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Rights of a runtime, also for its token. */
static void
grant(struct bare *b)
{
	bare_grant(b);
	bare_do(b, &bare_root, "grant_add", "{\"grantee\":\"runtime:bench\","
	    "\"permission\":\"role:runtime\"}");
	bare_do(b, &bare_root, "grant_add", "{\"grantee\":\"runtime:bench\","
	    "\"permission\":\"role:claimer\",\"owner\":\"*\"}");
}

static void
add_run(struct bare *b, struct claims *k, bool queued)
{
	static char pad[INPUT_LEN];
	uint64_t any = bare_random(&k->seed);
	char body[INPUT_LEN + 300];

	if (pad[0] == '\0')
		memset(pad, 'a', sizeof pad - 32);
	snprintf(body, sizeof body, "{\"runner\":\"echo\",\"priority\":%d,"
	    "\"thread_id\":\"thr-%08x\"%s,\"input\":{\"prompt\":"
	    "\"Summarise\",\"pad\":\"%s\"}}", (int)(any >> 32) % 3,
	    (unsigned)(any % THREADS), queued ? ",\"queue_name\":\"" QUEUE "\"" : "", pad);
	bare_ask(b, &bare_user, "run_create", body);
}

static void
mode_make(struct claims *k)
{
	int64_t i, total = k->queued + k->plain, queued = 0;
	struct checkpoints *cp;
	struct bare b;

	bare_open(&b, k->path);
	b.env.quota_live = 0;
	grant(&b);
	cp = checkpoints_start(k->path, 4000, true);
	for (i = 0; i < total; i++) {
		/* Both kinds side by side, as they would come. */
		bool q = (i + 1) * k->queued / total > queued;

		queued += q;
		add_run(&b, k, q);
		if (b.count < MAKE_BATCH && i + 1 < total)
			continue;
		bare_apply(&b);
		bare_free(&b);
		effects_clear(&b.effects);
		checkpoints_step(cp, ledger_db(b.ledger));
	}
	checkpoints_stop(cp);
	bare_close(&b);
}

static bool
takes_all(void *arg, int64_t scope_no)
{
	(void)arg;
	(void)scope_no;
	return true;
}

static int64_t
line_of_queue(struct db *db)
{
	struct q q = q_begin(db, "SELECT line_no FROM line WHERE queue = '"
	    QUEUE "'");
	int64_t no = q_row(&q) ? q_get_i64(&q) : 0;

	must(q_end(&q, &err), &err, "line");
	return no;
}

/* As run_claim does it for a runtime elsewhere. */
static int64_t
take_queued(struct db *db, int64_t line_no, struct arena *a)
{
	static const uint8_t token[HASH_LEN];
	struct claim_head best = { 0 };
	struct claim_take t = { .head = &best, .runtime = "bench",
		.now_us = 1, .lease_us = 60 * US_PER_S, .token = token };
	struct run_claimed got;

	must(store_claim_look(db, BARE_PLUGIN, line_no, 1, takes_all, NULL,
	    &best, &err), &err, "look");
	must(store_claim_take(db, &t, a, &got, &err), &err, "take");
	return got.row.run_no;
}

/* As the gate does it for the host's own pool. */
static int64_t
take_plain(struct db *db, int64_t line_no, struct arena *a)
{
	struct run_claim how = { .plugin = BARE_PLUGIN, .runtime = "local",
		.now_us = 1, .lease_us = 60 * US_PER_S };
	struct run_claimed got;

	(void)line_no;
	must(store_run_claim(db, &how, a, &got, &err), &err, "claim");
	return got.row.run_no;
}

/* Either way of taking a run, on one of the ledgers. */
struct way {
	const char *name;
	int64_t	(*take)(struct db *, int64_t line_no, struct arena *);
	const char *path;
	struct db *db;
	struct took took;
};

static void
take_some(struct way *w, int n)
{
	int64_t line_no = line_of_queue(w->db), from;
	struct arena a;

	must(db_begin(w->db, &err), &err, "begin");
	while (n-- > 0) {
		arena_init(&a);
		from = now_ns();
		if (w->take(w->db, line_no, &a) == 0) {
			fprintf(stderr, "%s: too few runs\n", w->path);
			exit(1);
		}
		took_add(&w->took, now_ns() - from);
		arena_fini(&a);
	}
	db_rollback(w->db);
}

static void
mode_store(struct claims *k)
{
	struct way ways[] = {
		{ "queued", take_queued, k->path, NULL, { 0 } },
		{ "plain", take_plain, k->path, NULL, { 0 } },
		{ "other_queued", take_queued, k->other, NULL, { 0 } },
		{ "other_plain", take_plain, k->other, NULL, { 0 } },
	}, *w;
	size_t i, n = k->other != NULL ? 4 : 2;
	int round;

	for (i = 0; i < n; i += 2) {
		must(db_open(ways[i].path, DB_WRITER, NULL, &ways[i].db,
		    &err), &err, ways[i].path);
		ways[i + 1].db = ways[i].db;
	}
	for (round = 0; round < k->rounds; round++) {
		for (i = 0; i < n; i++)
			take_some(&ways[i], k->n);
	}
	printf("claims mode=store");
	for (w = ways; w < ways + n; w++) {
		printf(" %s_p50_us=%.2f %s_p99_us=%.2f", w->name,
		    took_us(&w->took, 0.50), w->name,
		    took_us(&w->took, 0.99));
		took_free(&w->took);
	}
	putchar('\n');
	for (i = 0; i < n; i += 2)
		db_close(ways[i].db);
}

struct claim {
	char	run_id[ID_RUN_LEN], token[TOKEN_LEN];
};

static void
copy_member(const char *reply, const char *name, char *to, size_t size)
{
	const char *p = strstr(reply, name);
	size_t len = p != NULL ? strcspn(p + strlen(name), "\"") : size;

	if (len >= size) {
		fprintf(stderr, "no claim: %.200s\n", reply);
		exit(1);
	}
	memcpy(to, p + strlen(name), len);
	to[len] = '\0';
}

static void
claim(struct bare *b, struct claim *out)
{
	struct call *c = b->calls[0];

	call_render(c);
	buf_addc(&c->reply, '\0');
	copy_member(c->reply.p, "\"run_id\":\"", out->run_id,
	    sizeof out->run_id);
	copy_member(c->reply.p, "\"claim_token\":\"", out->token,
	    sizeof out->token);
}

static void
give_back(struct bare *b, const struct claim *claims, int n)
{
	char body[300];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(body, sizeof body, "{\"run_id\":\"%s\",\"runtime_id\":"
		    "\"bench\",\"claim_token\":\"%s\"}", claims[i].run_id,
		    claims[i].token);
		bare_ask(b, &runtime, "run_release_claim", body);
		if (b->count < MAKE_BATCH && i + 1 < n)
			continue;
		bare_apply(b);
		bare_free(b);
	}
}

static void
mode_commit(struct claims *k)
{
	struct claim *claims = mem_calloc((size_t)k->n, sizeof *claims);
	struct checkpoints *cp;
	struct took took = { 0 };
	struct bare b;
	int64_t from;
	int i;

	bare_open(&b, k->path);
	bare_do(&b, &runtime, "runtime_register", "{\"runtime_id\":\"bench\","
	    "\"heartbeat_ttl_seconds\":3600}");
	cp = checkpoints_start(k->path, 4000, true);
	for (i = 0; i < k->n; i++) {
		bare_ask(&b, &runtime, "run_claim", "{\"runtime_id\":"
		    "\"bench\",\"lease_seconds\":3600}");
		from = now_ns();
		bare_apply(&b);
		took_add(&took, now_ns() - from);
		claim(&b, &claims[i]);
		bare_free(&b);
		checkpoints_step(cp, ledger_db(b.ledger));
	}
	give_back(&b, claims, k->n);
	checkpoints_stop(cp);
	bare_close(&b);
	printf("claims mode=commit n=%d p50_us=%.1f p99_us=%.1f\n", k->n,
	    took_us(&took, 0.50), took_us(&took, 0.99));
	took_free(&took);
	free(claims);
}

static const struct mode {
	const char *name;
	void	(*go)(struct claims *);
} modes[] = {
	{ "make", mode_make }, { "store", mode_store },
	{ "commit", mode_commit },
};

static bool
take_option(struct claims *k, const char **mode, int c)
{
	switch (c) {
	case 'd': k->path = optarg; break;
	case 'o': k->other = optarg; break;
	case 'm': *mode = optarg; break;
	case 'N': k->queued = atoll(optarg); break;
	case 'P': k->plain = atoll(optarg); break;
	case 'n': k->n = atoi(optarg); break;
	case 'r': k->rounds = atoi(optarg); break;
	default: return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct claims k = { .n = 250, .rounds = 20, .seed = 42 };
	const char *mode = "store";
	size_t i;
	int c;

	while ((c = getopt(argc, argv, "d:o:m:N:P:n:r:")) != -1) {
		if (!take_option(&k, &mode, c))
			return 2;
	}
	if (k.path == NULL || k.n < 1 || k.rounds < 1 || k.queued < 0 ||
	    k.plain < 0)
		return 2;
	rand_init();
	for (i = 0; i < ARRAY_LEN(modes); i++) {
		if (strcmp(mode, modes[i].name) == 0) {
			modes[i].go(&k);
			return 0;
		}
	}
	fprintf(stderr, "there is no mode %s\n", mode);
	return 2;
}
