/*
 * Trying a plugin by hand: opened from its file, and anew when that changes,
 * given one command after another, with a fake ledger behind it.  What is
 * typed and what is shown is the caller's.
 */
#ifndef KIT_DEV_H
#define KIT_DEV_H

#include "kit/drive.h"
#include "plugin/image.h"
#include "plugin/registry.h"

struct dev {
	struct plugin plugin;	/* id is NULL: none is open */
	struct drive drive;
	bool	is_open;	/* drive has a worker */
	bool	running;
	/* The rest is dev.c's. */
	struct drive_config cf;
	struct image image;
	const char *path;
	char	*dir, *name;
	int	inotify;
	int64_t	timeout_ms;
	char	*last;		/* command that was run last */
};

/*
 * cf has spawner, memory and who looks on; the path stays the caller's.
 * RH_EIO: its directory can't be watched.
 */
rh_status	dev_init(struct dev *, const char *path,
		    const struct drive_config *cf, int64_t timeout_ms,
		    struct err *);
void		dev_fini(struct dev *);

/*
 * Opens the file as it is now in a new worker.  RH_ECONFLICT: it is the one
 * that is open already.  After any other failure none is open.
 */
rh_status	dev_load(struct dev *, struct err *);

/* Readable when something happened in the directory; whether to the file. */
int		dev_watch_fd(const struct dev *);
bool		dev_changed(struct dev *);

/*
 * Begins a run: a slash command, the name of an action or of a runner with
 * JSON behind it, or "resume": the last one again, from its checkpoint, as
 * if its worker had been lost.  Judged as a host would.
 */
rh_status	dev_begin(struct dev *, const char *line, struct err *);

/* What is left until the run is out of time and grace; -1: no end. */
int		dev_left_ms(const struct dev *);

#endif
