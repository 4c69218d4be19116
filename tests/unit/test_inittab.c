/* SPDX-License-Identifier: MIT */
/* inittab: our line in tables of others, and that nothing is left of it; what is no table. */
#include "base/file.h"
#include "init/inittab.h"

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

#define OURS "/etc/tsfunnel/tailscale-funnel.run"
#define OTHER "/etc/tsfunnel/tailscaled.run"
#define MARKED "# Managed by tsfunnel: a \"#\" before the line below is a stop.\n"

static struct err e;
static char one[INITTAB_MAX + 1024], two[INITTAB_MAX + 1024];

/* Tables that do not have our line. */
static const char *const tables[] = {
	"",
	"\n",
	"# services\n",
	"::sysinit:/etc/init.d/rcS\n::respawn:/sbin/getty 115200 tty1\n",
	"::sysinit:/etc/init.d/rcS\n::shutdown:/bin/umount -a", /* no final newline */
	"::sysinit:/etc/init.d/rcS\r\ntty1::askfirst:-/bin/sh\r\n",
	"::sysinit:x\r\n::respawn:y\r", /* a lone CR at the end */
	"\n\n   \n\t# a\n",
	"#\n##\n# #\n#",
	":::\n::\n:::::\nrespawn\n::respawn:\n::respawn:\n",
	"# Managed by somebody else\n::respawn:/x\n",
	MARKED "::respawn:" OTHER "\n",
	MARKED "#::respawn:" OTHER,
	MARKED, /* of no line: somebody's comment */
	MARKED MARKED "x",
	"::once:" OURS "\n::respawn:" OURS ".old\n::respawn:/x" OURS "\n::respawn:" OURS " -x\n",
	"\xff\xfe::respawn:\x80\n",
};

#define TABLES (sizeof(tables) / sizeof(tables[0]))

static const char *edit(const char *table, const char *program, enum inittab_line want, char *mem)
{
	struct buf out = buf_over(mem, sizeof(one));

	inittab_edit(table, strlen(table), program, want, &out);
	assert_false(buf_full(&out));
	return mem;
}

static enum inittab_line look(const char *table)
{
	return inittab_look(table, strlen(table), OURS);
}

static void a_line_that_is_gone_leaves_every_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLES; i++) {
		assert_int_equal(look(tables[i]), INITTAB_NONE);
		edit(tables[i], OURS, INITTAB_ACTIVE, one);
		assert_int_equal(look(one), INITTAB_ACTIVE);
		assert_string_equal(edit(one, OURS, INITTAB_NONE, two), tables[i]);
		assert_string_equal(edit(tables[i], OURS, INITTAB_NONE, two), tables[i]);
	}
}

static void stopped_and_started_it_is_the_same(void **state)
{
	static char three[sizeof(one)];

	(void)state;
	for (size_t i = 0; i < TABLES; i++) {
		edit(tables[i], OURS, INITTAB_ACTIVE, one);
		edit(one, OURS, INITTAB_ASLEEP, two);
		assert_int_equal(look(two), INITTAB_ASLEEP);
		assert_string_equal(edit(two, OURS, INITTAB_ASLEEP, three), two);
		assert_string_equal(edit(two, OURS, INITTAB_ACTIVE, three), one);
		assert_string_equal(edit(two, OURS, INITTAB_NONE, three), tables[i]);
	}
}

/* A second one would be a second process. */
static void it_is_there_once(void **state)
{
	static const char twice[] =
		"a\n::respawn:" OURS "\nb\n#::respawn:" OURS "\n" MARKED "::respawn:" OURS "\nc";

	(void)state;
	for (size_t i = 0; i < TABLES; i++) {
		edit(tables[i], OURS, INITTAB_ACTIVE, one);
		assert_string_equal(edit(one, OURS, INITTAB_ACTIVE, two), one);
	}
	assert_string_equal(edit(twice, OURS, INITTAB_ACTIVE, one), "a\n::respawn:" OURS "\nb\nc");
	assert_string_equal(edit(twice, OURS, INITTAB_ASLEEP, one), "a\n#::respawn:" OURS "\nb\nc");
	assert_string_equal(edit(twice, OURS, INITTAB_NONE, one), "a\nb\nc");
}

static void a_stop_makes_no_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLES; i++)
		assert_string_equal(edit(tables[i], OURS, INITTAB_ASLEEP, one), tables[i]);
}

