/*
 * Episodes, one after the other, until the steps or the time are used up.
 *
 *	model [-n STEPS] [-s SEED] [-t MINUTES] [-o STEP,STEP…] [-v] [TEST]
 *
 * -n and -t: how many steps, or minutes.  -s: the seed of the first episode;
 * the next has the next number.  -o: one episode, these steps of it only.
 * -v: prints what is done.
 */
#include "model/world.h"

#include "action/action.h"
#include "base/log.h"
#include "base/mem.h"
#include "lib/faultvfs.h"
#include "lib/unit.h"
#include "run/outcome.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EPISODE		500	/* steps */
#define SHRINK_TRIES	150
#define SHRINK_SECONDS	60
#define ENOUGH		40000	/* steps, for everything to have happened */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STEPS		10000
#else
#define STEPS		100000
#endif

static struct {
	long	steps, taken;
	int	minutes;
	uint64_t seed;
	bool	verbose, only;
} opt = { .steps = STEPS, .seed = 1 };

/* Which steps of an episode are taken. */
struct plan_of_steps {
	bool	take[EPISODE];
};
static struct plan_of_steps wanted;

/* Where we are, for a crash. */
static char where[100];

static void
on_abort(int sig)
{
	ssize_t n = write(STDOUT_FILENO, where, strlen(where));

	(void)n;
	signal(sig, SIG_DFL);
	raise(sig);
}

/* true: no disagreement.  *last: the step in which it showed. */
static bool
episode(uint64_t seed, const struct plan_of_steps *p, FILE *trace, int *last,
    char why[600])
{
	struct world *w = mem_zalloc(sizeof *w);
	bool ok;
	int i;

	world_init(w, seed);
	w->trace = trace;
	for (i = 0; i < EPISODE && !w->failed; i++) {
		if (!p->take[i])
			continue;
		snprintf(where, sizeof where, "# in seed %llu, step %d\n",
		    (unsigned long long)seed, i);
		opt.taken++;
		world_step(w, i);
	}
	if (!w->failed) {
		compare(w, true);
		compare_chain(w);
	}
	*last = i - 1;
	ok = !w->failed;
	memcpy(why, w->why, sizeof w->why);
	world_fini(w);
	free(w);
	return ok;
}

static double
seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Fewer steps that disagree as well: halves, quarters … are left out. */
static void
shrink(uint64_t seed, struct plan_of_steps *p, int last)
{
	struct plan_of_steps less;
	double until = seconds_now() + SHRINK_SECONDS;
	int len, from, i, tries = 0, at;
	char why[600];

	for (i = last + 1; i < EPISODE; i++)
		p->take[i] = false;
	for (len = last / 2 + 1; len > 0; len /= 2) {
		for (from = 0; from < last; from += len) {
			if (tries++ > SHRINK_TRIES || seconds_now() > until)
				return;
			less = *p;
			for (i = from; i < from + len && i < last; i++)
				less.take[i] = false;
			if (memcmp(&less, p, sizeof less) != 0 &&
			    !episode(seed, &less, NULL, &at, why))
				*p = less;
		}
	}
}

static void
print_steps(const struct plan_of_steps *p)
{
	const char *comma = "";
	int i;

	for (i = 0; i < EPISODE; i++) {
		if (!p->take[i])
			continue;
		printf("%s%d", comma, i);
		comma = ",";
	}
	printf("\n");
}

static void
explain(uint64_t seed, int last, const char *why)
{
	struct plan_of_steps p = wanted;
	char again[600];

	printf("# seed %llu, step %d: %s\n", (unsigned long long)seed, last,
	    why);
	printf("# rerun: model -s %llu -n %d\n", (unsigned long long)seed,
	    EPISODE);
	fflush(stdout);
	if (!opt.only)
		shrink(seed, &p, last);
	episode(seed, &p, stdout, &last, again);
	printf("# fewer steps: %s\n# rerun: model -s %llu -o ", again,
	    (unsigned long long)seed);
	print_steps(&p);
	unit_check(false, __FILE__, __LINE__, "seed %llu: %s",
	    (unsigned long long)seed, why);
}

static bool
is_over(double until)
{
	if (opt.only)
		return opt.taken > 0;
	return opt.minutes > 0 ? seconds_now() > until :
	    opt.taken >= opt.steps;
}

static void
test_episodes(void)
{
	double until = seconds_now() + 60.0 * opt.minutes;
	uint64_t seed = opt.seed;
	char why[600];
	int last;

	alarm(0);
	signal(SIGABRT, on_abort);
	faultvfs_register();
	log_level_set(LOG_ERROR + 1);
	printf("# seeds from %llu\n", (unsigned long long)seed);
	for (; !is_over(until); seed++) {
		if (!episode(seed, &wanted, opt.verbose ? stdout : NULL,
		    &last, why)) {
			explain(seed, last, why);
			break;
		}
	}
	printf("# %ld steps, seeds to %llu\n", opt.taken,
	    (unsigned long long)seed - 1);
	printf("# refused %ld, replayed %ld, faults %ld (unknown %ld, rolled "
	    "back %ld), killed %ld, power cut %ld, restarts %ld, lost leases "
	    "%ld\n", tried.refused, tried.replays, tried.faults,
	    tried.unknown, tried.rollbacks, tried.kills, tried.cuts,
	    tried.restarts, tried.lost);
	log_level_set(LOG_INFO);
}

static void
test_table(void)
{
	int from, to;

	for (from = CREATED; from <= STATES; from++) {
		for (to = CREATED; to <= STATES; to++)
			unit_check(run_may_go((enum run_state)from,
			    (enum run_state)to) == m_may_go(from, to),
			    __FILE__, __LINE__, "%d to %d", from, to);
	}
}

