/*
 * key generate and plugin sign, which need no host; key trust, list, revoke.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/datadir.h"
#include "cli/keyfile.h"
#include "cli/print.h"
#include "cli/reply.h"
#include "json/write.h"
#include "plugin/image.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* "WORDS" for people, or { "key_id": …, "file": … }. */
static void
say(const struct cli *cli, const uint8_t id[SIGN_ID_LEN], const char *file,
    const char *words)
{
	char name[SIGN_NAME_LEN];
	struct buf b = { 0 };
	struct json_out w;

	sign_name(id, name);
	if (!cli->json) {
		fprintf(cli->out, "key %s: %s %s\n", name, words, file);
		return;
	}
	jw_init(&w, &b);
	jw_object(&w);
	jw_m_text(&w, "key_id", name);
	jw_m_text(&w, "file", file);
	jw_end_object(&w);
	print_json(cli->out, b.p, b.len);
	buf_fini(&b);
}

int
cmd_key_generate(struct cli *cli)
{
	const char *path = cli_operand(cli, 0);
	struct sign_secret key;
	struct sign_public public;
	struct err err = { 0 };
	rh_status rc;

	sign_generate(&key, &public);
	rc = keyfile_make(cli, path, &key, &err);
	hash_wipe(&key, sizeof key);
	if (rc != RH_OK)
		return cli_fail(cli, &err);
	say(cli, public.id, path, "written to");
	return EXIT_OK;
}

/* One line, as the file of a signature has it. */
static rh_status
check_comment(const char *comment, struct err *err)
{
	size_t len = strlen(comment), i;

	for (i = 0; i < len; i++)
		if ((unsigned char)comment[i] < ' ' && comment[i] != '\t')
			break;
	if (i < len || len > SIGN_COMMENT_MAX || !str_utf8(comment, len))
		return err_set(err, RH_EINPUT, "--comment takes one line of up "
		    "to %d bytes of UTF-8", SIGN_COMMENT_MAX);
	return RH_OK;
}

static rh_status
write_signature(const struct sign_secret *key, const struct image *image,
    const char *path, const char *comment, struct err *err)
{
	uint8_t *bytes = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE,
	    image->memfd, 0);
	struct buf text = { 0 };
	rh_status rc;

	if (bytes == MAP_FAILED)
		return err_errno(err, RH_EIO, "map");
	sign_make(key, bytes, image->size, comment, &text);
	munmap(bytes, image->size);
	rc = datadir_write(path, text.p, text.len, err);
	if (rc == RH_OK && chmod(path, 0644) != 0)
		rc = err_errno(err, RH_EIO, "\"%s\"", path);
	buf_fini(&text);
	return rc;
}

/* The bytes as a host would take them. */
static rh_status
open_module(const char *path, struct image *image, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? mem_strdup(".") :
	    mem_printf("%.*s/", (int)(slash - path), path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rh_status rc;

	if (fd < 0)
		rc = err_errno(err, RH_EIO, "directory \"%s\"", dir);
	else {
		rc = image_open(fd, slash == NULL ? path : slash + 1, image,
		    err);
		close(fd);
	}
	free(dir);
	return rc;
}

static rh_status
sign_file(const struct cli *cli, const char *path, const char *out,
    struct sign_secret *key, struct err *err)
{
	const char *slash = strrchr(path, '/');
	const char *comment = cli_opt(cli, "comment");
	char *usual = mem_printf("timestamp:%lld\tfile:%s",
	    (long long)time(NULL), slash == NULL ? path : slash + 1);
	struct image image = { .memfd = -1 };
	rh_status rc;

	if (comment == NULL)
		comment = usual;
	if ((rc = check_comment(comment, err)) == RH_OK &&
	    (rc = open_module(path, &image, err)) == RH_OK &&
	    (rc = keyfile_secret(cli, cli_opt(cli, "key"), key, err)) ==
	    RH_OK)
		rc = write_signature(key, &image, out, comment, err);
	image_close(&image);
	free(usual);
	return rc;
}

int
cmd_plugin_sign(struct cli *cli)
{
	const char *path = cli_operand(cli, 0);
	struct sign_secret key = { .id = { 0 } };
	struct err err = { 0 };
	rh_status rc;
	char *out;

	if (cli_opt(cli, "key") == NULL)
		return cli_usage(cli, "--key FILE is missing: which key signs");
	out = mem_printf("%s" SIGN_SUFFIX, path);
	if ((rc = sign_file(cli, path, out, &key, &err)) == RH_OK)
		say(cli, key.id, out, "signature written to");
	hash_wipe(&key, sizeof key);
	free(out);
	return rc == RH_OK ? EXIT_OK : cli_fail(cli, &err);
}

static void
show_trusted(const struct cli *cli, struct reply *r)
{
	fprintf(cli->out, "key %s is trusted\n", reply_word(r, 0, "key_id"));
}

int
cmd_key_trust(struct cli *cli)
{
	struct buf text = { 0 };
	struct err err = { 0 };
	struct member members[] = {
		{ .name = "public_key" },
		{ .name = "label", .text = cli_opt(cli, "label") },
		{ .name = NULL }
	};
	char *body;
	int code;

	if (keyfile_text(cli_operand(cli, 0), &text, &err) != RH_OK) {
		buf_fini(&text);
		return cli_fail(cli, &err);
	}
	members[0].text = text.p;
	body = body_of(members);
	code = call_action(cli, "key_trust", body, show_trusted);
	free(body);
	buf_fini(&text);
	return code;
}

static void
show_list(const struct cli *cli, struct reply *r)
{
	static const struct column columns[] = {
		{ "KEY",	"key_id",	SHOW_TEXT },
		{ "LABEL",	"label",	SHOW_TEXT },
		{ "TRUSTED",	"created_at",	SHOW_TIME },
		{ "BY",		"created_by",	SHOW_TEXT },
		{ "REVOKED",	"revoked_at",	SHOW_TIME },
		{ "BY",		"revoked_by",	SHOW_TEXT },
		{ NULL, NULL, SHOW_END }
	};

	reply_table(cli, r, "items", columns);
}

int
cmd_key_list(struct cli *cli)
{
	return call_action(cli, "key_list", "{}", show_list);
}

static void
show_revoked(const struct cli *cli, struct reply *r)
{
	fprintf(cli->out, "key %s is revoked\n", reply_word(r, 0, "key_id"));
}

int
cmd_key_revoke(struct cli *cli)
{
	struct member members[] = {
		{ .name = "key_id", .text = cli_operand(cli, 0) },
		{ .name = NULL }
	};
	char *body = body_of(members);
	int code = call_action(cli, "key_revoke", body, show_revoked);

	free(body);
	return code;
}
