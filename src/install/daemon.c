/* SPDX-License-Identifier: MIT */
/* daemon - see daemon.h */
#include "install/daemon.h"

#include "base/file.h"
#include "install/jobfiles.h"

bool daemon_is_ours(const struct install *in)
{
	char path[INIT_PATH_MAX];
	struct err ignored;

	if (in->init->packaged || init_path(&in->init->files[0], in->daemon, path, &ignored) != 0)
		return false;
	return !file_exists(path) || self_is_ours(path);
}

static void make_job(const struct install *in, struct job_daemon_room *room, struct job *job)
{
	job_tailscaled(in->daemon, in->daemon_program, ENVIRONMENT_FILE, room, job);
}

int daemon_stands(const struct install *in, bool *stands, struct err *e)
{
	struct job_daemon_room room;
	struct job job;

	*stands = true;
	if (!daemon_is_ours(in))
		return 0;
	make_job(in, &room, &job);
	return jobfiles_stand(in->init, &job, JOBFILES_ALL, stands, e);
}

int daemon_write(struct install *in, struct err *e)
{
	enum manifest_part part = MANIFEST_ENVIRONMENT;
	struct job_daemon_room room;
	struct job job;

	for (size_t i = 0; i < in->manifest.file_count; i++)
		if (in->manifest.files[i].part == MANIFEST_TAILSCALE)
			part = MANIFEST_TAILSCALE;
	make_job(in, &room, &job);
	return jobfiles_write(in->init, &job, JOBFILES_ALL, part, &in->manifest, e);
}
