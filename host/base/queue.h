/*
 * A bounded queue of pointers: any thread puts, one thread takes.  Order is
 * that of the puts.  Owns the slots, never what the pointers point to.
 */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

struct queue	*queue_new(size_t slots);
/* Nobody may use it any more; what it still holds is dropped.  NULL: fine. */
void		 queue_free(struct queue *);

/* Any thread.  False when full or closed: the item stays the caller's. */
bool		 queue_put(struct queue *, void *item);

/*
 * The consumer.  Waits until something is there, the queue is closed, or
 * timeout_ms have passed (0: does not wait, negative: for ever), then takes
 * up to max items in order.  Their number; 0 after close means drained.
 */
size_t		 queue_take(struct queue *, void **items, size_t max,
		    int64_t timeout_ms);

/* Refuses every later put and wakes the consumer; what is queued stays. */
void		 queue_close(struct queue *);
bool		 queue_is_closed(struct queue *);
size_t		 queue_len(struct queue *);

#endif
