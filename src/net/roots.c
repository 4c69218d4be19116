/* SPDX-License-Identifier: MIT */
/* roots - see roots.h */
#include "net/roots.h"

#include "base/auto.h"
#include "base/base64.h"
#include "net/anchors.h"
#include "net/roots_pem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* crypto/x509/root_linux.go */
static const char *const files[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
};
static const char *const folders[] = {
	"/etc/ssl/certs",
	"/etc/pki/tls/certs",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PEM_LINE ((size_t)48) /* bytes in a line of 64 characters */

static int read_failed(const char *path, int sys, struct err *e)
{
	errno = sys;
	return err_sys(e, err_code_of(sys, ERR_IO), "cannot read the certificates in %s", path);
}

static int read_pem(int fd, struct roots_pem *p, const char *path, struct err *e)
{
	char mem[4096];
	size_t total = 0;
	ssize_t n;

	while ((n = read(fd, mem, sizeof(mem))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return read_failed(path, errno, e);
		total += (size_t)n;
		if (total > ROOTS_FILE_MAX)
			return err_set(e, ERR_DATA,
				       "cannot read the certificates in %s: it is larger than %d "
				       "bytes",
				       path, ROOTS_FILE_MAX);
		if (roots_pem_push(p, mem, (size_t)n, e) != 0)
			return err_wrap(e, "cannot read the certificates in %s", path);
	}
	/* The last line may lack its end. */
	return roots_pem_push(p, "\n", 1, e);
}

int roots_add_file(struct roots *r, const char *path, struct err *e)
{
	AUTO_FREE struct roots_pem *p = NULL;
	/* A FIFO must not block; links are how a system's bundles are made. */
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return read_failed(path, errno, e);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_DATA, "cannot read the certificates in %s: it is no file",
			       path);
	p = malloc(sizeof(*p));
	if (p == NULL)
		return read_failed(path, ENOMEM, e);
	roots_pem_init(p, r);
	if (read_pem(fd, p, path, e) != 0)
		return -1;
	if (p->seen > 0)
		return 0;
	err_set(e, ERR_DATA,
		"cannot read the certificates in %s: there is none in it that can be "
		"used",
		path);
	return err_cure(e, "certificates begin with -----BEGIN CERTIFICATE----- (PEM)");
}

/* All files of a folder; what is no certificate is passed over. */
static int add_folder(struct roots *r, const char *path, struct err *e)
{
	AUTO_DIR DIR *dir = opendir(path);
	const struct dirent *entry;
	size_t before = r->count;
	char name[PATH_MAX];
	struct err unused;

	if (dir == NULL)
		return read_failed(path, errno, e);
	while ((entry = readdir(dir)) != NULL && r->count < ROOTS_MAX)
		if (entry->d_name[0] != '.' &&
		    snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) < (int)sizeof(name))
			(void)roots_add_file(r, name, &unused);
	if (r->count > before)
		return 0;
	return err_set(e, ERR_DATA, "cannot read the certificates in %s: there is none in it",
		       path);
}

/* SSL_CERT_DIR is a list with ':'; one folder with certificates will do. */
static int add_folders(struct roots *r, const char *list, struct err *e)
{
	bool found = false, tried = false;

	while (*list != '\0') {
		size_t len = strcspn(list, ":");
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%.*s", (int)(len < PATH_MAX ? len : 0), list);
		if (len > 0) {
			tried = true;
			found = add_folder(r, path, e) == 0 || found;
		}
		list += len + (list[len] == ':');
	}
	return tried && !found ? -1 : 0;
}

static void came_from(struct roots *r, const char *source)
{
	snprintf(r->source, sizeof(r->source), "%s", source);
}

static int add_named(struct roots *r, const char *file, const char *dir, struct err *e)
{
	came_from(r, file[0] != '\0' ? file : dir);
	if (file[0] != '\0' && roots_add_file(r, file, e) != 0)
		return err_wrap(e, "SSL_CERT_FILE");
	if (add_folders(r, dir, e) != 0)
		return err_wrap(e, "SSL_CERT_DIR");
	return 0;
}

static int add_embedded(struct roots *r, struct err *e)
{
	AUTO_FREE struct roots_pem *p = malloc(sizeof(*p));

	if (p == NULL)
		return read_failed("this program", ENOMEM, e);
	roots_pem_init(p, r);
	for (size_t i = 0; i < anchors_count; i++)
		if (roots_pem_add_der(p, anchors[i].der, anchors[i].len, e) != 0)
			return err_wrap(e, "cannot read the certificates in this program");
	r->embedded = true;
	came_from(r, "the roots built in");
	return 0;
}

/* False: the system has none. */
static bool add_system(struct roots *r)
{
	struct err unused;

	for (size_t i = 0; i < COUNT(files); i++)
		if (roots_add_file(r, files[i], &unused) == 0) {
			came_from(r, files[i]);
			return true;
		}
	for (size_t i = 0; i < COUNT(folders); i++)
		if (add_folder(r, folders[i], &unused) == 0) {
			came_from(r, folders[i]);
			return true;
		}
	return false;
}

const char *roots_system_file(void)
{
	const char *found = NULL;

	for (size_t i = 0; i < COUNT(files) && found == NULL; i++) {
		struct roots r = {0};
		struct err unused;

		if (roots_add_file(&r, files[i], &unused) == 0)
			found = files[i];
		roots_done(&r);
	}
	return found;
}

/* RFC 7468 */
static void print_pem(const struct anchor *a, struct buf *out)
{
	buf_add(out, "-----BEGIN CERTIFICATE-----\n");
	for (size_t at = 0; at < a->len; at += PEM_LINE) {
		base64_add(out, a->der + at, a->len - at < PEM_LINE ? a->len - at : PEM_LINE);
		buf_add(out, "\n");
	}
	buf_add(out, "-----END CERTIFICATE-----\n");
}

void roots_print_embedded(struct buf *out)
{
	for (size_t i = 0; i < anchors_count; i++)
		print_pem(&anchors[i], out);
}

int roots_load(struct roots *r, const char *cacert, struct err *e)
{
	const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");

	*r = (struct roots){0};
	file = file == NULL ? "" : file;
	dir = dir == NULL ? "" : dir;
	if (cacert != NULL && roots_add_file(r, cacert, e) != 0)
		return -1;
	if (file[0] != '\0' || dir[0] != '\0')
		return add_named(r, file, dir, e);
	return add_system(r) ? 0 : add_embedded(r, e);
}

void roots_done(struct roots *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->anchors[i].dn.data);
	free(r->anchors);
	*r = (struct roots){0};
}
