/* SPDX-License-Identifier: MIT */
/* package - from the network, see package.h; from disk: local.c */
#include "fetch/package.h"

#include "archive/gunzip.h"
#include "archive/tgz.h"
#include "base/auto.h"
#include "base/file.h"
#include "fetch/local.h"
#include "fetch/sink.h"
#include "net/download.h"
#include "release/arch.h"
#include "release/index.h"
#include "release/sha256.h"
#include "trust/roots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUM_MAX 4096

/* A way to one server, for as long as one release is fetched. */
struct way {
	const struct package_request *q;
	struct network *n;
	struct deadline until;
	const char *base;
};

static struct way way_of(const struct package_request *q, struct network *n, struct deadline until)
{
	return (struct way){q, n, until, q->base_url != NULL ? q->base_url : PACKAGE_SERVER};
}

/* BASE/PATH, whether or not the base ends in a slash. */
static int url_below(const struct way *w, const char *path, struct url *u, struct err *e)
{
	size_t len = strlen(w->base);
	char text[URL_MAX];
	int n;

	while (len > 0 && w->base[len - 1] == '/')
		len--;
	n = snprintf(text, sizeof(text), "%.*s/%s", (int)len, w->base, path);
	if (n < 0 || (size_t)n >= sizeof(text))
		return err_set(e, ERR_USAGE, "cannot use --base-url: it is too long");
	return url_parse(text, u, e);
}

/* The whole of a small file; @sink bounds it. */
static int get(const struct way *w, const char *path, const char *what, struct memory_sink *sink,
	       struct err *e)
{
	struct url u;
	struct download d = {.url = &u, .what = what, .max = (int64_t)sink->cap};

	if (url_below(w, path, &u, e) != 0)
		return -1;
	return download_run(&d, w->n, &sink->sink, w->until, NULL, e);
}

static int choose_arch(const struct package_request *q, struct package *p, struct err *e)
{
	const char *arch = q->arch;
	struct machine m;

	if (arch != NULL && !arch_is_known(arch)) {
		err_set(e, ERR_USAGE, "cannot use --arch %.40s: there are no packages for it",
			arch);
		return err_cure(e, "there are packages for %s", arch_names);
	}
	if (arch == NULL && machine_read(&m, e) != 0)
		return -1;
	if (arch == NULL)
		arch = arch_of(&m, e);
	if (arch == NULL)
		return -1;
	snprintf(p->name.arch, sizeof(p->name.arch), "%s", arch);
	return 0;
}

/* A version or track that a person typed is wrong usage, not bad data. */
static int choose_version(const struct package_request *q, struct package *p, enum track *t,
			  struct err *e)
{
	*t = TRACK_STABLE;
	if (q->version != NULL) {
		if (version_parse(q->version, &p->name.version, e) != 0 ||
		    version_check_floor(&p->name.version, e) != 0) {
			e->code = ERR_USAGE;
			return -1;
		}
		*t = version_track(&p->name.version);
	}
	return q->track != NULL ? track_parse(q->track, t, e) : 0;
}

static int ask_index(const struct way *w, enum track t, struct package *p, struct err *e)
{
	AUTO_FREE char *text = malloc(INDEX_MAX);
	struct memory_sink sink;
	struct index_offer offer;
	char path[64];

	if (text == NULL)
		return err_set(e, ERR_FAILED, "cannot read the package index: out of memory");
	snprintf(path, sizeof(path), "%s/?mode=json&os=linux", track_name(t));
	memory_sink_init(&sink, text, INDEX_MAX);
	if (get(w, path, "the package index", &sink, e) != 0 ||
	    index_read(text, sink.len, p->name.arch, &offer, e) != 0 ||
	    version_check_floor(&offer.name.version, e) != 0)
		return -1;
	p->name = offer.name;
	return 0;
}

int package_choose(const struct package_request *q, struct network *n, struct deadline until,
		   struct package *p, struct err *e)
{
	const struct way w = way_of(q, n, until);
	enum track t;

