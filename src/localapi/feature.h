/* SPDX-License-Identifier: MIT */
/*
 * feature - asks control how a person enables Funnel (POST query-feature)
 *
 * tailscaled relays the question; any user may ask (tailscale-facts B5).
 */
#ifndef LOCALAPI_FEATURE_H
#define LOCALAPI_FEATURE_H

#include "base/deadline.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* tailcfg.QueryFeatureResponse. */
struct feature {
	bool complete;  /* control holds it for enabled */
	char text[256]; /* for a person, one line; "" without */
	char url[512];  /* the page to visit; "" without */
};

/* Pure: one answer. ERR_DATA when it is no JSON object. */
int feature_parse(const char *text, size_t len, struct feature *f, struct err *e);

/* Asks for "funnel", which covers HTTPS too. ERR_FAILED with control's words. */
int feature_query(const char *socket, struct deadline until, struct feature *f, struct err *e);

#endif
