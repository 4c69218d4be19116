/* SPDX-License-Identifier: MIT */
/* forged - tarballs to be refused: tar_reset() or begin(), the members, tar_end(), refused() */
#ifndef TESTS_UNIT_FORGED_H
#define TESTS_UNIT_FORGED_H

#include "archive/tgz.h"
#include "tarball.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FOLDER "tailscale_1.102.3_amd64"

static inline int walk(struct err *e)
{
	int fd = gzip_fd(), result;

	*e = (struct err){.code = ERR_OK};
	result = tgz_walk(fd, "x.tgz", FOLDER, NULL, NULL, e);
	close(fd);
	return result;
}

/* Refused, and for the reason given. */
static inline void refused(const char *reason)
{
	struct err e;

	gzip_of_tar();
	assert_int_equal(walk(&e), -1);
	assert_int_equal(e.code, ERR_DATA);
	if (strstr(e.msg, reason) == NULL)
		fail_msg("\"%s\" says nothing of \"%s\"", e.msg, reason);
}

/* The wanted members but those of the bits in @without. */
static inline void members(unsigned without)
{
	static const char *const names[TGZ_FILES] = {FOLDER "/tailscale", FOLDER "/tailscaled",
						     FOLDER "/systemd/tailscaled.service",
						     FOLDER "/systemd/tailscaled.defaults"};

	for (unsigned i = 0; i < TGZ_FILES; i++) {
		if ((without & 1U << i) == 0)
			tar_file(names[i], "text");
	}
}

static inline void begin(void)
{
	tar_reset();
	tar_header(FOLDER "/", '5', 0);
}

#endif
