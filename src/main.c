/* SPDX-License-Identifier: MIT */
/* main - finds the verb, parses its options, prints its error, and exits with the status */
#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int run_verb(const struct verb *v, int argc, char **argv, struct err *e)
{
	static char text[USAGE_MAX];
	struct buf out = BUF_OF(text);
	struct options o;

	if (options_parse(v, argc, argv, &o, e) != 0)
		return -1;
	log_quiet(o.quiet);
	if (o.help) {
		usage_verb(v, &out);
		fputs(text, stdout);
		return 0;
	}
	return o.version ? cmd_version(&o, e) : v->run(&o, e);
}

/* The first word: --help, --version, or the verb. */
static int run_line(int argc, char **argv, struct err *e)
{
	const struct options nothing = {0};
	const char *first = argc > 1 ? argv[1] : "";
	const struct verb *v;

	if (argc < 2) {
		err_set(e, ERR_USAGE, "cannot start: no verb was given");
		return err_cure(e, "`tsfunnel help` lists the verbs; the usual beginning is "
				   "`tsfunnel install 8888`");
	}
	if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
		return cmd_help(&nothing, e);
	if (strcmp(first, "--version") == 0)
		return cmd_version(&nothing, e);
	if (first[0] == '-') {
		err_set(e, ERR_USAGE, "cannot use %.80s here: the verb comes first", first);
		return err_cure(
			e, "write `tsfunnel VERB [OPTION]...`; `tsfunnel help` lists the verbs");
	}
	v = verb_find(first, e);
	return v == NULL ? -1 : run_verb(v, argc - 1, argv + 1, e);
}

/* Data that did not arrive (disk full, closed pipe) must not end in success. */
static int flush(struct err *e)
{
	errno = 0;
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return 0;
	if (errno == 0)
		errno = EIO;
	return err_sys(e, ERR_IO, "cannot write standard output");
}

/*
 * A file of ours that got number 2 because nobody had it would collect the messages. What fills
 * the gap cannot be read from or written to, so that it is still an error to try.
 */
static void fill_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int got = fd;

		if (fcntl(fd, F_GETFD) < 0)
			got = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
		if (got != fd)
			return;
	}
}

int main(int argc, char **argv)
{
	struct err e = {0};
	int rc;

	fill_descriptors();
	rc = run_line(argc, argv, &e);

	/* What was printed before an error belongs to it; the error itself is what counts. */
	if (rc != 0)
		fflush(stdout);
	else
		rc = flush(&e);
	if (rc == 0)
		return 0;
	log_err(&e);
	return err_status(e.code);
}
