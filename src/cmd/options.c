/* SPDX-License-Identifier: MIT */
/* options - the table of options and its parser, see options.h */
#include "cmd/options.h"

#include "cmd/nearest.h"
#include "cmd/values.h"

#include <getopt.h>
#include <string.h>

#define DEFAULT_TIMEOUT_MS (INT64_C(10) * 60 * 1000)
#define FUNNEL (VERB_INSTALL | VERB_UNIT | VERB_RUN)
#define EVERY (~0U)
#define GET (VERB_INSTALL | VERB_FETCH) /* those that get Tailscale */

#define AT(member) offsetof(struct options, member)

const struct option_row option_rows[] = {
	{"https", "PORT", FUNNEL, "public port 443 (the default), 8443 or 10000: TLS and HTTP",
	 AT(funnel.https), NULL},
	{"tcp", "PORT", FUNNEL, "raw TCP instead, the target speaks TLS", AT(funnel.tcp), NULL},
	{"tls-terminated-tcp", "PORT", FUNNEL, "raw TCP instead, Tailscale ends the TLS",
	 AT(funnel.tls_terminated_tcp), NULL},
	{"set-path", "PATH", FUNNEL,
	 "serve under this path of the public URL; --native also takes PATH=TARGET, and several",
	 AT(funnel.set_path), values_set_path},
	{"proxy-protocol", "1|2", FUNNEL, "with TCP: tell the target who connects",
	 AT(funnel.proxy_protocol), NULL},
	{"native", NULL, FUNNEL, "hold the funnel itself, without a process of the tailscale CLI",
	 AT(funnel.native), NULL},
	{"take-over", NULL, FUNNEL,
	 "remove what else tailscaled serves on the port, unless it is a funnel made by tsfunnel",
	 AT(funnel.take_over), NULL},
	{"name", "NAME", FUNNEL | VERB_UNINSTALL | VERB_STATUS,
	 "another funnel beside the first: tailscale-funnel-NAME.service", AT(funnel.name), NULL},
	{"auth-key-file", "FILE", VERB_INSTALL,
	 "log in with the key in FILE, - for standard input; TS_AUTHKEY works too",
	 AT(auth_key_file), NULL},
	{"login-server", "URL", VERB_INSTALL, "control server other than Tailscale's",
	 AT(login_server), values_login_server},
	{"hostname", "NAME", VERB_INSTALL, "the machine's name in the tailnet", AT(hostname),
	 values_hostname},
	{"timeout", "TIME", GET,
	 "how long to wait for network, login and page: 90, 10m, 1h30m; 0 does not wait for a "
	 "person; default 10m",
	 AT(timeout_ms), values_timeout},
	{"self-path", "FILE", VERB_INSTALL | VERB_UNIT,
	 "where tsfunnel itself goes, default /usr/local/bin/tsfunnel", AT(self_path),
	 values_self_path},
	{"track", "TRACK", GET, "of Tailscale's releases: stable, unstable, release-candidate",
	 AT(track), NULL},
	{"version", "VERSION", GET,
	 "that release instead of the newest, or of the one that install placed", AT(release),
	 NULL},
	{"arch", "ARCH", GET, "for another machine: amd64, arm64, arm, 386 ...", AT(arch), NULL},
	{"base-url", "URL", GET, "a mirror instead of Tailscale's package server", AT(base_url),
	 NULL},
	{"cacert", "FILE", GET, "trust these certificates (PEM) for https", AT(cacert), NULL},
	{"package", "FILE", GET, "a package on disk with its signatures, no network", AT(package),
	 NULL},
	{"to", "DIR", VERB_FETCH, "where package, signature and keys go, default .", AT(to), NULL},
	{"prefix", "DIR", VERB_INSTALL, "where Tailscale's programs go, default /usr", AT(prefix),
	 values_prefix},
	{"allow-downgrade", NULL, VERB_INSTALL,
	 "let --version or --package replace a newer Tailscale that install placed",
	 AT(allow_downgrade), NULL},
	{"init", "NAME", VERB_INSTALL | VERB_UNINSTALL | VERB_UNIT | VERB_STATUS,
	 "for this init system instead of the one that runs: systemd, openrc, runit, s6, sysv, "
	 "busybox",
	 AT(init), NULL},
	{"root", "DIR", VERB_INSTALL | VERB_UNINSTALL,
	 "in the image that is mounted at DIR; install keeps the key there for the first boot",
	 AT(root), NULL},
	{"self", "FILE", VERB_INSTALL, "with --root: the tsfunnel for the image's processor",
	 AT(self), NULL},
	{"systemd", "VERSION", VERB_UNIT, "leave out what this version does not know", AT(systemd),
	 values_systemd},
	{"no-wait", NULL, VERB_RUN, "end with an error instead of waiting", AT(no_wait), NULL},
	{"end", NULL, VERB_RUN,
	 "start nothing: end what a service manager started and lost (service scripts do that)",
	 AT(end), NULL},
	{"plain", NULL, VERB_UNIT, "the short unit without tsfunnel: takes nothing but TARGET",
	 AT(plain), NULL},
	{"adopt", NULL, VERB_INSTALL, "replace a unit of that name that is not ours, and keep it",
	 AT(adopt), NULL},
	{"dry-run", NULL, VERB_INSTALL, "show the plan, change nothing", AT(dry_run), NULL},
	{"all", NULL, VERB_UNINSTALL, "all funnels", AT(all), NULL},
	{"purge", NULL, VERB_UNINSTALL, "also remove Tailscale and its state if install placed it",
	 AT(purge), NULL},
	{"logout", NULL, VERB_UNINSTALL, "also log this machine out of its tailnet", AT(logout),
	 NULL},
	{"socket", "PATH", FUNNEL | VERB_UNINSTALL | VERB_STATUS, "tailscaled's socket",
	 AT(funnel.socket), NULL},
	{"check", "live|ready", VERB_STATUS,
	 "print nothing; exit 0 if it runs (live) or the page can come (ready), else 1", AT(check),
	 values_check},
	{"json", NULL, VERB_STATUS | VERB_VERSION | VERB_FETCH, "print JSON", AT(json), NULL},
	{"quiet", NULL, GET | VERB_UNINSTALL, "say nothing but errors and the result", AT(quiet),
	 NULL},
	{"help", NULL, EVERY, "print this and exit", AT(help), NULL},
	{"version", NULL, EVERY & ~(unsigned)GET, "print the version and exit", AT(version), NULL},
	{0},
};

