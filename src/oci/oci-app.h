/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From an image config's "config" to an appc app. Pure.
 * Source: appc-oci 6.5, 7.4, with the defects of the original's conversion mended. */

#include "appc-app.h"
#include "oci-config.h"

#define OCI_VOLUMES_MAX 256
#define OCI_PORT_ROW_MAX 256 /* more ports than that in a row become one range */

/* Where an app's userAnnotations carry the config's StopSignal, as it came. Data: whoever sends
 * signals reads it by his own table. (No image annotation can have this name: it has a capital.) */
#define OCI_STOP_SIGNAL_ANNOTATION "org.opencontainers.image.stopSignal"

/**
 * oci_app_translate() - make the app section
 * @ret: passes appc's own checks
 *
 * exec is Entrypoint and Cmd in a row, and may be empty. Volumes become mount points "volume-PATH",
 * exposed ports "80-tcp" (a range is one of them, "80-90-tcp"), labels userLabels. Without a group the
 * user's text stands for the group as well, which an image of this origin means as "the user's own".
 *
 * Refused, since no app can say it: a user or group that is empty beside a ':' or begins with '/'
 * (appc means a file's owner by that), a relative working directory, an environment name beyond
 * [A-Za-z_][A-Za-z_0-9.-]*, a volume that is relative or the root, a port that is none. Dropped:
 * environment entries without '=', which name nothing to set.
 *
 * Returns: 0; -EINVAL, -ERANGE, and @e names the member; -ENOMEM.
 */
int oci_app_translate(const OciExecution *execution, AppcApp **ret, Error *e);
