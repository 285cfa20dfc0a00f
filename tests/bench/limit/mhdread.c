/*
 * What reading a run over HTTP costs at least: libmicrohttpd, and the same
 * point read of the host's own file, made into JSON by printf.  No caller,
 * no rights, no snapshot, nothing checked.
 *
 *	mhdread DATABASE	prints "port=N", serves GET /api/runs/{id}
 *				until SIGTERM or ten minutes are over
 */
#include "util.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/socket.h>

#define ANSWER_MAX	(64 * 1024)

static const char sql_run[] =
"SELECT r.run_no, r.plugin, r.action_id, r.command, r.session_id, r.metadata,"
"	r.created, e.state, e.started, e.ended, e.attempts, e.percent, e.stage,"
"	e.exit_code, e.output, e.error, e.reason, e.result_meta, s.runner"
" FROM run r LEFT JOIN run_live l ON l.run_no = r.run_no"
"	LEFT JOIN run_end e ON e.run_no = r.run_no"
"	JOIN scope s ON s.scope_no = r.scope_no"
" WHERE r.id = ?1";
static const char sql_events[] =
"SELECT at, data FROM event INDEXED BY event_progress"
" WHERE run_no = ?1 AND type IN ('progress', 'host.progress') ORDER BY seq";

static const char *path;

struct reader {
	sqlite3 *db;
	sqlite3_stmt *run, *events;
};

static struct reader *
reader(void)
{
	static _Thread_local struct reader r;

	if (r.db != NULL)
		return &r;
	if (sqlite3_open_v2(path, &r.db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v3(r.db, sql_run, -1, SQLITE_PREPARE_PERSISTENT,
	    &r.run, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v3(r.db, sql_events, -1,
	    SQLITE_PREPARE_PERSISTENT, &r.events, NULL) != SQLITE_OK)
		DIE("%s: %s", path, sqlite3_errmsg(r.db));
	return &r;
}

/* "run_" and 32 digits. */
static int
parse_id(const char *text, unsigned char id[16])
{
	unsigned byte;
	int i;

	if (strncmp(text, "run_", 4) != 0 || strlen(text) != 36)
		return 0;
	for (i = 0; i < 16; i++) {
		if (sscanf(text + 4 + 2 * i, "%2x", &byte) != 1)
			return 0;
		id[i] = (unsigned char)byte;
	}
	return 1;
}

static const char *
text(sqlite3_stmt *s, int i)
{
	const char *t = (const char *)sqlite3_column_text(s, i);

	return t != NULL ? t : "";
}

static int
write_stages(struct reader *r, sqlite3_int64 run_no, char *out, int room)
{
	int n = 0;

	sqlite3_bind_int64(r->events, 1, run_no);
	while (sqlite3_step(r->events) == SQLITE_ROW && n < room)
		n += snprintf(out + n, (size_t)(room - n), "%s{\"at\":%lld,"
		    "\"data\":%s}", n > 0 ? "," : "",
		    sqlite3_column_int64(r->events, 0), text(r->events, 1));
	sqlite3_reset(r->events);
	return n;
}

static int
write_record(struct reader *r, const char *id, char *out)
{
	sqlite3_stmt *s = r->run;
	int n, i;

	n = snprintf(out, ANSWER_MAX, "{\"run_id\":\"%s\"", id);
	for (i = 1; i < sqlite3_column_count(s); i++)
		n += snprintf(out + n, (size_t)(ANSWER_MAX - n),
		    ",\"%s\":\"%s\"", sqlite3_column_name(s, i), text(s, i));
	n += snprintf(out + n, (size_t)(ANSWER_MAX - n), ",\"stages\":[");
	n += write_stages(r, sqlite3_column_int64(s, 0), out + n,
	    ANSWER_MAX - n - 8);
	n += snprintf(out + n, (size_t)(ANSWER_MAX - n), "]}");
	return n;
}

static enum MHD_Result
answer(void *arg, struct MHD_Connection *conn, const char *url,
    const char *method, const char *version, const char *body, size_t *size,
    void **state)
{
	static _Thread_local char out[ANSWER_MAX];
	struct reader *r = reader();
	struct MHD_Response *resp;
	unsigned char id[16];
	enum MHD_Result ok;
	int n = 0;

	(void)arg, (void)method, (void)version, (void)body, (void)size;
	if (*state == NULL) {
		*state = r;
		return MHD_YES;
	}
	if (strncmp(url, "/api/runs/", 10) == 0 && parse_id(url + 10, id)) {
		sqlite3_bind_blob(r->run, 1, id, sizeof id, SQLITE_STATIC);
		if (sqlite3_step(r->run) == SQLITE_ROW)
			n = write_record(r, url + 10, out);
		sqlite3_reset(r->run);
	}
	resp = MHD_create_response_from_buffer((size_t)n, out,
	    MHD_RESPMEM_MUST_COPY);
	MHD_add_response_header(resp, "Content-Type", "application/json");
	ok = MHD_queue_response(conn, n > 0 ? 200 : 404, resp);
	MHD_destroy_response(resp);
	return ok;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct MHD_Daemon *d;
	struct timespec most = { 600, 0 };
	sigset_t set;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (argc != 2)
		return 2;
	path = argv[1];
	if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
	    listen(fd, 128) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		DIE("no socket");
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
	    answer, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_THREAD_POOL_SIZE, (unsigned)(cores > 1 ? cores : 2),
	    MHD_OPTION_END);
	if (d == NULL)
		DIE("no daemon");
	printf("port=%u\n", ntohs(at.sin_port));
	fflush(stdout);
	sigtimedwait(&set, NULL, &most);
	MHD_stop_daemon(d);
	return 0;
}
