/* SPDX-License-Identifier: MIT */
/*
 * arch - which of Tailscale's tarballs a machine can run
 *
 * The list is that of release/dist/unixpkgs in Tailscale's source (targets.go). All of its
 * programs are static, so a 64-bit one runs under a 64-bit kernel whatever stands in /lib.
 * The arm tarball is built for ARMv5 and both mips families without floating point, so neither
 * needs to be asked for. "geode" is 386 without SSE2.
 */
#ifndef RELEASE_ARCH_H
#define RELEASE_ARCH_H

#include "base/err.h"
#include "os/machine.h"

#include <stdbool.h>

/* The architectures there are tarballs for, separated by spaces, for help and messages. */
extern const char arch_names[];

/* Is @arch one of them? */
bool arch_is_known(const char *arch);

/*
 * arch_of() - the tarball for a machine
 *
 * What can be wrong: uname(2) names the personality of this process, so under setarch(8) a
 * 64-bit machine gets the 32-bit programs, which it can run; under user-mode emulation it names
 * the emulated machine. geode wants a Pentium MMX; older ones end at once with SIGILL. A MIPS
 * Release 6 processor is not told apart, and may not run what older ones do.
 *
 * Return: one of arch_names, or NULL with ERR_UNAVAILABLE, which names the machine and --arch.
 */
const char *arch_of(const struct machine *m, struct err *e);

#endif
