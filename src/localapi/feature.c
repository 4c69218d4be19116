/* SPDX-License-Identifier: MIT */
/* feature - see feature.h */
#include "localapi/feature.h"

#include "base/json.h"
#include "base/text.h"
#include "localapi/localapi.h"

#include <stdio.h>
#include <string.h>

int feature_parse(const char *text, size_t len, struct feature *f, struct err *e)
{
	AUTO_JSON cJSON *doc = json_parse(text, len, "the answer about Funnel", e);

	char line[sizeof(f->text)];

	*f = (struct feature){0};
	if (doc == NULL)
		return -1;
	if (!cJSON_IsObject(doc))
		return err_set(e, ERR_DATA, "cannot read the answer about Funnel: no JSON object");
	f->complete = json_bool(doc, "Complete");
	snprintf(line, sizeof(line), "%s", json_string(doc, "Text"));
	/* Lines such as "To enable, visit:" lead to the URL, which is kept apart. */
	line[strcspn(line, "\r\n")] = '\0';
	text_copy(f->text, sizeof(f->text), line);
	text_copy(f->url, sizeof(f->url), json_string(doc, "URL"));
	return 0;
}

int feature_query(const char *socket, struct deadline until, struct feature *f, struct err *e)
{
	const struct localapi_request q = {"POST", "/localapi/v0/query-feature?feature=funnel",
					   NULL, NULL};
	struct localapi_reply r;
	int rc;

	*f = (struct feature){0};
	if (localapi_call(socket, &q, until, &r, e) != 0)
		return -1;
	rc = localapi_check(&r, "ask how to enable Funnel", e);
	if (rc == 0)
		rc = feature_parse(r.body, r.len, f, e);
	localapi_reply_done(&r);
	return rc;
}
