/* SPDX-License-Identifier: MIT */
/*
 * download - see download.h
 *
 * A run is a series of tries, a try a series of hops (redirects), the last of which has the
 * body. Each try begins at the URL that was asked for: where it redirects to may be a ticket
 * that is good once.
 */
#include "net/download.h"

#include "base/text.h"
#include "net/download_status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* One TLS record, or half of it, as it comes. */
#define PIECE 16384

/* For words that nobody reads: a new connection is the other way. */
#define SKIP_MS 1000

struct run {
	const struct download *d;
	struct network *network;
	struct download_sink *sink;
	struct deadline until;
	int64_t done;  /* bytes in the sink */
	int64_t best;  /* the most it ever had */
	int64_t total; /* of the body, -1 unknown */
	int64_t retry_after_ms;
	bool again;                         /* the error may pass */
	bool typed;                         /* the first bytes have been looked at */
	char validator[HTTP_VALIDATOR_MAX]; /* of what is in the sink */
	uint64_t seen[DOWNLOAD_REDIRECTS + 1];
	int hops;
	struct url at; /* the hop under way */
	struct http http;
	char piece[PIECE];
};

static int64_t or_default(int64_t n, int64_t otherwise)
{
	return n > 0 ? n : otherwise;
}

static struct deadline stall(const struct run *r)
{
	return deadline_sooner(r->until,
			       deadline_in(or_default(r->d->stall_ms, DOWNLOAD_STALL_MS)));
}

/* See stream.h for what passes. */
static int failed(struct run *r, struct err *e)
{
	r->again = (e->code == ERR_UNAVAILABLE || e->code == ERR_TIMEOUT) && e->sys != ENOENT &&
		   e->sys != EPROTO;
	return -1;
}

static int for_good(struct run *r)
{
	r->again = false;
	return -1;
}

/* FNV-1a; two URLs of one hash would be a false alarm, no more. */
static uint64_t hash_of(const struct url *u)
{
	char text[URL_MAX + URL_HOST_MAX + 32];
	struct buf out = BUF_OF(text);
	uint64_t h = 0xcbf29ce484222325;

	url_text(u, &out);
	for (size_t i = 0; i < out.len; i++)
		h = (h ^ (unsigned char)text[i]) * 0x100000001b3;
	return h;
}

static int remember(struct run *r, struct err *e)
{
	uint64_t hash = hash_of(&r->at);

	for (int i = 0; i < r->hops; i++)
		if (r->seen[i] == hash)
			return err_set(e, ERR_DATA, "the servers redirect in a circle");
	if (r->hops > DOWNLOAD_REDIRECTS)
		return err_set(e, ERR_DATA, "more than %d redirects", DOWNLOAD_REDIRECTS);
	r->seen[r->hops++] = hash;
	return 0;
}

static bool is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static int follow(struct run *r, struct err *e)
{
	char location[URL_MAX];
	struct url next;

	http_head_copy(&r->http.head, "Location", location, sizeof(location));
	if (location[0] == '\0')
		return err_set(e, ERR_DATA, "a redirect to nowhere (HTTP %d)", r->http.head.status);
	if (url_resolve(&r->at, location, &next, e) != 0)
		return err_wrap(e, "a redirect that cannot be followed");
	if (r->d->url->scheme == URL_HTTPS && next.scheme == URL_HTTP)
		return err_set(e, ERR_DATA, "a redirect from https to http");
	r->at = next;
	return remember(r, e);
}

/* A strong ETag or a date, which If-Range may carry; "" without. */
static void find_validator(const struct http_head *h, char mem[static HTTP_VALIDATOR_MAX])
{
	http_head_copy(h, "ETag", mem, HTTP_VALIDATOR_MAX);
	if (mem[0] == '"')
		return;
	http_head_copy(h, "Last-Modified", mem, HTTP_VALIDATOR_MAX);
}

static int restart(struct run *r, struct err *e)
{
	if (r->done > 0 && r->sink->restart(r->sink, e) != 0)
		return for_good(r);
	r->done = 0;
	r->typed = false;
	r->validator[0] = '\0';
	return 0;
}

/* The total of "bytes FROM-TO/TOTAL", which must go on where the sink stands up to the end; else
 * -1. */
