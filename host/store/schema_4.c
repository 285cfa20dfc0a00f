/*
 * Schema 4: what came in and what was said.
 */
#include "store/schema_impl.h"

const char schema_4[] =
"";
