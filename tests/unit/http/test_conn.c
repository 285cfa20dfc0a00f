/*
 * Connections and the thread that cuts them off, without libmicrohttpd.
 */
#include "http/conn.h"

#include "lib/unit.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY	200
#define ROUNDS	2000

struct pair {
	struct conn *conn;
	int	fd, peer;
	bool	came;
};

static void
open_pair(struct conns *cs, struct pair *p)
{
	int sv[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
	p->fd = sv[0];
	p->peer = sv[1];
	p->conn = conn_add(cs, p->fd, 60000);
}

static void
close_pair(struct conns *cs, struct pair *p)
{
	conn_remove(cs, p->conn);
	close(p->fd);
	close(p->peer);
}

/* What the client sees: words, its connection's end, or nothing yet. */
static const char *
seen(const struct pair *p)
{
	char text[16] = "";
	ssize_t n = recv(p->peer, text, sizeof text - 1, MSG_DONTWAIT);

	return n > 0 && strcmp(text, "late") == 0 ? "late" :
	    n == 0 ? "closed" : "open";
}

/* All of them come at their deadline, beside the thread that cuts them. */
static void
come(struct conns *cs, struct pair *all)
{
	struct pair other;
	int i;

	for (i = 0; i < MANY; i++) {
		conn_await(all[i].conn, "late");
		conn_arm(all[i].conn, 0);
	}
	for (i = 0; i < MANY; i++) {
		conn_disarm(all[i].conn);
		all[i].came = conn_arrived(all[i].conn);
	}
	/* The thread is done with them when it lets others in. */
	open_pair(cs, &other);
	close_pair(cs, &other);
}

static void
test_at_deadline(void)
{
	static struct pair all[MANY];
	struct conns cs = { 0 };
	struct err err;
	int i, round, wrong = 0;

	CHECK_OK(conns_start(&cs, 1, &err), &err);
	for (i = 0; i < MANY; i++)
		open_pair(&cs, &all[i]);
	for (round = 0; round < ROUNDS; round++) {
		come(&cs, all);
		for (i = 0; i < MANY; i++) {
			wrong += strcmp(seen(&all[i]),
			    all[i].came ? "open" : "late") != 0;
			if (all[i].came)
				continue;
			close_pair(&cs, &all[i]);
			open_pair(&cs, &all[i]);
		}
	}
	CHECK_INT(wrong, 0);
	for (i = 0; i < MANY; i++)
		close_pair(&cs, &all[i]);
	conns_stop(&cs);
}

const struct unit_test http_conn_tests[] = {
	{ "what came at its deadline is answered or cut off, never both",
	    test_at_deadline },
	{ 0 }
};
