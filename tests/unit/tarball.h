/* SPDX-License-Identifier: MIT */
/*
 * tarball - tar archives and gzip files byte by byte, also such that no tool would write
 *
 * One of each at a time: tar_reset(), tar_add() and others, gzip_of_tar(), gzip_fd().
 */
#ifndef TESTS_UNIT_TARBALL_H
#define TESTS_UNIT_TARBALL_H

#include <zlib.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TARBALL_MAX (16 << 20)

struct tarball_bytes {
	unsigned char data[TARBALL_MAX];
	size_t len;
};

static struct tarball_bytes tar, gz;

static inline void tarball_put(struct tarball_bytes *b, const void *data, size_t len)
{
	if (len > sizeof(b->data) - b->len)
		abort();
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static inline void tarball_zeros(struct tarball_bytes *b, size_t len)
{
	if (len > sizeof(b->data) - b->len)
		abort();
	memset(b->data + b->len, 0, len);
	b->len += len;
}

static inline void tar_reset(void)
{
	tar.len = 0;
}

/* Sets the checksum of a header; done anew after each change of it. */
static inline void tar_checksum(unsigned char *header)
{
	unsigned sum = 0;

	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += header[i];
	snprintf((char *)header + 148, 8, "%06o", sum);
}

/* A header as Go's archive/tar writes it; returned for changes until the next call. */
static inline unsigned char *tar_header(const char *name, char type, unsigned long size)
{
	unsigned char *h = tar.data + tar.len;
	size_t len = strlen(name);

	tarball_zeros(&tar, 512);
	memcpy(h, name, len < 100 ? len : 100);
	memcpy(h + 100, "0000755\0000000000\0000000000", 24);
	snprintf((char *)h + 124, 12, "%011lo", size);
	memcpy(h + 136, "14500000000", 12);
	h[156] = (unsigned char)type;
	memcpy(h + 257, "ustar\00000", 8);
	memcpy(h + 265, "root", 4);
	memcpy(h + 297, "root", 4);
	tar_checksum(h);
	return h;
}

/* Data up to the next block. */
static inline void tar_data(const void *data, size_t len)
{
	tarball_put(&tar, data, len);
	tarball_zeros(&tar, (512 - len % 512) % 512);
}

static inline void tar_file(const char *name, const char *text)
{
	tar_header(name, '0', strlen(text));
	tar_data(text, strlen(text));
}

static inline void tar_end(void)
{
	tarball_zeros(&tar, 1024);
}

static inline void gzip_begin(void)
{
	gz.len = 0;
	tarball_put(&gz, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
}

static inline void gzip_end(unsigned long crc, unsigned long len)
{
	for (unsigned i = 0; i < 4; i++)
		gz.data[gz.len++] = (unsigned char)(crc >> (8 * i));
	for (unsigned i = 0; i < 4; i++)
		gz.data[gz.len++] = (unsigned char)(len >> (8 * i));
}

/* Stored, not compressed: what stands where is plain to see. */
static inline void gzip_stored(const unsigned char *data, size_t len)
{
	size_t at = 0;

	gzip_begin();
	do {
		size_t n = len - at > 65535 ? 65535 : len - at;
		unsigned char head[5] = {at + n == len, (unsigned char)n, (unsigned char)(n >> 8)};

		head[3] = (unsigned char)~head[1];
		head[4] = (unsigned char)~head[2];
		tarball_put(&gz, head, sizeof(head));
		tarball_put(&gz, data + at, n);
		at += n;
	} while (at < len);
	gzip_end(crc32(0, data, (uInt)len), len);
}

static inline void gzip_of_tar(void)
{
	gzip_stored(tar.data, tar.len);
}

/* The gzip file as an open one without a name. */
static inline int gzip_fd(void)
{
	int fd = memfd_create("tarball", MFD_CLOEXEC);

	if (fd < 0 || write(fd, gz.data, gz.len) != (ssize_t)gz.len)
		abort();
	return fd;
}

#endif
