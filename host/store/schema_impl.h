/*
 * The scripts of the migrations that have a file of their own.  Private to
 * the schema.
 */
#ifndef STORE_SCHEMA_IMPL_H
#define STORE_SCHEMA_IMPL_H

extern const char schema_3[];
extern const char schema_4[];
extern const char schema_5[];
extern const char schema_6[];
extern const char schema_7[];
extern const char schema_8[];
extern const char schema_9[];

#endif
