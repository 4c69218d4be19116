/* SPDX-License-Identifier: MIT */
/* cmd fetch - get and verify a release of Tailscale, and keep it; see fetch/package.h */
#include "base/auto.h"
#include "base/json.h"
#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "fetch/package.h"
#include "net/internet.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

static int print_json(const struct package *p, const char *path, struct err *e)
{
	AUTO_JSON cJSON *doc = cJSON_CreateObject();
	char mem[PATH_MAX + 1024], version[VERSION_TEXT];
	struct buf out = BUF_OF(mem);

	version_print(&p->name.version, version);
	cJSON_AddStringToObject(doc, "version", version);
	cJSON_AddStringToObject(doc, "arch", p->name.arch);
	cJSON_AddStringToObject(doc, "path", path);
	cJSON_AddNumberToObject(doc, "size", (double)p->size);
	if (json_print(doc, &out, e) != 0)
		return -1;
	fputs(mem, stdout);
	return 0;
}

static int get_and_save(const struct package_request *q, struct network *net,
			const struct options *o, struct err *e)
{
	const struct deadline until = deadline_in(o->timeout_ms);
	static struct package p;
	char path[PATH_MAX];
	int rc;

	if (o->to != NULL && mkdir(o->to, 0755) != 0 && errno != EEXIST)
		return err_sys(e, err_code_of(errno, ERR_CREATE), "cannot create %s", o->to);
	if (package_choose(q, net, until, &p, e) != 0 || package_get(q, net, until, &p, e) != 0)
		return -1;
	rc = package_save(&p, q->folder, path, e);
	if (rc == 0 && o->json)
		rc = print_json(&p, path, e);
	else if (rc == 0)
		printf("%s\n", path);
	package_done(&p);
	return rc;
}

int cmd_fetch(const struct options *o, struct err *e)
{
	struct progress progress;
	const struct package_request q = {
		.base_url = o->base_url,
		.track = o->track,
		.version = o->release,
		.arch = o->arch,
		.file = o->package,
		.folder = o->to != NULL ? o->to : ".",
		.progress_ctx = &progress,
		.progress = progress_tell,
	};
	static struct internet net;
	int rc;

	progress_init(&progress, "download", o->quiet);
	internet_init(&net, o->cacert);
	rc = get_and_save(&q, &net.network, o, e);
	progress_done(&progress);
	internet_done(&net);
	return rc;
}
