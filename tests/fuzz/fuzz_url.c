/* SPDX-License-Identifier: MIT */
/*
 * URLs, Locations, proxies and no_proxy; what is taken must mean the same when it is written again.
 *
 * Sources: base/base64.c base/buf.c base/build_info.c base/err.c base/text.c net/chunked.c
 * Sources: net/http.c net/http_head.c net/proxy.c net/proxy_except.c net/url.c
 */
#include "fuzz.h"
#include "net/proxy.h"
#include "net/url.h"

#include <string.h>

/* One word without anything that a line or a log could stumble over. */
static void check(const struct url *u)
{
	char whole[URL_MAX + URL_HOST_MAX + 32], shown[URL_SHOWN_MAX];
	struct buf out = BUF_OF(whole);
	struct url again;
	struct err e;

	url_text(u, &out);
	FUZZ_WANT(!buf_full(&out));
	for (size_t i = 0; i < out.len; i++)
		FUZZ_WANT(whole[i] > 0x20 && whole[i] < 0x7f);
	FUZZ_WANT(u->port != 0 && u->host[0] != '\0' && u->target[0] == '/');
	FUZZ_WANT(strlen(url_show(u, shown)) < sizeof(shown));
	/* "http://h?q" becomes longer by a slash. */
	if (out.len < URL_MAX) {
		FUZZ_WANT(url_parse(whole, &again, &e) == 0);
		FUZZ_WANT(url_equal(u, &again) && u->kind == again.kind);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct proxy p;
	struct url base, u;
	struct err e;
	char *text = malloc(size + 1);

	FUZZ_WANT(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	FUZZ_WANT(url_parse("https://base.example:8443/path?query", &base, &e) == 0);
	if (url_parse(text, &u, &e) == 0)
		check(&u);
	else
		FUZZ_WANT(e.code == ERR_DATA && e.msg[0] != '\0');
	if (url_resolve(&base, text, &u, &e) == 0)
		check(&u);
	if (proxy_parse(text, "https_proxy", &p, &e) == 0) {
		check(&p.url);
		FUZZ_WANT(strpbrk(p.authorization, "\r\n") == NULL);
	}
	(void)proxy_is_excepted(&base, text);
	FUZZ_WANT(url_parse("http://[2001:db8::1]/", &base, &e) == 0);
	(void)proxy_is_excepted(&base, text);
	free(text);
	return 0;
}