static void
test_pairs(void)
{
	int from, to;

	if (opt.taken < ENOUGH) {
		unit_skip("after %d steps", ENOUGH);
		return;
	}
	for (from = CREATED; from <= STATES; from++) {
		for (to = CREATED; to <= STATES; to++)
			unit_check(m_may_go(from, to) || (from == RUNNING &&
			    to == RUNNING) || tried.pairs[from][to] > 0,
			    __FILE__, __LINE__, "%s to %s was not tried",
			    run_state_name((enum run_state)from),
			    run_state_name((enum run_state)to));
	}
}

static bool
was_called(const char *action)
{
	size_t i;

	for (i = 0; i < KINDS; i++) {
		if (strcmp(m_names[i], action) == 0 &&
		    (tried.calls[i] > 0 || i == DO_RECOVER))
			return true;
	}
	for (i = 0; read_name(i) != NULL; i++) {
		if (strcmp(read_name(i), action) == 0 && tried.reads[i] > 0)
			return true;
	}
	return false;
}

/* What the model has no word for yet; each has suites of its own. */
static const char *const strange[] = {
	"event_get", "event_page", "history_page", "history_search",
	"history_index", "interaction_create", "interaction_answer",
	"interaction_get", "steering_push", "steering_pull", "artifact_put",
	"artifact_get", "artifact_list", "plugin_install", "plugin_enable",
	"plugin_disable", "plugin_remove", "plugin_verify", "plugin_enroll",
	"plugin_quarantine", "plugin_trial", "plugin_uses",
	"capability_use", "secret_change", NULL
};

static bool
is_strange(const char *action)
{
	size_t i;

	for (i = 0; strange[i] != NULL; i++)
		if (strcmp(strange[i], action) == 0)
			return true;
	return false;
}

static void
test_actions(void)
{
	static const struct {
		const char *name;
		const long *n;
	} things[] = {
		{ "refusals", &tried.refused }, { "replays", &tried.replays },
		{ "rollbacks", &tried.rollbacks },
		{ "unknown outcomes", &tried.unknown },
		{ "interrupts", &tried.interrupts },
		{ "kills", &tried.kills }, { "power cuts", &tried.cuts },
		{ "restarts", &tried.restarts }, { "lost leases", &tried.lost },
		{ "claims from elsewhere", &tried.claimed },
		{ "events again", &tried.verdicts[SAME_EVENT] },
		{ "other events again", &tried.verdicts[OTHER_EVENT] },
		{ "runs held back", &tried.held_back },
	};
	const struct action *a;
	size_t i;

	if (opt.taken < ENOUGH) {
		unit_skip("after %d steps", ENOUGH);
		return;
	}
	for (a = action_table; a->name != NULL; a++)
		unit_check(was_called(a->name) != is_strange(a->name),
		    __FILE__, __LINE__, is_strange(a->name) ?
		    "%s is called, and yet in the list of strange ones" :
		    "%s was not called", a->name);
	for (i = 0; i < ARRAY_LEN(things); i++)
		unit_check(*things[i].n > 0, __FILE__, __LINE__, "no %s",
		    things[i].name);
	for (i = COMPLETED; i <= STATES; i++)
		unit_check(tried.ended[i] > 0, __FILE__, __LINE__,
		    "no run ended %s", run_state_name((enum run_state)i));
	/* Its one plugin loads, is heard at once, and may crash. */
	for (i = 0; i < COMMANDS; i++)
		unit_check(tried.commands[i] > 0 || i == CMD_REFUSED ||
		    i == CMD_HEAR || i == CMD_QUARANTINE, __FILE__, __LINE__,
		    "no command %zu of the plan", i);
}

static const struct unit_test model_tests[] = {
	{ "the model has the host's table of states", test_table },
	{ "ledger and scheduler do what the model does", test_episodes },
	{ NULL, NULL },
};

/* Of a run that is long enough for it. */
static const struct unit_test met_tests[] = {
	{ "every pair of states outside the table was tried", test_pairs },
	{ "every action, end and mishap was met", test_actions },
	{ NULL, NULL },
};

static const struct unit_suite suites[] = {
	{ "model", model_tests },
	{ "model/met", met_tests },
	{ NULL, NULL },
};
static const struct unit_suite short_suites[] = {
	{ "model", model_tests },
	{ NULL, NULL },
};

static void
take_only(char *list)
{
	char *word;
	int i;

	memset(&wanted, 0, sizeof wanted);
	opt.only = true;
	for (word = strtok(list, ","); word != NULL;
	    word = strtok(NULL, ",")) {
		i = atoi(word);
		if (i >= 0 && i < EPISODE)
			wanted.take[i] = true;
	}
}

int
main(int argc, char **argv)
{
	int c;

	setvbuf(stdout, NULL, _IOLBF, 0);
	memset(&wanted, 1, sizeof wanted);
	while ((c = getopt(argc, argv, "n:s:t:o:v")) != -1) {
		if (c == 'n')
			opt.steps = atol(optarg);
		else if (c == 's')
			opt.seed = strtoull(optarg, NULL, 10);
		else if (c == 't')
			opt.minutes = atoi(optarg);
		else if (c == 'o')
			take_only(optarg);
		else if (c == 'v')
			opt.verbose = true;
		else
			return 2;
	}
	argv[optind - 1] = argv[0];
	return unit_main(opt.minutes == 0 && opt.steps < ENOUGH ?
	    short_suites : suites, argc - optind + 1, argv + optind - 1);
}
