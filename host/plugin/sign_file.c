/*
 * From the file beside a plugin to its signature.
 */
#include "plugin/sign.h"

#include "plugin/image.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static rh_status
read_text(int fd, char *out, size_t size, struct err *err)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = read(fd, out + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, RH_EIO, "read");
		if (n == 0)
			return err_set(err, RH_EIO, "became shorter while it "
			    "was read");
		done += (size_t)n;
	}
	return RH_OK;
}

/* NULL: can't be mapped. */
static uint8_t *
map(const struct image *image)
{
	void *bytes = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE,
	    image->memfd, 0);

	return bytes != MAP_FAILED ? bytes : NULL;
}

static rh_status
hash_image(struct signature *s, const struct image *image, struct err *err)
{
	uint8_t *bytes = map(image);

	if (bytes == NULL)
		return err_errno(err, RH_EIO, "map");
	sign_over(s, bytes, image->size);
	munmap(bytes, image->size);
	return RH_OK;
}

enum { NOT_JUDGED, JUDGING, JUDGED };

/* Once; a second key under the same id is judged each time. */
static void
remember(struct signature *s, const struct sign_public *key, bool verdict)
{
	int none = NOT_JUDGED;

	if (!atomic_compare_exchange_strong(&s->judged, &none, JUDGING))
		return;
	memcpy(s->judged_key, key->key, sizeof s->judged_key);
	s->verdict = verdict;
	atomic_store(&s->judged, JUDGED);
}

bool
sign_holds_image(struct signature *s, const struct sign_public *key,
    const struct image *image)
{
	uint8_t *bytes = NULL;
	bool holds;

	if (memcmp(s->id, key->id, sizeof s->id) != 0)
		return false;
	if (atomic_load(&s->judged) == JUDGED &&
	    memcmp(s->judged_key, key->key, sizeof s->judged_key) == 0)
		return s->verdict;
	if (!s->prehashed && (bytes = map(image)) == NULL)
		return false;
	holds = sign_holds(s, key, bytes, image->size);
	if (bytes != NULL)
		munmap(bytes, image->size);
	remember(s, key, holds);
	return holds;
}

rh_status
sign_find(int dir_fd, const char *file, const struct image *image,
    struct arena *a, struct signature **out, struct err *err)
{
	char name[NAME_MAX + 1 + sizeof SIGN_SUFFIX], text[SIGN_FILE_MAX];
	size_t size;
	rh_status rc;
	int fd;

	*out = NULL;
	snprintf(name, sizeof name, "%s" SIGN_SUFFIX, file);
	rc = image_file(dir_fd, name, sizeof text, &fd, &size, err);
	if (rc == RH_ENOENT)
		return RH_OK;
	if (rc != RH_OK)
		return rc;
	*out = arena_zalloc(a, sizeof **out);
	if ((rc = read_text(fd, text, size, err)) == RH_OK &&
	    (rc = sign_read((struct str){ text, size }, a, *out, err)) ==
	    RH_OK)
		rc = hash_image(*out, image, err);
	close(fd);
	return rc == RH_OK ? RH_OK : err_wrap(err, "%s", name);
}
