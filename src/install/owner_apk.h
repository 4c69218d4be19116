/* SPDX-License-Identifier: MIT */
/*
 * owner_apk - which package of apk a file belongs to, read from its database
 *
 * The database is text, the same for apk 2 and 3 (apk-tools, doc/apk-v2.5 and src/database.c
 * apk_db_write_fdb): a paragraph for each package, of lines "X:VALUE". "P:" is its name, "F:" a
 * folder without the leading slash, and "R:" a file in the folder named last.
 *
 * Read instead of asked for, because that is what it says to every reader, and `apk info
 * --who-owns` cannot be run by a test of ours.
 */
#ifndef INSTALL_OWNER_APK_H
#define INSTALL_OWNER_APK_H

#include "install/owner.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* A search under way; zero it, then set paths. Pure. */
struct owner_apk {
	const char *const *paths; /* absolute, NULL behind the last; lent */
	bool found;
	char package[OWNER_PACKAGE_MAX]; /* of the paragraph that is read, or that was found */
	char folder[PATH_MAX];           /* of the files that follow; "" none of interest */
	char line[PATH_MAX];
	size_t len; /* of the line so far; PATH_MAX and more: too long to be of interest */
};

/* The next bytes of the database. A last line without its end is not read. */
void owner_apk_feed(struct owner_apk *s, const char *data, size_t len);

/*
 * owner_apk_ask() - the package that owns one of @paths on this machine
 *
 * Return: 1 with @package; 0 when none does, or there is no database; -1 ERR_IO or ERR_PERMISSION.
 */
int owner_apk_ask(const char *const paths[], char package[static OWNER_PACKAGE_MAX], struct err *e);

#endif
