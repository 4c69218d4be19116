/* SPDX-License-Identifier: MIT */
/* inittab - see inittab.h */
#include "init/inittab.h"

#include "base/file.h"
#include "init/init.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

static const char marker[] = INIT_MARKER ": a \"#\" before the line below is a stop.";

/* Room for our two lines beside the table. */
#define OURS_MAX 512

/* One line with its end. */
struct line {
	const char *at;
	size_t len;
};

static bool next_line(const char *text, size_t len, struct line *l)
{
	size_t at = (size_t)(l->at - text) + l->len;
	const char *end;

	if (at >= len)
		return false;
	l->at = text + at;
	end = memchr(l->at, '\n', len - at);
	l->len = end != NULL ? (size_t)(end - l->at) + 1 : len - at;
	return true;
}

/* Text has no NUL (read_table()), which every set ends with. */
static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* Blanks and the end of the line do not count. */
static bool is_word(const char *at, size_t len, const char *word)
{
	while (len > 0 && is_one_of(at[0], " \t"))
		at++, len--;
	while (len > 0 && is_one_of(at[len - 1], " \t\r\n"))
		len--;
	return len == strlen(word) && memcmp(at, word, len) == 0;
}

static size_t comment_of(const struct line *l)
{
	size_t n = 0;

	while (n < l->len && is_one_of(l->at[n], "# \t"))
		n++;
	return memchr(l->at, '#', n) != NULL ? n : 0;
}

/* [TERMINAL]:[RUNLEVELS]:respawn:PROGRAM (BusyBox, init/init.c, parse_inittab()). */
static enum inittab_line classify(const struct line *l, const char *program)
{
	size_t skip = comment_of(l);
	const char *field[4], *end = l->at + l->len;

	field[0] = l->at + skip;
	for (int i = 1; i < 4; i++) {
		const char *colon = memchr(field[i - 1], ':', (size_t)(end - field[i - 1]));

		if (colon == NULL)
			return INITTAB_NONE;
		field[i] = colon + 1;
	}
	if (!is_word(field[2], (size_t)(field[3] - 1 - field[2]), "respawn") ||
	    !is_word(field[3], (size_t)(end - field[3]), program))
		return INITTAB_NONE;
	return skip > 0 ? INITTAB_ASLEEP : INITTAB_ACTIVE;
}

enum inittab_line inittab_look(const char *text, size_t len, const char *program)
{
	enum inittab_line is = INITTAB_NONE;
	struct line l = {text, 0};

	while (next_line(text, len, &l)) {
		enum inittab_line this = classify(&l, program);

		if (this > is)
			is = this;
	}
	return is;
}

static void keep(const struct line *l, struct buf *out)
{
	buf_add_bytes(out, l->at, l->len);
}

static void put_ours(const struct line *l, enum inittab_line is, enum inittab_line want,
		     struct buf *out)
{
	size_t skip = want == INITTAB_ACTIVE ? comment_of(l) : 0;

	if (is == INITTAB_ACTIVE && want == INITTAB_ASLEEP)
		buf_add_char(out, '#');
	buf_add_bytes(out, l->at + skip, l->len - skip);
}

void inittab_edit(const char *text, size_t len, const char *program, enum inittab_line want,
		  struct buf *out)
{
	bool done = want == INITTAB_NONE;
	struct line l = {text, 0}, held = {text, 0};

	if (want == INITTAB_ACTIVE && inittab_look(text, len, program) == INITTAB_NONE) {
		buf_printf(out, "%s\n::respawn:%s\n", marker, program);
		done = true;
	}
	while (next_line(text, len, &l)) {
		enum inittab_line is = classify(&l, program);

		if (is == INITTAB_NONE || !done)
			keep(&held, out);
		held.len = 0;
		if (is == INITTAB_NONE && is_word(l.at, l.len, marker)) {
			held = l; /* it belongs to what follows */
		} else if (is == INITTAB_NONE) {
			keep(&l, out);
		} else if (!done) {
			put_ours(&l, is, want, out);
			done = true;
		}
	}
	keep(&held, out);
}

static int read_table(const char *path, char *text, size_t cap, size_t *len, mode_t *mode,
		      struct err *e)
{
	struct stat st;

	if (lstat(path, &st) != 0 && errno == ENOENT) {
		err_set(e, ERR_UNAVAILABLE, "cannot add a service: there is no %s", path);
		return err_cure(e, "write one first, at least with what BusyBox init does without "
				   "it, which ends then: ::askfirst:-/bin/sh");
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(e, ERR_CREATE, "cannot change %s: it is no regular file", path);
		return err_cure(e, "make it one; what a link leads to may be another machine's");
	}
	*mode = st.st_mode & 07777;
	if (file_read(path, text, cap, len, e) != 0)
		return e->code == ERR_DATA ? err_cure(e, "make it smaller first") : -1;
	if (memchr(text, '\0', *len) == NULL)
		return 0;
	err_set(e, ERR_DATA, "cannot change %s: it is no text", path);
	return err_cure(e, "correct it first");
}

int inittab_read(const char *path, const char *program, enum inittab_line *is, struct err *e)
{
	static char text[INITTAB_MAX];
	size_t len = 0;
	mode_t mode = 0;

	if (read_table(path, text, sizeof(text), &len, &mode, e) != 0)
		return -1;
	*is = inittab_look(text, len, program);
	return 0;
}

int inittab_put(const char *path, const char *program, enum inittab_line want, struct err *e)
{
	static char text[INITTAB_MAX], after[INITTAB_MAX + OURS_MAX];
	struct buf out = BUF_OF(after);
	size_t len = 0;
	mode_t mode = 0;

	if (want == INITTAB_NONE && !file_exists(path))
		return 0;
	if (read_table(path, text, sizeof(text), &len, &mode, e) != 0)
		return -1;
	inittab_edit(text, len, program, want, &out);
	if (buf_full(&out))
		return err_set(e, ERR_DATA, "cannot change %s: it is too large", path);
	if (out.len == len && memcmp(text, after, len) == 0)
		return 0;
	return file_replace(path, after, out.len, mode, e);
}
