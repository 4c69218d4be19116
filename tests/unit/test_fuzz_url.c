/* SPDX-License-Identifier: MIT */
/* What tests/fuzz/fuzz_url.c found or started from. */
#include "../fuzz/fuzz_url.c"
#include "../fuzz/replay.h"
