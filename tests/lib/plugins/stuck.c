/*
 * A plugin whose constructor never returns: the object can't be opened, and
 * its worker must end with the host all the same.
 */
#include <runhost/plugin.h>

#include <stdio.h>
#include <unistd.h>

__attribute__((constructor)) static void
stay(void)
{
	printf("constructing\n");
	for (;;)
		pause();
}

RH_PLUGIN(0,
	.id = "stuck",
	.version = "1.0.0",
);
