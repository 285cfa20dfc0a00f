/*
 * Many who make runs: as fast as they can, or each following its own to the
 * end.
 */
#include "abuse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_NS	(INT64_C(60) * 1000000000)
#define PAUSE_NS	5000000		/* between two looks at a run */
#define FOLLOWERS	4		/* every so manieth, by a stream */

/* One who makes runs; with a second connection if it follows by a stream. */
struct maker {
	struct client *post, *stream;
	char	id[RUN_ID_LEN];
	bool	has_run;
	int64_t	look_ns;	/* not before */
	struct follow follow;
};

static struct full {
	struct clients *cs;
	struct maker *makers;
	FILE	*ids;
	long	posted, acked, ended, reads, events;
	bool	following;
} full;

static void
add_id(const char *id)
{
	full.acked++;
	if (full.ids != NULL)
		fprintf(full.ids, "%s\n", id);
}

static int
followers(void)
{
	return (abuse.clients + FOLLOWERS - 1) / FOLLOWERS;
}

static void
open_files(void (*answered)(struct client *, const struct answer *))
{
	int i;

	if (abuse.file != NULL && (full.ids = fopen(abuse.file, "w")) == NULL)
		die("%s", abuse.file);
	full.cs = clients_new(abuse.port, abuse.token, abuse.clients +
	    (full.following ? followers() : 0), answered);
	full.makers = calloc((size_t)abuse.clients, sizeof *full.makers);
	if (full.makers == NULL)
		die("no memory");
	for (i = 0; i < abuse.clients; i++) {
		full.makers[i].post = clients_at(full.cs, i);
		full.makers[i].post->arg = &full.makers[i];
	}
}

static void
report(const char *mode, int64_t since)
{
	double s = (double)(now_ns() - since) / 1e9;

	if (full.ids != NULL && fclose(full.ids) != 0)
		die("%s", abuse.file);
	printf("%s runs=%ld ended=%ld runs_s=%.0f reads=%ld events=%ld "
	    "s=%.1f\n", mode, full.acked, full.ended, (double)full.acked / s,
	    full.reads, full.events, s);
	clients_free(full.cs);
	free(full.makers);
}

/* As fast as they can. */

static void
on_posted(struct client *c, const struct answer *a)
{
	char id[RUN_ID_LEN];

	(void)c;
	if (a->status != 200)
		die("answer %d: %.300s", a->status, a->body);
	take_run_id(a->body, id);
	add_id(id);
}

void
mode_post(void)
{
	int64_t began = now_ns();
	struct client *c;

	open_files(on_posted);
	while (full.acked < abuse.count) {
		while (full.posted < abuse.count &&
		    (c = clients_idle(full.cs)) != NULL) {
			client_send(full.cs, c, RUN_PATH, RUN_BODY);
			full.posted++;
		}
		clients_wait(full.cs, 1000000);
	}
	report("post", began);
}

/* Each to the end of its run. */

static void
look(struct maker *m)
{
	char path[100];

	snprintf(path, sizeof path, "/api/runs/%s%s", m->id,
	    m->stream != NULL ? "/events?stream=1" : "");
	if (m->stream == NULL) {
		client_send(full.cs, m->post, path, NULL);
		return;
	}
	memset(&m->follow, 0, sizeof m->follow);
	clients_redial(full.cs, m->stream);
	m->stream->stream = true;
	client_send(full.cs, m->stream, path, NULL);
}

static void
end_run(struct maker *m)
{
	full.ended++;
	m->has_run = false;
}

static void
on_record(struct maker *m, const char *record)
{
	const char *status = strstr(record, "\"status\":\"");

	if (status == NULL)
		die("no record: %.200s", record);
	status += sizeof "\"status\":\"" - 1;
	full.reads++;
	if (strncmp(status, "SUCCEEDED", 9) == 0)
		end_run(m);
	else if (strncmp(status, "PENDING", 7) != 0 &&
	    strncmp(status, "RUNNING", 7) != 0)
		die("run %s: %.20s", m->id, status);
	m->look_ns = now_ns() + PAUSE_NS;
}

static void
on_full(struct client *c, const struct answer *a)
{
	struct maker *m = c->arg;

	if (c->stream) {
		if (a->len == 0 && !m->follow.ended)
			die("the stream of %s was cut off", m->id);
		if (m->follow.ended)
			return;
		follow_take(&m->follow, a->body, a->len);
		if (m->follow.ended) {
			full.events += m->follow.seq;
			c->busy = false;
			end_run(m);
		}
		return;
	}
	if (a->status != 200)
		die("answer %d: %.300s", a->status, a->body);
	if (m->has_run) {
		on_record(m, a->body);
		return;
	}
	take_run_id(a->body, m->id);
	add_id(m->id);
	m->has_run = true;
	m->look_ns = now_ns() + PAUSE_NS;
	if (m->stream != NULL)
		look(m);
}

static void
step(struct maker *m, int64_t now, bool more)
{
	if (m->post->busy)
		return;
	if (m->has_run) {
		if (m->stream == NULL && now >= m->look_ns)
			look(m);
	} else if (more) {
		client_send(full.cs, m->post, RUN_PATH, RUN_BODY);
		full.posted++;
	}
}

static void
step_all(bool more)
{
	int64_t now = now_ns();
	int i;

	for (i = 0; i < abuse.clients; i++)
		step(&full.makers[i], now, more);
	clients_wait(full.cs, 1000000);
}

void
mode_full(void)
{
	int64_t began = now_ns(), until;
	struct maker *m;
	int i;

	full.following = true;
	open_files(on_full);
	for (i = 0; i < followers(); i++) {
		m = &full.makers[i * FOLLOWERS];
		m->stream = clients_at(full.cs, abuse.clients + i);
		m->stream->arg = m;
	}
	while (goes_on(began))
		step_all(true);
	until = now_ns() + PATIENCE_NS;
	while (full.ended < full.posted && now_ns() < until)
		step_all(false);
	if (full.ended < full.posted)
		die("%ld of %ld runs have ended", full.ended, full.posted);
	report("full", began);
}