static int64_t total_of_range(const struct run *r)
{
	char text[80], whole[80];
	const char *slash;
	long long total;

	http_head_copy(&r->http.head, "Content-Range", text, sizeof(text));
	slash = strchr(text, '/');
	if (slash == NULL)
		return -1;
	total = strtoll(slash + 1, NULL, 10);
	snprintf(whole, sizeof(whole), "bytes %lld-%lld/%lld", (long long)r->done, total - 1,
		 total);
	return total > r->done && strcasecmp(text, whole) == 0 ? total : -1;
}

static int check_range(struct run *r, struct err *e)
{
	int64_t total = total_of_range(r), length = http_length(&r->http);

	if (total < 0 || (r->total >= 0 && r->total != total) ||
	    (length >= 0 && length != total - r->done)) {
		err_set(e, ERR_DATA, "another part of it than was asked for (HTTP 206)");
		return for_good(r);
	}
	r->total = total;
	return 0;
}

static int check_size(struct run *r, int64_t size, struct err *e)
{
	if (r->d->max <= 0 || size <= r->d->max)
		return 0;
	err_set(e, ERR_DATA, "it is larger than %lld bytes", (long long)r->d->max);
	return for_good(r);
}

static void keep_retry_after(struct run *r)
{
	char text[8];

	http_head_copy(&r->http.head, "Retry-After", text, sizeof(text));
	r->retry_after_ms = text_is_number(text, 6) ? strtol(text, NULL, 10) * 1000 : 0;
}

/* What the head of the last hop means for the sink. */
static int begin(struct run *r, struct err *e)
{
	const struct http_head *h = &r->http.head;

	if (h->status == 206 && r->done > 0)
		return check_range(r, e);
	if (h->status == 416 && r->done > 0) {
		/* The file has changed its size, or the server cannot count: once more from the
		 * start. */
		if (restart(r, e) != 0)
			return -1;
		err_set(e, ERR_UNAVAILABLE, "the server does not go on where it stopped");
		return failed(r, e);
	}
	if (h->status != 200) {
		download_status_refuse(h->status, e);
		keep_retry_after(r);
		r->again = download_status_passes(h->status);
		return -1;
	}
	if (download_status_is_page(h)) {
		download_status_refuse_page(e);
		return for_good(r);
	}
	if (restart(r, e) != 0)
		return -1;
	find_validator(h, r->validator);
	r->total = http_length(&r->http);
	return check_size(r, r->total, e);
}

static int take(struct run *r, size_t len, struct err *e)
{
	if (check_size(r, r->done + (int64_t)len, e) != 0)
		return -1;
	if (!r->typed && r->done == 0 && download_status_looks_like_page(r->piece, len)) {
		download_status_refuse_page(e);
		return for_good(r);
	}
	r->typed = true;
	if (r->sink->write(r->sink, r->piece, len, e) != 0)
		return for_good(r);
	r->done += (int64_t)len;
	if (r->d->progress != NULL)
		r->d->progress(r->d->progress_ctx, r->done, r->total);
	return 0;
}

static int read_body(struct run *r, struct err *e)
{
	size_t got;

	do {
		if (http_read(&r->http, r->piece, sizeof(r->piece), stall(r), &got, e) != 0)
			return failed(r, e);
		if (got > 0 && take(r, got, e) != 0)
			return -1;
	} while (got > 0);
	if (r->total >= 0 && r->done != r->total) {
		err_set(e, r->done < r->total ? ERR_UNAVAILABLE : ERR_DATA,
			"%lld bytes came instead of %lld", (long long)r->done, (long long)r->total);
		return failed(r, e);
	}
	return 0;
}

static int send_request(struct run *r, const struct connection *c, struct err *e)
{
	struct http_request q = {
		.url = &r->at, .form = c->form, .proxy_authorization = c->proxy_authorization};

	/* Without a validator there is no telling whether the rest belongs to the beginning. */
	if (r->validator[0] != '\0') {
		q.from = r->done;
		q.if_range = r->validator;
	}
	return http_get(&r->http, c->stream, &q, stall(r), e);
}

