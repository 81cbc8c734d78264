/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Signatures of images from registries: statements signed by OpenPGP keys, which lie beside the registry
 * where the configuration says so. Source: appc-oci 7.9; security B05. */

#include "fetch.h"

/**
 * fetch_lookaside_verify() - find a signature by somebody who is trusted
 * @digests: of the manifest, then of the index it was chosen from, if any
 *
 * Keys are those for the image's appc name, "HOST/REPOSITORY".
 *
 * Returns: 0; -EKEYREJECTED there is none; errors of the network: what could not be looked at is not
 *          missing.
 */
int fetch_lookaside_verify(const FetchContext *context,
                           const OciReference *reference,
                           const OciDigest *digests,
                           size_t n_digests,
                           Error *e);
