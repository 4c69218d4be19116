/* SPDX-License-Identifier: MIT */
/* date - see date.h */
#include "base/date.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

bool date_print(int64_t seconds, enum date_part part, char text[static DATE_TEXT])
{
	time_t t = (time_t)seconds;
	char whole[80]; /* the compiler reckons with any int */
	struct tm tm;

	text[0] = '\0';
	if (gmtime_r(&t, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900)
		return false;
	snprintf(whole, sizeof(whole), "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	memcpy(text, whole, part);
	text[part] = '\0';
	return true;
}
