/* SPDX-License-Identifier: MIT */
/*
 * portal - a web page where a file was due
 *
 * Networks that want a log-in first (hotels, guest Wi-Fi), and some proxies, answer every plain
 * request with a page and status 200.
 */
#ifndef RELEASE_PORTAL_H
#define RELEASE_PORTAL_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Is this the begin of HTML or XML: a '<' after white space and a byte order mark? */
bool portal_is_page(const char *text, size_t len);

/* ERR_DATA "cannot read WHAT: a web page came in its place", with the cure. Returns -1. */
int portal_error(const char *what, struct err *e);

#endif
