/* SPDX-License-Identifier: MIT */
/* elf - see elf.h */
#include "release/elf.h"

#include <elf.h>
#include <string.h>

static const struct row {
	unsigned machine;
	unsigned char class, data;
	const char *arch;
} rows[] = {
	{EM_X86_64, ELFCLASS64, ELFDATA2LSB, "amd64"},
	{EM_386, ELFCLASS32, ELFDATA2LSB, "386"},
	{EM_AARCH64, ELFCLASS64, ELFDATA2LSB, "arm64"},
	{EM_ARM, ELFCLASS32, ELFDATA2LSB, "arm"},
	{EM_MIPS, ELFCLASS64, ELFDATA2MSB, "mips64"},
	{EM_MIPS, ELFCLASS64, ELFDATA2LSB, "mips64le"},
	{EM_MIPS, ELFCLASS32, ELFDATA2MSB, "mips"},
	{EM_MIPS, ELFCLASS32, ELFDATA2LSB, "mipsle"},
	{EM_RISCV, ELFCLASS64, ELFDATA2LSB, "riscv64"},
};

_Static_assert(ELF_HEAD == offsetof(Elf64_Ehdr, e_machine) + sizeof(Elf64_Half) &&
		       offsetof(Elf64_Ehdr, e_machine) == offsetof(Elf32_Ehdr, e_machine),
	       "the machine stands last");

const char *elf_arch(const unsigned char *head, size_t len)
{
	unsigned machine;

	if (len < ELF_HEAD || memcmp(head, ELFMAG, SELFMAG) != 0)
		return NULL;
	machine = head[EI_DATA] == ELFDATA2MSB ? head[18] * 256U + head[19]
					       : head[19] * 256U + head[18];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].machine == machine && rows[i].class == head[EI_CLASS] &&
		    rows[i].data == head[EI_DATA])
			return rows[i].arch;
	return NULL;
}
