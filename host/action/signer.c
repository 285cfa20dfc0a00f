/*
 * From a signature to the row of its key.
 */
#include "action/signer.h"

#include "action/act_slice.h"
#include "auth/capability.h"
#include "auth/policy.h"
#include "base/mem.h"
#include "plugin/registry.h"
#include "store/store_auth.h"
#include "store/store_key.h"

#include <stdio.h>

static enum signer_kind
kind_of(const struct plugin *p, const struct key_row *k)
{
	struct sign_public key;

	memcpy(key.id, k->id, sizeof key.id);
	memcpy(key.key, k->key, sizeof key.key);
	if (!sign_holds_image(p->signature, &key, &p->image))
		return SIGNER_FALSE;
	return k->revoked_us != 0 ? SIGNER_REVOKED : SIGNER_TRUSTED;
}

rh_status
signer_of(struct db *db, struct arena *a, const struct plugin *p,
    struct signer *s, struct err *err)
{
	static const char *const words[] = {
		[SIGNER_UNKNOWN] = "unknown key", [SIGNER_REVOKED] =
		"revoked key", [SIGNER_FALSE] = "not of this file, by key",
		[SIGNER_TRUSTED] = "key",
	};
	struct key_row k = { .label = NULL };
	bool found;
	rh_status rc;

	*s = (struct signer){ .kind = SIGNER_NONE };
	if (p->signature == NULL)
		return RH_OK;
	sign_name(p->signature->id, s->key_id);
	if ((rc = store_key_get(db, p->signature->id, a, &k, &found,
	    err)) != RH_OK)
		return rc;
	s->kind = found ? kind_of(p, &k) : SIGNER_UNKNOWN;
	s->text = s->kind == SIGNER_TRUSTED && k.label != NULL ? k.label :
	    arena_printf(a, "%s %s", words[s->kind], s->key_id);
	return RH_OK;
}

static const char *
file_name(const struct plugin *p)
{
	const char *slash = strrchr(p->file, '/');

	return slash != NULL ? slash + 1 : p->file;
}

/*
 * What is wrong with the signature, and what mends it.  That of a plugin in
 * use is read when the host starts, any other one by plugin install.
 */
static void
signer_words(const struct signer *s, const struct plugin *p, bool used,
    struct buf *why, struct buf *hint)
{
	static const struct {
		const char *why;
		bool	sign;
	} words[] = {
		[SIGNER_NONE] = { "isn't signed", true },
		[SIGNER_UNKNOWN] = { "is signed by a key that isn't trusted",
		    false },
		[SIGNER_REVOKED] = { "is signed by a key that was revoked",
		    true },
		[SIGNER_FALSE] = { "has a signature that isn't of this file",
		    true },
	};

	buf_printf(why, "%s %s", file_name(p), words[s->kind].why);
	if (s->kind != SIGNER_NONE)
		buf_printf(why, " (%s)", s->key_id);
	if (words[s->kind].sign)
		buf_printf(hint, "runhost plugin sign %s --key FILE", p->file);
	else
		buf_adds(hint, "runhost key trust FILE.pub");
	if (!used)
		buf_printf(hint, "; then runhost plugin install %s", p->file);
	else if (words[s->kind].sign)
		buf_adds(hint, ", then start the host again");
}

static rh_status
check(struct db *db, const struct plugin *p, bool needed, bool used,
    struct err *err)
{
	struct buf why = { 0 }, hint = { 0 };
	struct arena a = { 0 };
	struct signer s;
	rh_status rc;

	rc = signer_of(db, &a, p, &s, err);
	if (rc == RH_OK && s.kind != SIGNER_TRUSTED &&
	    (needed || s.kind == SIGNER_FALSE)) {
		signer_words(&s, p, used, &why, &hint);
		err_set(err, RH_ESTATE, "%s", why.p);
		rc = err_hint(err, "%s", hint.p);
	}
	buf_fini(&why);
	buf_fini(&hint);
	arena_fini(&a);
	return rc;
}

rh_status
signer_check(struct db *db, const struct plugin *p, bool needed,
    struct err *err)
{
	return check(db, p, needed, false, err);
}

/* All that is missing at once, each with its command. */
rh_status
signer_inprocess(struct db *db, const struct policy *policy,
    const struct plugin *p, int64_t now, struct err *err)
{
	struct err own = { 0 };
	char principal[300];
	rh_status rc = check(db, p, true, true, &own);

	if (rc != RH_OK && rc != RH_ESTATE) {
		*err = own;
		return rc;
	}
	snprintf(principal, sizeof principal, "plugin:%s", p->id);
	if (capability_held(policy, principal, SIGNER_INPROCESS, now)) {
		if (rc == RH_OK)
			return RH_OK;
		err_set(err, RH_ESTATE, "%s", own.msg);
		err_hint(err, "%s", own.hint);
	} else {
		err_set(err, RH_ESTATE, "%s%s%s doesn't hold "
		    SIGNER_INPROCESS, own.msg, rc == RH_OK ? "" : "; ",
		    principal);
		err_hint(err, "%s%srunhost grant add %s " SIGNER_INPROCESS,
		    own.hint, rc == RH_OK ? "" : "; ", principal);
	}
	return err_wrap(err, "plugin \"%s\" may not run in the host's "
	    "process", p->id);
}

/* The row stands beside that of the call, which goes on. */
static rh_status
end_trust(struct act *a, struct call *c, const char *id,
    const struct err *why, struct err *err)
{
	const char *target = a->target, *detail = a->detail;
	struct effect *e = act_effect(a, EFFECT_TRUST, 0);
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	e->plugin = arena_strdup(&e->arena, id);
	if ((rc = store_trust_delete(a->db, id, err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "reason", why->msg);
	jw_end_object(&j);
	a->target = id;
	a->detail = arena_strndup(&c->arena, b.p, b.len);
	buf_fini(&b);
	rc = slice_record(a, c, "plugin_untrust", err);
	a->target = target;
	a->detail = detail;
	return rc;
}

static rh_status
recheck_each(struct act *a, struct call *c, const struct policy *policy,
    const struct trust_row *rows, size_t n, struct err *err)
{
	const struct plugin *p;
	struct err why;
	rh_status rc;

	for (; n > 0; rows++, n--) {
		/* In use or not: it may be enabled at any time. */
		p = registry_known(a->env->registry, rows->id, rows->digest);
		if (p == NULL)
			continue;
		rc = signer_inprocess(a->db, policy, p, a->now, &why);
		if (rc == RH_ESTATE)
			rc = end_trust(a, c, rows->id, &why, err);
		else if (rc != RH_OK)
			*err = why;
		if (rc != RH_OK)
			return rc;
	}
	return RH_OK;
}

rh_status
signer_recheck(struct act *a, struct call *c, const struct policy *policy,
    struct err *err)
{
	struct policy *now = NULL;
	struct trust_row *rows;
	size_t n;
	rh_status rc;

	if ((rc = store_trust_list(a->db, &c->arena, &rows, &n, err)) !=
	    RH_OK || n == 0)
		return rc;
	if (policy == NULL) {
		if ((rc = policy_load(a->db, a->now, &now, err)) != RH_OK)
			return rc;
		policy = now;
	}
	rc = recheck_each(a, c, policy, rows, n, err);
	policy_unref(now);
	return rc;
}
