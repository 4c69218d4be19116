/* SPDX-License-Identifier: MIT */
/* funnel - see funnel.h */
#include "funnel/funnel.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES_MAX 40

/* tailscaled's socket without --socket, by both of its names. */
static const char *const default_sockets[] = {
	"/var/run/tailscale/tailscaled.sock",
	"/run/tailscale/tailscaled.sock",
};

const unsigned funnel_ports[FUNNEL_PORT_COUNT] = {443, 8443, 10000};

static const char *const front_options[] = {
	[FRONT_HTTPS] = "https",
	[FRONT_TCP] = "tcp",
	[FRONT_TLS_TCP] = "tls-terminated-tcp",
};

static int refuse(struct err *e, const char *option, const char *value, const char *reason)
{
	return err_set(e, ERR_USAGE, "cannot use --%s=%.80s%s: %s", option, value,
		       strlen(value) > 80 ? "..." : "", reason);
}

/*
 * Decimal digits only: the CLI reads 0443 as octal and 0x1bb as hex, and its 0 means "the
 * default".
 */
static int parse_public_port(const char *option, const char *text, unsigned *port, struct err *e)
{
	unsigned long n;

	if (!text_is_number(text, 5) || text[0] == '0') {
		refuse(e, option, text, "it is no port");
		return err_cure(e, "Funnel has the public ports 443, 8443 and 10000");
	}
	n = strtoul(text, NULL, 10);
	for (size_t i = 0; i < FUNNEL_PORT_COUNT; i++) {
		if (funnel_ports[i] != n)
			continue;
		*port = funnel_ports[i];
		return 0;
	}
	refuse(e, option, text, "no visitor could reach that public port");
	return err_cure(e, "Funnel has the public ports 443, 8443 and 10000");
}

static int parse_front(const struct funnel_args *args, struct funnel *f, struct err *e)
{
	const char *const given[] = {
		[FRONT_HTTPS] = args->https,
		[FRONT_TCP] = args->tcp,
		[FRONT_TLS_TCP] = args->tls_terminated_tcp,
	};
	const char *text = NULL;

	f->front = FRONT_HTTPS;
	f->port = 443;
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		if (given[i] == NULL)
			continue;
		if (text != NULL) {
			err_set(e, ERR_USAGE, "cannot use --%s with --%s: a funnel has one of them",
				front_options[i], front_options[f->front]);
			return err_cure(e, "--name makes a second funnel");
		}
		text = given[i];
		f->front = (enum front)i;
	}
	return text == NULL ? 0 : parse_public_port(front_options[f->front], text, &f->port, e);
}

