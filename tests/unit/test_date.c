/* SPDX-License-Identifier: MIT */
/* Points in time as text; what date -u says of them. */
#include "base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void dates_are_those_of_the_calendar(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = {
		{0, "1970-01-01 00:00:00"},
		{-1, "1969-12-31 23:59:59"},
		{1709164799, "2024-02-28 23:59:59"},
		{1709164800, "2024-02-29 00:00:00"},
		{1795163405, "2026-11-20 08:30:05"},
		{253402300799, "9999-12-31 23:59:59"},
		{-62167219200, "0000-01-01 00:00:00"},
	};
	char text[DATE_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(date_print(rows[i].seconds, DATE_SECOND, text));
		assert_string_equal(text, rows[i].text);
	}
}

static void as_much_as_is_wanted(void **state)
{
	char text[DATE_TEXT];

	(void)state;
	assert_true(date_print(1795163405, DATE_DAY, text));
	assert_string_equal(text, "2026-11-20");
	assert_true(date_print(1795163405, DATE_MINUTE, text));
	assert_string_equal(text, "2026-11-20 08:30");
}

static void years_without_four_digits_have_no_text(void **state)
{
	static const int64_t rows[] = {253402300800, -62167219201, INT64_MAX, INT64_MIN};
	char text[DATE_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text[0] = 'x';
		assert_false(date_print(rows[i], DATE_SECOND, text));
		assert_string_equal(text, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_those_of_the_calendar),
		cmocka_unit_test(as_much_as_is_wanted),
		cmocka_unit_test(years_without_four_digits_have_no_text),
	};

	return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
