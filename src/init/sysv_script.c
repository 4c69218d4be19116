/* SPDX-License-Identifier: MIT */
/* sysv_script - see sysv_script.h */
#include "init/sysv_script.h"

#include "init/shell.h"

#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	int code;
	bool active, orphaned;
	const char *text;
} codes[] = {
	{0, true, false, "running"},
	{1, true, true, "dead, with a pid file"},
	{2, true, true, "dead, with a lock file"},
	{3, false, false, "stopped"},
};

/* What a person's words could spoil is below it: insserv reads these lines. */
static void add_head(const struct job *job, struct buf *out)
{
	buf_printf(out,
		   "#!/bin/sh\n" INIT_MARKED "### BEGIN INIT INFO\n"
		   "# Provides:          %s\n"
		   "# Required-Start:    $remote_fs\n"
		   "# Required-Stop:     $remote_fs\n",
		   job->service);
	for (int i = 0; i < 2; i++)
		buf_printf(out, "# Should-%s $network%s%s\n",
			   i == 0 ? "Start:     " : "Stop:      ", job->after != NULL ? " " : "",
			   job->after != NULL ? job->after : "");
	buf_printf(out,
		   "# Default-Start:     2 3 4 5\n"
		   "# Default-Stop:      0 1 6\n"
		   "# Short-Description: %s\n"
		   "### END INIT INFO\n"
		   "# %s\n"
		   "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
		   "export PATH\n"
		   "script=/etc/init.d/%s\n"
		   "pidfile=/run/%s.pid\n"
		   "log=/var/log/%s.log\n",
		   job->service, job->description, job->service, job->service, job->service);
}

static void add_watching(struct buf *out)
{
	buf_add(out,
		"\n"
		"# Does what watches over it run? A number in a file may be another's by now.\n"
		"watched() {\n"
		"\tpid=\n"
		"\t[ ! -r \"$pidfile\" ] || read -r pid <\"$pidfile\"\n"
		"\tcase $pid in '' | *[!0-9]*) return 1 ;; esac\n"
		"\tcase $({ tr '\\0' ' ' <\"/proc/$pid/cmdline\"; } 2>/dev/null) in\n"
		"\t*\" $script watch \") return 0 ;;\n"
		"\tesac\n"
		"\treturn 1\n"
		"}\n"
		"\n"
		"# await WORD... - until the command succeeds, for 20 seconds and a bit\n"
		"await() {\n"
		"\ttries=0\n"
		"\tuntil \"$@\"; do\n"
		"\t\t[ $((tries += 1)) -le 200 ] || return 1\n"
		"\t\tsleep 0.1 2>/dev/null || sleep 1\n"
		"\tdone\n"
		"}\n"
		"\n"
		"unwatched() { ! watched; }\n");
}

static void add_loop(const struct job *job, struct buf *out)
{
	buf_add(out, "\n"
		     "# Init starts nothing again, so this does, for ever, once a second.\n"
		     "watch() {\n"
		     "\texec </dev/null >>\"$log\" 2>&1\n"
		     "\ttrap 'kill \"$!\" 2>/dev/null; wait; exit 0' TERM INT\n");
	shell_environment(job, "\t", out);
	buf_add(out, "\twhile :; do\n"
		     "\t\t# of two, which two starts at once may make, one stays\n"
		     "\t\tif watched && [ \"$pid\" != $$ ]; then exit 0; fi\n"
		     "\t\techo $$ >\"$pidfile\"\n"
		     "\t\t");
	shell_command(job, out);
	buf_add(out, " &\n"
		     "\t\twait \"$!\"\n"
		     "\t\tsleep 1 &\n"
		     "\t\twait \"$!\"\n"
		     "\tdone\n"
		     "}\n");
}

static void add_verbs(const struct job *job, struct buf *out)
{
	buf_add(out, "\n"
		     "start() {\n"
		     "\tif watched; then return 0; fi\n"
		     "\trm -f \"$pidfile\"\n"
		     "\tstart-stop-daemon -S -q -b -p \"$pidfile\" -a \"$script\" -- watch &&\n"
		     "\t\tawait watched\n"
		     "}\n"
		     "\n"
		     "stop() {\n"
		     "\tif watched; then\n"
		     "\t\tkill \"$pid\"\n"
		     "\t\tif ! await unwatched; then kill -KILL \"$pid\"; fi\n"
		     "\tfi\n");
	if (job->cleanup != NULL) {
		buf_add_char(out, '\t');
		shell_words(job->cleanup, out);
		buf_add(out, " >>\"$log\" 2>&1 </dev/null || :\n");
	}
	buf_add(out, "\trm -f \"$pidfile\"\n"
		     "}\n"
		     "\n"
		     "status() {\n"
		     "\tif watched; then\n"
		     "\t\techo \"$script: running\"\n"
		     "\telif [ -e \"$pidfile\" ]; then\n"
		     "\t\techo \"$script: what watches over it is dead\"\n"
		     "\t\treturn 1\n"
		     "\telse\n"
		     "\t\techo \"$script: stopped\"\n"
		     "\t\treturn 3\n"
		     "\tfi\n"
		     "}\n"
		     "\n"
		     "case $1 in\n"
		     "start | stop | status | watch) \"$1\" ;;\n"
		     "restart | force-reload)\n"
		     "\tstop\n"
		     "\tstart\n"
		     "\t;;\n"
		     "*)\n"
		     "\techo \"usage: $script start|stop|restart|force-reload|status\" >&2\n"
		     "\texit 2\n"
		     "\t;;\n"
		     "esac\n");
}

int sysv_script_render(const struct job *job, struct buf *out, struct err *e)
{
	add_head(job, out);
	add_watching(out);
	add_loop(job, out);
	add_verbs(job, out);
	return buf_full(out) ? err_set(e, ERR_BUG, "cannot write the script: no room") : 0;
}

void sysv_script_state(int code, struct service_state *s)
{
	for (size_t i = 0; i < COUNT(codes); i++) {
		if (codes[i].code != code)
			continue;
		s->exists = true;
		s->active = codes[i].active;
		s->orphaned = codes[i].orphaned;
		snprintf(s->text, sizeof(s->text), "%s", codes[i].text);
	}
}

bool sysv_script_is_noted(const char *depend, const char *service)
{
	static const char first[] = "TARGETS =";
	size_t len = strlen(service);
	const char *at = depend;

	if (strncmp(at, first, sizeof(first) - 1) != 0)
		return false;
	at += sizeof(first) - 1;
	while (*at == ' ') {
		at += strspn(at, " ");
		if (strncmp(at, service, len) == 0 && strchr(" \n", at[len]) != NULL)
			return true;
		at += strcspn(at, " \n");
	}
	return false;
}
