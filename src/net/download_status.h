/* SPDX-License-Identifier: MIT */
/* download_status - what an answer that is no success means to a person (part of download) */
#ifndef NET_DOWNLOAD_STATUS_H
#define NET_DOWNLOAD_STATUS_H

#include "net/http_head.h"

#include <stdbool.h>
#include <stddef.h>

/* May the same request succeed a little later? */
bool download_status_passes(int status);

/* "HTTP 404: ..." with a cure; always returns -1. The caller puts the URL before it. */
int download_status_refuse(int status, struct err *e);

/* Is it a web page (by its Content-Type, or by its first bytes)? */
bool download_status_is_page(const struct http_head *h);
bool download_status_looks_like_page(const char *data, size_t len);

/* A web page where something else was due; always returns -1. */
int download_status_refuse_page(struct err *e);

#endif
