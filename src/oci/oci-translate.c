/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-translate.h"

#include "appc-name.h"
#include "appc-platform.h"
#include "oci-app.h"

static int set_name(const OciOrigin *origin, AppcImage *image, Error *e) {
        _cleanup_(freep) char *raw = NULL;
        int r = 0;

        if (asprintf(&raw, "%s%s%s", origin->registry ? origin->registry : "",
                     origin->registry ? "/" : "", origin->repository ? origin->repository : "") < 0)
                return -ENOMEM;
        r = appc_identifier_sanitize(raw, &image->name);
        if (r == -EINVAL)
                return error_new(e, r, "no image name can be made from \"%s\"", raw);
        return r;
}

/* Empty values are not worth a name. */
static int set(AppcPairs *pairs, const char *name, const char *value) {
        return text_is_empty(value) ? 0 : appc_pairs_set(pairs, name, value);
}

static int
set_labels(const OciConfig *config, const OciOrigin *origin, AppcImage *image, Error *e) {
        const char *arch = appc_arch_from_go(config->os, config->architecture, config->variant);
        int r = 0;

        if (!arch)
                return error_new(e, -EOPNOTSUPP, "images for %s/%s%s%s are not supported",
                                 config->os, config->architecture, config->variant ? "/" : "",
                                 config->variant ? config->variant : "");
        r = set(&image->labels, "arch", arch);
        if (r >= 0)
                r = set(&image->labels, "os", config->os);
        if (r >= 0)
                r = set(&image->labels, "version", origin->tag);
        return r;
}

/* By the rule that the manifest's reader will apply. 0 or 1; -ENOMEM. */
static int is_valid_annotation(const char *name, const char *value) {
        _cleanup_(appc_pairs_done) AppcPairs pairs = APPC_PAIRS_NULL, reread = APPC_PAIRS_NULL;
        _cleanup_(json_freep) Json *list = NULL;
        _cleanup_(freep) char *text = NULL;
        JsonText out;
        int r = appc_pairs_set(&pairs, name, value);

        if (r >= 0)
                r = json_text_begin(&out);
        if (r < 0)
                return r;
        appc_pairs_write(&out.w, &pairs);
        text = json_text_end(&out);
        r = text ? json_parse(text, strlen(text), &list, NULL) : -ENOMEM;
        if (r >= 0)
                r = appc_annotations_read(list, &reread, NULL);
        return r == -ENOMEM ? r : r >= 0;
}

static int set_created(const OciConfig *config, AppcImage *image) {
        int r = text_is_empty(config->created) ? 0
                                               : is_valid_annotation("created", config->created);

        return r <= 0 ? r : set(&image->annotations, "created", config->created);
}

/* A list as the JSON it came as. */
static int set_list(AppcPairs *pairs, const char *name, char *const *list) {
        _cleanup_(freep) char *text = NULL;
        JsonText out;

        if (!list || !list[0])
                return 0;
        if (json_text_begin(&out) < 0)
                return -ENOMEM;
        json_write_strv(&out.w, list);
        text = json_text_end(&out);
        return text ? set(pairs, name, text) : -ENOMEM;
}

static int set_annotations(const OciConfig *config, const OciOrigin *origin, AppcImage *image) {
        AppcPairs *pairs = &image->annotations;
        const struct {
                const char *name, *value;
        } plain[] = {
                { OCI_ANNOTATION "originalname", origin->original },
                { OCI_ANNOTATION "registryurl", origin->registry },
                { OCI_ANNOTATION_REPOSITORY, origin->repository },
                { OCI_ANNOTATION "imageid", origin->config ? origin->config->text : NULL },
                { OCI_ANNOTATION "manifesthash", origin->manifest ? origin->manifest->text : NULL },
        };
        int r = set(pairs, "authors", config->author);

        if (r >= 0)
                r = set_created(config, image);
        for (size_t i = 0; r >= 0 && i < N_ELEMENTS(plain); i++)
                r = set(pairs, plain[i].name, plain[i].value);
        if (r >= 0 && config->execution)
                r = set_list(pairs, OCI_ANNOTATION "entrypoint", config->execution->entrypoint);
        if (r >= 0 && config->execution)
                r = set_list(pairs, OCI_ANNOTATION "cmd", config->execution->command);
        if (r >= 0)
                r = set(pairs, OCI_ANNOTATION "tag", origin->tag);
        return r;
}

/* What is stored is what was read back: no image gets in whose manifest could not be read again,
 * such as one that its escapes make too long. */
static int reread(const AppcImage *image, AppcImage **ret, Error *e) {
        _cleanup_(freep) char *text = appc_image_format(image);
        int r = text ? appc_image_parse(text, strlen(text), ret, e) : -ENOMEM;

        return r < 0 ? error_prefix(e, r, "as an appc image manifest: ") : 0;
}

int oci_translate(const OciConfig *config, const OciOrigin *origin, AppcImage **ret, Error *e) {
        _cleanup_(appc_image_freep) AppcImage *image = calloc(1, sizeof(*image));
        int r = 0;

        if (!image)
                return -ENOMEM;
        image->ac_version = strdup(APPC_VERSION);
        if (!image->ac_version)
                return -ENOMEM;
        r = set_name(origin, image, e);
        if (r >= 0)
                r = set_labels(config, origin, image, e);
        if (r >= 0)
                r = set_annotations(config, origin, image);
        if (r >= 0 && config->execution)
                r = oci_app_translate(config->execution, &image->app, e);
        return r < 0 ? r : reread(image, ret, e);
}
