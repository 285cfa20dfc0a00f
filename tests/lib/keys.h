/*
 * A key of minisign's for tests: that of the lab's plugin.
 */
#ifndef LIB_KEYS_H
#define LIB_KEYS_H

#define KEY_ID		"331A440960CA2EC6"
#define KEY_PUBLIC_1	"untrusted comment: minisign public key " KEY_ID
#define KEY_PUBLIC_2	"RWTGLspgCUQaM1H2pj87VIoFuPJRMGmYQ4DYfxaBIkhuog743KE+XA/l"
#define KEY_PUBLIC	KEY_PUBLIC_1 "\n" KEY_PUBLIC_2 "\n"
/* In JSON. */
#define KEY_PUBLIC_TEXT	KEY_PUBLIC_1 "\\n" KEY_PUBLIC_2 "\\n"
#define KEY_SECRET							\
	"untrusted comment: minisign encrypted secret key\n"		\
	"RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAxi7KYAlEGjPZ06kFdFT559R4nHhb8iqD+ow8Ki+Tuwm+OFrmdFMctFH2" \
	"pj87VIoFuPJRMGmYQ4DYfxaBIkhuog743KE+XA/lAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAA=\n"

#endif
