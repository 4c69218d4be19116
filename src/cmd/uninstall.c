/* SPDX-License-Identifier: MIT */
/* cmd uninstall - see install/uninstall.h */
#include "install/uninstall.h"

#include "base/log.h"
#include "cmd/cmd.h"

#include <signal.h>

int cmd_uninstall(const struct options *o, struct err *e)
{
	const struct uninstall_args args = {
		.name = o->funnel.name,
		.init = o->init,
		.root = o->root,
		.socket = o->funnel.socket,
		.all = o->all,
		.logout = o->logout,
		.purge = o->purge,
	};

	log_quiet(o->quiet);
	/* Whoever reads the messages may go away (`| head`); the work is not to stop half-way. */
	signal(SIGPIPE, SIG_IGN);
	return uninstall_run(&args, e);
}
