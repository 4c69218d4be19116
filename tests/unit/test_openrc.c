/* SPDX-License-Identifier: MIT */
/* OpenRC: its scripts by their parts and as golden files, what rc-service says, and sh's quoting.
 */
#include "init/openrc_script.h"
#include "init/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct err e;
static char text[INIT_UNIT_MAX];

static bool has_line(const char *line)
{
	const char *at = strstr(text, line);

	return at != NULL && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static void render_funnel(const struct funnel_args *args, const char *self)
{
	static struct funnel f;
	static struct job_room room;
	const struct unit_spec spec = {.funnel = &f, .self = self, .daemon = "tailscale"};
	struct buf out = BUF_OF(text);
	struct job job;

	assert_int_equal(funnel_make(args, &f, &e), 0);
	assert_int_equal(job_funnel(&spec, &room, &job, &e), 0);
	assert_int_equal(openrc_script_render(&job, &out, &e), 0);
}

static void a_script_has_its_parts(void **state)
{
	static const char *const lines[] = {
		"supervisor=supervise-daemon",
		"command=/usr/local/bin/tsfunnel",
		"command_args='run --name=a --https=8443 -- 8888'",
		"respawn_delay=1",
		"respawn_max=0",
		"output_log=/var/log/tailscale-funnel-a.log",
		"error_log=/var/log/tailscale-funnel-a.log",
		"\tafter tailscale",
		"\texport TSFUNNEL_SUPERVISED=tailscale-funnel-a",
		"\t/usr/local/bin/tsfunnel run --name=a --end "
		">>/var/log/tailscale-funnel-a.log 2>&1 || :",
	};

	(void)state;
	render_funnel(&(struct funnel_args){.name = "a", .https = "8443"},
		      "/usr/local/bin/tsfunnel");
	assert_memory_equal(text, "#!/sbin/openrc-run\n" INIT_MARKER,
			    strlen("#!/sbin/openrc-run\n" INIT_MARKER));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!has_line(lines[i]))
			fail_msg("no line %s", lines[i]);
	assert_null(strstr(text, "\tneed "));
	assert_null(strstr(text, "\twant "));
}

/* What OpenRC's word splitting and file names would spoil is behind a variable. */
static void odd_words_are_variables(void **state)
{
	(void)state;
	render_funnel(&(struct funnel_args){.target = "text:a  *'$x"}, "/opt/a b/tsfunnel");
	assert_true(has_line("arg0='/opt/a b/tsfunnel'"));
	assert_true(has_line("command='\"$arg0\"'"));
	assert_true(has_line("arg3='text:a  *'\\''$x'"));
	assert_true(has_line("command_args='run -- \"$arg3\"'"));
	assert_true(
		has_line("description='Tailscale Funnel: text:a  *'\\''$x on public port 443'"));
	assert_non_null(strstr(text, "\n\t'/opt/a b/tsfunnel' run --end "));
}

