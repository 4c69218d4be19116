/* SPDX-License-Identifier: MIT */
/* shell - see shell.h */
#include "init/shell.h"

#include <string.h>

bool shell_is_bare(const char *word)
{
	static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "-_./=+:,@%";

	return word[0] != '\0' && strspn(word, bare) == strlen(word);
}

void shell_word(const char *word, struct buf *out)
{
	if (shell_is_bare(word)) {
		buf_add(out, word);
		return;
	}
	buf_add_char(out, '\'');
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			buf_add(out, "'\\'");
		buf_add_char(out, *word);
	}
	buf_add_char(out, '\'');
}

void shell_words(const char *const *argv, struct buf *out)
{
	for (size_t i = 0; argv[i] != NULL; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		shell_word(argv[i], out);
	}
}

void shell_command(const struct job *job, struct buf *out)
{
	shell_words(job->argv, out);
	if (job->more != NULL)
		buf_printf(out, " %s", job->more);
}

void shell_environment(const struct job *job, const char *indent, struct buf *out)
{
	for (const struct job_variable *v = job->variables; v->key != NULL; v++) {
		buf_printf(out, "%sexport %s=", indent, v->key);
		shell_word(v->value, out);
		buf_add_char(out, '\n');
	}
	if (job->files == NULL)
		return;
	buf_printf(out, "%sset -a\n", indent);
	for (const char *const *file = job->files; *file != NULL; file++)
		buf_printf(out, "%s[ ! -r %s ] || . %s\n", indent, *file, *file);
	buf_printf(out, "%sset +a\n", indent);
}
