/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The file "manifest.json" in the archives that "docker save" writes. Pure.
 * Source: appc-oci 7.6 (docker-archive); security A11, A12. */

#include "json-read.h"
#include "text.h"

#define OCI_SAVE_FILE "manifest.json"
#define OCI_SAVE_SIZE_MAX ((size_t) 1024 * 1024)
#define OCI_SAVE_IMAGES_MAX 1024
#define OCI_SAVE_PATH_MAX 1024

typedef struct OciSaveImage {
        char *config;   /* path in the archive: relative, without "." and ".." */
        Strv layers;    /* the same, base first; at most OCI_LAYERS_MAX */
        Strv repo_tags; /* hints, not checked: "busybox:latest" */
} OciSaveImage;

typedef struct OciSave {
        OciSaveImage *images;
        size_t n_images;
} OciSave;

OciSave *oci_save_free(OciSave *save);
DEFINE_CLEANUP(OciSave, oci_save_free);

/* @bytes is JSON, not NUL-terminated. Returns 0; -EMSGSIZE, -EBADMSG bad JSON; -EINVAL, -ERANGE bad
 * content; -ENOMEM. */
int oci_save_parse(const char *bytes, size_t n, OciSave **ret, Error *e);

/**
 * oci_save_select() - the image that is meant
 * @selector: one of an image's RepoTags, in any spelling of the same reference; "@N" for the image
 *            with that number, from 0; NULL if there is but one
 * @ret: borrowed from @save
 *
 * Returns: 0; -ENOENT no such image; -EINVAL bad number, bad reference, or several images and no
 *          selector; -ENOMEM.
 */
int oci_save_select(const OciSave *save, const char *selector, const OciSaveImage **ret, Error *e);
