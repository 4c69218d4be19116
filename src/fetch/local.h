/* SPDX-License-Identifier: MIT */
/* local - a package on disk: what package.h does without a network */
#ifndef FETCH_LOCAL_H
#define FETCH_LOCAL_H

#include "fetch/package.h"

/* The name from the file's, held against version and architecture that were asked for. */
int local_choose(const struct package_request *q, struct package *p, struct err *e);

/* Opens and verifies; the open file is the one that was hashed. */
int local_get(const struct package_request *q, struct package *p, struct err *e);

#endif
