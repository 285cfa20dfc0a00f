/*
 *	life -d DIR [-m gate|store] [-b RUNS] [-t SECONDS] [-n THREADS]
 *	    [-w PAGES] [-i] [--merged] [-N RUNS]
 *
 * One line of figures.  The database is made anew in DIR and left there.
 * -N: so many runs at least, however long that takes: a history.
 */
#include "bare.h"
#include "life.h"

#include "base/mem.h"
#include "base/rand.h"
#include "json/write.h"
#include "ledger/ledger.h"
#include "store/db.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int64_t
clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int64_t
bytes_written(void)
{
	FILE *f = fopen("/proc/self/io", "r");
	long long n = 0;
	char line[128];

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		sscanf(line, "write_bytes: %lld", &n);
	if (f != NULL)
		fclose(f);
	return n;
}

int64_t
life_cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* What has been spent until now. */
struct meter {
	int64_t	wall, cpu, io;
};

static struct meter
meter_read(void)
{
	return (struct meter){
		clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_PROCESS_CPUTIME_ID),
		bytes_written(),
	};
}

static struct meter from, until;
static int64_t deadline;

void
life_begin(struct life *l)
{
	l->checkpoints = checkpoints_start(l->path, l->wal_pages,
	    !l->inline_checkpoints);
	from = meter_read();
	deadline = from.wall + (int64_t)(l->seconds * 1e9);
}

bool
life_goes_on(const struct life *l)
{
	if (l->runs_wanted > 0)
		return l->runs < l->runs_wanted;
	return clock_ns(CLOCK_MONOTONIC) < deadline;
}

void
life_end(struct life *l)
{
	until = meter_read();
	checkpoints_stop(l->checkpoints);
}

static const char sql_complete[] =
"SELECT (SELECT count(*) FROM run_end WHERE state = 6 AND last_seq = 5),"
"	(SELECT count(*) FROM event),"
"	(SELECT count(*) FROM audit WHERE action IN"
"		('run_create', 'run_claim', 'run_finalize'))";

void
life_check(const struct life *l, struct db *db)
{
	struct q q = q_begin(db, sql_complete);
	bool ok = q_row(&q) && q_get_i64(&q) == l->runs &&
	    q_get_i64(&q) == LIFE_EVENTS * l->runs &&
	    q_get_i64(&q) == 3 * l->runs;
	struct err err = { .msg = "runs, events and rows don't agree" };

	must(ok ? RH_OK : RH_EINTERNAL, &err, l->path);
	must(q_end(&q, &err), &err, l->path);
}

const char *
life_thread(struct life *l, char out[24])
{
	if (l->threads == 0)
		return NULL;
	snprintf(out, 24, "thr-%08llx", (unsigned long long)
	    (bare_random(&l->seed) % (uint64_t)l->threads));
	return out;
}

const char *
life_stage(int seq)
{
	static const char *const stages[LIFE_EVENTS] = {
		"VALIDATING", "LOADING", "EXECUTING", "FINALIZING", "DONE"
	};

	return stages[seq];
}

struct str
life_event(struct life *l, struct arena *a, int seq, int64_t run_no,
    int64_t now_us)
{
	struct buf *b = &l->scratch;
	struct json_out j;

	buf_clear(b);
	jw_init(&j, b);
	jw_object(&j);
	jw_m_text(&j, "stage", life_stage(seq));
	jw_m_i64(&j, "pct", 20 * (seq + 1));
	jw_m_i64(&j, "run", run_no);
	jw_m_i64(&j, "ts", now_us / 1000);
	jw_m_text(&j, "message", "progress reported by the mock runner while "
	    "it works on the \"demo\" action");
	jw_end_object(&j);
	return (struct str){ arena_strndup(a, b->p, b->len), b->len };
}

/* Makes a JSON object of exactly len bytes of one that ends in "pad":". */
static void
pad(char *text, size_t len)
{
	size_t i = strlen(text);

	for (; i < len - 2; i++)
		text[i] = (char)('a' + i % 26);
	memcpy(text + i, "\"}", 3);
}

