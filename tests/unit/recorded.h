/* SPDX-License-Identifier: MIT */
/* recorded - answers of a real tailscaled, tests/unit/testdata/localapi (1.102.3) */
#ifndef TESTS_UNIT_RECORDED_H
#define TESTS_UNIT_RECORDED_H

#include <stdio.h>
#include <stdlib.h>

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

#endif
