/* SPDX-License-Identifier: MIT */
/*
 * err - the one error object
 *
 * Every fallible function takes a `struct err *e` last and returns 0, or -1 with *e set. On
 * success *e is untouched. Only the command layer prints an error. The object belongs to the
 * caller, holds no pointer and never allocates; texts that do not fit are cut.
 *
 * Grammar of a message: "cannot VERB OBJECT: REASON", no capital, no full stop. The cure, if
 * there is one, is a second line that says what to do.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * code, exit status, meaning. The statuses are those of BSD's sysexits.h (64-78) and of
 * POSIX shells (126, 127); the table is what `tsfunnel help exit-codes` prints.
 */
#define ERR_TABLE(X)                                                                               \
	X(ERR_OK, 0, "done")                                                                       \
	X(ERR_FAILED, 1, "failed, or not live (status)")                                           \
	X(ERR_USAGE, 64, "wrong usage: an option, a TARGET or a combination")                      \
	X(ERR_DATA, 65, "bad data: a reply or file that cannot be what it should be")              \
	X(ERR_UNAVAILABLE, 69, "tailscaled, Tailscale or the init system is not available")        \
	X(ERR_BUG, 70, "a bug in tsfunnel")                                                        \
	X(ERR_CREATE, 73, "a file cannot be created, or is not ours to replace")                   \
	X(ERR_IO, 74, "an input/output error")                                                     \
	X(ERR_TIMEOUT, 75, "timed out; trying again may help")                                     \
	X(ERR_PERMISSION, 77, "permission denied; root is needed")                                 \
	X(ERR_PERSON, 78, "a person must act: log in, enable Funnel, free a port")                 \
	X(ERR_NOEXEC, 126, "the tailscale CLI is there but cannot be run")                         \
	X(ERR_NOTFOUND, 127, "the tailscale CLI is not there")

enum err_code {
#define X(code, status, meaning) code,
	ERR_TABLE(X)
#undef X
		ERR_CODES
};

struct err {
	enum err_code code;
	int sys; /* errno at the time, 0 if none */
	char msg[512];
	char cure[512]; /* "" if there is none */
};

#define ERR_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Sets code and message, clears cure and errno. Returns -1 always, for `return err_set(...)`. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) ERR_PRINTF(3, 4);

/* As err_set(), with ": " and the text of errno behind the message. */
int err_sys(struct err *e, enum err_code code, const char *fmt, ...) ERR_PRINTF(3, 4);

/* Puts "outer: " before the message that is there. Returns -1. */
int err_wrap(struct err *e, const char *fmt, ...) ERR_PRINTF(2, 3);

/* Adds the cure to an error that is set. Returns -1. */
int err_cure(struct err *e, const char *fmt, ...) ERR_PRINTF(2, 3);

/* The code that an errno calls for: EACCES and EPERM ERR_PERMISSION, else @otherwise. */
enum err_code err_code_of(int sys, enum err_code otherwise);

/* Exit status of a code, and what it means to a user. */
int err_status(enum err_code code);
const char *err_meaning(enum err_code code);

#endif
