#include "worker/reaper.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* It needs nothing but to wait. */
static void
give_up_rights(int status)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2];

	memset(none, 0, sizeof none);
	syscall(SYS_capset, &head, none);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (status > 0)
		close_range(0, (unsigned)status - 1, 0);
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
reaper_main(pid_t worker, int status)
{
	siginfo_t info;

	prctl(PR_SET_NAME, "runhost-reaper", 0, 0, 0);
	give_up_rights(status);
	for (;;) {
		memset(&info, 0, sizeof info);
		if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED) != 0) {
			if (errno == EINTR)
				continue;
			_exit(1);
		}
		if (info.si_pid == worker)
			say(status, &info);
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
