/*
 * The runner mock, word by word.  "hang" is left to those who can kill it.
 */
#include "lib/unit.h"

#include "shipped.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BEFORE	"progress VALIDATING 5 Validating input\n" \
		"progress LOADING 15 Loading extension\n" \
		"progress EXECUTING 60 Executing action\n"
#define AFTER	"progress FINALIZING 90 Finalizing result\n" \
		"progress DONE 100 Execution complete\n"

static void
test_plain(void)
{
	struct fake f;

	fake_init(&f);
	f.inv.action_id = fake_text("hello");
	f.inv.args = fake_text("[\"world\"]");
	if (shipped_run("runner_mock", &f)) {
		CHECK_STR(f.reports.p, BEFORE AFTER);
		CHECK_INT(f.waited_ms, 2000);
		CHECK_UINT(f.kind, RH_COMPLETED);
		CHECK_INT(f.exit_code, 0);
		CHECK_STR(f.output.p, "Mock execution successful\n"
		    "Extension: mock\nAction: hello\nArgs: [\"world\"]\n"
		    "Flags: {}\n");
		CHECK_STR(f.metadata.p, "{\"extension_id\":\"mock\","
		    "\"action_id\":\"hello\",\"runner_type\":\"mock\"}");
	}
	fake_fini(&f);
}

static void
test_no_word(void)
{
	struct fake f;

	fake_init(&f);
	f.inv.metadata = fake_text("{\"delay_ms\":0}");
	if (shipped_run("runner_mock", &f)) {
		CHECK_HAS(f.output.p, "\nAction: default\n");
		CHECK_HAS(f.metadata.p, "\"action_id\":\"default\"");
		CHECK_INT(f.waits, 0);
	}
	fake_fini(&f);
}

static void
waits_for(const char *config, const char *metadata, int64_t ms)
{
	struct fake f;

	fake_init(&f);
	f.inv.config = fake_text(config);
	f.inv.metadata = fake_text(metadata);
	if (shipped_run("runner_mock", &f))
		CHECK_INT(f.waited_ms, ms);
	fake_fini(&f);
}

static void
test_delay(void)
{
	waits_for("{\"delay_ms\":10}", "{}", 40);
	waits_for("{\"delay_ms\":10}", "{\"delay_ms\":3}", 12);
	waits_for("{\"delay_ms\":-1}", "{\"delay_ms\":3}", 12);
	waits_for("{}", "{\"delay_ms\":3600000}", 4 * 3600000LL);
}

static void
no_delay(const char *config, const char *metadata)
{
	struct fake f;

	fake_init(&f);
	f.inv.config = fake_text(config);
	f.inv.metadata = fake_text(metadata);
	if (shipped_run("runner_mock", &f)) {
		CHECK_UINT(f.kind, RH_FAILED);
		CHECK_INT(f.exit_code, 2);
		CHECK_STR(f.error.p, "delay_ms must be a whole number from 0 "
		    "to 3600000");
		CHECK_INT(f.waits, 0);
	}
	fake_fini(&f);
}

static void
test_no_delay(void)
{
	no_delay("{\"delay_ms\":10}", "{\"delay_ms\":\"3\"}");
	no_delay("{}", "{\"delay_ms\":-5}");
	no_delay("{}", "{\"delay_ms\":1.5}");
	no_delay("{}", "{\"delay_ms\":3600001}");
	no_delay("{\"delay_ms\":true}", "{}");
}

static void
stops(rh_status why, uint32_t kind, int exit_code)
{
	struct fake f;

	fake_init(&f);
	f.stop_at = 2;
	f.stop = why;
	if (shipped_run("runner_mock", &f)) {
		CHECK_UINT(f.kind, kind);
		CHECK_INT(f.exit_code, exit_code);
		CHECK_STR(f.reports.p,
		    "progress VALIDATING 5 Validating input\n"
		    "progress LOADING 15 Loading extension\n");
	}
	fake_fini(&f);
}

static void
test_stop(void)
{
	stops(RH_ECANCELED, RH_CANCELLED, 130);
	stops(RH_EDEADLINE, RH_TIMEOUT, 124);
}

