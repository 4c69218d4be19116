/* SPDX-License-Identifier: MIT */
/* proxy_is_excepted() - see proxy.h */
#include "base/text.h"
#include "net/proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Enough for a name, a port and a mask. */
#define ENTRY_MAX (URL_HOST_MAX + 16)

/* An address as bytes: their number, 0 when @text is none. */
static size_t address(const char *text, unsigned char out[static 16])
{
	if (inet_pton(AF_INET, text, out) == 1)
		return 4;
	return inet_pton(AF_INET6, text, out) == 1 ? 16 : 0;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

/* @entry is an address, or a network when it has a mask. */
static bool is_in_network(const struct url *u, const char *entry, const char *mask)
{
	unsigned char host[16], net[16];
	size_t len = address(entry, net);
	unsigned bits = (unsigned)len * 8;

	if (len == 0 || address(u->host, host) != len)
		return false;
	if (mask == NULL)
		return same_bits(host, net, bits);
	if (!text_is_number(mask, 3) || strtoul(mask, NULL, 10) > bits)
		return false;
	return same_bits(host, net, (unsigned)strtoul(mask, NULL, 10));
}

/* The host itself, or one below it. */
static bool is_domain(const struct url *u, const char *entry)
{
	size_t len = strlen(entry), host_len = strlen(u->host);
	const char *tail;

	if (u->kind != URL_NAME || len == 0 || host_len < len)
		return false;
	tail = u->host + host_len - len;
	return strcasecmp(tail, entry) == 0 && (tail == u->host || tail[-1] == '.');
}

/* Cuts ":PORT" off; false when it is for another port. */
static bool cut_port(const struct url *u, char *entry)
{
	char *colon = strrchr(entry, ':');

	/* "::1" has no port, "[::1]:443" has. */
	if (colon == NULL || (strchr(entry, ':') != colon && (colon == entry || colon[-1] != ']')))
		return true;
	*colon = '\0';
	return text_is_number(colon + 1, 5) && strtoul(colon + 1, NULL, 10) == u->port;
}

static bool matches(const struct url *u, char *entry)
{
	char *mask;
	size_t len;

	if (strcmp(entry, "*") == 0)
		return true;
	if (!cut_port(u, entry))
		return false;
	len = strlen(entry);
	if (len > 2 && entry[0] == '[' && entry[len - 1] == ']') {
		entry[len - 1] = '\0';
		entry++;
	}
	mask = strchr(entry, '/');
	if (mask != NULL)
		*mask++ = '\0';
	while (*entry == '.')
		entry++;
	return is_in_network(u, entry, mask) || (mask == NULL && is_domain(u, entry));
}

bool proxy_is_excepted(const struct url *u, const char *no_proxy)
{
	static const char gaps[] = ", \t";

	while (*no_proxy != '\0') {
		size_t len = strcspn(no_proxy, gaps);
		char entry[ENTRY_MAX];

		if (len > 0 && len < sizeof(entry)) {
			memcpy(entry, no_proxy, len);
			entry[len] = '\0';
			if (matches(u, entry))
				return true;
		}
		no_proxy += len;
		no_proxy += strspn(no_proxy, gaps);
	}
	return false;
}