	memset(p, 0, sizeof(*p));
	p->fd = -1;
	if (choose_arch(q, p, e) != 0 || choose_version(q, p, &t, e) != 0)
		return -1;
	if (q->file != NULL)
		return local_choose(q, p, e);
	return q->version != NULL ? 0 : ask_index(&w, t, p, e);
}

/* A signature: of exactly one length, so one byte more is read to see it. */
static int get_sig(const struct way *w, const char *path, const char *what,
		   unsigned char sig[static DISTSIGN_SIG_LEN], struct err *e)
{
	char room[DISTSIGN_SIG_LEN + 1];
	struct memory_sink sink;

	memory_sink_init(&sink, room, sizeof(room));
	if (get(w, path, what, &sink, e) != 0)
		return -1;
	if (sink.len != DISTSIGN_SIG_LEN)
		return err_set(e, ERR_DATA, "cannot use %s: it has %zu bytes, not %d", what,
			       sink.len, DISTSIGN_SIG_LEN);
	memcpy(sig, room, DISTSIGN_SIG_LEN);
	return 0;
}

static int get_keys(const struct way *w, struct package *p, struct err *e)
{
	struct memory_sink sink;

	memory_sink_init(&sink, p->keys, sizeof(p->keys));
	if (get(w, "distsign.pub", "the signing keys", &sink, e) != 0)
		return -1;
	p->keys_len = sink.len;
	return get_sig(w, "distsign.pub.sig", "the signature of the signing keys", p->keys_sig, e);
}

/* A file without a name is gone with its process; where there are none, one that only root
 * reads. */
static int open_temp(const char *folder, struct package *p, struct err *e)
{
	int n;

	p->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (p->fd >= 0)
		return 0;
	n = snprintf(p->temp, sizeof(p->temp), "%s/.tsfunnel-download.XXXXXX", folder);
	if (n < 0 || (size_t)n >= sizeof(p->temp))
		return err_set(e, ERR_CREATE, "cannot create a file in %s: the path is too long",
			       folder);
	p->fd = mkostemp(p->temp, O_CLOEXEC);
	if (p->fd >= 0)
		return 0;
	p->temp[0] = '\0';
	return err_sys(e, err_code_of(errno, ERR_CREATE), "cannot create a file in %s", folder);
}

/* What the download tells is for the user and for the sink. */
struct listener {
	const struct package_request *q;
	struct file_sink *sink;
};

static void listen_in(void *ctx, int64_t done, int64_t total)
{
	const struct listener *l = ctx;

	file_sink_expect(l->sink, total);
	if (l->q->progress != NULL)
		l->q->progress(l->q->progress_ctx, done, total);
}

static int get_tarball(const struct way *w, const char *path, struct package *p,
		       struct file_sink *sink, struct err *e)
{
	struct listener l = {w->q, sink};
	struct download_result r;
	struct url u;
	struct download d = {.url = &u,
			     .what = p->from,
			     .max = (int64_t)DISTSIGN_FILE_MAX,
			     .progress_ctx = &l,
			     .progress = listen_in};

	if (url_below(w, path, &u, e) != 0 || open_temp(w->q->folder, p, e) != 0)
		return -1;
	file_sink_init(sink, p->fd, w->q->folder);
	if (download_run(&d, w->n, &sink->sink, w->until, &r, e) != 0) {
		file_sink_done(sink);
		return -1;
	}
	p->size = r.size;
	return 0;
}

/* Beside the signature: tells a damaged download from a forged one. Not every mirror has it. */
static int check_sum(const struct way *w, const char *file, struct file_sink *sink, struct err *e)
{
	unsigned char want[DIGEST_LEN], have[DIGEST_LEN];
	char path[160], text[SUM_MAX];
	struct memory_sink sums;
	struct err why;

	snprintf(path, sizeof(path), "%s.sha256", file);
	memory_sink_init(&sums, text, sizeof(text));
	if (get(w, path, "the checksum", &sums, &why) != 0)
		return 0;
	if (sha256_read(text, sums.len, want, e) != 0)
		return -1;
	/* A file without a byte began none. */
	if ((sink->sha256.fd < 0 && digester_start(&sink->sha256, DIGEST_SHA256, e) != 0) ||
	    digester_end(&sink->sha256, have, e) != 0)
		return -1;
	if (memcmp(want, have, sizeof(want)) == 0)
		return 0;
	err_set(e, ERR_DATA, "cannot use %s: its SHA-256 sum is another one", file);
	return err_cure(e, "the download is damaged; try again");
}

