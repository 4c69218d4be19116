/* SPDX-License-Identifier: MIT */
/* uninstall - see uninstall.h */
#include "install/uninstall.h"

#include "base/file.h"
#include "base/log.h"
#include "init/init.h"
#include "init/services.h"
#include "install/environment.h"
#include "install/jobfiles.h"
#include "install/owner.h"
#include "install/place.h"
#include "install/self.h"
#include "install/texts.h"
#include "install/unitfile.h"
#include "launch/firstlogin.h"
#include "launch/launch.h"
#include "launch/orphan.h"
#include "localapi/login.h"
#include "os/image.h"
#include "store/manifest.h"
#include "store/rundir.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOGOUT_MS 30000

/* Another uninstall takes seconds; an install may wait for a person. */
#define HOLD_MS 30000

/* StateDirectory= and CacheDirectory= of tailscaled.service. */
static const char *const state_folders[] = {"/var/lib/tailscale", "/var/cache/tailscale"};

struct uninstall {
	const struct init_system *init;
	const char *daemon;   /* name of tailscaled's service */
	struct funnel funnel; /* service and socket of the one that was asked for */
	struct manifest manifest;
	bool in_image; /* whose package manager is not asked: files that it replaced differ anyway
			*/
	bool changed;
};

/* Stops and disables what the manager knows under that name, if it is ours to stop. */
static int silence(struct uninstall *un, const char *service, struct err *e)
{
	struct service_state s;

	if (un->init->query(service, &s, e) != 0)
		return -1;
	if (s.active && un->init->stop(service, e) != 0)
		return -1;
	if (s.enabled && init_disable(un->init, service, e) != 0)
		return -1;
	un->changed |= s.active || s.enabled;
	return 0;
}

/* What a killed supervisor left running; what a person runs under that name is left alone. */
static void end_orphan(const char *service)
{
	struct err alone;

	if (orphan_end(service, &alone) != 0)
		log_warn("%s", alone.msg);
}

/* Is a file still as we wrote it? @digest "" asks for our marker only; a link's is of where it
 * leads. */
static bool is_as_written(const char *path, const char *digest)
{
	char there[FILE_DIGEST_LEN], to[INIT_PATH_MAX];
	ssize_t len = readlink(path, to, sizeof(to));
	struct err ignored;

	if (digest[0] == '\0')
		return self_is_ours(path);
	if (len >= 0) {
		file_digest_bytes(to, (size_t)len, there);
		return strcmp(there, digest) == 0;
	}
	return file_digest(path, there, &ignored) == 0 && strcmp(there, digest) == 0;
}

static int remove_ours(struct uninstall *un, const char *path, const char *digest, struct err *e)
{
	if (!file_exists(path))
		return file_remove(path, e);
	if (!is_as_written(path, digest)) {
		log_warn("%s is kept: it was changed since tsfunnel wrote it", path);
		return 0;
	}
	un->changed = true;
	log_info("removing %s", path);
	return file_remove(path, e);
}

/* The foreign unit that was there before us, in the state in which it was. */
static int restore_adopted(struct uninstall *un, const struct manifest_funnel *row, struct err *e)
{
	if (!row->adopted)
		return 0;
	if (unitfile_is_kept(row->unit) && !file_exists(row->unit)) {
		if (unitfile_restore(row->unit, e) != 0)
			return -1;
		log_info("%s is again what it was before", row->unit);
	}
	if (init_reload(un->init, e) != 0)
		return -1;
	if (row->adopted_enabled && init_enable(un->init, row->service, e) != 0)
		return -1;
	return row->adopted_active ? un->init->start(row->service, e) : 0;
}

/*
 * The unit that we wrote; not what an uninstall that was killed has restored already. The place of
 * an adopted one is not ours to keep: what somebody changed in ours since is moved aside.
 */
static int remove_unit(struct uninstall *un, const struct manifest_funnel *row, struct err *e)
{
	char aside[MANIFEST_PATH_MAX];

	if (row->adopted && !unitfile_is_kept(row->unit) && !self_is_ours(row->unit))
		return 0;
	if (!row->adopted || !file_exists(row->unit) || is_as_written(row->unit, row->digest))
		return remove_ours(un, row->unit, row->digest, e);
	if (unitfile_set_aside(row->unit, aside, sizeof(aside), e) != 0)
		return -1;
	log_warn("%s was changed since tsfunnel wrote it: it is kept as %s", row->unit, aside);
	return 0;
}

