/* SPDX-License-Identifier: MIT */
/*
 * owner - which package of the distribution a file belongs to
 *
 * The package manager is asked: dpkg-query and rpm, each where it is there; of apk the database is
 * read (owner_apk.h). A file is asked for by its path, by what that resolves to, and without a
 * leading "/usr" where both are one folder, as dpkg knows files of before the merge by their old
 * names.
 *
 * The texts they print were taken from dpkg 1.21 and 1.22 and rpm 4.20.
 */
#ifndef INSTALL_OWNER_H
#define INSTALL_OWNER_H

#include "base/err.h"

#define OWNER_PACKAGE_MAX 64

struct owner {
	const char *manager; /* "dpkg" */
	char package[OWNER_PACKAGE_MAX];
	/* The command of this machine, behind which the package's name goes: "dnf upgrade". NULL
	 * when none is known. */
	const char *upgrade;
};

/*
 * owner_of() - the package that owns @path, which need not exist
 *
 * Return: 1 with *o set; 0 when no package owns it, or there is no package manager; -1:
 * ERR_FAILED with the words of a manager that cannot tell, ERR_TIMEOUT, ERR_IO.
 */
int owner_of(const char *path, struct owner *o, struct err *e);

/* Indexes of the table in owner.c, in the order in which they are asked. */
enum owner_manager { OWNER_DPKG, OWNER_RPM, OWNER_MANAGERS };

/*
 * owner_read() - pure: the answer in what a manager printed
 * @text:    what it printed, both streams; cut into lines in place
 * @paths:   what it was asked about, at least one, NULL behind the last
 * @package: the name, when there is one; made of letters, digits and "+-._~^" alone
 *
 * Return: as owner_of(). 0 takes a "no" for each of @paths and no word of an error: rpm says "is
 * not owned by any package" of every file when it cannot read its database.
 */
int owner_read(enum owner_manager which, char *text, const char *const paths[],
	       char package[static OWNER_PACKAGE_MAX], struct err *e);

#endif