#define ROWS (sizeof(option_rows) / sizeof(option_rows[0]) - 1)

/*
 * Options of `tailscale funnel` and `serve` that we do not have, and why. getopt_long() knows
 * them, or it would take --http for a short form of --https.
 */
static const struct {
	const char *name;
	const char *reason;
	const char *cure;
} foreign[] = {
	{"bg", "the service itself keeps the funnel, nothing goes to the background",
	 "leave it out"},
	{"yes", "nothing here asks", "leave it out"},
	{"http", "Funnel has no public port without TLS", "use --https"},
	{"service", "Funnel has no services", "use --name for a second funnel"},
};

#define FOREIGN (sizeof(foreign) / sizeof(foreign[0]))

/* getopt_long() returns this plus the row's index, foreign ones last: above every character. */
#define FIRST_VALUE 256

/* What is kept between the words of one command line. */
struct parser {
	const struct verb *verb;
	struct options *o;
	uint64_t seen; /* bit i: option_rows[i] was given */
	struct err *e;
};

_Static_assert(ROWS < 64, "one bit for each option");

static int unknown_option(const struct parser *p, const char *word)
{
	char name[NEAREST_WORD_MAX];
	struct nearest near = {0};
	size_t len = strcspn(word, "=");

	if (len >= sizeof(name))
		len = sizeof(name) - 1;
	memcpy(name, word, len);
	name[len] = '\0';
	err_set(p->e, ERR_USAGE, "cannot use --%s: `tsfunnel %s` has no such option", name,
		p->verb->name);
	for (const struct option_row *row = option_rows; row->name != NULL; row++) {
		for (const struct verb *v = verbs; v->name != NULL; v++)
			if (strcmp(row->name, name) == 0 && (row->verbs & v->bit) != 0)
				return err_cure(p->e, "`tsfunnel %s` has it", v->name);
		if ((row->verbs & p->verb->bit) != 0)
			nearest_offer(&near, name, row->name);
	}
	if (near.word != NULL)
		return err_cure(p->e, "did you mean --%s?", near.word);
	return err_cure(p->e, "see `tsfunnel %s --help`", p->verb->name);
}

