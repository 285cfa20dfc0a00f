/*
 * Schema 7: the catalog of plugins.
 */
#include "store/schema_impl.h"

const char schema_7[] = "";
