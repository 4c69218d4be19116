/* SPDX-License-Identifier: MIT */
/* What tests/fuzz/fuzz_index.c found or started from. */
#include "../fuzz/fuzz_index.c"
#include "../fuzz/replay.h"
