/* SPDX-License-Identifier: MIT */
/*
 * confinement - the parts of a service's sandbox that a machine may refuse
 *
 * A container-like VM may have no user namespaces, or a filter on mount(2). The service manager
 * then ends the start, and says by its status at which part. Bits, so that a set of them is one
 * number; the manifest keeps such a number, so a bit never changes its meaning.
 */
#ifndef INIT_CONFINEMENT_H
#define INIT_CONFINEMENT_H

enum confinement {
	CONFINE_USERS = 1 << 0,        /* a user namespace */
	CONFINE_CAPABILITIES = 1 << 1, /* giving capabilities up */
	CONFINE_NETWORK = 1 << 2,      /* a network namespace */
	CONFINE_MOUNTS = 1 << 3,       /* mount, IPC and UTS namespaces */
	CONFINE_SYSCALLS = 1 << 4,     /* filters of system calls */
	CONFINE_ALL = (1 << 5) - 1,
};

#endif
