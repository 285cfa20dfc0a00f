/*
 * Trials: for a time a plugin's workers are watched, and what they ask for
 * of the host's files, that their profile hasn't, is noted as denied.
 */
#include "sched/control.h"

#include "auth/capability.h"
#include "base/lineage.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "sched/uses.h"
#include "worker/profile.h"
#include "worker/sandbox_root.h"
#include "worker/watch.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS_A_LOOK	128	/* each has the host look at its files */

void
trial_begin(struct plug *plug, int64_t us)
{
	struct sched *s = plug->s;

	plug->trial_us = s->plan.now + us;
	plug->trial.fire = trial_ended;
	plug->trial.arg = plug;
	timer_set(&s->plan.timers, &plug->trial, plug->trial_us);
	log_event(LOG_INFO, "trial of a plugin begins", "plugin",
	    plug->plugin->id, NULL);
	given_once(plug);
	plan_given(plug->pool, false);
}

void
trial_ended(void *arg)
{
	struct plug *plug = arg;

	plug->trial_us = 0;
	log_event(LOG_INFO, "trial of a plugin is over", "plugin",
	    plug->plugin->id, NULL);
	given_once(plug);
	plan_given(plug->pool, false);
}

/* Without "", "." and ".." among its parts; what links would say is lost. */
static void
tidy(char *path)
{
	char *in = path, *out = path;
	size_t n;

	for (; *in != '\0'; in += n) {
		in += strspn(in, "/");
		n = strcspn(in, "/");
		if (n == 0 || (n == 1 && in[0] == '.'))
			continue;
		if (n == 2 && in[0] == '.' && in[1] == '.') {
			while (out > path && *--out != '/')
				continue;
			continue;
		}
		*out++ = '/';
		memmove(out, in, n);
		out += n;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
}

/* By the name of the directory that "/bin" is a link to: a file's one name. */
static void
respell(char path[WATCH_PATH_MAX + 1])
{
	char top[32], target[256];
	ssize_t n;
	size_t i, len;

	for (i = 0; system_links[i] != NULL; i++) {
		len = (size_t)snprintf(top, sizeof top, "/%s",
		    system_links[i]);
		if (strncmp(path, top, len) != 0 || path[len] != '/')
			continue;
		n = readlink(top, target, sizeof target);
		if (n <= 0 || target[0] == '/' ||
		    1 + (size_t)n + strlen(path + len) > WATCH_PATH_MAX)
			return;
		memmove(path + 1 + n, path + len, strlen(path + len) + 1);
		memcpy(path + 1, target, (size_t)n);
		return;
	}
}

static bool
is_given(const struct plug *plug, enum path_use use, const char *path)
{
	static const enum capability_kind kinds[PATH_USES] = {
		[PATH_READ] = CAP_READ, [PATH_WRITE] = CAP_WRITE,
		[PATH_EXEC] = CAP_EXEC,
	};
	char given[WATCH_PATH_MAX + 1];
	struct capability c;
	size_t i;

	for (i = 0; i < plug->given.count; i++) {
		capability_parse(plug->given.caps[i], &c, NULL);
		if (c.kind != kinds[use] && (use != PATH_READ ||
		    (c.kind != CAP_WRITE && c.kind != CAP_EXEC)))
			continue;
		snprintf(given, sizeof given, "%s", c.of);
		respell(given);
		if (str_path_within(str_of(path), given))
			return true;
	}
	return false;
}

/* What it has; and of /proc, what is its own. */
static bool
has(const struct plug *plug, enum path_use use, const char *path)
{
	static const char *const own[] = { "/proc/self", "/proc/thread-self",
		NULL };
	const struct system_path *s;
	bool programs = given_programs(&plug->given);
	size_t i;

	if (is_given(plug, use, path))
		return true;
	for (s = system_paths; use == PATH_READ && s->path != NULL; s++)
		if ((!s->programs || programs) &&
		    str_path_within(str_of(path), s->path))
			return true;
	for (i = 0; own[i] != NULL; i++)
		if (str_path_within(str_of(path), own[i]))
			return true;
	return strncmp(path, "/proc/", 6) == 0 && path[6] >= '0' &&
	    path[6] <= '9';
}

/* Why a grant of it isn't proposed; NULL: it is. */
static const char *
why_not(const struct plug *plug, enum path_use use, const char *path,
    const struct stat *st, struct err *err)
{
	mode_t public = S_ISDIR(st->st_mode) ? S_IROTH | S_IXOTH : S_IROTH;
	struct lineage l;
	const char *why = given_check_path(plug->s, path, &l, err);

	if (why != NULL)
		return why;
	if (use == PATH_READ && (st->st_mode & public) != public)
		return "not everybody may read it: if it must, grant it by "
		    "hand";
	/* Root's workers write as the owner. */
	if (use == PATH_WRITE && st->st_uid == 0 && geteuid() == 0)
		return "it belongs to root: give it to a user of its own";
	return NULL;
}

static void
note(struct plug *plug, enum path_use use, const char *path,
    const struct stat *st)
{
	static const char *const kinds[PATH_USES] = {
		[PATH_READ] = "fs.read", [PATH_WRITE] = "fs.write",
		[PATH_EXEC] = "proc.exec",
	};
	struct uses *u = plug->s->uses;
	const char *id = plug->plugin->id;
	char text[PROFILE_TEXT_MAX + 16];
	struct capability c;
	struct err err = { 0 };

	if (has(plug, use, path))
		return;
	snprintf(text, sizeof text, "%s:%s", kinds[use], path);
	/* No grant could name it. */
	if (capability_parse(text, &c, &err) != RH_OK)
		return;
	use_note(u, id, text, false, plug->s->plan.now);
	use_say(u, id, text, why_not(plug, use, path, st, &err));
}

void
trial_confined(struct link *l, const struct confined *c)
{
	size_t i;

	for (i = 0; l->seen >= 0 && i < c->count; i++)
		if (c->rows[i].state == LAYER_MISSING &&
		    strcmp(c->rows[i].name, "trial") == 0)
			log_event(LOG_WARN, "a plugin on trial isn't watched",
			    "plugin", link_name(l), "reason", c->rows[i].why,
			    NULL);
}

enum place { NOWHERE, ITSELF, ABOVE };

/* What would be needed, when it is there and when it isn't. */
static const struct need {
	enum path_use use;
	enum place there, missing;
} needs[WATCH_KINDS] = {
	[WATCH_LOOK] = { PATH_READ, ITSELF, NOWHERE },
	[WATCH_READ] = { PATH_READ, ITSELF, NOWHERE },
	[WATCH_WRITE] = { PATH_WRITE, ITSELF, NOWHERE },
	[WATCH_MAKE] = { PATH_WRITE, ITSELF, ABOVE },
	[WATCH_ADD] = { PATH_WRITE, NOWHERE, ABOVE },
	[WATCH_TAKE] = { PATH_WRITE, ABOVE, NOWHERE },
	[WATCH_PUT] = { PATH_WRITE, ABOVE, ABOVE },
	[WATCH_EXEC] = { PATH_EXEC, ITSELF, NOWHERE },
};

/* Whether a grant can lead there at all. */
static bool
is_fit(enum watch_kind kind, const struct stat *st)
{
	/* Whoever looks for a file looks at the directories above it. */
	if (kind == WATCH_LOOK)
		return S_ISREG(st->st_mode);
	if (kind == WATCH_EXEC)
		return S_ISREG(st->st_mode) && (st->st_mode & 0111) != 0;
	return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode);
}

