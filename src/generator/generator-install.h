/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A unit in the directory that systemd gave, and the links that [Install] asks for. */

#include "podfile-unit.h"

/**
 * generator_install() - write a unit and what pulls it in
 * @dir_fd: the generator's directory
 * @name:   the unit's, without ".service"
 *
 * Returns: 0; -EEXIST when another file made a unit of that name; -EINVAL what [Install] cannot say;
 *          a negative errno of writing. The unit stays when only its links failed.
 */
int generator_install(
        int dir_fd, const char *name, const char *text, const Podfile *podfile, Error *e);

/* What [Install] says is checked the same without writing. */
int generator_check_install(const char *name, const Podfile *podfile, Error *e);