/* Is a mount point clean, as Go's path.Clean() leaves it, with or without a final slash? */
static bool is_clean_mount(const char *path)
{
	if (*path == '/')
		path++;
	while (*path != '\0') {
		size_t len = strcspn(path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += len;
		path += *path == '/' ? 1 : 0;
	}
	return true;
}

void funnel_mount(const struct funnel *f, size_t i, struct mount *m)
{
	const char *path = i == 0 ? f->set_path : f->more[i - 1];
	size_t len = i == 0 ? strlen(path) : strcspn(path, "=");
	bool slash = len > 0 && path[len - 1] == '/';
	struct err never;

	snprintf(m->path, sizeof(m->path), "%s%.*s%s", path[0] == '/' ? "" : "/", (int)len, path,
		 i > 0 && f->folder[i - 1] && !slash ? "/" : "");
	if (i == 0)
		target_copy(&m->target, &f->target);
	else
		target_parse(path + len + 1, f->front, &m->target, &never);
}

void funnel_set_folder(struct funnel *f, size_t i)
{
	size_t len = strlen(f->set_path);

	if (i > 0)
		f->folder[i - 1] = true;
	else if (len > 0 && len < sizeof(f->set_path) - 1 && f->set_path[len - 1] != '/')
		memcpy(f->set_path + len, "/", 2);
}

/* Do two mounts differ by a final slash at most? tailscaled keeps one of such (ipn/serve.go). */
static bool is_same_mount(const struct funnel *f, size_t i, size_t j)
{
	struct mount a, b;
	size_t len;

	funnel_mount(f, i, &a);
	funnel_mount(f, j, &b);
	len = strlen(a.path) - (a.path[strlen(a.path) - 1] == '/');
	return strlen(b.path) - (b.path[strlen(b.path) - 1] == '/') == len &&
	       memcmp(a.path, b.path, len) == 0;
}

/* tailscaled refuses each request that would go to its own socket. */
static int check_own_socket(const struct funnel *f, const struct target *t, struct err *e)
{
	const char *path = t->path;
	bool own;

	if (t->kind != TARGET_UNIX)
		return 0;
	own = strcmp(path, f->socket) == 0;
	for (size_t i = 0; i < sizeof(default_sockets) / sizeof(default_sockets[0]); i++)
		own = own || strcmp(path, default_sockets[i]) == 0;
	return own ? err_set(e, ERR_USAGE, "cannot expose \"%s\": it is tailscaled's own socket",
			     t->text)
		   : 0;
}

/* The path in the first @len bytes of a --set-path. */
static int parse_set_path(const char *value, size_t len, char path[static FUNNEL_PATH_MAX],
			  struct err *e)
{
	if (len == 0 || len >= FUNNEL_PATH_MAX)
		return refuse(e, "set-path", value, "it is empty or longer than 255 bytes");
	if (!text_is_plain(value))
		return refuse(e, "set-path", value,
			      "it has control characters or is not valid UTF-8");
	memcpy(path, value, len);
	path[len] = '\0';
	if (is_clean_mount(path))
		return 0;
	refuse(e, "set-path", value, "the tailscale CLI takes no \".\", \"..\" or \"//\"");
	return err_cure(e, "write it as in --set-path=/api");
}

/* PATH alone is that of TARGET, PATH=TARGET one more. */
static int take_set_path(const char *value, struct funnel *f, struct err *e)
{
	size_t len = strcspn(value, "=");
	char path[FUNNEL_PATH_MAX];

	if (f->front != FRONT_HTTPS)
		return refuse(e, "set-path", value, "TCP has no paths");
	if (value[len] == '\0' && f->set_path[0] == '\0')
		return parse_set_path(value, len, f->set_path, e);
	if (value[len] == '\0') {
		refuse(e, "set-path", value, "TARGET has a path already");
		return err_cure(e, "--native takes more of them, as --set-path PATH=TARGET");
	}
	if (!f->native) {
		refuse(e, "set-path", value, "one process of the tailscale CLI has one TARGET");
		return err_cure(e, "--native takes several, as --set-path PATH=TARGET");
	}
	f->more[f->more_count++] = value;
	return parse_set_path(value, len, path, e);
}

/* Checks what is behind each of the paths, and that no two of them are one. */
static int check_mounts(const struct funnel *f, struct err *e)
{
	struct target t;

	for (size_t i = 0; i < f->more_count; i++)
		if (target_parse(strchr(f->more[i], '=') + 1, f->front, &t, e) != 0 ||
		    check_own_socket(f, &t, e) != 0)
			return -1;
	for (size_t i = 0; i <= f->more_count; i++)
		for (size_t j = 0; j < i; j++)
			if (is_same_mount(f, i, j))
				return refuse(e, "set-path", f->more[i - 1],
					      "another TARGET is on that path");
	return 0;
}

/* Without a TARGET the first PATH=TARGET has its place. */
static const char *main_target(const struct funnel_args *args, struct funnel *f)
{
	const char *target;
	size_t len;

	if (args->target != NULL)
		return args->target;
	if (f->more_count == 0 || f->set_path[0] != '\0')
		return FUNNEL_DEFAULT_TARGET;
	len = strcspn(f->more[0], "=");
	target = f->more[0] + len + 1;
	memcpy(f->set_path, f->more[0], len);
	f->more_count--;
	memmove(f->more, f->more + 1, f->more_count * sizeof(f->more[0]));
	return target;
}

static int parse_mounts(const struct funnel_args *args, struct funnel *f, struct err *e)
{
	for (size_t i = 0; i < FUNNEL_PATHS_MAX && args->set_path[i] != NULL; i++)
		if (take_set_path(args->set_path[i], f, e) != 0)
			return -1;
	return target_parse(main_target(args, f), f->front, &f->target, e) == 0 &&
			       check_own_socket(f, &f->target, e) == 0
		       ? check_mounts(f, e)
		       : -1;
}

static int parse_proxy_protocol(const char *text, struct funnel *f, struct err *e)
{
	if (text == NULL)
		return 0;
	if (strcmp(text, "1") != 0 && strcmp(text, "2") != 0) {
		refuse(e, "proxy-protocol", text, "there is no such version");
		return err_cure(e, "the versions are 1 and 2; without the option it is off");
	}
	if (f->front == FRONT_HTTPS)
		return refuse(e, "proxy-protocol", text, "it needs --tcp or --tls-terminated-tcp");
	if (f->target.kind == TARGET_UNIX)
		return refuse(e, "proxy-protocol", text,
			      "tailscaled does not speak it over a unix socket");
	f->proxy_protocol = text[0] - '0';
	return 0;
}

static int parse_socket(const char *path, struct funnel *f, struct err *e)
{
	if (path == NULL)
		return 0;
	if (path[0] != '/')
		return refuse(e, "socket", path, "it is no absolute path");
	if (strlen(path) >= sizeof(f->socket))
		return refuse(e, "socket", path, "a socket's path has at most 107 bytes");
	if (!text_is_plain(path))
		return refuse(e, "socket", path, "it has control characters or is not valid UTF-8");
	memcpy(f->socket, path, strlen(path) + 1);
	return 0;
}

static bool is_name(const char *name)
{
	for (const char *p = name; *p != '\0'; p++) {
		bool alnum = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
			     (*p >= 'A' && *p <= 'Z');

		if (!alnum && (p == name || strchr("_.-", *p) == NULL))
			return false;
	}
	return true;
}

int funnel_service(const char *name, char service[static FUNNEL_SERVICE_MAX], struct err *e)
{
	if (name == NULL || name[0] == '\0') {
		snprintf(service, FUNNEL_SERVICE_MAX, "%s", FUNNEL_SERVICE);
		return 0;
	}
	if (strlen(name) > NAME_BYTES_MAX)
		return refuse(e, "name", name, "it is longer than 40 bytes");
	if (!is_name(name)) {
		refuse(e, "name", name, "it is no name");
		return err_cure(e, "a name has letters, digits and \"_.-\", and starts with a "
				   "letter or a digit");
	}
	snprintf(service, FUNNEL_SERVICE_MAX, "%s-%s", FUNNEL_SERVICE, name);
	return 0;
}

int funnel_make(const struct funnel_args *args, struct funnel *f, struct err *e)
{
	memset(f, 0, sizeof(*f));
	f->native = args->native;
	f->take_over = args->take_over;
	if (args->name != NULL && args->name[0] == '\0')
		return refuse(e, "name", "", "it is empty");
	if (funnel_service(args->name, f->service, e) != 0)
		return -1;
	snprintf(f->name, sizeof(f->name), "%s", args->name != NULL ? args->name : "");
	if (parse_front(args, f, e) != 0 || parse_socket(args->socket, f, e) != 0 ||
	    parse_mounts(args, f, e) != 0)
		return -1;
	return parse_proxy_protocol(args->proxy_protocol, f, e);
}

/* An argument vector under construction: words go behind each other, with their NULs. */
struct builder {
	struct funnel_argv *out;
	size_t used;
	bool full;
};

static void add(struct builder *b, const char *option, const char *value)
{
	char *at = b->out->words + b->used;
	size_t room = sizeof(b->out->words) - b->used;
	int n = snprintf(at, room, "%s%s", option, value);

	if (n < 0 || (size_t)n >= room || b->out->argc == FUNNEL_ARGC_MAX - 1) {
		b->full = true;
		return;
	}
	b->out->argv[b->out->argc++] = at;
	b->used += (size_t)n + 1;
}

static int built(const struct builder *b, struct err *e)
{
	return b->full ? err_set(e, ERR_USAGE, "cannot make a command line: it would be too long")
		       : 0;
}

/* What `tailscale funnel` and our own `run` have in common. */
static void add_options(struct builder *b, const struct funnel *f)
{
	char option[32];
	char value[16];

	snprintf(option, sizeof(option), "--%s=", front_options[f->front]);
	snprintf(value, sizeof(value), "%u", f->port);
	if (f->front != FRONT_HTTPS || f->port != 443)
		add(b, option, value);
	if (f->set_path[0] != '\0')
		add(b, "--set-path=", f->set_path);
	snprintf(value, sizeof(value), "%d", f->proxy_protocol);
	if (f->proxy_protocol != 0)
		add(b, "--proxy-protocol=", value);
}

int funnel_cli_argv(const struct funnel *f, const char *cli, struct funnel_argv *out, struct err *e)
{
	struct builder b = {.out = out};

	memset(out, 0, sizeof(*out));
	add(&b, cli, "");
	if (f->socket[0] != '\0')
		add(&b, "--socket=", f->socket);
	add(&b, "funnel", "");
	add_options(&b, f);
	/* No "--": no target that passes target_parse() starts with "-". */
	add(&b, f->target.text, "");
	return built(&b, e);
}

static void add_more(struct builder *b, const struct funnel *f)
{
	struct mount m;
	char value[sizeof(m.path) + TARGET_MAX + 1];

	for (size_t i = 1; i <= f->more_count; i++) {
		funnel_mount(f, i, &m);
		snprintf(value, sizeof(value), "%s=%s", m.path, m.target.text);
		add(b, "--set-path=", value);
	}
}

int funnel_run_argv(const struct funnel *f, const char *self, struct funnel_argv *out,
		    struct err *e)
{
	struct builder b = {.out = out};

	memset(out, 0, sizeof(*out));
	add(&b, self, "");
	add(&b, "run", "");
	if (f->name[0] != '\0')
		add(&b, "--name=", f->name);
	if (f->socket[0] != '\0')
		add(&b, "--socket=", f->socket);
	if (f->native)
		add(&b, "--native", "");
	if (f->take_over)
		add(&b, "--take-over", "");
	add_options(&b, f);
	add_more(&b, f);
	add(&b, "--", "");
	add(&b, f->target.text, "");
	return built(&b, e);
}

/*
 * tailscaled compares a mount with the decoded path of a request and then cuts it off the path
 * as it came (ipnlocal/serve.go:830, :1210): only this encoding, which is Go's own
 * (url.EscapedPath), passes both. "/a%24b" is not found where "/a$b" is.
 */
static void add_escaped(const char *mount, struct buf *out)
{
	for (const char *p = mount; *p != '\0'; p++)
		buf_add_url(out, *p);
}

void funnel_put_url(const char *host, unsigned port, const char *mount, struct buf *out)
{
	if (mount == NULL || mount[0] == '\0') {
		buf_printf(out, "tcp://%s:%u", host, port);
		return;
	}
	buf_printf(out, "https://%s", host);
	if (port != 443)
		buf_printf(out, ":%u", port);
	if (mount[0] != '/')
		buf_add_char(out, '/');
	add_escaped(mount, out);
}

void funnel_url(const struct funnel *f, const char *dns_name, struct buf *out)
{
	const char *mount = f->set_path[0] != '\0' ? f->set_path : "/";

	funnel_put_url(dns_name, f->port, f->front == FRONT_HTTPS ? mount : NULL, out);
}