/* The files beside it. */
static int remove_beside(struct uninstall *un, const char *service, struct err *e)
{
	char path[INIT_PATH_MAX];

	for (const struct init_file *f = &un->init->files[1]; f->path != NULL; f++) {
		const struct manifest_file *row;

		if (f->enables)
			continue;
		if (init_path(f, service, path, e) != 0)
			return -1;
		row = manifest_find_file(&un->manifest, path);
		if (f->mode == 0 ? (row != NULL || init_link_stands(f, service)) &&
					   file_remove(path, e) != 0
				 : remove_ours(un, path, row != NULL ? row->digest : "", e) != 0)
			return -1;
		manifest_drop_file(&un->manifest, path);
	}
	return jobfiles_forget(un->init, service, e);
}

static int remove_service(struct uninstall *un, const struct manifest_funnel *row, struct err *e)
{
	char service[FUNNEL_SERVICE_MAX];

	memcpy(service, row->service, sizeof(service));
	if (silence(un, service, e) != 0)
		return -1;
	end_orphan(service);
	if (remove_unit(un, row, e) != 0 || remove_beside(un, service, e) != 0 ||
	    init_reload(un->init, e) != 0 || rundir_remove(service, e) != 0 ||
	    restore_adopted(un, row, e) != 0)
		return -1;
	un->changed = true;
	manifest_drop(&un->manifest, service);
	return un->manifest.found ? manifest_save(&un->manifest, e) : 0;
}

/* No manifest: a unit of that name with our marker, and what our places hold. */
static int remove_unrecorded(struct uninstall *un, const char *service, struct err *e)
{
	struct manifest_funnel row = {0};
	struct unitfile u;

	if (unitfile_look(&u, un->init, service, e) != 0)
		return -1;
	if (u.owner != UNITFILE_OURS)
		return 0;
	memcpy(row.service, service, sizeof(row.service));
	memcpy(row.unit, u.path, sizeof(row.unit));
	return remove_service(un, &row, e);
}

static int restore_tailscaled(struct uninstall *un, struct err *e)
{
	const struct manifest *m = &un->manifest;
	struct service_state s;

	if (!m->tailscaled_known)
		return 0;
	if (un->init->query(un->daemon, &s, e) != 0)
		return -1;
	if (s.enabled && !m->tailscaled_enabled) {
		un->changed = true;
		log_info("tailscaled does not start at boot again, as before");
		if (init_disable(un->init, un->daemon, e) != 0)
			return -1;
	}
	if (!s.active || m->tailscaled_active)
		return 0;
	un->changed = true;
	log_info("stopping tailscaled, which was not running before");
	return un->init->stop(un->daemon, e);
}

/* A folder that only some distributions have and that is empty now: it was made for the file. */
static void remove_folder_of(struct uninstall *un, const char *path)
{
	char dir[MANIFEST_PATH_MAX], dropin[INIT_PATH_MAX] = "";

	if (un->init->dropin_path != NULL)
		init_text(un->init->dropin_path, un->daemon, dropin, sizeof(dropin));
	if (strcmp(path, TEXTS_DEFAULTS) != 0 && strcmp(path, dropin) != 0)
		return;
	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
	rmdir(dir);
}

/* Files of one kind that install placed, unless they were changed since. */
static int remove_files(struct uninstall *un, enum manifest_part part, struct err *e)
{
	struct manifest *m = &un->manifest;

	for (size_t i = m->file_count; i-- > 0;) {
		char path[MANIFEST_PATH_MAX];
		struct owner o;
		int owned;

		if (m->files[i].part != part)
			continue;
		memcpy(path, m->files[i].path, sizeof(path));
		owned = part == MANIFEST_TAILSCALE && !un->in_image ? owner_of(path, &o, e) : 0;
		if (owned == 1)
			log_warn("%s is kept: the package %s (%s) owns it", path, o.package,
				 o.manager);
		else if (owned < 0 || remove_ours(un, path, m->files[i].digest, e) != 0)
			return -1;
		if (strstr(path, "bin/tailscale") != NULL)
			place_remove_folders(path);
		remove_folder_of(un, path);
		manifest_drop_file(m, path);
		if (manifest_save(m, e) != 0)
			return -1;
	}
	return 0;
}

static bool has_files(const struct manifest *m, enum manifest_part part)
{
	for (size_t i = 0; i < m->file_count; i++)
		if (m->files[i].part == part)
			return true;
	return false;
}

