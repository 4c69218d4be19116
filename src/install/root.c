/* SPDX-License-Identifier: MIT */
/* root - see root.h */
#include "install/root.h"

#include "base/auto.h"
#include "install/texts.h"
#include "launch/firstlogin.h"
#include "release/arch.h"
#include "release/elf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A program or, in many places, a link to one. */
static const char *const programs[] = {"/sbin/init", "/usr/lib/systemd/systemd",
				       "/lib/systemd/systemd", "/bin/sh", "/usr/bin/env"};

static const char *arch_of_fd(int fd)
{
	unsigned char head[ELF_HEAD];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	return elf_arch(head, n < 0 ? 0 : (size_t)n);
}

/* A device or a FIFO of that name is not waited for, and holds no header. */
static const char *arch_of_file(const char *path)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? arch_of_fd(fd) : NULL;
}

static int choose_arch(struct install *in, struct err *e)
{
	const char *arch = in->args->arch;

	if (arch != NULL && !arch_is_known(arch)) {
		err_set(e, ERR_USAGE, "cannot use --arch %.40s: there are no packages for it",
			arch);
		return err_cure(e, "there are packages for %s", arch_names);
	}
	for (size_t i = 0; arch == NULL && i < COUNT(programs); i++)
		arch = arch_of_file(programs[i]);
	if (arch == NULL) {
		err_set(e, ERR_DATA,
			"cannot tell the processor of the image: no program that Tailscale has a "
			"package beside is at %s or %s",
			programs[0], programs[3]);
		return err_cure(e, "--arch says it: %s", arch_names);
	}
	snprintf(in->arch, sizeof(in->arch), "%s", arch);
	return 0;
}

/* "geode" is a 386 that lacks something. */
static int check_self(const struct install *in, struct err *e)
{
	const char *needed = strcmp(in->arch, "geode") == 0 ? "386" : in->arch;
	const char *ours = arch_of_fd(in->self.fd);

	if (ours != NULL && strcmp(ours, needed) == 0)
		return 0;
	err_set(e, ERR_DATA, "cannot place %s in the image: it is for %s, the image for %s",
		in->args->self != NULL ? in->args->self : "this tsfunnel",
		ours == NULL ? "another processor" : ours, in->arch);
	return err_cure(e, "--self FILE names a tsfunnel that was built for %s", in->arch);
}

int root_begin(struct install *in, struct err *e)
{
	if (self_open(&in->self, in->args->self, e) != 0 ||
	    image_open(&in->image, in->args->root, in->until, e) != 0 ||
	    image_enter(&in->image, e) != 0)
		return -1;
	in->init = init_of_image(in->args->init, e);
	return in->init == NULL || choose_arch(in, e) != 0 ? -1 : check_self(in, e);
}

/* A file of the host, which the package's own name is taken from: only the open file stays. */
static int get(struct install *in, struct network *net, struct package *p, struct err *e)
{
	static const char *const folders[] = {"/var/tmp", "/tmp"};
	struct package_request q = in->args->package;

	q.arch = in->arch;
	q.folder = getenv("TMPDIR");
	for (size_t i = 0; q.folder == NULL && i < COUNT(folders); i++)
		if (access(folders[i], W_OK) == 0)
			q.folder = folders[i];
	if (q.folder == NULL)
		q.folder = "/";
	if (package_choose(&q, net, in->until_network, p, e) != 0 ||
	    package_get(&q, net, in->until_network, p, e) != 0)
		return -1;
	if (p->temp[0] != '\0')
		unlink(p->temp);
	p->temp[0] = '\0';
	return 0;
}

int root_get_package(struct install *in, struct network *net, struct package *p, struct err *e)
{
	int rc;

	if (image_leave(&in->image, e) != 0)
		return -1;
	rc = get(in, net, p, e);
	return image_enter(&in->image, e) != 0 ? -1 : rc;
}

/* Rows for what is missing of the way to a file, topmost first. */
static int add_missing(struct manifest *m, const char *file, size_t *added, struct err *e)
{
	char dir[MANIFEST_PATH_MAX];
	char nothing[FILE_DIGEST_LEN] = "";
	size_t len = strlen(file);

	if (file[0] == '\0' || len >= sizeof(dir))
		return 0;
	memcpy(dir, file, len + 1);
	for (char *slash = strchr(dir + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!file_exists(dir) && manifest_find_file(m, dir) == NULL) {
			(*added)++;
			if (manifest_add_file(m, MANIFEST_FOLDER, dir, nothing, e) != 0)
				return -1;
		}
		*slash = '/';
	}
	return 0;
}

