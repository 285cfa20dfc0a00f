/*
 * Schema 9: what plugins used and were denied.
 */
#include "store/schema_impl.h"

const char schema_9[] = "";
