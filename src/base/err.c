/* SPDX-License-Identifier: MIT */
/* err - see err.h */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	int status;
	const char *meaning;
} table[ERR_CODES] = {
#define X(code, status, meaning) [code] = {status, meaning},
	ERR_TABLE(X)
#undef X
};

/* Messages may quote foreign bytes (a peer's words, a file name): keep them to one line. */
static void flatten(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = ' ';
}

static void fill(char *dst, size_t cap, const char *fmt, va_list ap)
{
	if (vsnprintf(dst, cap, fmt, ap) < 0)
		dst[0] = '\0';
	flatten(dst);
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	e->sys = 0;
	e->cure[0] = '\0';
	va_start(ap, fmt);
	fill(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return -1;
}

int err_sys(struct err *e, enum err_code code, const char *fmt, ...)
{
	int sys = errno;
	va_list ap;
	size_t len;

	e->code = code;
	e->sys = sys;
	e->cure[0] = '\0';
	va_start(ap, fmt);
	fill(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	snprintf(e->msg + len, sizeof(e->msg) - len, ": %s", strerror(sys));
	return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char inner[sizeof(e->msg)];
	va_list ap;
	size_t len;

	memcpy(inner, e->msg, sizeof(inner));
	va_start(ap, fmt);
	fill(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	snprintf(e->msg + len, sizeof(e->msg) - len, ": %.*s", (int)sizeof(inner), inner);
	return -1;
}

int err_cure(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e->cure, sizeof(e->cure), fmt, ap);
	va_end(ap);
	return -1;
}

enum err_code err_code_of(int sys, enum err_code otherwise)
{
	return sys == EACCES || sys == EPERM ? ERR_PERMISSION : otherwise;
}

int err_status(enum err_code code)
{
	return table[code].status;
}

const char *err_meaning(enum err_code code)
{
	return table[code].meaning;
}
