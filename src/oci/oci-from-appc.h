/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From an appc image manifest to an image config: the other way round than oci-translate.h. Pure. */

#include "appc-image.h"
#include "oci-digest.h"

/**
 * oci_config_from_appc() - make the config of an image of one layer
 * @diff: digest of the unpacked layer
 * @ret: compact JSON, allocated
 *
 * Isolators, event handlers, supplementary groups and names of ports and mount points have no place
 * there and are left out.
 *
 * Returns: 0; -EOPNOTSUPP a platform Go has no word for; -ENOMEM.
 */
int oci_config_from_appc(const AppcImage *image, const OciDigest *diff, char **ret, Error *e);
