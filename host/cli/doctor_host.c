/*
 * The doctor's look at the running host, from outside.
 */
#include "cli/doctor.h"

#include "base/clock.h"
#include "cli/door.h"
#include "cli/print.h"
#include "cli/reply.h"

#include <string.h>

#define CLOCK_OFF_S	5
#define YEAR_2024_S	1704067200

void
doctor_host(const struct patient *p, struct finding *f)
{
	struct reply r = { 0 };
	struct err err = { 0 };
	struct door door;
	const char *version;

	if (door_open(p->cli, &door, &err) == RH_OK &&
	    door_get(&door, "/health", &r, &err) == RH_OK) {
		version = reply_word(&r, 0, "version");
		finding_set(f, FINDING_OK, "answers, version %s", version);
		if (strcmp(version, PACKAGE_VERSION) != 0) {
			f->state = FINDING_WARN;
			finding_todo(f, "this command is version %s",
			    PACKAGE_VERSION);
		}
	} else {
		finding_set(f, FINDING_WARN, "%s", err.msg);
		finding_todo(f, "%s", err.hint);
	}
	reply_free(&r);
	door_close(&door);
}

/* A host that isn't ready says why in a list. */
static void
add_reasons(struct reply *r, struct finding *f)
{
	static const struct column reasons = { "", "reasons", SHOW_LIST };
	const char *text;

	if (reply_parse(r, NULL) != RH_OK)
		return;
	if ((text = reply_show(r, 0, &reasons)) == NULL)
		return;
	finding_set(f, FINDING_FAIL, "not ready: %s", text);
	f->todo[0] = '\0';
}

void
doctor_ready(const struct patient *p, struct finding *f)
{
	struct reply r = { 0 };
	struct err err = { 0 };
	struct door door;
	rh_status rc;

	if ((rc = door_open(p->cli, &door, &err)) == RH_OK)
		rc = door_get(&door, "/ready", &r, &err);
	if (rc == RH_OK)
		finding_set(f, FINDING_OK, "ready");
	/* Nobody there is what the check before says. */
	if (rc != RH_OK && r.raw.status != 0) {
		finding_set(f, FINDING_FAIL, "%s", err.msg);
		finding_todo(f, "%s", err.hint);
		add_reasons(&r, f);
	}
	reply_free(&r);
	door_close(&door);
}

/* Its time against ours, when it may be asked. */
static bool
host_time(const struct patient *p, int64_t *s)
{
	struct reply r = { 0 };
	struct err err = { 0 };
	struct door door;
	bool known = false;

	if (door_open(p->cli, &door, &err) == RH_OK &&
	    door_action(&door, "host_ping", "{}", &r, &err) == RH_OK)
		known = print_parse_iso(reply_word(&r, 0, "time"), s);
	reply_free(&r);
	door_close(&door);
	return known;
}

void
doctor_clock(const struct patient *p, struct finding *f)
{
	int64_t now = clock_real.wall_us(&clock_real) / US_PER_S, host;

	if (now < YEAR_2024_S) {
		finding_set(f, FINDING_FAIL, "the clock is before 2024");
		finding_todo(f, "set it; tokens and grants expire by it");
		return;
	}
	finding_set(f, FINDING_OK, "plausible");
	if (!host_time(p, &host))
		return;
	if (host - now <= CLOCK_OFF_S && now - host <= CLOCK_OFF_S) {
		finding_set(f, FINDING_OK, "agrees with the host's");
		return;
	}
	finding_set(f, FINDING_WARN, "%lld s away from the host's",
	    (long long)(now - host));
	finding_todo(f, "the clock was set while the host ran, or the host "
	    "is elsewhere: check both");
}
