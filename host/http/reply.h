/*
 * Answers on their way out: the envelope of errors, and the headers that
 * every answer has.
 */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "http/request.h"

/* {ok:false, data:null, error, hint, reason_code} and its HTTP status. */
void	reply_error(struct reply *, const struct err *);

/* The same as a whole HTTP answer, to be written to a socket; to be freed. */
char	*reply_whole(const struct err *);

/*
 * Hands the reply to libmicrohttpd; reply is empty afterwards.  False: the
 * connection must be dropped.
 */
bool	reply_send(struct request *, struct reply *);

#endif
