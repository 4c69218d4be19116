/* SPDX-License-Identifier: MIT */
/* build_info - what this binary was built from; the build gives the values */
#ifndef BASE_BUILD_INFO_H
#define BASE_BUILD_INFO_H

#include <stdint.h>

extern const char build_version[]; /* "0.1.0" */
extern const char build_commit[];  /* short hash, "unknown" outside a checkout */
extern const int64_t build_epoch;  /* seconds since 1970: the commit's date (SOURCE_DATE_EPOCH) */

#endif
