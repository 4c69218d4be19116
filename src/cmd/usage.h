/* SPDX-License-Identifier: MIT */
/* usage - the texts of --help and `help`, made from the tables; at most 80 columns */
#ifndef CMD_USAGE_H
#define CMD_USAGE_H

#include "base/buf.h"
#include "cmd/options.h"

#define USAGE_MAX 8192
#define USAGE_COLUMNS 80

void usage_overview(struct buf *out);
void usage_verb(const struct verb *v, struct buf *out);
void usage_exit_codes(struct buf *out);

/* The launcher's states, what each says and what ends it (launch/state.h). */
void usage_states(struct buf *out);

#endif
