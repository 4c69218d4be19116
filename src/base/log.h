/* SPDX-License-Identifier: MIT */
/*
 * log - lines on standard error
 *
 * To a terminal or a file: "tsfunnel: text". Under systemd (standard error is the journal,
 * JOURNAL_STREAM is set): "<N>text", N the syslog priority (sd-daemon(3)), no time, no name.
 * errno survives a call. Control characters become spaces: one call, one line.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERR = 3, LOG_LEVEL_WARN = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6 };

/* Informational lines are dropped from now on (--quiet). */
void log_quiet(bool quiet);

void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The error's one line, and its cure as a second if there is one. */
void log_err(const struct err *e);

#define log_error(...) log_line(LOG_LEVEL_ERR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_notice(...) log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)

#endif
