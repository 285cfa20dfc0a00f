/*
 * Tokens and kernel-given identities.  A token that came wins, even on the
 * Unix socket: who presents one wants to be that, or nobody.
 */
#include "http/identity.h"

#include "auth/policy.h"
#include "base/mem.h"
#include "ledger/host.h"

#include <stdlib.h>
#include <string.h>

#define TOKEN_MAX	256

static struct str
bearer(const struct request *r)
{
	const char *value = request_header(r, "Authorization");
	struct str token = { NULL, 0 };

	if (value == NULL || strncasecmp(value, "Bearer ", 7) != 0)
		return token;
	value += 7;
	value += strspn(value, " ");
	token = str_of(value);
	while (token.len > 0 && token.p[token.len - 1] == ' ')
		token.len--;
	if (token.len > TOKEN_MAX)
		token.len = 0;
	return token;
}

static void
by_token(struct request *r)
{
	struct str token = bearer(r);
	struct policy *policy;
	const char *principal = NULL;

	if (token.len == 0)
		return;
	policy = host_policy(r->http->host);
	if (token_hash(token, r->caller.token))
		principal = policy_token(policy, r->caller.token,
		    host_now(r->http->host));
	if (principal != NULL) {
		r->caller.kind = CALLER_TOKEN;
		r->caller.principal = arena_strdup(&r->arena, principal);
	}
	r->caller.bad_token = principal == NULL;
	policy_unref(policy);
}

void
identity_of(struct request *r)
{
	r->caller.kind = CALLER_ANONYMOUS;
	r->caller.principal = "anonymous";
	r->caller.source = r->conn->source;
	if (request_header(r, "Authorization") != NULL) {
		by_token(r);
		return;
	}
	if (!r->conn->local)
		return;
	r->caller.kind = CALLER_LOCAL;
	r->caller.principal = arena_printf(&r->arena, "local:%lu",
	    (unsigned long)r->conn->uid);
}

/* "https://host:port" against the Host header, "host:port". */
static bool
origin_is_own(const char *origin, const char *host)
{
	const char *authority = strstr(origin, "://");

	return authority != NULL && host != NULL &&
	    strcasecmp(authority + 3, host) == 0;
}

rh_status
identity_same_site(const struct request *r, const char *method,
    struct err *err)
{
	const char *origin = request_header(r, "Origin");
	const char *site = request_header(r, "Sec-Fetch-Site");

	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		return RH_OK;
	if ((origin == NULL ||
	    origin_is_own(origin, request_header(r, "Host"))) &&
	    (site == NULL || strcasecmp(site, "cross-site") != 0))
		return RH_OK;
	err_set(err, RH_EPERM, "this request came from a page of another "
	    "site");
	return err_hint(err, "call from a program, or from a page that this "
	    "host serves");
}
