/*
 * A plugin that needs a newer host than there is.
 */
#include <runhost/plugin.h>

RH_PLUGIN(99,
	.id = "future",
	.version = "1.0.0",
);
