/* SPDX-License-Identifier: MIT */
/* Which package goes with a program, by the first bytes of it. */
#include "release/elf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *of(unsigned char class, unsigned char data, unsigned char first,
		      unsigned char second)
{
	unsigned char head[ELF_HEAD] = {0x7f, 'E', 'L', 'F', class, data, 1};

	head[18] = first;
	head[19] = second;
	return elf_arch(head, sizeof(head));
}

static void all_that_there_are_packages_for(void **state)
{
	(void)state;
	assert_string_equal(of(2, 1, 62, 0), "amd64");
	assert_string_equal(of(1, 1, 3, 0), "386");
	assert_string_equal(of(2, 1, 183, 0), "arm64");
	assert_string_equal(of(1, 1, 40, 0), "arm");
	assert_string_equal(of(2, 2, 0, 8), "mips64");
	assert_string_equal(of(2, 1, 8, 0), "mips64le");
	assert_string_equal(of(1, 2, 0, 8), "mips");
	assert_string_equal(of(1, 1, 8, 0), "mipsle");
	assert_string_equal(of(2, 1, 243, 0), "riscv64");
}

static void all_else(void **state)
{
	unsigned char head[ELF_HEAD] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

	(void)state;
	assert_null(of(1, 1, 62, 0)); /* x32 */
	assert_null(of(1, 1, 243, 0));
	assert_null(of(2, 2, 0, 183));
	assert_null(of(2, 2, 62, 0)); /* the other byte order */
	assert_null(of(2, 1, 22, 0)); /* s390 */
	assert_null(of(0, 1, 62, 0));
	assert_null(of(2, 0, 62, 0));
	head[18] = 62;
	assert_non_null(elf_arch(head, sizeof(head)));
	assert_null(elf_arch(head, sizeof(head) - 1));
	assert_null(elf_arch(head, 0));
	head[0] = '#';
	assert_null(elf_arch(head, sizeof(head)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_there_are_packages_for),
		cmocka_unit_test(all_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
