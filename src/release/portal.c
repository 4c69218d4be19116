/* SPDX-License-Identifier: MIT */
/* portal - see portal.h */
#include "release/portal.h"

#include <string.h>

bool portal_is_page(const char *text, size_t len)
{
	size_t i = 0;

	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		i = 3;
	while (i < len && (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r')))
		i++;
	return i < len && text[i] == '<';
}

int portal_error(const char *what, struct err *e)
{
	err_set(e, ERR_DATA, "cannot read %s: a web page came in its place", what);
	return err_cure(e, "It looks like a captive portal or a proxy's own page: log in to this "
			   "network, set https_proxy, or check --base-url.");
}
