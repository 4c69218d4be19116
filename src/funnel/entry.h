/* SPDX-License-Identifier: MIT */
/*
 * entry - a funnel as tailscaled's serve configuration has it (ipn.ServeConfig, ipn/serve.go:53)
 *
 *     {"TCP":{"443":{"HTTPS":true}},
 *      "Web":{"HOST:443":{"Handlers":{"/":{"Proxy":"http://127.0.0.1:8888"}}}},
 *      "AllowFunnel":{"HOST:443":true}}
 *
 * The same that `tailscale funnel` puts under Foreground (cmd/tailscale/cli/serve_v2.go:993).
 * Pure.
 */
#ifndef FUNNEL_ENTRY_H
#define FUNNEL_ENTRY_H

#include "funnel/funnel.h"

#include <cJSON.h>

/*
 * entry_make() - for a node called @dns_name (without final dot)
 *
 * Return: the object, to be released with cJSON_Delete(); NULL when memory is out.
 */
cJSON *entry_make(const struct funnel *f, const char *dns_name);

#endif
