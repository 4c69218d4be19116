/* SPDX-License-Identifier: MIT */
/* guard - see guard.h */
#include "launch/guard.h"

#include "base/deadline.h"
#include "base/log.h"
#include "launch/certificate.h"
#include "localapi/bus.h"
#include "localapi/localapi.h"
#include "localapi/serveconfig.h"
#include "os/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* tailscaled answers in milliseconds; one that hangs is asked again when it says something. */
#define ASK_MS 5000

/*
 * tailscaled tells nobody when its serve configuration changes, so the CLI's entry is looked for
 * until it stands: 40 ms after exec on a quiet machine. From then on there is no timer.
 */
#define LOOK_FIRST_MS 5
#define LOOK_LAST_MS 1000

/* A CLI that takes longer than this to publish does not hold up the boot. */
#define READY_MS 10000

/* The bus ended: tailscaled did, and the CLI sees it too, or only we were too slow. */
#define REOPEN_FIRST_MS 20
#define REOPEN_LAST_MS 2000

/* A bus that ends sooner than this is opened again after a longer pause than the last one. */
#define LIVED_MS 1000

/* A CLI that was told to end has ended within milliseconds. */
#define END_MS 5000

/* Deeper than any call of the launcher. */
#define STACK_DROP ((size_t)128 * 1024)

struct guard {
	const struct funnel *f;
	struct announcer *a;
	pid_t cli;
	int tie;    /* hangs up when the CLI ends */
	bool stood; /* the entry was seen */
	struct bus bus;
	struct certificate cert;
	struct deadline ready;
	int look_ms;           /* to the next look without an event, -1: none */
	int reopen_ms;         /* to the next try to open the bus, 0: it is open */
	int lost_ms;           /* the last pause before such a try */
	struct deadline lived; /* before it, a bus that ends has ended too soon */
};

static volatile sig_atomic_t asked_to_end;

static void on_term(int sig)
{
	(void)sig;
	asked_to_end = 1;
}

static void say(struct guard *g, enum state s, const char *url)
{
	announce(g->a, s, state_row(s)->text, url);
}

/* Waits for the CLI to be gone; false when it is not by then. */
static bool is_gone(const struct guard *g, int ms)
{
	struct pollfd p = {.fd = g->tie, .events = 0};

	return poll(&p, 1, ms) > 0;
}

static void end_cli(struct guard *g)
{
	/* Its pid may be somebody else's by then. */
	if (is_gone(g, 0))
		return;
	kill(g->cli, SIGTERM);
	if (!is_gone(g, END_MS))
		kill(g->cli, SIGKILL);
}

/* Does the entry serve what the CLI was given? Another session may have been quicker. */
static bool is_of_cli(const struct guard *g, const struct serve_entry *x)
{
	const struct target *t = &g->f->target;
	char mem[TARGET_EXPANDED_MAX];
	struct buf want = BUF_OF(mem);

	if (t->kind == TARGET_TEXT)
		buf_add(&want, "text:");
	target_expand(t, g->f->front, &want);
	return strncmp(mem, x->target, sizeof(x->target) - 1) == 0;
}

/* What is the case while the backend runs: it depends on the entry. */
static enum state of_entry(struct guard *g, const struct node *n, const struct serve_entry *x)
{
	if (x->port == 0 || x->session[0] == '\0' || !is_of_cli(g, x))
		return g->stood ? STATE_ENTRY_GONE : STATE_READY;
	if (x->host[0] != '\0' && strcmp(x->host, n->dns_name) != 0)
		return STATE_RENAMED;
	announce_published(g->a, n->dns_name, x->session);
	certificate_want(&g->cert, n->dns_name);
	certificate_follow(&g->cert, &g->bus);
	g->stood = true;
	g->look_ms = -1;
	return STATE_PUBLISHED;
}

/* Looks at everything and acts on it; false when the CLI was ended. */
static bool assess(struct guard *g)
{
	struct serve_entry x;
	struct err e;
	struct node n;
	enum state s;

	if (asked_to_end != 0)
		return true;
	if (node_get(g->f->socket, deadline_in(ASK_MS), &n, &e) != 0 ||
	    serveconfig_get_port(g->f->socket, deadline_in(ASK_MS), g->f->port, &x, &e) != 0) {
		/* When the CLI has ended there is ERR_IO: the watch sees it next. */
		if (e.code == ERR_UNAVAILABLE || e.code == ERR_TIMEOUT)
			say(g, STATE_NO_DAEMON, "");
		return true;
	}
	s = state_of(&n, g->f);
	if (s == STATE_READY)
		s = of_entry(g, &n, &x);
	if (s == STATE_PUBLISHED || s == STATE_READY)
		return true;
	say(g, s, n.auth_url);
	if (state_row(s)->guard != GUARD_END)
		return true;
	log_info("ending the tailscale CLI, which serves nothing: %s", state_row(s)->text);
	end_cli(g);
	return false;
}

static int next_reopen(struct guard *g)
{
	g->lost_ms = deadline_pause(g->lost_ms, REOPEN_FIRST_MS, REOPEN_LAST_MS);
	return g->lost_ms;
}

static void open_bus(struct guard *g)
{
	struct err ignored;

	g->lived = deadline_in(LIVED_MS);
	g->reopen_ms = bus_open(&g->bus, g->f->socket, &ignored) == 0 ? 0 : next_reopen(g);
}

