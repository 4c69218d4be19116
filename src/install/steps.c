/* SPDX-License-Identifier: MIT */
/*
 * steps - the plan of install, see step.h
 *
 * Each pair of functions is one row of the table at the end: what is to be done, and doing it.
 * manifest_save() comes before the change it is about, so that a kill between the two leaves a
 * manifest that knows too much, never too little.
 */
#include "base/log.h"
#include "install/changeover.h"
#include "install/daemon.h"
#include "install/jobfiles.h"
#include "install/refusal.h"
#include "install/root.h"
#include "install/step.h"
#include "install/tailscale.h"
#include "install/wait_live.h"
#include "launch/launch.h"
#include "launch/live.h"
#include "localapi/login.h"
#include "net/internet.h"

#include <string.h>
#include <unistd.h>

/* tailscaled answers within milliseconds, or not before its backend exists. */
#define ASK_MS 3000

/* From the start of tailscaled to its socket: tenths of a second, more on a busy machine. */
#define SOCKET_MS 10000

static int check_tailscale(struct install *in, struct buf *todo, struct err *e)
{
	const struct package_request *q = &in->args->package;

	(void)e;
	if (!in->tailscale_missing && !in->replace)
		return 0;
	buf_printf(todo, "%s Tailscale %s from %s, verify it, place it in %s",
		   in->replace ? "get another" : "get", q->version != NULL ? q->version : "",
		   q->file != NULL       ? q->file
		   : q->base_url != NULL ? q->base_url
					 : PACKAGE_SERVER,
		   in->programs.prefix);
	return 0;
}

static int get_package(struct install *in, struct network *net, struct package *p, struct err *e)
{
	struct package_request q = in->args->package;

	q.folder = MANIFEST_DIR;
	if (package_choose(&q, net, in->until_network, p, e) != 0 ||
	    file_make_dir(MANIFEST_DIR, 0700, e) != 0)
		return -1;
	return package_get(&q, net, in->until_network, p, e);
}

static int get_and_place(struct install *in, struct network *net, struct err *e)
{
	static struct package p;
	int rc;

	if (in->args->root == NULL)
		rc = get_package(in, net, &p, e);
	else
		rc = root_get_package(in, net, &p, e) != 0 ? -1 : root_record_folders(in, e);
	if (rc != 0)
		return -1;
	rc = place_programs(&in->programs, &p, &in->manifest, e);
	package_done(&p);
	/* Where nothing was before, nothing is taken over. */
	if (rc == 0 && !generation_has_old(&in->programs))
		rc = changeover_run(in, e);
	return rc;
}

/* After a first try that placed nothing: neither the manifest nor the folder for the download. */
static void leave_no_trace(const struct install *in)
{
	const struct manifest *m = &in->manifest;
	struct err ignored;

	if (!m->found && m->count == 0 && m->file_count == 0)
		manifest_remove(&ignored);
}

static int apply_tailscale(struct install *in, struct err *e)
{
	static struct internet net;
	int rc;

	internet_init(&net, in->args->cacert);
	rc = get_and_place(in, &net.network, e);
	internet_done(&net);
	if (rc != 0)
		leave_no_trace(in);
	return rc;
}

static int check_unfinished(struct install *in, struct buf *todo, struct err *e)
{
	(void)e;
	if (in->programs.prefix[0] != '\0' && generation_is_open(&in->programs))
		buf_add(todo, "finish what was begun: another Tailscale was put in place");
	return 0;
}

static int check_changeover(struct install *in, struct buf *todo, struct err *e)
{
	(void)e;
	if (in->replace || (in->tailscale_missing && generation_is_open(&in->programs)))
		buf_add(todo, "restart tailscaled; the previous one stays until it answers");
	return 0;
}

/* How tailscaled was found is recorded once, before the first change of it. */
static int record_tailscaled(struct install *in, const struct service_state *s, struct err *e)
{
	if (in->manifest.tailscaled_known)
		return 0;
	in->manifest.tailscaled_known = true;
	in->manifest.tailscaled_enabled = s->enabled;
	in->manifest.tailscaled_active = s->active;
	return manifest_save(&in->manifest, e);
}

