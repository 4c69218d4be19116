/* SPDX-License-Identifier: MIT */
/* json - see json.h */
#include "base/json.h"

#include <limits.h>
#include <string.h>

/* Integers beyond this are not exact in a double. */
#define EXACT_MAX 9007199254740992.0

cJSON *json_parse(const char *text, size_t len, const char *what, struct err *e)
{
	const char *end = NULL;
	cJSON *doc = cJSON_ParseWithLengthOpts(text, len, &end, 0);

	if (doc == NULL) {
		err_set(e, ERR_DATA, "cannot read %s: not JSON at byte %zu of %zu", what,
			end == NULL ? 0 : (size_t)(end - text), len);
		return NULL;
	}
	while (end < text + len && strchr(" \t\r\n", *end) != NULL && *end != '\0')
		end++;
	if (end != text + len) {
		cJSON_Delete(doc);
		err_set(e, ERR_DATA, "cannot read %s: data behind the JSON at byte %zu of %zu",
			what, (size_t)(end - text), len);
		return NULL;
	}
	return doc;
}

const cJSON *json_get(const cJSON *object, const char *key)
{
	return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

const char *json_string(const cJSON *object, const char *key)
{
	const cJSON *item = json_get(object, key);

	return cJSON_IsString(item) && item->valuestring != NULL ? item->valuestring : "";
}

bool json_bool(const cJSON *object, const char *key)
{
	return cJSON_IsTrue(json_get(object, key));
}

int64_t json_int(const cJSON *object, const char *key)
{
	const cJSON *item = json_get(object, key);

	if (!cJSON_IsNumber(item))
		return 0;
	if (!(item->valuedouble > -EXACT_MAX && item->valuedouble < EXACT_MAX))
		return 0;
	return (int64_t)item->valuedouble;
}

int json_print(const cJSON *doc, struct buf *out, struct err *e)
{
	size_t room = out->cap - out->len;

	if (room > INT_MAX)
		room = INT_MAX;
	if (!cJSON_PrintPreallocated((cJSON *)doc, out->data + out->len, (int)room, 1)) {
		out->data[out->len] = '\0';
		return err_set(e, ERR_BUG, "cannot print JSON: more than %zu bytes", room);
	}
	out->len += strlen(out->data + out->len);
	buf_add(out, "\n");
	return buf_full(out) ? err_set(e, ERR_BUG, "cannot print JSON: no room") : 0;
}
