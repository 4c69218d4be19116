/* SPDX-License-Identifier: MIT */
/*
 * login - see login.h
 *
 * The node's state says what to do next, so that every beginning (fresh, logged out, stopped,
 * expired, an older attempt pending) takes the same way:
 *
 *   before        PATCH prefs {ControlURL, Hostname}, what differs
 *   NeedsLogin    with a key, or where ControlURL matters: POST start {AuthKey}, which makes
 *                 a new control client (ControlURL is read nowhere else, ipnlocal/local.go
 *                 startLocked). Then POST login-interactive; but a node with a node key, an
 *                 expired one, logs in within start, and asking twice could spend a one-off
 *                 auth key: there only if it comes to nothing
 *   Stopped       PATCH prefs {WantRunning}; a login by key ends here, too
 *   Running       done
 *
 * All else is waiting on the bus. WantRunning is not set earlier: that would log in with the
 * control client that is there, so at the old server.
 */
#include "localapi/login.h"

#include "base/buf.h"
#include "base/json.h"
#include "localapi/bus.h"
#include "localapi/localapi.h"

#include <string.h>

/* With time-out 0: what control and a slow line need to give a login URL or to judge a key. */
#define GRACE_MS 10000

/* The bus ends when tailscaled finds us too slow; more often than that is no accident. */
#define REOPEN_MAX 3

/* A login with an expired node key that has not worked by then does not (the server took the old
 * key for good): login-interactive makes a new one. */
#define RENEW_MS 5000

#define KEY_MAX 512
#define DEFAULT_SERVER "https://controlplane.tailscale.com"

struct attempt {
	const struct login *l;
	struct node *n;
	struct bus bus;
	struct deadline until;
	bool no_wait;      /* time-out 0 */
	bool need_start;   /* the control client must be made anew */
	bool asked;        /* NeedsLogin was dealt with */
	bool woken;        /* Stopped was dealt with */
	bool may_renew;    /* start logs in by itself, maybe in vain */
	bool self_changed; /* the last news was a network map */
	struct deadline renew_at;
	int reopened;
	char server[512]; /* for messages */
	char shown[512];  /* login URL */
};

static int send_json(const struct attempt *a, const char *method, const char *path,
		     const char *body, struct err *e)
{
	const struct localapi_request q = {method, path, body, NULL};
	struct localapi_reply r;
	int rc;

	if (localapi_call(a->l->socket, &q, a->until, &r, e) != 0)
		return -1;
	rc = localapi_check(&r, "log in", e);
	localapi_reply_done(&r);
	return rc;
}

static int patch(const struct attempt *a, const cJSON *prefs, struct err *e)
{
	char mem[2048];
	struct buf body = BUF_OF(mem);

	if (json_print(prefs, &body, e) != 0)
		return -1;
	return send_json(a, "PATCH", "/localapi/v0/prefs", mem, e);
}

/* The key is a word; what else stands in a key file by mistake must not reach control. */
static int check_key(const char *key, struct err *e)
{
	size_t len = strlen(key);

	/* cmd/tailscale/cli/up.go: the CLI trades these for a key at api.tailscale.com. */
	if (strncmp(key, "tskey-client-", 13) == 0) {
		err_set(e, ERR_USAGE, "cannot log in: an OAuth client secret is no auth key");
		return err_cure(e,
				"make an auth key (tskey-auth-...), or log in by `tailscale up "
				"--auth-key=file:PATH --advertise-tags=TAGS` and run this again");
	}
	for (size_t i = 0; i < len; i++)
		if (key[i] <= 0x20 || key[i] >= 0x7f || key[i] == '"' || key[i] == '\\')
			len = 0;
	if (len > 0 && len < KEY_MAX)
		return 0;
	err_set(e, ERR_USAGE, "cannot log in: the auth key is empty or not one word");
	return err_cure(e, "give the key alone, as in tskey-auth-...");
}

/* ipn/prefs.go IsLoginServerSynonym: "" and two names are Tailscale's own server. */
static const char *server_of(const char *url)
{
	if (url[0] == '\0' || strcmp(url, "https://login.tailscale.com") == 0)
		return DEFAULT_SERVER;
	return url;
}

static bool same_server(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);

	while (a_len > 0 && a[a_len - 1] == '/')
		a_len--;
	while (b_len > 0 && b[b_len - 1] == '/')
		b_len--;
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

/* Fills @edit with what differs from the preferences that are set. */
static int compare_prefs(struct attempt *a, const cJSON *prefs, cJSON *edit, struct err *e)
{
	const struct login *l = a->l;
	const char *now = server_of(json_string(prefs, "ControlURL"));
	const char *want = l->login_server == NULL ? now : server_of(l->login_server);
	struct buf server = BUF_OF(a->server);

	buf_add(&server, want);
	if (!same_server(now, want)) {
		/* Refused by `tailscale up` as well; the node would leave its tailnet. */
		if (a->n->has_node_key) {
			err_set(e, ERR_USAGE,
				"cannot log in to %s: this machine is logged in to %s", want, now);
			return err_cure(e, "leave --login-server out, or log out first: "
					   "tailscale logout");
		}
		cJSON_AddStringToObject(edit, "ControlURL", want);
		cJSON_AddTrueToObject(edit, "ControlURLSet");
	}
	/* Also where it is set already: by a run that was killed before the start, and then the
	 * control client would still log in at the former server (seen with 1.102.3). */
	a->need_start = l->login_server != NULL;
	if (l->hostname != NULL && strcmp(json_string(prefs, "Hostname"), l->hostname) != 0) {
		cJSON_AddStringToObject(edit, "Hostname", l->hostname);
		cJSON_AddTrueToObject(edit, "HostnameSet");
	}
	return 0;
}

