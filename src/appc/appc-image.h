/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Image manifests and image ids. Pure.
 * Source: appc spec 0.8.11, "Image Manifest Schema"; appc-oci 1.5, 2.4. */

#include "appc-app.h"

#define APPC_VERSION "0.8.11"
#define APPC_IMAGE_DEPENDENCIES_MAX 1024

typedef struct AppcDependency {
        char *image_name;
        char *image_id; /* NULL where absent */
        AppcPairs labels;
        uint64_t size; /* 0 where absent */
} AppcDependency;

typedef struct AppcImage {
        char *ac_version;
        char *name; /* AC Identifier */
        AppcPairs labels;
        AppcApp *app; /* NULL where absent */
        AppcDependency *dependencies;
        size_t n_dependencies;
        Strv path_whitelist;
        AppcPairs annotations;
} AppcImage;

AppcImage *appc_image_free(AppcImage *image);
DEFINE_CLEANUP(AppcImage, appc_image_free);

/**
 * appc_image_parse() - parse and validate an image manifest
 * @text: JSON, not NUL-terminated; borrowed
 *
 * Returns: 0; -EMSGSIZE, -EBADMSG bad JSON; -EINVAL, -ERANGE bad content; -ENOMEM.
 */
int appc_image_parse(const char *text, size_t n, AppcImage **ret, Error *e);

/* In the original's key order, so that it reads back the same. Ends without a newline. */
void appc_image_write(JsonWriter *w, const AppcImage *image);

/* Compact JSON, allocated; NULL when out of memory. */
char *appc_image_format(const AppcImage *image);

/* Image ids: "sha512-" and hexadecimal. A full one has 128 digits, a key the first 64. */
#define APPC_ID_PREFIX "sha512-"
#define APPC_KEY_HEX 64
#define APPC_KEY_LENGTH (sizeof(APPC_ID_PREFIX) - 1 + APPC_KEY_HEX)

/* "sha512-" and at least one character that is no "-": what the original takes for a hash. */
bool appc_id_is_hash(const char *text);