static int get_verified(const struct way *w, struct package *p, struct err *e)
{
	const struct distsign_keys roots = {distsign_roots, distsign_root_count};
	enum track t = version_track(&p->name.version);
	char name[NAME_TEXT], path[128], sig[160];
	static struct distsign_bundle bundle;
	static struct file_sink sink;
	int rc;

	if (w->q->track != NULL && track_parse(w->q->track, &t, e) != 0)
		return -1;
	name_file(&p->name, name);
	snprintf(path, sizeof(path), "%s/%s", track_name(t), name);
	snprintf(sig, sizeof(sig), "%s.sig", path);
	snprintf(p->from, sizeof(p->from), "%s", name);
	if (get_keys(w, p, e) != 0 ||
	    distsign_open(roots, (struct distsign_bytes){p->keys, p->keys_len},
			  (struct distsign_bytes){p->keys_sig, sizeof(p->keys_sig)}, &bundle,
			  e) != 0 ||
	    get_sig(w, sig, "the signature of the package", p->sig, e) != 0 ||
	    get_tarball(w, path, p, &sink, e) != 0)
		return -1;
	rc = check_sum(w, path, &sink, e);
	file_sink_done(&sink);
	if (rc != 0)
		return -1;
	return distsign_check(&bundle, &sink.signed_hash, name,
			      (struct distsign_bytes){p->sig, sizeof(p->sig)}, e);
}

int package_get(const struct package_request *q, struct network *n, struct deadline until,
		struct package *p, struct err *e)
{
	const struct way w = way_of(q, n, until);
	int rc = q->file != NULL ? local_get(q, p, e) : get_verified(&w, p, e);

	if (rc == 0)
		rc = gunzip_size(p->fd, p->from, &p->unpacked, e);
	if (rc != 0)
		package_done(p);
	return rc;
}

/* The folder inside binds version and architecture: a signature has no name in it. */
static int check_inside(const struct package *p, struct err *e)
{
	char folder[NAME_TEXT];

	name_folder(&p->name, folder);
	return tgz_walk(p->fd, p->from, folder, NULL, NULL, e);
}

static int save_beside(const char *path, const char *suffix, const void *data, size_t len,
		       struct err *e)
{
	char name[PATH_MAX];
	int n = snprintf(name, sizeof(name), "%s%s", path, suffix);

	if (n < 0 || (size_t)n >= sizeof(name))
		return err_set(e, ERR_CREATE, "cannot create %s: the path is too long", path);
	return file_replace(name, data, len, 0644, e);
}

int package_save(struct package *p, const char *folder, char path[static PATH_MAX], struct err *e)
{
	char name[NAME_TEXT], keys[PATH_MAX];

	if (check_inside(p, e) != 0)
		return -1;
	name_file(&p->name, name);
	if (snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX ||
	    snprintf(keys, sizeof(keys), "%s/distsign.pub", folder) >= PATH_MAX)
		return err_set(e, ERR_CREATE, "cannot create %s: the path is too long", folder);
	/* The tarball last: where it is, the rest is. */
	if (save_beside(keys, "", p->keys, p->keys_len, e) != 0 ||
	    save_beside(keys, ".sig", p->keys_sig, sizeof(p->keys_sig), e) != 0 ||
	    save_beside(path, ".sig", p->sig, sizeof(p->sig), e) != 0)
		return -1;
	return file_replace_from(path, p->fd, 0644, e);
}

void package_done(struct package *p)
{
	auto_close(&p->fd);
	p->fd = -1;
	if (p->temp[0] != '\0')
		unlink(p->temp);
	p->temp[0] = '\0';
}
