/*
 * Schema 6: what a run's plugin may ask for, and grants by queue and label.
 */
#include "store/schema_impl.h"

const char schema_6[] =
/* Bits of what the run's plugin is given; NULL: what its scope says. */
"ALTER TABLE run ADD COLUMN apis INTEGER;"

/* The file of the plugin that carried it out last: image_tag(); or NULL. */
"ALTER TABLE run_live ADD COLUMN image INTEGER;"
"ALTER TABLE run_end ADD COLUMN image INTEGER;"

/* JSON: an array of names, an object of texts; NULL: of any. */
"ALTER TABLE grants ADD COLUMN queues TEXT;"
"ALTER TABLE grants ADD COLUMN labels TEXT;";
