/* SPDX-License-Identifier: MIT */
/* Funnels from command lines and back, and all that was tried on the real CLI. */
#include "base/file.h"
#include "base/json.h"
#include "cmd/options.h"
#include "funnel/entry.h"
#include "funnel/funnel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 8

static struct funnel f;
static struct funnel_argv line;
static struct err e;

static const struct {
	struct funnel_args args;
	const char *cli; /* words behind "tailscale", each with a "|" behind it */
	const char *run; /* words behind "tsfunnel" */
	const char *url; /* of node.ts.net */
} taken[] = {
	{{0}, "funnel|8888|", "run|--|8888|", "https://node.ts.net/"},
	{{.target = "1"}, "funnel|1|", "run|--|1|", "https://node.ts.net/"},
	{{.https = "443"}, "funnel|8888|", "run|--|8888|", "https://node.ts.net/"},
	{{.https = "8443"},
	 "funnel|--https=8443|8888|",
	 "run|--https=8443|--|8888|",
	 "https://node.ts.net:8443/"},
	{{.tcp = "443", .target = "22"},
	 "funnel|--tcp=443|22|",
	 "run|--tcp=443|--|22|",
	 "tcp://node.ts.net:443"},
	{{.tls_terminated_tcp = "10000", .proxy_protocol = "2"},
	 "funnel|--tls-terminated-tcp=10000|--proxy-protocol=2|8888|",
	 "run|--tls-terminated-tcp=10000|--proxy-protocol=2|--|8888|",
	 "tcp://node.ts.net:10000"},
	{{.set_path = {"api"}, .name = "a.b-c_9", .socket = "/run/t s.sock", .target = "text: x"},
	 "--socket=/run/t s.sock|funnel|--set-path=api|text: x|",
	 "run|--name=a.b-c_9|--socket=/run/t s.sock|--set-path=api|--|text: x|",
	 "https://node.ts.net/api"},
	{{.set_path = {"/www/"}, .https = "10000", .target = "/srv/www"},
	 "funnel|--https=10000|--set-path=/www/|/srv/www|",
	 "run|--https=10000|--set-path=/www/|--|/srv/www|",
	 "https://node.ts.net:10000/www/"},
	/* As Go writes a path: what tailscaled takes it for when it comes back. */
	{{.set_path = {"/a%n$b?c#d e!\xc3\xa9"}},
	 "funnel|--set-path=/a%n$b?c#d e!\xc3\xa9|8888|",
	 "run|--set-path=/a%n$b?c#d e!\xc3\xa9|--|8888|",
	 "https://node.ts.net/a%25n$b%3Fc%23d%20e%21%C3%A9"},
	{{.set_path = {"/"}},
	 "funnel|--set-path=/|8888|",
	 "run|--set-path=/|--|8888|",
	 "https://node.ts.net/"},
	{{.native = true, .take_over = true, .https = "8443"},
	 "funnel|--https=8443|8888|",
	 "run|--native|--take-over|--https=8443|--|8888|",
	 "https://node.ts.net:8443/"},
	{{.native = true, .target = "1", .set_path = {"/a", "b=2", "/c/=text:x=y"}},
	 "funnel|--set-path=/a|1|",
	 "run|--native|--set-path=/a|--set-path=/b=2|--set-path=/c/=text:x=y|--|1|",
	 "https://node.ts.net/a"},
	/* Nothing that was not named: no 8888 on "/". */
	{{.native = true, .set_path = {"/a=1", "/b=2"}},
	 "funnel|--set-path=/a|1|",
	 "run|--native|--set-path=/a|--set-path=/b=2|--|1|",
	 "https://node.ts.net/a"},
};

