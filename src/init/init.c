/* SPDX-License-Identifier: MIT */
/* init - see init.h */
#include "init/init.h"

#include "base/file.h"

#include <string.h>

static const struct init_system *const systems[] = {&init_systemd};

void init_left_out(const char *unit, struct buf *out)
{
	const char *at = strstr(unit, "\n" INIT_LEFT_OUT " ");

	if (at == NULL)
		return;
	at += sizeof("\n" INIT_LEFT_OUT " ") - 1;
	buf_add_bytes(out, at, strcspn(at, "\n"));
}

const struct init_system *init_find(struct err *e)
{
	struct err ignored;
	char comm[64];

	for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++)
		if (systems[i]->is_running())
			return systems[i];
	if (file_read("/proc/1/comm", comm, sizeof(comm), NULL, &ignored) != 0)
		strcpy(comm, "unknown");
	comm[strcspn(comm, "\n")] = '\0';
	err_set(e, ERR_UNAVAILABLE, "cannot install a service: PID 1 is \"%s\", not systemd", comm);
	err_cure(e, "`tsfunnel run` in the foreground needs no init system");
	return NULL;
}
