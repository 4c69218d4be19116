/* SPDX-License-Identifier: MIT */
/*
 * replay - main() of a unit test that feeds a fuzzer its corpus once and prints one TAP line
 *
 * The program's name ends in fuzz_NAME, the corpus is tests/fuzz/corpus/NAME; an argument picks
 * one file of it.
 */
#ifndef TESTS_FUZZ_REPLAY_H
#define TESTS_FUZZ_REPLAY_H

#include "fuzz.h"

#include <dirent.h>
#include <string.h>

#define INPUT_MAX (1 << 20)

static unsigned replay(const char *dir, const char *only)
{
	static uint8_t mem[INPUT_MAX];
	char path[4096 + 256];
	struct dirent *d;
	unsigned count = 0;
	DIR *all = opendir(dir);

	while (all != NULL && (d = readdir(all)) != NULL) {
		size_t len;
		uint8_t *exact;
		FILE *f;

		if (d->d_name[0] == '.' || (only != NULL && strcmp(only, d->d_name) != 0))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, d->d_name);
		f = fopen(path, "r");
		if (f == NULL)
			continue;
		len = fread(mem, 1, sizeof(mem), f);
		fclose(f);
		/* Exactly as large as it is, so that reading beyond is seen. */
		exact = malloc(len == 0 ? 1 : len);
		if (exact == NULL)
			abort();
		memcpy(exact, mem, len);
		LLVMFuzzerTestOneInput(exact, len);
		free(exact);
		count++;
	}
	if (all != NULL)
		closedir(all);
	return count;
}

int main(int argc, char **argv)
{
	const char *tests = getenv("TSFUNNEL_TESTS"), *name = argv[0];
	char dir[4096];
	unsigned count;

	if (strrchr(name, '/') != NULL)
		name = strrchr(name, '/');
	name = strstr(name, "fuzz_");
	if (name == NULL)
		return 64;
	snprintf(dir, sizeof(dir), "%s/fuzz/corpus/%s", tests ? tests : "tests", name + 5);
	count = replay(dir, argc > 1 ? argv[1] : NULL);
	printf("1..1\n%s 1 - corpus of %s, %u inputs\n", count > 0 ? "ok" : "not ok", name, count);
	return count == 0;
}

#endif
