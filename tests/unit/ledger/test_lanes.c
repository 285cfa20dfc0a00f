/*
 * What waits for the writer, and what is refused: a host without threads,
 * so that nothing leaves a lane.
 */
#include "lib/core.h"
#include "lib/unit.h"

#include "ledger/host_impl.h"

#define CLIENTS	3

static void
lanes_init(struct host *h, struct core *c)
{
	*h = (struct host){ .cf.clients_max = CLIENTS, .env = c->env };
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->work, NULL);
	clock_ledger_init(&h->clock, &c->clock.clock, 0);
	host_init_lanes(h);
}

static void
ignore(struct call *c)
{
	(void)c;
}

/* The status of the first that is refused; *n waited before it. */
static rh_status
fill(struct core *c, struct host *h, const char *action, size_t max, size_t *n)
{
	struct call *call;

	for (*n = 0; *n < max; ++*n) {
		call = lab_call(c, NULL, action, "{\"run_id\":\"x\"}");
		call->done = ignore;
		host_submit(h, call);
		if (call->status != RH_OK)
			return call->status;
	}
	return RH_OK;
}

static void
test_full(void)
{
	struct core c;
	struct host h;
	struct call *call;
	size_t n;

	lab_start(&c);
	lanes_init(&h, &c);
	CHECK_INT(fill(&c, &h, "run_cancel", LEDGER_BATCH, &n), RH_EBUSY);
	CHECK_UINT(n, LEDGER_BATCH / 2);
	/* Each lane has its own room. */
	CHECK_INT(fill(&c, &h, "run_create", LEDGER_BATCH, &n), RH_EBUSY);
	CHECK_UINT(n, CLIENTS);
	call = lab_internal(&c, "sweep", sizeof(struct sweep_args));
	call->done = ignore;
	host_submit(&h, call);
	CHECK_INT(call->status, RH_OK);
	CHECK_UINT(h.waiting, LEDGER_BATCH / 2 + CLIENTS + 1);
	lab_fini(&c);
}

static void
test_low_disk(void)
{
	struct core c;
	struct host h;
	size_t n;

	lab_start(&c);
	lanes_init(&h, &c);
	h.disk_low = true;
	CHECK_INT(fill(&c, &h, "run_create", 1, &n), RH_EFULL);
	CHECK_INT(fill(&c, &h, "run_cancel", 1, &n), RH_OK);
	lab_fini(&c);
}

/* A run that is removed while the host reads it for its streams. */
static void
test_own_read(void)
{
	static const char body[] =
	    "{\"run_id\":\"run_00000000000000000000000000000000\"}";
	struct caller alice = lab_user("user:alice");
	const struct caller *who[] = { &caller_host, &alice };
	struct core c;
	struct host h;
	struct call *call;
	size_t i;

	lab_start(&c);
	lanes_init(&h, &c);
	pthread_mutex_init(&h.reader_lock, NULL);
	h.db_path = c.db_path;
	h.policy = gate_policy(ledger_gate(c.ledger));
	for (i = 0; i < 2; i++) {
		call = call_open("run_events_page", who[i], body,
		    strlen(body));
		call->done = ignore;
		host_submit(&h, call);
		CHECK_INT(call->status, i == 0 ? RH_ENOENT : RH_EPERM);
		CHECK_UINT(h.lane_len[LANE_OF_MUST], i);
		call_free(call);
	}
	call_free(STAILQ_FIRST(&h.lanes[LANE_OF_MUST]));
	reads_fini(&h);
	policy_unref(h.policy);
	lab_fini(&c);
}

static rh_status
submit(struct core *c, struct host *h, const struct caller *who,
    const char *action, const char *body)
{
	struct call *call = lab_call(c, who, action, "%s", body);

	call->done = ignore;
	host_submit(h, call);
	return call->status;
}

/* Only what the ledger has to be asked about waits for the writer. */
static void
test_refused_early(void)
{
	struct caller alice, bob;
	struct core c;
	struct host h;
	struct call *note;
	int i;

	lab_start(&c);
	alice = lab_token(&c, "user:alice", ",\"role\":\"operator\"");
	bob = lab_token(&c, "user:bob", "");
	lanes_init(&h, &c);
	h.policy = gate_policy(ledger_gate(c.ledger));
	CHECK_INT(submit(&c, &h, &alice, "token_revoke",
	    "{\"token_id\":\"1\"}"), RH_EPERM);
	CHECK_INT(submit(&c, &h, &alice, "no_such", "{}"), RH_ENOENT);
	CHECK_INT(submit(&c, &h, &bob, "run_create",
	    "{\"command\":\"/demo\"}"), RH_EPERM);
	CHECK_INT(submit(&c, &h, &bob, "demo.greet", "{}"), RH_EPERM);
	/* Their rows are all that has to be written. */
	CHECK_UINT(h.waiting, 4);
	CHECK_UINT(h.lane_len[LANE_OF_MUST], 4);
	for (i = 0; i < 2 * TALLY_ROWS_PER_S; i++)
		submit(&c, &h, &alice, "no_such", "{}");
	CHECK_UINT(h.waiting, TALLY_ROWS_PER_S + 2);
	CHECK_INT(submit(&c, &h, &alice, "run_create",
	    "{\"command\":\"/demo\"}"), RH_OK);
	CHECK_INT(submit(&c, &h, &bob, "run_cancel",
	    "{\"run_id\":\"x\"}"), RH_OK);
	CHECK_UINT(h.waiting, TALLY_ROWS_PER_S + 4);
	while ((note = STAILQ_FIRST(&h.lanes[LANE_OF_MUST])) != NULL) {
		STAILQ_REMOVE_HEAD(&h.lanes[LANE_OF_MUST], link);
		call_free(note);
	}
	policy_unref(h.policy);
	lab_fini(&c);
}

const struct unit_test ledger_lanes_tests[] = {
	{ "cancels of clients have a lane with a bound", test_full },
	{ "a nearly full disk refuses new work, not cancels", test_low_disk },
	{ "the host's own reads are refused without a row", test_own_read },
	{ "what the policy alone refuses doesn't wait for the writer",
	    test_refused_early },
	{ NULL, NULL }
};
