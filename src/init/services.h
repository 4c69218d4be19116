/* SPDX-License-Identifier: MIT */
/*
 * services - the funnels' service files on this machine, found by name and marker
 *
 * For whoever has no manifest: it is lost, or only root may read it.
 */
#ifndef INIT_SERVICES_H
#define INIT_SERVICES_H

#include "funnel/funnel.h"
#include "init/init.h"

#include <stddef.h>

/* More than anybody has: a machine has three public ports. */
#define SERVICES_MAX 64

/*
 * services_find() - names of services whose file is one of ours, sorted
 *
 * Regular files alone, of which the marker can be read. Return: how many, at most SERVICES_MAX.
 */
size_t services_find(const struct init_system *init,
		     char names[static SERVICES_MAX][FUNNEL_SERVICE_MAX]);

#endif
