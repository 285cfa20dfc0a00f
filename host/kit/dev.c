/*
 * From a typed line to an invocation, as a host would make it.
 */
#include "kit/dev.h"

#include "base/clock.h"
#include "base/mem.h"
#include "json/read.h"
#include "json/write.h"
#include "kit/fake.h"
#include "plugin/describe.h"
#include "plugin/elf.h"
#include "run/slash.h"

#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define HELLO_MS	10000
#define GRACE_MS	5000	/* behind a deadline, then it is killed */

rh_status
dev_init(struct dev *dev, const char *path, const struct drive_config *cf,
    int64_t timeout_ms, struct err *err)
{
	char *copy = mem_strdup(path);

	*dev = (struct dev){ .cf = *cf, .path = path, .inotify = -1,
		.timeout_ms = timeout_ms };
	dev->image.memfd = -1;
	dev->drive.pidfd = dev->drive.status = -1;
	dev->cf.fake = fake_new();
	dev->cf.image = &dev->image;
	dev->cf.path = path;
	dev->dir = mem_strdup(dirname(copy));
	memcpy(copy, path, strlen(path) + 1);
	dev->name = mem_strdup(basename(copy));
	free(copy);
	/* A compiler writes in place or moves it there; then it is chmod'ed. */
	dev->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (dev->inotify < 0 || inotify_add_watch(dev->inotify, dev->dir,
	    IN_CLOSE_WRITE | IN_MOVED_TO | IN_ATTRIB) < 0)
		return err_errno(err, RH_EIO, "watching \"%s\"", dev->dir);
	return RH_OK;
}

static void
dev_close(struct dev *dev)
{
	if (dev->is_open)
		drive_close(&dev->drive);
	dev->is_open = dev->running = false;
	image_close(&dev->image);
	arena_fini(&dev->plugin.arena);
	memset(&dev->plugin, 0, sizeof dev->plugin);
}

void
dev_fini(struct dev *dev)
{
	dev_close(dev);
	fake_free(dev->cf.fake);
	if (dev->inotify >= 0)
		close(dev->inotify);
	free(dev->dir);
	free(dev->name);
	free(dev->last);
}

static rh_status
open_worker(struct dev *dev, struct err *err)
{
	if (dev->is_open)
		drive_close(&dev->drive);
	dev->is_open = true;
	if (drive_open(&dev->drive, &dev->cf, err) == RH_OK)
		drive_hello(&dev->drive, HELLO_MS, err);
	return err->status;
}

