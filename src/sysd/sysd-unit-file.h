/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Properties as settings of a unit file, for a systemd that we cannot talk to yet. */

#include <stdio.h>

#include "sysd-property.h"

/**
 * sysd_unit_file_write() - write settings, one or more lines each
 *
 * Arguments and variables arrive as they are, whatever is in them; specifiers are not expanded.
 *
 * Returns: 0; -EINVAL a value with a line break where none can stand; -EOPNOTSUPP a property that
 *          no unit file has; errors of @out are for who closes it.
 */
int sysd_unit_file_write(const SysdProperties *p, FILE *out, Error *e);