static void
make_payloads(struct life *l)
{
	strcpy(l->input, "{\"prompt\":\"Summarise the quarterly report for "
	    "the board, keep it under 200 words; cite tables \\u00e9\","
	    "\"params\":{\"temperature\":0.7,\"max_tokens\":512,"
	    "\"top_p\":0.95,\"stop\":[\"END\",\"STOP\"]},\"context\":{"
	    "\"tenant\":\"acme\",\"user\":\"u-18273\",\"locale\":\"en-GB\","
	    "\"tags\":[\"finance\",\"q3\",\"draft\"]},\"tools\":[{\"name\":"
	    "\"search\",\"enabled\":true},{\"name\":\"calc\",\"enabled\":"
	    "false}],\"pad\":\"");
	pad(l->input, 400);
	strcpy(l->output, "{\"ok\":true,\"text\":\"The quarter closed with "
	    "revenue of 12.4M, up 8% year on year.\",\"usage\":{\"in\":412,"
	    "\"out\":187},\"steps\":[1,2,3,4,5],\"pad\":\"");
	pad(l->output, 300);
}

static void
print_figures(const struct life *l, const char *mode)
{
	double n = (double)l->runs, s = (double)(until.wall - from.wall) / 1e9;

	printf("life mode=%s%s batch=%d threads=%d runs=%lld s=%.2f "
	    "runs_s=%.0f us_per=%.1f cpu_us_per=%.1f ledger_us_per=%.1f "
	    "io_B_per=%.0f\n",
	    mode, l->merged ? "-merged" : "", l->batch, l->threads,
	    (long long)l->runs, s, n / s, s * 1e6 / n,
	    (double)(until.cpu - from.cpu) / 1e3 / n,
	    (double)l->ledger_ns / 1e3 / n,
	    (double)(until.io - from.io) / n);
}

static int
usage(void)
{
	fputs("usage: life -d DIR [-m gate|store] [-b RUNS] [-t SECONDS] "
	    "[-n THREADS] [-w PAGES] [-i] [--merged] [-N RUNS]\n", stderr);
	return 2;
}

static void
remove_old(const char *path)
{
	static const char *const tails[] = { "", "-wal", "-shm" };
	char name[4200];
	size_t i;

	for (i = 0; i < ARRAY_LEN(tails); i++) {
		snprintf(name, sizeof name, "%s%s", path, tails[i]);
		unlink(name);
	}
}

static bool
take_option(struct life *l, const char **dir, const char **mode, int c)
{
	switch (c) {
	case 'd': *dir = optarg; break;
	case 'm': *mode = optarg; break;
	case 'b': l->batch = atoi(optarg); break;
	case 't': l->seconds = atof(optarg); break;
	case 'n': l->threads = atoi(optarg); break;
	case 'w': l->wal_pages = atoi(optarg); break;
	case 'i': l->inline_checkpoints = true; break;
	case 'N': l->runs_wanted = atoll(optarg); break;
	case 'M': l->merged = true; break;
	default: return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "merged", no_argument, NULL, 'M' }, { 0 }
	};
	struct life l = { .batch = 64, .threads = 20000, .seed = 42,
	    .seconds = 2, .wal_pages = 4000 };
	const char *dir = NULL, *mode = "gate";
	char path[4096];
	int c;

	while ((c = getopt_long(argc, argv, "d:m:b:t:n:w:iN:", longs,
	    NULL)) != -1) {
		if (!take_option(&l, &dir, &mode, c))
			return usage();
	}
	if (dir == NULL || l.batch < 1 || l.batch >= LEDGER_BATCH ||
	    l.threads < 0)
		return usage();
	rand_init();
	make_payloads(&l);
	snprintf(path, sizeof path, "%s/life.db", dir);
	l.path = path;
	remove_old(path);
	if (strcmp(mode, "store") == 0)
		life_store(&l);
	else
		life_gate(&l);
	print_figures(&l, mode);
	buf_fini(&l.scratch);
	return 0;
}