/* Those of our own program are recorded beside it. */
static int add_folders(struct install *in, struct manifest *m, size_t *added, struct err *e)
{
	const char *const files[] = {MANIFEST_DIR, in->environment.dropin,
				     in->tailscale_missing ? TEXTS_DEFAULTS : "",
				     in->tailscale_missing ? in->programs.cli : "",
				     in->tailscale_missing ? in->programs.daemon : ""};
	const char *const services[] = {in->funnel.service, in->daemon};
	char path[MANIFEST_PATH_MAX];

	for (size_t i = 0; i < COUNT(files); i++)
		if (add_missing(m, files[i], added, e) != 0)
			return -1;
	if (in->tailscale_missing) {
		snprintf(path, sizeof(path), "%.400s/lib/file", in->programs.prefix);
		if (add_missing(m, path, added, e) != 0)
			return -1;
	}
	for (size_t i = 0; i < COUNT(services); i++)
		for (const struct init_file *f = in->init->files; f->path != NULL; f++)
			if (init_path(f, services[i], path, e) != 0 ||
			    add_missing(m, path, added, e) != 0)
				return -1;
	return 0;
}

int root_check_folders(struct install *in, struct buf *todo, struct err *e)
{
	static struct manifest copy;
	size_t added = 0;

	copy = in->manifest;
	if (add_folders(in, &copy, &added, e) != 0)
		return -1;
	if (added > 0)
		buf_printf(todo, "remember that %zu folders were not there", added);
	return 0;
}

int root_record_folders(struct install *in, struct err *e)
{
	size_t added = 0;

	if (add_folders(in, &in->manifest, &added, e) != 0)
		return -1;
	return added > 0 ? manifest_save(&in->manifest, e) : 0;
}

/* What shall stand in the folder; NULL: nothing is said of it. */
struct wanted {
	const char *path;
	const char *text;
};

static void want(const struct install *in, struct wanted w[static 3])
{
	w[0] = (struct wanted){FIRSTLOGIN_DIR "/" FIRSTLOGIN_SERVER, in->args->login_server};
	w[1] = (struct wanted){FIRSTLOGIN_DIR "/" FIRSTLOGIN_HOSTNAME, in->args->hostname};
	/* Last: where it is, the rest is. */
	w[2] = (struct wanted){FIRSTLOGIN_DIR "/" FIRSTLOGIN_KEY,
			       in->key.text[0] != '\0' ? in->key.text : NULL};
}

static bool stands(const struct wanted *w)
{
	char now[AUTHKEY_MAX];
	struct err ignored;
	bool same;

	if (w->text == NULL)
		return true;
	same = file_read(w->path, now, sizeof(now), NULL, &ignored) == 0 &&
	       strcmp(now, w->text) == 0;
	explicit_bzero(now, sizeof(now));
	return same;
}

int root_check_first_boot(struct install *in, struct buf *todo, struct err *e)
{
	const struct manifest_funnel *row = manifest_find(&in->manifest, in->funnel.service);
	struct wanted w[3];

	(void)e;
	want(in, w);
	if (!stands(&w[0]) || !stands(&w[1]) || !stands(&w[2]))
		buf_printf(todo, "%s for the first boot in " FIRSTLOGIN_DIR,
			   w[2].text != NULL ? "keep the auth key" : "keep what the login needs");
	else if (!file_exists(FIRSTLOGIN_DIR) || row == NULL ||
		 strcmp(row->started, in->started) != 0)
		buf_add(todo, "prepare the first boot");
	return 0;
}

int root_prepare_first_boot(struct install *in, struct err *e)
{
	struct manifest_funnel *row = manifest_find(&in->manifest, in->funnel.service);
	struct wanted w[3];

	if (row == NULL)
		return err_set(e, ERR_BUG, "cannot record %s", in->funnel.service);
	want(in, w);
	if (file_make_dir(FIRSTLOGIN_DIR, 0700, e) != 0)
		return -1;
	for (size_t i = 0; i < COUNT(w); i++)
		if (!stands(&w[i]) &&
		    file_replace(w[i].path, w[i].text, strlen(w[i].text), 0600, e) != 0)
			return -1;
	memcpy(row->started, in->started, sizeof(row->started));
	return manifest_save(&in->manifest, e);
}
