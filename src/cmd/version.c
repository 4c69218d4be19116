/* SPDX-License-Identifier: MIT */
/* cmd version - what this binary was built from */
#include "base/build_info.h"
#include "base/date.h"
#include "base/json.h"
#include "cmd/cmd.h"
#include "trust/roots.h"

#include <stdio.h>
#include <string.h>

static int print_json(const char *date, struct err *e)
{
	AUTO_JSON cJSON *doc = cJSON_CreateObject();
	char text[512];
	struct buf out = BUF_OF(text);

	if (cJSON_AddStringToObject(doc, "version", build_version) == NULL ||
	    cJSON_AddStringToObject(doc, "commit", build_commit) == NULL ||
	    cJSON_AddStringToObject(doc, "date", date) == NULL ||
	    cJSON_AddStringToObject(doc, "roots", distsign_roots_name) == NULL)
		return err_set(e, ERR_FAILED, "cannot print the version: no memory");
	if (json_print(doc, &out, e) != 0)
		return -1;
	fputs(text, stdout);
	return 0;
}

int cmd_version(const struct options *o, struct err *e)
{
	char text[DATE_TEXT];
	const char *date = date_print(build_epoch, DATE_DAY, text) ? text : "unknown";

	if (o->json)
		return print_json(date, e);
	printf("tsfunnel %s (%s, %s)\n", build_version, build_commit, date);
	if (strcmp(distsign_roots_name, "tailscale") != 0)
		printf("believes packages signed under %s, not Tailscale's own\n",
		       distsign_roots_name);
	return 0;
}
