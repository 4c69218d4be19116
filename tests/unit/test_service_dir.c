/* SPDX-License-Identifier: MIT */
/* The folders of runit and s6: scripts by their parts, as golden files, and run by sh. */
#include "init/service_dir.h"

#include <fcntl.h>
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

static struct err e;
static char text[4 * INIT_UNIT_MAX];

static int make_job(const struct funnel_args *args, const char *self, struct job *job)
{
	static struct funnel f;
	static struct job_room room;
	static struct unit_spec spec;

	spec = (struct unit_spec){.funnel = &f, .self = self, .daemon = "tailscaled"};
	if (funnel_make(args, &f, &e) != 0)
		return -1;
	return job_funnel(&spec, &room, job, &e);
}

static bool has_line(const char *line)
{
	const char *at = strstr(text, line);

	return at != NULL && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n';
}

/* All files of a service, each below its path, as `tsfunnel unit` prints them. */
static void render_all(const struct init_system *init, const struct job *job)
{
	static char one[INIT_UNIT_MAX];
	char path[INIT_PATH_MAX];
	struct buf all = BUF_OF(text);

	for (const struct init_file *f = init->files; f->path != NULL; f++) {
		struct buf out = BUF_OF(one);

		if (f->mode == 0)
			continue;
		assert_int_equal(f->mode, 0755);
		assert_int_equal(init_path(f, job->service, path, &e), 0);
		assert_int_equal(f->render(job, &out, &e), 0);
		assert_memory_equal(one, "#!/bin/sh\n" INIT_MARKER,
				    strlen("#!/bin/sh\n" INIT_MARKER));
		buf_printf(&all, "==> %s <==\n%s", path, one);
	}
	assert_false(buf_full(&all));
}

static void a_service_has_its_parts(void **state)
{
	static const char *const lines[] = {
		"==> /etc/sv/tailscale-funnel-a/run <==",
		"exec 2>&1",
		"export TSFUNNEL_SUPERVISED=tailscale-funnel-a",
		"exec /usr/local/bin/tsfunnel run --name=a --https=8443 -- 8888",
		"==> /etc/sv/tailscale-funnel-a/finish <==",
		"/usr/local/bin/tsfunnel run --name=a --end",
		"*) exec sleep 1 ;; # until the next start",
		"==> /etc/sv/tailscale-funnel-a/log/run <==",
		"exec svlogd -tt /var/log/tailscale-funnel-a",
	};
	struct job job;

	(void)state;
	assert_int_equal(make_job(&(struct funnel_args){.name = "a", .https = "8443"},
				  "/usr/local/bin/tsfunnel", &job),
			 0);
	render_all(&init_runit, &job);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!has_line(lines[i]))
			fail_msg("no line %s in:\n%s", lines[i], text);
	assert_null(strstr(text, "sv start"));
}

static void tailscaled_is_the_golden_one(void **state)
{
	static const struct init_system *const inits[] = {&init_runit, &init_s6};
	static char golden[sizeof(text)];
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(inits) / sizeof(inits[0]); i++) {
		struct job_daemon_room room;
		struct job job;
		FILE *file;

		snprintf(path, sizeof(path), "tests/golden/%s/tailscaled", inits[i]->name);
		job_tailscaled("tailscaled", "/usr/sbin/tailscaled",
			       "/var/lib/tsfunnel/tailscaled.env", &room, &job);
		render_all(inits[i], &job);
		file = fopen(path, "r");
		assert_non_null(file);
		golden[fread(golden, 1, sizeof(golden) - 1, file)] = '\0';
		fclose(file);
		assert_string_equal(text, golden);
	}
}

static void too_little_room_is_a_bug(void **state)
{
	struct job job;
	char small[64];

	(void)state;
	assert_int_equal(make_job(&(struct funnel_args){0}, "/usr/local/bin/tsfunnel", &job), 0);
	for (const struct init_file *f = init_runit.files; f->path != NULL; f++) {
		struct buf out = BUF_OF(small);

		if (f->mode == 0)
			continue;
		assert_int_equal(f->render(&job, &out, &e), -1);
		assert_int_equal(e.code, ERR_BUG);
	}
}

