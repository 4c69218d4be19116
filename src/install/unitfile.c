/* SPDX-License-Identifier: MIT */
/* unitfile - see unitfile.h */
#include "install/unitfile.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Of edited files of one name that are kept. */
#define ASIDE_MAX 99

static bool is_ours(const char *text)
{
	return strstr(text, INIT_MARKER) != NULL;
}

int unitfile_look(struct unitfile *u, const struct init_system *init, const char *service,
		  struct err *e)
{
	struct stat st;
	struct err why;

	memset(u, 0, sizeof(*u));
	if (init_path(&init->files[0], service, u->path, e) != 0 ||
	    init->query(service, &u->service, e) != 0)
		return -1;
	if (lstat(u->path, &st) != 0)
		return errno == ENOENT ? 0 : err_sys(e, ERR_IO, "cannot look at %s", u->path);
	u->owner = UNITFILE_FOREIGN;
	/* A link (a masked unit points to /dev/null) or a file that is too large is somebody
	 * else's, whatever is in it. */
	if (S_ISREG(st.st_mode) && file_read(u->path, u->now, sizeof(u->now), NULL, &why) == 0 &&
	    is_ours(u->now))
		u->owner = UNITFILE_OURS;
	return 0;
}

int unitfile_render(struct unitfile *u, const struct init_system *init, const struct job *job,
		    struct err *e)
{
	struct buf out = BUF_OF(u->wanted);

	if (init->files[0].render(job, &out, e) != 0)
		return -1;
	file_digest_bytes(out.data, out.len, u->digest);
	return 0;
}

bool unitfile_is_foreign(const struct unitfile *u)
{
	if (u->owner == UNITFILE_FOREIGN)
		return true;
	return u->owner == UNITFILE_NONE && u->service.fragment[0] != '\0' &&
	       strcmp(u->service.fragment, u->path) != 0;
}

/* The file's name in a folder of ours; one that each service has ("run") with its folder's. */
static void name_of(const char *path, char name[static MANIFEST_PATH_MAX])
{
	const char *from = strrchr(path, '/');

	if (from != NULL && strstr(from, FUNNEL_SERVICE) == NULL) {
		const char *folder = memrchr(path, '/', (size_t)(from - path));

		from = folder != NULL ? folder : from;
	}
	snprintf(name, MANIFEST_PATH_MAX, "%s", from != NULL ? from + 1 : path);
	for (char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash, '/'))
		*slash = '.';
}

static int kept_path(const char *path, char *kept, size_t cap, struct err *e)
{
	char name[MANIFEST_PATH_MAX];
	int n;

	name_of(path, name);
	n = snprintf(kept, cap, "%s/%s", MANIFEST_ADOPTED, name);

	if (n < 0 || (size_t)n >= cap)
		return err_set(e, ERR_BUG, "cannot name the kept copy of %s: no room", path);
	return 0;
}

int unitfile_keep(const struct unitfile *u, struct err *e)
{
	char kept[MANIFEST_PATH_MAX];

	if (u->owner != UNITFILE_FOREIGN)
		return 0;
	if (kept_path(u->path, kept, sizeof(kept), e) != 0 ||
	    file_make_dir(MANIFEST_DIR, 0700, e) != 0 ||
	    file_make_dir(MANIFEST_ADOPTED, 0700, e) != 0)
		return -1;
	if (file_exists(kept))
		return err_set(e, ERR_CREATE, "cannot keep %s: %s is there already", u->path, kept);
	return file_move(u->path, kept, e);
}

bool unitfile_is_kept(const char *path)
{
	char kept[MANIFEST_PATH_MAX];
	struct err ignored;

	return kept_path(path, kept, sizeof(kept), &ignored) == 0 && file_exists(kept);
}

int unitfile_restore(const char *path, struct err *e)
{
	char kept[MANIFEST_PATH_MAX];

	if (kept_path(path, kept, sizeof(kept), e) != 0)
		return -1;
	return file_exists(kept) ? file_move(kept, path, e) : 0;
}

int unitfile_set_aside(const char *path, char *aside, size_t cap, struct err *e)
{
	char name[MANIFEST_PATH_MAX];

	name_of(path, name);
	for (int i = 1; i <= ASIDE_MAX; i++) {
		char number[16] = "";
		int n;

		if (i > 1)
			snprintf(number, sizeof(number), "-%d", i);
		n = snprintf(aside, cap, "%s/%s.edited%s", MANIFEST_DIR, name, number);
		if (n < 0 || (size_t)n >= cap)
			break;
		if (!file_exists(aside))
			return file_move(path, aside, e);
	}
	return err_set(e, ERR_CREATE, "cannot move %s aside: no free name in %s", path,
		       MANIFEST_DIR);
}

int unitfile_write(const struct unitfile *u, const struct init_system *init, struct err *e)
{
	if (file_make_parent(u->path, 0755, e) != 0)
		return -1;
	return file_replace(u->path, u->wanted, strlen(u->wanted), init->files[0].mode, e);
}
