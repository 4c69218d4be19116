/* SPDX-License-Identifier: MIT */
/* tailscale - see tailscale.h */
#include "install/tailscale.h"

#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "install/owner.h"
#include "launch/launch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A Go program of 20 MB that prints a line: tenths of a second, more from a cold disk. */
#define VERSION_MS 10000

/* Is everything there that we placed? A kill may have come between two of the files. */
static bool placed_is_whole(const struct manifest *m)
{
	for (size_t i = 0; i < m->file_count; i++)
		if (m->files[i].part == MANIFEST_TAILSCALE && access(m->files[i].path, F_OK) != 0)
			return false;
	return true;
}

/*
 * The unit has neither the PATH nor the variables of this shell: it is told where the CLI is,
 * unless `run` looks there by itself (cli_find()). A path that a unit would have to quote is left
 * to `run`, which says so when it finds none.
 */
static void remember_cli(struct install *in, const char *cli)
{
	bool usual = strcmp(cli, "/usr/bin/tailscale") == 0 ||
		     strcmp(cli, "/usr/local/bin/tailscale") == 0 ||
		     strpbrk(cli, " \t\"'%$\\") != NULL;

	snprintf(in->cli, sizeof(in->cli), "%s", usual ? "" : cli);
}

int tailscale_parse_version(const char *text, struct version *v, struct err *e)
{
	char number[VERSION_TEXT];
	size_t len = strcspn(text, "-");

	if (len >= sizeof(number))
		len = sizeof(number) - 1;
	memcpy(number, text, len);
	number[len] = '\0';
	return version_parse(number, v, e);
}

int tailscale_version(const char *cli, struct version *v, struct err *e)
{
	const char *argv[] = {cli, "version", NULL};
	struct process_result r;

	if (process_run(argv, deadline_in(VERSION_MS), &r, e) != 0)
		return -1;
	if (tailscale_parse_version(process_first_line(&r), v, e) != 0)
		return err_wrap(e, "cannot tell the version of %s", cli);
	return 0;
}

/* The version that was asked for, by --version or by the package's name; false when none was. */
static bool wanted_version(const struct package_request *q, struct version *v, struct err *e)
{
	const char *slash = q->file != NULL ? strrchr(q->file, '/') : NULL;
	struct name name;

	if (q->version != NULL)
		return version_parse(q->version, v, e) == 0;
	if (q->file == NULL || name_parse_file(slash != NULL ? slash + 1 : q->file, &name, e) != 0)
		return false;
	*v = name.version;
	return true;
}

static int refuse_foreign(const char *cli, const char *wanted, const char *there, struct err *e)
{
	err_set(e, ERR_CREATE, "cannot install Tailscale %s: %s is there (%s), not from tsfunnel",
		wanted, there, cli);
	return err_cure(e, "leave --version out to use it, or upgrade it the way it was installed");
}

static int refuse_owned(const char *cli, const char *wanted, const char *there,
			const struct owner *o, struct err *e)
{
	err_set(e, ERR_CREATE,
		"cannot install Tailscale %s: the package %s (%s) owns %s, which is %s", wanted,
		o->package, o->manager, cli, there);
	if (o->upgrade == NULL)
		return err_cure(e, "upgrade the package %s, or leave --version out to use it",
				o->package);
	return err_cure(e, "`%s %s` upgrades it; leave --version out to use it", o->upgrade,
			o->package);
}

/* A Tailscale that is there is used; only one of ours is replaced, and only when asked. */
static int decide_version(struct install *in, const char *cli, bool placed, struct err *e)
{
	char wanted[VERSION_TEXT], there[VERSION_TEXT];
	struct version want, have;
	struct err ignored;
	struct owner o;
	int order, owned;

	if (!wanted_version(&in->args->package, &want, &ignored))
		return 0;
	if (tailscale_version(cli, &have, e) != 0)
		return -1;
	order = version_compare(&want, &have);
	if (order == 0)
		return 0;
	version_print(&want, wanted);
	version_print(&have, there);
	owned = owner_of(cli, &o, e); /* also ours: a package may have come over it */
	if (owned < 0)
		return -1;
	if (owned == 1)
		return refuse_owned(cli, wanted, there, &o, e);
	if (!placed)
		return refuse_foreign(cli, wanted, there, e);
	if (order < 0 && !in->args->allow_downgrade) {
		err_set(e, ERR_CREATE, "cannot install Tailscale %s: a newer one is there, %s",
			wanted, there);
		return err_cure(e, "--allow-downgrade takes the older one");
	}
	in->replace = true;
	return 0;
}

