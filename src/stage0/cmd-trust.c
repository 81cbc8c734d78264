/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "output-format.h"
#include "trust.h"

typedef struct Settings {
        char *prefix;
        bool root, skip_review, allow_http;
} Settings;

static void settings_done(void *settings) {
        free(((Settings *) settings)->prefix);
}

static int set_prefix(void *settings, const char *value, Error *e) {
        (void) e;
        return output_text_set(&((Settings *) settings)->prefix, value);
}

static int set_root(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->root, value);
}

static int set_skip_review(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->skip_review, value);
}

static int set_allow_http(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->allow_http, value);
}

static const Option options[] = {
        { "insecure-allow-http", "true", "false", set_allow_http,
          "allow HTTP use for key discovery", 0, NULL },
        { "prefix", NULL, "", set_prefix, "prefix to limit trust to", OPTION_QUOTED, NULL },
        { "root", "true", "false", set_root, "add root key from filesystem without a prefix", 0,
          NULL },
        { "skip-fingerprint-review", "true", "false", set_skip_review,
          "accept key without fingerprint confirmation", 0, NULL },
        {},
};

static int check(const Settings *settings, char **words, Error *e) {
        if (settings->root && settings->prefix)
                return error_new(e, -EINVAL, "--root and --prefix usage mutually exclusive");
        if (!settings->root && !settings->prefix && *words)
                return error_new(
                        e, -EINVAL,
                        "aborting due to implicit unbounded trust (root domain): a key without a "
                        "prefix may sign every image; --prefix=PREFIX limits it, --root says that "
                        "this is wanted");
        if (settings->prefix && strstr(settings->prefix, "://"))
                return error_new(e, -EINVAL,
                                 "--prefix must not contain a URL scheme, omit https://");
        if (settings->root && !*words)
                return error_new(e, -EINVAL, "empty prefix");
        return 0;
}

static int trust_all(const Rkt *rkt, const Settings *settings, char **words, Error *e) {
        _cleanup_(fetch_keystore_freep) FetchKeystore *keystore = NULL;
        _cleanup_(servers_closep) Servers *servers = NULL;
        FetchContext context = {};
        Trust trust = {
                .rkt = rkt,
                .context = &context,
                .prefix = settings->prefix,
                .reviewed = settings->skip_review,
        };
        int r = 0;

        if (rkt->insecure & INSECURE_IMAGE)
                return error_new(e, -EINVAL, "could not get the keystore");
        r = fetch_keystore_new(rkt->system_config, rkt->local_config, &keystore);
        if (r >= 0)
                r = servers_open(rkt, false, &servers, e);
        if (r < 0)
                return r;
        trust.keystore = keystore;
        context = *servers_context(servers);
        if (settings->allow_http)
                context.insecure |= FETCH_INSECURE_HTTP | FETCH_INSECURE_PUBKEY;
        if (!*words)
                return trust_discovered(&trust, e);
        for (; *words && r >= 0; words++)
                r = trust_key(&trust, *words, e);
        return r;
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (!settings->root && !settings->prefix && !*words)
                return rkt_usage(rkt);
        r = check(settings, words, &e);
        if (r >= 0)
                r = trust_all(rkt, settings, words, &e);
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}

const Verb verb_trust = {
        .name = "trust",
        .arguments = "[--prefix=PREFIX] [--insecure-allow-http] [--skip-fingerprint-review] "
                     "[--root] [PUBKEY ...]",
        .summary = "Trust a key for image verification",
        .description = "Adds keys to the local keystore. PUBKEY may be either a local file or URL, "
                       "PREFIX scopes the applicability of keys to image names sharing PREFIX. "
                       "Meta discovery of PUBKEY at PREFIX will be attempted if no PUBKEY is "
                       "specified. For a key to be trusted with no prefix, --root must be "
                       "specified.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .run = run,
        .done = settings_done,
};
