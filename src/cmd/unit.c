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

static int look(struct funnel *f, const struct init_system *init, struct sandbox *s, struct err *e)
{
	const struct target *t = &f->target;
	bool plain = f->native || !init->sandboxes;

	e->sys = 0;
	if (plain ? mounts_look(f, true, e) == 0 : sandbox_for(t, s, e) == 0)
		return 0;
	if (e->sys == 0)
		return -1;
	log_warn("%s; the unit is for a machine that has it", e->msg);
	if (!plain)
		sandbox_guess(t, s);
	return 0;
}

/* The init system that was named, else the one that runs, else the one that most machines have. */
static const struct init_system *choose(const struct options *o, struct err *e)
{
	const struct init_system *init = init_find(o->init, e);

	if (init == NULL && o->init == NULL)
		init = &init_systemd;
	if (init == NULL || o->systemd == NULL || init == &init_systemd)
		return init;
	err_set(e, ERR_USAGE, "cannot use --systemd: the service is for %s", init->name);
	err_cure(e, "leave it out, or give --init systemd");
	return NULL;
}

/* Several files are told apart by a line before each. */
static int print_files(const struct init_system *init, const struct job *job, struct err *e)
{
	static char text[INIT_UNIT_MAX];
	char path[INIT_PATH_MAX];
	bool several = init->files[1].path != NULL && init->files[1].mode != 0;

	for (const struct init_file *f = init->files; f->path != NULL; f++) {
		struct buf out = BUF_OF(text);

		if (f->mode == 0)
			continue;
		if (init_path(f, job->service, path, e) != 0 || f->render(job, &out, e) != 0)
			return -1;
		if (several)
			printf("==> %s <==\n", path);
		fputs(text, stdout);
	}
	return 0;
}

static int print_recipe(const struct funnel *f, struct err *e)
{
	static char text[INIT_UNIT_MAX];
	struct buf out = BUF_OF(text);

	if (init_render_recipe(f, &out, e) != 0)
		return -1;
	fputs(text, stdout);
	return 0;
}

int cmd_unit(const struct options *o, struct err *e)
{
	static struct sandbox sandbox;
	static struct job_room room;
	static struct funnel f;
	struct unit_spec spec = {
		.funnel = &f,
		.self = o->self_path != NULL ? o->self_path : DEFAULT_SELF,
		.sandbox = &sandbox,
		.manager_version = o->systemd != NULL ? (int)strtol(o->systemd, NULL, 10) : 0,
	};
	const struct init_system *init;
	struct job job;

	if (funnel_make(&o->funnel, &f, e) != 0)
		return -1;
	if (o->plain)
		return print_recipe(&f, e);
	init = choose(o, e);
	if (init == NULL || look(&f, init, &sandbox, e) != 0)
		return -1;
	spec.daemon = init_daemon(init);
	return job_funnel(&spec, &room, &job, e) != 0 ? -1 : print_files(init, &job, e);
}
