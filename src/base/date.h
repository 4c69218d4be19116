/* SPDX-License-Identifier: MIT */
/*
 * date - points in time for people, in UTC
 *
 * Not strftime(3): in a static program it brings the names of days and months and the files of
 * time zones with it, 5 KB.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#define DATE_TEXT 20 /* bytes of "2026-11-20 09:30:05" with the NUL */

/* How much of that text, in bytes. */
enum date_part { DATE_DAY = 10, DATE_MINUTE = 16, DATE_SECOND = 19 };

/*
 * date_print() - @seconds since 1970 as text
 *
 * False, and an empty text, for what lies outside of the years 0 to 9999.
 */
bool date_print(int64_t seconds, enum date_part part, char text[static DATE_TEXT]);

#endif
