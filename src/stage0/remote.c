/* SPDX-License-Identifier: Apache-2.0 */
#include "remote.h"

#include <unistd.h>

#include "appc-platform.h"
#include "fetch-aci-into-store.h"
#include "fetch-into-store.h"
#include "fetch-url.h"
#include "servers.h"
#include "store-remote.h"
#include "trust.h"

#define NOT_FETCHED                                                                               \
        "either image was not found in the store or store was disabled and fetching from remote " \
        "yielded nothing or it was disabled"

struct Remote {
        const Rkt *rkt;
        Store *store;
        bool quiet;
        Servers *servers;        /* NULL as long as nobody was asked */
        FetchKeystore *keystore; /* NULL as long as nobody had to vouch */
};

/* What the original said in the name of its image part. */
static const Rkt voice = { .name = "image" };

int remote_new(const Rkt *rkt, Store *store, Remote **ret) {
        Remote *remote = calloc(1, sizeof(*remote));

        if (!remote)
                return -ENOMEM;
        *remote = (Remote){ .rkt = rkt, .store = store };
        *ret = remote;
        return 0;
}

Remote *remote_free(Remote *remote) {
        if (remote) {
                (void) servers_close(remote->servers);
                (void) fetch_keystore_free(remote->keystore);
                free(remote);
        }
        return NULL;
}

void remote_set_quiet(Remote *remote, bool quiet) {
        remote->quiet = quiet;
}

void remote_tell_used(const Remote *remote, const char *kind, const char *word) {
        if (!remote->quiet)
                rkt_say(&voice, "using image from local store for %s %s", kind, word);
}

static void tell_fresh(void *userdata, const char *url) {
        (void) userdata;
        rkt_say(&voice, "image for %s isn't expired, not fetching.", url);
}

static void tell_waiting(void *userdata) {
        (void) userdata;
        rkt_say(&voice, "another rkt instance is downloading this file, waiting...");
}

static void tell_good(void *userdata, char *const *identities) {
        (void) userdata;
        rkt_say(&voice, "signature verified:");
        for (; identities && *identities; identities++)
                rkt_say(&voice, "  %s", *identities);
}

static void tell_unknown(void *userdata, const char *name) {
        (void) userdata;
        rkt_say(&voice, "If you expected the signing key to change, try running:");
        rkt_say(&voice, "    rkt trust --prefix %s", name);
}

bool remote_wants_verified(const Remote *remote) {
        return !(remote->rkt->insecure & INSECURE_IMAGE);
}

int remote_trust(Remote *remote, const char *signature, FetchTrust *ret) {
        const Rkt *rkt = remote->rkt;
        int r = 0;

        if (rkt->insecure & INSECURE_IMAGE)
                return 0;
        if (!remote->keystore)
                r = fetch_keystore_new(rkt->system_config, rkt->local_config, &remote->keystore);
        if (r < 0)
                return r;
        *ret = (FetchTrust){
                .keystore = remote->keystore,
                .signature_path = signature,
                .good = remote->quiet ? NULL : tell_good,
                .unknown = tell_unknown,
        };
        return 1;
}

static int open_servers(Remote *remote, Error *e) {
        return remote->servers ? 0 : servers_open(remote->rkt, remote->quiet, &remote->servers, e);
}

/* Whether what the store has of the place will do: an image that nobody vouched for when it was fetched
 * does not where somebody has to. Returns 1; 0; a negative errno. */
static int
find_known(const Remote *remote, const char *url, PullPolicy policy, char **ret_id, Error *e) {
        _cleanup_(store_remote_done) StoreRemote known = STORE_REMOTE_NULL;
        bool any = policy == PULL_NEVER || (remote->rkt->insecure & INSECURE_IMAGE);
        int r = policy == PULL_UPDATE ? 0 : store_remote_find(remote->store, url, &known, e);

        if (r <= 0 || (!known.verified && !any))
                return r < 0 ? r : 0;
        *ret_id = ptr_take(&known.image);
        return 1;
}

/* The name under which the store knows it: "busybox" and "busybox:latest" are one. */
static char *docker_url(const OciReference *reference) {
        _cleanup_(freep) char *full = oci_reference_format(reference);
        char *url = NULL;

        if (!full || asprintf(&url, "docker://%s", full) < 0)
                return NULL;
        return url;
}

static int fetch_docker(
        Remote *remote, const OciReference *reference, const char *url, char **ret_id, Error *e) {
        FetchOciWanted wanted = { .reference = reference, .os = "linux" };
        int r = open_servers(remote, e);

        if (!remote->quiet)
                wanted.waiting = tell_waiting;
        wanted.architecture = appc_arch_to_go(wanted.os, appc_arch_host(), &wanted.variant);
        if (r >= 0)
                r = fetch_oci_into_store(remote->store, 0, servers_context(remote->servers),
                                         &wanted, ret_id, e);
        if (r >= 0)
                r = store_remote_put(remote->store, url, *ret_id, NULL, 0, e);
        return r;
}

