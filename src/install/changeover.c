/* SPDX-License-Identifier: MIT */
/* changeover - see changeover.h */
#include "install/changeover.h"

#include "base/log.h"
#include "install/tailscale.h"
#include "install/texts.h"
#include "launch/launch.h"
#include "localapi/node.h"

/* tailscaled listens within tenths of a second and answers when its backend exists. */
#define COMES_UP_MS 30000

static int settle(struct install *in, struct err *e)
{
	return place_settle(&in->programs, &in->manifest, e) != 0 ? -1 : init_reload(in->init, e);
}

static int comes_up(struct install *in, struct err *e)
{
	const struct deadline until = deadline_in(COMES_UP_MS);
	struct version cli, daemon;
	static struct node node;

	if (init_reload(in->init, e) != 0 || tailscale_version(in->programs.cli, &cli, e) != 0 ||
	    in->init->restart(in->daemon, e) != 0 ||
	    wait_socket(in->funnel.socket, until, e) != 0 ||
	    node_get(in->funnel.socket, until, &node, e) != 0 ||
	    tailscale_parse_version(node.version, &daemon, e) != 0)
		return -1;
	return version_compare(&cli, &daemon) == 0
		       ? 0
		       : err_set(e, ERR_UNAVAILABLE, "tailscaled runs as %.40s", node.version);
}

/* The error that is told is the first one, whatever else goes wrong on the way back. */
static int go_back(struct install *in, struct err *e)
{
	char logs[INIT_PATH_MAX];
	struct err other = {0};
	bool back = generation_switch(&in->programs, GENERATION_OLD, &other) == 0;
	struct err unsettled;

	/* Also where the disk is full: the old programs hold, whatever else is left lying. */
	if (back && settle(in, &unsettled) != 0)
		log_err(&unsettled);
	back = back && in->init->restart(in->daemon, &other) == 0;

	e->code = ERR_UNAVAILABLE;
	err_wrap(e, "cannot use the new tailscaled%s",
		 back ? "" : ", and the previous one does not start either");
	if (back)
		log_notice("the previous Tailscale is back and runs");
	else
		log_err(&other);
	return err_cure(e, "%s has its own words",
			init_text(in->init->hints.logs, in->daemon, logs, sizeof(logs)));
}

int changeover_run(struct install *in, struct err *e)
{
	if (generation_current(&in->programs) != GENERATION_NEW ||
	    !generation_has_old(&in->programs))
		return settle(in, e);
	if (texts_put(&in->programs, &in->manifest, e) != 0 || comes_up(in, e) != 0)
		return go_back(in, e);
	return settle(in, e);
}
