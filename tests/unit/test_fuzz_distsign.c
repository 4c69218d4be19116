/* SPDX-License-Identifier: MIT */
/* What tests/fuzz/fuzz_distsign.c found or started from. */
#include "../fuzz/fuzz_distsign.c"
#include "../fuzz/replay.h"
