/*
 * From the table to programs for the kernel, by libseccomp, and into them.
 */
#include "worker/sandbox_calls.h"

#include "base/mem.h"
#include "worker/call_table.h"
#include "worker/sandbox.h"

#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct scmp_arg_cmp
condition(const struct call_condition *c)
{
	static const enum scmp_compare ops[] = {
		[CALL_EQ] = SCMP_CMP_EQ, [CALL_NE] = SCMP_CMP_NE,
		[CALL_MASKED] = SCMP_CMP_MASKED_EQ,
	};

	if (c->op == CALL_MASKED)
		return (struct scmp_arg_cmp){ c->arg, ops[c->op], c->mask,
			c->value };
	return (struct scmp_arg_cmp){ c->arg, ops[c->op], c->value, 0 };
}

/* 0 or a negative errno. */
static int
add_rule(scmp_filter_ctx ctx, const struct call_rule *r)
{
	int nr = seccomp_syscall_resolve_name(r->name);
	struct scmp_arg_cmp when[ARRAY_LEN(r->when)];
	uint32_t action = r->error == 0 ? SCMP_ACT_ALLOW :
	    SCMP_ACT_ERRNO((uint16_t)r->error);
	unsigned n = 0;

	if (nr == __NR_SCMP_ERROR || nr < 0)
		return 0;
	while (n < ARRAY_LEN(when) && r->when[n].op != CALL_ANY) {
		when[n] = condition(&r->when[n]);
		n++;
	}
	return seccomp_rule_add_array(ctx, action, nr, n, when);
}

/* The finished program, in memory of ours. */
static int
export(scmp_filter_ctx ctx, struct filter *f)
{
	int fd = memfd_create("filter", MFD_CLOEXEC), rc;
	off_t size;

	if (fd < 0)
		return -errno;
	rc = seccomp_export_bpf(ctx, fd);
	size = lseek(fd, 0, SEEK_END);
	if (rc == 0 && size > 0) {
		f->code = mem_alloc((size_t)size);
		f->count = (size_t)size / sizeof *f->code;
		if (pread(fd, f->code, (size_t)size, 0) != size)
			rc = -EIO;
	}
	close(fd);
	return rc;
}

static rh_status
compile(struct filter *f, enum filter_kind kind, struct err *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	const struct call_rule *r;
	int rc = ctx == NULL ? -ENOMEM : 0;

	if (ctx != NULL) {
		seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
		    SCMP_ACT_KILL_PROCESS);
		/* A tree: a call is found in a few steps. */
		seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	}
	for (r = call_table; rc == 0 && r->name != NULL; r++) {
		if ((r->kinds & (1u << kind)) == 0)
			continue;
		rc = add_rule(ctx, r);
		if (rc != 0) {
			errno = -rc;
			err_errno(err, RH_EUNAVAIL, "the rule for %s()",
			    r->name);
		}
	}
	if (rc == 0 && (rc = export(ctx, f)) != 0) {
		errno = -rc;
		err_errno(err, RH_EUNAVAIL, "compiling the filter");
	}
	if (ctx != NULL)
		seccomp_release(ctx);
	return rc == 0 ? RH_OK : RH_EUNAVAIL;
}

void
calls_compile(struct sandbox *sb, bool all)
{
	size_t i;

	for (i = 0; i < (all ? FILTERS : FILTER_PLAIN + 1); i++)
		if (sb->filters[i].code == NULL && compile(&sb->filters[i], (enum filter_kind)i,
		    &sb->filter_err) != RH_OK) {
			free(sb->filters[i].code);
			sb->filters[i].code = NULL;
		}
}

/*
 * Who may send signals to whom it likes: nobody is there but its own, or
 * something else holds it back.
 */
static bool
signals_held(const struct sandbox *sb)
{
	return sb->pid_ns || sb->abi >= 6;
}

static enum filter_kind
kind_of(const struct sandbox *sb)
{
	const struct worker_profile *p = &sb->spec->profile;

	/* On trial it may have processes, which may execute nothing. */
	if (p->children || sb->watched)
		return signals_held(sb) ? FILTER_CHILDREN : FILTER_LOOSE;
	return p->path_count > 0 ? FILTER_FILES : FILTER_PLAIN;
}

/*
 * Landlock has no right for these, so that only a root of its own keeps a
 * worker from them; and none for truncate() before its third version.
 */
static const struct {
	const char *name;
	int	since_abi;	/* Landlock knows it; 0: it never does */
} nameless[] = {
	{ "chmod", 0 }, { "fchmodat", 0 }, { "utime", 0 }, { "utimes", 0 },
	{ "utimensat", 0 }, { "futimesat", 0 }, { "truncate", 3 },
};

/* A filter more, which fails these and has no word on the rest. */
static rh_status
enter_nameless(const struct sandbox *sb, struct err *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc = ctx == NULL ? -ENOMEM : 0, nr;
	size_t i;

	for (i = 0; rc == 0 && i < ARRAY_LEN(nameless); i++) {
		nr = seccomp_syscall_resolve_name(nameless[i].name);
		if (nr < 0 || (nameless[i].since_abi != 0 &&
		    sb->abi >= nameless[i].since_abi))
			continue;
		rc = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), nr, 0,
		    NULL);
	}
	if (rc == 0)
		rc = seccomp_load(ctx);
	if (ctx != NULL)
		seccomp_release(ctx);
	errno = -rc;
	return rc == 0 ? RH_OK : err_errno(err, RH_EUNAVAIL,
	    "entering the filter of files' modes");
}

rh_status
calls_enter(struct sandbox *sb, struct err *err)
{
	const struct filter *f = &sb->filters[kind_of(sb)];
	struct sock_fprog prog = { (unsigned short)f->count, f->code };
	size_t i;
	rh_status rc;

	if (f->code == NULL) {
		*err = sb->filter_err;
		return err->status;
	}
	if (!sb->own_root && sb->spec->profile.path_count > 0 &&
	    (rc = enter_nameless(sb, err)) != RH_OK)
		return rc;
	/* Ours alone: the spawner's is another copy. */
	for (i = 0; i < f->count; i++)
		if (BPF_CLASS(f->code[i].code) == BPF_JMP &&
		    f->code[i].k == CALL_OWN_PID)
			f->code[i].k = (uint32_t)getpid();
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) != 0)
		return err_errno(err, RH_EUNAVAIL, "entering the filter");
	return RH_OK;
}
