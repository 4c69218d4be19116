/* SPDX-License-Identifier: MIT */
/* What tests/fuzz/fuzz_localapi.c found or started from. */
#include "../fuzz/fuzz_localapi.c"
#include "../fuzz/replay.h"
