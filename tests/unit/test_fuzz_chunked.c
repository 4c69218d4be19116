/* SPDX-License-Identifier: MIT */
/* What tests/fuzz/fuzz_chunked.c found or started from. */
#include "../fuzz/fuzz_chunked.c"
#include "../fuzz/replay.h"
