/*
 * What a compiled schema looks like.  Private to json/schema*.c.
 */
#ifndef JSON_SCHEMA_IMPL_H
#define JSON_SCHEMA_IMPL_H

#include "json/schema.h"

/* Bits of schema.types, one per name of a type in a schema. */
#define TYPE_NULL	1
#define TYPE_BOOLEAN	2
#define TYPE_INTEGER	4
#define TYPE_NUMBER	8	/* integers, too */
#define TYPE_STRING	16
#define TYPE_ARRAY	32
#define TYPE_OBJECT	64
#define TYPE_ANY	127

struct schema_bound {
	bool	set;
	long double value;
	struct str text;	/* as the schema has it */
};

struct schema_prop {
	struct str name;
	bool	required;
	const struct schema *schema;	/* NULL: any value */
};

struct schema {
	unsigned types;		/* 0: any */
	bool	closed;		/* no other properties than these */
	bool	secret;
	bool	has_secret;	/* itself or somewhere below */
	struct schema_bound min, max;
	struct str *values;	/* enum: canonical forms; NULL: any */
	int	value_count;
	const char *value_list;	/* the same for messages */
	struct schema_prop *props;	/* in order of their names' bytes */
	int	prop_count;
	int	required_count;
	const struct schema *items;	/* NULL: any */
};

struct schema_type {
	const char *name;
	unsigned bit;
	const char *words;
};

#define SCHEMA_LIST_MAX	200	/* bytes of value_list, about */

extern const struct schema_type schema_type_table[];	/* ended by NULL */

/* After the last value; before the first question. */
void	schema_sort_values(struct schema *);

/* Takes in properties that stand behind the sorted ones, count in all. */
void	schema_sort_props(struct schema *, int count);

/* Whether this canonical form is among the values of the enum. */
bool	schema_lists(const struct schema *, struct str canonical);

/* The property of this name, or NULL. */
const struct schema_prop *
	schema_prop(const struct schema *, struct str name);

#endif
