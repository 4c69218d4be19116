/* SPDX-License-Identifier: MIT */
/*
 * cmd status - what is exposed and whether it works, see status/report.h
 *
 * Exit status: 0 every funnel asked for is live, 1 one is not, 69 tailscaled is down, others when
 * no report can be made. With --check, for probes: 0 yes, 1 no, nothing on standard output; what
 * cannot be found out is no. A command line that asks nothing sensible is 64 either way.
 */
#include "base/buf.h"
#include "base/log.h"
#include "cmd/cmd.h"
#include "status/report.h"

#include <stdio.h>
#include <string.h>

/* 16 funnels and 32 entries of 1 KiB each, escaped for JSON. */
#define STATUS_TEXT_MAX 262144

static int check(const struct options *o, const struct report *r, struct err *e)
{
	return strcmp(o->check, "ready") == 0 ? report_verdict(r, e) : report_alive(r, e);
}

/* A probe knows two answers. */
static int answer_probe(const struct options *o, int rc, struct err *e)
{
	if (rc != 0 && o->check != NULL && e->code != ERR_USAGE)
		e->code = ERR_FAILED;
	return rc;
}

int cmd_status(const struct options *o, struct err *e)
{
	static char text[STATUS_TEXT_MAX];
	static struct report r;
	struct buf out = BUF_OF(text);
	const struct report_args asked = {
		.name = o->funnel.name,
		.socket = o->funnel.socket,
		.init = o->init,
	};

	if (report_make(&asked, &r, e) != 0)
		return answer_probe(o, -1, e);
	if (r.problem[0] != '\0')
		log_warn("%s", r.problem);
	if (o->check != NULL)
		return answer_probe(o, check(o, &r, e), e);
	if (o->json) {
		if (report_print_json(&r, &out, e) != 0)
			return -1;
	} else {
		report_print_text(&r, &out);
	}
	fputs(text, stdout);
	return report_verdict(&r, e);
}
