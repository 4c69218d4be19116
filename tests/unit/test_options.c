/* SPDX-License-Identifier: MIT */
/* Command lines: what is taken, what is refused and with which cure; and the help texts. */
#include "base/text.h"
#include "cmd/nearest.h"
#include "cmd/options.h"
#include "cmd/usage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 12

static struct options o;
static struct err e;

/* Parses "verb|word|word"; an empty word is two bars. */
static int parse(const char *text)
{
	static char words[512];
	char *argv[WORDS_MAX] = {0};
	const struct verb *v;
	char *rest = words;
	int argc = 0;

	snprintf(words, sizeof(words), "%s", text);
	while (rest != NULL) {
		assert_in_range(argc, 0, WORDS_MAX - 2);
		argv[argc++] = strsep(&rest, "|");
	}
	v = verb_find(argv[0], &e);
	return v == NULL ? -1 : options_parse(v, argc, argv, &o, &e);
}

static void values_arrive(void **state)
{
	(void)state;
	assert_int_equal(parse("install"), 0);
	assert_null(o.funnel.target);
	assert_int_equal(o.timeout_ms, 600000);
	assert_false(o.timeout_given);
	assert_int_equal(parse("install|--https=8443|8888|--set-path|/a|--name|x|--dry-run|--adopt|"
			       "--quiet|--timeout=0"),
			 0);
	assert_string_equal(o.funnel.https, "8443");
	assert_string_equal(o.funnel.target, "8888");
	assert_string_equal(o.funnel.set_path[0], "/a");
	assert_string_equal(o.funnel.name, "x");
	assert_true(o.dry_run && o.adopt && o.quiet && o.timeout_given);
	assert_int_equal(o.timeout_ms, 0);
	assert_int_equal(
		parse("install|--auth-key-file|-|--login-server=http://c:8080/x|--hostname|"
		      "web-1|--self-path|/opt/t|--socket|/run/s"),
		0);
	assert_string_equal(o.auth_key_file, "-");
	assert_string_equal(o.login_server, "http://c:8080/x");
	assert_string_equal(o.hostname, "web-1");
	assert_string_equal(o.self_path, "/opt/t");
	assert_string_equal(o.funnel.socket, "/run/s");
	assert_int_equal(parse("install|--root|/mnt|--self|other|--arch=arm64"), 0);
	assert_string_equal(o.root, "/mnt");
	assert_string_equal(o.self, "other");
	assert_string_equal(o.arch, "arm64");
	assert_int_equal(parse("fetch|--arch=arm64"), 0);
	assert_int_equal(parse("uninstall|--root|/mnt|--purge"), 0);
	assert_int_equal(parse("run|--tcp|443|--proxy-protocol|2|--|--name"), 0);
	assert_string_equal(o.funnel.target, "--name");
	assert_int_equal(parse("run|--native|--take-over|--set-path=/a|--set-path|b=1"), 0);
	assert_true(o.funnel.native && o.funnel.take_over);
	assert_string_equal(o.funnel.set_path[1], "b=1");
	assert_null(o.funnel.set_path[2]);
	assert_int_equal(parse("run|--tls|443"), 0); /* unambiguous */
	assert_string_equal(o.funnel.tls_terminated_tcp, "443");
	assert_int_equal(parse("unit|--plain|text:a b"), 0);
	assert_true(o.plain);
	assert_int_equal(parse("unit|--systemd|252"), 0);
	assert_string_equal(o.systemd, "252");
	assert_int_equal(parse("uninstall|--all|--logout"), 0);
	assert_true(o.all && o.logout);
	assert_int_equal(parse("status|--json|--name=x"), 0);
	assert_true(o.json);
	assert_int_equal(parse("help|install"), 0);
	assert_string_equal(o.topic, "install");
}

