/* SPDX-License-Identifier: MIT */
/* The units' texts by their parts (whole ones: tests/golden), and what a path target needs. */
#include "init/systemd_unit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct funnel f;
static struct sandbox box;
static struct err e;
static char text[INIT_UNIT_MAX];
static char dir[] = "/srv/tsfunnel-test-XXXXXX";

static unsigned left_out; /* of the sandbox */
static bool first_login;

static int render(const struct funnel_args *args, int version)
{
	const struct unit_spec spec = {
		.funnel = &f,
		.self = "/usr/local/bin/tsfunnel",
		.sandbox = &box,
		.manager_version = version,
		.left_out = left_out,
		.first_login = first_login,
	};
	struct buf out = BUF_OF(text);

	if (funnel_make(args, &f, &e) != 0)
		return -1;
	return systemd_unit_render(&spec, &out, &e);
}

static bool has_line(const char *line)
{
	const char *at = strstr(text, line);

	return at != NULL && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static void the_unit_has_its_parts(void **state)
{
	static const char *const lines[] = {
		"After=tailscaled.service",
		"StartLimitIntervalSec=0",
		"Type=notify",
		"NotifyAccess=all",
		"ExecStart=/usr/local/bin/tsfunnel run --name=a --https=8443 -- 8888",
		"Restart=always",
		"RestartSec=100ms",
		"RestartPreventExitStatus=64",
		"RuntimeDirectory=tsfunnel/tailscale-funnel-a",
		"RuntimeDirectoryPreserve=yes",
		"PrivateIPC=yes",
		"CapabilityBoundingSet=",
		"ProtectHome=yes",
		"WantedBy=multi-user.target",
	};

	(void)state;
	memset(&box, 0, sizeof(box));
	assert_int_equal(render(&(struct funnel_args){.name = "a", .https = "8443"}, 0), 0);
	assert_memory_equal(text, INIT_MARKER, strlen(INIT_MARKER));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!has_line(lines[i]))
			fail_msg("no line %s", lines[i]);
	assert_null(strstr(text, "\nRequires="));
	assert_null(strstr(text, "\nWants="));
	assert_null(strstr(text, "network.target"));
}

static void an_older_systemd_is_not_told_what_it_does_not_know(void **state)
{
	(void)state;
	memset(&box, 0, sizeof(box));
	assert_int_equal(render(&(struct funnel_args){0}, 247), 0);
	assert_true(has_line("ProtectProc=ptraceable"));
	assert_false(has_line("PrivateIPC=yes"));
	assert_int_equal(render(&(struct funnel_args){0}, 248), 0);
	assert_true(has_line("PrivateIPC=yes"));
	assert_int_equal(render(&(struct funnel_args){0}, 239), 0);
	assert_true(has_line("PrivateMounts=yes"));
	assert_true(has_line("Restart=always"));
}

/* Only where an image was prepared for it. */
static void the_first_login_needs_its_folder(void **state)
{
	(void)state;
	memset(&box, 0, sizeof(box));
	assert_int_equal(render(&(struct funnel_args){0}, 0), 0);
	assert_null(strstr(text, "StateDirectory"));
	assert_null(strstr(text, "ImportCredential"));
	first_login = true;
	assert_int_equal(render(&(struct funnel_args){0}, 0), 0);
	assert_true(has_line("StateDirectory=tsfunnel/login"));
	assert_true(has_line("StateDirectoryMode=0700"));
	assert_true(has_line("ImportCredential=tsfunnel.auth-key"));
	assert_int_equal(render(&(struct funnel_args){0}, 253), 0);
	assert_true(has_line("StateDirectory=tsfunnel/login"));
	assert_null(strstr(text, "ImportCredential"));
	first_login = false;
}

static void render_without(unsigned parts)
{
	left_out = parts;
	assert_int_equal(render(&(struct funnel_args){0}, 0), 0);
	left_out = 0;
}

/* Each status of a start that ends at the sandbox, what is left out then, and what stays. */
static void what_a_machine_refuses_is_left_out(void **state)
{
	static const struct {
		int status;
		const char *names; /* in the comment, in part */
		const char *gone, *kept;
	} rows[] = {
		{217, " PrivateUsers\n", "\nPrivateUsers=", "\nPrivateNetwork=yes\n"},
		{218, " CapabilityBoundingSet Pr", "\nProtectClock=", "\nPrivateUsers=yes\n"},
		{225, " PrivateNetwork\n", "\nPrivateNetwork=", "\nPrivateUsers=yes\n"},
		{226, " ProtectKernelTunables ProtectHome\n",
		 "\nProtectHome=", "\nRestrictAddressFamilies=AF_UNIX\n"},
		{228, " SystemCallFilter\n", "\nSystemCallFilter=", "\nProtectSystem=strict\n"},
	};
	char names[INIT_LEFT_OUT_MAX];
	struct buf out = BUF_OF(names);

	(void)state;
	memset(&box, 0, sizeof(box));
	render_without(0);
	assert_null(strstr(text, INIT_LEFT_OUT));
	init_left_out(text, &out);
	assert_string_equal(names, "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		render_without(systemd_unit_refused(rows[i].status));
		assert_non_null(strstr(text, "\n" INIT_LEFT_OUT " "));
		assert_non_null(strstr(text, rows[i].names));
		assert_null(strstr(text, rows[i].gone));
		assert_non_null(strstr(text, rows[i].kept));
	}
	/* Statuses of ours, of the CLI and of signals are none of systemd's. */
	for (int status = 0; status < 200; status++)
		assert_int_equal(systemd_unit_refused(status), 0);
}

