/* Scopes that a connection remembers, and when it must forget them. */
#include "lib/core.h"
#include "lib/unit.h"

#include "store/db.h"
#include "store/scope_cache.h"
#include "store/store_owner.h"
#include "store/store_scope.h"

static const struct scope one = { .owner = "user:one", .runner = "r",
	.workspace = "w", .bot = "b", .conversation = "c", .thread = "t" };
static const struct scope two = { .owner = "user:two", .runner = "r" };

static const char *
owner(struct scope_cache *c, int64_t no, struct arena *a)
{
	struct scope s = { .owner = "none" };

	if (scope_cache_get(c, no, a, &s) && s.runner != NULL)
		return s.owner;
	return "none";
}

static void
test_found(void)
{
	struct scope_cache *c = scope_cache_new();
	uint8_t digest[HASH_LEN] = { 1 }, other[HASH_LEN] = { 2 };
	struct arena a = { 0 };
	struct scope s;

	CHECK_INT(scope_cache_find(c, digest).scope_no, 0);
	CHECK_STR(owner(c, 7, &a), "none");
	scope_cache_add(c, 7, &one);
	scope_cache_add_digest(c, (struct scope_ref){ 7, 3 }, digest);
	CHECK_INT(scope_cache_find(c, digest).scope_no, 7);
	CHECK_INT(scope_cache_find(c, digest).owner_no, 3);
	CHECK_INT(scope_cache_find(c, other).scope_no, 0);
	CHECK(scope_cache_get(c, 7, &a, &s));
	CHECK_STR(s.owner, "user:one");
	CHECK_STR(s.workspace, "w");
	CHECK_STR(s.bot, "b");
	CHECK_STR(s.conversation, "c");
	CHECK_STR(s.thread, "t");
	scope_cache_drop(c, 8);
	CHECK_STR(owner(c, 7, &a), "user:one");
	scope_cache_drop(c, 7);
	CHECK_INT(scope_cache_find(c, digest).scope_no, 0);
	CHECK_STR(owner(c, 7, &a), "none");
	scope_cache_add(c, 7, &one);
	scope_cache_add_digest(c, (struct scope_ref){ 7, 3 }, digest);
	scope_cache_add_owner(c, 3, "user:one");
	CHECK_INT(scope_cache_owner(c, "user:one"), 3);
	CHECK_INT(scope_cache_owner(c, "user:two"), 0);
	scope_cache_clear(c);
	CHECK_INT(scope_cache_owner(c, "user:one"), 0);
	CHECK_INT(scope_cache_find(c, digest).scope_no, 0);
	CHECK_STR(owner(c, 7, &a), "none");
	CHECK_STR(s.owner, "user:one");		/* a copy */
	arena_fini(&a);
	scope_cache_free(c);
}

/* More scopes than there are places. */
static void
test_taken_over(void)
{
	struct scope_cache *c = scope_cache_new();
	uint8_t first[HASH_LEN] = { 0 }, last[HASH_LEN] = { 0 };
	struct arena a = { 0 };
	int64_t i;

	first[31] = 1;
	last[31] = 2;
	scope_cache_add(c, 1, &one);
	scope_cache_add_digest(c, (struct scope_ref){ 1, 3 }, first);
	for (i = 2; i <= 5000; i++)
		scope_cache_add(c, i, &two);
	scope_cache_add_digest(c, (struct scope_ref){ 5000, 3 }, last);
	CHECK_STR(owner(c, 1, &a), "none");
	CHECK_INT(scope_cache_find(c, first).scope_no, 0);
	CHECK_STR(owner(c, 5000, &a), "user:two");
	CHECK_INT(scope_cache_find(c, last).scope_no, 5000);
	arena_fini(&a);
	scope_cache_free(c);
}

/* Interns two where one was rolled back: it gets the same number. */
static void
check_given_again(struct db *db, struct scope_ref first)
{
	struct arena a = { 0 };
	struct scope s;
	struct err err;
	struct scope_ref second, third;
	int64_t owner_no;

	CHECK_OK(store_scope_intern(db, &two, &second, &err), &err);
	CHECK_INT(second.scope_no, first.scope_no);
	CHECK_INT(second.owner_no, first.owner_no);
	CHECK_OK(store_owner_find(db, "user:one", &owner_no, &err), &err);
	CHECK_INT(owner_no, 0);
	CHECK_OK(store_scope_get(db, second.scope_no, &a, &s, &err), &err);
	CHECK_STR(s.owner, "user:two");
	CHECK_OK(store_scope_intern(db, &one, &third, &err), &err);
	CHECK(third.scope_no != second.scope_no);
	CHECK(third.owner_no != second.owner_no);
	arena_fini(&a);
}

static void
test_rollback(void)
{
	struct core c;
	struct err err;
	struct db *db;
	struct scope_ref first;

	lab_start(&c);
	db = ledger_db(c.ledger);
	CHECK_OK(db_begin(db, &err), &err);
	CHECK_OK(store_scope_intern(db, &one, &first, &err), &err);
	db_rollback(db);
	CHECK_OK(db_begin(db, &err), &err);
	check_given_again(db, first);
	db_rollback(db);
	lab_fini(&c);
}

static void
test_savepoint(void)
{
	struct core c;
	struct err err;
	struct db *db;
	struct scope_ref first;

	lab_start(&c);
	db = ledger_db(c.ledger);
	CHECK_OK(db_begin(db, &err), &err);
	CHECK_OK(db_savepoint(db, &err), &err);
	CHECK_OK(store_scope_intern(db, &one, &first, &err), &err);
	db_savepoint_rollback(db);
	check_given_again(db, first);
	db_rollback(db);
	lab_fini(&c);
}

const struct unit_test store_scope_cache_tests[] = {
	{ "a scope is found by its digest and by its number", test_found },
	{ "a newer scope takes the place of an older", test_taken_over },
	{ "a rollback makes the writer forget", test_rollback },
	{ "so does one to a savepoint", test_savepoint },
	{ NULL, NULL }
};
