/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

static const Verb *const verbs[] = {
        &verb_image_cat_manifest,
        &verb_image_export,
        &verb_image_extract,
        &verb_image_fetch,
        &verb_image_gc,
        &verb_image_import,
        &verb_image_list,
        &verb_image_render,
        &verb_image_rm,
        &verb_image_verify,
        NULL,
};

const Verb verb_image = {
        .name = "image",
        .arguments = "[command]",
        .summary = "Operate on image(s) in the local store",
        .children = verbs,
};
