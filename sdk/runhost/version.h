/*
 * The version of this SDK, and how it grows.
 *
 * A minor adds: a member at the end of a struct, an extension, a constant.
 * It changes and removes nothing, so a plugin built with 1.0 loads in every
 * 1.x host.  A plugin built with 1.7 loads in a 1.0 host if it needs only
 * 1.0 and asks (RH_HAS, supports, extension) before it uses more.
 * A major may change everything but the first 16 bytes of struct rh_entry.
 *
 * Changes
 *   1.0	runners, actions, slash commands; progress, event, output,
 *		checkpoint, flush, state, call, wait, cancelled, log, finish
 *
 * Extensions are asked for by id and belong to no minor (ext/): granted,
 * net, secret.
 */
#ifndef RUNHOST_VERSION_H
#define RUNHOST_VERSION_H

#define RH_SDK_MAJOR	1
#define RH_SDK_MINOR	0

#define RH_VERSION(major, minor) \
	((uint32_t)(major) << 16 | (uint32_t)(minor))
#define RH_VERSION_MAJOR(v)		((uint32_t)(v) >> 16)
#define RH_VERSION_MINOR(v)		((uint32_t)(v) & 0xffffu)
#define RH_SDK_VERSION			RH_VERSION(RH_SDK_MAJOR, RH_SDK_MINOR)

#endif
