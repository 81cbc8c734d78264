/* SPDX-License-Identifier: Apache-2.0 */
#include "trust.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "fetch-aci.h"
#include "files.h"
#include "openat.h"

#define LINE_MAX_BYTES 64 /* of an answer */
#define CONFIG_MODE 0755

static int read_key(const char *path, FetchKey **ret, Error *e) {
        _cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        _cleanup_(freep) char *bytes = NULL;
        size_t n = 0;
        int r = fd < 0 ? -errno : fd_read_all(fd, FETCH_ARMOR_SIZE_MAX, &bytes, &n);

        if (r < 0)
                return error_wrap(e, r, "error opening key \"%s\"", path);
        r = fetch_key_parse(bytes, n, ret, e);
        return r < 0 ? error_wrap(e, r, "error reading key \"%s\"", path) : 0;
}

static int get_key(const Trust *trust, const char *location, FetchKey **ret, Error *e) {
        const char *rest = text_after(location, "file://");

        if (text_after(location, "https://"))
                return fetch_key_url(trust->context, location, ret, e);
        if (text_after(location, "http://")) {
                if (!(trust->context->insecure & FETCH_INSECURE_PUBKEY))
                        return error_new(e, -EPROTONOSUPPORT,
                                         "--insecure-allow-http required for http URLs");
                return fetch_key_url(trust->context, location, ret, e);
        }
        if (!rest && strstr(location, "://"))
                return error_new(e, -EINVAL, "only local files and http or https URLs supported");
        return read_key(rest ?: location, ret, e);
}

/* What is compared with what the key's owner says elsewhere. Names are the key's own claim. */
static int show(const Trust *trust,
                const char *location,
                const FetchKey *key,
                char *const *fingerprints,
                Error *e) {
        rkt_say(&(const Rkt){ .name = "pubkey" }, "prefix: \"%s\"\nkey: \"%s\"",
                trust->prefix ?: "", location);
        for (size_t i = 0; fingerprints[i]; i++) {
                _cleanup_(freep) char *text = fetch_fingerprint_format(fingerprints[i]);

                if (!text)
                        return error_new(e, -ENOMEM, "out of memory");
                printf(i == 0 ? "gpg key fingerprint is: %s\n" : "    Subkey fingerprint: %s\n",
                       text);
        }
        for (char **identity = key->identities; identity && *identity; identity++) {
                fputc('\t', stdout);
                text_write_escaped(stdout, *identity);
                fputc('\n', stdout);
        }
        return 0;
}

/* Returns 1 or 0; -ENOTTY. */
static int ask(Error *e) {
        if (!isatty(STDIN_FILENO))
                return error_new(e, -ENOTTY,
                                 "unable to ask user to review fingerprint due to lack of tty");
        for (;;) {
                char line[LINE_MAX_BYTES];

                fputs("Are you sure you want to trust this key (yes/no)?\n", stdout);
                (void) fflush(stdout);
                if (!fgets(line, sizeof(line), stdin))
                        return error_new(e, -EIO, "no answer");
                line[strcspn(line, "\n")] = '\0';
                if (text_equal(line, "yes") || text_equal(line, "no"))
                        return text_equal(line, "yes");
                fputs("Please enter 'yes' or 'no'\n", stdout);
        }
}

/* The directory for keys may be the first thing in the local configuration. */
static int make_local(const Rkt *rkt, Error *e) {
        _cleanup_(fd_closep) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(fd_closep) int fd = -EBADF;

        if (access(rkt->local_config, F_OK) == 0)
                return 0;
        fd = root < 0 ? -errno : mkdir_beneath(root, rkt->local_config + 1, CONFIG_MODE);
        return fd < 0 ? error_wrap(e, fd, "cannot make \"%s\"", rkt->local_config) : 0;
}

static int keep(const Trust *trust,
                const char *location,
                const FetchKey *key,
                const char *fingerprint,
                Error *e) {
        const char *how =
                trust->reviewed ? "without fingerprint review" : "after fingerprint review";
        _cleanup_(freep) char *path = NULL;
        int r = make_local(trust->rkt, e);

        if (r >= 0)
                r = fetch_keystore_add(trust->keystore, trust->prefix, key, fingerprint, &path, e);
        if (r < 0)
                return error_wrap(e, r, "error adding key");
        printf("Trusting \"%s\" for prefix \"%s\" %s.\n", location, trust->prefix ?: "", how);
        if (trust->prefix)
                printf("Added key for prefix \"%s\" at \"%s\"\n", trust->prefix, path);
        else
                printf("Added root key at \"%s\"\n", path);
        return 0;
}

int trust_key(const Trust *trust, const char *location, Error *e) {
        _cleanup_(fetch_key_freep) FetchKey *key = NULL;
        _cleanup_(strv_freep) Strv fingerprints = NULL;
        int r = get_key(trust, location, &key, e);

        if (r >= 0)
                r = fetch_key_fingerprints(NULL, key, &fingerprints, e);
        if (r >= 0)
                r = show(trust, location, key, fingerprints, e);
        if (r < 0)
                return r;
        (void) fflush(stdout);
        if (!trust->reviewed) {
                r = ask(e);
                if (r < 0)
                        return error_wrap(e, r, "error reviewing key");
                if (r == 0) {
                        rkt_say(trust->rkt, "not trusting \"%s\"", location);
                        return 0;
                }
        }
        return keep(trust, location, key, fingerprints[0], e);
}

int trust_discovered(const Trust *trust, Error *e) {
        _cleanup_(strv_freep) Strv locations = NULL;
        int r = 0;

        if (text_is_empty(trust->prefix))
                return error_new(e, -EINVAL, "empty prefix");
        r = fetch_discover_keys(trust->context, trust->prefix, &locations, e);
        for (char **location = locations; r >= 0 && location && *location; location++) {
                /* What a page of somebody's server says is no path of ours. */
                if (!text_after(*location, "https://") && !text_after(*location, "http://"))
                        return error_new(e, -EINVAL, "\"%s\" is no http or https URL", *location);
                r = trust_key(trust, *location, e);
        }
        return r;
}
