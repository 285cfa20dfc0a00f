/*
 * POST /api/actions/{name}: any action, its body and its bare reply.
 */
#include "http/routes.h"

struct call *
action_ask(struct request *r)
{
	struct call *call = request_call(r, r->param, &r->body, NULL);

	request_key(r, call);
	return call;
}

void
action_answer(struct request *r, struct reply *reply)
{
	call_render(r->call);
	reply->body = r->call->reply;
	r->call->reply = (struct buf){ 0 };
}
