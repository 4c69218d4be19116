/* SPDX-License-Identifier: MIT */
/*
 * values - what the options of the command line may be set to
 *
 * Each function has the shape of option_row.take: 0, or -1 with ERR_USAGE, reason and cure. Those
 * of the funnel itself (ports, paths, names) are judged by funnel_make().
 */
#ifndef CMD_VALUES_H
#define CMD_VALUES_H

#include "cmd/options.h"

/* "90", "90s", "10m", "1h30m", "0": at most a week, into o->timeout_ms. */
int values_timeout(const char *name, const char *value, struct options *o, struct err *e);

/* One more PATH or PATH=TARGET, at most FUNNEL_PATHS_MAX; funnel_make() judges them. */
int values_set_path(const char *name, const char *value, struct options *o, struct err *e);

/* An http or https URL with a host and no user. */
int values_login_server(const char *name, const char *value, struct options *o, struct err *e);

/* One DNS label in lower case. */
int values_hostname(const char *name, const char *value, struct options *o, struct err *e);

/* An absolute path of a file. */
int values_self_path(const char *name, const char *value, struct options *o, struct err *e);

/* An absolute path of a folder. */
int values_prefix(const char *name, const char *value, struct options *o, struct err *e);

/* "live" or "ready" */
int values_check(const char *name, const char *value, struct options *o, struct err *e);

/* "257" */
int values_systemd(const char *name, const char *value, struct options *o, struct err *e);

#endif
