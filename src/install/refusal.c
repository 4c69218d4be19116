/* SPDX-License-Identifier: MIT */
/* refusal - see refusal.h */
#include "install/refusal.h"

#include "base/file.h"
#include "base/log.h"
#include "launch/firstlogin.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Between two starts the manager shows how the last one ended, for 100 ms (RestartSec=). */
#define LOOK_MS 3000
#define PAUSE_MS 20

static int render(struct install *in, unsigned left_out, struct err *e)
{
	static struct unit_spec spec;
	static struct job_room room;
	char both[2 * FILE_DIGEST_LEN];

	spec = (struct unit_spec){
		.funnel = &in->funnel,
		.self = in->self.path,
		.cli = in->cli,
		.daemon = in->daemon,
		.sandbox = &in->sandbox,
		.manager_version = in->manager_version,
		.left_out = left_out,
		/* Where an image was prepared for it, the folder stays. */
		.first_login = in->args->root != NULL || file_exists(FIRSTLOGIN_DIR),
	};
	if (job_funnel(&spec, &room, &in->job, e) != 0 ||
	    unitfile_render(&in->unit, in->init, &in->job, e) != 0)
		return -1;
	in->left_out = left_out;
	snprintf(both, sizeof(both), "%s%s", in->unit.digest, in->self.digest);
	file_digest_bytes(both, strlen(both), in->started);
	return 0;
}

int refusal_render(struct install *in, struct err *e)
{
	const struct manifest_funnel *row = manifest_find(&in->manifest, in->funnel.service);

	in->manager_version = in->init->version != NULL ? in->init->version(e) : 0;
	if (in->manager_version < 0 || render(in, 0, e) != 0)
		return -1;
	memcpy(in->whole, in->unit.digest, sizeof(in->whole));
	if (row == NULL || row->left_out == 0 || strcmp(row->whole, in->whole) != 0)
		return 0;
	return render(in, row->left_out, e);
}

int refusal_seen(struct install *in, unsigned *parts, struct err *e)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	struct deadline until = deadline_in(LOOK_MS);
	struct service_state s;

	for (;;) {
		if (in->init->query(in->funnel.service, &s, e) != 0)
			return -1;
		*parts = s.refused & ~in->left_out;
		if (s.refused != 0 || !s.starting || deadline_passed(until))
			return 0;
		nanosleep(&pause, NULL);
	}
}

static int leave_out(struct install *in, unsigned parts, struct err *e)
{
	struct manifest_funnel *row = manifest_find(&in->manifest, in->funnel.service);
	char names[INIT_LEFT_OUT_MAX];
	struct buf out = BUF_OF(names);

	if (row == NULL)
		return err_set(e, ERR_BUG, "cannot record the unit of %s", in->funnel.service);
	if (render(in, in->left_out | parts, e) != 0)
		return -1;
	init_left_out(in->unit.wanted, &out);
	log_warn("this machine refuses parts of the sandbox; the unit is written without: %s",
		 names);
	row->left_out = in->left_out;
	memcpy(row->whole, in->whole, sizeof(row->whole));
	memcpy(row->digest, in->unit.digest, sizeof(row->digest));
	row->started[0] = '\0';
	return manifest_save(&in->manifest, e) != 0 || unitfile_write(&in->unit, in->init, e) != 0
		       ? -1
		       : init_reload(in->init, e);
}

int refusal_start(struct install *in, struct err *e)
{
	/* Each turn leaves something out that was still in, so there are few. */
	while (in->init->restart(in->funnel.service, e) != 0) {
		struct err ignored;
		unsigned parts = 0;

		if (refusal_seen(in, &parts, &ignored) != 0 || parts == 0)
			return -1;
		if (leave_out(in, parts, e) != 0)
			return -1;
	}
	return 0;
}
