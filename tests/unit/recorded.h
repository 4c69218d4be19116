/* SPDX-License-Identifier: MIT */
/*
 * recorded - answers of real tailscaleds, tests/unit/testdata/localapi
 *
 * Of the version in the name, else of 1.102.3. Those with a version were written by
 * tests/cmd/record and have their heads.
 */
#ifndef TESTS_UNIT_RECORDED_H
#define TESTS_UNIT_RECORDED_H

#include "net/http_head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORDED_MAX 65536

/* Reads one into @mem; ends the program when it is not there. TSFUNNEL_TESTS is tests/. */
static inline size_t recorded(const char *name, char mem[static RECORDED_MAX])
{
	const char *tests = getenv("TSFUNNEL_TESTS");
	char path[4096];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/unit/testdata/localapi/%s", tests ? tests : "tests", name);
	f = fopen(path, "r");
	if (f == NULL) {
		perror(path);
		exit(2);
	}
	len = fread(mem, 1, RECORDED_MAX - 1, f);
	mem[len] = '\0';
	fclose(f);
	return len;
}

/* Reads the body of one with a head. */
static inline size_t recorded_body(const char *name, char mem[static RECORDED_MAX])
{
	size_t len = recorded(name, mem), head = http_head_end(mem, len);

	memmove(mem, mem + head, len - head + 1);
	return len - head;
}

#endif