static void all_that_can_be_left_out_has_room(void **state)
{
	char names[INIT_LEFT_OUT_MAX];
	struct buf out = BUF_OF(names);

	(void)state;
	strcpy(box.bind, "/srv/www");
	strcpy(box.veil, "/srv");
	render_without(CONFINE_ALL);
	init_left_out(text, &out);
	assert_false(buf_full(&out));
	assert_null(strstr(names, "SystemCallFilter SystemCallFilter"));
	assert_null(strstr(text, "BindReadOnlyPaths="));
	assert_null(strstr(text, "TemporaryFileSystem="));
	assert_true(has_line("NoNewPrivileges=yes"));
	assert_true(has_line("UMask=0077"));
}

/* The whole text, byte for byte. The tests run in the top folder. */
static void without_user_namespaces_it_is_the_golden_one(void **state)
{
	static char golden[INIT_UNIT_MAX];
	FILE *file = fopen("tests/golden/left-out/users.service", "r");

	(void)state;
	assert_non_null(file);
	golden[fread(golden, 1, sizeof(golden) - 1, file)] = '\0';
	fclose(file);
	memset(&box, 0, sizeof(box));
	render_without(CONFINE_USERS);
	assert_string_equal(text, golden);
}

static void a_target_cannot_write_lines_of_its_own(void **state)
{
	(void)state;
	memset(&box, 0, sizeof(box));
	assert_int_equal(render(&(struct funnel_args){.target = "text:%n $x \"\\"}, 0), 0);
	assert_true(has_line("Description=Tailscale Funnel: text:%%n $x \"\\ on public port 443"));
	assert_true(has_line("ExecStart=/usr/local/bin/tsfunnel run -- \"text:%%n $$x \\\"\\\\\""));
	assert_int_equal(render(&(struct funnel_args){.target = "text:a\nUser=x"}, 0), -1);
	assert_int_equal(e.code, ERR_USAGE);
}

static void what_the_sandbox_hides_is_refused(void **state)
{
	(void)state;
	memset(&box, 0, sizeof(box));
	assert_int_equal(render(&(struct funnel_args){.socket = "/tmp/x.sock"}, 0), -1);
	assert_int_equal(e.code, ERR_USAGE);
	assert_non_null(strstr(e.msg, "hides /tmp"));
	assert_int_equal(render(&(struct funnel_args){.socket = "/tmpx/x.sock"}, 0), 0);
	assert_string_equal(sandbox_hides("/root/tsfunnel"), "/root");
	assert_string_equal(sandbox_hides("/run/user/0/x"), "/run/user");
	assert_null(sandbox_hides("/usr/local/bin/tsfunnel"));
}

static int full_is_told(const struct unit_spec *spec)
{
	char small[512];
	struct buf out = BUF_OF(small);

	return systemd_unit_render(spec, &out, &e);
}

static void too_little_room_is_a_bug(void **state)
{
	const struct unit_spec spec = {.funnel = &f, .self = "/x", .sandbox = &box};

	(void)state;
	memset(&box, 0, sizeof(box));
	assert_int_equal(funnel_make(&(struct funnel_args){0}, &f, &e), 0);
	assert_int_equal(full_is_told(&spec), -1);
	assert_int_equal(e.code, ERR_BUG);
}

/* sandbox_for() of DIR/name */
static int look(const char *name)
{
	static struct target t;
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(target_parse(path, FRONT_HTTPS, &t, &e), 0);
	return sandbox_for(&t, &box, &e);
}