/* What sh makes of a script: it is run, with printf in place of tsfunnel. */
static void sh_sees_the_words_as_they_are(void **state)
{
	static const char *const words[] = {
		"/usr/bin/printf", "<%s>\n", "a b", "it's", "\"$HOME\"", "`id`;#&|<>()",
		"back\\",          "*",      "~",   "",     NULL};
	static const char want[] = "<a b>\n<it's>\n<\"$HOME\">\n<`id`;#&|<>()>\n<back\\>\n"
				   "<*>\n<~>\n<>\n";
	const struct job job = {.service = "x", .description = "$(false) `\\", .argv = words};
	char path[] = "/tmp/tsfunnel-run.XXXXXX", command[64], said[256];
	int fd = mkstemp(path);
	struct buf out = BUF_OF(text);
	FILE *sh;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(service_dir_run(&job, &out, &e), 0);
	assert_int_equal(write(fd, out.data, out.len), out.len);
	close(fd);
	snprintf(command, sizeof(command), "sh %s", path);
	sh = popen(command, "r");
	assert_non_null(sh);
	said[fread(said, 1, sizeof(said) - 1, sh)] = '\0';
	assert_int_equal(pclose(sh), 0);
	unlink(path);
	assert_string_equal(said, want);
}

/* What could end a line or leave the folder comes no further than this. */
static void hostile_words_are_refused(void **state)
{
	static const struct funnel_args rows[] = {
		{.target = "text:a\nb"}, {.target = "text:\x7f"}, {.name = "a b"}, {.name = "../a"},
		{.name = "a\nb"},        {.name = "a'b"},         {.name = "$a"},  {.name = ""},
	};
	struct job job;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(make_job(&rows[i], "/usr/local/bin/tsfunnel", &job), -1);
	assert_int_equal(make_job(&(struct funnel_args){0}, "/opt/a\nb/tsfunnel", &job), -1);
	assert_int_equal(make_job(&(struct funnel_args){.target = "text:a b'$\\"},
				  "/opt/a b/tsfunnel", &job),
			 0);
}

static void a_fifo_tells_of_its_reader(void **state)
{
	char path[] = "/tmp/tsfunnel-fifo.XXXXXX";
	int fd = mkstemp(path), reader;

	(void)state;
	close(fd);
	unlink(path);
	assert_false(service_dir_is_read(path));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(service_dir_is_read(path));
	assert_false(service_dir_wait_read(path, true, 30));
	reader = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(reader >= 0);
	assert_true(service_dir_wait_read(path, true, 30));
	assert_false(service_dir_wait_read(path, false, 30));
	close(reader);
	assert_true(service_dir_wait_read(path, false, 30));
	unlink(path);
}

static void a_folder_gives_variables(void **state)
{
	char dir[] = "/tmp/tsfunnel-dir.XXXXXX", command[256];

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_false(service_dir_has_variable(dir, "TSFUNNEL_TEST_A"));
	snprintf(command, sizeof(command),
		 "cd %s && mkdir env && echo x >env/TSFUNNEL_TEST_A && "
		 "echo 'export TSFUNNEL_TEST_B=1' >run && echo TSFUNNEL_TEST_C=1 >conf",
		 dir);
	assert_int_equal(system(command), 0);
	assert_true(service_dir_has_variable(dir, "TSFUNNEL_TEST_A"));
	assert_true(service_dir_has_variable(dir, "TSFUNNEL_TEST_B"));
	assert_true(service_dir_has_variable(dir, "TSFUNNEL_TEST_C"));
	assert_false(service_dir_has_variable(dir, "TSFUNNEL_TEST_D"));
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_has_its_parts),
		cmocka_unit_test(tailscaled_is_the_golden_one),
		cmocka_unit_test(too_little_room_is_a_bug),
		cmocka_unit_test(sh_sees_the_words_as_they_are),
		cmocka_unit_test(hostile_words_are_refused),
		cmocka_unit_test(a_fifo_tells_of_its_reader),
		cmocka_unit_test(a_folder_gives_variables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
