/*
 * The entry of the binary, in its two shapes: the command line, and the
 * spawner that the host starts of itself.
 */
#include "base/fault.h"
#include "base/rand.h"
#include "cli/cli.h"
#include "cli/shipped.h"
#include "worker/spawner.h"

#include <string.h>

#define CONTROL_FD	3	/* of the spawner: its socket */

int
main(int argc, char **argv)
{
	fault_init();
	if (argc == 2 && strcmp(argv[1], SPAWNER_ARG) == 0)
		return spawner_main(CONTROL_FD);
	rand_init();
	return cli_main(argc, argv, &shipped_plugins);
}
