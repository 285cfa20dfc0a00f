/*
 * Secrets: passwords and keys that the host keeps and gives to a plugin at
 * the moment of use.  They are in no environment, argument, log or ledger.
 *
 *	const struct rh_secrets *secrets = host->extension(RH_SECRET);
 *
 * NULL in a host that doesn't know it.
 */
#ifndef RUNHOST_EXT_SECRET_H
#define RUNHOST_EXT_SECRET_H

#include <runhost/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RH_SECRET		"rh.secret/1"
#define RH_SECRET_MAX		65536	/* bytes of a value */

struct rh_secrets {
	uint32_t size;
	uint32_t reserved;	/* 0 */

	/*
	 * The value of a secret goes to sink: any bytes, as they were set,
	 * never more than RH_SECRET_MAX.  What the host lent is wiped when
	 * this returns; a plugin wipes its own copies, and puts them in no
	 * output, event, log or result.  Any thread, while the invocation
	 * lives.  When it is not RH_OK, sink is told the reason in words
	 * instead: look at the status first.
	 *
	 *   RH_EPERM	not granted: the plugin holds no secret:NAME
	 *   RH_ENOENT	there is no such secret
	 *   RH_EIO	it can't be read, or isn't kept as it must be
	 *   RH_ENOSYS	this runtime has none
	 *
	 * Each use leaves a row in the audit log, with the name.
	 */
	rh_status (*get)(uint64_t handle, const char *name,
	    uint64_t name_len, rh_sink sink, void *ctx);
};

#ifdef __cplusplus
}
#endif
#endif
