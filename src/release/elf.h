/* SPDX-License-Identifier: MIT */
/*
 * elf - which of Tailscale's tarballs goes with a program, by its ELF header
 *
 * For the programs of a machine that is not running: they are read, never run.
 */
#ifndef RELEASE_ELF_H
#define RELEASE_ELF_H

#include <stddef.h>

/* As much of a file as elf_arch() looks at. */
#define ELF_HEAD 20

/*
 * elf_arch() - Pure: one of arch_names, NULL when it is no ELF program or there is none for it
 *
 * "geode" never: a header does not tell what a processor lacks.
 */
const char *elf_arch(const unsigned char *head, size_t len);

#endif
