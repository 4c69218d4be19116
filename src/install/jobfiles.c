/* SPDX-License-Identifier: MIT */
/* jobfiles - see jobfiles.h */
#include "install/jobfiles.h"

#include "base/file.h"
#include "install/self.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One file as it shall be. */
struct wanted {
	char path[INIT_PATH_MAX];
	char text[INIT_UNIT_MAX]; /* or where the link leads */
	char digest[FILE_DIGEST_LEN];
	mode_t mode; /* 0: a link */
};

static int want(const struct init_file *f, const struct job *job, struct wanted *w, struct err *e)
{
	struct buf out = BUF_OF(w->text);

	w->mode = f->mode;
	if (init_path(f, job->service, w->path, e) != 0)
		return -1;
	if (f->mode == 0)
		init_text(f->link, job->service, w->text, sizeof(w->text));
	else if (f->render(job, &out, e) != 0)
		return -1;
	file_digest_bytes(w->text, strlen(w->text), w->digest);
	return 0;
}

static bool stands(const struct wanted *w)
{
	char now[INIT_UNIT_MAX];
	struct err ignored;
	struct stat st;
	ssize_t len;

	if (lstat(w->path, &st) != 0)
		return false;
	if (w->mode != 0)
		return S_ISREG(st.st_mode) && (st.st_mode & 07777) == w->mode &&
		       file_read(w->path, now, sizeof(now), NULL, &ignored) == 0 &&
		       strcmp(now, w->text) == 0;
	len = readlink(w->path, now, sizeof(now) - 1);
	now[len > 0 ? len : 0] = '\0';
	return strcmp(now, w->text) == 0;
}

int jobfiles_stand(const struct init_system *init, const struct job *job, enum jobfiles which,
		   bool *stand, struct err *e)
{
	static struct wanted w;

	*stand = true;
	for (const struct init_file *f = &init->files[which]; f->path != NULL && *stand; f++) {
		if (f->enables)
			continue;
		if (want(f, job, &w, e) != 0)
			return -1;
		*stand = stands(&w);
	}
	return 0;
}

/* A link is ours if it is recorded; where none is yet, whatever is there is somebody's. */
static bool is_foreign(const char *path, mode_t mode, const struct manifest *m)
{
	if (!file_exists(path))
		return false;
	return mode == 0 ? manifest_find_file(m, path) == NULL : !self_is_ours(path);
}

static int refuse(const char *path, struct err *e)
{
	err_set(e, ERR_CREATE, "cannot write %s: a file is there that is not ours", path);
	return err_cure(e, "move it away, or choose another service with --name NAME");
}

int jobfiles_check(const struct init_system *init, const char *service, const struct manifest *m,
		   struct err *e)
{
	char path[INIT_PATH_MAX];

	for (const struct init_file *f = &init->files[JOBFILES_BESIDE]; f->path != NULL; f++) {
		if (f->enables)
			continue;
		if (init_path(f, service, path, e) != 0)
			return -1;
		if (is_foreign(path, f->mode, m) && (f->mode != 0 || !init_link_stands(f, service)))
			return refuse(path, e);
	}
	return 0;
}

static int put(const struct wanted *w, enum manifest_part part, struct manifest *m, struct err *e)
{
	if (is_foreign(w->path, w->mode, m))
		return refuse(w->path, e);
	if (manifest_add_file(m, part, w->path, w->digest, e) != 0 || manifest_save(m, e) != 0 ||
	    file_make_parent(w->path, 0755, e) != 0)
		return -1;
	return w->mode == 0 ? file_replace_link(w->path, w->text, e)
			    : file_replace(w->path, w->text, strlen(w->text), w->mode, e);
}

int jobfiles_write(const struct init_system *init, const struct job *job, enum jobfiles which,
		   enum manifest_part part, struct manifest *m, struct err *e)
{
	static struct wanted w;

	for (const struct init_file *f = &init->files[which]; f->path != NULL; f++) {
		if (f->enables)
			continue;
		if (want(f, job, &w, e) != 0 || (!stands(&w) && put(&w, part, m, e) != 0))
			return -1;
	}
	return 0;
}

static void remove_folders_of(const char *template, const char *service)
{
	char own[INIT_PATH_MAX], path[INIT_PATH_MAX];
	struct buf out = BUF_OF(own);
	char *slash;

	buf_add(&out, template);
	while ((slash = strrchr(own, '/')) != NULL) {
		*slash = '\0';
		if (strstr(own, "%s") == NULL)
			return;
		rmdir(init_text(own, service, path, sizeof(path)));
	}
}

int jobfiles_forget(const struct init_system *init, const char *service, struct err *e)
{
	if (init_forget(init, service, e) != 0)
		return -1;
	for (const struct init_file *f = init->files; f->path != NULL; f++)
		remove_folders_of(f->path, service);
	return 0;
}
