/* SPDX-License-Identifier: MIT */
/* When the authority is asked for a certificate, and what is said of the answer. */
#include "launch/certificate.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define SERVICE "tailscale-funnel"
#define NAME "node.x.ts.net"
#define REFUSAL "HTTP/1.0 500 Internal Server Error\r\n\r\nacme: too many\n"
#define REFUSED "cannot get a certificate: acme: too many"
#define PAUSE_MS (30 * 60 * 1000)

static char dir[] = "/tmp/test_certificate.XXXXXX";
static struct funnel f = {.service = SERVICE, .port = 443};
static int listener;

static struct announcer a;
static struct certificate c;
static struct bus b;

static int make_dir(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	(void)state;
	if (mkdtemp(dir) == NULL || setenv("RUNTIME_DIRECTORY", dir, 1) != 0)
		return -1;
	snprintf(f.socket, sizeof(f.socket), "%s/sock", dir);
	strcpy(at.sun_path, f.socket);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	rundir_use_given(SERVICE);
	return bind(listener, (struct sockaddr *)&at, sizeof(at)) || listen(listener, 16);
}

static int remove_dir(void **state)
{
	char command[64];

	(void)state;
	close(listener);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static int forget_all(void **state)
{
	char path[64];

	(void)state;
	cert_close(&c.q);
	snprintf(path, sizeof(path), "%s/status.json", dir);
	unlink(path);
	f.front = FRONT_HTTPS;
	return 0;
}

/* Another process of the service, whose funnel stands. */
static void start(void)
{
	cert_close(&c.q);
	announcer_init(&a, &f);
	certificate_init(&c, &a);
	b = BUS_CLOSED;
	announce_published(&a, NAME, "s");
	certificate_want(&c, NAME);
	certificate_follow(&c, &b);
}

static void the_bus_says(const char *domains)
{
	strcpy(b.fetching, domains);
	certificate_follow(&c, &b);
}

/* The moment after which a question is put is over. */
static void a_moment_later(void)
{
	assert_true(certificate_wait_ms(&c) <= 1000);
	if (!deadline_passed(c.next))
		c.next = deadline_in(0);
	certificate_tick(&c);
}

/* The descriptor of a question that was put; there was one. */
static int question(void)
{
	struct pollfd p = {.fd = listener, .events = POLLIN};
	char text[256] = "";
	int fd;

	assert_int_equal(poll(&p, 1, 0), 1);
	fd = accept(listener, NULL, NULL);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "GET /localapi/v0/cert/" NAME "?type=cert "));
	return fd;
}

static void no_question(void)
{
	struct pollfd p = {.fd = listener, .events = POLLIN};

	certificate_tick(&c);
	assert_int_equal(poll(&p, 1, 0), 0);
}

static void answer(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	certificate_hear(&c);
	assert_int_equal(c.q.fd, -1);
}

static void says(const char *certificate, const char *published)
{
	struct run_status s;
	struct err e;

	assert_int_equal(rundir_read(SERVICE, &s, &e), 0);
	if (strncmp(s.certificate, certificate, strlen(certificate)) != 0)
		fail_msg("%s instead of %s", s.certificate, certificate);
	if (strncmp(s.text, published, strlen(published)) != 0)
		fail_msg("%s instead of %s", s.text, published);
	if (strcmp(published, "published") == 0)
		assert_string_equal(s.text, published);
}

static void pauses(void)
{
	assert_in_range(certificate_wait_ms(&c), PAUSE_MS - 60000, PAUSE_MS);
	no_question();
}

static void it_is_asked_for_once(void **state)
{
	(void)state;
	start();
	says("", "published");
	no_question();
	a_moment_later();
	says("pending", "published");
	answer(question(), "HTTP/1.0 200 OK\r\n\r\n");
	says("ok", "published");
	assert_int_equal(certificate_wait_ms(&c), -1);
	certificate_want(&c, NAME);
	no_question();
}

static void what_is_being_fetched_is_not_asked_for(void **state)
{
	(void)state;
	start();
	the_bus_says("other.ts.net, " NAME);
	says("pending", "published, its certificate is still being fetched");
	assert_int_equal(certificate_wait_ms(&c), -1);
	no_question();
	the_bus_says("other.ts.net");
	assert_int_equal(certificate_wait_ms(&c), 0);
	certificate_tick(&c);
	/* What tailscaled says while it fetches for us is no other fetch. */
	the_bus_says(NAME);
	answer(question(), REFUSAL);
	/* Nothing new was heard, then the end of it. */
	the_bus_says(NAME);
	the_bus_says("");
	says(REFUSED, "published, but visitors get no page: " REFUSED);
	pauses();
}

