/* SPDX-License-Identifier: MIT */
/* Gzip data that inflates to far too much, made by hand; and the tar bounds behind it. */
#include "archive/gunzip.h"
#include "archive/tgz.h"
#include "tarball.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define FOLDER "tailscale_1.102.3_amd64"
#define MIB ((size_t)1 << 20)

/* Bits of a deflate block under way, the lowest first. */
static unsigned held;
static unsigned bits;

static void put(unsigned value, unsigned count)
{
	bits |= value << held;
	for (held += count; held >= 8; held -= 8) {
		tarball_put(&gz, &(unsigned char){(unsigned char)bits}, 1);
		bits >>= 8;
	}
}

/* A Huffman code: the highest bit first. */
static void put_code(unsigned value, unsigned count)
{
	while (count-- > 0)
		put(value >> count & 1, 1);
}

/* A block of fixed codes: one byte 0, then @copies of 258 of it, or of 67. */
static void block_of_zeros(size_t copies, bool long_ones, bool last)
{
	put(last, 1);
	put(1, 2);
	put_code(0x30, 8);
	while (copies-- > 0) {
		if (long_ones) {
			put_code(0xC5, 8);
		} else {
			put_code(0x15, 7);
			put(0, 4);
		}
		put_code(0, 5);
	}
	put_code(0, 7);
}

static void stored(const void *data, size_t len)
{
	put(0, 3);
	put(0, (8 - held) % 8);
	put((unsigned)len, 16);
	put(~(unsigned)len & 0xFFFF, 16);
	tarball_put(&gz, data, len);
}

/* All of it: bytes, or -1 with *e set. */
static ssize_t inflate_all(struct err *e)
{
	static struct gunzip g;
	unsigned char mem[4096];
	int fd = gzip_fd();
	ssize_t n, sum = 0;

	assert_int_equal(gunzip_init(&g, fd, "x", e), 0);
	while ((n = gunzip_read(&g, mem, sizeof(mem), e)) > 0)
		sum += n;
	gunzip_done(&g);
	close(fd);
	return n < 0 ? -1 : sum;
}

static void begin(void)
{
	held = bits = 0;
	gzip_begin();
}

static void end(size_t len)
{
	static unsigned char zeros[65536];
	unsigned long crc = crc32(0, NULL, 0);

	put(0, (8 - held) % 8);
	for (size_t at = 0; at < len; at += sizeof(zeros))
		crc = crc32(crc, zeros,
			    (uInt)(len - at < sizeof(zeros) ? len - at : sizeof(zeros)));
	gzip_end(crc, len);
}

static void a_bomb(void **state)
{
	struct err e;

	(void)state;
	begin();
	block_of_zeros(100000, true, true);
	end(258 * 100000 + 1);
	assert_int_equal(inflate_all(&e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.msg, "50 times"));
}

static void a_small_file_of_equal_bytes_and_a_dense_one(void **state)
{
	struct err e;

	(void)state;
	begin();
	block_of_zeros(4000, true, true);
	end(258 * 4000 + 1);
	assert_int_equal(inflate_all(&e), 258 * 4000 + 1);
	begin();
	block_of_zeros(100000, false, true);
	end(67 * 100000 + 1);
	assert_int_equal(inflate_all(&e), 67 * 100000 + 1);
}

static void checksum_and_length_must_fit(void **state)
{
	struct err e;

	(void)state;
	for (size_t i = 1; i <= 8; i++) {
		begin();
		block_of_zeros(1, true, true);
		end(259);
		gz.data[gz.len - i] ^= 1;
		assert_int_equal(inflate_all(&e), -1);
		assert_int_equal(e.code, ERR_DATA);
	}
}

/* Three members of almost 200 MiB, at a ratio that passes. */
static void members_too_large_together(void **state)
{
	const size_t copies = 200 * MIB / 67;
	const size_t size = copies * 67 + 1;
	struct err e;
	int fd;

	(void)state;
	begin();
	for (int i = 0; i < 3; i++) {
		static unsigned char zeros[512];
		char name[64];

		tar_reset();
		snprintf(name, sizeof(name), FOLDER "/%d", i);
		tar_header(name, '0', size);
		stored(tar.data, 512);
		if (i == 2)
			break;
		block_of_zeros(copies, false, false);
		stored(zeros, (512 - size % 512) % 512);
	}
	fd = gzip_fd();
	assert_int_equal(tgz_walk(fd, "x.tgz", FOLDER, NULL, NULL, &e), -1);
	close(fd);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.msg, "512 MiB together"));
}

/* What the end of the file says, also when that is not true. */
static void a_size_from_the_last_bytes(void **state)
{
	uint64_t size = 0;
	struct err e;
	int fd;

	(void)state;
	begin();
	block_of_zeros(4, true, true);
	gzip_end(0, 0x12345678);
	fd = gzip_fd();
	assert_int_equal(gunzip_size(fd, "x", &size, &e), 0);
	assert_true(size == 0x12345678);
	assert_int_equal(ftruncate(fd, 3), 0);
	assert_int_equal(gunzip_size(fd, "x", &size, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	close(fd);
	assert_int_equal(gunzip_size(-1, "x", &size, &e), -1);
	assert_int_equal(e.code, ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bomb),
		cmocka_unit_test(a_small_file_of_equal_bytes_and_a_dense_one),
		cmocka_unit_test(checksum_and_length_must_fit),
		cmocka_unit_test(members_too_large_together),
		cmocka_unit_test(a_size_from_the_last_bytes),
	};

	return cmocka_run_group_tests_name("gunzip", tests, NULL, NULL);
}
