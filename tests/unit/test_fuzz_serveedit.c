/* SPDX-License-Identifier: MIT */
/* What tests/fuzz/fuzz_serveedit.c found or started from. */
#include "../fuzz/fuzz_serveedit.c"
#include "../fuzz/replay.h"
