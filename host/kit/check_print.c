/*
 * A report for programs: JSON, and the XML that continuous integration reads.
 */
#include "kit/check.h"

#include "base/clock.h"
#include "base/str.h"
#include "json/write.h"

static void
add_findings(const struct check_result *r, struct json_out *w)
{
	size_t i;

	jw_name(w, "findings");
	jw_array(w);
	for (i = 0; i < CHECK_FINDINGS_MAX && r->findings[i] != NULL; i++)
		jw_text(w, r->findings[i]);
	jw_end_array(w);
}

void
check_json(const struct check_report *rep, struct buf *out)
{
	const struct check_result *r;
	struct json_out w;
	size_t i;

	jw_init(&w, out);
	jw_object(&w);
	jw_m_text(&w, "file", rep->path);
	jw_m_text(&w, "id", rep->id);
	jw_m_text(&w, "version", rep->version);
	jw_m_text(&w, "digest", rep->digest[0] != '\0' ? rep->digest : NULL);
	jw_m_text(&w, "tier", rep->tier);
	jw_m_bool(&w, "ok", rep->states[CHECK_FAIL] == 0);
	jw_name(&w, "checks");
	jw_array(&w);
	for (i = 0; i < rep->count; i++) {
		r = &rep->results[i];
		jw_object(&w);
		jw_m_text(&w, "name", r->row->name);
		jw_m_text(&w, "about", r->row->about);
		jw_m_text(&w, "state", check_state_names[r->state]);
		jw_m_i64(&w, "ms", r->us / US_PER_MS);
		jw_m_i64(&w, "runs", r->runs);
		jw_m_i64(&w, "finding_count", r->finding_count);
		add_findings(r, &w);
		jw_end_object(&w);
	}
	jw_end_array(&w);
	jw_end_object(&w);
}

/*
 * Whether XML 1.0 has room for the character: not for most of the control
 * characters, not for U+FFFE and U+FFFF, and not for what is none.
 */
static bool
is_xml(const unsigned char *p, size_t len)
{
	if (len == 1)
		return p[0] >= 0x20 && p[0] != 0x7f;
	return len != 0 &&
	    !(len == 3 && p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe);
}

static void
add_bytes(struct buf *out, const char *p, size_t len)
{
	for (; len > 0; p++, len--)
		buf_printf(out, "\\x%02x", (unsigned char)*p);
}

/* Text within an attribute or element. */
static void
add_xml(struct buf *out, const char *p)
{
	static const char *const marks[128] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;",
		['"'] = "&quot;", ['\n'] = "&#10;", ['\t'] = "&#9;",
	};
	size_t len, left = strlen(p);

	for (; left > 0; p += len, left -= len) {
		len = str_utf8_next(p, left);
		if (len == 1 && marks[(unsigned char)*p] != NULL)
			buf_adds(out, marks[(unsigned char)*p]);
		else if (is_xml((const unsigned char *)p, len))
			buf_add(out, p, len);
		else
			add_bytes(out, p, len = len == 0 ? 1 : len);
	}
}

static void
add_attribute(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, " %s=\"", name);
	add_xml(out, value);
	buf_addc(out, '"');
}

static void
add_seconds(struct buf *out, int64_t us)
{
	buf_printf(out, " time=\"%lld.%03lld\"", (long long)(us / US_PER_S),
	    (long long)(us % US_PER_S / US_PER_MS));
}

/* The findings of a check: an element of their own, or plain output. */
static void
add_case_body(struct buf *out, const struct check_result *r)
{
	static const char *const elements[CHECK_STATES] = {
		[CHECK_FAIL] = "failure", [CHECK_SKIP] = "skipped",
		[CHECK_WARN] = "system-out",
	};
	const char *name = elements[r->state];
	size_t i;

	buf_printf(out, "      <%s", name);
	if (r->state != CHECK_WARN)
		add_attribute(out, "message", r->findings[0] != NULL ?
		    r->findings[0] : "");
	buf_addc(out, '>');
	for (i = 0; i < CHECK_FINDINGS_MAX && r->findings[i] != NULL; i++) {
		add_xml(out, r->findings[i]);
		buf_addc(out, '\n');
	}
	buf_printf(out, "</%s>\n", name);
}

static void
add_case(struct buf *out, const char *id, const struct check_result *r)
{
	buf_adds(out, "    <testcase");
	add_attribute(out, "classname", id);
	add_attribute(out, "name", r->row->name);
	add_seconds(out, r->us);
	if (r->state == CHECK_PASS) {
		buf_adds(out, "/>\n");
		return;
	}
	buf_adds(out, ">\n");
	add_case_body(out, r);
	buf_adds(out, "    </testcase>\n");
}

static void
add_counts(struct buf *out, const struct check_report *rep)
{
	int64_t us = 0;
	size_t i;

	for (i = 0; i < rep->count; i++)
		us += rep->results[i].us;
	buf_printf(out, " tests=\"%zu\" failures=\"%u\" errors=\"0\" "
	    "skipped=\"%u\"", rep->count, rep->states[CHECK_FAIL],
	    rep->states[CHECK_SKIP]);
	add_seconds(out, us);
}

void
check_junit(const struct check_report *rep, struct buf *out)
{
	const char *id = rep->id != NULL ? rep->id : rep->path;
	size_t i;

	buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<testsuites");
	add_counts(out, rep);
	buf_adds(out, ">\n  <testsuite");
	add_attribute(out, "name", id);
	add_counts(out, rep);
	buf_adds(out, ">\n");
	for (i = 0; i < rep->count; i++)
		add_case(out, id, &rep->results[i]);
	buf_adds(out, "  </testsuite>\n</testsuites>\n");
}
