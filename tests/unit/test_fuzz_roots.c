/* SPDX-License-Identifier: MIT */
/* What tests/fuzz/fuzz_roots.c found or started from. */
#include "../fuzz/fuzz_roots.c"
#include "../fuzz/replay.h"
