/* SPDX-License-Identifier: MIT */
/* manifest - see manifest.h */
#include "store/manifest.h"

#include "base/json.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MANIFEST_VERSION 1
#define MANIFEST_TEXT_MAX 131072
#define LEFT_OUT_MAX 65535

/* Copies a string member if it fits; false when it does not. */
static bool take(const cJSON *object, const char *key, char *dst, size_t cap)
{
	const char *text = json_string(object, key);
	size_t len = strlen(text);

	if (len >= cap)
		return false;
	memcpy(dst, text, len + 1);
	return true;
}

static bool take_funnel(const cJSON *row, struct manifest_funnel *f)
{
	const cJSON *adopted = json_get(row, "adopted");
	int64_t port = json_int(row, "port");
	int64_t left_out = json_int(row, "left_out");

	if (port < 0 || port > 65535 || left_out < 0 || left_out > LEFT_OUT_MAX)
		return false;
	f->port = (unsigned)port;
	f->left_out = (unsigned)left_out;
	f->adopted = adopted != NULL;
	f->adopted_enabled = json_bool(adopted, "enabled");
	f->adopted_active = json_bool(adopted, "active");
	return take(row, "service", f->service, sizeof(f->service)) && f->service[0] != '\0' &&
	       take(row, "target", f->target, sizeof(f->target)) &&
	       take(row, "unit", f->unit, sizeof(f->unit)) &&
	       take(row, "digest", f->digest, sizeof(f->digest)) &&
	       take(row, "started", f->started, sizeof(f->started)) &&
	       take(row, "whole", f->whole, sizeof(f->whole));
}

static const char *const parts[] = {
	[MANIFEST_TAILSCALE] = "tailscale",
	[MANIFEST_ENVIRONMENT] = "environment",
	[MANIFEST_SERVICE] = "service",
	[MANIFEST_FOLDER] = "folder",
};

static bool take_file(const cJSON *row, struct manifest_file *f)
{
	const char *part = json_string(row, "part");
	size_t i = 0;

	while (i < sizeof(parts) / sizeof(parts[0]) && strcmp(parts[i], part) != 0)
		i++;
	if (i == sizeof(parts) / sizeof(parts[0]))
		return false;
	f->part = (enum manifest_part)i;
	return take(row, "path", f->path, sizeof(f->path)) && f->path[0] == '/' &&
	       take(row, "digest", f->digest, sizeof(f->digest));
}

static bool take_all(const cJSON *doc, struct manifest *m)
{
	const cJSON *tailscaled = json_get(doc, "tailscaled");
	const cJSON *self = json_get(doc, "self");
	const cJSON *row;

	m->tailscaled_known = tailscaled != NULL;
	m->tailscaled_enabled = json_bool(tailscaled, "enabled");
	m->tailscaled_active = json_bool(tailscaled, "active");
	if (!take(self, "path", m->self_path, sizeof(m->self_path)) ||
	    !take(self, "digest", m->self_digest, sizeof(m->self_digest)) ||
	    !take(self, "folder", m->self_folder, sizeof(m->self_folder)))
		return false;
	cJSON_ArrayForEach(row, json_get(doc, "funnels"))
	{
		if (m->count == MANIFEST_FUNNELS || !take_funnel(row, &m->funnels[m->count]))
			return false;
		m->count++;
	}
	cJSON_ArrayForEach(row, json_get(doc, "files"))
	{
		if (m->file_count == MANIFEST_FILES || !take_file(row, &m->files[m->file_count]))
			return false;
		m->file_count++;
	}
	return true;
}

int manifest_parse(const char *text, size_t len, struct manifest *m, struct err *e)
{
	AUTO_JSON cJSON *doc = json_parse(text, len, MANIFEST_FILE, e);

	memset(m, 0, sizeof(*m));
	if (doc == NULL)
		return -1;
	if (json_int(doc, "version") != MANIFEST_VERSION)
		return err_set(e, ERR_DATA, "cannot read %s: not of version %d", MANIFEST_FILE,
			       MANIFEST_VERSION);
	if (!take_all(doc, m))
		return err_set(e, ERR_DATA, "cannot read %s: a member is out of bounds",
			       MANIFEST_FILE);
	m->found = true;
	return 0;
}

static void put_funnel(cJSON *rows, const struct manifest_funnel *f)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddItemToArray(rows, row);
	cJSON_AddStringToObject(row, "service", f->service);
	cJSON_AddNumberToObject(row, "port", f->port);
	cJSON_AddStringToObject(row, "target", f->target);
	cJSON_AddStringToObject(row, "unit", f->unit);
	cJSON_AddStringToObject(row, "digest", f->digest);
	cJSON_AddStringToObject(row, "started", f->started);
	if (f->left_out != 0) {
		cJSON_AddNumberToObject(row, "left_out", f->left_out);
		cJSON_AddStringToObject(row, "whole", f->whole);
	}
	if (f->adopted) {
		cJSON *adopted = cJSON_AddObjectToObject(row, "adopted");

		cJSON_AddBoolToObject(adopted, "enabled", f->adopted_enabled);
		cJSON_AddBoolToObject(adopted, "active", f->adopted_active);
	}
}

