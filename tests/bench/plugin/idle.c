/*
 * One of many plugins: it has an id, and nothing else.
 */
#include <runhost/plugin.h>

RH_PLUGIN(0,
	.id = ID,
	.version = "1.0.0",
);
