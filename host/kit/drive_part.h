/*
 * What the two files of drive share.  Inside kit/ only.
 */
#ifndef KIT_DRIVE_PART_H
#define KIT_DRIVE_PART_H

#include "kit/drive.h"
#include "worker/protocol.h"

/* Passes it on to who looks on, with its time. */
void		drive_tell(struct drive *, struct deed *);

/* Writes down and answers one frame.  RH_EPROTO: it is of another form. */
rh_status	drive_frame(struct drive *, const struct frame_head *,
		    struct str body, struct err *);

#endif
