/*
 * Schema 5: artifacts, and questions to people.
 */
#include "store/schema_impl.h"

const char schema_5[] =
"";
