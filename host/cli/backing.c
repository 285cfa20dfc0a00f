/*
 * The bar, Ctrl-C, and the numbers of a backup.
 */
#include "cli/backing.h"

#include "base/clock.h"
#include "cli/print.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SHOW_US		(100 * US_PER_MS)

int64_t
backing_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

static void
draw(struct backing *b)
{
	struct progress_report r = { .percent = 100, .stage = b->stage };
	char text[80];
	int64_t have;

	if (b->file != NULL && b->total > 0) {
		have = backing_size(b->file);
		r.percent = have * 100 / b->total;
		snprintf(text, sizeof text, "%lld of %lld MiB",
		    (long long)have >> 20, (long long)b->total >> 20);
		r.message = text;
	}
	progress_show(&b->bar, &r);
}

static bool
go_on(void *arg)
{
	struct backing *b = arg;
	int64_t now = clock_real.boot_us(&clock_real);

	if (now - b->shown_us < SHOW_US)
		return true;
	b->shown_us = now;
	draw(b);
	if (interrupt_take(&b->interrupt)) {
		err_set(&b->stop, RH_ECANCELED, "stopped");
		return false;
	}
	if (b->wal == NULL || backing_size(b->wal) <= b->wal_max)
		return true;
	err_set(&b->stop, RH_EBUSY, "the host writes faster than this can "
	    "copy: its WAL has %lld bytes, and can't start over before the "
	    "copy ends", (long long)backing_size(b->wal));
	err_hint(&b->stop, "try again when there is less to do, or onto a "
	    "faster disk");
	return false;
}

void
backing_begin(struct backing *b, const struct cli *cli)
{
	*b = (struct backing){ .watch = { go_on, b } };
	progress_init(&b->bar, cli->diag);
	/* Lines in a log would say nothing that the last one doesn't. */
	if (b->bar.width == 0)
		b->bar.f = NULL;
	interrupt_hold(&b->interrupt);
}

void
backing_stage(struct backing *b, const char *stage)
{
	b->stage = stage;
	b->file = b->wal = NULL;
	b->shown_us = 0;
}

rh_status
backing_judge(const struct backing *b, rh_status rc, struct err *err)
{
	if (rc != RH_OK && b->stop.status != RH_OK)
		*err = b->stop;
	return rc != RH_OK ? err->status : RH_OK;
}

void
backing_end(struct backing *b)
{
	progress_end(&b->bar);
	interrupt_release(&b->interrupt);
}

rh_status
backing_digest(const struct cli *cli, const struct backup *b,
    struct err *err)
{
	const char *named = cli_opt(cli, "digest");
	uint8_t want[HASH_LEN];
	char hex[HASH_HEX_LEN];

	if (named == NULL)
		return RH_OK;
	if (!str_unhex(str_of(named), want, HASH_LEN))
		return err_set(err, RH_EINPUT, "--digest takes %d hexadecimal "
		    "digits, not \"%s\"", 2 * HASH_LEN, named);
	if (hash_eq(want, b->digest))
		return RH_OK;
	str_hex(hex, b->digest, HASH_LEN);
	return err_set(err, RH_EIO, "its digest is %s", hex);
}

void
backing_text(const struct cli *cli, const struct backup *b)
{
	char hex[HASH_HEX_LEN], when[PRINT_TIME_LEN];

	str_hex(hex, b->digest, HASH_LEN);
	fprintf(cli->out, "%lld bytes, audit verified up to row %lld of %s\n"
	    "digest %s\n", (long long)b->bytes, (long long)b->seq,
	    print_time(b->at_us / US_PER_S, when), hex);
}
