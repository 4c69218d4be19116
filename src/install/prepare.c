/* SPDX-License-Identifier: MIT */
/*
 * prepare - what must hold before install changes anything, see install.h
 *
 * The order is the order of blame: what the user typed, then who runs it, then the machine.
 */
#include "base/file.h"
#include "install/daemon.h"
#include "install/install.h"
#include "install/jobfiles.h"
#include "install/ports.h"
#include "install/refusal.h"
#include "install/root.h"
#include "install/tailscale.h"
#include "launch/launch.h"
#include "launch/native.h"
#include "store/rundir.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* tailscaled answers within milliseconds; without a backend it does not answer at all. */
#define ASK_MS 3000

/* With --timeout 0, which is about people: 30 MB over a slow line. */
#define FETCH_MS (INT64_C(10) * 60 * 1000)

static int need_root(struct err *e)
{
	if (geteuid() == 0)
		return 0;
	err_set(e, ERR_PERMISSION, "cannot install a service: not root");
	return err_cure(e, "run it again with sudo, doas or su");
}

static int plan_environment(struct install *in, struct err *e)
{
	const bool image = in->args->root != NULL;
	/* For an image --cacert is about the package server alone. */
	struct environment_wants wants = {.cacert = image ? NULL : in->args->cacert,
					  .flags = in->tailscale_missing,
					  .image = image};
	bool dir = false;

	for (size_t i = 0; i < in->manifest.file_count; i++)
		wants.flags |= in->manifest.files[i].part == MANIFEST_TAILSCALE;
	if (in->init->has_variable(in->daemon, "SSL_CERT_FILE", &wants.has_ca, e) != 0 ||
	    in->init->has_variable(in->daemon, "SSL_CERT_DIR", &dir, e) != 0)
		return -1;
	wants.has_ca |= dir;
	wants.init = in->init;
	wants.service = daemon_is_ours(in) ? NULL : in->daemon;
	return environment_plan(&in->environment, &wants, e);
}

static int need_own_unit(const struct install *in, struct err *e)
{
	if (in->args->adopt || !unitfile_is_foreign(&in->unit))
		return jobfiles_check(in->init, in->funnel.service, &in->manifest, e);
	err_set(e, ERR_CREATE,
		"cannot write %s: a unit of that name is there that tsfunnel did "
		"not write (%s)",
		in->unit.path,
		in->unit.service.fragment[0] != '\0' ? in->unit.service.fragment : "not loaded");
	return err_cure(e, "--adopt replaces it and keeps it for uninstall; --name NAME makes a "
			   "second service");
}

/*
 * Whether a foreground entry on the port is that of the service that is about to be replaced:
 * it runs, and was set up for this port, or it is a foreign one, of whose port nothing is known.
 */
static bool has_port_now(struct install *in)
{
	const struct manifest_funnel *row = manifest_find(&in->manifest, in->funnel.service);

	if (!in->unit.service.active)
		return false;
	return unitfile_is_foreign(&in->unit) || (row != NULL && row->port == in->funnel.port);
}

static int need_port(struct install *in, struct err *e)
{
	static struct live now; /* nobody serves in an image; its socket, if any, is another's */

	if (in->args->root == NULL &&
	    live_ask(in->funnel.socket, deadline_in(ASK_MS), &now, e) != 0)
		return -1;
	return ports_check(&in->funnel, &in->manifest, &now, has_port_now(in), e);
}

/* From here on nobody else changes what is looked at. A dry run changes nothing itself. */
static int hold(struct install *in, struct err *e)
{
	if (in->args->dry_run || in->args->root != NULL)
		return 0;
	in->hold = rundir_hold(in->until, e);
	return in->hold < 0 ? -1 : 0;
}

/* A process of our own needs to see nothing of it, and without a sandbox the CLI sees all. */
static int look_at_target(struct install *in, struct err *e)
{
	if (in->funnel.native || (in->init != NULL && !in->init->sandboxes))
		return mounts_look(&in->funnel, true, e);
	return sandbox_for(&in->funnel.target, &in->sandbox, e);
}

/* What the user typed, and the init system that it is for; then an image is entered. */
static int look_at_words(struct install *in, struct err *e)
{
	const struct install_args *args = in->args;
	struct err no_init;

	if (args->root == NULL)
		in->init = init_find(args->init, &no_init);
	if (funnel_make(&args->funnel, &in->funnel, e) != 0 ||
	    (args->root == NULL && look_at_target(in, e) != 0) || need_root(e) != 0 ||
	    authkey_read(args->auth_key_file, &in->key, e) != 0)
		return -1;
	if (args->root != NULL)
		return root_begin(in, e) != 0 ? -1 : look_at_target(in, e);
	if (in->init == NULL)
		*e = no_init;
	return in->init == NULL ? -1 : 0;
}

int install_prepare(struct install *in, const struct install_args *args, struct err *e)
{
	memset(in, 0, sizeof(*in));
	in->args = args;
	in->self.fd = -1;
	in->hold = -1;
	in->until = deadline_in(args->timeout_ms);
	in->until_network = deadline_in(args->timeout_ms > 0 ? args->timeout_ms : FETCH_MS);
	in->image = (struct image)IMAGE_NONE;
	if (look_at_words(in, e) != 0)
		return -1;
	in->daemon = init_daemon(in->init);
	if (hold(in, e) != 0 || manifest_load(&in->manifest, e) != 0 ||
	    tailscale_look(in, e) != 0 || plan_environment(in, e) != 0 ||
	    unitfile_look(&in->unit, in->init, in->funnel.service, e) != 0 ||
	    need_own_unit(in, e) != 0 || need_port(in, e) != 0 ||
	    self_find(&in->self, args->self_path, &in->manifest, e) != 0)
		return -1;
	return refusal_render(in, e);
}

void install_done(struct install *in)
{
	authkey_wipe(&in->key);
	self_done(&in->self);
	rundir_release(in->hold);
	image_done(&in->image);
}
