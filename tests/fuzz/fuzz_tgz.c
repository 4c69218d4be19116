/* SPDX-License-Identifier: MIT */
/*
 * A tarball. The first byte says what the others are: 'g' a gzip file, 't' the tar in one, else a
 * tar whose headers get right checksums first, which no fuzzer would guess.
 *
 * Sources: archive/gunzip.c archive/tgz.c base/err.c
 */
#include "../unit/tarball.h"
#include "archive/tgz.h"
#include "fuzz.h"

#define FOLDER "tailscale_1.102.3_amd64"

struct seen {
	unsigned files;
	uint64_t bytes;
};

static int take(void *ctx, const struct tgz_member *m, struct tgz *t, struct err *e)
{
	struct seen *s = ctx;
	uint64_t got = 0;
	char mem[1000];
	ssize_t n;

	FUZZ_WANT(m->file < TGZ_FILES && m->size > 0);
	FUZZ_WANT((s->files & 1U << m->file) == 0);
	s->files |= 1U << m->file;
	while ((n = tgz_read(t, mem, sizeof(mem), e)) > 0)
		got += (uint64_t)n;
	FUZZ_WANT(got <= m->size && (n < 0 || got == m->size));
	s->bytes += got;
	return (int)n;
}

/* One header after the other, as far as sizes lead. */
static void mend_checksums(void)
{
	size_t at = 0;

	while (at + 512 <= tar.len) {
		unsigned char *h = tar.data + at;
		char size[13] = "";

		if (h[0] != 0) {
			tar_checksum(h);
			memcpy(size, h + 124, 12);
			at += (strtoul(size, NULL, 8) % TARBALL_MAX + 511) / 512 * 512;
		}
		at += 512;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = {0, 0};
	struct err e = {.code = ERR_OK};
	char folder[TGZ_NAME_MAX + 1];
	int fd;

	if (size < 1 || size > (1 << 20))
		return 0;
	tar.len = gz.len = 0;
	if (data[0] == 'g') {
		tarball_put(&gz, data + 1, size - 1);
	} else {
		tarball_put(&tar, data + 1, size - 1);
		if (data[0] != 't')
			mend_checksums();
		gzip_of_tar();
	}
	fd = gzip_fd();
	if (tgz_walk(fd, "x.tgz", FOLDER, take, &s, &e) == 0) {
		FUZZ_WANT(s.files == (1U << TGZ_FILES) - 1);
		FUZZ_WANT(data[0] == 'g' || s.bytes < size);
		FUZZ_WANT(tgz_folder(fd, "x.tgz", folder, &e) == 0 && strcmp(folder, FOLDER) == 0);
	} else {
		FUZZ_WANT(e.code == ERR_DATA);
	}
	close(fd);
	return 0;
}