static void help_and_version_win(void **state)
{
	(void)state;
	assert_int_equal(parse("install|--nosuch|--help"), 0);
	assert_true(o.help);
	assert_int_equal(parse("unit|--name|--version"), 0);
	assert_true(o.version);
	assert_int_equal(parse("status|-h"), 0);
	assert_true(o.help);
	assert_int_equal(parse("unit|--vers"), 0);
	assert_true(o.version);
	assert_int_equal(parse("run|--|--help"), 0);
	assert_false(o.help);
}

static const struct {
	const char *line;
	const char *says; /* in the message */
	const char *cure; /* in the cure, NULL: there is none */
} refused[] = {
	{"instal", "no such verb", "`tsfunnel install`"},
	{"isntall", "no such verb", "`tsfunnel install`"},
	{"sttaus", "no such verb", "`tsfunnel status`"},
	{"frobnicate", "no such verb", "lists the verbs"},
	{"", "no such verb", "lists the verbs"},
	{"install|--nmae=x", "no such option", "--name"},
	{"install|--htps|443", "no such option", "--https"},
	{"install|--proxyprotocol|1", "no such option", "--proxy-protocol"},
	{"install|--nosuch", "no such option", "install --help"},
	{"unit|--auth-key-file=x", "no such option", "`tsfunnel install` has it"},
	{"install|--json", "no such option", "`tsfunnel status` has it"},
	{"install|--bg=false", "nothing goes to the background", "leave it out"},
	{"run|--http|80", "without TLS", "--https"},
	{"install|--t|1", "more than one option", "--help"},
	{"install|-n", "no short options", "--help"},
	{"install|--name", "value is missing", NULL},
	{"install|--name=", "value is empty", NULL},
	{"install|--auth-key-file||", "value is empty", NULL},
	{"install|--dry-run=yes", "takes no value", NULL},
	{"install|--dry-run|--dry-run", "given twice", NULL},
	{"run|--https=443|--https=443", "given twice", NULL},
	{"run|--set-path=1|--set-path=2|--set-path=3|--set-path=4|--set-path=5|--set-path=6|"
	 "--set-path=7|--set-path=8|--set-path=9",
	 "at most 8", NULL},
	{"unit|--plain|--native", "--native with --plain", NULL},
	{"status|--take-over", "no such option", "`tsfunnel install` has it"},
	{"install|1|2", "takes one [TARGET]", "quotes"},
	{"status|8888", "takes options only", "--help"},
	{"uninstall|x", "takes options only", "--help"},
	{"uninstall|--all|--name|x", "--all with --name", NULL},
	{"unit|--plain|--https|443", "--https with --plain", NULL},
	{"install|--self|x", "--self without --root", NULL},
	{"install|--arch|arm64", "--arch without --root", NULL},
	{"uninstall|--root|/mnt|--logout", "--logout with --root", NULL},
	{"run|--root|/mnt", "no such option", "`tsfunnel install` has it"},
	{"unit|--self-path|/x|--plain", "--self-path with --plain", NULL},
	{"unit|--plain|--systemd=252", "--systemd with --plain", NULL},
	{"unit|--systemd|0", "no version", "systemctl"},
	{"unit|--systemd|257.1", "no version", "systemctl"},
	{"unit|--systemd|12345", "no version", "systemctl"},
	{"install|--hostname|Web", "no name of a host", "a-z"},
	{"install|--hostname|-a", "no name of a host", "a-z"},
	{"install|--hostname|a.b", "no name of a host", "a-z"},
	{"install|--hostname|"
	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	 "no name of a host", "63"},
	{"install|--self-path|bin/x", "no absolute path", NULL},
	{"install|--self-path|/bin/", "no absolute path", NULL},
	{"install|--self-path|/a\nb", "control characters", NULL},
	{"install|--login-server|c.example", "no http or https URL", "https://"},
	{"install|--login-server|ftp://c", "no http or https URL", "https://"},
	{"install|--login-server|https://", "no http or https URL", "https://"},
	{"install|--login-server|https:///x", "no http or https URL", "https://"},
	{"install|--login-server|https://u@c", "characters", NULL},
	{"install|--login-server|https://c/a b", "characters", NULL},
};

