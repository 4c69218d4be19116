/* SPDX-License-Identifier: MIT */
/*
 * firstlogin - the login of a machine that was made from an image
 *
 * Nobody is there when it boots for the first time, so `run` joins it to its tailnet by itself, the
 * same under every init system. The key is one of
 *
 *     /var/lib/tsfunnel/login/auth-key    0600, in a folder of root alone; gone after the login
 *     $CREDENTIALS_DIRECTORY/tsfunnel.auth-key   of systemd, which keeps it; used for one login
 *
 * Beside the first may stand `login-server` and `hostname`, one word each. A key that control
 * refuses is not tried again: the file is renamed to auth-key.refused, of a credential the file
 * `credential` remembers the digest, and what became of it: "begun", "done" or "refused". So a
 * logout by a person is not undone by a credential, and one with another key is tried again.
 *
 * Killed at any moment, the next start goes on: a key goes only when the node is logged in.
 */
#ifndef LAUNCH_FIRSTLOGIN_H
#define LAUNCH_FIRSTLOGIN_H

#include "base/err.h"
#include "base/file.h"
#include "launch/announce.h"
#include "localapi/node.h"
#include "store/manifest.h"

#include <stdbool.h>

#define FIRSTLOGIN_DIR MANIFEST_DIR "/login" /* 0700 */
#define FIRSTLOGIN_KEY "auth-key"
#define FIRSTLOGIN_REFUSED "auth-key.refused"
#define FIRSTLOGIN_SERVER "login-server"
#define FIRSTLOGIN_HOSTNAME "hostname"
#define FIRSTLOGIN_MARK "credential"
#define FIRSTLOGIN_CREDENTIAL "tsfunnel.auth-key"

#define FIRSTLOGIN_KEY_MAX 1024

enum firstlogin_from { FIRSTLOGIN_NOTHING, FIRSTLOGIN_FILE, FIRSTLOGIN_GIVEN };

struct firstlogin {
	int dir; /* open and locked, -1 without */
	enum firstlogin_from from;
	bool refused; /* one was, and there is no other */
	char key[FIRSTLOGIN_KEY_MAX];
	char digest[FILE_DIGEST_LEN]; /* of a credential */
	char server[512];             /* "" without */
	char hostname[128];
};

/*
 * firstlogin_find() - is there a key for a node in this state?
 * @folder: FIRSTLOGIN_DIR
 *
 * Not while another process is at it (f->dir is locked). ERR_DATA and ERR_PERMISSION for a file
 * that cannot be one, or that others could have written or read. f->from says what there is; the
 * caller ends it with firstlogin_done().
 */
int firstlogin_find(struct firstlogin *f, const char *folder, const struct node *n, struct err *e);

/* What became of it. The node is logged in: */
int firstlogin_accepted(const struct firstlogin *f, struct err *e);
/* Control does not take it: */
int firstlogin_refused(const struct firstlogin *f, struct err *e);

/* Forgets the key in memory, and unlocks. */
void firstlogin_done(struct firstlogin *f);

/* Removes the folder with all that is ours in it; not there is success. */
int firstlogin_remove(struct err *e);

/*
 * firstlogin_run() - log in if that is what is missing, and there is a key
 * @n: what tailscaled just said
 *
 * Blocks until control has answered; announces what it waits for, and leaves in @a what a person
 * must know of it. On a machine that is logged in it removes a key that a kill left. Return: was
 * something done, so that another look is due?
 */
bool firstlogin_run(struct announcer *a, const struct node *n);

#endif
