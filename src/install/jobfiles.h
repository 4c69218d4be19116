/* SPDX-License-Identifier: MIT */
/*
 * jobfiles - the files of a service, as an init system's row lists them, on this machine
 *
 * Not its first file where a funnel is meant, which may be somebody else's and is adopted then
 * (install/unitfile.h), and not the links that enable it (init_enable()).
 */
#ifndef INSTALL_JOBFILES_H
#define INSTALL_JOBFILES_H

#include "base/err.h"
#include "init/init.h"
#include "store/manifest.h"

#include <stdbool.h>

/* Which of them: all, or those beside the first one. */
enum jobfiles { JOBFILES_ALL = 0, JOBFILES_BESIDE = 1 };

/* Are they as they shall be? -1: they cannot be rendered. */
int jobfiles_stand(const struct init_system *init, const struct job *job, enum jobfiles which,
		   bool *stand, struct err *e);

/*
 * jobfiles_check() - may those beside the first one be written?
 *
 * ERR_CREATE as below, before anything is changed.
 */
int jobfiles_check(const struct init_system *init, const char *service, const struct manifest *m,
		   struct err *e);

/*
 * jobfiles_write() - write those that are not as they shall be, each recorded in @m before
 *
 * ERR_CREATE for one that is there and is not ours.
 */
int jobfiles_write(const struct init_system *init, const struct job *job, enum jobfiles which,
		   enum manifest_part part, struct manifest *m, struct err *e);

/* After a service's files are removed: init_forget(), and the folders that were made for them go,
 * as far as they are empty: those whose path has the service in it. */
int jobfiles_forget(const struct init_system *init, const char *service, struct err *e);

#endif
