/*
 * What may stand at a place of the command line, for the shells' completion;
 * made from the tables that the parser reads.
 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include <stddef.h>
#include <stdio.h>

/*
 * words: the command line without "runhost", of which the last word, perhaps
 * an empty one, is the one to complete.  Prints a line for each word that may
 * stand there and begins so: the word, a tab, what it is.  A line ":files" or
 * ":dirs" leaves it to the shell to name those that there are.
 */
void	complete_words(const char *const *words, size_t n, FILE *);

#endif
