/* SPDX-License-Identifier: MIT */
/* verbs - the table of verbs */
#include "cmd/cmd.h"
#include "cmd/nearest.h"

#include <string.h>

static const char *const install_examples[] = {
	"tsfunnel install 8888 --auth-key-file key",
	"tsfunnel install 8888 --dry-run",
	"tsfunnel install --name api --https 8443 --set-path /api localhost:3000",
	"tsfunnel install --name ssh --tcp 10000 22",
	"tsfunnel install 8888 --root /mnt --auth-key-file key",
	NULL,
};

static const char *const fetch_examples[] = {
	"tsfunnel fetch --to packages",
	"tsfunnel fetch --arch arm64 --version 1.102.3 --to packages",
	NULL,
};

static const char *const uninstall_examples[] = {
	"tsfunnel uninstall",
	"tsfunnel uninstall --name api",
	"tsfunnel uninstall --all --logout",
	"tsfunnel uninstall --purge",
	NULL,
};

static const char *const unit_examples[] = {
	"tsfunnel unit 8888",
	"tsfunnel unit --systemd 252 /srv/www",
	"tsfunnel unit --init openrc 8888",
	"tsfunnel unit --plain 8888",
	NULL,
};

static const char *const run_examples[] = {
	"tsfunnel run 8888",
	"tsfunnel run --https 8443 -- /srv/www",
	NULL,
};

static const char *const status_examples[] = {
	"tsfunnel status",
	"tsfunnel status --name api --json",
	"tsfunnel status --check ready",
	NULL,
};

static const char *const version_examples[] = {
	"tsfunnel version",
	"tsfunnel version --json",
	NULL,
};

static const char *const help_examples[] = {
	"tsfunnel help install",
	"tsfunnel help exit-codes",
	"tsfunnel help states",
	NULL,
};

const struct verb verbs[] = {
	{VERB_INSTALL, "install", "[TARGET]", "put a local port on the internet and keep it there",
	 install_examples, cmd_install},
	{VERB_UNINSTALL, "uninstall", "", "undo what install did", uninstall_examples,
	 cmd_uninstall},
	{VERB_STATUS, "status", "", "tell what is exposed and whether it works", status_examples,
	 cmd_status},
	{VERB_UNIT, "unit", "[TARGET]", "print the service file that install would write",
	 unit_examples, cmd_unit},
	{VERB_RUN, "run", "[TARGET]", "wait until Tailscale is ready, then serve; units start this",
	 run_examples, cmd_run},
	{VERB_FETCH, "fetch", "", "get and verify Tailscale, for a machine without network",
	 fetch_examples, cmd_fetch},
	{VERB_VERSION, "version", "", "print the version", version_examples, cmd_version},
	{VERB_HELP, "help", "[VERB|TOPIC]", "explain a verb, the exit-codes or the states",
	 help_examples, cmd_help},
	{0},
};

const struct verb *verb_find(const char *name, struct err *e)
{
	struct nearest near = {0};

	for (const struct verb *v = verbs; v->name != NULL; v++) {
		if (strcmp(v->name, name) == 0)
			return v;
		nearest_offer(&near, name, v->name);
	}
	err_set(e, ERR_USAGE, "cannot run \"%.80s\": there is no such verb", name);
	if (near.word != NULL)
		err_cure(e, "did you mean `tsfunnel %s`?", near.word);
	else
		err_cure(e, "`tsfunnel help` lists the verbs");
	return NULL;
}
