/* SPDX-License-Identifier: MIT */
/* diff - see diff.h */
#include "base/diff.h"

#include <stdint.h>
#include <string.h>

#define CONTEXT 3

struct line {
	const char *text;
	size_t len;
};

/* One line of the edit script: ' ' kept, '-' removed, '+' added. */
struct edit {
	char kind;
	struct line line;
};

struct text {
	struct line lines[DIFF_LINES];
	size_t count;
};

static int split(const char *s, struct text *t)
{
	t->count = 0;
	while (*s != '\0') {
		size_t len = strcspn(s, "\n");

		if (t->count == DIFF_LINES)
			return -1;
		t->lines[t->count++] = (struct line){s, len};
		s += len + (s[len] == '\n');
	}
	return 0;
}

static bool same(struct line a, struct line b)
{
	return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

/* common[i][j]: length of the longest common subsequence of a[i..] and b[j..]. */
static uint16_t common[DIFF_LINES + 1][DIFF_LINES + 1];

static size_t edit_script(const struct text *a, const struct text *b, struct edit *out)
{
	size_t i = 0, j = 0, n = 0;

	for (i = 0; i <= a->count; i++)
		common[i][b->count] = 0;
	for (j = 0; j <= b->count; j++)
		common[a->count][j] = 0;
	for (i = a->count; i-- > 0;)
		for (j = b->count; j-- > 0;)
			common[i][j] = same(a->lines[i], b->lines[j])
					       ? (uint16_t)(common[i + 1][j + 1] + 1)
				       : common[i + 1][j] >= common[i][j + 1] ? common[i + 1][j]
									      : common[i][j + 1];
	i = j = 0;
	while (i < a->count || j < b->count) {
		if (i < a->count && j < b->count && same(a->lines[i], b->lines[j])) {
			out[n++] = (struct edit){' ', a->lines[i++]};
			j++;
		} else if (j == b->count ||
			   (i < a->count && common[i + 1][j] >= common[i][j + 1])) {
			out[n++] = (struct edit){'-', a->lines[i++]};
		} else {
			out[n++] = (struct edit){'+', b->lines[j++]};
		}
	}
	return n;
}

/* End of the hunk that begins at the change @at: where more than 2 * CONTEXT lines are kept. */
static size_t hunk_end(const struct edit *edits, size_t n, size_t at)
{
	size_t kept = 0, end = at;

	for (; at < n && kept <= (size_t)2 * CONTEXT; at++) {
		kept = edits[at].kind == ' ' ? kept + 1 : 0;
		if (kept == 0)
			end = at + 1;
	}
	return end;
}

static void put_hunk(const struct edit *edits, size_t from, size_t to, size_t a, size_t b,
		     struct buf *out)
{
	size_t in_a = 0, in_b = 0;

	for (size_t k = from; k < to; k++) {
		in_a += edits[k].kind != '+';
		in_b += edits[k].kind != '-';
	}
	buf_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", a + (in_a > 0), in_a, b + (in_b > 0), in_b);
	for (size_t k = from; k < to; k++) {
		buf_add_char(out, edits[k].kind);
		buf_add_bytes(out, edits[k].line.text, edits[k].line.len);
		buf_add_char(out, '\n');
	}
}

int diff_unified(const char *from_name, const char *from, const char *to_name, const char *to,
		 struct buf *out, struct err *e)
{
	static struct edit edits[2 * DIFF_LINES];
	static struct text a, b;
	size_t n, line_a = 0, line_b = 0, done = 0;

	if (strcmp(from, to) == 0)
		return 0;
	if (split(from, &a) != 0 || split(to, &b) != 0)
		return err_set(e, ERR_DATA, "cannot compare %s: more than %d lines", from_name,
			       DIFF_LINES);
	n = edit_script(&a, &b, edits);
	buf_printf(out, "--- %s\n+++ %s\n", from_name, to_name);
	for (size_t k = 0; k < n; k++) {
		size_t start = k >= done + CONTEXT ? k - CONTEXT : done;
		size_t end;

		if (edits[k].kind == ' ')
			continue;
		end = hunk_end(edits, n, k);
		end = n - end > CONTEXT ? end + CONTEXT : n;
		for (; done < start; done++) {
			line_a += edits[done].kind != '+';
			line_b += edits[done].kind != '-';
		}
		put_hunk(edits, start, end, line_a, line_b, out);
		k = end - 1;
	}
	return 0;
}
