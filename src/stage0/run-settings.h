/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the command line of run and prepare says: about the pod, and about each image in it.
 * Source: inventory 1.3 to 1.7. */

#include "appc-pod.h"
#include "verb.h"

/* One image and what stands behind it. */
typedef struct RunApp {
        char *image; /* as the user wrote it */
        Strv arguments;
        bool has_arguments;
        char *signature, *exec, *name, *working_directory, *user, *group; /* NULL unless said */
        int64_t *supplementary_gids;
        size_t n_supplementary_gids;
        bool read_only_rootfs;
        AppcMount *mounts;
        size_t n_mounts;
        AppcPairs annotations, environment, user_annotations, user_labels;
        AppcIsolators isolators;
        Strv properties; /* "NAME=VALUE" for systemd */
} RunApp;

/* Behind it "stdin", "stdout" or "stderr": an annotation of the app. Source: inventory 4.7. */
#define RUN_STREAM_ANNOTATION "coreos.com/rkt/stage2/"

/* Which stage1 image; at most one way of naming it. */
typedef enum Stage1Kind {
        STAGE1_BY_DEFAULT,
        STAGE1_BY_URL,
        STAGE1_BY_PATH,
        STAGE1_BY_NAME,
        STAGE1_BY_HASH,
        STAGE1_FROM_DIR,
} Stage1Kind;

typedef enum PullPolicy {
        PULL_NEW,
        PULL_NEVER,
        PULL_UPDATE,
} PullPolicy;

typedef struct RunSettings {
        RunApp *apps;
        size_t n_apps;
        Stage1Kind stage1_kind;
        char *stage1; /* NULL by default */
        AppcExposedPort *ports;
        size_t n_ports;
        AppcVolume *volumes;
        size_t n_volumes;
        AppcMount *mounts; /* for all apps */
        size_t n_mounts;
        Strv nets; /* as given, empty if the user named none */
        AppcPairs set_env, set_env_file;
        Strv dns, dns_search, dns_opt, hosts_entries;
        char *dns_domain, *hostname, *ipc, *order, *pod_manifest, *pod_name, *uuid_file_save;
        PullPolicy pull_policy;
        AppcPairs annotations, user_annotations, user_labels; /* of the pod itself */
        bool is_mutable;         /* made without apps, which come and go while it runs */
        bool replaces_arguments; /* what stands behind "--" takes the place of the image's arguments */
        bool inherit_env, no_overlay, private_users, interactive, mds_register, detach, quiet;
        bool store_only, no_store;
} RunSettings;

/* All of them fill a RunSettings. */
extern const Option run_image_options[];  /* behind an image */
extern const Option run_stage1_options[]; /* run, prepare, app sandbox: which stage1 image */
extern const Option run_dns_options[];    /* run, run-prepared, app sandbox: names */
extern const Option run_pod_options[];    /* run, prepare: what goes into the pod */
extern const Option run_start_options[];  /* run, run-prepared: decided when the pod starts */
extern const Option run_only_options[];
extern const Option prepare_only_options[];
extern const Option run_sandbox_options[];  /* app sandbox */
extern const Option run_app_only_options[]; /* app add, beside those of an image */

void run_settings_done(void *settings);

/**
 * run_settings_parse_images() - the images and what belongs to each
 * @sets:  the verb's options and the global ones
 * @words: from the first image on
 *
 * Also checks what must agree: each mount's volume, options that exclude each other.
 */
int run_settings_parse_images(RunSettings *settings,
                              const OptionSet *sets,
                              char *const *words,
                              Error *e);

/* "KEY=VALUE", replacing an older one; @what names it in errors. Returns 0; -EINVAL. */
int run_settings_set_pair(AppcPairs *pairs, const char *text, const char *what, Error *e);

/* The same where the key must be an AC Identifier. */
int run_settings_set_annotation(AppcPairs *pairs, const char *text, Error *e);

/* "KEY=VALUE" with a valid and new key. Returns 0; -EEXIST; -EINVAL. */
int run_settings_add_variable(AppcPairs *pairs, const char *text, Error *e);