/* For a Tailscale that stays; what was found of tailscaled is restored and no longer of use. */
static int keep_manifest(struct uninstall *un, struct err *e)
{
	struct manifest *m = &un->manifest;

	m->tailscaled_known = false;
	m->self_path[0] = m->self_digest[0] = m->self_folder[0] = '\0';
	return manifest_save(m, e);
}

static int remove_environment(struct uninstall *un, struct err *e)
{
	if (!has_files(&un->manifest, MANIFEST_ENVIRONMENT))
		return 0;
	if (remove_files(un, MANIFEST_ENVIRONMENT, e) != 0)
		return -1;
	return jobfiles_forget(un->init, un->daemon, e) != 0 ? -1 : init_reload(un->init, e);
}

/* A package that came over a Tailscale of ours: the service and its state are its own now. */
static int is_taken_over(const struct uninstall *un, bool *taken, struct err *e)
{
	struct programs at;
	struct owner o;
	int owned =
		!un->in_image && place_find(&un->manifest, &at) ? owner_of(at.daemon, &o, e) : 0;

	*taken = owned == 1;
	return owned < 0 ? -1 : 0;
}

static int stop_tailscaled(struct uninstall *un, struct err *e)
{
	struct service_state s;

	if (un->init->query(un->daemon, &s, e) != 0 ||
	    (s.active && un->init->stop(un->daemon, e) != 0))
		return -1;
	return s.enabled ? init_disable(un->init, un->daemon, e) : 0;
}

static int remove_state(struct err *e)
{
	for (size_t i = 0; i < sizeof(state_folders) / sizeof(state_folders[0]); i++)
		if (file_remove_tree(state_folders[i], e) != 0)
			return -1;
	return 0;
}

/* Tailscale and its state, if install placed it. */
static int purge(struct uninstall *un, struct err *e)
{
	bool taken;

	if (!has_files(&un->manifest, MANIFEST_TAILSCALE))
		return 0;
	if (is_taken_over(un, &taken, e) != 0 ||
	    (!taken && (stop_tailscaled(un, e) != 0 || remove_state(e) != 0)) ||
	    remove_files(un, MANIFEST_TAILSCALE, e) != 0)
		return -1;
	return jobfiles_forget(un->init, un->daemon, e) != 0 ? -1 : init_reload(un->init, e);
}

/* Takes a tailscaled that runs; one that did not is stopped again, so that this can be repeated. */
static int log_out(struct uninstall *un, struct err *e)
{
	const struct deadline until = deadline_in(LOGOUT_MS);
	const char *socket = un->funnel.socket;
	struct service_state s;
	struct err stopping;
	int rc;

	if (login_out(socket, until, e) == 0)
		return 0;
	if (e->code != ERR_UNAVAILABLE || socket[0] != '\0')
		return -1;
	if (un->init->query(un->daemon, &s, &stopping) != 0 || s.active)
		return -1;
	if (!s.exists) {
		log_info("there is no tailscaled to log out");
		return 0;
	}
	log_info("starting tailscaled, to log out");
	if (un->init->start(un->daemon, e) != 0)
		return -1;
	rc = wait_socket(socket, until, e) != 0 ? -1 : login_out(socket, until, e);
	if (un->init->stop(un->daemon, &stopping) != 0)
		log_err(&stopping);
	return rc;
}

/* That were made in an image: what is in another one goes first, whatever their order. */
static void remove_folders(const struct manifest *m)
{
	bool any = true;

	while (any) {
		any = false;
		for (size_t i = 0; i < m->file_count; i++)
			any |= m->files[i].part == MANIFEST_FOLDER && rmdir(m->files[i].path) == 0;
	}
}

/* What all services share goes with the last of them. */
static int remove_shared(struct uninstall *un, const struct uninstall_args *args, struct err *e)
{
	const struct manifest *m = &un->manifest;

	if (args->logout && log_out(un, e) != 0)
		return -1;
	if (restore_tailscaled(un, e) != 0)
		return -1;
	if (m->self_path[0] != '\0' && remove_ours(un, m->self_path, m->self_digest, e) != 0)
		return -1;
	self_remove_folders(m);
	/* The manifest is lost, and a unit of ours was there: then so is the program it started. */
	if (!m->found && un->changed && self_remove_unrecorded(e) != 0)
		return -1;
	rmdir(RUNDIR_BASE);
	if (firstlogin_remove(e) != 0 || remove_environment(un, e) != 0 ||
	    (args->purge && purge(un, e) != 0))
		return -1;
	/* What placed Tailscale must be known to a later --purge. */
	if (has_files(m, MANIFEST_TAILSCALE)) {
		log_info("Tailscale stays; `tsfunnel uninstall --purge` removes it");
		return keep_manifest(un, e);
	}
	if (manifest_remove(e) != 0)
		return -1;
	remove_folders(m);
	return 0;
}

