/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "images.h"
#include "output-format.h"

#define SHORT_ID (sizeof(APPC_ID_PREFIX) - 1 + 32)

/* What is said about images is a part of what run takes: the options are those of the same name. */
typedef struct Settings {
        RunSettings run;
        bool full;
        bool has_policy;
} Settings;

static int
pass_on(const Option *table, const char *name, void *settings, const char *value, Error *e) {
        const OptionSet sets[] = { { table, NULL }, {} };
        void *unused = NULL;

        return option_find(sets, name, strlen(name), &unused)
                ->set(&((Settings *) settings)->run, value, e);
}

static int set_signature(void *settings, const char *value, Error *e) {
        return pass_on(run_image_options, "signature", settings, value, e);
}

static int set_pull_policy(void *settings, const char *value, Error *e) {
        ((Settings *) settings)->has_policy = true;
        return pass_on(run_pod_options, "pull-policy", settings, value, e);
}

static int set_quiet(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->run.quiet, value);
}

static int set_store_only(void *settings, const char *value, Error *e) {
        return pass_on(run_pod_options, "store-only", settings, value, e);
}

static int set_no_store(void *settings, const char *value, Error *e) {
        return pass_on(run_pod_options, "no-store", settings, value, e);
}

static int set_full(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->full, value);
}

static const Option options[] = {
        { "full", "true", "false", set_full, "print the full image hash after fetching", 0, NULL },
        { "no-store", "true", "false", set_no_store, "", 0, "please use --pull-policy=update" },
        { "pull-policy", NULL, "update", set_pull_policy,
          "when to pull an image: new, never or update", 0, NULL },
        { "quiet", "true", "false", set_quiet, "show no progress, and nothing but ids and errors",
          0, NULL },
        { "signature", NULL, "", set_signature,
          "local signature file to use in validating the preceding image", OPTION_IMAGE, NULL },
        { "store-only", "true", "false", set_store_only, "", 0, "please use --pull-policy=never" },
        {},
};

static int
read_words(const Rkt *rkt, const Verb *verb, Settings *settings, char **words, Error *e) {
        RunSettings *run = &settings->run;
        VerbOptions set;
        int r = 0;

        verb_options(verb, settings, rkt, &set);
        r = run_settings_parse_images(run, set.sets, words, e);
        for (size_t i = 0; r >= 0 && i < run->n_apps; i++)
                if (run->apps[i].has_arguments)
                        r = error_new(e, -EINVAL, "an image that is fetched takes no arguments");
        if (r < 0)
                return r == -ECANCELED ? r : error_wrap(e, r, "unable to parse arguments");
        if (run->n_apps == 0)
                return error_new(e, -EINVAL, "must provide at least one image");
        if (run->store_only && run->no_store)
                return error_new(e, -EINVAL, "both --store-only and --no-store specified");
        if (run->store_only)
                run->pull_policy = PULL_NEVER;
        else if (run->no_store || !settings->has_policy)
                run->pull_policy = PULL_UPDATE;
        return 0;
}

static int fetch_all(Images *images, const RunSettings *run, Strv *ret_ids, Error *e) {
        for (size_t i = 0; i < run->n_apps; i++) {
                const RunApp *app = &run->apps[i];
                char *id = NULL;
                int r = images_fetch(images, app->image, app->signature, run->pull_policy, &id, e);

                if (r >= 0)
                        r = strv_push(ret_ids, id);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        Settings *settings = settings_pointer;
        _cleanup_(images_closep) Images *images = NULL;
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(strv_freep) Strv ids = NULL;
        int r = read_words(rkt, &verb_fetch, settings, words, &e);

        if (r == -ECANCELED) {
                (void) rkt_usage(rkt);
                return 0;
        }
        if (r >= 0)
                r = stage0_open(rkt, true, &stage0, &e);
        if (r >= 0)
                r = images_open(&stage0, &images, &e);
        if (r >= 0) {
                images_set_quiet(images, settings->run.quiet);
                r = fetch_all(images, &settings->run, &ids, &e);
        }
        if (r < 0)
                return rkt_fail(rkt, &e, r);
        for (char **id = ids; *id; id++)
                printf("%.*s\n", settings->full ? (int) APPC_KEY_LENGTH : (int) SHORT_ID, *id);
        return 0;
}

#define FETCH_VERB(verb_flags)                                                                     \
        {                                                                                          \
                .name = "fetch", .arguments = "[options] IMAGE [--signature=FILE] ...",            \
                .summary = "Fetch image(s) and store them in the local store",                     \
                .description =                                                                     \
                        "IMAGE should be a string referencing an image: a local file on disk, an " \
                        "image layout, a URL or a name. Prints the id of each image.",             \
                .options = { options }, .settings_size = sizeof(Settings), .flags = (verb_flags),  \
                .run = run, .done = run_settings_done                                              \
        }

const Verb verb_fetch = FETCH_VERB(VERB_STOPS);
const Verb verb_image_fetch = FETCH_VERB(VERB_STOPS | VERB_HIDDEN);