static void tailscaled_is_the_golden_one(void **state)
{
	static char golden[INIT_UNIT_MAX];
	FILE *file = fopen("tests/golden/openrc/tailscaled", "r");
	struct buf out = BUF_OF(text);
	struct job_daemon_room room;
	struct job job;

	(void)state;
	job_tailscaled("tailscaled", "/usr/sbin/tailscaled", "/var/lib/tsfunnel/tailscaled.env",
		       &room, &job);
	assert_int_equal(openrc_script_render(&job, &out, &e), 0);
	assert_non_null(file);
	golden[fread(golden, 1, sizeof(golden) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(text, golden);
}

static void too_little_room_is_a_bug(void **state)
{
	struct job_daemon_room room;
	struct job job;
	char small[64];
	struct buf out = BUF_OF(small);

	(void)state;
	job_tailscaled("tailscaled", "/usr/sbin/tailscaled", "/x", &room, &job);
	assert_int_equal(openrc_script_render(&job, &out, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
}

/* Words and statuses as OpenRC 0.56 gives them. */
static void a_status_is_understood(void **state)
{
	static const struct {
		int code;
		const char *said;
		bool exists, active, starting, orphaned;
		const char *text;
	} rows[] = {
		{0, " * status: started\n", true, true, false, false, "started"},
		{3, " * status: stopped\n", true, false, false, false, "stopped"},
		{4, " * status: stopping\n", true, false, false, false, "stopping"},
		{8, " * status: starting\n", true, true, true, false, "starting"},
		{16, " * status: inactive\n", true, true, true, false, "inactive"},
		{32, "x\n * status: crashed\n", true, true, false, true, "crashed"},
		{64, " * status: unsupervised\n", true, true, false, true, "unsupervised"},
		{1, " * rc-service: service `x' does not exist\n", false, false, false, false, ""},
		{127, "status: started", false, false, false, false, ""},
		{0, "", true, true, false, false, ""},
		{-1, " * status: started\n * x: caught", true, true, false, false, "started"},
		{-1, " * status: unsupervised\n", true, true, false, true, "unsupervised"},
		{-1, " * status: stopped\n", true, false, false, false, "stopped"},
		{-1, " * status: star", false, false, false, false, ""},
		{-1, "", false, false, false, false, ""},
		{0, "status: a\x1b[1mb", true, true, false, false, "a?[1mb"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct service_state s = {0};

		openrc_script_state(rows[i].code, rows[i].said, &s);
		assert_int_equal(s.exists, rows[i].exists);
		assert_int_equal(s.active, rows[i].active);
		assert_int_equal(s.starting, rows[i].starting);
		assert_int_equal(s.orphaned, rows[i].orphaned);
		assert_string_equal(s.text, rows[i].text);
	}
}

static void long_words_of_a_status_are_cut(void **state)
{
	struct service_state s = {0};
	char said[300] = "status: ";

	(void)state;
	memset(said + strlen(said), 'x', 200);
	openrc_script_state(0, said, &s);
	assert_int_equal(strlen(s.text), sizeof(s.text) - 1);
}

static void settings_are_read_as_sh_does(void **state)
{
	(void)state;
	assert_true(init_text_sets("a=1\nSSL_CERT_FILE=/x\n", "SSL_CERT_FILE"));
	assert_true(init_text_sets("\texport  SSL_CERT_FILE=/x", "SSL_CERT_FILE"));
	assert_false(init_text_sets("# SSL_CERT_FILE=/x\n#SSL_CERT_FILE=/x", "SSL_CERT_FILE"));
	assert_false(init_text_sets("MY_SSL_CERT_FILE=/x\nSSL_CERT_FILES=1", "SSL_CERT_FILE"));
	assert_false(init_text_sets("", "SSL_CERT_FILE"));
}

static void quoted(const char *word, const char *want)
{
	struct buf out = BUF_OF(text);

	shell_word(word, &out);
	assert_string_equal(text, want);
}

static void words_are_quoted(void **state)
{
	(void)state;
	quoted("a-b_c.d/e=f:g,h@i%j+", "a-b_c.d/e=f:g,h@i%j+");
	quoted("", "''");
	quoted("a b", "'a b'");
	quoted("it's", "'it'\\''s'");
	quoted("'", "''\\'''");
	quoted("$(x)`y`\\", "'$(x)`y`\\'");
	quoted("~", "'~'");
	quoted("*", "'*'");
	quoted("ü", "'ü'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_script_has_its_parts),
		cmocka_unit_test(odd_words_are_variables),
		cmocka_unit_test(tailscaled_is_the_golden_one),
		cmocka_unit_test(too_little_room_is_a_bug),
		cmocka_unit_test(a_status_is_understood),
		cmocka_unit_test(long_words_of_a_status_are_cut),
		cmocka_unit_test(settings_are_read_as_sh_does),
		cmocka_unit_test(words_are_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
