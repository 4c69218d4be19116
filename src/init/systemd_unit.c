/* SPDX-License-Identifier: MIT */
/* systemd_unit - see systemd_unit.h */
#include "init/systemd_unit.h"

#include "init/systemd_quote.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A directive, its value, the systemd that first knew both, and what it takes of the machine. */
struct directive {
	const char *key;
	const char *value;
	int since;
	unsigned parts; /* enum confinement: refused with any of them */
};

/* systemd.exec(5) "PROCESS EXIT CODES": with which status a start ends at which part. */
static const struct {
	int status;
	unsigned part;
} refusals[] = {
	{217, CONFINE_USERS},  {218, CONFINE_CAPABILITIES}, {225, CONFINE_NETWORK},
	{226, CONFINE_MOUNTS}, {228, CONFINE_SYSCALLS},
};

/* For the table: several lines take a mount namespace or capabilities beside what they are for. */
#define USERS CONFINE_USERS
#define CAPS CONFINE_CAPABILITIES
#define NET CONFINE_NETWORK
#define MOUNTS CONFINE_MOUNTS
#define CALLS CONFINE_SYSCALLS

/*
 * The funnel's process is a client of one unix socket and needs nothing else of the machine.
 * Each line was tried with the real CLI on a real systemd: page and recovery as without. What
 * each one changes is shown by tests/e2e/sandbox_test.go; what is systemd's default anyway, or
 * nothing to root, is not here. ProtectProc=invisible would be nothing to group 0 (proc(5)).
 */
static const struct directive confinement[] = {
	{"NoNewPrivileges", "yes", 187, 0},
	{"CapabilityBoundingSet", "", 1, CAPS},
	{"PrivateUsers", "yes", 232, USERS},
	{"PrivateDevices", "yes", 209, CAPS | MOUNTS | CALLS},
	{"DevicePolicy", "closed", 208, 0},
	{"PrivateNetwork", "yes", 33, NET | MOUNTS},
	{"IPAddressDeny", "any", 235, 0},
	{"RestrictAddressFamilies", "AF_UNIX", 211, CALLS},
	{"PrivateIPC", "yes", 248, MOUNTS},
	{"PrivateMounts", "yes", 239, MOUNTS},
	{"PrivateTmp", "yes", 1, MOUNTS},
	{"ProtectSystem", "strict", 232, MOUNTS},
	{"ProtectProc", "ptraceable", 247, MOUNTS},
	{"ProcSubset", "pid", 247, MOUNTS},
	{"ProtectClock", "yes", 245, CAPS | CALLS},
	{"ProtectControlGroups", "yes", 232, MOUNTS},
	{"ProtectHostname", "yes", 242, MOUNTS | CALLS},
	{"ProtectKernelLogs", "yes", 244, CAPS | MOUNTS | CALLS},
	{"ProtectKernelModules", "yes", 232, CAPS | MOUNTS | CALLS},
	{"ProtectKernelTunables", "yes", 232, MOUNTS | CALLS},
	{"RestrictNamespaces", "yes", 233, CALLS},
	{"RestrictRealtime", "yes", 231, CALLS},
	{"RestrictSUIDSGID", "yes", 242, CALLS},
	{"LockPersonality", "yes", 235, CALLS},
	{"MemoryDenyWriteExecute", "yes", 231, CALLS},
	{"SystemCallArchitectures", "native", 209, CALLS},
	{"SystemCallFilter", "@system-service", 239, CALLS},
	{"SystemCallFilter", "~@privileged @resources", 239, CALLS},
	{"UMask", "0077", 1, 0},
};

static bool is_known(const struct unit_spec *spec, int since)
{
	return spec->manager_version == 0 || spec->manager_version >= since;
}

static void add(struct buf *out, const struct unit_spec *spec, const struct directive *d)
{
	if (is_known(spec, d->since) && (d->parts & spec->left_out) == 0)
		buf_printf(out, "%s=%s\n", d->key, d->value);
}

/* Our binary and tailscaled's socket must be where the sandbox shows them. */
static int check_visible(const char *what, const char *path, struct err *e)
{
	const char *dir = sandbox_hides(path);

	if (dir == NULL)
		return 0;
	err_set(e, ERR_USAGE, "cannot write a unit with %s %.200s: its sandbox hides %s", what,
		path, dir);
	return err_cure(e, "choose another place for it, /usr/local/bin or /run for example");
}

static int add_head(const struct unit_spec *spec, struct buf *out, struct err *e)
{
	char text[TARGET_MAX + 32];
	struct buf b = BUF_OF(text);

	buf_add(out, INIT_MARKED "[Unit]\n"
				 "Description=");
	/* The port stands last, so that a backslash at the end of a target joins no lines. */
	buf_printf(&b, "Tailscale Funnel: %s on public port %u", spec->funnel->target.text,
		   spec->funnel->port);
	if (systemd_quote_text(text, out, e) != 0)
		return -1;
	buf_add(out,
		"\n"
		"# After= alone, for the launcher waits for tailscaled: with Requires= a restart\n"
		"# of tailscaled could end this for good, Wants= would undo a stop of tailscaled.\n"
		"After=tailscaled.service\n"
		"# tailscaled may be away for hours; this must still be trying then.\n"
		"StartLimitIntervalSec=0\n");
	return 0;
}

