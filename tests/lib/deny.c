/*
 * Rules by word.  clone3() hides its flags from filters, so it isn't there.
 */
#include "lib/deny.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>

static const struct rule {
	const char *word;
	const char *call;
	int	error;		/* 0: it ends the process */
	unsigned long flag;	/* of its first argument; 0: always */
} rules[] = {
	{ "namespaces", "unshare", EPERM, 0 },
	{ "namespaces", "clone", EPERM, CLONE_NEWPID },
	{ "namespaces", "clone", EPERM, CLONE_NEWUSER },
	{ "user", "unshare", EPERM, CLONE_NEWUSER },
	{ "user", "clone", EPERM, CLONE_NEWUSER },
	{ "pid", "clone", EPERM, CLONE_NEWPID },
	{ "pid", "unshare", EPERM, CLONE_NEWPID },
	{ "mounts", "mount", EPERM, 0 },
	{ "mounts", "pivot_root", EPERM, 0 },
	{ "mounts", "open_tree", EPERM, 0 },
	{ "tree", "mount_setattr", ENOSYS, 0 },
	{ "deadly", "pivot_root", 0, 0 },
	{ "landlock", "landlock_create_ruleset", ENOSYS, 0 },
	{ "landlock", "landlock_add_rule", ENOSYS, 0 },
	{ "landlock", "landlock_restrict_self", ENOSYS, 0 },
};

static bool
has_word(const char *words, const char *word)
{
	size_t len = strlen(word), n;

	for (; *words != '\0'; words += n + (words[n] == ',')) {
		n = strcspn(words, ",");
		if (n == len && strncmp(words, word, len) == 0)
			return true;
	}
	return false;
}

static bool
add(scmp_filter_ctx ctx, const struct rule *r)
{
	int nr = seccomp_syscall_resolve_name(r->call);
	uint32_t action = r->error != 0 ? SCMP_ACT_ERRNO(r->error) :
	    SCMP_ACT_KILL_PROCESS;

	if (r->flag == 0)
		return seccomp_rule_add(ctx, action, nr, 0) == 0;
	return seccomp_rule_add(ctx, action, nr, 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, r->flag, r->flag)) == 0;
}

bool
deny(const char *words)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	bool ok = ctx != NULL, found = false;
	size_t i;

	ok = ok && seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
	    seccomp_syscall_resolve_name("clone3"), 0) == 0;
	for (i = 0; ok && i < sizeof rules / sizeof rules[0]; i++)
		if (has_word(words, rules[i].word)) {
			found = true;
			ok = add(ctx, &rules[i]);
		}
	ok = ok && found && seccomp_load(ctx) == 0;
	if (ctx != NULL)
		seccomp_release(ctx);
	return ok;
}
