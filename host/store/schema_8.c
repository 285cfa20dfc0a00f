/*
 * Schema 8: keys that are trusted.
 */
#include "store/schema_impl.h"

const char schema_8[] = "";
