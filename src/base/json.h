/* SPDX-License-Identifier: MIT */
/*
 * json - hostile JSON in, tidy JSON out, over cJSON
 *
 * Readers take whatever object they are given, also NULL, and answer with a neutral value when
 * a member is missing or of another type: a foreign document is never trusted to have a shape.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"
#include "base/err.h"

#include <cJSON.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline void auto_json(cJSON **doc)
{
	cJSON_Delete(*doc);
}

#define AUTO_JSON __attribute__((cleanup(auto_json)))

/*
 * json_parse() - one complete document
 * @what: for the message, "the answer of tailscaled"
 *
 * White space may follow, nothing else. Nesting is bounded by CJSON_NESTING_LIMIT (the build
 * sets 64). Return: the document, to be released with cJSON_Delete(); NULL with ERR_DATA.
 */
cJSON *json_parse(const char *text, size_t len, const char *what, struct err *e);

/* Member @key of @object, case as written; NULL if there is none or @object is no object. */
const cJSON *json_get(const cJSON *object, const char *key);

const char *json_string(const cJSON *object, const char *key); /* "" when absent */
bool json_bool(const cJSON *object, const char *key);          /* false when absent */
int64_t json_int(const cJSON *object, const char *key);        /* 0 when absent or beyond 2^53 */

/*
 * json_print() - indented text with a final newline into @out
 *
 * Return: 0, or -1 with ERR_BUG when @out is too small or memory is out.
 */
int json_print(const cJSON *doc, struct buf *out, struct err *e);

#endif
