/* SPDX-License-Identifier: MIT */
/* build_info - the only object that the version is compiled into, see build_info.h */
#include "base/build_info.h"

const char build_version[] = TSFUNNEL_VERSION;
const char build_commit[] = TSFUNNEL_COMMIT;
const int64_t build_epoch = TSFUNNEL_BUILD_EPOCH;
