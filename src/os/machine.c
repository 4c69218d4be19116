/* SPDX-License-Identifier: MIT */
/* machine - see machine.h */
#include "os/machine.h"

#include <stdio.h>
#include <sys/utsname.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

static enum machine_sse2 sse2(void)
{
	unsigned a = 0, b = 0, c = 0, d = 0;

	return __get_cpuid(1, &a, &b, &c, &d) && (d & bit_SSE2) ? MACHINE_SSE2_YES
								: MACHINE_SSE2_NO;
}
#else
static enum machine_sse2 sse2(void)
{
	return MACHINE_SSE2_NO;
}
#endif

int machine_read(struct machine *m, struct err *e)
{
	struct utsname u;

	if (uname(&u) != 0)
		return err_sys(e, ERR_UNAVAILABLE, "cannot find out this machine's architecture");
	snprintf(m->name, sizeof(m->name), "%s", u.machine);
	m->order = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? MACHINE_LITTLE : MACHINE_BIG;
	m->sse2 = sse2();
	return 0;
}
