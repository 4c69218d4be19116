/* SPDX-License-Identifier: MIT */
/*
 * An index of packages, and the other small texts of a server; names must survive as they are.
 *
 * Sources: base/buf.c base/err.c base/json.c release/arch.c release/index.c release/name.c
 * Sources: release/portal.c release/sha256.c release/version.c
 */
#include "fuzz.h"
#include "release/arch.h"
#include "release/index.h"
#include "release/sha256.h"

#include <string.h>

static void names(const char *text)
{
	char again[NAME_TEXT], version[VERSION_TEXT];
	struct version v;
	struct name n;
	struct err e;

	if (name_parse_file(text, &n, &e) == 0) {
		name_file(&n, again);
		FUZZ_WANT(strcmp(text, again) == 0);
	}
	if (name_parse_folder(text, &n, &e) == 0) {
		name_folder(&n, again);
		FUZZ_WANT(strcmp(text, again) == 0);
	}
	if (version_parse(text, &v, &e) == 0) {
		version_print(&v, version);
		FUZZ_WANT(strcmp(text, version) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char sum[DIGEST_LEN];
	struct index_offer offer;
	char *text = malloc(size + 1), file[NAME_TEXT];
	struct err e;

	FUZZ_WANT(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	names(text);
	if (index_read((const char *)data, size, "amd64", &offer, &e) == 0) {
		FUZZ_WANT(strcmp(offer.name.arch, "amd64") == 0);
		name_file(&offer.name, file);
		names(file);
		FUZZ_WANT(strchr(file, '/') == NULL);
	} else {
		FUZZ_WANT(e.code == ERR_DATA || e.code == ERR_UNAVAILABLE);
	}
	if (sha256_read((const char *)data, size, sum, &e) == 0)
		FUZZ_WANT(size >= 64 && size <= SHA256_MAX);
	free(text);
	return 0;
}