static int apply_changeover(struct install *in, struct err *e)
{
	struct service_state s;

	if (in->init->query(in->daemon, &s, e) != 0 || record_tailscaled(in, &s, e) != 0)
		return -1;
	return changeover_run(in, e);
}

/* What was seen before is no longer what is there. */
static int apply_unfinished(struct install *in, struct err *e)
{
	return apply_changeover(in, e) != 0 ? -1 : tailscale_look(in, e);
}

static int check_environment(struct install *in, struct buf *todo, struct err *e)
{
	(void)e;
	if (!environment_stands(&in->environment))
		buf_printf(todo, "tell tailscaled what it needs here: %s", ENVIRONMENT_FILE);
	return 0;
}

static int apply_environment(struct install *in, struct err *e)
{
	struct service_state s;

	if (environment_write(&in->environment, &in->manifest, e) != 0 ||
	    init_reload(in->init, e) != 0 || in->init->query(in->daemon, &s, e) != 0)
		return -1;
	/* The changeover restarts it, and knows the way back. */
	if (in->programs.prefix[0] != '\0' && generation_is_open(&in->programs))
		return 0;
	/* It reads its environment when it starts. */
	return s.active ? in->init->restart(in->daemon, e) : 0;
}

static int check_tailscaled_service(struct install *in, struct buf *todo, struct err *e)
{
	bool stands;

	if (daemon_stands(in, &stands, e) != 0)
		return -1;
	if (!stands)
		buf_printf(todo, "write a service for %s", in->daemon_program);
	return 0;
}

static int apply_tailscaled_service(struct install *in, struct err *e)
{
	struct service_state s;

	if (in->init->query(in->daemon, &s, e) != 0 || record_tailscaled(in, &s, e) != 0 ||
	    daemon_write(in, e) != 0)
		return -1;
	return init_reload(in->init, e);
}

static int check_tailscaled_enabled(struct install *in, struct buf *todo, struct err *e)
{
	struct service_state s;

	if (in->init->query(in->daemon, &s, e) != 0)
		return -1;
	if (!s.enabled)
		buf_add(todo, "start tailscaled at boot");
	return 0;
}

static int apply_tailscaled_enabled(struct install *in, struct err *e)
{
	struct service_state s;

	if (in->init->query(in->daemon, &s, e) != 0 || record_tailscaled(in, &s, e) != 0)
		return -1;
	return init_enable(in->init, in->daemon, e);
}

static int check_tailscaled_running(struct install *in, struct buf *todo, struct err *e)
{
	struct service_state s;

	if (in->init->query(in->daemon, &s, e) != 0)
		return -1;
	if (!s.active)
		buf_add(todo, "start tailscaled");
	return 0;
}

static int apply_tailscaled_running(struct install *in, struct err *e)
{
	struct service_state s;

	if (in->init->query(in->daemon, &s, e) != 0 || record_tailscaled(in, &s, e) != 0)
		return -1;
	return in->init->start(in->daemon, e);
}

static void show_url(const char *url, void *arg)
{
	(void)arg;
	log_notice("to log this machine in, visit: %s", url);
}

static struct login login_of(const struct install *in, struct deadline until)
{
	return (struct login){
		.socket = in->funnel.socket,
		.auth_key = in->key.text[0] != '\0' ? in->key.text : NULL,
		.login_server = in->args->login_server,
		.hostname = in->args->hostname,
		.until = until,
		.show_url = show_url,
	};
}

static int check_login(struct install *in, struct buf *todo, struct err *e)
{
	const struct login l = login_of(in, deadline_in(ASK_MS));

	if (login_plan(&l, &in->node, todo, e) == 0)
		return 0;
	/* Not up yet, or up without a backend: then a login is at least what is to be tried. */
	if (e->code != ERR_UNAVAILABLE && e->code != ERR_TIMEOUT)
		return -1;
	buf_printf(todo, "log in with %s", l.auth_key != NULL ? "the auth key" : "a login URL");
	return 0;
}

