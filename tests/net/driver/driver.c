/* SPDX-License-Identifier: MIT */
/*
 * driver - the network code without the rest of the program
 *
 *     driver [--cacert FILE] [--deadline MS] [--stall MS] [--tries N] [--max BYTES] URL
 *
 * The body goes to standard output once it is complete, "error MESSAGE" and "cure CURE" to
 * standard error; the exit status is that of the program.
 */
#include "base/err.h"
#include "net/download.h"
#include "net/internet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct file {
	struct download_sink sink;
	FILE *out;
	int restarts;
};

static int file_write(struct download_sink *s, const char *data, size_t len, struct err *e)
{
	struct file *f = (struct file *)s;

	return fwrite(data, 1, len, f->out) == len ? 0 : err_sys(e, ERR_IO, "cannot write");
}

static int file_restart(struct download_sink *s, struct err *e)
{
	struct file *f = (struct file *)s;

	(void)e;
	f->restarts++;
	rewind(f->out);
	return 0;
}

static int show(const struct err *e)
{
	fprintf(stderr, "error %s\n", e->msg);
	if (e->cure[0] != '\0')
		fprintf(stderr, "cure %s\n", e->cure);
	return err_status(e->code);
}

static void copy_out(struct file *f, int64_t size)
{
	rewind(f->out);
	for (; size > 0; size--)
		putchar(getc(f->out));
}

int main(int argc, char **argv)
{
	static struct internet internet;
	struct download d = {.what = "the file", .pause_ms = 10};
	struct file f = {.sink = {file_write, file_restart}, .out = tmpfile()};
	struct deadline until = deadline_in(20000);
	struct download_result r;
	const char *cacert = NULL;
	struct url u;
	struct err e;
	int rc;

	for (int i = 1; i + 2 < argc; i += 2) {
		int64_t n = strtoll(argv[i + 1], NULL, 10);

		if (strcmp(argv[i], "--cacert") == 0)
			cacert = argv[i + 1];
		if (strcmp(argv[i], "--deadline") == 0)
			until = deadline_in(n);
		if (strcmp(argv[i], "--stall") == 0)
			d.stall_ms = (int)n;
		if (strcmp(argv[i], "--tries") == 0)
			d.tries = (int)n;
		if (strcmp(argv[i], "--max") == 0)
			d.max = n;
	}
	if (argc < 2 || f.out == NULL)
		return 64;
	if (url_parse(argv[argc - 1], &u, &e) != 0)
		return show(&e);
	d.url = &u;
	internet_init(&internet, cacert);
	rc = download_run(&d, &internet.network, &f.sink, until, &r, &e);
	if (rc == 0) {
		copy_out(&f, r.size);
		fprintf(stderr, "tries %d restarts %d roots %zu from %s\n", r.tries, f.restarts,
			internet.roots.count, internet.roots.source);
	}
	internet_done(&internet);
	fclose(f.out);
	return rc == 0 ? 0 : show(&e);
}
