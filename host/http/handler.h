/*
 * What libmicrohttpd calls: the way of a request through request.h.
 */
#ifndef HTTP_HANDLER_H
#define HTTP_HANDLER_H

#include <microhttpd.h>

/* cls of all is the struct door. */
enum MHD_Result	handler_request(void *cls, struct MHD_Connection *,
		    const char *url, const char *method, const char *version,
		    const char *upload, size_t *upload_size, void **state);
void		handler_completed(void *cls, struct MHD_Connection *,
		    void **state, enum MHD_RequestTerminationCode);
/* MHD_NO, and the connection is closed at once: the door has enough. */
enum MHD_Result	handler_admit(void *cls, const struct sockaddr *, socklen_t);
void		handler_connection(void *cls, struct MHD_Connection *,
		    void **state, enum MHD_ConnectionNotificationCode);
/* Percent-decodes in place; what is no code, or NUL, stays as written. */
size_t		handler_unescape(void *cls, struct MHD_Connection *, char *);

#endif
