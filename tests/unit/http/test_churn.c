/* Many clients at once that ask, leave in the middle, and are cut off. */
#include "lib/unit.h"

#include "base/rand.h"
#include "http/client.h"
#include "http/fake_host.h"
#include "http/server.h"
#include "stream/stream.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define THREADS	6
#define ROUNDS	60

#define STREAM	"GET /api/runs/" FAKE_RUN "/events HTTP/1.1\r\nHost: x\r\n" \
	AUTH "Accept: text/event-stream\r\n\r\n"
#define LIST	"GET /api/runs HTTP/1.1\r\nHost: x\r\n" AUTH "\r\n"
#define PING	"POST /api/actions/host_ping HTTP/1.1\r\nHost: x\r\n" AUTH \
	"Content-Length: 2\r\n\r\n{}"

struct churn {
	const struct served *s;
	struct rand_src rand;
	atomic_int *wrong;
};

/* A stream, left after it began, or before. */
static void
do_stream(struct churn *ch, struct client *c)
{
	client_send(c, STREAM);
	if (rand_below(&ch->rand, 2) == 0)
		return;
	if (!client_until(c, "id: 1\n", NULL))
		atomic_fetch_add(ch->wrong, 1);
}

static void
do_leave(struct churn *ch, struct client *c)
{
	char text[] = PING;

	text[rand_below(&ch->rand, sizeof text - 1)] = '\0';
	client_send(c, text);
}

static void
do_ask(struct churn *ch, struct client *c)
{
	struct answer a;
	int i;

	client_send(c, LIST PING LIST);
	for (i = 0; i < 3; i++) {
		if (!client_recv(c, &a) || a.status != 200)
			atomic_fetch_add(ch->wrong, 1);
		answer_fini(&a);
	}
}

/* Asked, and gone before the answer. */
static void
do_run_away(struct churn *ch, struct client *c)
{
	(void)ch;
	client_send(c, PING LIST);
}

static void (*const doings[])(struct churn *, struct client *) = {
	do_stream, do_leave, do_ask, do_run_away,
};

static void *
churn_main(void *arg)
{
	struct churn *ch = arg;
	struct client c;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (!client_open(&c, ch->s)) {
			atomic_fetch_add(ch->wrong, 1);
			break;
		}
		doings[rand_below(&ch->rand, 4)](ch, &c);
		client_close(&c);
	}
	return NULL;
}

/* The server is stopped while a stream is open. */
static void
churn(bool async, uint64_t seed)
{
	struct served s;
	struct churn ch[THREADS];
	pthread_t thread[THREADS];
	struct client left;
	atomic_int wrong = 0;
	int i;

	served_init(&s, async);
	fake_event(s.host, "run.created", "{}");
	if (serve(&s)) {
		for (i = 0; i < THREADS; i++) {
			ch[i].s = &s;
			ch[i].wrong = &wrong;
			rand_seeded_init(&ch[i].rand, seed * 100 +
			    (uint64_t)i);
			pthread_create(&thread[i], NULL, churn_main, &ch[i]);
		}
		for (i = 0; i < 200; i++)
			fake_event(s.host, "progress", "{}");
		for (i = 0; i < THREADS; i++)
			pthread_join(thread[i], NULL);
		CHECK_INT(wrong, 0);
		client_open(&left, &s);
		client_send(&left, STREAM);
		CHECK(client_until(&left, "id: 1\n", NULL));
		http_stop(s.http);
		s.http = NULL;
		client_close(&left);
		CHECK_INT(fake_watches(s.host), 0);
	}
	served_fini(&s);
}

static void
test_async(void)
{
	uint64_t seed;

	for (seed = 1; seed <= 5; seed++)
		churn(true, seed);
}

static void
test_sync(void)
{
	uint64_t seed;

	for (seed = 1; seed <= 5; seed++)
		churn(false, seed);
}

const struct unit_test http_churn_tests[] = {
	{ "clients come and go while another thread answers", test_async },
	{ "clients come and go while their own thread answers", test_sync },
	{ NULL, NULL },
};
