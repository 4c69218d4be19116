/* SPDX-License-Identifier: MIT */
/* nearest - see nearest.h */
#include "cmd/nearest.h"

#include <string.h>

#define EDITS_MAX 2

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t nearest_distance(const char *a, const char *b)
{
	/* Row i says how far the first i characters of @a are from each start of @b. */
	size_t d[NEAREST_WORD_MAX + 1][NEAREST_WORD_MAX + 1];
	size_t rows = strlen(a);
	size_t columns = strlen(b);

	if (rows >= NEAREST_WORD_MAX || columns >= NEAREST_WORD_MAX)
		return NEAREST_WORD_MAX;
	for (size_t j = 0; j <= columns; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= rows; i++) {
		d[i][0] = i;
		for (size_t j = 1; j <= columns; j++) {
			size_t replaced = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			d[i][j] = least(replaced, least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[rows][columns];
}

void nearest_offer(struct nearest *n, const char *typed, const char *word)
{
	size_t distance = nearest_distance(typed, word);

	if (distance > EDITS_MAX || 2 * distance >= strlen(typed))
		return;
	if (n->word != NULL && n->distance <= distance)
		return;
	n->word = word;
	n->distance = distance;
}
