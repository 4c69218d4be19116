/* SPDX-License-Identifier: MIT */
/* What tests/fuzz/fuzz_http.c found or started from. */
#include "../fuzz/fuzz_http.c"
#include "../fuzz/replay.h"
