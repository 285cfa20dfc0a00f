/*
 * One loop over the program's pipes.  It sleeps in poll() and looks at the
 * host's word and the clock when it wakes.
 */
#include "work.h"

#include <runhost/easy.h>

#include "child.h"
#include "grants.h"
#include "json.h"
#include "lines.h"
#include "output.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS		50	/* at what the host says, and at the program */
#define END_MS		5	/* at first, once its pipes have ended */
#define PIECE		16384
/* From SIGTERM to SIGKILL; both are shorter than the host's own grace. */
#define GRACE_MS	2000
#define DEADLINE_GRACE_MS 500
#define REST_MAX	(1024 * 1024)	/* of what is in a pipe at the end */

struct pump {
	struct work *work;
	struct child child;
	struct output out, err;
	struct lines lines;
	int64_t	left;		/* of the output's cap */
	struct text input;
	size_t	input_sent;
	int64_t	timeout_at, kill_at;	/* 0: none */
	int	end_ms;		/* to the next look for its end */
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

static void
plain(void *arg, const char *p, size_t len)
{
	struct pump *pump = arg;

	output_put(&pump->out, p, len);
}

static bool
command(void *arg, const char *line, size_t len)
{
	struct pump *pump = arg;

	return protocol_line(&pump->work->protocol, line, len,
	    pump->lines.line_no);
}

static void
take_output(struct pump *p, struct output *o, const char *piece, size_t len)
{
	if (o == &p->out && p->work->action->lines)
		lines_put(&p->lines, piece, len);
	else
		output_put(o, piece, len);
}

/* One piece; false: there is none now, or the pipe has ended. */
static bool
read_piece(struct pump *p, int *fd, struct output *o)
{
	char piece[PIECE];
	ssize_t n;

	if (*fd < 0)
		return false;
	n = read(*fd, piece, sizeof piece);
	if (n > 0)
		take_output(p, o, piece, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		child_close(fd);
	return n > 0;
}

/* A program that doesn't want it all is free to. */
static void
write_input(struct pump *p)
{
	ssize_t n;

	while (p->child.in >= 0 && p->input_sent < p->input.len) {
		n = write(p->child.in, p->input.p + p->input_sent,
		    p->input.len - p->input_sent);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0)
			break;
		p->input_sent += (size_t)n;
	}
	child_close(&p->child.in);
}

static void
stop(struct pump *p, enum work_stop why, int64_t grace_ms)
{
	p->work->stop = why;
	p->kill_at = now_ms() + grace_ms;
	child_signal(&p->child, SIGTERM);
	/* One that was stopped hears it, too. */
	child_signal(&p->child, SIGCONT);
}

static void
look_at_time(struct pump *p)
{
	struct work *w = p->work;
	int64_t now = now_ms();
	rh_status rc;

	if (w->stop != STOP_NONE) {
		if (p->kill_at != 0 && now >= p->kill_at) {
			child_signal(&p->child, SIGKILL);
			p->kill_at = 0;
		}
		return;
	}
	rc = w->host->wait(w->inv->handle, 0);
	if (rc != RH_OK)
		stop(p, STOP_HOST, rc == RH_ECANCELED ? GRACE_MS :
		    DEADLINE_GRACE_MS);
	else if (p->timeout_at != 0 && now >= p->timeout_at)
		stop(p, STOP_TIMEOUT, GRACE_MS);
}

/*
 * Most programs end at once when they have closed their outputs; for those
 * that go on, looks become rarer.
 */
static int
patience(struct pump *p)
{
	int ms = p->end_ms;

	if (p->child.out >= 0 || p->child.err >= 0)
		return LOOK_MS;
	p->end_ms = ms * 2 < LOOK_MS ? ms * 2 : LOOK_MS;
	return ms;
}

static void
wait_a_little(struct pump *p)
{
	struct pollfd fds[] = {
		{ p->child.out, POLLIN, 0 }, { p->child.err, POLLIN, 0 },
		{ p->child.in, POLLOUT, 0 },
	};

	if (poll(fds, 3, patience(p)) <= 0)
		return;
	if (fds[0].revents != 0)
		read_piece(p, &p->child.out, &p->out);
	if (fds[1].revents != 0)
		read_piece(p, &p->child.err, &p->err);
	if (fds[2].revents != 0)
		write_input(p);
}

/* What it had printed; one that left its group may go on for ever. */
static void
read_rest(struct pump *p, int *fd, struct output *o)
{
	size_t n;

	for (n = 0; n < REST_MAX && read_piece(p, fd, o); n += PIECE)
		continue;
	child_close(fd);
}

static void
pump_all(struct pump *p)
{
	struct work *w = p->work;

	if (w->action->timeout_s > 0)
		p->timeout_at = now_ms() + w->action->timeout_s * 1000;
	do {
		wait_a_little(p);
		look_at_time(p);
	} while (!child_ended(&p->child));
	child_end(&p->child, &w->code, &w->status);
	child_close(&p->child.in);
	read_rest(p, &p->child.out, &p->out);
	read_rest(p, &p->child.err, &p->err);
	lines_end(&p->lines);
	output_end(&p->out);
	output_end(&p->err);
	w->cut = p->out.cut || p->err.cut;
}

/* A text as it is; anything else as JSON. */
static void
take_input(struct pump *p)
{
	const struct rh_text input = p->work->inv->input;

	if (input.len == 0 || rh_text_is(input, "null"))
		return;
	if (*input.p == '"' && json_text(input, &p->input))
		return;
	text_clear(&p->input);
	text_add(&p->input, input.p, input.len);
}

static void
say_failure(const struct work *w, const struct child_failure *f,
    const char *program, struct text *why)
{
	static const char *const steps[] = {
		[STEP_PIPE] = "making its pipes",
		[STEP_FORK] = "making a process",
		[STEP_CHDIR] = "going to its directory",
		[STEP_EXEC] = "executing it",
	};

	text_printf(why, "\"%s\" didn't start: %s: %s", program,
	    steps[f->step], strerror(f->error));
	if (f->step == STEP_CHDIR)
		text_printf(why, " (\"%s\")", w->action->cwd);
	if (f->step == STEP_EXEC && f->error == ENOENT)
		text_adds(why, ": neither it nor what its first line names "
		    "may be missing, or not be granted");
	if (f->step == STEP_EXEC && (f->error == EACCES || f->error == EPERM))
		text_adds(why, ": it must be executable, and what its first "
		    "line names granted as proc.exec");
	if (f->step == STEP_FORK && f->error == EAGAIN)
		text_adds(why, ": the limit of processes is reached");
}

/* SIGPIPE is for programs; writing to one that has closed its input isn't. */
static void
block_sigpipe(void)
{
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
}

static void
init(struct pump *p, struct work *w)
{
	const struct output out = {
		.host = w->host, .handle = w->inv->handle, .left = &p->left,
	};

	p->work = w;
	p->left = w->action->output_max;
	p->end_ms = END_MS;
	p->out = p->err = out;
	p->out.stream = RH_STDOUT;
	p->err.stream = RH_STDERR;
	p->lines = (struct lines){
		.plain = plain, .command = command, .arg = p, .line_no = 1,
	};
	w->protocol = (struct protocol){
		.host = w->host, .handle = w->inv->handle,
		.stage = w->action->name, .output = &p->out,
	};
	if (w->action->input)
		take_input(p);
}

bool
work_run(struct work *w, char *const *argv, char *const *envp,
    struct text *why)
{
	const struct child_spec spec = {
		.argv = argv, .envp = envp, .cwd = w->action->cwd,
		.input = w->action->input,
	};
	struct child_failure failure;
	struct pump p = { 0 };
	bool ok;

	init(&p, w);
	block_sigpipe();
	ok = child_start(&p.child, &spec, &failure);
	if (ok)
		pump_all(&p);
	else
		say_failure(w, &failure, argv[0], why);
	lines_free(&p.lines);
	text_free(&p.input);
	return ok;
}

void
work_free(struct work *w)
{
	protocol_free(&w->protocol);
}
