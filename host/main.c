/*
 * The entry of the binary.  Knows its version; everything else is reached
 * from here through the folders to the left.
 */
#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "version") == 0) {
		printf("runhost %s\n", PACKAGE_VERSION);
		return 0;
	}
	fprintf(stderr, "usage: runhost version\n");
	return 2;
}
