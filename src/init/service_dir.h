/* SPDX-License-Identifier: MIT */
/*
 * service_dir - service folders of the daemontools family: what runit and s6 have in common
 *
 * A service is a folder with the scripts run, finish and log/run, and a folder "supervise" in
 * which the one process that watches over it (runsv, s6-supervise) has its FIFOs. Renderers are
 * pure: job to bytes, ERR_BUG when @out is too small.
 */
#ifndef INIT_SERVICE_DIR_H
#define INIT_SERVICE_DIR_H

#include "base/buf.h"
#include "base/err.h"
#include "base/process.h"
#include "init/init.h"

/* Becomes the program itself, so that signals reach it; what it prints goes to the log. */
int service_dir_run(const struct job *job, struct buf *out, struct err *e);

/* The job's cleanup after a stop. @unless_stopped: lines of sh that end the script otherwise. */
int service_dir_finish(const struct job *job, const char *unless_stopped, struct buf *out,
		       struct err *e);

/* @logger: a command, whose last word, the folder that only root may read, is added. */
int service_dir_log(const struct job *job, const char *logger, struct buf *out, struct err *e);

/* Does somebody read a FIFO? So a supervisor is known, without its tools. */
bool service_dir_is_read(const char *fifo);

/* Waits for that, or for the contrary; false when it does not come. */
bool service_dir_wait_read(const char *fifo, bool read, int ms);

/* A tool of the init system: as process_run(), with ERR_UNAVAILABLE when the tool is not there. */
int service_dir_ask(const char *const argv[], struct process_result *r, struct err *e);

/* A tool's status 0 is success; else -1 with "cannot VERB SERVICE: " and what it said first. */
int service_dir_judge(struct process_result *r, const char *verb, const char *service,
		      struct err *e);

/*
 * service_dir_has_variable() - see init.h: PID 1's, and what the folder @dir gives: its scripts
 * run and conf, its env/KEY
 */
bool service_dir_has_variable(const char *dir, const char *key);

/* Is PID 1 called that? Everybody may see it. */
bool service_dir_first_is(const char *comm);

#endif
