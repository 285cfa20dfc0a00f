/*
 * What is in the base64 of the files, and the text around it.  Private to
 * signatures.
 */
#ifndef PLUGIN_SIGN_IMPL_H
#define PLUGIN_SIGN_IMPL_H

#include "plugin/sign.h"

/* All of them are bytes only, so that they are what is written. */
struct sign_wire_public {
	uint8_t	algorithm[2];	/* "Ed" */
	struct sign_public public;
};

struct sign_wire_signature {
	uint8_t	algorithm[2];	/* "Ed", or "ED" prehashed */
	uint8_t	id[SIGN_ID_LEN];
	uint8_t	sig[64];
};

struct sign_wire_secret {
	uint8_t	algorithm[2];	/* "Ed" */
	uint8_t	lock[2];	/* "Sc" scrypt, or 0 0 */
	uint8_t	check[2];	/* "B2" */
	uint8_t	salt[32];
	uint8_t	ops[8], memory[8];	/* little endian */
	struct sign_secret secret;	/* this and sum are locked */
	uint8_t	sum[32];	/* BLAKE2b of algorithm and secret */
};

#define SIGN_LOCKED	(sizeof(struct sign_secret) + 32)

/* A comment and the base64 of exactly len bytes, in lines line and line + 1. */
rh_status	sign_pair(struct str *text, int line, const char *before,
		    struct str *comment, void *out, size_t len, struct err *);
/* Nothing may follow the last pair, which ended before this line. */
rh_status	sign_end(struct str text, int line, struct err *);

#endif
