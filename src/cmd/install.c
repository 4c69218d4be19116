/* SPDX-License-Identifier: MIT */
/* cmd install - see install/install.h */
#include "install/install.h"

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"

#include <signal.h>
#include <stdio.h>

int cmd_install(const struct options *o, struct err *e)
{
	static struct install in;
	struct progress progress;
	const struct install_args args = {
		.funnel = o->funnel,
		.init = o->init,
		.root = o->root,
		.self = o->self,
		.arch = o->arch,
		.auth_key_file = o->auth_key_file,
		.login_server = o->login_server,
		.hostname = o->hostname,
		.self_path = o->self_path,
		.package = {.base_url = o->base_url,
			    .track = o->track,
			    .version = o->release,
			    .file = o->package,
			    .progress_ctx = &progress,
			    .progress = progress_tell},
		.cacert = o->cacert,
		.prefix = o->prefix,
		.timeout_ms = o->timeout_ms,
		.allow_downgrade = o->allow_downgrade,
		.adopt = o->adopt,
		.dry_run = o->dry_run,
	};
	int rc;

	/* Whoever reads the messages may go away (`| head`); the work is not to stop half-way. */
	signal(SIGPIPE, SIG_IGN);
	progress_init(&progress, "download", o->quiet);
	rc = install_prepare(&in, &args, e);
	if (rc == 0)
		rc = install_run(&in, e);
	progress_done(&progress);
	if (rc == 0 && !o->dry_run && o->root == NULL)
		printf("%s\n", in.url);
	install_done(&in);
	return rc;
}
