/*
 * A channel is a socket's or a process's own: by its table.
 */
#include "worker/channel_part.h"

#include <assert.h>

void
channel_free(struct channel *c)
{
	if (c != NULL)
		c->ops->free(c);
}

int
channel_fd(const struct channel *c)
{
	return c->ops->fd(c);
}

void
channel_shut(struct channel *c)
{
	c->ops->shut(c);
}

rh_status
channel_send(struct channel *c, enum frame_type type, uint64_t handle,
    uint32_t seq, const void *body, size_t len)
{
	struct frame_head h = {
		.type = (uint8_t)type, .handle = handle, .seq = seq,
		.len = (uint32_t)len,
	};

	if (len > MESSAGE_MAX)
		return RH_ETOOBIG;
	return c->ops->send(c, &h, body, -1);
}

rh_status
channel_send_fd(struct channel *c, uint64_t handle, uint32_t seq,
    const void *body, size_t len, int take_fd)
{
	struct frame_head h = {
		.type = FRAME_REPLY, .handle = handle, .seq = seq,
		.len = (uint32_t)len,
	};

	assert(len <= FRAME_BODY_MAX);
	return c->ops->send(c, &h, body, take_fd);
}

int
channel_take_fd(struct channel *c)
{
	return c->ops->take_fd != NULL ? c->ops->take_fd(c) : -1;
}

bool
channel_flush(struct channel *c)
{
	return c->ops->flush(c);
}

int
channel_recv(struct channel *c, struct frame_head *h, struct str *body,
    struct err *err)
{
	return c->ops->recv(c, h, body, err);
}
