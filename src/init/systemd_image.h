/* SPDX-License-Identifier: MIT */
/* systemd_image - systemd in an image that is not running, by its files (init.h, struct init_image)
 */
#ifndef INIT_SYSTEMD_IMAGE_H
#define INIT_SYSTEMD_IMAGE_H

#include "init/init.h"

extern const struct init_image systemd_image;

/* Pure: is there a line or word KEY=... in a unit, or in what systemctl printed? */
bool systemd_names_variable(const char *text, const char *key);

/* Pure: "libsystemd-shared-257.9-1.so" is of 257; 0 for other names. */
int systemd_version_of(const char *library);

#endif
