/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The layers of an image, several at a time. */

#include "fetch-registry.h"

#define FETCH_LAYERS_AT_ONCE 4

/**
 * fetch_layers() - bring all layers to the sink
 * @done: one for each layer of the manifest: those that are true are there already; those that arrive
 *        are marked, whatever the result is
 *
 * Returns: 0; the first failure, after which nothing is under way.
 */
int fetch_layers(FetchRegistry *registry,
                 const FetchSink *sink,
                 const OciManifest *manifest,
                 const OciConfig *config,
                 bool *done,
                 Error *e);

/* Whether such an error is the network's doing, and not what the image is. */
bool fetch_is_passing(int r);