static void make_dir(const char *name, mode_t mode, uid_t owner)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(chown(path, owner, owner), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void make_link(const char *to, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(symlink(to, path), 0);
}

static bool binds(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return strcmp(box.bind, path) == 0;
}

static void paths_are_bound_through_veils(void **state)
{
	char veil[256];

	(void)state;
	if (geteuid() != 0 || mkdtemp(dir) == NULL)
		skip(); /* only root can give a folder to somebody else */
	assert_int_equal(chmod(dir, 0755), 0);
	make_dir("open", 0755, 0);
	make_dir("shut", 0700, 4711);
	make_dir("shut/in", 0755, 0);
	make_dir("own", 0700, 0);
	make_dir("own/in", 0755, 0);
	make_dir("quo'te", 0755, 0);
	make_link("open", "link");
	make_link("../open", "shut/link");
	make_link("loop", "loop");

	assert_int_equal(look("open"), 0);
	assert_true(binds("open") && box.veil[0] == '\0' && !box.home);
	assert_int_equal(look("./shut//../open/"), 0);
	assert_true(binds("open") && box.veil[0] == '\0');
	assert_int_equal(look("shut"), 0); /* seen from above, not searched */
	assert_true(binds("shut") && box.veil[0] == '\0');
	assert_int_equal(look("shut/in"), 0);
	snprintf(veil, sizeof(veil), "%s/shut", dir);
	assert_true(binds("shut/in"));
	assert_string_equal(box.veil, veil);
	assert_int_equal(look("own/in"), 0);
	assert_true(binds("own/in") && box.veil[0] == '\0');
	assert_int_equal(look("quo'te"), 0);
	assert_string_equal(box.bind, "");
	assert_int_equal(look("link"), 0);
	assert_true(binds("open"));
	assert_int_equal(look("shut/link"), -1);
	assert_non_null(strstr(e.msg, "cannot see the link"));
	assert_int_equal(look("loop"), -1);
	assert_int_equal(look("none"), -1);
	assert_int_equal(e.code, ERR_USAGE);
	assert_string_not_equal(e.cure, "");
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return strchr(dir, 'X') == NULL || access(dir, F_OK) == 0 ? system(command) : 0;
}

static void guess(const char *path)
{
	static struct target t;

	assert_int_equal(target_parse(path, FRONT_HTTPS, &t, &e), 0);
	sandbox_guess(&t, &box);
}

static void paths_elsewhere_are_guessed(void **state)
{
	(void)state;
	guess("/home/u/../v//www/");
	assert_string_equal(box.bind, "/home/v/www");
	assert_true(box.home);
	guess("/homework");
	assert_string_equal(box.bind, "/homework");
	assert_false(box.home);
	guess("/");
	assert_string_equal(box.bind, "");
	guess("/../..");
	assert_string_equal(box.bind, "");
	guess("/tmp");
	assert_string_equal(box.bind, "");
	guess("8888");
	assert_string_equal(box.bind, "");
}

static void the_kernels_folders_are_refused(void **state)
{
	static struct target t;

	(void)state;
	assert_int_equal(target_parse("/proc/self", FRONT_HTTPS, &t, &e), 0);
	assert_int_equal(sandbox_for(&t, &box, &e), -1);
	assert_int_equal(target_parse("/dev/null", FRONT_HTTPS, &t, &e), 0);
	assert_int_equal(sandbox_for(&t, &box, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	assert_int_equal(target_parse("unix:/dev/log", FRONT_HTTPS, &t, &e), 0);
	assert_int_equal(sandbox_for(&t, &box, &e), 0);
	assert_string_equal(box.bind, "");
}

static void the_recipe_is_for_the_bare_target(void **state)
{
	struct buf out = BUF_OF(text);

	(void)state;
	assert_int_equal(funnel_make(&(struct funnel_args){.target = "text:a b"}, &f, &e), 0);
	assert_int_equal(init_render_recipe(&f, &out, &e), 0);
	assert_true(has_line("Description=Tailscale Funnel for Port text:a b"));
	assert_true(has_line("ExecStart=/usr/bin/tailscale funnel \"text:a b\""));
	assert_int_equal(funnel_make(&(struct funnel_args){.target = "text:\\"}, &f, &e), 0);
	assert_int_equal(init_render_recipe(&f, &out, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_unit_has_its_parts),
		cmocka_unit_test(the_first_login_needs_its_folder),
		cmocka_unit_test(an_older_systemd_is_not_told_what_it_does_not_know),
		cmocka_unit_test(what_a_machine_refuses_is_left_out),
		cmocka_unit_test(all_that_can_be_left_out_has_room),
		cmocka_unit_test(without_user_namespaces_it_is_the_golden_one),
		cmocka_unit_test(a_target_cannot_write_lines_of_its_own),
		cmocka_unit_test(what_the_sandbox_hides_is_refused),
		cmocka_unit_test(too_little_room_is_a_bug),
		cmocka_unit_test_teardown(paths_are_bound_through_veils, remove_dir),
		cmocka_unit_test(paths_elsewhere_are_guessed),
		cmocka_unit_test(the_kernels_folders_are_refused),
		cmocka_unit_test(the_recipe_is_for_the_bare_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
