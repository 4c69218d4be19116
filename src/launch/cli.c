/* SPDX-License-Identifier: MIT */
/* cli - the tailscale CLI: found, and become; see launch.h */
#include "launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CLI_NAME "tailscale"

/* close_range(2) with the flag is of Linux 5.11; before it, descriptors of a launcher are few
 * and low. */
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#define LOW_FDS 1024

bool cli_is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static bool find_in_path(char *path, size_t cap)
{
	const char *dirs = getenv("PATH");

	while (dirs != NULL && *dirs != '\0') {
		size_t len = strcspn(dirs, ":");
		int n = snprintf(path, cap, "%.*s/" CLI_NAME, (int)len, dirs);

		/* Only absolute folders: the working directory is not to be trusted. */
		if (dirs[0] == '/' && n > 0 && (size_t)n < cap && cli_is_program(path))
			return true;
		dirs += len;
		if (*dirs == ':')
			dirs++;
	}
	return false;
}

static const char *const usual[] = {"/usr/bin/" CLI_NAME, "/usr/local/bin/" CLI_NAME};

static const char *chosen_cli(void)
{
	const char *chosen = getenv("TSFUNNEL_TAILSCALE");

	return chosen != NULL && chosen[0] != '\0' ? chosen : NULL;
}

const char *cli_wanted(void)
{
	const char *chosen = chosen_cli();

	return chosen != NULL ? chosen : usual[0];
}

int cli_find(char *path, size_t cap, struct err *e)
{
	const char *chosen = chosen_cli();

	if (chosen != NULL) {
		if (strlen(chosen) < cap && cli_is_program(chosen)) {
			memcpy(path, chosen, strlen(chosen) + 1);
			return 0;
		}
		err_set(e, ERR_UNAVAILABLE, "cannot find the tailscale CLI: %s is no program",
			chosen);
		return err_cure(e, "correct TSFUNNEL_TAILSCALE");
	}
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (strlen(usual[i]) < cap && cli_is_program(usual[i])) {
			memcpy(path, usual[i], strlen(usual[i]) + 1);
			return 0;
		}
	}
	if (find_in_path(path, cap))
		return 0;
	err_set(e, ERR_UNAVAILABLE,
		"cannot find the tailscale CLI: neither /usr/bin/" CLI_NAME " nor one in PATH");
	return err_cure(e, "install Tailscale, or name the program in TSFUNNEL_TAILSCALE");
}

/* Marks all descriptors but 0-2 and the two to close on exec. */
static void close_but(int lock, int tie)
{
	/* Nothing is closed yet: exec may fail, and then the launcher goes on. */
	if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
		for (int fd = 3; fd < LOW_FDS; fd++)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (lock >= 0)
		fcntl(lock, F_SETFD, 0);
	if (tie >= 0)
		fcntl(tie, F_SETFD, 0);
}

int exec_cli(const char *path, const char *const argv[], int lock, int tie, struct err *e)
{
	sigset_t none;

	/* Ignored signals and the mask live on over exec: SIGPIPE ignored, or SIGTERM blocked by
	 * whoever started us, would be the CLI's. Those that cannot be set are no loss. */
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (signal(sig, SIG_DFL) == SIG_ERR)
			continue;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close_but(lock, tie);
	execv(path, (char *const *)argv);
	return err_sys(e, errno == ENOENT ? ERR_NOTFOUND : ERR_NOEXEC, "cannot run %s", path);
}
