/* SPDX-License-Identifier: MIT */
/* usage - see usage.h */
#include "cmd/usage.h"

#include "launch/state.h"

#include <stdio.h>
#include <string.h>

/* Where the second column starts. */
#define INDENT 2
#define COLUMN 30

static const char *const targets[][2] = {
	{"8888", "a port of this machine; the default"},
	{"localhost:8888/app", "the same with a path"},
	{"http://10.1.2.3:80", "a server elsewhere: http, https, https+insecure; with TCP: tcp"},
	{"unix:/run/app.sock", "a unix socket"},
	{"/srv/www", "a file or folder"},
	{"text:hello", "a fixed text"},
};

static const char *const overview_examples[] = {
	"tsfunnel install 8888 --auth-key-file key",
	"tsfunnel status",
	"tsfunnel uninstall",
	NULL,
};

static void add_spaces(struct buf *out, size_t n)
{
	buf_printf(out, "%*s", (int)n, "");
}

/* "  name      text", the text wrapped within its column. */
static void add_row(struct buf *out, const char *name, const char *text, size_t column)
{
	size_t at = INDENT + strlen(name);

	add_spaces(out, INDENT);
	buf_add(out, name);
	if (at + 1 > column) {
		buf_add_char(out, '\n');
		at = 0;
	}
	add_spaces(out, column - at);
	at = column;
	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (at > column && at + 1 + len > USAGE_COLUMNS - 1) {
			buf_add_char(out, '\n');
			add_spaces(out, column);
			at = column;
		} else if (at > column) {
			buf_add_char(out, ' ');
			at++;
		}
		buf_add_bytes(out, text, len);
		at += len;
		text += len;
		text += strspn(text, " ");
	}
	buf_add_char(out, '\n');
}

static void add_examples(struct buf *out, const char *const *examples)
{
	buf_add(out, "Examples:\n");
	for (; *examples != NULL; examples++)
		buf_printf(out, "  %s\n", *examples);
}

static void add_targets(struct buf *out)
{
	buf_add(out, "\nTARGET is what `tailscale funnel` takes:\n");
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		add_row(out, targets[i][0], targets[i][1], COLUMN);
}

static void add_options(struct buf *out, const struct verb *v)
{
	char name[64];

	buf_add(out, "\nOptions:\n");
	for (const struct option_row *row = option_rows; row->name != NULL; row++) {
		if ((row->verbs & v->bit) == 0)
			continue;
		snprintf(name, sizeof(name), "--%s%s%s", row->name, row->value != NULL ? " " : "",
			 row->value != NULL ? row->value : "");
		add_row(out, name, row->help, COLUMN);
	}
}

void usage_exit_codes(struct buf *out)
{
	char status[16];

	buf_add(out, "Exit codes:\n");
	for (enum err_code c = ERR_OK; c < ERR_CODES; c++) {
		snprintf(status, sizeof(status), "%d", err_status(c));
		add_row(out, status, err_meaning(c), 8);
	}
}

void usage_states(struct buf *out)
{
	char text[256];

	buf_add(out, "States of a funnel, as `status` and STATUS= tell them:\n");
	for (int i = 0; i < STATE_COUNT; i++) {
		const struct state_row *row = state_row((enum state)i);

		snprintf(text, sizeof(text), "%s. Ends: %s%s. Exit code %d%s", row->text, row->ends,
			 row->person ? " (a person must act)" : "", err_status(row->code),
			 row->guard == GUARD_END ? ". A CLI that runs then is ended" : "");
		add_row(out, row->name, text, 16);
	}
}

void usage_verb(const struct verb *v, struct buf *out)
{
	buf_printf(out, "tsfunnel %s - %s\n\n", v->name, v->summary);
	add_examples(out, v->examples);
	buf_printf(out, "\nUsage: tsfunnel %s [OPTION]...%s%s\n", v->name,
		   v->args[0] != '\0' ? " " : "", v->args);
	if (strcmp(v->args, "[TARGET]") == 0)
		add_targets(out);
	add_options(out, v);
	buf_add_char(out, '\n');
	usage_exit_codes(out);
}

void usage_overview(struct buf *out)
{
	buf_add(out, "tsfunnel - put a local port of this machine on the internet through\n"
		     "Tailscale Funnel, and keep it there\n\n");
	add_examples(out, overview_examples);
	buf_add(out, "\nUsage: tsfunnel VERB [OPTION]... [TARGET]\n\nVerbs:\n");
	for (const struct verb *v = verbs; v->name != NULL; v++)
		add_row(out, v->name, v->summary, 14);
	buf_add(out, "\n`tsfunnel VERB --help` tells the options of a verb, `tsfunnel help\n"
		     "exit-codes` what the exit codes mean, `tsfunnel help states` what a funnel\n"
		     "may wait for.\n");
}