/* How many options of the verb start with what was typed? */
static unsigned matches(const struct parser *p, const char *word)
{
	size_t len = strcspn(word, "=");
	unsigned n = 0;

	for (const struct option_row *row = option_rows; row->name != NULL; row++)
		if ((row->verbs & p->verb->bit) != 0 && strncmp(row->name, word, len) == 0)
			n++;
	return n;
}

/* getopt_long() answered "?" or ":"; optopt is the row, a character, or 0. */
static int bad_option(const struct parser *p, int answer, const char *word)
{
	const char *name;

	if (optopt < FIRST_VALUE && optopt != 0) {
		err_set(p->e, ERR_USAGE, "cannot use -%c: there are no short options", optopt);
		return err_cure(p->e, "see `tsfunnel %s --help`", p->verb->name);
	}
	if (optopt == 0 && matches(p, word + 2) > 1) {
		err_set(p->e, ERR_USAGE, "cannot use %.80s: it could be more than one option",
			word);
		return err_cure(p->e, "write it out; see `tsfunnel %s --help`", p->verb->name);
	}
	if (optopt == 0)
		return unknown_option(p, word + 2);
	name = option_rows[optopt - FIRST_VALUE].name;
	if (answer == ':')
		return err_set(p->e, ERR_USAGE, "cannot use --%s: its value is missing", name);
	return err_set(p->e, ERR_USAGE, "cannot use --%s: it takes no value", name);
}

static int take_option(struct parser *p, size_t i, const char *value)
{
	const struct option_row *row;
	char *member;

	if (i >= ROWS) {
		err_set(p->e, ERR_USAGE, "cannot use --%s: %s", foreign[i - ROWS].name,
			foreign[i - ROWS].reason);
		return err_cure(p->e, "%s", foreign[i - ROWS].cure);
	}
	row = &option_rows[i];
	if ((p->seen & (UINT64_C(1) << i)) != 0 && row->at != AT(funnel.set_path))
		return err_set(p->e, ERR_USAGE, "cannot use --%s: it is given twice", row->name);
	p->seen |= UINT64_C(1) << i;
	member = (char *)p->o + row->at;
	if (row->value == NULL) {
		*(bool *)member = true;
		return 0;
	}
	if (value[0] == '\0')
		return err_set(p->e, ERR_USAGE, "cannot use --%s: its value is empty", row->name);
	if (row->take != NULL && row->take(row->name, value, p->o, p->e) != 0)
		return -1;
	/* Those are no texts. */
	if (row->at != AT(timeout_ms) && row->at != AT(funnel.set_path))
		memcpy(member, &value, sizeof(value));
	return 0;
}

/* The table of getopt_long() for one verb; ended by the caller's zeros. */
static void fill_table(const struct verb *v, struct option table[static ROWS + FOREIGN + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < ROWS; i++) {
		if ((option_rows[i].verbs & v->bit) == 0)
			continue;
		table[n].name = option_rows[i].name;
		table[n].has_arg = option_rows[i].value != NULL ? required_argument : no_argument;
		table[n].val = FIRST_VALUE + (int)i;
		n++;
	}
	for (size_t i = 0; i < FOREIGN && (v->bit & FUNNEL) != 0; i++, n++) {
		table[n].name = foreign[i].name;
		table[n].has_arg = optional_argument;
		table[n].val = FIRST_VALUE + (int)(ROWS + i);
	}
}

