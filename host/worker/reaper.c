/*
 * Waits for the worker and for the orphans that become its children, and
 * answers a trial's questions meanwhile.
 */
#include "worker/reaper.h"

#include "worker/watch.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * It needs nothing but to wait, and in a trial to read memory of the worker,
 * which may have another uid.
 */
static void
give_up_rights(int status, const struct watch *w)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[2];

	memset(caps, 0, sizeof caps);
	if (w != NULL)
		caps[0].effective = caps[0].permitted = 1u << CAP_SYS_PTRACE;
	syscall(SYS_capset, &head, caps);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (status > 0)
		close_range(0, (unsigned)status - 1, 0);
	if (w == NULL)
		close_range((unsigned)status + 1, ~0U, 0);
}

static _Noreturn void
say(int status, const siginfo_t *info)
{
	uint64_t word = (uint64_t)(uint32_t)info->si_code << 32 |
	    (uint32_t)info->si_status;

	_exit(write(status, &word, sizeof word) == sizeof word ? 0 : 1);
}

void
reaper_main(pid_t worker, int status, struct watch *w)
{
	int how = WEXITED | WSTOPPED | (w != NULL ? WNOHANG : 0);
	siginfo_t info;

	prctl(PR_SET_NAME, "runhost-reaper", 0, 0, 0);
	give_up_rights(status, w);
	for (;;) {
		memset(&info, 0, sizeof info);
		if (waitid(P_ALL, 0, &info, how) != 0) {
			if (errno == EINTR)
				continue;
			_exit(1);
		}
		if (info.si_pid == worker)
			say(status, &info);
		if (info.si_pid == 0)
			watch_serve(w);
	}
}

void
reaper_heard(int status, siginfo_t *info)
{
	uint64_t word;

	if (status < 0 || read(status, &word, sizeof word) != sizeof word)
		return;
	info->si_code = (int)(word >> 32);
	info->si_status = (int)(uint32_t)word;
}
