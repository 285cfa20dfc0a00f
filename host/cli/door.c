/*
 * The door to a host, for commands.
 */
#include "cli/door.h"

#include "base/hash.h"
#include "base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define TOKEN_MAX	512
#define REPLY_MAX	(64 * 1024 * 1024)
#define CONNECT_MS	5000
#define TIMEOUT_S	30

static const struct json_limits reply_limits = {
	.size = REPLY_MAX, .tokens = 4000000, .string = REPLY_MAX,
	.members = 10000,
};

static rh_status
check_token_file(const char *path, int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(err, RH_EIO, "token file \"%s\"", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, RH_EINPUT,
		    "token file \"%s\" is not a regular file", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(err, RH_EINPUT, "token file \"%s\" belongs to "
		    "uid %u, not to you", path, (unsigned)st.st_uid);
	if ((st.st_mode & 077) == 0)
		return RH_OK;
	err_set(err, RH_EINPUT, "token file \"%s\" is open to others (mode "
	    "%03o)", path, st.st_mode & 0777);
	return err_hint(err, "chmod 600 %s", path);
}

static rh_status
read_token(const char *path, int fd, char **token, struct err *err)
{
	char text[TOKEN_MAX + 2];
	size_t len, i;
	ssize_t n;

	if ((n = read(fd, text, sizeof text - 1)) < 0)
		return err_errno(err, RH_EIO, "token file \"%s\"", path);
	text[n] = '\0';
	len = strcspn(text, "\r\n");
	for (i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			break;
	if (len == 0 || len > TOKEN_MAX || i < len) {
		hash_wipe(text, sizeof text);
		return err_set(err, RH_EINPUT, "token file \"%s\" holds no "
		    "token: one line of at most %d visible characters is "
		    "expected", path, TOKEN_MAX);
	}
	*token = mem_strndup(text, len);
	hash_wipe(text, sizeof text);
	return RH_OK;
}

rh_status
door_token(const char *path, char **token, struct err *err)
{
	rh_status rc;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_errno(err, errno == ENOENT ? RH_EINPUT : RH_EIO,
		    "token file \"%s\"", path);
	if ((rc = check_token_file(path, fd, err)) == RH_OK)
		rc = read_token(path, fd, token, err);
	close(fd);
	return rc;
}

/* What the options, or else the environment, say of the host. */
struct place {
	const char *data;
	const char *url;
	const char *token_file;
	const char *ca_file;
	int64_t	timeout_ms;
	bool	forgets;
};

static const char *
env(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

static rh_status
find_place(const struct cli *cli, struct place *p, struct err *err)
{
	p->data = cli_opt(cli, "data");
	p->url = cli_opt(cli, "url");
	p->token_file = cli_opt(cli, "token-file");
	p->ca_file = cli_opt(cli, "ca-file");
	p->timeout_ms = cli_int(cli, "request-timeout", TIMEOUT_S) * 1000;
	if (p->data != NULL && p->url != NULL)
		return err_set(err, RH_EINPUT,
		    "--data and --url both name a host; give one of them");
	if (p->data != NULL)
		return RH_OK;
	/* A token of the environment is meant for a URL. */
	if (p->url == NULL)
		p->url = env("RUNHOST_URL");
	if (p->url == NULL)
		p->data = env("RUNHOST_DATA");
	if (p->url != NULL && p->token_file == NULL)
		p->token_file = env("RUNHOST_TOKEN_FILE");
	if (p->url != NULL || p->data != NULL)
		return RH_OK;
	err_set(err, RH_EINPUT, "no host is named");
	return err_hint(err, "give --data DIR, or --url URL and --token-file "
	    "FILE, or set RUNHOST_DATA or RUNHOST_URL");
}

/*
 * The path of the socket.  A name too long for sockaddr_un is reached
 * through the directory's descriptor.
 */
static rh_status
socket_path(struct door *d, const char *data, char **out, struct err *err)
{
	struct sockaddr_un addr;
	struct stat st;

	if (stat(data, &st) != 0 || !S_ISDIR(st.st_mode)) {
		err_set(err, RH_EUNAVAIL, "there is no data directory \"%s\"",
		    data);
		return err_hint(err, "runhost serve --data %s", data);
	}
	d->local = true;
	d->owner = st.st_uid;
	*out = mem_printf("%s/host.sock", data);
	if (strlen(*out) < sizeof addr.sun_path)
		return RH_OK;
	free(*out);
	d->dir_fd = open(data, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*out = mem_printf("/proc/self/fd/%d/host.sock", d->dir_fd);
	return RH_OK;
}

static rh_status
check_url(const char *url, struct err *err)
{
	if (strncmp(url, "http://", 7) == 0 ||
	    strncmp(url, "https://", 8) == 0)
		return RH_OK;
	return err_set(err, RH_EINPUT,
	    "\"%s\" is not an http:// or https:// URL", url);
}

static rh_status
open_place(const struct place *p, struct door *d, struct err *err)
{
	struct httpc_options o = { .connect_ms = CONNECT_MS };
	char *token = NULL, *path = NULL, *url = NULL;
	rh_status rc;
	size_t n;

	*d = (struct door){ .dir_fd = -1 };
	if (p->url != NULL && (rc = check_url(p->url, err)) != RH_OK)
		return rc;
	if (p->data != NULL && (rc = socket_path(d, p->data, &path, err)) != RH_OK)
		return rc;
	if (p->token_file != NULL &&
	    (rc = door_token(p->token_file, &token, err)) != RH_OK)
		goto out;
	url = mem_strdup(p->url != NULL ? p->url : "http://localhost");
	for (n = strlen(url); n > 0 && url[n - 1] == '/'; n--)
		url[n - 1] = '\0';
	d->where = mem_strdup(p->url != NULL ? p->url : p->data);
	o.base_url = url;
	o.unix_path = path;
	o.token = token;
	o.ca_file = p->ca_file;
	o.timeout_ms = p->timeout_ms;
	o.forgets = p->forgets;
	if (o.connect_ms > o.timeout_ms)
		o.connect_ms = o.timeout_ms;
	o.body_max = REPLY_MAX;
	d->http = httpc_open(&o);
out:
	if (token != NULL)
		hash_wipe(token, strlen(token));
	free(token);
	free(path);
	free(url);
	return rc;
}

rh_status
door_open(const struct cli *cli, struct door *d, struct err *err)
{
	struct place p = { 0 };
	rh_status rc;

	*d = (struct door){ .dir_fd = -1 };
	rc = find_place(cli, &p, err);
	return rc != RH_OK ? rc : open_place(&p, d, err);
}

rh_status
door_open_for(const struct cli *cli, int64_t timeout_ms, struct door *d,
    struct err *err)
{
	struct place p = { 0 };
	rh_status rc;

	*d = (struct door){ .dir_fd = -1 };
	if ((rc = find_place(cli, &p, err)) != RH_OK)
		return rc;
	p.timeout_ms = timeout_ms;
	p.forgets = true;
	return open_place(&p, d, err);
}

rh_status
door_open_data(const char *data, struct door *d, struct err *err)
{
	const struct place p = { .data = data, .timeout_ms = TIMEOUT_S * 1000 };

	return open_place(&p, d, err);
}

void
door_close(struct door *d)
{
	httpc_close(d->http);
	free(d->where);
	if (d->dir_fd >= 0)
		close(d->dir_fd);
	*d = (struct door){ .dir_fd = -1 };
}

void
reply_free(struct reply *r)
{
	buf_fini(&r->raw.body);
	arena_fini(&r->arena);
	memset(r, 0, sizeof *r);
}

char *
door_path(const char *before, const char *id, const char *after)
{
	struct buf out = { 0 };
	const char *p;

	buf_adds(&out, before);
	for (p = id; *p != '\0'; p++) {
		if (isalnum((unsigned char)*p) || strchr("-_.~", *p) != NULL)
			buf_addc(&out, *p);
		else
			buf_printf(&out, "%%%02X", (unsigned char)*p);
	}
	buf_adds(&out, after);
	return buf_take(&out);
}

rh_status
door_refusal(const struct httpc_reply *raw, struct err *err)
{
	const char *error = NULL, *hint = NULL, *code = NULL;
	struct arena arena = { 0 };
	struct json_doc doc;
	rh_status rc;

	if (raw->body.len > 0 && json_parse(&arena, raw->body.p,
	    raw->body.len, &reply_limits, &doc, NULL) == RH_OK &&
	    json_type(&doc, 0) == JSON_OBJECT) {
		json_opt_str(&doc, 0, "error", 65536, &arena, &error, NULL);
		json_opt_str(&doc, 0, "hint", 65536, &arena, &hint, NULL);
		json_opt_str(&doc, 0, "reason_code", 256, &arena, &code, NULL);
	}
	rc = err_status_of(code, raw->status);
	if (error == NULL)
		err_set(err, rc, "HTTP status %d, and not an answer of "
		    "runhost", raw->status);
	else
		/* The command line has no body: a field is an option of it. */
		err_set(err, rc, "%s", strncmp(error, "body.", 5) == 0 ?
		    error + 5 : error);
	if (hint != NULL)
		err_hint(err, "%s", hint);
	arena_fini(&arena);
	return rc;
}

rh_status
reply_parse(struct reply *r, struct err *err)
{
	return json_parse(&r->arena, r->raw.body.p != NULL ? r->raw.body.p :
	    "", r->raw.body.len, &reply_limits, &r->doc, err);
}

rh_status
door_send(struct door *d, const struct httpc_request *rq, struct reply *r,
    struct err *err)
{
	rh_status rc;

	memset(r, 0, sizeof *r);
	if ((rc = httpc_send(d->http, rq, &r->raw, err)) != RH_OK) {
		if (rc == RH_EUNAVAIL)
			err_hint(err, "is the host running? start it with "
			    "\"runhost serve\"");
		return rc;
	}
	if (r->raw.status < 200 || r->raw.status > 299)
		return door_refusal(&r->raw, err);
	if (reply_parse(r, err) == RH_OK)
		return RH_OK;
	err->status = RH_EPROTO;
	return err_wrap(err, "what answers at \"%s\" is not runhost",
	    d->where);
}

rh_status
door_get(struct door *d, const char *path, struct reply *r, struct err *err)
{
	struct httpc_request rq = { .method = "GET", .path = path };

	return door_send(d, &rq, r, err);
}

rh_status
door_post(struct door *d, const char *path, const char *body,
    struct reply *r, struct err *err)
{
	struct httpc_request rq = {
		.method = "POST", .path = path, .body = body,
		.body_len = strlen(body),
	};

	return door_send(d, &rq, r, err);
}

rh_status
door_action(struct door *d, const char *name, const char *body,
    struct reply *r, struct err *err)
{
	char *path = door_path("/api/actions/", name, "");
	rh_status rc = door_post(d, path, body, r, err);

	free(path);
	return rc;
}
