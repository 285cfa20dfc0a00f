/*
 * The first administrator's token, made at the first start.
 */
#ifndef CLI_BOOTSTRAP_H
#define CLI_BOOTSTRAP_H

#include "base/err.h"

struct host;

/*
 * At the first start: a token with the role admin in DATA/admin.token
 * (0600).  Afterwards nothing, even when the file was removed.
 */
rh_status	bootstrap_token(struct host *, const char *data, struct err *);

#endif
