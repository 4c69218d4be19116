/* SPDX-License-Identifier: MIT */
/* run - what the unit starts: becomes the tailscale CLI when the funnel can stand, or holds it */
#include "cmd/cmd.h"
#include "funnel/funnel.h"
#include "launch/launch.h"
#include "launch/native.h"
#include "launch/orphan.h"

int cmd_run(const struct options *o, struct err *e)
{
	struct funnel f;

	if (o->end)
		return funnel_make(&o->funnel, &f, e) != 0 ? -1 : orphan_end(f.service, e);
	/* What a unit was written for may be hidden from us by now: the unit's words count. */
	if (funnel_make(&o->funnel, &f, e) != 0 || (f.native && mounts_look(&f, false, e) != 0))
		return -1;
	return launch_run(&f, o->no_wait, e);
}