/* A shell looks at each program before it runs it. */
static enum path_use
use_of(const struct plug *plug, enum watch_kind kind, const struct stat *st)
{
	if (kind == WATCH_LOOK && (st->st_mode & 0111) != 0 &&
	    given_programs(&plug->given))
		return PATH_EXEC;
	return needs[kind].use;
}

static void
judge(struct plug *plug, enum watch_kind kind,
    char path[WATCH_PATH_MAX + 1])
{
	const struct need *n = &needs[kind];
	enum place place;
	struct stat st;
	char *slash;

	tidy(path);
	respell(path);
	place = stat(path, &st) == 0 ? n->there : n->missing;
	if (place == NOWHERE)
		return;
	if (place == ABOVE) {
		slash = strrchr(path, '/');
		slash[slash == path ? 1 : 0] = '\0';
		if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
			return;
	} else if (!is_fit(kind, &st)) {
		return;
	}
	note(plug, use_of(plug, kind, &st), path, &st);
}

void
trial_read(struct link *l, bool last)
{
	struct watch_word word;
	const size_t head = offsetof(struct watch_word, path);
	char path[WATCH_PATH_MAX + 1];
	ssize_t len;
	int n;

	if (l->seen < 0)
		return;
	/* The last are no more than a socket holds. */
	for (n = 0; last || (n < WORDS_A_LOOK &&
	    uses_room(l->s->uses) > 0); n++) {
		len = recv(l->seen, &word, sizeof word, 0);
		if (len <= (ssize_t)head)
			return;
		len -= (ssize_t)head;
		memcpy(path, word.path, (size_t)len);
		path[len] = '\0';
		if (word.kind < WATCH_KINDS && path[0] == '/')
			judge(l->plug, (enum watch_kind)word.kind, path);
	}
}

void
trials_look(struct sched *s)
{
	struct link *l;

	LIST_FOREACH(l, &s->links, next)
		trial_read(l, false);
}
