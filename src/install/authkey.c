/* SPDX-License-Identifier: MIT */
/* authkey - see authkey.h */
#include "install/authkey.h"

#include "base/auto.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

void authkey_wipe(struct authkey *k)
{
	explicit_bzero(k->text, sizeof(k->text));
}

int authkey_check(char *text, const char *from, struct err *e)
{
	size_t len = strlen(text), start = strspn(text, " \t\r\n");

	while (len > start && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	memmove(text, text + start, len - start);
	text[len - start] = '\0';
	if (text[0] == '\0')
		return err_set(e, ERR_DATA, "cannot use the auth key of %s: it is empty", from);
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f)
			return err_set(e, ERR_DATA,
				       "cannot use the auth key of %s: "
				       "it is not one word of printable characters",
				       from);
	return 0;
}

/* Reads to the end of file; the byte that would not fit is an error, not dropped. */
static int read_key(int fd, const char *from, struct authkey *k, struct err *e)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, k->text + len, sizeof(k->text) - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, ERR_IO, "cannot read the auth key of %s", from);
		if (n == 0)
			break;
		len += (size_t)n;
		if (len == sizeof(k->text))
			return err_set(e, ERR_DATA,
				       "cannot use the auth key of %s: "
				       "it is longer than %d bytes",
				       from, AUTHKEY_MAX - 1);
	}
	k->text[len] = '\0';
	if (memchr(k->text, '\0', len) != NULL)
		return err_set(e, ERR_DATA,
			       "cannot use the auth key of %s: "
			       "it is not one word of printable characters",
			       from);
	return authkey_check(k->text, from, e);
}

static int read_file(const char *path, struct authkey *k, struct err *e)
{
	AUTO_FD int fd = -1;

	if (strcmp(path, "-") == 0)
		return read_key(STDIN_FILENO, "standard input", k, e);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		err_sys(e, err_code_of(errno, ERR_IO), "cannot read the auth key of %s", path);
		return err_cure(e, "--auth-key-file takes a file that holds the key, or - for "
				   "standard input");
	}
	return read_key(fd, path, k, e);
}

static int read_environment(struct authkey *k, struct err *e)
{
	char *value = getenv("TS_AUTHKEY");
	size_t len;

	if (value == NULL || value[0] == '\0')
		return 0;
	if (strncmp(value, "file:", 5) == 0)
		return read_file(value + 5, k, e);
	len = strlen(value);
	if (len >= sizeof(k->text))
		return err_set(e, ERR_DATA,
			       "cannot use the auth key of TS_AUTHKEY: "
			       "it is longer than %d bytes",
			       AUTHKEY_MAX - 1);
	memcpy(k->text, value, len + 1);
	return authkey_check(k->text, "TS_AUTHKEY", e);
}

/* unsetenv() alone would leave the key in /proc/PID/environ. */
static void forget_environment(void)
{
	char *value = getenv("TS_AUTHKEY");

	if (value == NULL)
		return;
	explicit_bzero(value, strlen(value));
	unsetenv("TS_AUTHKEY");
}

int authkey_read(const char *file, struct authkey *k, struct err *e)
{
	int rc;

	k->text[0] = '\0';
	rc = file != NULL ? read_file(file, k, e) : read_environment(k, e);
	if (rc != 0)
		authkey_wipe(k);
	forget_environment();
	return rc;
}
