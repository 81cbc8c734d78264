/* SPDX-License-Identifier: Apache-2.0 */
#include "remote.h"

#include "fetch-store.h"
#include "servers.h"
#include "store-remote.h"

#define NOT_FETCHED                                                                               \
        "either image was not found in the store or store was disabled and fetching from remote " \
        "yielded nothing or it was disabled"

struct Remote {
        const Rkt *rkt;
        Store *store;
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
                .good = tell_good,
                .unknown = tell_unknown,
        };
        return 1;
}

static int open_servers(Remote *remote, Error *e) {
        return remote->servers ? 0 : servers_open(remote->rkt, false, &remote->servers, e);
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
        int r = open_servers(remote, e);

        if (r >= 0)
                r = fetch_store_oci(servers_context(remote->servers), remote->store, reference,
                                    ret_id, e);
        if (r >= 0)
                r = store_remote_put(remote->store, url, *ret_id, NULL, 0, e);
        return r;
}

int remote_docker(Remote *remote, const char *word, PullPolicy policy, char **ret_id, Error *e) {
        _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;
        _cleanup_(freep) char *url = NULL;
        const char *text = strchr(word, ':') + 1;
        int r = oci_reference_parse(text_after(text, "//") ?: text, &reference, e);

        if (r < 0)
                return error_wrap(e, r,
                                  "invalid docker URL \"%s\"; expected syntax is "
                                  "\"docker://[REGISTRY_HOST[:REGISTRY_PORT]/]IMAGE_NAME[:TAG]\"",
                                  word);
        url = docker_url(&reference);
        r = url ? find_known(remote, url, policy, ret_id, e) : -ENOMEM;
        if (r > 0) {
                rkt_say(&voice, "using image from local store for url %s", word);
                return 0;
        }
        if (r == 0)
                r = policy == PULL_NEVER ? error_new(e, -ENOENT, NOT_FETCHED)
                                         : fetch_docker(remote, &reference, url, ret_id, e);
        return r < 0 ? error_wrap(e, r, "unable to fetch docker image from URL \"%s\"", word) : 0;
}