/* A connection, the request, the head of its answer. */
static int ask(struct run *r, struct connection *c, struct err *e)
{
	for (;;) {
		if (network_open(r->network, &r->at, stall(r), c, e) != 0)
			return failed(r, e);
		if (send_request(r, c, e) == 0)
			return 0;
		network_release(r->network, c, false);
		/* The server may have hung up on an idle connection (RFC 9112, 9.3.1), or have had
		 * more to say of the answer before: on a new one, which comes next, it counts. */
		if (!c->reused)
			return failed(r, e);
	}
}

/* The few words for people that come with a redirect, so that the connection can be kept. */
static void skip_words(struct run *r)
{
	struct deadline until = deadline_sooner(r->until, deadline_in(SKIP_MS));
	struct err ignored;
	size_t got = 1;

	if (http_length(&r->http) < 0 || http_length(&r->http) > PIECE)
		return;
	while (got > 0 && http_read(&r->http, r->piece, PIECE, until, &got, &ignored) == 0)
		;
}

/* What the answer says; *more says that it leads elsewhere. */
static int take_answer(struct run *r, bool *more, struct err *e)
{
	*more = is_redirect(r->http.head.status);
	if (!*more)
		return begin(r, e) != 0 ? -1 : read_body(r, e);
	if (follow(r, e) != 0)
		return for_good(r);
	skip_words(r);
	return 0;
}

/* From the URL that was asked for to the end of the body. */
static int try_once(struct run *r, struct err *e)
{
	bool more;

	r->at = *r->d->url;
	r->hops = 0;
	r->retry_after_ms = 0;
	remember(r, e);
	do {
		struct connection c = {0};
		int rc;

		if (ask(r, &c, e) != 0)
			return -1;
		rc = take_answer(r, &more, e);
		network_release(r->network, &c, rc == 0 && http_may_follow(&r->http));
		if (rc != 0)
			return -1;
	} while (more);
	return 0;
}

static int64_t pause_after(const struct run *r, int failures)
{
	int64_t ms = or_default(r->d->pause_ms, DOWNLOAD_PAUSE_MS);

	while (--failures > 0 && ms < DOWNLOAD_PAUSE_MAX_MS)
		ms *= 2;
	if (ms < r->retry_after_ms)
		ms = r->retry_after_ms;
	return ms > DOWNLOAD_PAUSE_MAX_MS ? DOWNLOAD_PAUSE_MAX_MS : ms;
}

static void sleep_ms(int64_t ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&ts, &ts) != 0 && errno == EINTR)
		;
}

/* Waits for the next try; -1 when there is none. */
static int wait_for_turn(struct run *r, int *failures)
{
	int64_t ms;

	if (!r->again || deadline_passed(r->until))
		return -1;
	*failures = r->done > r->best ? 0 : *failures + 1;
	if (r->done > r->best)
		r->best = r->done;
	if (*failures >= or_default(r->d->tries, DOWNLOAD_TRIES))
		return -1;
	ms = *failures == 0 ? 0 : pause_after(r, *failures);
	if (r->until.at_ms != DEADLINE_NEVER && deadline_now_ms() + ms >= r->until.at_ms)
		return -1;
	sleep_ms(ms);
	return 0;
}

/* What has no cure of its own, by whether it may pass. */
static int give_up(const struct run *r, struct err *e)
{
	char shown[URL_SHOWN_MAX];

	err_wrap(e, "cannot fetch %s from %s", r->d->what, url_show(&r->at, shown));
	if (e->cure[0] != '\0')
		return -1;
	if (e->code == ERR_TIMEOUT || e->code == ERR_UNAVAILABLE)
		return err_cure(e, "run it again later, or fetch it on another machine: `tsfunnel "
				   "fetch --to DIR`, then --package");
	if (e->code == ERR_DATA)
		return err_cure(e, "check --base-url if that was given, and proxies on the way");
	return -1;
}

int download_run(const struct download *d, struct network *n, struct download_sink *sink,
		 struct deadline until, struct download_result *r, struct err *e)
{
	struct run run = {.d = d, .network = n, .sink = sink, .until = until, .total = -1};
	int failures = 0;

	for (int tries = 1; tries <= DOWNLOAD_TRIES_ALL; tries++) {
		run.again = false;
		if (try_once(&run, e) == 0) {
			if (r != NULL)
				*r = (struct download_result){run.done, run.at, tries};
			return 0;
		}
		if (wait_for_turn(&run, &failures) != 0)
			break;
	}
	return give_up(&run, e);
}