static rh_status
open_file(struct dev *dev, struct image *image, struct err *err)
{
	int fd = open(dev->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rh_status rc;

	if (fd < 0)
		return err_errno(err, RH_EIO, "%s", dev->dir);
	rc = image_open(fd, dev->name, image, err);
	close(fd);
	return rc;
}

rh_status
dev_load(struct dev *dev, struct err *err)
{
	struct image image = { .memfd = -1 };
	rh_status rc;

	*err = (struct err){ 0 };
	rc = open_file(dev, &image, err);
	if (rc == RH_OK && dev->plugin.id != NULL && memcmp(image.digest,
	    dev->image.digest, sizeof image.digest) == 0) {
		image_close(&image);
		return err_set(err, RH_ECONFLICT, "it is the same");
	}
	dev_close(dev);
	dev->image = image;
	if (rc != RH_OK || (rc = elf_check(&dev->image, dev->name, NULL,
	    err)) != RH_OK)
		return rc;
	if ((rc = open_worker(dev, err)) == RH_OK)
		rc = describe_read(&dev->plugin, dev->drive.description.p,
		    dev->drive.description.len, err);
	return rc;
}

int
dev_watch_fd(const struct dev *dev)
{
	return dev->inotify;
}

bool
dev_changed(struct dev *dev)
{
	union {
		struct inotify_event event;
		char	bytes[4096];
	} u;
	const struct inotify_event *e;
	bool changed = false;
	ssize_t n, at;

	while ((n = read(dev->inotify, u.bytes, sizeof u.bytes)) > 0)
		for (at = 0; at < n; at += (ssize_t)(sizeof *e + e->len)) {
			e = (const void *)(u.bytes + at);
			if (e->len > 0 && strcmp(e->name, dev->name) == 0)
				changed = true;
		}
	return changed;
}

/* An invocation that is being made; what it borrows from is the arena's. */
struct made {
	struct dev *dev;
	struct arena arena;
	struct rh_invocation inv;
	bool	resumes;
};

static struct rh_text
word(const char *s)
{
	return (struct rh_text){ s != NULL ? s : "", s != NULL ? strlen(s) :
	    0 };
}

static rh_status
route(struct made *m, const struct plugin_command *c, const char *name,
    struct err *err)
{
	const struct plugin_runner *runner = c->runner;
	size_t i;

	if (name == NULL)
		name = c->default_action;
	for (i = 0; name != NULL && i < c->action_count; i++) {
		if (strcmp(c->actions[i].name, name) != 0)
			continue;
		if (c->actions[i].runner != NULL)
			runner = c->actions[i].runner;
		break;
	}
	if (name != NULL && i == c->action_count && !c->any_action)
		return err_set(err, RH_ENOENT, "\"%s\" has no action \"%s\"",
		    c->name, name);
	m->inv.action_id = word(name);
	m->inv.runner = word(runner->name);
	return RH_OK;
}

static rh_status
make_command(struct made *m, const char *line, struct err *err)
{
	const struct plugin *p = &m->dev->plugin;
	struct buf args = { 0 };
	struct json_out w;
	struct slash s;
	size_t i;

	if (slash_parse(&m->arena, line, &s, err) != RH_OK)
		return err->status;
	jw_init(&w, &args);
	jw_array(&w);
	for (i = 0; i < s.arg_count; i++)
		jw_text(&w, s.args[i]);
	jw_end_array(&w);
	m->inv.args = word(arena_strdup(&m->arena, args.p));
	buf_fini(&args);
	m->inv.command = word(line);
	m->inv.raw_args = word(s.raw_args);
	for (i = 0; i < p->command_count; i++)
		if (strcmp(p->commands[i].name, s.command) == 0)
			return route(m, &p->commands[i], s.action, err);
	return err_set(err, RH_ENOENT, "%s has no command \"%s\"", p->id,
	    s.command);
}

/* JSON behind a name, or nothing. */
static rh_status
make_input(struct made *m, const struct schema *schema, const char *json,
    const char *otherwise, struct err *err)
{
	struct json_doc doc;

	if (json[0] == '\0')
		json = otherwise;
	m->inv.input = word(json);
	if (json_parse(&m->arena, json, strlen(json), NULL, &doc, err) !=
	    RH_OK)
		return err_wrap(err, "input");
	return schema != NULL ? schema_check(schema, &doc, 0, "args", err) :
	    RH_OK;
}

static rh_status
make_named(struct made *m, const char *line, struct err *err)
{
	const struct plugin *p = &m->dev->plugin;
	size_t i, len = strcspn(line, " \t");
	const char *json = line + len + strspn(line + len, " \t");
	struct str name = { line, len };

	for (i = 0; i < p->action_count; i++)
		if (str_is(name, p->actions[i].name)) {
			m->inv.kind = RH_INVOKE_ACTION;
			m->inv.run_id = word("");
			m->inv.runner = word(p->actions[i].name);
			return make_input(m, p->actions[i].schema, json, "{}",
			    err);
		}
	for (i = 0; i < p->runner_count; i++)
		if (str_is(name, p->runners[i].name)) {
			m->inv.runner = word(p->runners[i].name);
			return make_input(m, NULL, json, "null", err);
		}
	return err_set(err, RH_ENOENT, "%s has no action or runner \"" STR_FMT
	    "\"", p->id, STR_ARG(name));
}

static void
make_attempt(struct made *m)
{
	struct dev *dev = m->dev;
	struct str name, bytes;

	fake_checkpoint(dev->cf.fake, &name, &bytes);
	m->inv.attempt = m->resumes ? 2 : 1;
	m->inv.reason = m->resumes ? RH_ATTEMPT_TAKEOVER : RH_ATTEMPT_FIRST;
	m->inv.checkpoint_name = (struct rh_text){ name.p, name.len };
	m->inv.checkpoint = (struct rh_text){ bytes.p, bytes.len };
	m->inv.timeout_ms = dev->timeout_ms;
	m->inv.created_us = clock_real.wall_us(&clock_real);
}

static rh_status
make(struct made *m, const char *line, struct err *err)
{
	m->inv = (struct rh_invocation){
		.size = sizeof m->inv, .kind = RH_INVOKE_RUN,
		.run_id = word("run_00000000000000000000000000000001"),
		.extension_id = word(m->dev->plugin.id),
		.session_id = word("dev"), .user_id = word("user:dev"),
		.args = word("[]"), .flags = word("{}"),
		.input = word("null"), .metadata = word("{}"),
		.config = word("{}"),
	};
	return line[0] == '/' ? make_command(m, line, err) :
	    make_named(m, line, err);
}

rh_status
dev_begin(struct dev *dev, const char *line, struct err *err)
{
	struct made m = { .dev = dev };
	char *again;
	rh_status rc;

	*err = (struct err){ 0 };
	m.resumes = strcmp(line, "resume") == 0;
	if (dev->plugin.id == NULL)
		return err_set(err, RH_EUNAVAIL, "there is no plugin to run; "
		    "it is opened when its file changes");
	if (m.resumes && dev->last == NULL)
		return err_set(err, RH_ESTATE, "nothing was run yet");
	again = mem_strdup(m.resumes ? dev->last : line);
	if ((rc = make(&m, again, err)) == RH_OK) {
		if (!m.resumes)
			fake_forget_checkpoint(dev->cf.fake);
		make_attempt(&m);
		free(dev->last);
		dev->last = again;
		again = NULL;
		if (dev->drive.ended)
			rc = open_worker(dev, err);
		if (rc == RH_OK)
			rc = drive_begin(&dev->drive, &m.inv, err);
		dev->running = rc == RH_OK;
	}
	free(again);
	arena_fini(&m.arena);
	return rc;
}

int
dev_left_ms(const struct dev *dev)
{
	int64_t left;

	if (!dev->running || dev->timeout_ms == 0)
		return -1;
	left = dev->drive.now.begun_us / US_PER_MS + dev->timeout_ms +
	    GRACE_MS - drive_clock_us() / US_PER_MS;
	return left > 0 ? (int)left : 0;
}
