/* SPDX-License-Identifier: MIT */
/*
 * manifest - /var/lib/tsfunnel/manifest.json: what install found and what it wrote
 *
 * Saved (atomically, durably) before each step that changes something, so that after a kill at
 * any moment uninstall knows at least as much as was done. Schema version 1:
 *
 *     {"version":1,
 *      "tailscaled":{"enabled":false,"active":false},      as found, absent: never looked at
 *      "self":{"path":"/opt/tsfunnel/tsfunnel","digest":"...","folder":"/opt/tsfunnel"},
 *      "funnels":[{"service":"tailscale-funnel","port":443,"target":"8888",
 *                  "unit":"/etc/systemd/system/tailscale-funnel.service","digest":"...","started":"...",
 *                  "left_out":1,"whole":"...",               absent: nothing is left out
 *                  "adopted":{"enabled":true,"active":true}}],
 *      "files":[{"part":"tailscale","path":"/usr/bin/tailscale","digest":"..."}]}
 *
 * `files` are those of Tailscale that install placed ("tailscale"), what it gave tailscaled to
 * work here ("environment"), those of a funnel's service beside `unit` ("service"), and folders
 * that were made for any of them in an image ("folder", without a digest). A service that was
 * written for tailscaled belongs to the first where install placed Tailscale, else to the second.
 */
#ifndef STORE_MANIFEST_H
#define STORE_MANIFEST_H

#include "base/err.h"
#include "base/file.h"
#include "funnel/funnel.h"

#include <stdbool.h>
#include <stddef.h>

#define MANIFEST_DIR "/var/lib/tsfunnel" /* 0700 */
#define MANIFEST_FILE MANIFEST_DIR "/manifest.json"
#define MANIFEST_ADOPTED MANIFEST_DIR "/adopted" /* foreign units, by file name */
#define MANIFEST_PATH_MAX 512
#define MANIFEST_FUNNELS 16
#define MANIFEST_FILES 80

struct manifest_funnel {
	char service[FUNNEL_SERVICE_MAX];
	unsigned port;
	char target[TARGET_MAX];
	char unit[MANIFEST_PATH_MAX];  /* service file, "" before it was decided */
	char digest[FILE_DIGEST_LEN];  /* of what we wrote or are about to write */
	char started[FILE_DIGEST_LEN]; /* of the unit and binary it was last started with */
	unsigned left_out;             /* of its sandbox (init/confinement.h), 0 without */
	char whole[FILE_DIGEST_LEN];   /* of the unit for which that was refused */
	bool adopted;                  /* a foreign file of that name is kept in our folder */
	bool adopted_enabled;
	bool adopted_active;
};

/* Why a file is there; decides when uninstall removes it. */
enum manifest_part {
	MANIFEST_TAILSCALE,   /* with --purge */
	MANIFEST_ENVIRONMENT, /* with the last funnel */
	MANIFEST_SERVICE,     /* with the funnel of whose service it is, beside its first file */
	MANIFEST_FOLDER,      /* was made in an image: at the very end, as far as it is empty */
};

struct manifest_file {
	enum manifest_part part;
	char path[MANIFEST_PATH_MAX];
	char digest[FILE_DIGEST_LEN]; /* of what we wrote or are about to write */
};

struct manifest {
	bool found; /* there was a file */
	bool tailscaled_known;
	bool tailscaled_enabled;
	bool tailscaled_active;
	char self_path[MANIFEST_PATH_MAX]; /* "" : not placed by us */
	char self_digest[FILE_DIGEST_LEN];
	char self_folder[MANIFEST_PATH_MAX]; /* the topmost that was made for it, "" none */
	size_t count;
	struct manifest_funnel funnels[MANIFEST_FUNNELS];
	size_t file_count;
	struct manifest_file files[MANIFEST_FILES];
};

/* No file: an empty manifest and success. ERR_DATA when it is damaged, ERR_PERMISSION. */
int manifest_load(struct manifest *m, struct err *e);

/* Makes the folder (0700) if need be. */
int manifest_save(const struct manifest *m, struct err *e);

/* Removes manifest, kept units and the folder; a folder with other files in it stays. */
int manifest_remove(struct err *e);

/* The row of a service, NULL without. */
struct manifest_funnel *manifest_find(struct manifest *m, const char *service);

/* The row of a service, made if need be; NULL with ERR_CREATE when all rows are taken. */
struct manifest_funnel *manifest_add(struct manifest *m, const char *service, struct err *e);

void manifest_drop(struct manifest *m, const char *service);

/* Records a file, or a new digest of one that is recorded. ERR_CREATE when all rows are taken. */
int manifest_add_file(struct manifest *m, enum manifest_part part, const char *path,
		      const char digest[static FILE_DIGEST_LEN], struct err *e);

/* The row of a file, NULL without. */
const struct manifest_file *manifest_find_file(const struct manifest *m, const char *path);

void manifest_drop_file(struct manifest *m, const char *path);

/* Pure: text to manifest and back. */
int manifest_parse(const char *text, size_t len, struct manifest *m, struct err *e);
int manifest_print(const struct manifest *m, struct buf *out, struct err *e);

#endif
