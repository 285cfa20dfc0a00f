/*
 * Fields of an object by name, with errors that a caller can act on.
 * null in an optional field is the same as none.
 */
#include "json/names.h"
#include "json/number.h"
#include "json/read.h"
#include "json/text.h"

#include <inttypes.h>

static rh_status
missing(const char *name, struct err *err)
{
	return err_set(err, RH_EINPUT, "field \"%s\" is missing", name);
}

/* Scalars that tell more by their value are shown as they are. */
static rh_status
mistyped(const struct json_doc *doc, int node, const char *name,
    const char *wanted, struct err *err)
{
	enum json_type type = json_type(doc, node);
	char shown[JT_SHOW_LEN];

	return err_set(err, RH_EINPUT, "field \"%s\" must be %s, not %s", name,
	    wanted, type == JSON_NUMBER ?
	    jt_clip(json_raw(doc, node), shown) : json_type_words(type));
}

static rh_status
find(const struct json_doc *doc, int obj, const char *name, int *node,
    struct err *err)
{
	enum json_type type = json_type(doc, obj);

	*node = -1;
	if (type != JSON_OBJECT && type != JSON_ABSENT)
		return err_set(err, RH_EINPUT,
		    "expected an object with the field \"%s\", not %s",
		    name, json_type_words(type));
	*node = json_member(doc, obj, name);
	return RH_OK;
}

static bool
is_given(const struct json_doc *doc, int node)
{
	return json_type(doc, node) > JSON_NULL;
}

static rh_status
read_str(const struct json_doc *doc, int node, const char *name,
    size_t max_len, struct arena *a, const char **out, struct err *err)
{
	struct str s;

	if (json_type(doc, node) != JSON_STRING)
		return mistyped(doc, node, name, "a string", err);
	if (!json_str(doc, node, a, &s))
		return err_set(err, RH_EINPUT,
		    "field \"%s\" must not contain U+0000", name);
	if (s.len > max_len)
		return err_set(err, RH_EINPUT,
		    "field \"%s\": %zu bytes are above the maximum %zu",
		    name, s.len, max_len);
	*out = s.p;
	return RH_OK;
}

rh_status
json_get_str(const struct json_doc *doc, int obj, const char *name,
    size_t max_len, struct arena *a, const char **out, struct err *err)
{
	rh_status rc;
	int node;

	if ((rc = find(doc, obj, name, &node, err)) != RH_OK)
		return rc;
	if (node == -1)
		return missing(name, err);
	return read_str(doc, node, name, max_len, a, out, err);
}

rh_status
json_opt_str(const struct json_doc *doc, int obj, const char *name,
    size_t max_len, struct arena *a, const char **out, struct err *err)
{
	rh_status rc;
	int node;

	if ((rc = find(doc, obj, name, &node, err)) != RH_OK)
		return rc;
	if (!is_given(doc, node))
		return RH_OK;
	return read_str(doc, node, name, max_len, a, out, err);
}

static rh_status
read_i64(const struct json_doc *doc, int node, const char *name,
    const int64_t range[2], int64_t *out, struct err *err)
{
	struct str raw = json_raw(doc, node);
	char shown[JT_SHOW_LEN];
	bool fits, low;
	int64_t v;

	if (json_type(doc, node) != JSON_NUMBER || !json_number_is_int(raw))
		return mistyped(doc, node, name, "an integer", err);
	fits = json_number_i64(raw, &v);
	if (fits && v >= range[0] && v <= range[1]) {
		*out = v;
		return RH_OK;
	}
	low = fits ? v < range[0] : raw.p[0] == '-';
	return err_set(err, RH_EINPUT,
	    "field \"%s\": %s is %s %" PRId64, name, jt_clip(raw, shown),
	    low ? "below the minimum" : "above the maximum", range[!low]);
}

rh_status
json_get_i64(const struct json_doc *doc, int obj, const char *name,
    int64_t min, int64_t max, int64_t *out, struct err *err)
{
	rh_status rc;
	int node;

	if ((rc = find(doc, obj, name, &node, err)) != RH_OK)
		return rc;
	if (node == -1)
		return missing(name, err);
	return read_i64(doc, node, name, (int64_t[]){ min, max }, out, err);
}

rh_status
json_opt_i64(const struct json_doc *doc, int obj, const char *name,
    int64_t min, int64_t max, int64_t *out, struct err *err)
{
	rh_status rc;
	int node;

	if ((rc = find(doc, obj, name, &node, err)) != RH_OK)
		return rc;
	if (!is_given(doc, node))
		return RH_OK;
	return read_i64(doc, node, name, (int64_t[]){ min, max }, out, err);
}

rh_status
json_opt_bool(const struct json_doc *doc, int obj, const char *name,
    bool *out, struct err *err)
{
	rh_status rc;
	int node;

	if ((rc = find(doc, obj, name, &node, err)) != RH_OK)
		return rc;
	if (!is_given(doc, node) || json_bool(doc, node, out))
		return RH_OK;
	return mistyped(doc, node, name, "a boolean", err);
}

rh_status
json_opt_node(const struct json_doc *doc, int obj, const char *name,
    enum json_type type, int *out, struct err *err)
{
	rh_status rc;
	int node;

	*out = -1;
	if ((rc = find(doc, obj, name, &node, err)) != RH_OK)
		return rc;
	if (!is_given(doc, node))
		return RH_OK;
	if (json_type(doc, node) != type)
		return mistyped(doc, node, name, json_type_words(type), err);
	*out = node;
	return RH_OK;
}

static bool
is_listed(const struct json_doc *doc, int name_node,
    const char *const names[])
{
	struct str body = json_body(doc, name_node);

	for (; *names != NULL; names++)
		if (jt_equal(body, str_of(*names)))
			return true;
	return false;
}

/* "known fields: a, b", as far as it fits. */
static void
hint_names(const char *const names[], struct err *err)
{
	struct buf b = { 0 };
	const char *sep = "known fields: ";

	for (; *names != NULL; names++) {
		buf_printf(&b, "%s%s", sep, *names);
		sep = ", ";
	}
	err_hint(err, "%s", b.len > 0 ? b.p : "no fields are known here");
	buf_fini(&b);
}

rh_status
json_only(const struct json_doc *doc, int obj, const char *const names[],
    struct err *err)
{
	enum json_type type = json_type(doc, obj);
	char shown[JT_SHOW_LEN];
	int node;

	if (type == JSON_ABSENT)
		return RH_OK;
	if (type != JSON_OBJECT)
		return err_set(err, RH_EINPUT, "expected an object, not %s",
		    json_type_words(type));
	for (node = json_first(doc, obj); node != -1;
	    node = json_next(doc, node)) {
		if (is_listed(doc, node, names))
			continue;
		err_set(err, RH_EINPUT, "unknown field %s",
		    jt_clip(json_raw(doc, node), shown));
		hint_names(names, err);
		return RH_EINPUT;
	}
	return RH_OK;
}
