/* SPDX-License-Identifier: MIT */
/* sink - see sink.h */
#include "fetch/sink.h"

#include "base/file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int memory_write(struct download_sink *s, const char *data, size_t len, struct err *e)
{
	struct memory_sink *m = (struct memory_sink *)s;

	if (len > m->cap - m->len)
		return err_set(e, ERR_DATA, "cannot keep more than %zu bytes", m->cap);
	memcpy(m->mem + m->len, data, len);
	m->len += len;
	return 0;
}

static int memory_restart(struct download_sink *s, struct err *e)
{
	(void)e;
	((struct memory_sink *)s)->len = 0;
	return 0;
}

void memory_sink_init(struct memory_sink *m, char *mem, size_t cap)
{
	*m = (struct memory_sink){{memory_write, memory_restart}, mem, cap, 0};
}

/* The rest of what was announced against what is free. */
static int check_room(const struct file_sink *f, struct err *e)
{
	return f->total < 0
		       ? 0
		       : file_check_room(f->folder, f->total - f->done, "keep the download in", e);
}

static int file_write(struct download_sink *s, const char *data, size_t len, struct err *e)
{
	struct file_sink *f = (struct file_sink *)s;

	if (digester_add(&f->sha256, data, len, e) != 0)
		return -1;
	distsign_hash_update(&f->signed_hash, data, len);
	while (len > 0) {
		ssize_t n = pwrite(f->fd, data, len, (off_t)f->done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == ENOSPC || errno == EDQUOT) && check_room(f, e) != 0)
			return -1;
		if (n < 0)
			return err_sys(e, ERR_IO, "cannot keep the download in %s", f->folder);
		data += n;
		len -= (size_t)n;
		f->done += n;
	}
	return 0;
}

static int file_restart(struct download_sink *s, struct err *e)
{
	struct file_sink *f = (struct file_sink *)s;

	file_sink_done(f);
	if (ftruncate(f->fd, 0) != 0)
		return err_sys(e, ERR_IO, "cannot keep the download in %s", f->folder);
	file_sink_init(f, f->fd, f->folder);
	return 0;
}

/* Before the first byte: better no download than half a one. */
static int file_begin(struct download_sink *s, const char *data, size_t len, struct err *e)
{
	struct file_sink *f = (struct file_sink *)s;

	if (f->total >= 0) {
		if (check_room(f, e) != 0)
			return -1;
		s->write = file_write;
	}
	if (f->sha256.fd < 0 && digester_start(&f->sha256, DIGEST_SHA256, e) != 0)
		return -1;
	return file_write(s, data, len, e);
}

void file_sink_init(struct file_sink *f, int fd, const char *folder)
{
	*f = (struct file_sink){.sink = {file_begin, file_restart},
				.fd = fd,
				.folder = folder,
				.total = -1,
				.sha256 = DIGESTER_NONE};
	distsign_hash_init(&f->signed_hash);
}

void file_sink_done(struct file_sink *f)
{
	digester_drop(&f->sha256);
}

void file_sink_expect(struct file_sink *f, int64_t total)
{
	f->total = total;
}
