/*
 * What a call answered.  One list for the host, its doors and its plugins;
 * the words that HTTP and the command line use for each are in
 * docs/reason-codes.md.
 *
 * Values never change their meaning; new ones are appended.  A reader that
 * meets a value it does not know treats it as RH_EINTERNAL.
 */
#ifndef RUNHOST_STATUS_H
#define RUNHOST_STATUS_H

#include <stdint.h>

typedef int32_t rh_status;

#define RH_OK		0
#define RH_EINPUT	1	/* a field is missing, mistyped, out of range */
#define RH_EREQUEST	2	/* the request as a whole makes no sense */
#define RH_EJSON	3	/* not JSON */
#define RH_EAUTH	4	/* no identity, or an unknown token */
#define RH_EPERM	5	/* identity known, permission missing */
#define RH_ENOENT	6	/* no such thing, or not yours */
#define RH_ECONFLICT	7	/* another such thing stands in the way */
#define RH_ESTATE	8	/* not in the state that this needs */
#define RH_ESTALE	9	/* the attempt, handle or lease has ended */
#define RH_ETOOBIG	10	/* larger than the documented limit */
#define RH_ERATE	11	/* this caller's limit is reached */
#define RH_EBUSY	12	/* the host's queue is full; come back */
#define RH_EUNKNOWN	13	/* done or not: ask op_get */
#define RH_EFULL	14	/* the disk is full; reads go on */
#define RH_EDEADLINE	15	/* the deadline passed first */
#define RH_ECANCELED	16	/* cancelled first */
#define RH_ENOSYS	17	/* this host or plugin has no such ability */
#define RH_EVERSION	18	/* built for another version of the SDK */
#define RH_EPROTO	19	/* a message that the protocol forbids */
#define RH_EDEADLOCK	20	/* waiting would never end */
#define RH_EUNAVAIL	21	/* starting, stopping or degraded */
#define RH_EIO		22	/* the operating system or disk refused */
#define RH_EINTERNAL	23	/* our own fault */
#define RH_EKEYREUSE	24	/* idempotency key used with another body */
#define RH_EHEADERS	25	/* HTTP header larger than the limit */
#define RH_EMETHOD	26	/* HTTP method not served at this path */
#define RH_EPLUGIN	27	/* the plugin failed, died or misbehaved */
#define RH_ERUNS	28	/* the owner's quota of live runs is used up */
#define RH_EBYTES	29	/* the owner's quota of stored bytes is used up */
#define RH_ESTREAMS	30	/* the caller's quota of open streams is used up */
#define RH_ELATE	31	/* the request didn't come whole in time */

#endif
