/* SPDX-License-Identifier: MIT */
/*
 * cmd - the verbs, one file each (cmd/VERB.c)
 *
 * A verb prints data on stdout and all else on stderr through base/log.h; it returns 0, or -1
 * with the error that main prints and turns into the exit status.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "cmd/options.h"

int cmd_install(const struct options *o, struct err *e);
int cmd_uninstall(const struct options *o, struct err *e);
int cmd_unit(const struct options *o, struct err *e);
int cmd_run(const struct options *o, struct err *e);
int cmd_status(const struct options *o, struct err *e);
int cmd_fetch(const struct options *o, struct err *e);
int cmd_version(const struct options *o, struct err *e);
int cmd_help(const struct options *o, struct err *e);

#endif
