/*
 * Looking at plugin files while the host runs.  Files are read before the
 * call comes to the writer, and a new one is tried after its COMMIT.
 */
#include "action/act.h"

#include "action/catalog.h"
#include "action/signer.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* What was read for a call. */
struct look {
	struct plugin *plugin;
	uint8_t	digest[HASH_LEN];	/* of the file as it is */
	const char *problem;		/* it can't be read; or NULL */
	const char *mend;		/* of the problem; or NULL */
	const char *signer;		/* of it; or NULL */
};

static void
fault(struct call *c, struct look *l, const struct err *err)
{
	l->problem = arena_strdup(&c->arena, err->msg);
	if (err->hint[0] != '\0')
		l->mend = arena_strdup(&c->arena, err->hint);
}

static void
refuse(struct call *c, const struct err *err)
{
	c->refusal = err->status;
	c->refusal_msg = arena_strdup(&c->arena, err->msg);
	c->refusal_hint = arena_strdup(&c->arena, err->hint);
}

static rh_status
check_dir(const struct action_env *env, const char *named, struct err *err)
{
	const char *const *dir = env->plugin_dirs;

	if (named == NULL)
		return RH_OK;
	for (; dir != NULL && *dir != NULL; dir++)
		if (strcmp(*dir, named) == 0)
			return RH_OK;
	err_set(err, RH_EINPUT, "body.dir: \"%s\" is not a plugin directory "
	    "of this host", named);
	return err_hint(err, "plugin_list says which are: \"dirs\"");
}

/* In the directory that is named, else the first that has it. */
static rh_status
open_named(const struct action_env *env, const char *named,
    const char *name, struct plugin **p, struct err *err)
{
	const char *const *dir = env->plugin_dirs;
	rh_status rc = RH_ENOENT;

	if (dir == NULL || *dir == NULL)
		return err_set(err, RH_ENOSYS, "this host has no plugin "
		    "directory");
	for (; *dir != NULL && rc == RH_ENOENT; dir++) {
		if (named != NULL && strcmp(*dir, named) != 0)
			continue;
		rc = registry_open(env->registry, *dir, name, p, err);
		if (rc != RH_OK)
			err_wrap(err, "%s", *dir);
	}
	if (rc == RH_EPLUGIN || rc == RH_ETOOBIG)
		err->status = RH_EINPUT;
	return rc == RH_OK ? RH_OK : err->status;
}

static rh_status
check_name(const char *name, struct err *err)
{
	size_t len = strlen(name);

	if (len > 3 && name[0] != '.' && strchr(name, '/') == NULL &&
	    strcmp(name + len - 3, ".so") == 0)
		return RH_OK;
	return err_set(err, RH_EINPUT, "body.file: \"%s\" is not the name of a "
	    "plugin's file, as \"x.so\"", name);
}

static void
read_new(const struct action_env *env, struct call *c, struct look *l)
{
	const char *name = call_text(c, "file");
	const char *dir = call_text(c, "dir");
	struct err err = { 0 };

	if (check_dir(env, dir, &err) != RH_OK ||
	    check_name(name, &err) != RH_OK ||
	    open_named(env, dir, name, &l->plugin, &err) != RH_OK)
		refuse(c, &err);
}

/* The file of a plugin, as it is now. */
static void
read_again(struct call *c, struct look *l)
{
	const char *file = l->plugin->file, *name = strrchr(file, '/') + 1;
	const char *dir = arena_strndup(&c->arena, file,
	    (size_t)(name - file));
	struct image image = { .memfd = -1 };
	struct err err = { 0 };
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		err_errno(&err, RH_EIO, "plugin directory \"%s\"", dir);
	else if (image_open(fd, name, &image, &err) == RH_OK)
		memcpy(l->digest, image.digest, HASH_LEN);
	if (err.status != RH_OK)
		fault(c, l, &err);
	image_close(&image);
	if (fd >= 0)
		close(fd);
}

void
catalog_read(const struct action_env *env, struct call *c)
{
	struct look *l = arena_zalloc(&c->arena, sizeof *l);
	struct err err = { 0 };

	c->args = l;
	if (json_member(&c->in, 0, "file") >= 0)
		read_new(env, c, l);
	else if (registry_meant(env->registry, call_text(c, "id"), NULL,
	    &l->plugin, &err) == RH_OK)
		read_again(c, l);
	else
		fault(c, l, &err);
}

static rh_status
need_look(const struct call *c, struct err *err)
{
	if (c->args != NULL)
		return RH_OK;
	return err_set(err, RH_EBUSY, "the caller's rights changed meanwhile");
}

