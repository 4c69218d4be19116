/* SPDX-License-Identifier: MIT */
/* cmd uninstall - see install/uninstall.h */
#include "install/uninstall.h"

#include "base/log.h"
#include "cmd/cmd.h"

int cmd_uninstall(const struct options *o, struct err *e)
{
	const struct uninstall_args args = {
		.name = o->funnel.name,
		.socket = o->funnel.socket,
		.all = o->all,
		.logout = o->logout,
	};

	log_quiet(o->quiet);
	return uninstall_run(&args, e);
}
