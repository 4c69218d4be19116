/* SPDX-License-Identifier: MIT */
/* job - see job.h */
#include "init/job.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

int job_funnel(const struct unit_spec *spec, struct job_room *room, struct job *job, struct err *e)
{
	const struct funnel *f = spec->funnel;
	size_t n = 0, c = 0;

	if (funnel_run_argv(f, spec->self, &room->words, e) != 0)
		return -1;
	for (int i = 0; i < room->words.argc; i++)
		if (!text_is_plain(room->words.argv[i]))
			return err_set(e, ERR_USAGE,
				       "cannot write \"%.80s\" into a service: it has control "
				       "characters or is not valid UTF-8",
				       room->words.argv[i]);
	snprintf(room->description, sizeof(room->description),
		 "Tailscale Funnel: %s on public port %u", f->target.text, f->port);
	room->cleanup[c++] = spec->self;
	room->cleanup[c++] = "run";
	if (f->name[0] != '\0') {
		snprintf(room->name, sizeof(room->name), "--name=%s", f->name);
		room->cleanup[c++] = room->name;
	}
	room->cleanup[c++] = "--end";
	room->cleanup[c] = NULL;
	*job = (struct job){
		.service = f->service,
		.description = room->description,
		.argv = room->words.argv,
		.cleanup = room->cleanup,
		.after = spec->daemon,
		.spec = spec,
	};
	job->variables[n++] = (struct job_variable){JOB_SUPERVISED, f->service};
	if (!f->native && spec->cli != NULL && spec->cli[0] != '\0')
		job->variables[n++] = (struct job_variable){"TSFUNNEL_TAILSCALE", spec->cli};
	return 0;
}

void job_tailscaled(const char *service, const char *program, const char *environment,
		    struct job_daemon_room *room, struct job *job)
{
	*room = (struct job_daemon_room){
		.argv = {program, "--state=/var/lib/tailscale/tailscaled.state",
			 "--socket=/run/tailscale/tailscaled.sock", NULL},
		.cleanup = {program, "--cleanup", NULL},
		.files = {JOB_DEFAULTS, environment, NULL},
	};
	*job = (struct job){
		.service = service,
		.description = "Tailscale node agent",
		.argv = room->argv,
		.more = "--port=${PORT:-41641} $FLAGS",
		.files = room->files,
		.network = true,
		.cleanup = room->cleanup,
	};
}
