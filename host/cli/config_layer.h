/*
 * Between the files that lay the configuration's layers over each other.
 */
#ifndef CLI_CONFIG_LAYER_H
#define CLI_CONFIG_LAYER_H

#include "cli/config.h"

/* Gives setting i a value; a list of a lower layer gives way first. */
rh_status	config_put(struct config *, int i, const char *value,
		    enum config_layer, const char *origin, struct err *);

/* RH_EINPUT with the nearest key as hint. */
rh_status	config_unknown(const char *key, const char *origin,
		    struct err *);

rh_status	config_lay_file(struct config *, const char *path,
		    struct err *);

#endif
