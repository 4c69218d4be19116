/* SPDX-License-Identifier: MIT */
/* What tests/fuzz/fuzz_tgz.c found or started from. */
#include "../fuzz/fuzz_tgz.c"
#include "../fuzz/replay.h"
