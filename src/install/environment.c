/* SPDX-License-Identifier: MIT */
/* environment - see environment.h */
#include "install/environment.h"

#include "base/auto.h"
#include "base/file.h"
#include "base/text.h"
#include "net/roots.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* Given to tailscaled under the first name when install has it under one of the others. */
static const char *const proxies[][3] = {
	{"HTTP_PROXY", "http_proxy", NULL},
	{"HTTPS_PROXY", "https_proxy", "HTTPS_PROXY"},
	{"NO_PROXY", "no_proxy", "NO_PROXY"},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

void environment_put(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "%s=\"", key);
	for (const char *p = value; *p != '\0'; p++) {
		if (strchr("\"\\$`", *p) != NULL)
			buf_add_char(out, '\\');
		buf_add_char(out, *p);
	}
	buf_add(out, "\"\n");
}

bool environment_get(const char *text, const char *key, char *value, size_t cap)
{
	size_t len = strlen(key);
	struct buf out = buf_over(value, cap);

	for (const char *line = text; *line != '\0';
	     line += strcspn(line, "\n"), line += *line != '\0') {
		const char *p = line + len + 2;

		if (strncmp(line, key, len) != 0 || strncmp(line + len, "=\"", 2) != 0)
			continue;
		for (; *p != '\0' && *p != '\n' && *p != '"'; p++) {
			if (*p == '\\' && p[1] != '\0')
				p++;
			buf_add_char(&out, *p);
		}
		return *p == '"' && !buf_full(&out);
	}
	return false;
}

static const char *variable(const char *const names[3])
{
	for (size_t i = 1; i < 3; i++) {
		const char *value = names[i] != NULL ? getenv(names[i]) : NULL;

		if (value != NULL && value[0] != '\0')
			return value;
	}
	return NULL;
}

static int put_proxies(struct buf *out, const char *before, bool image, struct err *e)
{
	char kept[ENVIRONMENT_MAX];

	for (size_t i = 0; i < COUNT(proxies); i++) {
		const char *value = image ? NULL : variable(proxies[i]);

		if (value == NULL && environment_get(before, proxies[i][0], kept, sizeof(kept)))
			value = kept;
		if (value == NULL)
			continue;
		/* Not quoted: it may hold a password. */
		if (!text_is_plain(value))
			return err_set(e, ERR_DATA, "cannot use %s: it has control characters",
				       proxies[i][1]);
		environment_put(out, proxies[i][0], value);
	}
	return 0;
}

/* tailscaled's own test is to open it (net/tstun/tun.go). */
static bool has_tun(void)
{
	AUTO_FD int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	return fd >= 0;
}

static void put_flags(struct buf *out, const char *before, bool image)
{
	/* tailscaled takes the first that works (cmd/tailscaled/tailscaled.go, createEngine). */
	static const char in_turn[] = "--tun=tailscale0,userspace-networking";
	char kept[128];

	if (image ||
	    (environment_get(before, "FLAGS", kept, sizeof(kept)) && strcmp(kept, in_turn) == 0))
		environment_put(out, "FLAGS", in_turn);
	else if (!has_tun())
		environment_put(out, "FLAGS", "--tun=userspace-networking");
}

static void plan_dropin(struct environment *env, const struct environment_wants *wants)
{
	const char *const words[] = {ENVIRONMENT_FILE, wants->service, NULL};
	struct buf out = BUF_OF(env->dropin_text);

	env->dropin[0] = '\0';
	if (wants->service == NULL || wants->init->dropin_path == NULL)
		return;
	init_text(wants->init->dropin_path, wants->service, env->dropin, sizeof(env->dropin));
	buf_add(&out, INIT_MARKER ": what tailscaled needs to work on this machine.\n");
	init_fill(wants->init->dropin_text, words, &out);
}

int environment_plan(struct environment *env, const struct environment_wants *wants, struct err *e)
{
	static char before[ENVIRONMENT_MAX];
	struct buf out = BUF_OF(env->text);
	struct err ignored;

	if (file_read(ENVIRONMENT_FILE, before, sizeof(before), NULL, &ignored) != 0)
		before[0] = '\0';
	env->cacert = wants->cacert;
	env->with_ca = wants->cacert != NULL || (!wants->has_ca && roots_system_file() == NULL);
	if (env->with_ca)
		environment_put(&out, "SSL_CERT_FILE", ENVIRONMENT_CA);
	if (wants->flags)
		put_flags(&out, before, wants->image);
	if (put_proxies(&out, before, wants->image, e) != 0)
		return -1;
	plan_dropin(env, wants);
	return buf_full(&out) ? err_set(e, ERR_DATA, "cannot use the proxy variables: too long")
			      : 0;
}

/* The built-in roots, then the user's. */
static int make_pem(const struct environment *env, char *mem, size_t cap, size_t *len,
		    struct err *e)
{
	struct buf out = buf_over(mem, cap);
	size_t more = 0;

	roots_print_embedded(&out);
	if (buf_full(&out))
		return err_set(e, ERR_BUG, "cannot write %s: no room", ENVIRONMENT_CA);
	if (env->cacert != NULL &&
	    file_read(env->cacert, mem + out.len, cap - out.len, &more, e) != 0)
		return -1;
	*len = out.len + more;
	return 0;
}

static bool is_file(const char *path, const char *data, size_t len)
{
	char want[FILE_DIGEST_LEN], there[FILE_DIGEST_LEN];
	struct err ignored;

	file_digest_bytes(data, len, want);
	return file_digest(path, there, &ignored) == 0 && strcmp(want, there) == 0;
}

bool environment_stands(const struct environment *env)
{
	static char pem[ENVIRONMENT_CA_MAX];
	struct err ignored;
	size_t len = 0;

	if (env->text[0] == '\0')
		return true;
	if (env->with_ca && (make_pem(env, pem, sizeof(pem), &len, &ignored) != 0 ||
			     !is_file(ENVIRONMENT_CA, pem, len)))
		return false;
	return is_file(ENVIRONMENT_FILE, env->text, strlen(env->text)) &&
	       (env->dropin[0] == '\0' ||
		is_file(env->dropin, env->dropin_text, strlen(env->dropin_text)));
}

static int put_file(struct manifest *m, const char *path, const char *data, size_t len, mode_t mode,
		    struct err *e)
{
	char digest[FILE_DIGEST_LEN];

	file_digest_bytes(data, len, digest);
	if (manifest_add_file(m, MANIFEST_ENVIRONMENT, path, digest, e) != 0 ||
	    manifest_save(m, e) != 0)
		return -1;
	return file_replace(path, data, len, mode, e);
}

int environment_write(const struct environment *env, struct manifest *m, struct err *e)
{
	static char pem[ENVIRONMENT_CA_MAX];
	size_t len = 0;

	if (env->with_ca) {
		if (make_pem(env, pem, sizeof(pem), &len, e) != 0 ||
		    put_file(m, ENVIRONMENT_CA, pem, len, 0644, e) != 0)
			return -1;
	}
	if (put_file(m, ENVIRONMENT_FILE, env->text, strlen(env->text), 0600, e) != 0)
		return -1;
	if (env->dropin[0] == '\0')
		return 0;
	if (file_make_parent(env->dropin, 0755, e) != 0)
		return -1;
	return put_file(m, env->dropin, env->dropin_text, strlen(env->dropin_text), 0644, e);
}
