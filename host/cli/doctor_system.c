/*
 * The doctor's look at the kernel, the limits and the libraries.
 */
#include "cli/doctor.h"

#include "base/buf.h"
#include "base/httpc.h"
#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static bool
has_pidfd(void)
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool
has_memfd(void)
{
	int fd = memfd_create("doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool
has_close_range(void)
{
	/* No descriptor is that large. */
	return close_range(UINT_MAX - 1, UINT_MAX, 0) == 0;
}

static const struct {
	const char *name;
	bool	(*has)(void);
} abilities[] = {
	{ "pidfd_open", has_pidfd },
	{ "memfd_create", has_memfd },
	{ "close_range", has_close_range },
};

void
doctor_kernel(const struct patient *p, struct finding *f)
{
	struct buf missing = { 0 };
	struct utsname u;
	size_t i;

	(void)p;
	uname(&u);
	for (i = 0; i < ARRAY_LEN(abilities); i++)
		if (!abilities[i].has())
			buf_printf(&missing, " %s", abilities[i].name);
	if (missing.len == 0)
		finding_set(f, FINDING_OK,
		    "%s: pidfd, memfd, close_range", u.release);
	else {
		finding_set(f, FINDING_FAIL, "%s lacks%s", u.release,
		    missing.p);
		finding_todo(f, "Linux 5.10 or newer is needed; a container "
		    "may forbid these calls");
	}
	buf_fini(&missing);
}

void
doctor_files(const struct patient *p, struct finding *f)
{
	unsigned long long want = 1024;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	if (p->cfg != NULL)
		want = (unsigned long long)p->cfg->http.connections + 256;
	if (limit.rlim_max >= want) {
		finding_set(f, FINDING_OK, "%llu open files allowed",
		    (unsigned long long)limit.rlim_max);
		return;
	}
	finding_set(f, FINDING_WARN, "%llu open files allowed, %llu wanted",
	    (unsigned long long)limit.rlim_max, want);
	finding_todo(f, "raise LimitNOFILE, or lower http.connections");
}

/* Those of the libraries in use that are ours to name. */
static int
add_library(struct dl_phdr_info *info, size_t size, void *arg)
{
	static const char *const names[] = {
		"libsqlite3", "libsodium", "libmicrohttpd",
	};
	const char *base = strrchr(info->dlpi_name, '/');
	struct buf *out = arg;
	char *real;
	size_t i;

	(void)size;
	for (i = 0; base != NULL && i < ARRAY_LEN(names); i++) {
		if (strncmp(base + 1, names[i], strlen(names[i])) != 0)
			continue;
		real = realpath(info->dlpi_name, NULL);
		buf_printf(out, ", %s", strrchr(real != NULL ? real :
		    info->dlpi_name, '/') + 1);
		free(real);
	}
	return 0;
}

void
doctor_libraries(const struct patient *p, struct finding *f)
{
	const char *curl = httpc_version();
	struct buf text = { 0 };

	(void)p;
	buf_add(&text, curl, strcspn(curl, " "));
	dl_iterate_phdr(add_library, &text);
	finding_set(f, FINDING_OK, "%s", text.p);
	buf_fini(&text);
}
