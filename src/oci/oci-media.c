/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-media.h"

#include <string.h>

#include "text.h"

#define OCI "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."

static const OciMedia unknown = { .kind = OCI_MEDIA_UNKNOWN };
static const OciMedia encrypted = { .kind = OCI_MEDIA_ENCRYPTED };

static const OciMedia table[] = {
        { .type = OCI "index.v1+json", .kind = OCI_MEDIA_INDEX },
        { .type = OCI "manifest.v1+json", .kind = OCI_MEDIA_MANIFEST },
        { .type = OCI "config.v1+json", .kind = OCI_MEDIA_CONFIG },
        { .type = OCI "layer.v1.tar", .kind = OCI_MEDIA_LAYER },
        { .type = OCI "layer.v1.tar+gzip",
          .kind = OCI_MEDIA_LAYER,
          .compression = OCI_COMPRESSION_GZIP },
        { .type = OCI "layer.v1.tar+zstd",
          .kind = OCI_MEDIA_LAYER,
          .compression = OCI_COMPRESSION_ZSTD },
        { .type = OCI "layer.nondistributable.v1.tar", .kind = OCI_MEDIA_LAYER, .foreign = true },
        { .type = OCI "layer.nondistributable.v1.tar+gzip",
          .kind = OCI_MEDIA_LAYER,
          .compression = OCI_COMPRESSION_GZIP,
          .foreign = true },
        { .type = OCI "layer.nondistributable.v1.tar+zstd",
          .kind = OCI_MEDIA_LAYER,
          .compression = OCI_COMPRESSION_ZSTD,
          .foreign = true },
        { .type = DOCKER "distribution.manifest.list.v2+json",
          .kind = OCI_MEDIA_INDEX,
          .docker = true },
        { .type = DOCKER "distribution.manifest.v2+json",
          .kind = OCI_MEDIA_MANIFEST,
          .docker = true },
        { .type = DOCKER "distribution.manifest.v1+json",
          .kind = OCI_MEDIA_SCHEMA1,
          .docker = true },
        { .type = DOCKER "distribution.manifest.v1+prettyjws",
          .kind = OCI_MEDIA_SCHEMA1,
          .docker = true },
        { .type = DOCKER "container.image.v1+json", .kind = OCI_MEDIA_CONFIG, .docker = true },
        { .type = DOCKER "image.rootfs.diff.tar", .kind = OCI_MEDIA_LAYER, .docker = true },
        { .type = DOCKER "image.rootfs.diff.tar.gzip",
          .kind = OCI_MEDIA_LAYER,
          .compression = OCI_COMPRESSION_GZIP,
          .docker = true },
        { .type = DOCKER "image.rootfs.diff.tar.zstd",
          .kind = OCI_MEDIA_LAYER,
          .compression = OCI_COMPRESSION_ZSTD,
          .docker = true },
        { .type = DOCKER "image.rootfs.foreign.diff.tar",
          .kind = OCI_MEDIA_LAYER,
          .docker = true,
          .foreign = true },
        { .type = DOCKER "image.rootfs.foreign.diff.tar.gzip",
          .kind = OCI_MEDIA_LAYER,
          .compression = OCI_COMPRESSION_GZIP,
          .docker = true,
          .foreign = true },
};

static const OciMedia *find(const char *type, size_t n) {
        for (size_t i = 0; i < N_ELEMENTS(table); i++)
                if (strlen(table[i].type) == n && strncasecmp(table[i].type, type, n) == 0)
                        return &table[i];
        return &unknown;
}

const OciMedia *oci_media_find(const char *type) {
        static const char suffix[] = "+encrypted";
        const size_t n_suffix = sizeof(suffix) - 1;
        size_t n = strcspn(type, ";");

        while (n > 0 && strchr(" \t", type[n - 1]))
                n--;
        if (n > n_suffix && strncasecmp(type + n - n_suffix, suffix, n_suffix) == 0 &&
            find(type, n - n_suffix)->kind == OCI_MEDIA_LAYER)
                return &encrypted;
        return find(type, n);
}

int oci_media_check_layer(const OciMedia *media, const char *type, Error *e) {
        if (media->kind == OCI_MEDIA_LAYER)
                return 0;
        if (media->kind == OCI_MEDIA_ENCRYPTED)
                return error_new(e, -EOPNOTSUPP, "the layer is encrypted (\"%s\")", type);
        return error_new(e, -EOPNOTSUPP, "\"%s\" is no type of layer known here", type);
}

/* One side of the slash. Returns its length, 0 if there is none. */
static size_t restricted_name(const char *text) {
        static const char first[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        size_t n = strspn(text, first);

        if (n == 0)
                return 0;
        while (text[n] && (strchr(first, text[n]) || strchr("!#$&^_.+-", text[n])))
                n++;
        return n <= 127 ? n : 0;
}

bool oci_media_type_is_valid(const char *type) {
        size_t n = restricted_name(type);

        if (n == 0 || type[n] != '/')
                return false;
        type += n + 1;
        n = restricted_name(type);
        return n > 0 && type[n] == '\0';
}
