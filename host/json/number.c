/*
 * Numbers as text.
 */
#include "base/mem.h"
#include "json/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

_Static_assert(LDBL_MANT_DIG >= 64, "long double holds every int64_t");

bool
json_number_is_int(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] == '.' || s.p[i] == 'e' || s.p[i] == 'E')
			return false;
	return true;
}

bool
json_number_i64(struct str s, int64_t *out)
{
	bool negative = s.len > 0 && s.p[0] == '-';
	int64_t v = 0;
	size_t i;

	for (i = negative; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		/* downwards: the negative range is the larger one */
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_sub_overflow(v, s.p[i] - '0', &v))
			return false;
	}
	if (!negative && v == INT64_MIN)
		return false;
	*out = negative ? v : -v;
	return true;
}

long double
json_number_wide(struct str s)
{
	char shorter[64], *longer;
	long double v;

	if (s.len < sizeof shorter) {
		memcpy(shorter, s.p, s.len);
		shorter[s.len] = '\0';
		return strtold(shorter, NULL);
	}
	longer = mem_strndup(s.p, s.len);
	v = strtold(longer, NULL);
	free(longer);
	return v;
}

double
json_number_double(struct str s)
{
	char shorter[64], *longer;
	double v;

	if (s.len < sizeof shorter) {
		memcpy(shorter, s.p, s.len);
		shorter[s.len] = '\0';
		return strtod(shorter, NULL);
	}
	longer = mem_strndup(s.p, s.len);
	v = strtod(longer, NULL);
	free(longer);
	return v;
}

const char *
json_number_format(double v, char out[JSON_NUMBER_LEN])
{
	/* every 15 digits are kept by a normal double, %g drops the zeros */
	int digits = fpclassify(v) == FP_SUBNORMAL ? 1 : 15;

	do {
		snprintf(out, JSON_NUMBER_LEN, "%.*g", digits, v);
	} while (digits++ < 17 && strtod(out, NULL) != v);
	return out;
}
