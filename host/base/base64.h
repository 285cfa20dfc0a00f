/*
 * Base64 (RFC 4648): the plain alphabet, padded, in one piece.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

#define BASE64_LEN(bytes) (((bytes) + 2) / 3 * 4)

void	base64_add(struct buf *, const void *, size_t);
/*
 * out has room for text.len / 4 * 3 bytes.  false for what no encoder
 * writes: other characters, padding that is missing or misplaced, bits that
 * are left over.
 */
bool	base64_read(struct str text, void *out, size_t *len);

#endif