static const struct {
	struct funnel_args args;
	const char *says;
} refused[] = {
	{{.https = "0"}, "no port"},
	{{.https = "444"}, "443, 8443 and 10000"},
	{{.https = "0443"}, "no port"},
	{{.https = "0x1bb"}, "no port"},
	{{.https = "+443"}, "no port"},
	{{.https = "443 "}, "no port"},
	{{.https = ""}, "no port"},
	{{.tcp = "22"}, "no visitor"},
	{{.tls_terminated_tcp = "65979"}, "no visitor"},
	{{.https = "443", .tcp = "443"}, "--tcp with --https"},
	{{.tcp = "443", .tls_terminated_tcp = "8443"}, "with --tcp"},
	{{.set_path = {"/a"}, .tcp = "443"}, "TCP has no paths"},
	{{.set_path = {""}}, "empty"},
	{{.set_path = {"/a//b"}}, "\"//\""},
	{{.set_path = {"//"}}, "\"//\""},
	{{.set_path = {"/a/../b"}}, "\"..\""},
	{{.set_path = {"."}}, "\".\""},
	{{.set_path = {"/a\nb"}}, "control characters"},
	{{.set_path = {"/a=1"}}, "--native takes several"},
	{{.set_path = {"/a", "/b"}}, "a path already"},
	{{.native = true, .set_path = {"/a", "/b"}}, "a path already"},
	{{.native = true, .set_path = {"/a=1", "/b=2"}, .tcp = "443"}, "TCP has no paths"},
	{{.native = true, .set_path = {"/a=1", "a/=2"}}, "another TARGET"},
	{{.native = true, .target = "1", .set_path = {"/=2"}}, "another TARGET"},
	{{.native = true, .set_path = {"/a", "/b=0"}}, "no such port"},
	{{.native = true, .set_path = {"/a", "/b="}}, "it is empty"},
	{{.native = true, .set_path = {"/a", "=1"}}, "it is empty"},
	{{.native = true, .set_path = {"/a", "/b=unix:/run/tailscale/tailscaled.sock"}},
	 "own socket"},
	{{.native = true, .set_path = {"/a", "/../b=1"}}, "\"..\""},
	{{.proxy_protocol = "1"}, "it needs --tcp"},
	{{.proxy_protocol = "0", .tcp = "443"}, "no such version"},
	{{.proxy_protocol = "3", .tcp = "443"}, "no such version"},
	{{.proxy_protocol = "01", .tcp = "443"}, "no such version"},
	{{.proxy_protocol = "1", .tcp = "443", .target = "unix:/run/x"}, "unix socket"},
	{{.name = ""}, "empty"},
	{{.name = "-a"}, "no name"},
	{{.name = "a b"}, "no name"},
	{{.name = "a/b"}, "no name"},
	{{.name = "a%i"}, "no name"},
	{{.name = "\xc3\xa9"}, "no name"},
	{{.name = "12345678901234567890123456789012345678901"}, "40 bytes"},
	{{.socket = "run/x"}, "absolute"},
	{{.socket = ""}, "absolute"},
	{{.socket = "/run/\n"}, "control characters"},
	{{.target = "unix:/run/tailscale/tailscaled.sock"}, "own socket"},
	{{.target = "unix:/x", .socket = "/x"}, "own socket"},
	{{.target = "/srv", .tcp = "443"}, "--https only"},
	{{.target = "0"}, "no such port"},
};

static const char *joined(void)
{
	static char text[sizeof(line.words) + FUNNEL_ARGC_MAX];
	struct buf b = BUF_OF(text);

	assert_null(line.argv[line.argc]);
	for (int i = 1; i < line.argc; i++) {
		buf_add(&b, line.argv[i]);
		buf_add_char(&b, '|');
	}
	return text;
}

static void good_funnels_give_the_cli_what_it_wants(void **state)
{
	char text[512];
	struct buf url = BUF_OF(text);

	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (funnel_make(&taken[i].args, &f, &e) != 0)
			fail_msg("%s: %s", taken[i].cli, e.msg);
		assert_int_equal(funnel_cli_argv(&f, "/usr/bin/tailscale", &line, &e), 0);
		assert_string_equal(line.argv[0], "/usr/bin/tailscale");
		assert_string_equal(joined(), taken[i].cli);
		assert_int_equal(funnel_run_argv(&f, "/x/tsfunnel", &line, &e), 0);
		assert_string_equal(line.argv[0], "/x/tsfunnel");
		assert_string_equal(joined(), taken[i].run);
		buf_clear(&url);
		funnel_url(&f, "node.ts.net", &url);
		assert_string_equal(text, taken[i].url);
	}
}

