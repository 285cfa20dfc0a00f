/*
 * Fills in and writes the files of a new plugin.
 */
#include "kit/template.h"

#include "plugin/form.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The name stands in places of different forms, so of the narrowest. */
static bool
is_name(const char *s)
{
	static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

	return s[0] >= 'a' && s[0] <= 'z' && s[strspn(s, rest)] == '\0' &&
	    strlen(s) <= TEMPLATE_NAME_MAX;
}

rh_status
template_check(const struct template *t, struct err *err)
{
	char action[TEMPLATE_NAME_MAX + 8];
	const char *wrong;

	if (!is_name(t->name)) {
		err_set(err, RH_EINPUT, "\"%.80s\" can't be the name of a "
		    "plugin: it is to be of the form [a-z][a-z0-9_-]{0,%d}",
		    t->name, TEMPLATE_NAME_MAX - 1);
		return err_hint(err, "as \"runhost plugin new greeter\"");
	}
	snprintf(action, sizeof action, "%s.greet", t->name);
	if ((wrong = form_check(FORM_ACTION, str_of(action))) != NULL)
		return err_set(err, RH_EINPUT, "\"%s\" can't be the name of a "
		    "plugin: its action \"%s\" %s", t->name, action, wrong);
	if ((wrong = form_check(FORM_ID, str_of(t->id))) != NULL) {
		err_set(err, RH_EINPUT, "id \"%.80s\" %s", t->id, wrong);
		return err_hint(err, "a domain of yours and a name, as "
		    "--id org.example.%s", t->name);
	}
	return RH_OK;
}

static void
fill_in(const struct template *t, const char *text, struct buf *out)
{
	const struct {
		const char *mark, *word;
	} marks[] = { { "@NAME@", t->name }, { "@ID@", t->id } };
	size_t i, len;

	while (*text != '\0') {
		for (i = 0; i < 2; i++) {
			len = strlen(marks[i].mark);
			if (strncmp(text, marks[i].mark, len) == 0)
				break;
		}
		if (i == 2) {
			buf_addc(out, *text++);
			continue;
		}
		buf_adds(out, marks[i].word);
		text += len;
	}
}

bool
template_file(const struct template *t, size_t *part, struct buf *name,
    struct buf *text)
{
	const struct template_part *first = &template_parts[*part], *p;

	if (first->file == NULL)
		return false;
	buf_clear(name);
	buf_clear(text);
	fill_in(t, first->file, name);
	for (p = first; p->file != NULL && strcmp(p->file, first->file) == 0;
	    p++, ++*part)
		if ((p->kinds & t->kinds) != 0)
			fill_in(t, p->text, text);
	return true;
}

static rh_status
write_file(int dir, const struct buf *name, const struct buf *text,
    struct err *err)
{
	int fd = openat(dir, name->p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    strcmp(name->p, "test.sh") == 0 ? 0755 : 0644);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	bool ok = f != NULL &&
	    fwrite(text->p, 1, text->len, f) == text->len;

	if (f == NULL && fd >= 0)
		close(fd);
	if (f != NULL && fclose(f) != 0)
		ok = false;
	return ok ? RH_OK : err_errno(err, RH_EIO, "writing %s", name->p);
}

static rh_status
write_all(const struct template *t, int dir, struct err *err)
{
	struct buf name = { 0 }, text = { 0 };
	rh_status rc = RH_OK;
	size_t part = 0;

	while (rc == RH_OK && template_file(t, &part, &name, &text))
		rc = write_file(dir, &name, &text, err);
	buf_fini(&name);
	buf_fini(&text);
	return rc;
}

/* A half-written plugin would only stand in the way of the next attempt. */
static void
remove_all(const struct template *t, int dir)
{
	struct buf name = { 0 }, text = { 0 };
	size_t part = 0;

	while (template_file(t, &part, &name, &text))
		unlinkat(dir, name.p, 0);
	buf_fini(&name);
	buf_fini(&text);
	rmdir(t->name);
}

rh_status
template_write(const struct template *t, struct err *err)
{
	rh_status rc;
	int dir;

	if ((rc = template_check(t, err)) != RH_OK)
		return rc;
	if (mkdir(t->name, 0777) != 0) {
		if (errno != EEXIST)
			return err_errno(err, RH_EIO, "making \"%s\"",
			    t->name);
		err_set(err, RH_ECONFLICT, "\"%s\" exists already, and "
		    "nothing is overwritten", t->name);
		return err_hint(err, "take another name, or move it away");
	}
	dir = open(t->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = dir >= 0 ? write_all(t, dir, err) :
	    err_errno(err, RH_EIO, "opening \"%s\"", t->name);
	if (rc != RH_OK)
		remove_all(t, dir);
	if (dir >= 0)
		close(dir);
	return rc;
}
