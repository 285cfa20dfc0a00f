/*
 * The keys of an action in a manifest: a table, a function each.
 */
#ifndef EXEC_KEYS_H
#define EXEC_KEYS_H

#include "reader.h"

/* "key … = …", of r->action. */
bool	read_key(struct reader *);

/* What the action says as a whole, once its last line is read. */
bool	check_action(struct reader *);

#endif
