/* SPDX-License-Identifier: MIT */
/* memory - see memory.h */
#include "os/memory.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

static void *at(uintptr_t address)
{
	void *p;

	memcpy(&p, &address, sizeof(p));
	return p;
}

void memory_drop_code(void)
{
	const ElfW(Phdr) *head = at(getauxval(AT_PHDR));
	const uintptr_t page = getauxval(AT_PAGESZ);

	/* At a fixed address (build.sh links so): addresses in the file are those in memory. */
	for (unsigned long i = 0; head != NULL && i < getauxval(AT_PHNUM); i++) {
		uintptr_t from = (head[i].p_vaddr + page - 1) & ~(page - 1);
		uintptr_t to = (head[i].p_vaddr + head[i].p_filesz) & ~(page - 1);

		/* Pages that are written to would be lost; only whole ones are all ours. */
		if (head[i].p_type == PT_LOAD && (head[i].p_flags & PF_W) == 0 && from < to)
			madvise(at(from), to - from, MADV_DONTNEED);
	}
}
