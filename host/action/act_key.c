/*
 * Keys whose signatures of plugins are trusted.
 */
#include "action/act.h"

#include "action/signer.h"
#include "base/mem.h"
#include "store/store_key.h"

static void
write_key(struct json_out *j, const struct key_row *k)
{
	char name[SIGN_NAME_LEN];

	sign_name(k->id, name);
	jw_m_text(j, "key_id", name);
	jw_m_text(j, "label", k->label);
	write_epoch(j, "created_at", k->created_us);
	jw_m_text(j, "created_by", k->created_by);
	write_epoch(j, "revoked_at", k->revoked_us);
	jw_m_text(j, "revoked_by", k->revoked_by);
}

/* The file of a public key as text. */
static rh_status
take_key(struct call *c, struct key_row *k, struct err *err)
{
	struct sign_public key;

	if (sign_public_read(str_of(call_text(c, "public_key")), &key,
	    err) != RH_OK)
		return err_wrap(err, "body.public_key");
	memcpy(k->id, key.id, sizeof k->id);
	memcpy(k->key, key.key, sizeof k->key);
	return RH_OK;
}

/* Two keys of one id would make "who signed this" a matter of luck. */
static rh_status
check_other(struct act *a, struct call *c, const struct key_row *k,
    struct err *err)
{
	struct key_row old;
	char name[SIGN_NAME_LEN];
	bool found;
	rh_status rc;

	if ((rc = store_key_get(a->db, k->id, &c->arena, &old, &found,
	    err)) != RH_OK)
		return rc;
	if (!found || memcmp(old.key, k->key, sizeof old.key) == 0)
		return RH_OK;
	sign_name(k->id, name);
	return err_set(err, RH_ECONFLICT, "key %s is known as another key",
	    name);
}

rh_status
key_trust(struct act *a, struct call *c, struct err *err)
{
	struct key_row k = { .created_us = a->now,
	    .created_by = c->caller.principal };
	char name[SIGN_NAME_LEN];
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	if ((rc = take_key(c, &k, err)) != RH_OK ||
	    (rc = take_text(c, "label", NAME_MAX_LEN, &k.label, err)) != RH_OK ||
	    (rc = check_other(a, c, &k, err)) != RH_OK ||
	    (rc = store_key_set(a->db, &k, err)) != RH_OK)
		return rc;
	sign_name(k.id, name);
	act_target(a, c, name);
	jw_init(&j, &b);
	jw_object(&j);
	write_key(&j, &k);
	jw_end_object(&j);
	a->detail = arena_strdup(&c->arena, b.p);
	act_reply(c, &b);
	return RH_OK;
}

rh_status
key_list(struct act *a, struct call *c, struct err *err)
{
	struct key_row *keys;
	struct buf b = { 0 };
	struct json_out j;
	size_t i, n;
	rh_status rc;

	if ((rc = store_key_list(a->db, &c->arena, &keys, &n, err)) != RH_OK)
		return rc;
	jw_init(&j, &b);
	jw_object(&j);
	jw_name(&j, "items");
	jw_array(&j);
	for (i = 0; i < n; i++) {
		jw_object(&j);
		write_key(&j, &keys[i]);
		jw_end_object(&j);
	}
	jw_end_array(&j);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}

rh_status
key_revoke(struct act *a, struct call *c, struct err *err)
{
	const char *name = call_text(c, "key_id");
	uint8_t id[SIGN_ID_LEN];
	char own[SIGN_NAME_LEN];
	struct buf b = { 0 };
	struct json_out j;
	rh_status rc;

	act_target(a, c, name);
	if (!sign_id(str_of(name), id))
		return err_set(err, RH_EINPUT, "body.key_id: is 16 hex digits, "
		    "as 331A440960CA2EC6");
	rc = store_key_revoke(a->db, id, a->now, c->caller.principal, err);
	if (rc == RH_ENOENT) {
		err_set(err, rc, "there is no key %s, or it is revoked "
		    "already", name);
		err_hint(err, "list them with: runhost key list");
	}
	if (rc != RH_OK || (rc = signer_recheck(a, c, NULL, err)) != RH_OK)
		return rc;
	sign_name(id, own);
	jw_init(&j, &b);
	jw_object(&j);
	jw_m_text(&j, "key_id", own);
	write_epoch(&j, "revoked_at", a->now);
	jw_end_object(&j);
	act_reply(c, &b);
	return RH_OK;
}
