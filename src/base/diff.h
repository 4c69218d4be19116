/* SPDX-License-Identifier: MIT */
/*
 * diff - a unified diff of two small texts (units), as `diff -u` prints it
 *
 * Written here because the machines this runs on have no diff, and no library of that size
 * exists; longest common subsequence over at most DIFF_LINES lines.
 */
#ifndef BASE_DIFF_H
#define BASE_DIFF_H

#include "base/buf.h"
#include "base/err.h"

#define DIFF_LINES 400

/*
 * diff_unified() - @from and @to as three lines of context around each change
 *
 * Nothing is added to @out when they are equal. ERR_DATA when a text has too many lines.
 */
int diff_unified(const char *from_name, const char *from, const char *to_name, const char *to,
		 struct buf *out, struct err *e);

#endif
