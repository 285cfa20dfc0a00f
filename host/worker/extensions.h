/*
 * What the host table has beyond its own functions, by id: a row each in
 * extensions.c.  The structs are the SDK's (sdk/runhost/ext/).
 */
#ifndef WORKER_EXTENSIONS_H
#define WORKER_EXTENSIONS_H

/* NULL: this host has none of that id, or id is NULL. */
const void	*extension_find(const char *id);

#endif
