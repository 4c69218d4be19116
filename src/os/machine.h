/* SPDX-License-Identifier: MIT */
/*
 * machine - what this machine is, as far as choosing a release needs it
 */
#ifndef OS_MACHINE_H
#define OS_MACHINE_H

#include "base/err.h"

#define MACHINE_TEXT 65 /* bytes of uname's machine name, with the NUL (Linux: 64 and a NUL) */

enum machine_order { MACHINE_LITTLE, MACHINE_BIG };

/* Only x86 has SSE2, and only there does anybody ask. */
enum machine_sse2 { MACHINE_SSE2_NO, MACHINE_SSE2_YES };

struct machine {
	char name[MACHINE_TEXT]; /* uname -m */
	enum machine_order order;
	enum machine_sse2 sse2;
};

/*
 * machine_read() - the machine under this process
 *
 * Byte order is that of this program: a kernel runs no other, and uname says "mips" for both.
 * SSE2 is asked of the processor (cpuid): /proc may not be there, and lists what the kernel
 * uses. A hypervisor may hide SSE2 that is there, which is safe: the program that needs none
 * is chosen.
 *
 * Errors: ERR_UNAVAILABLE when uname(2) fails.
 */
int machine_read(struct machine *m, struct err *e);

#endif