static int add_command(const struct unit_spec *spec, struct buf *out, struct err *e)
{
	struct funnel_argv words;

	if (funnel_run_argv(spec->funnel, spec->self, &words, e) != 0)
		return -1;
	buf_add(out, "ExecStart=");
	if (systemd_quote_program(words.argv[0], out, e) != 0)
		return -1;
	for (int i = 1; i < words.argc; i++) {
		buf_add_char(out, ' ');
		if (systemd_quote_argument(words.argv[i], out, e) != 0)
			return -1;
	}
	buf_add_char(out, '\n');
	return 0;
}

/* The folder of launch/firstlogin.h, which the sandbox would let nobody write, and a credential. */
static void add_first_login(const struct unit_spec *spec, struct buf *out)
{
	static const struct directive lines[] = {
		{"StateDirectory", "tsfunnel/login", 235, 0},
		{"StateDirectoryMode", "0700", 235, 0},
		{"ImportCredential", "tsfunnel.auth-key", 254, 0},
	};

	if (!spec->first_login)
		return;
	buf_add(out, "# The key of the first login, which removes it.\n");
	for (size_t i = 0; i < COUNT(lines); i++)
		add(out, spec, &lines[i]);
}

static int add_service(const struct unit_spec *spec, struct buf *out, struct err *e)
{
	static const struct directive type = {"Type", "notify", 1, 0};
	static const struct directive preserve = {"RuntimeDirectoryPreserve", "yes", 235, 0};

	bool native = spec->funnel->native;

	buf_add(out,
		"\n[Service]\n"
		"# READY=1 comes when the funnel stands, or at once when a login, a setting or\n"
		"# the network has to come first; STATUS= says which.");
	buf_add(out, native ? "\n" : " The guard beside the CLI\n# speaks, too.\n");
	add(out, spec, &type);
	buf_add(out, native ? "NotifyAccess=main\n" : "NotifyAccess=all\n");
	if (add_command(spec, out, e) != 0)
		return -1;
	/* A path that --prefix made: nothing in it needs quotes (cmd/values.h). */
	if (!native && spec->cli != NULL && spec->cli[0] != '\0')
		buf_printf(out, "Environment=TSFUNNEL_TAILSCALE=%s\n", spec->cli);
	if (!native)
		buf_add(out, "# The CLI also ends with status 0 when its funnel was taken away "
			     "from it.\n");
	buf_add(out, "Restart=always\n"
		     "RestartSec=100ms\n"
		     "# A wrong command line does not get better by trying.\n"
		     "RestartPreventExitStatus=64\n");
	buf_printf(out, "RuntimeDirectory=tsfunnel/%s\n", spec->funnel->service);
	add(out, spec, &preserve);
	add_first_login(spec, out);
	return 0;
}

/* A path target must be seen by the CLI; see init/sandbox.h. */
static int add_window(const struct unit_spec *spec, struct buf *out, struct err *e)
{
	const struct sandbox *s = spec->sandbox;

	if (s->bind[0] == '\0' || (spec->left_out & CONFINE_MOUNTS) != 0)
		return 0;
	buf_add(out, "# The CLI looks whether the target exists, so it must be visible.\n");
	if (s->veil[0] != '\0') {
		buf_add(out, "TemporaryFileSystem=");
		if (systemd_quote_tmpfs(s->veil, out, e) != 0)
			return -1;
		buf_add(out, ":ro\n");
	}
	buf_add(out, "BindReadOnlyPaths=");
	if (systemd_quote_bind(s->bind, out, e) != 0)
		return -1;
	buf_add_char(out, '\n');
	return 0;
}

/* The keys that are not there, each once. */
static void add_left_out(const struct unit_spec *spec, struct buf *out)
{
	const char *last = "";

	if (spec->left_out == 0)
		return;
	buf_add(out, INIT_LEFT_OUT);
	for (size_t i = 0; i < COUNT(confinement); i++) {
		const struct directive *d = &confinement[i];

		if (!is_known(spec, d->since) || (d->parts & spec->left_out) == 0 ||
		    strcmp(d->key, last) == 0)
			continue;
		buf_printf(out, " %s", d->key);
		last = d->key;
	}
	buf_add(out, (spec->left_out & CONFINE_MOUNTS) != 0 ? " ProtectHome\n" : "\n");
}

static int add_confinement(const struct unit_spec *spec, struct buf *out, struct err *e)
{
	const struct directive home = {"ProtectHome", spec->sandbox->home ? "tmpfs" : "yes", 1,
				       CONFINE_MOUNTS};

	buf_add(out, "\n# It talks to tailscaled over a unix socket and needs nothing else.\n");
	add_left_out(spec, out);
	for (size_t i = 0; i < COUNT(confinement); i++)
		add(out, spec, &confinement[i]);
	add(out, spec, &home);
	return add_window(spec, out, e);
}

unsigned systemd_unit_refused(int status)
{
	for (size_t i = 0; i < COUNT(refusals); i++)
		if (refusals[i].status == status)
			return refusals[i].part;
	return 0;
}

int systemd_unit_render(const struct unit_spec *spec, struct buf *out, struct err *e)
{
	if (check_visible("the program", spec->self, e) != 0 ||
	    check_visible("the socket", spec->funnel->socket, e) != 0 ||
	    add_head(spec, out, e) != 0 || add_service(spec, out, e) != 0 ||
	    add_confinement(spec, out, e) != 0)
		return -1;
	buf_add(out, "\n"
		     "[Install]\n"
		     "WantedBy=multi-user.target\n");
	return buf_full(out) ? err_set(e, ERR_BUG, "cannot write the unit: no room") : 0;
}
