/* deny WORDS COMMAND [ARG...]: runs it as on a kernel that lacks these. */
#include "lib/deny.h"

#include <stdio.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	if (argc < 3 || !deny(argv[1])) {
		fprintf(stderr, "deny: deny WORDS COMMAND [ARG...]\n");
		return 2;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
