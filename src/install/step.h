/* SPDX-License-Identifier: MIT */
/*
 * step - one row of the plan
 *
 * check() looks and says in @todo what apply() would do; "" means nothing is to be done. It
 * changes nothing, and on a machine where an earlier step has not run yet (--dry-run) it says
 * what it will do then.
 */
#ifndef INSTALL_STEP_H
#define INSTALL_STEP_H

#include "base/buf.h"
#include "install/install.h"

/* Where a step has something to do. */
enum step_where { STEP_ANYWHERE, STEP_MACHINE, STEP_IMAGE };

struct step {
	const char *name;
	int (*check)(struct install *in, struct buf *todo, struct err *e);
	int (*apply)(struct install *in, struct err *e);
	enum step_where where;
};

/* The plan, ended by a row without a name. */
extern const struct step install_steps[];

#endif
