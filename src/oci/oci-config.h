/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Image configs, OCI's and Docker's: the platform, the layers' content, and how to start it. Pure.
 * Source: image-spec 1.1, config.md; appc-oci 7.4. */

#include "oci-digest.h"
#include "oci-read.h"

#define OCI_CONFIG_SIZE_MAX JSON_SIZE_MAX /* for whoever fetches it; the parser has the same */
#define OCI_HISTORY_MAX 16384

/* The "config" member. All of it is the image's wish: data until somebody grants it. */
typedef struct OciExecution {
        char *user;              /* NULL where absent, as all of these */
        char *working_directory; /* not checked */
        char *stop_signal;       /* not checked */
        Strv environment;        /* "NAME=value", not checked */
        Strv entrypoint, command;
        Strv ports;   /* "80/tcp", sorted, not checked */
        Strv volumes; /* paths, sorted, not checked */
        AppcPairs labels;
} OciExecution;

typedef struct OciConfig {
        char *os, *architecture; /* Go's words, not empty */
        char *variant;           /* NULL where absent or empty */
        OciDigest *diff_ids;     /* of the unpacked layers, base first */
        size_t n_diff_ids;
        OciExecution *execution; /* NULL: says nothing about how to start */
        /* Data only. */
        char *created, *author; /* as they came; NULL where absent */
        size_t n_history;
} OciConfig;

OciConfig *oci_config_free(OciConfig *config);
DEFINE_CLEANUP(OciConfig, oci_config_free);

/**
 * oci_config_parse() - parse an image config
 * @bytes: JSON, not NUL-terminated; borrowed
 *
 * null is the same as absent. What a runtime has no use for (Healthcheck, OnBuild, the build
 * container's own config ...) is not looked at.
 *
 * Returns: 0; -EMSGSIZE, -EBADMSG bad JSON; -EINVAL, -ERANGE bad content; -EOPNOTSUPP another kind of
 *          root file system, or a digest of another algorithm; -ENOMEM.
 */
int oci_config_parse(const char *bytes, size_t n, OciConfig **ret, Error *e);

/* Whether it belongs to that many layers. Returns 0; -EINVAL. */
int oci_config_check_layers(const OciConfig *config, size_t n_layers, Error *e);
