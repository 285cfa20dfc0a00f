/*
 * A plugin that needs a host of NEEDS.
 */
#include <runhost/plugin.h>

RH_EXPORT const struct rh_entry rh_plugin_entry = {
	.magic = RH_MAGIC, .size = sizeof rh_plugin_entry,
	.built = NEEDS, .needs = NEEDS, .id = "abi", .version = "1.0.0",
};
