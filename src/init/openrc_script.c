/* SPDX-License-Identifier: MIT */
/* openrc_script - see openrc_script.h */
#include "init/openrc_script.h"

#include "base/text.h"
#include "init/shell.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* openrc-run(8); 64 is supervise-daemon's own (supervise-daemon.sh). */
static const struct {
	const char *word;
	int code;
	bool active, starting, orphaned;
} states[] = {
	{"started", 0, true, false, false},      {"stopped", 3, false, false, false},
	{"stopping", 4, false, false, false},    {"starting", 8, true, true, false},
	{"inactive", 16, true, true, false}, /* started, and waiting for something */
	{"crashed", 32, true, false, true},  /* so is its supervisor, or both */
	{"unsupervised", 64, true, false, true},
};

static void add_head(const struct job *job, struct buf *out)
{
	buf_add(out, "#!/sbin/openrc-run\n" INIT_MARKED "description=");
	shell_word(job->description, out);
	buf_add(out, "\n"
		     "supervisor=supervise-daemon\n");
}

/* As eval is to see it. */
static void add_reference(struct buf *out, const char *word, size_t i)
{
	if (shell_is_bare(word))
		buf_add(out, word);
	else
		buf_printf(out, "\"$arg%zu\"", i);
}

static void add_command(const struct job *job, struct buf *out)
{
	char mem[INIT_UNIT_MAX];
	struct buf args = BUF_OF(mem);

	for (size_t i = 0; job->argv[i] != NULL; i++) {
		if (shell_is_bare(job->argv[i]))
			continue;
		buf_printf(out, "arg%zu=", i);
		shell_word(job->argv[i], out);
		buf_add_char(out, '\n');
	}
	add_reference(&args, job->argv[0], 0);
	buf_add(out, "command=");
	shell_word(mem, out);
	buf_clear(&args);
	for (size_t i = 1; job->argv[i] != NULL; i++) {
		if (i > 1)
			buf_add_char(&args, ' ');
		add_reference(&args, job->argv[i], i);
	}
	if (job->more != NULL)
		buf_printf(&args, " %s", job->more);
	buf_add(out, "\ncommand_args=");
	shell_word(mem, out);
	buf_add_char(out, '\n');
	out->full |= buf_full(&args);
}

static void add_keeping(const struct job *job, struct buf *out)
{
	buf_printf(out,
		   "# For ever, once a second; without the second line it is given up after ten.\n"
		   "respawn_delay=1\n"
		   "respawn_max=0\n"
		   "output_log=/var/log/%s.log\n"
		   "error_log=/var/log/%s.log\n",
		   job->service, job->service);
}

static void add_order(const struct job *job, struct buf *out)
{
	if (job->after == NULL && !job->network)
		return;
	buf_add(out, "\ndepend() {\n");
	if (job->after != NULL)
		buf_printf(out,
			   "\t# after alone, for the launcher waits for %s: with need a stop of\n"
			   "\t# it would end this for good, want would undo that stop.\n"
			   "\tafter %s\n",
			   job->after, job->after);
	if (job->network)
		buf_add(out, "\tafter net\n");
	buf_add(out, "}\n");
}

static void add_hooks(const struct job *job, struct buf *out)
{
	if (job->variables[0].key != NULL || job->files != NULL) {
		buf_add(out, "\nstart_pre() {\n");
		shell_environment(job, "\t", out);
		buf_add(out, "}\n");
	}
	if (job->cleanup == NULL)
		return;
	buf_add(out, "\nstop_post() {\n\t");
	shell_words(job->cleanup, out);
	buf_printf(out, " >>/var/log/%s.log 2>&1 || :\n}\n", job->service);
}

int openrc_script_render(const struct job *job, struct buf *out, struct err *e)
{
	add_head(job, out);
	add_command(job, out);
	add_keeping(job, out);
	add_order(job, out);
	add_hooks(job, out);
	return buf_full(out) ? err_set(e, ERR_BUG, "cannot write the script: no room") : 0;
}

/* Behind "status: ", which is the last that it prints. */
static void take_word(const char *text, struct service_state *s)
{
	static const char label[] = "status: ";
	const char *at = strstr(text, label);
	char line[sizeof(s->text)];
	size_t len;

	at = at != NULL ? at + sizeof(label) - 1 : "";
	len = strcspn(at, "\n");
	if (len >= sizeof(line))
		len = sizeof(line) - 1;
	memcpy(line, at, len);
	line[len] = '\0';
	text_copy(s->text, sizeof(s->text), line);
}

void openrc_script_state(int code, const char *text, struct service_state *s)
{
	take_word(text, s);
	for (size_t i = 0; i < COUNT(states); i++) {
		if (code >= 0 ? states[i].code != code : strcmp(states[i].word, s->text) != 0)
			continue;
		s->exists = true;
		s->active = states[i].active;
		s->starting = states[i].starting;
		s->orphaned = states[i].orphaned;
	}
	if (!s->exists)
		s->text[0] = '\0';
}
