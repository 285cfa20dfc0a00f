/*
 * Schema 6: what a run's plugin may ask for, and grants by queue and label.
 */
#include "store/schema_impl.h"

const char schema_6[] =
/* Bits of what the run's plugin is given; NULL: what its scope says. */
"ALTER TABLE run ADD COLUMN apis INTEGER;";
