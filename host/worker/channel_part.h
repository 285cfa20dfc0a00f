/*
 * What a kind of channel is made of.  Inside worker/channel* only.
 */
#ifndef WORKER_CHANNEL_PART_H
#define WORKER_CHANNEL_PART_H

#include "worker/channel.h"

/*
 * As the functions of channel.h; a message's head has type, handle, seq, len.
 * take_fd: -1, or a descriptor that goes with it; closed, however it ends.
 */
struct channel_ops {
	rh_status (*send)(struct channel *, struct frame_head *,
		    const void *body, int take_fd);
	bool	(*flush)(struct channel *);
	int	(*recv)(struct channel *, struct frame_head *, struct str *,
		    struct err *);
	int	(*fd)(const struct channel *);
	int	(*take_fd)(struct channel *);	/* NULL: none ever comes */
	void	(*shut)(struct channel *);
	void	(*free)(struct channel *);
};

struct channel {
	const struct channel_ops *ops;
};

#endif