static void put_file(cJSON *rows, const struct manifest_file *f)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddItemToArray(rows, row);
	cJSON_AddStringToObject(row, "part", parts[f->part]);
	cJSON_AddStringToObject(row, "path", f->path);
	cJSON_AddStringToObject(row, "digest", f->digest);
}

int manifest_print(const struct manifest *m, struct buf *out, struct err *e)
{
	AUTO_JSON cJSON *doc = cJSON_CreateObject();
	cJSON *rows;

	cJSON_AddNumberToObject(doc, "version", MANIFEST_VERSION);
	if (m->tailscaled_known) {
		cJSON *tailscaled = cJSON_AddObjectToObject(doc, "tailscaled");

		cJSON_AddBoolToObject(tailscaled, "enabled", m->tailscaled_enabled);
		cJSON_AddBoolToObject(tailscaled, "active", m->tailscaled_active);
	}
	if (m->self_path[0] != '\0') {
		cJSON *self = cJSON_AddObjectToObject(doc, "self");

		cJSON_AddStringToObject(self, "path", m->self_path);
		cJSON_AddStringToObject(self, "digest", m->self_digest);
		cJSON_AddStringToObject(self, "folder", m->self_folder);
	}
	rows = cJSON_AddArrayToObject(doc, "funnels");
	for (size_t i = 0; i < m->count; i++)
		put_funnel(rows, &m->funnels[i]);
	rows = cJSON_AddArrayToObject(doc, "files");
	for (size_t i = 0; i < m->file_count; i++)
		put_file(rows, &m->files[i]);
	return json_print(doc, out, e);
}

int manifest_load(struct manifest *m, struct err *e)
{
	static char text[MANIFEST_TEXT_MAX];
	size_t len;

	memset(m, 0, sizeof(*m));
	if (file_read(MANIFEST_FILE, text, sizeof(text), &len, e) != 0)
		return e->sys == ENOENT ? 0 : -1;
	if (manifest_parse(text, len, m, e) == 0)
		return 0;
	return err_cure(e, "move %s away; uninstall then removes what carries our marker",
			MANIFEST_FILE);
}

int manifest_save(const struct manifest *m, struct err *e)
{
	static char text[MANIFEST_TEXT_MAX];
	struct buf out = BUF_OF(text);

	if (manifest_print(m, &out, e) != 0 || file_make_dir(MANIFEST_DIR, 0700, e) != 0)
		return -1;
	return file_replace(MANIFEST_FILE, out.data, out.len, 0600, e);
}

int manifest_remove(struct err *e)
{
	if (file_remove(MANIFEST_FILE, e) != 0)
		return -1;
	rmdir(MANIFEST_ADOPTED);
	rmdir(MANIFEST_DIR);
	return 0;
}

struct manifest_funnel *manifest_find(struct manifest *m, const char *service)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->funnels[i].service, service) == 0)
			return &m->funnels[i];
	return NULL;
}

struct manifest_funnel *manifest_add(struct manifest *m, const char *service, struct err *e)
{
	struct manifest_funnel *f = manifest_find(m, service);

	if (f != NULL)
		return f;
	if (m->count == MANIFEST_FUNNELS) {
		err_set(e, ERR_CREATE, "cannot add %s: %d funnels are set up already", service,
			MANIFEST_FUNNELS);
		return NULL;
	}
	f = &m->funnels[m->count++];
	memset(f, 0, sizeof(*f));
	strncpy(f->service, service, sizeof(f->service) - 1);
	return f;
}

void manifest_drop(struct manifest *m, const char *service)
{
	struct manifest_funnel *f = manifest_find(m, service);

	if (f == NULL)
		return;
	*f = m->funnels[--m->count];
	memset(&m->funnels[m->count], 0, sizeof(*f));
}

static size_t file_index(const struct manifest *m, const char *path)
{
	size_t i = 0;

	while (i < m->file_count && strcmp(m->files[i].path, path) != 0)
		i++;
	return i;
}

const struct manifest_file *manifest_find_file(const struct manifest *m, const char *path)
{
	size_t i = file_index(m, path);

	return i < m->file_count ? &m->files[i] : NULL;
}

int manifest_add_file(struct manifest *m, enum manifest_part part, const char *path,
		      const char digest[static FILE_DIGEST_LEN], struct err *e)
{
	size_t i = file_index(m, path);
	struct manifest_file *f = &m->files[i];

	if (i == MANIFEST_FILES || strlen(path) >= sizeof(f->path))
		return err_set(e, ERR_CREATE, "cannot record %s: no room in the manifest", path);
	if (i == m->file_count)
		m->file_count++;
	f->part = part;
	memcpy(f->path, path, strlen(path) + 1);
	memcpy(f->digest, digest, FILE_DIGEST_LEN);
	return 0;
}

void manifest_drop_file(struct manifest *m, const char *path)
{
	size_t i = file_index(m, path);

	if (i == m->file_count)
		return;
	m->files[i] = m->files[--m->file_count];
	memset(&m->files[m->file_count], 0, sizeof(m->files[0]));
}