/* Two services come and go in any order. */
static void services_do_not_meet(void **state)
{
	static char three[sizeof(one)];

	(void)state;
	for (size_t i = 0; i < TABLES; i++) {
		const enum inittab_line was = inittab_look(tables[i], strlen(tables[i]), OTHER);

		if (was != INITTAB_NONE)
			continue;
		edit(tables[i], OTHER, INITTAB_ACTIVE, one);
		edit(one, OURS, INITTAB_ACTIVE, two);
		assert_string_equal(edit(two, OURS, INITTAB_NONE, three), one);
		edit(two, OTHER, INITTAB_NONE, three);
		assert_string_equal(edit(three, OURS, INITTAB_NONE, two), tables[i]);
	}
}

static void what_persons_make_of_it_is_known(void **state)
{
	static const struct {
		const char *table;
		enum inittab_line is;
		const char *active, *gone;
	} rows[] = {
		{"# ::respawn:" OURS "\n", INITTAB_ASLEEP, "::respawn:" OURS "\n", ""},
		{"\t##  ::respawn:" OURS, INITTAB_ASLEEP, "::respawn:" OURS, ""},
		{"#::respawn:" OURS "\r\n", INITTAB_ASLEEP, "::respawn:" OURS "\r\n", ""},
		{"tty3:2345: respawn : " OURS " \t\n", INITTAB_ACTIVE,
		 "tty3:2345: respawn : " OURS " \t\n", ""},
		{"x\n" MARKED "\n::respawn:" OURS "\n", INITTAB_ACTIVE,
		 "x\n" MARKED "\n::respawn:" OURS "\n", "x\n" MARKED "\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(look(rows[i].table), rows[i].is);
		assert_string_equal(edit(rows[i].table, OURS, INITTAB_ACTIVE, one), rows[i].active);
		assert_string_equal(edit(rows[i].table, OURS, INITTAB_NONE, one), rows[i].gone);
	}
}

static void too_little_room_is_told(void **state)
{
	char small[8];
	struct buf out = BUF_OF(small);

	(void)state;
	inittab_edit("", 0, OURS, INITTAB_ACTIVE, &out);
	assert_true(buf_full(&out));
}

static char folder[64], path[128];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/inittab-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/inittab", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return file_remove_tree(folder, &e);
}

static void refused(enum err_code code)
{
	enum inittab_line is;

	assert_int_equal(inittab_read(path, OURS, &is, &e), -1);
	assert_int_equal(e.code, code);
	assert_int_equal(inittab_put(path, OURS, INITTAB_ACTIVE, &e), -1);
	assert_int_equal(e.code, code);
	assert_string_not_equal(e.cure, "");
}

static void what_is_no_table_is_refused(void **state)
{
	static char huge[INITTAB_MAX + 1];

	(void)state;
	refused(ERR_UNAVAILABLE);
	assert_int_equal(symlink("/dev/null", path), 0);
	refused(ERR_CREATE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	refused(ERR_CREATE);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(file_replace(path, "a\0b\n", 4, 0644, &e), 0);
	refused(ERR_DATA);
	memset(huge, '\n', sizeof(huge));
	assert_int_equal(file_replace(path, huge, sizeof(huge), 0644, &e), 0);
	refused(ERR_DATA);
	assert_int_equal(file_replace(path, huge, INITTAB_MAX - 1, 0644, &e), 0);
	assert_int_equal(inittab_put(path, OURS, INITTAB_ACTIVE, &e), 0);
}

static void a_file_keeps_its_mode(void **state)
{
	enum inittab_line is;
	struct stat st;

	(void)state;
	assert_int_equal(file_replace(path, tables[4], strlen(tables[4]), 0640, &e), 0);
	assert_int_equal(inittab_put(path, OURS, INITTAB_ACTIVE, &e), 0);
	assert_int_equal(inittab_read(path, OURS, &is, &e), 0);
	assert_int_equal(is, INITTAB_ACTIVE);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(inittab_put(path, OURS, INITTAB_NONE, &e), 0);
	assert_int_equal(file_read(path, one, sizeof(one), NULL, &e), 0);
	assert_string_equal(one, tables[4]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_that_is_gone_leaves_every_byte),
		cmocka_unit_test(stopped_and_started_it_is_the_same),
		cmocka_unit_test(it_is_there_once),
		cmocka_unit_test(a_stop_makes_no_line),
		cmocka_unit_test(services_do_not_meet),
		cmocka_unit_test(what_persons_make_of_it_is_known),
		cmocka_unit_test(too_little_room_is_told),
		cmocka_unit_test_setup_teardown(what_is_no_table_is_refused, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(a_file_keeps_its_mode, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
