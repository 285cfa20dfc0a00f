/*
 * A hash table of invocations: with fault points and log level the only
 * mutable state that outlives a call, since the functions of the host table
 * are given a handle and nothing else.
 */
#include "worker/live.h"

#include "worker/serve.h"

#define BUCKETS	256

static pthread_mutex_t live_lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(bucket, invocation) buckets[BUCKETS];

/* Handles count up in their lower half. */
static struct bucket *
bucket_of(uint64_t handle)
{
	return &buckets[handle % BUCKETS];
}

static struct invocation *
find(uint64_t handle)
{
	struct invocation *v;

	LIST_FOREACH(v, bucket_of(handle), live)
		if (v->handle == handle)
			return v;
	return NULL;
}

bool
live_add(struct invocation *v)
{
	bool is_new;

	pthread_mutex_lock(&live_lock);
	is_new = find(v->handle) == NULL;
	if (is_new) {
		invocation_ref(v);
		LIST_INSERT_HEAD(bucket_of(v->handle), v, live);
	}
	pthread_mutex_unlock(&live_lock);
	return is_new;
}

void
live_remove(struct invocation *v)
{
	pthread_mutex_lock(&live_lock);
	LIST_REMOVE(v, live);
	pthread_mutex_unlock(&live_lock);
	invocation_unref(v);
}

struct invocation *
live_get(uint64_t handle)
{
	struct invocation *v;

	pthread_mutex_lock(&live_lock);
	v = find(handle);
	if (v != NULL)
		invocation_ref(v);
	pthread_mutex_unlock(&live_lock);
	return v;
}