static void
test_fail(void)
{
	struct fake f;

	fake_init(&f);
	f.inv.action_id = fake_text("fail");
	if (shipped_run("runner_mock", &f)) {
		CHECK_UINT(f.kind, RH_FAILED);
		CHECK_INT(f.exit_code, 1);
		CHECK_STR(f.error.p, "Mock execution failed, as it was told");
		CHECK_STR(f.reports.p, BEFORE);
	}
	fake_fini(&f);
}

static void
test_crash(void)
{
	struct fake f;
	int status = 0;
	pid_t pid;

	fake_init(&f);
	f.inv.action_id = fake_text("crash");
	fflush(NULL);
	if ((pid = fork()) == 0) {
		signal(SIGSEGV, SIG_DFL);	/* not a sanitizer's */
		shipped_run("runner_mock", &f);
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status));
	CHECK_INT(WTERMSIG(status), SIGSEGV);
	fake_fini(&f);
}

static void
test_slow(void)
{
	struct fake f;

	fake_init(&f);
	f.inv.action_id = fake_text("slow");
	if (shipped_run("runner_mock", &f)) {
		CHECK_HAS(f.reports.p, BEFORE "progress STEP_1 61 -\n");
		CHECK_HAS(f.reports.p, "progress STEP_5 65 -\n"
		    "checkpoint step 5\nprogress STEP_6 66 -\n");
		CHECK_HAS(f.reports.p, "progress STEP_20 80 -\n"
		    "checkpoint step 20\n" AFTER);
		CHECK_INT(f.waited_ms, 24 * 500);
		CHECK_UINT(f.kind, RH_COMPLETED);
	}
	fake_fini(&f);
}

static void
resumes(const char *name, const char *checkpoint, const char *want)
{
	struct fake f;

	fake_init(&f);
	f.inv.action_id = fake_text("slow");
	f.inv.checkpoint_name = fake_text(name);
	f.inv.checkpoint = fake_text(checkpoint);
	if (shipped_run("runner_mock", &f))
		CHECK_HAS(f.reports.p, want);
	fake_fini(&f);
}

static void
test_resume(void)
{
	resumes("step", "15", BEFORE "progress STEP_16 76 -\n");
	resumes("step", "20", BEFORE AFTER);
	resumes("step", "21", BEFORE "progress STEP_1 61 -\n");
	resumes("step", "-3", BEFORE "progress STEP_1 61 -\n");
	resumes("step", "123456789012345678", BEFORE "progress STEP_1 61 -\n");
	resumes("other", "15", BEFORE "progress STEP_1 61 -\n");
}

/* Runs with descriptors 1 and 2 on a file of its own. */
static void
run_apart(struct fake *f, int fd)
{
	int out = dup(1), err = dup(2);

	fflush(NULL);
	dup2(fd, 1);
	dup2(fd, 2);
	shipped_run("runner_mock", f);
	fflush(NULL);
	dup2(out, 1);
	dup2(err, 2);
	close(out);
	close(err);
}

static void
test_loud(void)
{
	int fd = memfd_create("loud", MFD_CLOEXEC), lines = 0;
	static char text[64 * 1024];
	struct fake f;
	ssize_t i, len;

	fake_init(&f);
	f.inv.action_id = fake_text("loud");
	run_apart(&f, fd);
	CHECK_UINT(f.output_bytes, 2 * 1024 * 1024);
	CHECK_UINT(f.kind, RH_COMPLETED);
	len = pread(fd, text, sizeof text - 1, 0);
	for (i = 0; i < len; i++)
		lines += text[i] == '\n';
	CHECK_INT(lines, 400);
	CHECK_HAS(text, "mock: line 1 on descriptor 1\n");
	CHECK_HAS(text, "mock: line 200 on descriptor 2\n");
	close(fd);
	fake_fini(&f);
}

const struct unit_test mock_tests[] = {
	{ "it reports five stages and prints what it was given", test_plain },
	{ "without a word the action is default", test_no_word },
	{ "its delay is the run's, else the configuration's", test_delay },
	{ "a delay that is none fails the run", test_no_delay },
	{ "it stops when it is told to, and says by what", test_stop },
	{ "the word fail fails", test_fail },
	{ "the word crash dies of SIGSEGV", test_crash },
	{ "the word slow saves where it is", test_slow },
	{ "another attempt goes on from there", test_resume },
	{ "the word loud writes on all ways out", test_loud },
	{ NULL, NULL },
};
