/* SPDX-License-Identifier: MIT */
/*
 * notify - tell the service manager how it goes (sd_notify(3))
 *
 * A datagram "KEY=value" to the unix socket in $NOTIFY_SOCKET, a path or, with "@"
 * first, an abstract name. Without the variable nothing is sent; what cannot be sent is lost:
 * the manager's words are an extra, status.json has them too.
 */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

/*
 * notify_take() - remember the socket and take it out of the environment
 *
 * Whoever this process becomes is not to speak for the service.
 */
void notify_take(void);

/*
 * Sends KEY=value; also from a child of the process that called notify_take(). Control characters
 * become spaces: a value cannot say anything else.
 */
void notify_send(const char *key, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sends lines as they are; safe in a signal handler. */
void notify_lines(const char *lines);

#endif
