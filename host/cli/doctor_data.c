/*
 * The doctor's look at the configuration and the data directory.
 */
#include "cli/doctor.h"

#include "base/buf.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Where SQLite's locks and fsync can't be relied upon, or nearly so. */
static const struct {
	unsigned long magic;
	const char *name;
	enum finding_state state;
	const char *todo;
} filesystems[] = {
	{ 0x6969,	"NFS",	FINDING_FAIL, "move the data directory to a local disk: locks and fsync over the network can't be relied upon" },
	{ 0x517b,	"SMB",	FINDING_FAIL, "move the data directory to a local disk" },
	{ 0xff534d42,	"CIFS",	FINDING_FAIL, "move the data directory to a local disk" },
	{ 0xfe534d42,	"SMB2",	FINDING_FAIL, "move the data directory to a local disk" },
	{ 0x00c36400,	"Ceph",	FINDING_FAIL, "move the data directory to a local disk" },
	{ 0x01021997,	"9p",	FINDING_FAIL, "move the data directory to a local disk" },
	{ 0x5346414f,	"AFS",	FINDING_FAIL, "move the data directory to a local disk" },
	{ 0x794c7630,	"overlay", FINDING_WARN, "a container's own layer goes with the container: mount a volume for the data directory" },
	{ 0x01021994,	"tmpfs", FINDING_WARN, "everything is lost at the next boot: use a disk" },
	{ 0x65735546,	"FUSE",	FINDING_WARN, "make sure that it keeps locks and fsync" },
	{ 0x0000ef53,	"ext4",	FINDING_OK, NULL },
	{ 0x58465342,	"XFS",	FINDING_OK, NULL },
	{ 0x9123683e,	"btrfs", FINDING_OK, NULL },
	{ 0x2fc12fc1,	"ZFS",	FINDING_OK, NULL },
	{ 0xf2f52010,	"F2FS",	FINDING_OK, NULL },
};

void
doctor_config(const struct patient *p, struct finding *f)
{
	if (p->cfg == NULL) {
		finding_set(f, FINDING_FAIL, "%s", p->config_err->msg);
		finding_todo(f, "%s", p->config_err->hint);
		return;
	}
	if (p->cfg->file != NULL)
		finding_set(f, FINDING_OK, "\"%s\" is fine", p->cfg->file);
	else
		finding_set(f, FINDING_OK, "no file; defaults, environment");
}

void
doctor_data(const struct patient *p, struct finding *f)
{
	struct stat st;

	if (p->data == NULL)
		return;
	if (stat(p->data, &st) != 0) {
		finding_set(f, errno == ENOENT ? FINDING_WARN : FINDING_FAIL,
		    "\"%s\": %s", p->data, strerror(errno));
		finding_todo(f, "the first \"runhost serve\" makes it");
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		finding_set(f, FINDING_FAIL, "\"%s\" is no directory",
		    p->data);
		return;
	}
	if (st.st_uid != geteuid() && geteuid() != 0) {
		finding_set(f, FINDING_FAIL, "\"%s\" belongs to uid %u",
		    p->data, (unsigned)st.st_uid);
		finding_todo(f, "run this as that user");
		return;
	}
	if ((st.st_mode & 077) != 0) {
		finding_set(f, FINDING_FAIL, "\"%s\" is open to others (mode "
		    "%03o)", p->data, st.st_mode & 0777);
		finding_todo(f, "chmod 700 %s", p->data);
		return;
	}
	finding_set(f, FINDING_OK, "\"%s\", mode 700, uid %u", p->data,
	    (unsigned)st.st_uid);
}

/* Files that only the owner may open: everything but the socket. */
static void
look_at_file(int dir, const char *name, struct buf *open_ones)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode) || (st.st_mode & 077) == 0 ||
	    strcmp(name, CONFIG_NAME) == 0)
		return;
	buf_printf(open_ones, open_ones->len > 0 ? " %s" : "%s", name);
}

void
doctor_secrets(const struct patient *p, struct finding *f)
{
	struct buf open_ones = { 0 };
	struct dirent *e;
	int count = 0;
	DIR *dir;

	if (p->data == NULL || (dir = opendir(p->data)) == NULL)
		return;
	for (; (e = readdir(dir)) != NULL; count++)
		look_at_file(dirfd(dir), e->d_name, &open_ones);
	closedir(dir);
	if (open_ones.len == 0) {
		finding_set(f, FINDING_OK, "nobody else can open the files");
	} else {
		finding_set(f, FINDING_WARN, "open to others: %s",
		    open_ones.p);
		finding_todo(f, "chmod go= %s/*", p->data);
	}
	buf_fini(&open_ones);
}

/* The nearest directory above that is there; the caller frees. */
static char *
existing(const char *path)
{
	char *copy = mem_strdup(path), *slash;

	while (access(copy, F_OK) != 0 &&
	    (slash = strrchr(copy, '/')) != NULL && slash != copy)
		*slash = '\0';
	return copy;
}

void
doctor_filesystem(const struct patient *p, struct finding *f)
{
	struct statfs fs;
	char *path;
	size_t i;

	if (p->data == NULL)
		return;
	path = existing(p->data);
	if (statfs(path, &fs) != 0) {
		finding_set(f, FINDING_WARN, "\"%s\": %s", path,
		    strerror(errno));
		free(path);
		return;
	}
	free(path);
	for (i = 0; i < ARRAY_LEN(filesystems); i++) {
		if (filesystems[i].magic != ((unsigned long)fs.f_type &
		    0xffffffffUL))
			continue;
		finding_set(f, filesystems[i].state, "%s",
		    filesystems[i].name);
		if (filesystems[i].todo != NULL)
			finding_todo(f, "%s", filesystems[i].todo);
		return;
	}
	finding_set(f, FINDING_OK, "type %#lx", (unsigned long)fs.f_type);
}

void
doctor_space(const struct patient *p, struct finding *f)
{
	unsigned long long room, low = 64 << 20;
	struct statvfs fs;
	char *path;
	int rc;

	if (p->data == NULL)
		return;
	path = existing(p->data);
	rc = statvfs(path, &fs);
	free(path);
	if (rc != 0)
		return;
	room = (unsigned long long)fs.f_bavail * fs.f_frsize;
	if (p->cfg != NULL)
		low = (unsigned long long)p->cfg->disk_low_water_bytes;
	finding_set(f, room < low ? FINDING_FAIL : room < 4 * low ?
	    FINDING_WARN : FINDING_OK, "%llu MiB free, new work is refused "
	    "below %llu MiB", room >> 20, low >> 20);
	if (room < 4 * low)
		finding_todo(f, "make room, or lower disk.low_water_bytes");
}

void
doctor_anchor(const struct patient *p, struct finding *f)
{
	struct stat st;
	const char *path;
	size_t n;

	if (p->cfg == NULL || (path = p->cfg->anchor) == NULL)
		return;
	n = strlen(p->data);
	if (strncmp(path, p->data, n) == 0 && path[n] == '/') {
		finding_set(f, FINDING_WARN, "\"%s\" lies in the data "
		    "directory", path);
		finding_todo(f, "keep it elsewhere, best on another disk: who "
		    "loses both has no witness");
		return;
	}
	if (stat(path, &st) != 0)
		finding_set(f, errno == ENOENT ? FINDING_OK : FINDING_WARN,
		    "\"%s\": %s", path, errno == ENOENT ?
		    "not there yet" : strerror(errno));
	else
		finding_set(f, FINDING_OK, "\"%s\", %lld bytes", path,
		    (long long)st.st_size);
}
