/* SPDX-License-Identifier: MIT */
/* systemd_quote - see systemd_quote.h */
#include "init/systemd_quote.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

/*
 * All that may stand in a word as it is. ";" alone separates commands, "#" starts a comment at
 * the start of a line, quotes and backslash are the syntax: they and the rest go into quotes.
 */
static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			   "-_./=+:,@%$";

static int check(const char *s, struct err *e)
{
	if (text_is_plain(s))
		return 0;
	return err_set(e, ERR_USAGE,
		       "cannot write \"%.80s\" into a unit: it has control characters or is not "
		       "valid UTF-8",
		       s);
}

static bool needs_quotes(const char *word)
{
	return word[0] == '\0' || strspn(word, bare) != strlen(word);
}

/* Each of @doubled twice; quotes and backslash behind a backslash. */
static void add(struct buf *out, const char *s, const char *doubled)
{
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_add_char(out, '\\');
		if (strchr(doubled, *s) != NULL)
			buf_add_char(out, *s);
		buf_add_char(out, *s);
	}
}

static void add_quoted(struct buf *out, const char *s, const char *doubled)
{
	bool quotes = needs_quotes(s);

	if (quotes)
		buf_add_char(out, '"');
	add(out, s, doubled);
	if (quotes)
		buf_add_char(out, '"');
}

int systemd_quote_argument(const char *word, struct buf *out, struct err *e)
{
	if (check(word, e) != 0)
		return -1;
	add_quoted(out, word, "%$");
	return 0;
}

int systemd_quote_program(const char *path, struct buf *out, struct err *e)
{
	if (check(path, e) != 0)
		return -1;
	add_quoted(out, path, "%");
	return 0;
}

static int add_path(const char *path, const char *prefix, const char *lost, struct buf *out,
		    struct err *e)
{
	if (check(path, e) != 0)
		return -1;
	if (strpbrk(path, lost) != NULL)
		return err_set(
			e, ERR_USAGE,
			"cannot write \"%.200s\" into a unit: systemd mounts no path with one "
			"of %s in it",
			path, lost);
	buf_add_char(out, '"');
	buf_add(out, prefix);
	add(out, path, "%");
	buf_add_char(out, '"');
	return 0;
}

int systemd_quote_bind(const char *path, struct buf *out, struct err *e)
{
	return add_path(path, "-", "\"'", out, e);
}

int systemd_quote_tmpfs(const char *path, struct buf *out, struct err *e)
{
	return add_path(path, "", "\"':\\", out, e);
}

int systemd_quote_text(const char *text, struct buf *out, struct err *e)
{
	size_t len = strlen(text);

	if (check(text, e) != 0)
		return -1;
	if (len > 0 && text[len - 1] == '\\')
		return err_set(e, ERR_USAGE,
			       "cannot write \"%.80s\" into a unit: it ends in a backslash", text);
	for (; *text != '\0'; text++) {
		if (*text == '%')
			buf_add_char(out, '%');
		buf_add_char(out, *text);
	}
	return 0;
}
