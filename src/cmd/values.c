/* SPDX-License-Identifier: MIT */
/* values - see values.h */
#include "cmd/values.h"

#include "base/text.h"

#include <string.h>

#define TIMEOUT_MAX_MS (INT64_C(7) * 24 * 3600 * 1000)
#define LABEL_MAX 63
#define PATH_BYTES_MAX 255 /* MANIFEST_PATH_MAX and sane command lines have room for it */

static int refuse(struct err *e, const char *name, const char *value, const char *reason)
{
	return err_set(e, ERR_USAGE, "cannot use --%s=%.80s: %s", name, value, reason);
}

/* Milliseconds of a unit's letters at @s, whose number is kept in @len; 0 for none. */
static int64_t unit_ms(const char *s, size_t *len)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {
		{"ms", 1}, {"min", 60000}, {"h", 3600000}, {"m", 60000}, {"s", 1000},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		*len = strlen(units[i].name);
		if (strncmp(s, units[i].name, *len) == 0)
			return units[i].ms;
	}
	/* A number alone counts seconds, but only as the last one. */
	*len = 0;
	return *s == '\0' ? 1000 : 0;
}

/* -1 when it is no duration or longer than TIMEOUT_MAX_MS. */
static int64_t duration_ms(const char *s)
{
	int64_t total = 0;

	if (*s == '\0')
		return -1;
	while (*s != '\0') {
		int64_t n = 0;
		int64_t ms;
		size_t len;

		if (*s < '0' || *s > '9')
			return -1;
		for (; *s >= '0' && *s <= '9'; s++) {
			n = n * 10 + (*s - '0');
			if (n > TIMEOUT_MAX_MS)
				return -1;
		}
		ms = unit_ms(s, &len);
		if (ms == 0 || n > TIMEOUT_MAX_MS / ms)
			return -1;
		total += n * ms;
		s += len;
	}
	return total <= TIMEOUT_MAX_MS ? total : -1;
}

int values_timeout(const char *name, const char *value, struct options *o, struct err *e)
{
	int64_t ms = duration_ms(value);

	if (ms < 0) {
		refuse(e, name, value, "it is no duration of at most a week");
		return err_cure(e, "write 90, 90s, 10m or 1h30m; 0 does not wait");
	}
	o->timeout_ms = ms;
	o->timeout_given = true;
	return 0;
}

int values_set_path(const char *name, const char *value, struct options *o, struct err *e)
{
	for (size_t i = 0; i < FUNNEL_PATHS_MAX; i++) {
		if (o->funnel.set_path[i] != NULL)
			continue;
		o->funnel.set_path[i] = value;
		return 0;
	}
	return refuse(e, name, value, "a funnel has at most 8 of them");
}

int values_login_server(const char *name, const char *value, struct options *o, struct err *e)
{
	const char *host = NULL;

	(void)o;
	if (strncmp(value, "https://", 8) == 0)
		host = value + 8;
	else if (strncmp(value, "http://", 7) == 0)
		host = value + 7;
	if (host == NULL || strcspn(host, "/?#") == 0 || !text_is_plain(value)) {
		refuse(e, name, value, "it is no http or https URL");
		return err_cure(e, "write https://HOST, as in https://headscale.example.com");
	}
	if (strpbrk(value, " \"<>\\^`{|}@#") != NULL)
		return refuse(e, name, value, "it has characters that no such URL has");
	return 0;
}

int values_hostname(const char *name, const char *value, struct options *o, struct err *e)
{
	static const char label[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t len = strlen(value);

	(void)o;
	if (len > 0 && len <= LABEL_MAX && strspn(value, label) == len && value[0] != '-' &&
	    value[len - 1] != '-')
		return 0;
	refuse(e, name, value, "it is no name of a host in a tailnet");
	return err_cure(e, "at most 63 of a-z, 0-9 and \"-\", which stands neither first nor last");
}

int values_self_path(const char *name, const char *value, struct options *o, struct err *e)
{
	size_t len = strlen(value);

	(void)o;
	if (value[0] != '/' || value[len - 1] == '/')
		return refuse(e, name, value, "it is no absolute path of a file");
	if (len > PATH_BYTES_MAX || !text_is_plain(value))
		return refuse(e, name, value,
			      "it is longer than 255 bytes, has control characters or is not "
			      "valid UTF-8");
	return 0;
}

int values_prefix(const char *name, const char *value, struct options *o, struct err *e)
{
	(void)o;
	if (value[0] != '/' || strlen(value) > PATH_BYTES_MAX || !text_is_plain(value) ||
	    strpbrk(value, " \"'%$\\") != NULL) {
		refuse(e, name, value, "it is no absolute path of a folder, or an odd one");
		return err_cure(e,
				"spaces, quotes, %%, $ and backslash would not survive the unit");
	}
	return 0;
}

int values_systemd(const char *name, const char *value, struct options *o, struct err *e)
{
	(void)o;
	if (text_is_number(value, 4) && value[0] != '0')
		return 0;
	refuse(e, name, value, "it is no version of systemd");
	return err_cure(e, "`systemctl --version` tells it; write 252, for example");
}

int values_check(const char *name, const char *value, struct options *o, struct err *e)
{
	(void)o;
	if (strcmp(value, "live") == 0 || strcmp(value, "ready") == 0)
		return 0;
	refuse(e, name, value, "it is neither live nor ready");
	return err_cure(e, "live: something runs it, be it waiting; ready: the page can come");
}
