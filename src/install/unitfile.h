/* SPDX-License-Identifier: MIT */
/*
 * unitfile - the service file as it is on the machine and as it shall be
 */
#ifndef INSTALL_UNITFILE_H
#define INSTALL_UNITFILE_H

#include "base/buf.h"
#include "base/err.h"
#include "init/init.h"
#include "store/manifest.h"

#include <stdbool.h>

enum unitfile_owner {
	UNITFILE_NONE,    /* no file */
	UNITFILE_OURS,    /* carries our marker */
	UNITFILE_FOREIGN, /* does not, or is no regular file */
};

struct unitfile {
	char path[MANIFEST_PATH_MAX];
	enum unitfile_owner owner;
	char now[INIT_UNIT_MAX];      /* what is there, "" when nothing or nothing readable */
	char wanted[INIT_UNIT_MAX];   /* what shall be there */
	char digest[FILE_DIGEST_LEN]; /* of wanted */
	struct service_state service; /* as the manager sees it */
};

/* Reads what is there and asks the manager. */
int unitfile_look(struct unitfile *u, const struct init_system *init, const char *service,
		  struct err *e);

/* Renders what shall be there: the first file of the service. */
int unitfile_render(struct unitfile *u, const struct init_system *init, const struct job *job,
		    struct err *e);

/* Is there a foreign unit of that name, here or in another folder of the manager? */
bool unitfile_is_foreign(const struct unitfile *u);

/* Moves the foreign file at u->path into our folder. */
int unitfile_keep(const struct unitfile *u, struct err *e);

/* Is a foreign file kept for @path? */
bool unitfile_is_kept(const char *path);

/* Moves the file kept for @path back. Not kept: success. */
int unitfile_restore(const char *path, struct err *e);

/*
 * unitfile_set_aside() - move our file at @path, which somebody edited, out of the manager's sight
 * @aside: where it is then: in our folder, under a name that was free
 */
int unitfile_set_aside(const char *path, char *aside, size_t cap, struct err *e);

int unitfile_write(const struct unitfile *u, const struct init_system *init, struct err *e);

#endif