/* Takes what has come; false when the CLI was ended. */
static bool hear(struct guard *g)
{
	struct notify news;
	struct err e;

	do {
		if (bus_next(&g->bus, deadline_in(0), &news, &e) != 0) {
			if (e.code == ERR_TIMEOUT)
				return true;
			bus_close(&g->bus);
			if (deadline_passed(g->lived))
				g->lost_ms = 0;
			g->reopen_ms = next_reopen(g);
			return true;
		}
		certificate_follow(&g->cert, &g->bus);
		if (notify_matters(&news) && !assess(g))
			return false;
	} while (bus_has_line(&g->bus));
	return true;
}

static int timeout_of(const struct guard *g)
{
	int ms = g->bus.fd < 0 ? g->reopen_ms : g->look_ms, cert = certificate_wait_ms(&g->cert);

	return ms < 0 || (cert >= 0 && cert < ms) ? cert : ms;
}

/* Nothing was heard: it is time for what was put off. */
static bool on_time(struct guard *g)
{
	certificate_tick(&g->cert);
	if (g->bus.fd < 0)
		open_bus(g);
	if (deadline_passed(g->ready))
		announce_ready(g->a);
	if (g->stood)
		return true;
	g->look_ms = deadline_pause(g->look_ms, LOOK_FIRST_MS, LOOK_LAST_MS);
	return assess(g);
}

/* Until the CLI has ended, or was. */
static void watch(struct guard *g)
{
	sigset_t none;

	sigemptyset(&none);
	open_bus(g);
	for (;;) {
		struct pollfd p[3] = {{.fd = g->tie},
				      {.fd = g->bus.fd, .events = POLLIN},
				      {.fd = g->cert.q.fd, .events = POLLIN}};
		int ms = timeout_of(g), n;
		struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};

		/* Each time: what was heard since, the answer about the certificate last, brought
		 * most of the code back. */
		if (g->stood)
			memory_drop_code();
		n = ppoll(p, 3, ms < 0 ? NULL : &ts, &none);
		if (asked_to_end != 0) {
			end_cli(g);
			return;
		}
		if (n > 0 && p[0].revents != 0)
			return;
		if (n > 0 && p[1].revents != 0 ? !hear(g) : n <= 0 && !on_time(g))
			return;
		if (n > 0 && p[2].revents != 0)
			certificate_hear(&g->cert);
	}
}

/* The CLI is gone. One that never served is counted, so that the launcher can pause. */
static void conclude(struct guard *g)
{
	if (!g->stood && asked_to_end == 0)
		g->a->status.failures++;
	say(g, STATE_ENDED, "");
}

static void set_signals(void)
{
	struct sigaction term = {.sa_handler = on_term};
	sigset_t set;

	/* Delivered only while it waits. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGTERM, &term, NULL);
	sigaction(SIGINT, &term, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/*
 * What the launcher's deeper calls left on the stack would be the guard's alone, and for as long as
 * it lives, once the launcher has become the CLI. Below the own frame nothing is in use; a frame
 * that it was inlined into would be.
 */
__attribute__((noinline)) static void drop_stack(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	char *end = (char *)__builtin_frame_address(0) - page;

	end -= (uintptr_t)end % page;
	/* Not all of it need be there: what is, goes. */
	madvise(end - STACK_DROP, STACK_DROP, MADV_DONTNEED);
}

static void run(const struct funnel *f, struct announcer *a, pid_t cli, int tie)
{
	struct guard g = {
		.f = f,
		.a = a,
		.cli = cli,
		.tie = tie,
		.bus = BUS_CLOSED,
		.ready = deadline_in(READY_MS),
		.look_ms = LOOK_FIRST_MS,
	};

	certificate_init(&g.cert, a);
	drop_stack();
	prctl(PR_SET_NAME, "tsfunnel-guard");
	set_signals();
	localapi_tie(tie);
	watch(&g);
	conclude(&g);
	_exit(0);
}

/* SIGTERM to us, whatever program we are by then, when the other end closes. */
static int arm(int fd)
{
	return fcntl(fd, F_SETOWN, getpid()) == 0 && fcntl(fd, F_SETSIG, SIGTERM) == 0 &&
			       fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) == 0
		       ? 0
		       : -1;
}

static bool has_hung_up(int fd)
{
	struct pollfd p = {.fd = fd};

	return poll(&p, 1, 0) > 0;
}

int guard_start(const struct funnel *f, struct announcer *a, struct guard_tie *t, struct err *e)
{
	pid_t cli = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_sys(e, ERR_IO, "cannot start the guard");
	t->pid = fork();
	if (t->pid == 0) {
		close(pair[0]);
		run(f, a, cli, pair[1]);
	}
	close(pair[1]);
	t->fd = pair[0];
	/* One that died before it was armed would not be missed: only what comes later is told. */
	if (t->pid > 0 && arm(t->fd) == 0 && !has_hung_up(t->fd))
		return 0;
	err_sys(e, ERR_IO, "cannot start the guard");
	guard_stop(t);
	announce_write(a);
	return -1;
}

void guard_stop(struct guard_tie *t)
{
	close(t->fd);
	if (t->pid > 0)
		waitpid(t->pid, NULL, 0);
	t->fd = -1;
	t->pid = 0;
}
