#include "base/sse.h"

#include "lib/unit.h"

#include <stdio.h>
#include <string.h>

/* What came out, as "id/name/data;" each. */
struct seen {
	char	text[512];
	size_t	len;
};

static void
note(void *arg, const struct sse_event *ev)
{
	struct seen *s = arg;
	int n;

	n = snprintf(s->text + s->len, sizeof s->text - s->len, "%s/%s/%s;",
	    ev->id, ev->name, ev->data);
	s->len += (size_t)n;
}

static void
expect(const char *stream, const char *want)
{
	struct seen seen = { .len = 0 };
	struct err err = { 0 };
	struct sse s;
	size_t i;

	sse_init(&s, 100, note, &seen);
	CHECK_OK(sse_feed(&s, stream, strlen(stream), &err), &err);
	CHECK_STR(seen.text, want);
	sse_fini(&s);
	/* The same bytes one by one. */
	memset(&seen, 0, sizeof seen);
	sse_init(&s, 100, note, &seen);
	for (i = 0; stream[i] != '\0'; i++)
		CHECK_OK(sse_feed(&s, stream + i, 1, &err), &err);
	CHECK_STR(seen.text, want);
	sse_fini(&s);
}

static void
test_fields(void)
{
	expect("id: 1\nevent: progress\ndata: {}\n\n", "1/progress/{};");
	expect("data:a\n\n", "/message/a;");
	expect("data:  a\n\n", "/message/ a;");
	expect("data\n\n", "/message/;");
	expect("data: a\ndata: b\n\n", "/message/a\nb;");
	expect("data\ndata\n\n", "/message/\n;");
}

static void
test_lines(void)
{
	expect("data: a\r\n\r\ndata: b\r\rdata: c\n\n",
	    "/message/a;/message/b;/message/c;");
	expect("\xef\xbb\xbf" "data: a\n\n", "/message/a;");
	expect("data: a\n\n\xef\xbb\xbf" "data: b\n\n", "/message/a;");
}

static void
test_ignored(void)
{
	expect(": heartbeat\n\n:\n\n", "");
	expect("retry: 100\nother: x\ndata: a\n\n", "/message/a;");
	expect("event: progress\n\ndata: a\n\n", "/message/a;");
	expect("data: never ended\n", "");
}

static void
test_ids(void)
{
	expect("id: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
	    "7/message/a;7/message/b;/message/c;");
}

static void
test_id_nul(void)
{
	static const char stream[] = "id: 1\nid: 2\0x\ndata: a\n\n";
	struct seen seen = { .len = 0 };
	struct err err = { 0 };
	struct sse s;

	sse_init(&s, 100, note, &seen);
	CHECK_OK(sse_feed(&s, stream, sizeof stream - 1, &err), &err);
	CHECK_STR(seen.text, "1/message/a;");
	sse_fini(&s);
}

static void
test_reset(void)
{
	struct seen seen = { .len = 0 };
	struct err err = { 0 };
	struct sse s;

	sse_init(&s, 100, note, &seen);
	CHECK_OK(sse_feed(&s, "id: 3\ndata: half", 16, &err), &err);
	sse_reset(&s);
	CHECK_STR(s.id, "3");
	CHECK_OK(sse_feed(&s, "data: b\n\n", 9, &err), &err);
	CHECK_STR(seen.text, "3/message/b;");
	sse_fini(&s);
}

static void
test_bounds(void)
{
	char line[102];
	struct seen seen = { .len = 0 };
	struct err err = { 0 };
	struct sse s;
	int i;

	memset(line, 'x', sizeof line);
	sse_init(&s, 100, note, &seen);
	CHECK_INT(sse_feed(&s, line, sizeof line, &err), RH_ETOOBIG);
	CHECK_STR(err.msg,
	    "a line of the event stream is longer than 100 bytes");
	sse_fini(&s);
	sse_init(&s, 100, note, &seen);
	for (i = 0; i < 10; i++)
		CHECK_OK(sse_feed(&s, "data:123456789\n", 15, &err), &err);
	CHECK_INT(sse_feed(&s, "data:123456789\n", 15, &err), RH_ETOOBIG);
	CHECK_STR(err.msg,
	    "an event of the stream is larger than 100 bytes");
	sse_fini(&s);
}

const struct unit_test base_sse_tests[] = {
	{ "an event has an id, a name and its lines of data", test_fields },
	{ "lines end in LF, CR or both, and a leading mark is skipped", test_lines },
	{ "comments, unknown fields and empty events are passed over", test_ignored },
	{ "an id holds until the next one, and an empty one clears it", test_ids },
	{ "an id with a NUL is not taken", test_id_nul },
	{ "a new connection keeps the id and drops half an event", test_reset },
	{ "a line or event above the limit is refused", test_bounds },
	{ NULL, NULL }
};
