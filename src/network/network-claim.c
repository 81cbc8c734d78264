/* SPDX-License-Identifier: Apache-2.0 */
#include "network-claim.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "json-read.h"
#include "lock.h"
#include "network-ports.h"
#include "network.h"

#define CLAIM_FILE "net-ports.json"
#define LOCK_FILE "/run/lock/rkt-port-claims"

typedef struct Claim {
        char *protocol, *host_ip; /* host_ip: NULL for all addresses */
        uint64_t port;
} Claim;

typedef struct Claims {
        Claim *items;
        size_t n;
} Claims;

static void claims_done(Claims *claims) {
        for (size_t i = 0; i < claims->n; i++) {
                free(claims->items[i].protocol);
                free(claims->items[i].host_ip);
        }
        free(claims->items);
}

static int parse(const char *text, Claims *ret, Error *e) {
        static const JsonField fields[] = {
                { "protocol", json_read_string, offsetof(Claim, protocol), JSON_REQUIRED },
                { "hostPort", json_read_u64, offsetof(Claim, port), JSON_REQUIRED },
                { "hostIP", json_read_string, offsetof(Claim, host_ip), 0 },
                {},
        };
        _cleanup_(json_freep) Json *root = NULL;
        size_t n = 0;
        int r = json_parse(text, strlen(text), &root, e);

        if (r < 0)
                return r;
        if (json_kind(root) != JSON_ARRAY)
                return error_new(e, -EINVAL, "expected an array");
        n = json_array_length(root);
        ret->items = calloc(n + 1, sizeof(Claim));
        if (!ret->items)
                return -ENOMEM;
        for (ret->n = 0; ret->n < n && r >= 0; ret->n++)
                r = json_read_object(json_array_get(root, ret->n), fields, &ret->items[ret->n], e);
        return r;
}

static bool overlap(const Claim *a, const Claim *b) {
        return a->port == b->port && strcmp(a->protocol, b->protocol) == 0 &&
               network_addresses_overlap(a->host_ip, b->host_ip);
}

static const Claim *find(const Claims *wanted, const Claims *held) {
        for (size_t i = 0; i < wanted->n; i++)
                for (size_t k = 0; k < held->n; k++)
                        if (overlap(&wanted->items[i], &held->items[k]))
                                return &wanted->items[i];
        return NULL;
}

int network_claims_check(const char *wanted, const char *held, const char *holder, Error *e) {
        _cleanup_(claims_done) Claims ours = {}, theirs = {};
        const Claim *claim = NULL;
        int r = parse(wanted, &ours, e);

        if (r >= 0)
                r = parse(held, &theirs, e);
        if (r < 0)
                return r;
        claim = find(&ours, &theirs);
        return claim ? error_new(e, -EADDRINUSE, "port %s-%s:%u is already mapped by pod \"%s\"",
                                 claim->protocol, claim->host_ip ? claim->host_ip : "0.0.0.0",
                                 (unsigned) claim->port, holder)
                     : 0;
}

static bool is_dead(Pod *pod) {
        return (pod->state == POD_EXITED || pod->state == POD_EXITED_GARBAGE) &&
               pod_lock(pod, false, NULL) >= 0;
}

static int check_pod(Pods *pods,
                     const PodListed *listed,
                     const char *ports,
                     const char *local_config,
                     Strv *notes,
                     Error *e) {
        _cleanup_(freep) char *held = NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        size_t n = 0;
        int r = pod_open_listed(pods, listed, &pod, NULL);

        if (r >= 0)
                r = file_read_at(pod->fd, CLAIM_FILE, JSON_SIZE_MAX, &held, &n);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return error_wrap(e, r, "cannot read the ports of pod \"%s\"", listed->uuid.text);
        r = network_claims_check(ports, held, listed->uuid.text, e);
        if (r != -EADDRINUSE || !is_dead(pod))
                return r;
        if (e)
                error_done(e);
        r = network_teardown(pod, local_config, notes, e);
        return r < 0 ? error_wrap(e, r, "cannot take over the ports of dead pod \"%s\"",
                                  pod->uuid.text)
                     : 0;
}

/* Where we are is pods/run/UUID. */
static int open_pods(Pods **ret, Error *e) {
        char path[PATH_MAX];
        char *slash = path;

        if (!getcwd(path, sizeof(path)))
                return error_wrap(e, -errno, "cannot tell the pod's directory");
        for (unsigned i = 0; i < 3 && slash; i++) {
                slash = strrchr(path, '/');
                if (slash)
                        *slash = '\0';
        }
        return slash ? pods_open(*path ? path : "/", false, ret, e)
                     : error_new(e, -EINVAL, "the pod's directory is not among other pods");
}

static int
check_all(const Pod *pod, const char *ports, const char *local_config, Strv *notes, Error *e) {
        _cleanup_(pods_closep) Pods *pods = NULL;
        _cleanup_(pod_list_done) PodList list = {};
        int r = open_pods(&pods, e);

        if (r >= 0)
                r = pods_list(pods, false, &list, e);
        for (size_t i = 0; i < list.n && r >= 0; i++)
                if (strcmp(list.pods[i].uuid.text, pod->uuid.text) != 0)
                        r = check_pod(pods, &list.pods[i], ports, local_config, notes, e);
        return r;
}

int network_claim(
        const Pod *pod, const char *ports, const char *local_config, Strv *notes, Error *e) {
        _cleanup_(fd_closep) int fd =
                open(LOCK_FILE, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        int r = fd < 0 ? -errno : lock_take(fd, true);

        if (r < 0)
                return error_wrap(e, r, "cannot lock " LOCK_FILE);
        r = check_all(pod, ports, local_config, notes, e);
        if (r < 0)
                return r;
        r = file_write_at(pod->fd, CLAIM_FILE, ports, strlen(ports), 0640, 0);
        return r < 0 ? error_wrap(e, r, "cannot note the pod's ports") : 0;
}

void network_claim_drop(const Pod *pod) {
        (void) unlinkat(pod->fd, CLAIM_FILE, 0);
}
