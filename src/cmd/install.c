/* SPDX-License-Identifier: MIT */
/* cmd install - see install/install.h */
#include "install/install.h"

#include "base/log.h"
#include "cmd/cmd.h"

#include <signal.h>
#include <stdio.h>

int cmd_install(const struct options *o, struct err *e)
{
	static struct install in;
	const struct install_args args = {
		.funnel = o->funnel,
		.auth_key_file = o->auth_key_file,
		.login_server = o->login_server,
		.hostname = o->hostname,
		.self_path = o->self_path,
		.timeout_ms = o->timeout_ms,
		.adopt = o->adopt,
		.dry_run = o->dry_run,
	};
	int rc;

	log_quiet(o->quiet);
	/* Whoever reads the messages may go away (`| head`); the work is not to stop half-way. */
	signal(SIGPIPE, SIG_IGN);
	rc = install_prepare(&in, &args, e);
	if (rc == 0)
		rc = install_run(&in, e);
	if (rc == 0 && !o->dry_run)
		printf("%s\n", in.url);
	install_done(&in);
	return rc;
}
