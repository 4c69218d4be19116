/* SPDX-License-Identifier: MIT */
/*
 * index - a track's list of newest packages, /TRACK/?mode=json&os=linux
 *
 * The index is not signed: what it says is a wish. It decides only which names are asked for,
 * and these have one exact form; the signatures decide what is used.
 */
#ifndef RELEASE_INDEX_H
#define RELEASE_INDEX_H

#include "base/err.h"
#include "release/name.h"

#include <stddef.h>

/* Bytes of an index at most; the real one has about 4 KiB. */
#define INDEX_MAX ((size_t)256 * 1024)

struct index_offer {
	struct name name;      /* the tarball to fetch */
	struct version newest; /* of the track; newer than name's while a build is missing */
};

/*
 * index_read() - what a track offers for an architecture
 * @text, @len: the body as it came
 * @arch:       one of arch_names
 *
 * Members read are TarballsVersion and Tarballs[arch] (TrackPackages in Tailscale's clientupdate).
 * The second decides, because builds for some architectures come later than others; its value
 * must be exactly tailscale_VERSION_ARCH.tgz. An index without Tarballs, as a small mirror may
 * keep it, offers TarballsVersion for every architecture, as clientupdate reads it.
 *
 * Errors: ERR_DATA for what is no such index (a web page: with a cure that says captive portal),
 * ERR_UNAVAILABLE when the track has nothing for @arch.
 */
int index_read(const char *text, size_t len, const char *arch, struct index_offer *offer,
	       struct err *e);

#endif
