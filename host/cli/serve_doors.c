/*
 * The doors of a host that is put together.
 */
#include "cli/serve.h"

#include "action/action.h"
#include "base/mem.h"
#include "cli/datadir.h"
#include "cli/print.h"
#include "json/write.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "ADDR:PORT", "[V6]:PORT"; the address is cut out of copy. */
static rh_status
split_listen(const char *listen, char *copy, size_t size, uint16_t *port,
    struct err *err)
{
	const char *colon = strrchr(listen, ':');
	int64_t n = 0;

	if (colon == NULL || (size_t)(colon - listen) >= size ||
	    !str_i64(str_of(colon + 1), 0, 65535, &n)) {
		err_set(err, RH_EINPUT, "listen \"%s\": must be ADDR:PORT",
		    listen);
		return err_hint(err, "as 127.0.0.1:8714; port 0 picks one");
	}
	memcpy(copy, listen, (size_t)(colon - listen));
	copy[colon - listen] = '\0';
	*port = (uint16_t)n;
	return RH_OK;
}

static bool
has_tcp(const struct serve *s)
{
	return strcmp(s->cfg->listen, "none") != 0;
}

static size_t
action_count(void)
{
	const struct action *a;
	size_t n = 0;

	for (a = action_table; a->name != NULL; a++)
		n += a->who != PERM_INTERNAL;
	return n;
}

rh_status
serve_prepare_doors(struct serve *s, struct err *err)
{
	const struct config *c = s->cfg;
	char *sock = datadir_path(c->data, DATA_SOCKET);
	char address[256];
	struct http_config cf = {
		.tls_cert = c->http.tls_cert, .tls_key = c->http.tls_key,
		.insecure = c->http.insecure_listen,
		.socket_path = sock, .owner = geteuid(),
		.version = PACKAGE_VERSION, .action_count = action_count(),
		.limits = http_limits_default,
	};
	rh_status rc = RH_OK;

	cf.limits.body_bytes = (size_t)c->http.body_max;
	cf.limits.request_ms = (int)c->http.request_deadline_ms;
	cf.limits.connections = (unsigned)c->http.connections;
	cf.limits.per_address = (unsigned)c->http.connections_per_address;
	cf.limits.streams = (unsigned)c->http.streams;
	cf.limits.streams_each = (unsigned)c->quota.streams;
	cf.limits.per_second = (unsigned)c->quota.requests_per_s;
	cf.limits.heartbeat_ms = (int)c->http.heartbeat_ms;
	if (has_tcp(s)) {
		rc = split_listen(c->listen, address, sizeof address,
		    &cf.port, err);
		cf.address = address;
	}
	if (rc == RH_OK)
		rc = http_open(&cf, &s->http, err);
	free(sock);
	return rc;
}

void
serve_say_where(const struct serve *s)
{
	const struct config *c = s->cfg;
	char *at[2] = { NULL, datadir_path(c->data, DATA_SOCKET) };
	struct buf text = { 0 };
	struct json_out w;
	size_t i;

	if (has_tcp(s))
		at[0] = mem_printf("%s://%.*s:%u",
		    c->http.tls_cert != NULL ? "https" : "http",
		    (int)(strrchr(c->listen, ':') - c->listen), c->listen,
		    (unsigned)http_port(s->http));
	jw_init(&w, &text);
	jw_object(&w);
	jw_name(&w, "listening");
	jw_array(&w);
	for (i = 0; i < ARRAY_LEN(at); i++) {
		if (at[i] == NULL)
			continue;
		jw_text(&w, at[i]);
		if (!s->cli->json)
			fprintf(s->cli->out, "listening on %s\n", at[i]);
		free(at[i]);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	if (s->cli->json)
		print_json(s->cli->out, text.p, text.len);
	fflush(s->cli->out);
	buf_fini(&text);
}