/* What the preferences lack of what is wanted goes into @edit. */
static int plan_prefs(struct attempt *a, cJSON *edit, struct err *e)
{
	const struct localapi_request q = {"GET", "/localapi/v0/prefs", NULL, NULL};
	AUTO_JSON cJSON *prefs = NULL;
	struct localapi_reply r;
	int rc;

	if (localapi_call(a->l->socket, &q, a->until, &r, e) != 0)
		return -1;
	rc = localapi_check(&r, "read the preferences of tailscaled", e);
	if (rc == 0) {
		prefs = json_parse(r.body, r.len, "the preferences of tailscaled", e);
		rc = prefs == NULL ? -1 : compare_prefs(a, prefs, edit, e);
	}
	localapi_reply_done(&r);
	return rc;
}

static int set_prefs(struct attempt *a, struct err *e)
{
	AUTO_JSON cJSON *edit = cJSON_CreateObject();

	if (plan_prefs(a, edit, e) != 0)
		return -1;
	return cJSON_GetArraySize(edit) == 0 ? 0 : patch(a, edit, e);
}

static int start(const struct attempt *a, const char *key, struct err *e)
{
	char mem[KEY_MAX + 32];
	struct buf body = BUF_OF(mem);
	int rc;

	/* check_key() left nothing in it that JSON would have to escape. */
	if (key == NULL)
		buf_add(&body, "{}");
	else
		buf_printf(&body, "{\"AuthKey\":\"%s\"}", key);
	rc = send_json(a, "POST", "/localapi/v0/start", mem, e);
	explicit_bzero(mem, sizeof(mem));
	return rc;
}

static int login_interactive(const struct attempt *a, struct err *e)
{
	return send_json(a, "POST", "/localapi/v0/login-interactive", NULL, e);
}

static int ask_for_login(struct attempt *a, struct err *e)
{
	const char *key = a->l->auth_key;

	a->asked = true;
	if (key != NULL || a->need_start) {
		if (start(a, key, e) != 0)
			return -1;
		/* What the former control client said of a former key stands on the old bus; it
		 * is not heard any more once start has answered. */
		bus_close(&a->bus);
		if (bus_open(&a->bus, a->l->socket, e) != 0)
			return -1;
	}
	if (key != NULL && a->n->has_node_key) {
		a->may_renew = true;
		a->renew_at = deadline_in(RENEW_MS);
		return 0;
	}
	return login_interactive(a, e);
}

static void show_new_url(struct attempt *a)
{
	struct buf shown = BUF_OF(a->shown);

	buf_add(&shown, a->n->auth_url);
	if (a->l->show_url != NULL)
		a->l->show_url(a->shown, a->l->arg);
}

static int on_needs_login(struct attempt *a, struct err *e)
{
	if (!a->asked)
		return ask_for_login(a, e);
	if (a->may_renew && (a->self_changed || deadline_passed(a->renew_at))) {
		a->may_renew = false;
		return login_interactive(a, e);
	}
	if (a->l->auth_key == NULL && a->n->auth_url[0] != '\0' &&
	    strcmp(a->shown, a->n->auth_url) != 0)
		show_new_url(a);
	return 0;
}

static int on_stopped(struct attempt *a, struct err *e)
{
	AUTO_JSON cJSON *edit = NULL;

	if (a->woken)
		return 0;
	a->woken = true;
	edit = cJSON_CreateObject();
	cJSON_AddTrueToObject(edit, "WantRunning");
	cJSON_AddTrueToObject(edit, "WantRunningSet");
	return patch(a, edit, e);
}

/* Control's own words; tailscaled would try the refused key again and again, several times a
 * second, so it gets a control client without one. */
static int key_refused(struct attempt *a, const char *words, struct err *e)
{
	struct err ignored;

	if (a->l->auth_key != NULL)
		start(a, NULL, &ignored);
	if (a->l->refused != NULL)
		*a->l->refused = true;
	err_set(e, ERR_PERSON, "cannot log in: %s", words);
	return a->l->auth_key == NULL ? -1
				      : err_cure(e, "make a new auth key in the admin console");
}

