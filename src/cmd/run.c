/* SPDX-License-Identifier: MIT */
/* run - what the unit starts: becomes the tailscale CLI when the funnel can stand */
#include "cmd/cmd.h"
#include "funnel/funnel.h"
#include "launch/launch.h"

int cmd_run(const struct options *o, struct err *e)
{
	struct funnel f;

	if (funnel_make(&o->funnel, &f, e) != 0)
		return -1;
	return launch_run(&f, o->no_wait, e);
}