rh_status
plugin_install(struct act *a, struct call *c, struct err *err)
{
	struct look *l = c->args;
	char hex[HASH_HEX_LEN];
	struct signer s;
	struct effect *e;
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	act_target(a, c, call_text(c, "file"));
	if ((rc = need_look(c, err)) != RH_OK ||
	    (rc = signer_check(a->db, l->plugin, a->env->all_signed, err)) !=
	    RH_OK ||
	    (rc = signer_of(a->db, &c->arena, l->plugin, &s, err)) != RH_OK)
		return rc;
	l->signer = s.text;
	str_hex(hex, l->plugin->image.digest, HASH_LEN);
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "file", l->plugin->file);
	jw_m_text(&j, "digest", hex);
	jw_end_object(&j);
	act_detail(a, c, &b);
	c->deferred = true;
	e = act_effect(a, EFFECT_INSTALL, 0);
	e->file = l->plugin;
	e->call = c;
	return RH_OK;
}

static void
write_digest(struct json_out *j, const char *name, const uint8_t *digest)
{
	char hex[HASH_HEX_LEN];

	if (digest != NULL)
		str_hex(hex, digest, HASH_LEN);
	jw_m_text(j, name, digest != NULL ? hex : NULL);
}

/* After it was described: what was found. */
void
plugin_install_render(const struct call *c, struct buf *b)
{
	const struct look *l = c->args;
	const struct plugin *p = l->plugin;
	struct arena a = { 0 };
	struct json_out j;

	jw_init(&j, b);
	jw_object(&j);
	jw_m_text(&j, "id", p->id);
	jw_m_text(&j, "version", p->version);
	jw_m_text(&j, "summary", p->summary);
	jw_m_text(&j, "state", plugin_state_names[p->state]);
	jw_m_text(&j, "file", p->file);
	write_digest(&j, "digest", p->image.digest);
	jw_m_text(&j, "catalog_digest", p->bound);
	jw_m_text(&j, "signer", l->signer);
	jw_m_text(&j, "mend", plugin_mend(p, &a));
	plugin_write_names(&j, p);
	jw_end_object(&j);
	arena_fini(&a);
}

struct finding {
	const char *problem;	/* NULL: all is as it should be */
	const char *mend;	/* a command, or NULL */
};

static void
judge(struct call *c, const struct look *l, const struct plugin_row *r,
    struct finding *v)
{
	struct arena *a = &c->arena;
	const struct plugin *p = l->plugin;
	char hex[HASH_HEX_LEN];

	if (l->problem != NULL) {
		v->problem = l->problem;
		v->mend = l->mend;
		return;
	}
	str_hex(hex, l->digest, HASH_LEN);
	if (!hash_eq(l->digest, p->image.digest)) {
		v->problem = "the file is not what the host has loaded";
		v->mend = arena_printf(a, "runhost plugin install %s",
		    p->file);
	} else if (r == NULL) {
		v->problem = "nobody has enabled it";
		v->mend = plugin_mend(p, a);
	} else if (!hash_eq(l->digest, r->digest)) {
		v->problem = "the file is not what the catalog has";
		v->mend = arena_printf(a, "runhost plugin enable %s "
		    "--digest %s", r->id, hex);
	}
}

static void
reply_finding(struct act *a, struct call *c, const struct look *l,
    const struct plugin_row *r)
{
	struct finding v = { 0 };
	struct buf b = { 0 };
	struct json_out j;

	judge(c, l, r, &v);
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "id", call_text(c, "id"));
	jw_m_bool(&j, "ok", v.problem == NULL);
	jw_m_text(&j, "file", l->plugin != NULL ? l->plugin->file :
	    r->file);
	write_digest(&j, "file_digest", l->problem == NULL ? l->digest : NULL);
	write_digest(&j, "loaded_digest", l->plugin != NULL ?
	    l->plugin->image.digest : NULL);
	write_digest(&j, "catalog_digest", r != NULL ? r->digest : NULL);
	jw_m_text(&j, "problem", v.problem);
	jw_m_text(&j, "mend", v.mend);
	jw_end_object(&j);
	a->detail = arena_strdup(&c->arena, b.p);
	act_reply(c, &b);
}

rh_status
plugin_verify(struct act *a, struct call *c, struct err *err)
{
	const char *id = call_text(c, "id");
	struct look *l = c->args;
	struct plugin_row row;
	struct err why;
	bool found;
	rh_status rc;

	act_target(a, c, id);
	if ((rc = need_look(c, err)) != RH_OK ||
	    (rc = store_plugin_find(a->db, id, &c->arena, &row, &found,
	    err)) != RH_OK)
		return rc;
	found = found && row.state != CATALOG_REMOVED;
	if (!found && l->plugin == NULL) {
		err_set(err, RH_ENOENT, "%s", l->problem);
		return err_hint(err, "%s", l->mend != NULL ? l->mend : "");
	}
	if (l->plugin == NULL &&
	    catalog_refused(a->env->registry, &row, &why) != NULL)
		fault(c, l, &why);
	reply_finding(a, c, l, found ? &row : NULL);
	return RH_OK;
}
