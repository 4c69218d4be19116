/* SPDX-License-Identifier: MIT */
/* nearest - the word that somebody probably meant */
#ifndef CMD_NEAREST_H
#define CMD_NEAREST_H

#include <stddef.h>

/* Longer words are never near to anything. */
#define NEAREST_WORD_MAX 40

/*
 * nearest_distance() - edits from one word to the other
 *
 * An edit is one character inserted, dropped, replaced, or swapped with its neighbour.
 * Return: their number, NEAREST_WORD_MAX when a word is too long.
 */
size_t nearest_distance(const char *a, const char *b);

/* The best of many: start with zero, offer each, read `word`. */
struct nearest {
	const char *word; /* NULL: nothing is near enough to be meant */
	size_t distance;
};

/* Near enough: at most two edits, and less than half of the typed word. */
void nearest_offer(struct nearest *n, const char *typed, const char *word);

#endif
