/* SPDX-License-Identifier: MIT */
/* gunzip - see gunzip.h */
#include "archive/gunzip.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* To inflateInit2(): the largest window, and a gzip header around it. */
#define GZIP_ONLY (15 + 16)

static int bad(const struct gunzip *g, const char *why, struct err *e)
{
	return err_set(e, ERR_DATA, "cannot unpack %s: %s", g->what, why);
}

int gunzip_init(struct gunzip *g, int fd, const char *what, struct err *e)
{
	memset(g, 0, sizeof(*g));
	g->fd = fd;
	g->what = what;
	if (inflateInit2(&g->z, GZIP_ONLY) != Z_OK)
		return err_set(e, ERR_FAILED, "cannot unpack %s: no memory", what);
	return 0;
}

/* More input for zlib; none at the end of the file. */
static int fill(struct gunzip *g, struct err *e)
{
	ssize_t n;

	do
		n = pread(g->fd, g->chunk, sizeof(g->chunk), (off_t)g->in);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, ERR_IO, "cannot read %s", g->what);
	g->in += (uint64_t)n;
	g->z.next_in = g->chunk;
	g->z.avail_in = (uInt)n;
	return 0;
}

/* zlib has seen the checksum: the file must end with it. */
static int check_end(struct gunzip *g, struct err *e)
{
	if (g->z.avail_in == 0 && fill(g, e) != 0)
		return -1;
	if (g->z.avail_in != 0)
		return bad(g, "something stands behind the end of its gzip data", e);
	return 0;
}

/* Counts what was inflated; bytes are looked at from the end, where data mostly stands. */
static int account(struct gunzip *g, const unsigned char *mem, size_t len, struct err *e)
{
	size_t data = len;

	while (data > 0 && mem[data - 1] == 0)
		data--;
	if (data > 0)
		g->data_end = g->out + data;
	g->out += len;
	if (g->out > GUNZIP_FREE && g->out / GUNZIP_RATIO_MAX > g->in)
		return bad(g, "it inflates to more than 50 times its size", e);
	return 0;
}

ssize_t gunzip_read(struct gunzip *g, void *mem, size_t cap, struct err *e)
{
	int status = Z_OK;

	if (g->ended || cap == 0)
		return 0;
	if (cap > GUNZIP_IN * (size_t)4)
		cap = GUNZIP_IN * (size_t)4;
	g->z.next_out = mem;
	g->z.avail_out = (uInt)cap;
	while (status == Z_OK && g->z.avail_out == cap) {
		if (g->z.avail_in == 0 && fill(g, e) != 0)
			return -1;
		if (g->z.avail_in == 0)
			return bad(g, "its gzip data ends early", e);
		status = inflate(&g->z, Z_NO_FLUSH);
	}
	if (status != Z_OK && status != Z_STREAM_END)
		return bad(g, g->z.msg != NULL ? g->z.msg : "its gzip data is damaged", e);
	if (account(g, mem, cap - g->z.avail_out, e) != 0)
		return -1;
	if (status == Z_STREAM_END) {
		g->ended = true;
		if (check_end(g, e) != 0)
			return -1;
	}
	return (ssize_t)(cap - g->z.avail_out);
}

void gunzip_done(struct gunzip *g)
{
	inflateEnd(&g->z);
}

int gunzip_size(int fd, const char *what, uint64_t *size, struct err *e)
{
	unsigned char last[4];
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_sys(e, ERR_IO, "cannot read %s", what);
	if (st.st_size < (off_t)sizeof(last) ||
	    pread(fd, last, sizeof(last), st.st_size - (off_t)sizeof(last)) != sizeof(last))
		return err_set(e, ERR_DATA, "cannot unpack %s: its gzip data ends early", what);
	*size = (uint64_t)last[3] << 24 | (uint64_t)last[2] << 16 | (uint64_t)last[1] << 8 |
		last[0];
	return 0;
}
