/*
 * What the kernel needs besides a program to execute it: the interpreter of
 * a script, the loader of a dynamic executable.
 */
#ifndef WORKER_INTERPRETER_H
#define WORKER_INTERPRETER_H

/*
 * Its absolute path, the caller's to free; NULL: none, or the file can't be
 * read.  fd may be O_PATH.
 */
char		*interpreter_of(int fd);

#endif
