/* SPDX-License-Identifier: MIT */
/*
 * shell - words and lists as sh reads them back, for scripts of init systems
 *
 * Pure. Words are plain text (base/text.h). What does not fit sets @out->full.
 */
#ifndef INIT_SHELL_H
#define INIT_SHELL_H

#include "base/buf.h"
#include "init/job.h"

#include <stdbool.h>

/* Does it stand for itself, without quotes, wherever sh may see it? */
bool shell_is_bare(const char *word);

/* One word: itself, or in single quotes. */
void shell_word(const char *word, struct buf *out);

/* argv with blanks between, and job->more behind. */
void shell_command(const struct job *job, struct buf *out);

/* argv with blanks between; @argv ends with NULL. */
void shell_words(const char *const *argv, struct buf *out);

/* Lines that export the job's variables and what its files hold; "" without any. @indent: before
 * each line. */
void shell_environment(const struct job *job, const char *indent, struct buf *out);

#endif
