/*
 * Who makes a request.  Nothing here is logged: what came as a token is
 * compared and forgotten.
 */
#ifndef HTTP_IDENTITY_H
#define HTTP_IDENTITY_H

#include "http/request.h"

/* Sets r->caller; what it points to is in r's arena. */
void	identity_of(struct request *);

/*
 * RH_EPERM when a browser sent this from another site: a request that
 * changes something, with an Origin that isn't the host it was sent to.
 */
rh_status	identity_same_site(const struct request *, const char *method,
		    struct err *);

#endif
