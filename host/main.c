/*
 * The entry of the binary; everything is reached from here through the
 * folders to the left.
 */
#include "cli/cli.h"

int
main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
