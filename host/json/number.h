/*
 * Numbers as text, both ways.  The text was accepted by json_scan().
 * The process keeps the C locale, as every program does that never calls
 * setlocale().  Private to this folder.
 */
#ifndef JSON_NUMBER_H
#define JSON_NUMBER_H

#include "base/str.h"

/* Written without fraction and exponent: 1, but neither 1.0 nor 1e0. */
bool		json_number_is_int(struct str);

/* false: a fraction, an exponent, or outside of int64_t. */
bool		json_number_i64(struct str, int64_t *);

/* Infinite when the range isn't enough. */
double		json_number_double(struct str);

/* Exact for every int64_t, so that bounds of both kinds can be compared. */
long double	json_number_wide(struct str);

/* Fewest digits that read back as the same finite value. */
#define JSON_NUMBER_LEN	32
const char	*json_number_format(double, char out[JSON_NUMBER_LEN]);

#endif
