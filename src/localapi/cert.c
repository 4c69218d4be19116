/* SPDX-License-Identifier: MIT */
/* cert - see cert.h */
#include "localapi/cert.h"

#include "localapi/localapi.h"
#include "net/http_head.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The request is short: only a listener that hangs lets it wait. */
#define SEND_MS 5000

int cert_ask(struct cert_question *c, const char *socket, const char *domain, struct deadline until,
	     struct err *e)
{
	char path[320];
	const struct localapi_request q = {"GET", path, NULL, NULL};

	cert_close(c);
	snprintf(path, sizeof(path), "/localapi/v0/cert/%.253s?type=cert", domain);
	c->until = until;
	c->fd = localapi_connect(socket, e);
	if (c->fd < 0)
		return -1;
	if (localapi_send(c->fd, &q, deadline_in(SEND_MS), e) == 0)
		return 0;
	cert_close(c);
	return -1;
}

void cert_close(struct cert_question *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->len = 0;
}

/* The first line behind the head. */
static int refusal(struct cert_question *c, size_t head, struct err *e)
{
	char *words = c->answer + head;

	c->answer[c->len] = '\0';
	words[strcspn(words, "\r\n")] = '\0';
	return err_set(e, ERR_FAILED, "cannot get a certificate: %s",
		       words[0] != '\0' ? words : "tailscaled does not say why");
}

/* What has come, as far as it goes: *@done when it says enough. */
static int judge(struct cert_question *c, bool ended, bool *done, struct err *e)
{
	size_t head = c->len == 0 ? 0 : http_head_end(c->answer, c->len);
	struct http_head h;

	*done = true;
	if (head == 0 && !ended && c->len + 1 < sizeof(c->answer)) {
		*done = false;
		return 0;
	}
	if (head == 0)
		return err_set(e, ERR_UNAVAILABLE, "cannot get a certificate: tailscaled hung up");
	if (http_head_parse(c->answer, head, &h, e) != 0)
		return -1;
	if (h.status == 200)
		return 0;
	if (!ended && c->len + 1 < sizeof(c->answer)) {
		*done = false;
		return 0;
	}
	return refusal(c, head, e);
}

int cert_hear(struct cert_question *c, bool *done, struct err *e)
{
	bool ended = false;
	int rc = 0;

	*done = false;
	while (!*done && rc == 0) {
		size_t got = 0;

		if (localapi_read(c->fd, c->answer + c->len, sizeof(c->answer) - 1 - c->len,
				  deadline_in(0), &got, e) != 0) {
			*done = e->code != ERR_TIMEOUT || deadline_passed(c->until);
			if (!*done)
				return 0;
			cert_close(c);
			return -1;
		}
		ended = got == 0;
		c->len += got;
		rc = judge(c, ended, done, e);
	}
	cert_close(c);
	return rc;
}
