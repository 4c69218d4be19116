/* SPDX-License-Identifier: MIT */
/* service_dir - see service_dir.h */
#include "init/service_dir.h"

#include "base/auto.h"
#include "base/deadline.h"
#include "base/file.h"
#include "init/shell.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* Tools wait for a service for at most 20 s, which is told to them. */
#define TOOL_MS 60000
#define LOOK_MS 20

#define HEAD "#!/bin/sh\n" INIT_MARKED

static int done(const struct buf *out, struct err *e)
{
	return buf_full(out) ? err_set(e, ERR_BUG, "cannot write the script: no room") : 0;
}

int service_dir_run(const struct job *job, struct buf *out, struct err *e)
{
	buf_printf(out, HEAD "# %s\n", job->description);
	if (job->after != NULL)
		buf_printf(out,
			   "# Nothing here starts %s: the launcher waits for it, and who stopped\n"
			   "# it wants it stopped.\n",
			   job->after);
	buf_add(out, "exec 2>&1\n");
	shell_environment(job, "", out);
	buf_add(out, "exec ");
	shell_command(job, out);
	buf_add_char(out, '\n');
	return done(out, e);
}

int service_dir_finish(const struct job *job, const char *unless_stopped, struct buf *out,
		       struct err *e)
{
	buf_add(out, HEAD "exec 2>&1\n");
	buf_add(out, unless_stopped);
	if (job->cleanup != NULL) {
		buf_add(out, "# Only after a stop: else another copy may run, whose supervisor was "
			     "killed.\n");
		shell_words(job->cleanup, out);
		buf_add_char(out, '\n');
	}
	return done(out, e);
}

int service_dir_log(const struct job *job, const char *logger, struct buf *out, struct err *e)
{
	buf_printf(out,
		   HEAD "umask 077\n"
			"mkdir -p /var/log/%s\n"
			"exec %s /var/log/%s\n",
		   job->service, logger, job->service);
	return done(out, e);
}

bool service_dir_is_read(const char *fifo)
{
	AUTO_FD int fd = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	return fd >= 0;
}

bool service_dir_wait_read(const char *fifo, bool read, int ms)
{
	const struct deadline until = deadline_in(ms);

	while (service_dir_is_read(fifo) != read) {
		if (deadline_passed(until))
			return false;
		poll(NULL, 0, LOOK_MS);
	}
	return true;
}

int service_dir_ask(const char *const argv[], struct process_result *r, struct err *e)
{
	if (process_run(argv, deadline_in(TOOL_MS), r, e) == 0)
		return 0;
	/* 126 and 127 speak of the tailscale CLI. */
	if (e->code == ERR_NOTFOUND || e->code == ERR_NOEXEC) {
		e->code = ERR_UNAVAILABLE;
		err_cure(e, "%s must be in PATH", argv[0]);
	}
	return -1;
}

int service_dir_judge(struct process_result *r, const char *verb, const char *service,
		      struct err *e)
{
	if (r->status == 0)
		return 0;
	err_set(e, ERR_FAILED, "cannot %s %s: %s", verb, service, process_first_line(r));
	return err_cure(e, "see /var/log/%s/current", service);
}

bool service_dir_has_variable(const char *dir, const char *key)
{
	static const char *const scripts[] = {"run", "conf"};
	char path[2 * INIT_PATH_MAX];

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, scripts[i]);
		if (init_sets_variable(path, key))
			return true;
	}
	snprintf(path, sizeof(path), "%s/env/%s", dir, key);
	return file_exists(path) || init_first_has_variable(key);
}

bool service_dir_first_is(const char *comm)
{
	char text[64];
	struct err ignored;

	if (file_read("/proc/1/comm", text, sizeof(text), NULL, &ignored) != 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	return strcmp(text, comm) == 0;
}