static int remove_named(struct uninstall *un, struct err *e)
{
	const struct manifest_funnel *row = manifest_find(&un->manifest, un->funnel.service);

	return row != NULL ? remove_service(un, row, e)
			   : remove_unrecorded(un, un->funnel.service, e);
}

/* No manifest: what is on the machine by name and marker. */
static int remove_found(struct uninstall *un, struct err *e)
{
	static char names[SERVICES_MAX][FUNNEL_SERVICE_MAX];
	size_t count = services_find(un->init, names);

	for (size_t i = 0; i < count; i++)
		if (remove_unrecorded(un, names[i], e) != 0)
			return -1;
	return 0;
}

static int remove_all(struct uninstall *un, struct err *e)
{
	while (un->manifest.count > 0)
		if (remove_service(un, &un->manifest.funnels[0], e) != 0)
			return -1;
	return un->manifest.found ? 0 : remove_found(un, e);
}

/* Of an install that was killed while it exchanged them. */
static int settle_tailscale(struct uninstall *un, struct err *e)
{
	struct service_state s;
	struct programs placed;
	struct err starting;
	bool back = false;

	if (!place_find(&un->manifest, &placed))
		return 0;
	placed.without_unit = !un->init->packaged;
	if (place_withdraw(&placed, &un->manifest, &back, e) != 0)
		return -1;
	if (!back)
		return 0;
	un->changed = true;
	log_notice("the Tailscale that was being replaced is back: the new one had not answered");
	if (init_reload(un->init, e) != 0 || un->init->query(un->daemon, &s, e) != 0)
		return -1;
	/* What is to be removed need not run. */
	if (s.active && un->init->restart(un->daemon, &starting) != 0)
		log_err(&starting);
	return 0;
}

static int remove_asked(struct uninstall *un, const struct uninstall_args *args, struct err *e)
{
	if (manifest_load(&un->manifest, e) != 0 || settle_tailscale(un, e) != 0)
		return -1;
	if ((args->all ? remove_all(un, e) : remove_named(un, e)) != 0)
		return -1;
	if (un->manifest.count == 0 && remove_shared(un, args, e) != 0)
		return -1;
	if (un->manifest.count > 0 && args->logout)
		log_warn("this machine stays logged in: other funnels need it");
	if (!un->changed)
		log_info("nothing to do");
	return 0;
}

static int on_machine(struct uninstall *un, const struct uninstall_args *args, struct err *e)
{
	int fd, rc;

	un->init = init_find(args->init, e);
	if (un->init == NULL)
		return -1;
	un->daemon = init_daemon(un->init);
	fd = rundir_hold(deadline_in(HOLD_MS), e);
	if (fd < 0)
		return -1;
	rc = remove_asked(un, args, e);
	rundir_release(fd);
	return rc;
}

static int in_image(struct uninstall *un, const struct uninstall_args *args, struct err *e)
{
	struct image image = IMAGE_NONE;
	int rc = -1;

	if (image_open(&image, args->root, deadline_in(HOLD_MS), e) == 0 &&
	    image_enter(&image, e) == 0) {
		un->init = init_of_image(args->init, e);
		un->in_image = true;
	}
	if (un->init != NULL) {
		un->daemon = init_daemon(un->init);
		rc = remove_asked(un, args, e);
	}
	image_done(&image);
	return rc;
}

int uninstall_run(const struct uninstall_args *args, struct err *e)
{
	const struct funnel_args asked = {.name = args->name, .socket = args->socket};
	static struct uninstall un;

	if (funnel_make(&asked, &un.funnel, e) != 0)
		return -1;
	if (args->all && args->name != NULL)
		return err_set(e, ERR_USAGE, "cannot take --all and --name together");
	if (geteuid() != 0) {
		err_set(e, ERR_PERMISSION, "cannot uninstall: not root");
		return err_cure(e, "run it again with sudo, doas or su");
	}
	return args->root != NULL ? in_image(&un, args, e) : on_machine(&un, args, e);
}