static int give_up(const struct attempt *a, struct err *e)
{
	const struct node *n = a->n;
	/* Before a login it only says that Tailscale is stopped. */
	const char *health = n->backend == BACKEND_NEEDS_LOGIN ? "" : n->health;

	if (n->backend == BACKEND_NEEDS_MACHINE_AUTH) {
		err_set(e, ERR_PERSON, "cannot log in: this machine waits for approval");
		return err_cure(e, "let an admin of the tailnet approve it in the admin console");
	}
	if (n->backend == BACKEND_NEEDS_LOGIN && n->auth_url[0] != '\0') {
		err_set(e, ERR_PERSON, "cannot log in: nobody has visited the login page yet");
		return err_cure(e, "visit %s", n->auth_url);
	}
	err_set(e, ERR_TIMEOUT, "cannot log in: no answer of %s in time (state %s%s%s)", a->server,
		backend_name(n->backend), health[0] == '\0' ? "" : "; ", health);
	return err_cure(e, "check that this machine reaches it, then try again");
}

/* Waits until the status is worth another look. */
static int wait_change(struct attempt *a, struct err *e)
{
	struct deadline until = a->until;
	struct notify news;

	if (a->may_renew)
		until = deadline_sooner(until, a->renew_at);
	for (;;) {
		if (bus_next(&a->bus, until, &news, e) != 0) {
			if (e->code == ERR_TIMEOUT)
				return deadline_passed(a->until) ? give_up(a, e) : 0;
			if (e->code != ERR_UNAVAILABLE || a->reopened++ == REOPEN_MAX)
				return -1;
			bus_close(&a->bus);
			return bus_open(&a->bus, a->l->socket, e);
		}
		if (news.error[0] != '\0' && a->asked)
			return key_refused(a, news.error, e);
		a->self_changed = news.self_changed;
		if (news.has_state || news.self_changed || news.login_finished ||
		    news.browse_url[0] != '\0')
			return 0;
	}
}

/* One look, one step, one wait. */
static int follow(struct attempt *a, struct err *e)
{
	for (;;) {
		if (node_get(a->l->socket, a->until, a->n, e) != 0)
			return e->code == ERR_TIMEOUT ? give_up(a, e) : -1;
		if (a->n->backend == BACKEND_RUNNING && a->n->dns_name[0] != '\0')
			return 0;
		if (a->n->backend == BACKEND_NEEDS_LOGIN && on_needs_login(a, e) != 0)
			return -1;
		if (a->n->backend == BACKEND_STOPPED && on_stopped(a, e) != 0)
			return -1;
		if (a->no_wait && a->shown[0] != '\0')
			return give_up(a, e);
		if (wait_change(a, e) != 0)
			return -1;
	}
}

int login_run(const struct login *l, struct node *n, struct err *e)
{
	struct attempt a = {.l = l, .n = n, .bus = BUS_CLOSED, .until = l->until};
	int rc = -1;

	*n = (struct node){.backend = BACKEND_UNKNOWN};
	if (l->auth_key != NULL && check_key(l->auth_key, e) != 0)
		return -1;
	a.no_wait = deadline_passed(l->until);
	if (a.no_wait)
		a.until = deadline_in(GRACE_MS);
	if (node_get(l->socket, a.until, n, e) != 0 || set_prefs(&a, e) != 0)
		return -1;
	if (bus_open(&a.bus, l->socket, e) == 0)
		rc = follow(&a, e);
	bus_close(&a.bus);
	return rc;
}

static void describe(const struct attempt *a, const cJSON *edit, struct buf *todo)
{
	const struct login *l = a->l;

	if (a->n->backend == BACKEND_STOPPED)
		buf_add(todo, "bring Tailscale up");
	else if (a->n->backend != BACKEND_RUNNING && a->n->has_node_key)
		buf_add(todo, "wait for the tailnet");
	else if (a->n->backend != BACKEND_RUNNING)
		buf_printf(todo, "log in with %s",
			   l->auth_key != NULL ? "the auth key" : "a login URL");
	if (json_bool(edit, "ControlURLSet"))
		buf_printf(todo, " at %s", json_string(edit, "ControlURL"));
	if (json_bool(edit, "HostnameSet"))
		buf_printf(todo, "%sset the host name %s", todo->len > 0 ? ", " : "",
			   json_string(edit, "Hostname"));
}

int login_plan(const struct login *l, struct node *n, struct buf *todo, struct err *e)
{
	struct attempt a = {.l = l, .n = n, .bus = BUS_CLOSED, .until = l->until};
	AUTO_JSON cJSON *edit = cJSON_CreateObject();

	if ((l->auth_key != NULL && check_key(l->auth_key, e) != 0) ||
	    node_get(l->socket, l->until, n, e) != 0 || plan_prefs(&a, edit, e) != 0)
		return -1;
	describe(&a, edit, todo);
	return 0;
}

int login_out(const char *socket, struct deadline until, struct err *e)
{
	const struct localapi_request q = {"POST", "/localapi/v0/logout", NULL, NULL};
	struct localapi_reply r;
	struct node n;
	int rc;

	if (node_get(socket, until, &n, e) != 0)
		return -1;
	if (n.backend == BACKEND_NEEDS_LOGIN && !n.has_node_key)
		return 0;
	if (localapi_call(socket, &q, until, &r, e) != 0)
		return -1;
	rc = localapi_check(&r, "log out", e);
	localapi_reply_done(&r);
	return rc;
}