static void bad_funnels_are_refused_with_the_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (funnel_make(&refused[i].args, &f, &e) == 0)
			fail_msg("row %zu (%s) was taken", i, refused[i].says);
		assert_int_equal(e.code, ERR_USAGE);
		if (strstr(e.msg, refused[i].says) == NULL &&
		    strstr(e.cure, refused[i].says) == NULL)
			fail_msg("%s: %s / %s", refused[i].says, e.msg, e.cure);
	}
}

static void what_a_unit_runs_is_the_same_funnel(void **state)
{
	static struct funnel_argv once_more;
	static struct funnel again;
	static const struct verb run = {.bit = VERB_RUN, .name = "run", .args = "[TARGET]"};
	char *argv[FUNNEL_ARGC_MAX];
	struct options o;

	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		assert_int_equal(funnel_make(&taken[i].args, &f, &e), 0);
		assert_int_equal(funnel_run_argv(&f, "/x/tsfunnel", &line, &e), 0);
		for (int j = 0; j < line.argc; j++)
			argv[j] = line.words + (line.argv[j + 1] - line.words);
		argv[line.argc - 1] = NULL;
		assert_int_equal(options_parse(&run, line.argc - 1, argv, &o, &e), 0);
		assert_int_equal(funnel_make(&o.funnel, &again, &e), 0);
		again.target.path = f.target.path;
		/* Borrowed from two lines; their words are compared with the next. */
		memcpy(again.more, f.more, sizeof(f.more));
		assert_memory_equal(&again, &f, sizeof(f));
		assert_int_equal(funnel_make(&o.funnel, &again, &e), 0);
		assert_int_equal(funnel_run_argv(&again, "/x/tsfunnel", &once_more, &e), 0);
		assert_memory_equal(once_more.words, line.words, sizeof(line.words));
	}
}

static void a_folder_has_a_path_with_a_final_slash(void **state)
{
	static const struct {
		const char *path;
		const char *becomes;
	} rows[] = {
		{"/www", "/www/"}, {"www", "/www/"}, {"/www/", "/www/"}, {"/", "/"}, {NULL, "/"}};
	struct mount m;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct funnel_args args = {
			.native = true, .target = "/srv", .set_path = {rows[i].path}};

		assert_int_equal(funnel_make(&args, &f, &e), 0);
		funnel_set_folder(&f, 0);
		funnel_mount(&f, 0, &m);
		assert_string_equal(m.path, rows[i].becomes);
	}
	assert_int_equal(
		funnel_make(&(struct funnel_args){.native = true,
						  .set_path = {"/a=1", "b=/srv", "/c/=/s"}},
			    &f, &e),
		0);
	funnel_set_folder(&f, 1);
	funnel_set_folder(&f, 2);
	assert_int_equal(funnel_run_argv(&f, "x", &line, &e), 0);
	assert_string_equal(
		joined(), "run|--native|--set-path=/a|--set-path=/b/=/srv|--set-path=/c/=/s|--|1|");
}

static void service_names_are_made_of_names(void **state)
{
	char service[FUNNEL_SERVICE_MAX];

	(void)state;
	assert_int_equal(funnel_service(NULL, service, &e), 0);
	assert_string_equal(service, "tailscale-funnel");
	assert_int_equal(funnel_service("", service, &e), 0);
	assert_string_equal(service, "tailscale-funnel");
	assert_int_equal(funnel_service("api", service, &e), 0);
	assert_string_equal(service, "tailscale-funnel-api");
	assert_int_equal(funnel_service("../x", service, &e), -1);
}

