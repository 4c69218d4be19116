/* SPDX-License-Identifier: MIT */
/* install - runs or prints the plan, see install.h; the rows are in steps.c */
#include "install/install.h"

#include "base/diff.h"
#include "base/log.h"
#include "install/step.h"
#include "launch/firstlogin.h"

#include <stdio.h>
#include <string.h>

#define TODO_MAX 1024

static int run_step(struct install *in, const struct step *s, struct err *e)
{
	int64_t start = deadline_now_ms();
	char mem[TODO_MAX];
	struct buf todo = BUF_OF(mem);

	if (s->check(in, &todo, e) != 0)
		return -1;
	if (todo.len == 0)
		return 0;
	log_info("%s: %s", s->name, mem);
	in->changed = true;
	if (s->apply(in, e) != 0)
		return -1;
	log_info("%s: done in %.1f s", s->name, (double)(deadline_now_ms() - start) / 1000);
	return 0;
}

/* Prints one row of the plan: what would be done, or that nothing is. */
static int print_step(struct install *in, const struct step *s, struct err *e)
{
	char mem[TODO_MAX];
	struct buf todo = BUF_OF(mem);

	if (s->check(in, &todo, e) != 0)
		return -1;
	printf("%-19s %s\n", s->name, todo.len > 0 ? mem : "nothing to do");
	in->changed |= todo.len > 0;
	return 0;
}

static int print_diff(struct install *in, struct err *e)
{
	static char text[4 * INIT_UNIT_MAX];
	struct buf out = BUF_OF(text);
	const char *from = in->unit.owner == UNITFILE_NONE ? "/dev/null" : in->unit.path;

	if (diff_unified(from, in->unit.now, in->unit.path, in->unit.wanted, &out, e) != 0)
		return -1;
	fputs(text, stdout);
	return 0;
}

/* The public URL, also when no step had to wait for it. */
static void name_url(struct install *in)
{
	struct buf url = BUF_OF(in->url);

	if (in->node.dns_name[0] != '\0')
		funnel_url(&in->funnel, in->node.dns_name, &url);
}

static void name_first_boot(void)
{
	if (file_exists(FIRSTLOGIN_DIR "/" FIRSTLOGIN_KEY))
		log_info("the image is ready: at its first boot it logs in and serves");
	else
		log_notice("the image is ready, but has no auth key: log in there, or boot it with "
			   "the credential " FIRSTLOGIN_CREDENTIAL);
}

int install_run(struct install *in, struct err *e)
{
	int (*one)(struct install *, const struct step *, struct err *) =
		in->args->dry_run ? print_step : run_step;
	const enum step_where elsewhere = in->args->root != NULL ? STEP_MACHINE : STEP_IMAGE;

	for (const struct step *s = install_steps; s->name != NULL; s++)
		if (s->where != elsewhere && one(in, s, e) != 0)
			return -1;
	if (in->args->dry_run)
		return print_diff(in, e);
	if (!in->changed)
		log_info("nothing to do");
	if (in->args->root != NULL)
		name_first_boot();
	else
		name_url(in);
	return 0;
}
