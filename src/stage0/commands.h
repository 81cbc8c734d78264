/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The verbs; each is defined in the file of its name. */

#include "verb.h"

extern const Verb verb_abort; /* for stage1, not for people */
extern const Verb verb_app;
extern const Verb verb_app_add;
extern const Verb verb_app_exec; /* the same as enter */
extern const Verb verb_app_list;
extern const Verb verb_app_rm;
extern const Verb verb_app_sandbox;
extern const Verb verb_app_start;
extern const Verb verb_app_status;
extern const Verb verb_app_stop;
extern const Verb verb_attach;
extern const Verb verb_cat_manifest;
extern const Verb verb_complete; /* for the shells' completion */
extern const Verb verb_completion;
extern const Verb verb_config;
extern const Verb verb_df;
extern const Verb verb_enter;
extern const Verb verb_export;
extern const Verb verb_fetch;
extern const Verb verb_gc;
extern const Verb verb_help;
extern const Verb verb_image;
extern const Verb verb_image_cat_manifest;
extern const Verb verb_image_export;
extern const Verb verb_image_extract;
extern const Verb verb_image_fetch; /* the same as fetch */
extern const Verb verb_image_gc;
extern const Verb verb_image_import;
extern const Verb verb_image_list;
extern const Verb verb_image_render;
extern const Verb verb_image_rm;
extern const Verb verb_image_verify;
extern const Verb verb_list;
extern const Verb verb_logs;
extern const Verb verb_prepare;
extern const Verb verb_rm;
extern const Verb verb_run;
extern const Verb verb_run_prepared;
extern const Verb verb_stats;
extern const Verb verb_status;
extern const Verb verb_stop;
extern const Verb verb_trust;
extern const Verb verb_update;
extern const Verb verb_version;
