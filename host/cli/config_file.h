/*
 * The text of a configuration file as lines: "key = value", "[plugin.ID]",
 * "#" comments.  What the keys mean is the caller's.
 */
#ifndef CLI_CONFIG_FILE_H
#define CLI_CONFIG_FILE_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

#define CONFIG_FILE_MAX	(1024 * 1024)
#define CONFIG_LINE_MAX	4096

enum config_line_kind {
	LINE_END,		/* of the text */
	LINE_SETTING,		/* key and value */
	LINE_SECTION		/* key is what stands in the brackets */
};

struct config_line {
	enum config_line_kind kind;
	int	number;		/* from 1 */
	struct str key;
	struct str value;
};

struct config_reader {
	const char *path;	/* for messages */
	struct str left;
	int	number;
};

/* Reads a file that others can't change; *text is the caller's to free. */
rh_status	config_file_read(const char *path, char **text, size_t *len,
		    struct err *);

/* The next line that says something; RH_EINPUT with path and line. */
rh_status	config_file_next(struct config_reader *,
		    struct config_line *, struct err *);

#endif
