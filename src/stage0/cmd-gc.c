/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "commands.h"
#include "human.h"
#include "output-format.h"
#include "pod-delete.h"
#include "pod-name.h"

#define GRACE_DEFAULT (30 * 60 * NSEC_PER_SEC)
#define EXPIRE_DEFAULT (24 * 3600 * NSEC_PER_SEC)

typedef struct Settings {
        bool mark_only;
        int64_t grace, expire; /* nanoseconds; one more than what was given, 0 for the default */
} Settings;

static int set_period(int64_t *slot, const char *value) {
        int64_t period = 0;
        int r = human_parse_duration(value, &period);

        if (r >= 0)
                *slot = (period < 0 ? 0 : period) + 1;
        return r;
}

static int set_grace(void *settings, const char *value, Error *e) {
        (void) e;
        return set_period(&((Settings *) settings)->grace, value);
}

static int set_expire(void *settings, const char *value, Error *e) {
        (void) e;
        return set_period(&((Settings *) settings)->expire, value);
}

static int set_mark_only(void *settings, const char *value, Error *e) {
        (void) e;
        return output_switch_set(&((Settings *) settings)->mark_only, value);
}

static const Option options[] = {
        { "expire-prepared", NULL, "24h0m0s", set_expire,
          "duration to wait before expiring prepared pods", 0, NULL },
        { "grace-period", NULL, "30m0s", set_grace,
          "duration to wait before discarding inactive pods from garbage", 0, NULL },
        { "mark-only", "true", "false", set_mark_only,
          "if set to true, then the exited/aborted pods will be moved to the garbage directories without actually deleting them, this is useful for marking the exit time of a pod",
          0, NULL },
        {},
};

typedef struct Collection {
        const Stage0 *stage0;
        int64_t grace, expire;
        bool mark_only, failed;
} Collection;

/* One that is being run at last was not forgotten. */
static int mark_prepared(Pod *pod, Error *e) {
        int r = pod_mark(pod, e);

        if (r != -EBUSY)
                return r;
        error_done(e);
        return 0;
}

static int mark(const Collection *c, Pod *pod, Error *e) {
        const Rkt *rkt = c->stage0->rkt;
        struct stat st;

        switch (pod->state) {
        case POD_EXITED:
                rkt_say(rkt, "moving pod \"%s\" to garbage", pod->uuid.text);
                return pod_mark(pod, e);
        case POD_ABORTED_PREPARE:
                rkt_say(rkt, "moving failed prepare \"%s\" to garbage", pod->uuid.text);
                return pod_mark(pod, e);
        case POD_PREPARED:
                if (c->mark_only || fstat(pod->fd, &st) < 0 ||
                    st.st_ctim.tv_sec * NSEC_PER_SEC + st.st_ctim.tv_nsec + c->expire > human_now())
                        return 0;
                rkt_say(rkt, "moving expired prepared pod \"%s\" to garbage", pod->uuid.text);
                return mark_prepared(pod, e);
        default:
                return 0;
        }
}

/* With the lock ours. What moved on before we had it is for the next time. */
static bool is_dead(PodState state) {
        return state == POD_EMBRYO || state == POD_EXITED_DELETING || state == POD_DELETING;
}

static int discard(const Collection *c, Pod *pod, Error *e) {
        int64_t marked = pod_marked(pod);
        int r = 0;

        if (pod->state == POD_EXITED_GARBAGE && marked + c->grace > human_now()) {
                _cleanup_(freep) char *period = human_duration(c->grace);

                rkt_say(c->stage0->rkt, "pod \"%s\" not removed: still within grace period (%s)",
                        pod->uuid.text, period ? period : "");
                return 0;
        }
        /* Another collector may be at it: it will finish, or have died by the next time. */
        r = pod_lock(pod, false, e);
        if (r == -EWOULDBLOCK) {
                error_done(e);
                return 0;
        }
        if (r >= 0)
                r = pod_refresh(pod, e);
        if (r < 0 || !is_dead(pod->state))
                return r;
        printf("Garbage collecting pod \"%s\"\n", pod->uuid.text);
        return pod_delete(c->stage0, pod, e);
}

static int collect(const Collection *c, const Uuid *uuid, Error *e) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = pod_open(c->stage0->pods, uuid, &pod, e);

        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = mark(c, pod, e);
        if (r < 0 || c->mark_only)
                return r;
        /* Locked by us: marking a prepared pod takes its lock. */
        if (pod->state == POD_EXITED_GARBAGE || pod->state == POD_GARBAGE ||
            pod->state == POD_EMBRYO || pod->locked)
                return discard(c, pod, e);
        return 0;
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(pod_list_done) PodList list = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        Collection c = {
                .stage0 = &stage0,
                .grace = settings->grace > 0 ? settings->grace - 1 : GRACE_DEFAULT,
                .expire = settings->expire > 0 ? settings->expire - 1 : EXPIRE_DEFAULT,
                .mark_only = settings->mark_only,
        };
        int r = stage0_open(rkt, true, &stage0, &e);

        (void) words;
        if (r >= 0)
                r = pods_list(stage0.pods, true, &list, &e);
        if (r < 0)
                return rkt_fail(rkt, &e, r);
        /* One pod that cannot be removed keeps none of the others. */
        for (size_t i = 0; i < list.n; i++) {
                r = collect(&c, &list.pods[i].uuid, &e);
                if (r < 0) {
                        (void) rkt_fail(rkt, &e, r);
                        error_done(&e);
                        c.failed = true;
                }
        }
        pod_names_sweep(stage0.pods);
        return c.failed ? EXIT_FAILED : 0;
}

const Verb verb_gc = {
        .name = "gc",
        .arguments = "[--grace-period=DURATION] [--expire-prepared=DURATION]",
        .summary = "Garbage collect rkt pods no longer in use",
        .description =
                "This is intended to be run periodically from a timer or cron job.\nGarbage collection is a 2-step process. First, stopped pods are moved to the garbage by one invocation of the gc command. A subsequent invocation will clean up the pod, assuming the pod has been there for more time than the grace-period. Use --grace-period=0s to effectively disable the grace-period.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .flags = VERB_ROOT,
        .run = run,
};
