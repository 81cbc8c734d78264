/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Unit properties as people write them in unit files and for systemd-run. */

#include "sysd-property.h"

/**
 * sysd_property_parse() - read "NAME=VALUE" and set it
 * @text: names and values as in systemd.exec(5), systemd.resource-control(5) and so on; sizes may
 *        have K, M, G, T; times may have units; "infinity" is understood
 *
 * Returns: 0; -EINVAL the value; -ENOKEY a property we cannot spell on the bus.
 */
int sysd_property_parse(const char *text, SysdProperties *p, Error *e);