static int apply_login(struct install *in, struct err *e)
{
	int64_t ms = in->args->timeout_ms;
	/* What came before may have used it up; only --timeout 0 means not to wait at all. */
	const struct login l = login_of(in, ms > 0 ? deadline_within(ms, in->until) : in->until);
	struct err ignored;
	int rc;

	/* "Active" may be a tailscaled that is just starting: at boot, or by somebody else. Who
	 * never listens is named by login_run(). */
	wait_socket(l.socket,
		    ms > 0 ? deadline_within(SOCKET_MS, in->until) : deadline_in(SOCKET_MS),
		    &ignored);
	rc = login_run(&l, &in->node, e);
	authkey_wipe(&in->key);
	return rc;
}

static int check_self(struct install *in, struct buf *todo, struct err *e)
{
	(void)e;
	if (!in->self.same)
		buf_printf(todo, "copy this binary to %s", in->self.path);
	return 0;
}

static int apply_self(struct install *in, struct err *e)
{
	self_record(&in->self, &in->manifest);
	if (manifest_save(&in->manifest, e) != 0)
		return -1;
	return self_place(&in->self, e);
}

/* Does the manifest's row say what this funnel is? */
static bool row_is_current(struct install *in)
{
	const struct manifest_funnel *row = manifest_find(&in->manifest, in->funnel.service);

	return row != NULL && row->port == in->funnel.port &&
	       strcmp(row->target, in->funnel.target.text) == 0 &&
	       strcmp(row->digest, in->unit.digest) == 0;
}

/* Ours by the marker, but not the bytes that were written last. */
static bool was_edited(struct install *in)
{
	const struct manifest_funnel *row = manifest_find(&in->manifest, in->funnel.service);
	char now[FILE_DIGEST_LEN];

	if (in->unit.owner != UNITFILE_OURS || row == NULL || row->digest[0] == '\0' ||
	    strcmp(in->unit.now, in->unit.wanted) == 0)
		return false;
	file_digest_bytes(in->unit.now, strlen(in->unit.now), now);
	return strcmp(now, row->digest) != 0;
}

static int check_unit(struct install *in, struct buf *todo, struct err *e)
{
	bool beside;

	if (jobfiles_stand(in->init, &in->job, JOBFILES_BESIDE, &beside, e) != 0)
		return -1;
	if (strcmp(in->unit.now, in->unit.wanted) == 0 && row_is_current(in) && beside)
		return 0;
	if (in->unit.owner == UNITFILE_FOREIGN)
		buf_printf(todo, "keep the foreign %s and replace it", in->unit.path);
	else
		buf_printf(todo, "write %s%s%s", in->unit.path,
			   was_edited(in) ? ", undoing what somebody edited in it" : "",
			   was_edited(in) ? in->init->hints.edit : "");
	return 0;
}

static int apply_unit(struct install *in, struct err *e)
{
	struct manifest_funnel *row = manifest_add(&in->manifest, in->funnel.service, e);

	if (row == NULL)
		return -1;
	row->port = in->funnel.port;
	strncpy(row->target, in->funnel.target.text, sizeof(row->target) - 1);
	memcpy(row->unit, in->unit.path, sizeof(row->unit));
	memcpy(row->digest, in->unit.digest, sizeof(row->digest));
	memcpy(row->whole, in->whole, sizeof(row->whole));
	row->left_out = in->left_out;
	if (!row->adopted && unitfile_is_foreign(&in->unit)) {
		row->adopted = true;
		row->adopted_enabled = in->unit.service.enabled;
		row->adopted_active = in->unit.service.active;
	}
	/* What runs may have been started with an edited one. */
	if (strcmp(in->unit.now, in->unit.wanted) != 0)
		row->started[0] = '\0';
	if (manifest_save(&in->manifest, e) != 0)
		return -1;
	if (strcmp(in->unit.now, in->unit.wanted) != 0 &&
	    (unitfile_keep(&in->unit, e) != 0 || unitfile_write(&in->unit, in->init, e) != 0))
		return -1;
	return jobfiles_write(in->init, &in->job, JOBFILES_BESIDE, MANIFEST_SERVICE, &in->manifest,
			      e);
}

