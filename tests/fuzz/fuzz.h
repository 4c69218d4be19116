/* SPDX-License-Identifier: MIT */
/*
 * fuzz - what every fuzz_NAME.c has
 *
 * tests/fuzz/run.sh links it with libFuzzer; tests/unit/test_fuzz_NAME.c feeds it the files of
 * corpus/NAME. A finding is a crash, a sanitizer's report, or an abort() of its own.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_WANT(what)                                                                            \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);         \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