static void wrong_lines_are_refused_with_a_cure(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (parse(refused[i].line) == 0)
			fail_msg("%s was taken", refused[i].line);
		assert_int_equal(e.code, ERR_USAGE);
		if (strstr(e.msg, refused[i].says) == NULL ||
		    strstr(e.cure, refused[i].cure != NULL ? refused[i].cure : "") == NULL)
			fail_msg("%s: %s / %s", refused[i].line, e.msg, e.cure);
		if (refused[i].cure == NULL)
			assert_string_equal(e.cure, "");
	}
}

static void durations_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} rows[] = {
		{"0", 0},
		{"90", 90000},
		{"90s", 90000},
		{"10m", 600000},
		{"10min", 600000},
		{"1h30m", 5400000},
		{"250ms", 250},
		{"1m30", 90000},
		{"168h", 604800000},
		{"169h", -1},
		{"604801", -1},
		{"-1", -1},
		{"1x", -1},
		{"h", -1},
		{"1.5h", -1},
		{" 1", -1},
		{"1 m", -1},
		{"s1", -1},
		{"99999999999999999999", -1},
	};
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(line, sizeof(line), "install|--timeout=%s", rows[i].text);
		assert_int_equal(parse(line), rows[i].ms < 0 ? -1 : 0);
		if (rows[i].ms >= 0)
			assert_int_equal(o.timeout_ms, rows[i].ms);
	}
}

static void distances_count_edits(void **state)
{
	struct nearest n = {0};

	(void)state;
	assert_int_equal(nearest_distance("", ""), 0);
	assert_int_equal(nearest_distance("", "ab"), 2);
	assert_int_equal(nearest_distance("name", "name"), 0);
	assert_int_equal(nearest_distance("nmae", "name"), 1);
	assert_int_equal(nearest_distance("nam", "name"), 1);
	assert_int_equal(nearest_distance("nome", "name"), 1);
	assert_int_equal(nearest_distance("kitten", "sitting"), 3);
	assert_int_equal(nearest_distance("x", "a-word-that-is-longer-than-forty-characters"),
			 NEAREST_WORD_MAX);
	nearest_offer(&n, "run", "unit");
	assert_null(n.word);
	nearest_offer(&n, "uni", "unit");
	assert_string_equal(n.word, "unit");
}

static void every_help_text_fits_a_terminal(void **state)
{
	static char text[USAGE_MAX];
	struct buf out = BUF_OF(text);

	(void)state;
	for (const struct verb *v = verbs; v->name != NULL; v++) {
		buf_clear(&out);
		usage_verb(v, &out);
		assert_false(buf_full(&out));
		/* Examples before options before exit codes. */
		assert_true(strstr(text, "Examples:") < strstr(text, "Options:"));
		assert_true(strstr(text, "Options:") < strstr(text, "Exit codes:"));
		for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
			if (strcspn(line, "\n") > USAGE_COLUMNS)
				fail_msg("%s: %.*s", v->name, (int)strcspn(line, "\n"), line);
	}
}

static void every_example_is_a_command_line(void **state)
{
	char words[256];
	struct funnel f;

	(void)state;
	for (const struct verb *v = verbs; v->name != NULL; v++) {
		for (const char *const *x = v->examples; *x != NULL; x++) {
			assert_memory_equal(*x, "tsfunnel ", 9);
			snprintf(words, sizeof(words), "%s", *x + 9);
			for (char *p = words; *p != '\0'; p++)
				*p = *p == ' ' ? '|' : *p;
			if (parse(words) != 0 || funnel_make(&o.funnel, &f, &e) != 0)
				fail_msg("%s: %s", *x, e.msg);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_arrive),
		cmocka_unit_test(help_and_version_win),
		cmocka_unit_test(wrong_lines_are_refused_with_a_cure),
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(distances_count_edits),
		cmocka_unit_test(every_help_text_fits_a_terminal),
		cmocka_unit_test(every_example_is_a_command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