/* An earlier install's place stays the place. */
static int check_prefix(const struct install *in, struct err *e)
{
	const char *prefix = in->args->prefix;

	if (prefix == NULL || strcmp(prefix, in->programs.prefix) == 0)
		return 0;
	err_set(e, ERR_CREATE, "cannot place Tailscale in %s: an earlier install placed it in %s",
		prefix, in->programs.prefix);
	return err_cure(e, "`tsfunnel uninstall --all --purge` removes that one");
}

/* The daemon's program, where no service says which it is. */
static bool find_daemon(char *path, size_t cap)
{
	static const char *const places[] = {"/usr/sbin/tailscaled", "/usr/local/sbin/tailscaled",
					     "/usr/bin/tailscaled", "/usr/local/bin/tailscaled"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (access(places[i], X_OK) != 0)
			continue;
		snprintf(path, cap, "%s", places[i]);
		return true;
	}
	return false;
}

/* Is there what can be started as tailscaled: a service, or a program to write one for? */
static int has_daemon(struct install *in, bool placed, bool *has, struct err *e)
{
	struct service_state s;

	if (in->init->query(in->daemon, &s, e) != 0)
		return -1;
	*has = s.exists;
	if (in->init->packaged)
		return 0;
	if (placed)
		snprintf(in->daemon_program, sizeof(in->daemon_program), "%s", in->programs.daemon);
	*has |= placed || find_daemon(in->daemon_program, sizeof(in->daemon_program));
	return 0;
}

/* One program without the service, and not from us, belongs to somebody. */
static int choose_place(struct install *in, struct err *e)
{
	if (place_choose(&in->programs, in->args->prefix, e) != 0)
		return -1;
	if (!file_exists(in->programs.cli))
		return 0;
	err_set(e, ERR_CREATE, "cannot place Tailscale: %s is there, but no %s tailscaled",
		in->programs.cli, in->init->packaged ? "service" : "program");
	return err_cure(e, "install the rest of that Tailscale, or choose another place with "
			   "--prefix");
}

/* Its version is not known, as nothing of an image is run. */
static int stays_in_image(const struct install *in)
{
	if (in->args->package.version != NULL || in->args->package.file != NULL)
		log_notice("the image has a Tailscale, which stays: `install --version` on the "
			   "running machine replaces it");
	return 0;
}

int tailscale_look(struct install *in, struct err *e)
{
	bool placed = place_find(&in->manifest, &in->programs);
	char cli[MANIFEST_PATH_MAX] = "";
	struct err ignored;
	bool has_cli = placed || cli_find(cli, sizeof(cli), &ignored) == 0;
	bool daemon;

	if (has_daemon(in, placed, &daemon, e) != 0 || (placed && check_prefix(in, e) != 0))
		return -1;
	in->replace = false;
	in->tailscale_missing = !has_cli || !daemon || !placed_is_whole(&in->manifest);
	if (in->tailscale_missing && !placed && choose_place(in, e) != 0)
		return -1;
	if (in->tailscale_missing)
		snprintf(in->daemon_program, sizeof(in->daemon_program), "%s", in->programs.daemon);
	in->programs.without_unit = !in->init->packaged;
	remember_cli(in, placed || in->tailscale_missing ? in->programs.cli : cli);
	if (in->tailscale_missing)
		return 0;
	if (in->args->root != NULL)
		return stays_in_image(in);
	return decide_version(in, placed ? in->programs.cli : cli, placed, e);
}
