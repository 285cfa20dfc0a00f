/*
 * A channel is a socket's or a process's own: by its table.
 */
#include "worker/channel_part.h"

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
	return c->ops->send(c, &h, body);
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