static void a_refusal_outlives_the_process(void **state)
{
	char before[sizeof(a.status.certificate)];

	(void)state;
	start();
	a_moment_later();
	answer(question(), REFUSAL);
	start();
	says("not known; asked again at ", "published, its certificate is not known; asked again");
	assert_non_null(strstr(a.status.certificate, " UTC; before: " REFUSED));
	pauses();
	/* However often: nothing is added to it. */
	strcpy(before, a.status.certificate);
	start();
	says(before, "published, its certificate is not known");
	pauses();
	/* Another process asks when it is time. */
	a.status.asked_ms -= PAUSE_MS;
	announce_write(&a);
	start();
	a_moment_later();
	answer(question(), "HTTP/1.0 200 OK\r\n\r\n");
	says("ok", "published");
	start();
	says("ok", "published");
	assert_int_equal(certificate_wait_ms(&c), -1);
}

static void a_question_without_answer_counts(void **state)
{
	(void)state;
	start();
	a_moment_later();
	close(question());
	start();
	says("not known; asked again at ", "published, its certificate is not known");
	assert_null(strstr(a.status.certificate, "before"));
	pauses();
}

static void another_name_has_a_certificate_of_its_own(void **state)
{
	(void)state;
	start();
	a_moment_later();
	answer(question(), REFUSAL);
	strcpy(a.status.asked_for, "old.x.ts.net");
	announce_write(&a);
	start();
	says("", "published");
	a_moment_later();
	close(question());
}

/* As after another boot, or written by somebody else. */
static void no_time_but_the_past_counts(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		start();
		a_moment_later();
		answer(question(), REFUSAL);
		a.status.asked_ms = i == 0 ? -5 : deadline_now_ms() + 60000;
		announce_write(&a);
		start();
		a_moment_later();
		answer(question(), REFUSAL);
		forget_all(NULL);
	}
}

static void a_fetch_by_somebody_else_makes_the_answer_old(void **state)
{
	(void)state;
	start();
	a_moment_later();
	answer(question(), REFUSAL);
	/* What comes at once is told of our own question. */
	the_bus_says(NAME);
	the_bus_says("");
	says(REFUSED, "published, but visitors");
	c.late = deadline_in(0);
	for (int i = 0; i < 2; i++) {
		the_bus_says("*");
		says("pending", "published, its certificate is still being fetched");
		no_question();
		the_bus_says("");
		says("not known; asked again", "published, its certificate is not known");
		assert_non_null(strstr(a.status.certificate, " UTC; before: " REFUSED));
		assert_null(strstr(a.status.certificate, "before: not known"));
		pauses();
	}
	/* One that was there, and is fetched anew. */
	a.status.asked_ms -= PAUSE_MS;
	the_bus_says(NAME);
	the_bus_says("");
	certificate_tick(&c);
	answer(question(), "HTTP/1.0 200 OK\r\n\r\n");
	c.late = deadline_in(0);
	the_bus_says(NAME);
	says("pending", "published, its certificate is still being fetched");
	the_bus_says("");
	says("not known; asked again", "published, its certificate is not known");
	assert_null(strstr(a.status.certificate, "before"));
}

static void what_ends_with_tailscaled_was_not_asked(void **state)
{
	(void)state;
	start();
	a_moment_later();
	close(question());
	certificate_forget(&c);
	assert_int_equal(certificate_wait_ms(&c), -1);
	certificate_want(&c, NAME);
	a_moment_later();
	/* Hung up before the bus did. */
	close(question());
	certificate_hear(&c);
	assert_int_equal(c.q.fd, -1);
	certificate_want(&c, NAME);
	a_moment_later();
	close(question());
}

static void raw_tcp_needs_none(void **state)
{
	(void)state;
	start();
	a_moment_later();
	answer(question(), REFUSAL);
	f.front = FRONT_TCP;
	start();
	the_bus_says("*");
	says("", "published");
	assert_int_equal(certificate_wait_ms(&c), -1);
	no_question();
}

#define TEST(name) cmocka_unit_test_teardown(name, forget_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_asked_for_once),
		TEST(what_is_being_fetched_is_not_asked_for),
		TEST(a_refusal_outlives_the_process),
		TEST(a_question_without_answer_counts),
		TEST(another_name_has_a_certificate_of_its_own),
		TEST(no_time_but_the_past_counts),
		TEST(a_fetch_by_somebody_else_makes_the_answer_old),
		TEST(what_ends_with_tailscaled_was_not_asked),
		TEST(raw_tcp_needs_none),
	};

	return cmocka_run_group_tests_name("certificate", tests, make_dir, remove_dir);
}
