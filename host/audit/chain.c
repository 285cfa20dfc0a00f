/*
 * Appending to the chain.
 */
#include "audit/chain.h"

#include "base/arena.h"
#include "store/db.h"

#include <string.h>

rh_status
chain_load(struct db *db, struct chain_head *h, struct err *err)
{
	struct audit_row row;
	struct arena a;
	rh_status rc;

	arena_init(&a);
	memset(h, 0, sizeof *h);
	h->chain = 1;
	if ((rc = store_audit_last(db, &a, &row, err)) == RH_OK &&
	    row.seq != 0) {
		h->chain = row.chain;
		h->seq = row.seq;
		h->at_us = row.at_us;
		h->op = row.op;
		memcpy(h->hash, row.hash, sizeof h->hash);
	}
	arena_fini(&a);
	return rc;
}

static void
add_text(struct hash *h, const char *s)
{
	hash_add_field(h, s, s != NULL ? strlen(s) : 0);
}

void
chain_hash(const struct audit_row *r, const uint8_t prev[HASH_LEN],
    uint8_t out[HASH_LEN])
{
	uint8_t decision = (uint8_t)r->decision;
	struct hash h;

	hash_begin(&h, NULL, 0);
	hash_add(&h, "rh1", 3);
	hash_add_u64(&h, (uint64_t)r->chain);
	hash_add_u64(&h, (uint64_t)r->seq);
	hash_add(&h, prev, HASH_LEN);
	hash_add_u64(&h, (uint64_t)r->at_us);
	hash_add_field(&h, r->op.b, sizeof r->op.b);
	add_text(&h, r->principal);
	add_text(&h, r->via);
	add_text(&h, r->action);
	add_text(&h, r->permission);
	hash_add_field(&h, &decision, 1);
	add_text(&h, r->target);
	add_text(&h, r->detail);
	hash_end(&h, out);
}

rh_status
chain_append(struct db *db, struct chain_head *h, struct audit_row *r,
    struct err *err)
{
	rh_status rc;

	r->chain = h->chain;
	r->seq = h->seq + 1;
	if (r->at_us < h->at_us)
		r->at_us = h->at_us;
	chain_hash(r, h->hash, r->hash);
	if ((rc = store_audit_insert(db, r, err)) != RH_OK)
		return err_wrap(err, "audit row");
	h->seq = r->seq;
	h->at_us = r->at_us;
	h->op = r->op;
	memcpy(h->hash, r->hash, sizeof h->hash);
	return RH_OK;
}

const char *
audit_decision_name(enum audit_decision d)
{
	static const char *const names[] = {
		[AUDIT_ALLOW] = "allow", [AUDIT_DENY] = "deny",
		[AUDIT_ERROR] = "error", [AUDIT_INTENT] = "intent",
		[AUDIT_OUTCOME] = "outcome",
	};

	return d >= AUDIT_ALLOW && d <= AUDIT_OUTCOME ? names[d] : "unknown";
}
