/*
 * Any bytes as an anchor file.  Reading it from the front and from the end
 * agree on its last whole line; a head that is appended is the last one,
 * behind whatever stood there.
 */
#include "audit/head.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int	LLVMFuzzerInitialize(int *, char ***);
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char path[] = "/dev/shm/runhost-fuzz-XXXXXX";

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
path_remove(void)
{
	unlink(path);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int fd = mkstemp(path);

	(void)argc, (void)argv;
	must(fd >= 0);
	close(fd);
	atexit(path_remove);
	return 0;
}

/* Whether all lines are heads; the last of them. */
static bool
read_all(struct head_sig *last)
{
	struct anchor *a;
	struct head_sig h;
	struct err err = { 0 };
	int line, before = 0;

	memset(last, 0, sizeof *last);
	must(anchor_open(path, &a, &err) == RH_OK);
	for (;;) {
		if (anchor_next(a, &h, &line, &err) != RH_OK) {
			must(err.msg[0] != '\0');
			anchor_close(a);
			return false;
		}
		if (line == 0)
			break;
		must(line > before);
		before = line;
		*last = h;
	}
	anchor_close(a);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct head_sig front, back, more = { .chain = 1, .seq = 7,
	    .at_us = 5, .hash = { 1 }, .signature = { 2 }, .key = { 3 } };
	struct err err = { 0 };
	int fd = open(path, O_WRONLY | O_TRUNC);
	rh_status rc;

	must(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	close(fd);
	rc = anchor_last(path, &back, &err);
	if (read_all(&front))
		must(rc == RH_OK && back.seq == front.seq &&
		    memcmp(back.hash, front.hash, sizeof back.hash) == 0);
	else if (rc != RH_OK)
		must(err.msg[0] != '\0');
	must(anchor_append(path, &more, &err) == RH_OK);
	must(anchor_last(path, &back, &err) == RH_OK);
	must(back.seq == 7 && back.signature[0] == 2 && back.key[0] == 3);
	return 0;
}
