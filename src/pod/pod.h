/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Pods on disk: where they lie, what state they are in, and how that changes.
 *
 * A pod's state is the directory it lies in plus the flock on it; it changes by rename(2) alone.
 *
 *   embryo --pod_new()--> prepare --pod_seal()--> prepared --pod_start()--> run
 *                            '---------------- pod_start() ------------------^
 *   run ----------pod_mark()--> exited-garbage -.
 *   prepare, prepared --pod_mark()--> garbage --'--> removed by whoever holds the lock
 *
 * embryo:  locked by its maker, and empty. Found unlocked, the maker died or is about to lock it.
 * prepare: locked by its maker. Found unlocked, the maker died.
 * run:     locked while the pod lives: the descriptor goes to stage1, which keeps it. Found
 *          unlocked, the pod has exited.
 *
 * Source: inventory 2.2; the original and stage1 images made for it rely on all of this. */

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>

#include "cleanup.h"
#include "errors.h"
#include "uuid.h"

typedef enum PodState {
        POD_EMBRYO,
        POD_PREPARING,
        POD_ABORTED_PREPARE,
        POD_PREPARED,
        POD_RUNNING,
        POD_EXITED,
        POD_EXITED_DELETING,
        POD_EXITED_GARBAGE,
        POD_DELETING,
        POD_GARBAGE,
        POD_GONE,
        _POD_STATE_MAX,
        _POD_STATE_INVALID = -EINVAL,
} PodState;

/* "running", "exited garbage": the words of list and status. */
const char *pod_state_name(PodState state);

/* The directory of all pods. */
typedef struct Pods Pods;

/**
 * pods_open() - open the pods below a data directory
 * @data: absolute path
 * @make: make what is missing; otherwise a missing directory is one without pods
 *
 * Returns: 0; -EACCES and others, naming the path.
 */
int pods_open(const char *data, bool make, Pods **ret, Error *e);
Pods *pods_close(Pods *pods);
DEFINE_CLEANUP(Pods, pods_close);

/* Where they lie: absolute, borrowed. */
const char *pods_path(const Pods *pods);

/* Whether there is such a pod that list knows. */
bool pods_has(const Pods *pods, const Uuid *uuid);

typedef struct Pod {
        Uuid uuid;
        PodState state; /* as of the last look */
        int fd;         /* the pod's directory; stays valid when it is renamed */
        bool locked;    /* by us, exclusively */
        Pods *pods;     /* borrowed */
} Pod;

Pod *pod_close(Pod *pod);
DEFINE_CLEANUP(Pod, pod_close);

/* A new, empty, locked pod in "prepare". */
int pod_new(Pods *pods, Pod **ret, Error *e);

/* Returns 0; -ENOENT when there is none of that UUID. */
int pod_open(Pods *pods, const Uuid *uuid, Pod **ret, Error *e);

/* The pod whose directory is the working directory, as a stage1 entrypoint finds it. It cannot be
 * moved, and its state is not looked at. */
int pod_open_here(const Uuid *uuid, Pod **ret, Error *e);

/* Looks again where the pod is and whether it is locked. */
int pod_refresh(Pod *pod, Error *e);

/* Makes a prepared pod durable, moves it to "prepared" and unlocks it. */
int pod_seal(Pod *pod, Error *e);

/* Moves a locked pod from "prepare" or "prepared" to "run"; the lock stays. */
int pod_start(Pod *pod, Error *e);

/* Takes the exclusive lock. Returns 0; -EWOULDBLOCK when @wait is false and another holds it. */
int pod_lock(Pod *pod, bool wait, Error *e);

/* Moves what is dead to where the collector finds it: an exited pod to "exited-garbage", an aborted
 * or prepared one to "garbage". Where another was faster, the state tells afterwards what it made of
 * the pod. Returns 0; -EBUSY when a prepared pod is just being run. */
int pod_mark(Pod *pod, Error *e);

/* Removes the directory of a locked pod. Returns 0; -EBUSY when something is mounted in it. */
int pod_remove(Pod *pod, Error *e);

/* Where the pod's directory is now: absolute, allocated; NULL when out of memory or gone. */
char *pod_path(const Pod *pod);

/* All pods that list knows (prepare, prepared, run, exited-garbage), or with @all also embryo and
 * garbage, sorted by UUID. */
typedef struct PodListed {
        Uuid uuid;
        unsigned place; /* where it was seen */
} PodListed;

typedef struct PodList {
        PodListed *pods;
        size_t n;
} PodList;

int pods_list(Pods *pods, bool all, PodList *ret, Error *e);
void pod_list_done(PodList *list);

/* As pod_open(), from where it was seen on: pods only go forward. */
int pod_open_listed(Pods *pods, const PodListed *listed, Pod **ret, Error *e);

/* Whether any pod of the list but @self is found to have @what. One that is gone by now has nothing. */
bool pods_others_have(Pods *pods,
                      const Pod *self,
                      const PodList *list,
                      bool (*has)(const Pod *other, const void *what),
                      const void *what);

/**
 * pods_find() - the pod that a user means
 * @word: its UUID, its name, or a prefix of its UUID, in this order; UUIDs in either case
 *
 * Returns: 0; -ENOENT, -ENOTUNIQ, -EINVAL, in the original's words.
 */
int pods_find(Pods *pods, const char *word, Uuid *ret, Error *e);
