/* SPDX-License-Identifier: MIT */
/* log - see log.h */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool drop_info;

void log_quiet(bool quiet)
{
	drop_info = quiet;
}

/* systemd.exec(5): "DEVICE:INODE" of the journal's stream, which our stderr may or may not be. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char ours[48];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(ours, stream) == 0;
}

static void emit(enum log_level level, const char *text)
{
	char line[1280];
	int n;

	if (is_journal())
		n = snprintf(line, sizeof(line), "<%d>%s", (int)level, text);
	else
		n = snprintf(line, sizeof(line), "tsfunnel: %s", text);
	if (n < 0)
		return;
	if ((size_t)n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	for (int i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = ' ';
	line[n] = '\n';
	/* One write, so that lines of two processes do not mix. A log that cannot be written
	 * has nowhere to be reported. */
	if (write(STDERR_FILENO, line, (size_t)n + 1) < 0)
		return;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	int saved = errno;
	char text[1200];
	va_list ap;

	if (level == LOG_LEVEL_INFO && drop_info)
		return;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) >= 0)
		emit(level, text);
	va_end(ap);
	errno = saved;
}

void log_err(const struct err *e)
{
	log_error("%s", e->msg);
	if (e->cure[0] != '\0')
		log_line(LOG_LEVEL_NOTICE, "%s", e->cure);
}
