/* SPDX-License-Identifier: MIT */
/* download_status - see download_status.h */
#include "net/download_status.h"

#include <string.h>
#include <strings.h>

static const struct {
	int status;
	enum err_code code;
	const char *reason, *cure;
} words[] = {
	{401, ERR_UNAVAILABLE, "the server wants a password",
	 "this server is not for everybody; is it the right one?"},
	{403, ERR_UNAVAILABLE, "the server forbids it",
	 "a firewall or a proxy on the way may forbid it too: ask its owner, or bring the package "
	 "yourself with --package"},
	{404, ERR_UNAVAILABLE, "the server does not have it",
	 "check version, track and architecture, and --base-url if that was given"},
	{407, ERR_UNAVAILABLE, "the proxy wants a user name and a password",
	 "write them into the proxy's URL: https_proxy=http://USER:PASSWORD@HOST:PORT"},
	{410, ERR_UNAVAILABLE, "the server does not have it any more", "choose a newer version"},
	{429, ERR_UNAVAILABLE, "the server has been asked too often from this address",
	 "wait some minutes, then run it again"},
	{451, ERR_UNAVAILABLE, "the server may not give it to this country, for legal reasons",
	 "bring the package from elsewhere, with --package"},
	{511, ERR_UNAVAILABLE, "the network wants a login first (captive portal)",
	 "log in to the network with a browser, or use another network"},
};

bool download_status_passes(int status)
{
	return status == 408 || status == 425 || status == 429 ||
	       (status >= 500 && status != 501 && status != 505 && status != 511);
}

int download_status_refuse(int status, struct err *e)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i].status != status)
			continue;
		err_set(e, words[i].code, "%s (HTTP %d)", words[i].reason, status);
		return err_cure(e, "%s", words[i].cure);
	}
	if (status >= 500) {
		err_set(e, ERR_UNAVAILABLE, "the server is in trouble (HTTP %d)", status);
		return err_cure(e, "that may pass: run it again later");
	}
	err_set(e, status >= 400 ? ERR_UNAVAILABLE : ERR_DATA, "an answer of no use (HTTP %d)",
		status);
	return err_cure(e, "check --base-url if that was given, and proxies on the way");
}

bool download_status_is_page(const struct http_head *h)
{
	char type[16];
	const struct http_header *x = http_head_find(h, "Content-Type");

	if (x == NULL || x->value_len < 9)
		return false;
	memcpy(type, x->value, 9);
	type[9] = '\0';
	return strcasecmp(type, "text/html") == 0;
}

bool download_status_looks_like_page(const char *data, size_t len)
{
	while (len > 0 && (*data == ' ' || *data == '\t' || *data == '\r' || *data == '\n')) {
		data++;
		len--;
	}
	return (len >= 9 && strncasecmp(data, "<!doctype", 9) == 0) ||
	       (len >= 5 && strncasecmp(data, "<html", 5) == 0);
}

int download_status_refuse_page(struct err *e)
{
	err_set(e, ERR_DATA, "a web page came instead, as networks with a login page send it");
	return err_cure(e, "log in to the network with a browser, or check the proxy and "
			   "--base-url");
}
