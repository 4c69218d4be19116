/* SPDX-License-Identifier: MIT */
/* local - see local.h */
#include "fetch/local.h"

#include "base/auto.h"
#include "base/file.h"
#include "trust/roots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int local_choose(const struct package_request *q, struct package *p, struct err *e)
{
	const char *slash = strrchr(q->file, '/');
	struct name found;

	if (name_parse_file(slash != NULL ? slash + 1 : q->file, &found, e) != 0) {
		e->code = ERR_USAGE;
		return err_cure(e, "--package takes the file as it was released: "
				   "tailscale_VERSION_ARCH.tgz");
	}
	if (q->version != NULL && version_compare(&found.version, &p->name.version) != 0)
		return err_set(e, ERR_USAGE, "cannot use %s: it is not version %s", q->file,
			       q->version);
	if (strcmp(found.arch, p->name.arch) != 0) {
		err_set(e, ERR_DATA, "cannot use %s: it is for %s, this machine is %s", q->file,
			found.arch, p->name.arch);
		return err_cure(e, "fetch the package for %s", p->name.arch);
	}
	p->name = found;
	return version_check_floor(&p->name.version, e);
}

/* FOLDER-OF-THE-PACKAGE/NAME, or FILE + SUFFIX; whole, bounded. */
static int read_at(const char *path, void *mem, size_t cap, size_t *len, struct err *e)
{
	if (file_read(path, mem, cap, len, e) == 0)
		return 0;
	return err_cure(e, "`tsfunnel fetch --to DIR` leaves all four files in one folder");
}

static int read_sig(const char *path, unsigned char sig[static DISTSIGN_SIG_LEN], struct err *e)
{
	char mem[DISTSIGN_SIG_LEN + 2];
	size_t len;

	if (read_at(path, mem, sizeof(mem), &len, e) != 0)
		return -1;
	if (len != DISTSIGN_SIG_LEN)
		return err_set(e, ERR_DATA, "cannot use %s: it has %zu bytes, not %d", path, len,
			       DISTSIGN_SIG_LEN);
	memcpy(sig, mem, DISTSIGN_SIG_LEN);
	return 0;
}

static int read_chain(const char *file, struct package *p, struct err *e)
{
	const char *slash = strrchr(file, '/');
	int dir = slash != NULL ? (int)(slash - file) + 1 : 0;
	char keys[PATH_MAX], keys_sig[PATH_MAX], sig[PATH_MAX];

	if (snprintf(keys, sizeof(keys), "%.*sdistsign.pub", dir, file) >= PATH_MAX ||
	    snprintf(keys_sig, sizeof(keys_sig), "%.*sdistsign.pub.sig", dir, file) >= PATH_MAX ||
	    snprintf(sig, sizeof(sig), "%s.sig", file) >= PATH_MAX)
		return err_set(e, ERR_USAGE, "cannot use %s: the path is too long", file);
	if (read_at(keys, p->keys, sizeof(p->keys), &p->keys_len, e) != 0 ||
	    read_sig(keys_sig, p->keys_sig, e) != 0)
		return -1;
	return read_sig(sig, p->sig, e);
}

static int hash_file(const struct package *p, struct distsign_hash *h, struct err *e)
{
	char chunk[16384];
	off_t at = 0;
	ssize_t n;

	distsign_hash_init(h);
	while ((n = pread(p->fd, chunk, sizeof(chunk), at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, ERR_IO, "cannot read %s", p->from);
		at += n;
		if ((uint64_t)at > DISTSIGN_FILE_MAX)
			return err_set(e, ERR_DATA, "cannot use %s: it is too large", p->from);
		distsign_hash_update(h, chunk, (size_t)n);
	}
	return 0;
}

/*
 * A private copy of the file's bytes is not made: whoever may write to it while we run could
 * swap bytes between hash and unpacking, so it must be owned by us or root, and not writable by
 * others.
 */
static int check_owner(const struct package *p, const struct stat *st, struct err *e)
{
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_DATA, "cannot use %s: not a regular file", p->from);
	if ((st->st_uid == 0 || st->st_uid == geteuid()) && (st->st_mode & 022) == 0)
		return 0;
	err_set(e, ERR_PERMISSION, "cannot use %s: others can write to it", p->from);
	return err_cure(e, "chown it to root, and chmod 644");
}

int local_get(const struct package_request *q, struct package *p, struct err *e)
{
	const struct distsign_keys roots = {distsign_roots, distsign_root_count};
	static struct distsign_bundle bundle;
	struct distsign_hash hash;
	char name[NAME_TEXT];
	struct stat st;

	snprintf(p->from, sizeof(p->from), "%s", q->file);
	p->fd = open(q->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (p->fd < 0 || fstat(p->fd, &st) != 0)
		return err_sys(e, err_code_of(errno, ERR_IO), "cannot read %s", q->file);
	p->size = st.st_size;
	name_file(&p->name, name);
	if (check_owner(p, &st, e) != 0 || read_chain(q->file, p, e) != 0 ||
	    distsign_open(roots, (struct distsign_bytes){p->keys, p->keys_len},
			  (struct distsign_bytes){p->keys_sig, sizeof(p->keys_sig)}, &bundle,
			  e) != 0 ||
	    hash_file(p, &hash, e) != 0)
		return -1;
	return distsign_check(&bundle, &hash, name, (struct distsign_bytes){p->sig, sizeof(p->sig)},
			      e);
}