int remote_docker(Remote *remote, const char *word, PullPolicy policy, char **ret_id, Error *e) {
        _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;
        _cleanup_(freep) char *url = NULL;
        const char *text = strchr(word, ':') + 1;
        int n_scheme = (int) strcspn(word, ":");
        int r = oci_reference_parse(text_after(text, "//") ?: text, &reference, e);

        if (r < 0)
                return error_wrap(e, r,
                                  "invalid %.*s URL \"%s\"; expected syntax is "
                                  "\"%.*s://[REGISTRY_HOST[:REGISTRY_PORT]/]IMAGE_NAME[:TAG]\"",
                                  n_scheme, word, word, n_scheme, word);
        url = docker_url(&reference);
        r = url ? find_known(remote, url, policy, ret_id, e) : -ENOMEM;
        if (r > 0) {
                remote_tell_used(remote, "url", word);
                return 0;
        }
        if (r == 0)
                r = policy == PULL_NEVER ? error_new(e, -ENOENT, NOT_FETCHED)
                                         : fetch_docker(remote, &reference, url, ret_id, e);
        return r < 0 ? error_wrap(e, r, "unable to fetch %.*s image from URL \"%s\"", n_scheme,
                                  word, word)
                     : 0;
}

/* Returns whether somebody is trusted for the name; a negative errno. */
static int has_keys(const Remote *remote, const char *name, Error *e) {
        _cleanup_(fetch_keyring_done) FetchKeyring keyring = FETCH_KEYRING_NULL;
        int r = fetch_keystore_keys(remote->keystore, name, &keyring, e);

        return r < 0 ? error_wrap(e, r, "could not get the keystore")
                     : strv_length(keyring.fingerprints) > 0;
}

/* Offers the keys that a name's pages have to whoever sits there, where no key is trusted for it yet. That
 * it does not work out is told, and no reason to end: the image's signature decides. */
static int offer_keys(Remote *remote, const char *name, Error *e) {
        _cleanup_(error_done) Error why = ERROR_NULL;
        FetchContext context = *servers_context(remote->servers);
        const Trust trust = {
                .rkt = remote->rkt,
                .context = &context,
                .keystore = remote->keystore,
                .prefix = name,
                .reviewed = remote->rkt->trust_keys_from_https,
        };
        int r = remote->keystore ? has_keys(remote, name, e) : 1;

        if (r != 0)
                return r < 0 ? r : 0;
        if (trust.reviewed) {
                context.insecure &= ~(unsigned) (FETCH_INSECURE_PUBKEY | FETCH_INSECURE_HTTP);
        } else if (!isatty(STDIN_FILENO)) {
                rkt_say(&voice, "To trust the key for \"%s\", do one of the following:", name);
                rkt_say(&voice, " - call rkt with --trust-keys-from-https");
                rkt_say(&voice, " - run: rkt trust --prefix \"%s\"", name);
                return 0;
        }
        r = trust_discovered(&trust, &why);
        if (r < 0)
                rkt_say(&voice, "no key was found for \"%s\": %s", name,
                        error_cause(&why) ?: strerror(-r));
        return 0;
}

static int fetch_aci(Remote *remote,
                     const FetchAciWanted *what,
                     const char *signature,
                     char **ret_id,
                     Error *e) {
        FetchAciWanted wanted = *what;
        FetchTrust trust = {};
        int r = remote_trust(remote, signature, &trust);

        wanted.trust = r > 0 ? &trust : NULL;
        wanted.fresh = remote->quiet ? NULL : tell_fresh;
        wanted.waiting = remote->quiet ? NULL : tell_waiting;
        if (r >= 0)
                r = open_servers(remote, e);
        if (r >= 0 && wanted.trust && wanted.reference)
                r = offer_keys(remote, wanted.reference->name, e);
        return r < 0 ? r
                     : fetch_aci_into_store(servers_context(remote->servers), remote->store,
                                            &wanted, ret_id, e);
}

int remote_url(Remote *remote,
               const char *url,
               const char *signature,
               PullPolicy policy,
               char **ret_id,
               Error *e) {
        const FetchAciWanted wanted = { .url = url };
        int r = 0;

        if (!fetch_url_path_ends_with(url, ".aci"))
                return error_new(e, -EINVAL, "invalid image string \"%s\"", url);
        r = find_known(remote, url, policy, ret_id, e);
        if (r > 0) {
                remote_tell_used(remote, "url", url);
                return 0;
        }
        if (r == 0)
                r = policy == PULL_NEVER ? error_new(e, -ENOENT, NOT_FETCHED)
                                         : fetch_aci(remote, &wanted, signature, ret_id, e);
        return r < 0 ? error_wrap(e, r, "unable to fetch image from URL \"%s\"", url) : 0;
}

int remote_name(Remote *remote,
                const char *word,
                const AppcReference *reference,
                bool latest,
                const char *signature,
                char **ret_id,
                Error *e) {
        const FetchAciWanted wanted = { .reference = reference, .latest = latest };
        int r = fetch_aci(remote, &wanted, signature, ret_id, e);

        return r < 0 ? error_wrap(e, r, "unable to fetch image from image name \"%s\"", word) : 0;
}
