/* SPDX-License-Identifier: MIT */
/*
 * cmd unit - print the service file that install would write
 *
 * It looks at a path target as install does, because the sandbox depends on it. A path that is
 * not there is taken for one of another machine: said on stderr, and rendered as if nothing were
 * in its way.
 */
#include "base/log.h"
#include "cmd/cmd.h"
#include "init/init.h"
#include "launch/native.h"

#include <stdio.h>
#include <stdlib.h>

/* Where install puts the program if nothing is in its way. */
#define DEFAULT_SELF "/usr/local/bin/tsfunnel"

static int look(struct funnel *f, struct sandbox *s, struct err *e)
{
	const struct target *t = &f->target;

	e->sys = 0;
	if (f->native ? mounts_look(f, true, e) == 0 : sandbox_for(t, s, e) == 0)
		return 0;
	if (e->sys == 0)
		return -1;
	log_warn("%s; the unit is for a machine that has it", e->msg);
	if (!f->native)
		sandbox_guess(t, s);
	return 0;
}

static int render(const struct options *o, struct funnel *f, struct buf *out, struct err *e)
{
	static struct sandbox sandbox;
	struct unit_spec spec = {
		.funnel = f,
		.self = o->self_path != NULL ? o->self_path : DEFAULT_SELF,
		.sandbox = &sandbox,
		.manager_version = o->systemd != NULL ? (int)strtol(o->systemd, NULL, 10) : 0,
	};

	if (o->plain)
		return init_render_recipe(f, out, e);
	return look(f, &sandbox, e) != 0 ? -1 : init_systemd.render(&spec, out, e);
}

int cmd_unit(const struct options *o, struct err *e)
{
	static struct funnel f;
	static char text[INIT_UNIT_MAX];
	struct buf out = BUF_OF(text);

	if (funnel_make(&o->funnel, &f, e) != 0 || render(o, &f, &out, e) != 0)
		return -1;
	fputs(text, stdout);
	return 0;
}
