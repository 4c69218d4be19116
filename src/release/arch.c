/* SPDX-License-Identifier: MIT */
/* arch - see arch.h */
#include "release/arch.h"

#include <stddef.h>
#include <string.h>

const char arch_names[] = "386 amd64 arm arm64 geode mips mips64 mips64le mipsle riscv64";

struct row {
	const char *name; /* uname -m */
	enum machine_order order;
	const char *arch;
	const char *without_sse2; /* instead of arch; NULL where that does not matter */
};

static const struct row rows[] = {
	{"x86_64", MACHINE_LITTLE, "amd64", NULL},
	{"i686", MACHINE_LITTLE, "386", "geode"},
	{"i586", MACHINE_LITTLE, "386", "geode"},
	{"i486", MACHINE_LITTLE, "386", "geode"},
	{"i386", MACHINE_LITTLE, "386", "geode"},
	{"aarch64", MACHINE_LITTLE, "arm64", NULL},
	/* A 64-bit processor under setarch; the others are the kernel's names by processor. */
	{"armv8l", MACHINE_LITTLE, "arm", NULL},
	{"armv7l", MACHINE_LITTLE, "arm", NULL},
	{"armv6l", MACHINE_LITTLE, "arm", NULL},
	{"armv5tejl", MACHINE_LITTLE, "arm", NULL},
	{"armv5tel", MACHINE_LITTLE, "arm", NULL},
	{"armv5tl", MACHINE_LITTLE, "arm", NULL},
	{"mips64", MACHINE_BIG, "mips64", NULL},
	{"mips64", MACHINE_LITTLE, "mips64le", NULL},
	{"mips", MACHINE_BIG, "mips", NULL},
	{"mips", MACHINE_LITTLE, "mipsle", NULL},
	{"riscv64", MACHINE_LITTLE, "riscv64", NULL},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

bool arch_is_known(const char *arch)
{
	size_t len = strlen(arch);

	for (const char *p = arch_names; *p != '\0';) {
		size_t word = strcspn(p, " ");

		if (word == len && memcmp(p, arch, len) == 0)
			return true;
		p += word;
		p += strspn(p, " ");
	}
	return false;
}

const char *arch_of(const struct machine *m, struct err *e)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];

		if (r->order != m->order || strcmp(r->name, m->name) != 0)
			continue;
		return m->sse2 == MACHINE_SSE2_NO && r->without_sse2 != NULL ? r->without_sse2
									     : r->arch;
	}
	err_set(e, ERR_UNAVAILABLE,
		"cannot choose a package for this machine: there is none for \"%s\" (%s endian)",
		m->name, m->order == MACHINE_LITTLE ? "little" : "big");
	err_cure(e, "If it can run programs of one of these, name it with --arch: %s.", arch_names);
	return NULL;
}
