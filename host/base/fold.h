/*
 * Texts without their case.
 */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include "base/buf.h"
#include "base/str.h"

/* Puts the text, which is UTF-8, into an emptied buffer in small letters. */
void	fold_case(struct str, struct buf *);

#endif