static void command_lines_are_bounded(void **state)
{
	static char path[5000];

	(void)state;
	memset(path, '/', sizeof(path) - 1);
	assert_int_equal(funnel_make(&(struct funnel_args){0}, &f, &e), 0);
	assert_int_equal(funnel_run_argv(&f, path, &line, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
}

/* Lines that the CLI serves, though a visitor never sees a page, or that need no --bg of ours. */
static bool never_works(const char *words)
{
	static const char *const lines[] = {
		"0|", "[::1]:8888|", "unix:run/app.sock|", "--https=0|8888|", "--bg=false|8888|",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strcmp(words, lines[i]) == 0)
			return true;
	return false;
}

/* What the CLI posted for the line, as far as it looked at the disk for it. */
static void check_entry(const char *words, const cJSON *foreground)
{
	AUTO_JSON cJSON *entry = NULL;

	if (strcmp(words, "--set-path=/www|/srv/www|") == 0)
		funnel_set_folder(&f, 0);
	entry = entry_make(&f, "node.e2e.ts.net");
	if (cJSON_IsObject(foreground) && !cJSON_Compare(entry, foreground, true))
		fail_msg("%s makes %s", words, cJSON_Print(entry));
}

static void check_line(const cJSON *row)
{
	static const struct verb run = {.bit = VERB_RUN, .name = "run", .args = "[TARGET]"};
	char words[256] = "";
	struct buf want = BUF_OF(words);
	char *argv[WORDS_MAX] = {"run"};
	struct options o;
	const cJSON *word;
	bool serves = strcmp(json_string(row, "exit"), "serving") == 0;
	bool file = false;
	int argc = 1;
	int rc;

	cJSON_ArrayForEach(word, json_get(row, "args"))
	{
		assert_in_range(argc, 1, WORDS_MAX - 2);
		argv[argc++] = word->valuestring;
		buf_printf(&want, "%s|", word->valuestring);
		file = word->valuestring[0] == '/';
	}
	rc = options_parse(&run, argc, argv, &o, &e);
	if (rc == 0)
		rc = funnel_make(&o.funnel, &f, &e);
	/* Whether a file exists is install's business; without a target ours is 8888. */
	serves = serves || argc == 1 || strcmp(words, "/srv/none|") == 0;
	if (never_works(words))
		serves = false;
	if (serves != (rc == 0))
		fail_msg("%s: %s%s", words, serves ? "refused: " : "taken", serves ? e.msg : "");
	if (rc != 0 || argc == 1)
		return;
	assert_int_equal(file, f.target.kind == TARGET_PATH);
	assert_int_equal(funnel_cli_argv(&f, "tailscale", &line, &e), 0);
	if (strcmp(words, "--https=443|8888|") == 0)
		strcpy(words, "8888|"); /* the default is not written */
	assert_memory_equal(joined(), "funnel|", 7);
	assert_string_equal(joined() + 7, words);
	check_entry(words, json_get(row, "foreground"));
}

static void what_was_tried_on_the_cli_is_taken_or_refused_as_there(void **state)
{
	static char text[65536];
	const char *tests = getenv("TSFUNNEL_TESTS");
	char path[512];
	AUTO_JSON cJSON *doc = NULL;
	const cJSON *row;
	size_t len;
	int rows = 0;

	(void)state;
	snprintf(path, sizeof(path), "%s/unit/testdata/cli-targets.json",
		 tests != NULL ? tests : "tests");
	if (file_read(path, text, sizeof(text), &len, &e) != 0)
		fail_msg("%s", e.msg);
	doc = json_parse(text, len, path, &e);
	assert_non_null(doc);
	cJSON_ArrayForEach(row, doc)
	{
		check_line(row);
		rows++;
	}
	assert_int_equal(rows, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_funnels_give_the_cli_what_it_wants),
		cmocka_unit_test(bad_funnels_are_refused_with_the_reason),
		cmocka_unit_test(what_a_unit_runs_is_the_same_funnel),
		cmocka_unit_test(a_folder_has_a_path_with_a_final_slash),
		cmocka_unit_test(service_names_are_made_of_names),
		cmocka_unit_test(command_lines_are_bounded),
		cmocka_unit_test(what_was_tried_on_the_cli_is_taken_or_refused_as_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