static int take_words(struct parser *p, char **words)
{
	const char **slot = p->verb->bit == VERB_HELP ? &p->o->topic : &p->o->funnel.target;

	if (words[0] == NULL)
		return 0;
	if (p->verb->args[0] == '\0') {
		err_set(p->e, ERR_USAGE, "cannot use \"%.80s\": `tsfunnel %s` takes options only",
			words[0], p->verb->name);
		return err_cure(p->e, "see `tsfunnel %s --help`", p->verb->name);
	}
	if (words[1] != NULL) {
		err_set(p->e, ERR_USAGE, "cannot use \"%.80s\": `tsfunnel %s` takes one %s",
			words[1], p->verb->name, p->verb->args);
		return err_cure(p->e, "put quotes around a TARGET with spaces");
	}
	*slot = words[0];
	return 0;
}

/* What is about an image alone, and what an image cannot do. */
static int check_root(const struct parser *p)
{
	const struct options *o = p->o;

	if (o->root != NULL && o->logout)
		return err_set(p->e, ERR_USAGE,
			       "cannot use --logout with --root: the image is not running");
	if (o->root == NULL && p->verb->bit == VERB_INSTALL && (o->self != NULL || o->arch != NULL))
		return err_set(p->e, ERR_USAGE,
			       "cannot use --%s without --root: this machine needs none",
			       o->self != NULL ? "self" : "arch");
	return 0;
}

static int check_together(const struct parser *p)
{
	if (p->o->all && p->o->funnel.name != NULL)
		return err_set(p->e, ERR_USAGE, "cannot use --all with --name: choose one");
	if (check_root(p) != 0)
		return -1;
	if (!p->o->plain)
		return 0;
	for (size_t i = 0; i < ROWS; i++) {
		if ((p->seen & (UINT64_C(1) << i)) == 0 || option_rows[i].at == AT(plain))
			continue;
		return err_set(p->e, ERR_USAGE,
			       "cannot use --%s with --plain: that unit has no options",
			       option_rows[i].name);
	}
	return 0;
}

/* --help and --version are answered even when the rest of the line is wrong. Verbs that get
 * Tailscale have a --version of their own, which takes a value. */
static bool asks_for_help(const struct verb *v, char **argv, struct options *o)
{
	bool own_version = (v->bit & GET) != 0;

	for (char **word = argv + 1; *word != NULL && strcmp(*word, "--") != 0; word++) {
		o->help = o->help || strcmp(*word, "--help") == 0 || strcmp(*word, "-h") == 0;
		o->version = o->version || (!own_version && strcmp(*word, "--version") == 0);
	}
	return o->help || o->version;
}

int options_parse(const struct verb *v, int argc, char **argv, struct options *o, struct err *e)
{
	struct option table[ROWS + FOREIGN + 1] = {0};
	struct parser p = {.verb = v, .o = o, .e = e};
	int answer;

	memset(o, 0, sizeof(*o));
	o->timeout_ms = DEFAULT_TIMEOUT_MS;
	if (asks_for_help(v, argv, o))
		return 0;
	fill_table(v, table);
	optind = 0; /* start anew, in glibc and musl alike */
	opterr = 0;
	while ((answer = getopt_long(argc, argv, ":", table, NULL)) != -1) {
		if (answer == '?' || answer == ':')
			return bad_option(&p, answer, argv[optind - 1]);
		if (take_option(&p, (size_t)(answer - FIRST_VALUE), optarg) != 0)
			return -1;
	}
	if (o->help || o->version)
		return 0;
	return take_words(&p, argv + optind) != 0 ? -1 : check_together(&p);
}