static int check_reload(struct install *in, struct buf *todo, struct err *e)
{
	struct service_state s;

	if (in->init->query(in->funnel.service, &s, e) != 0)
		return -1;
	if (!s.exists || s.stale || strcmp(s.fragment, in->unit.path) != 0)
		buf_printf(todo, "have %s read the unit", in->init->name);
	return 0;
}

static int apply_reload(struct install *in, struct err *e)
{
	return init_reload(in->init, e);
}

static int check_enabled(struct install *in, struct buf *todo, struct err *e)
{
	struct service_state s;

	if (in->init->query(in->funnel.service, &s, e) != 0)
		return -1;
	if (!s.enabled)
		buf_printf(todo, "start %s at boot", in->funnel.service);
	return 0;
}

static int apply_enabled(struct install *in, struct err *e)
{
	return init_enable(in->init, in->funnel.service, e);
}

/*
 * Was the service started with this unit and this binary? Recorded after the start, so that an
 * install that was killed before it is finished by the next one.
 */
static bool started_as_wanted(struct install *in)
{
	const struct manifest_funnel *row = manifest_find(&in->manifest, in->funnel.service);

	return row != NULL && strcmp(row->started, in->started) == 0;
}

static int check_running(struct install *in, struct buf *todo, struct err *e)
{
	struct service_state s;
	unsigned parts = 0;

	if (in->init->query(in->funnel.service, &s, e) != 0)
		return -1;
	if (!s.active)
		buf_printf(todo, "start %s", in->funnel.service);
	else if (s.orphaned)
		buf_printf(todo, "restart %s, which nothing watches over any more",
			   in->funnel.service);
	else if (!started_as_wanted(in))
		buf_printf(todo, "restart %s", in->funnel.service);
	else if (refusal_seen(in, &parts, e) != 0)
		return -1;
	else if (parts != 0)
		buf_printf(todo, "restart %s without what this machine refuses of its sandbox",
			   in->funnel.service);
	return 0;
}

static int apply_running(struct install *in, struct err *e)
{
	struct manifest_funnel *row = manifest_find(&in->manifest, in->funnel.service);

	if (refusal_start(in, e) != 0)
		return -1;
	if (row == NULL)
		return err_set(e, ERR_BUG, "cannot record the start of %s", in->funnel.service);
	memcpy(row->started, in->started, sizeof(row->started));
	return manifest_save(&in->manifest, e);
}

static int check_live(struct install *in, struct buf *todo, struct err *e)
{
	struct live now;

	if (live_ask(in->funnel.socket, deadline_in(ASK_MS), &now, e) != 0)
		return -1;
	if (live_own_entry(&now, in->funnel.service, in->funnel.port) == NULL)
		buf_add(todo, "wait until the funnel stands");
	return 0;
}

static int apply_live(struct install *in, struct err *e)
{
	return wait_live(in, e);
}

const struct step install_steps[] = {
	{"unfinished", check_unfinished, apply_unfinished, STEP_ANYWHERE},
	{"tailscale", check_tailscale, apply_tailscale, STEP_ANYWHERE},
	{"folders", root_check_folders, root_record_folders, STEP_IMAGE},
	{"environment", check_environment, apply_environment, STEP_ANYWHERE},
	{"tailscaled-service", check_tailscaled_service, apply_tailscaled_service, STEP_ANYWHERE},
	{"changeover", check_changeover, apply_changeover, STEP_MACHINE},
	{"tailscaled-enabled", check_tailscaled_enabled, apply_tailscaled_enabled, STEP_ANYWHERE},
	{"tailscaled-running", check_tailscaled_running, apply_tailscaled_running, STEP_MACHINE},
	{"login", check_login, apply_login, STEP_MACHINE},
	{"binary", check_self, apply_self, STEP_ANYWHERE},
	{"unit", check_unit, apply_unit, STEP_ANYWHERE},
	{"reload", check_reload, apply_reload, STEP_MACHINE},
	{"enabled", check_enabled, apply_enabled, STEP_ANYWHERE},
	{"first-boot", root_check_first_boot, root_prepare_first_boot, STEP_IMAGE},
	{"running", check_running, apply_running, STEP_MACHINE},
	{"live", check_live, apply_live, STEP_MACHINE},
	{NULL, NULL, NULL, STEP_ANYWHERE},
};
