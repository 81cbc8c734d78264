/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Trees: one directory for each layer, shared by all images that have it. Whoever makes, replaces or
 * judges one holds its lock.
 *
 *   absent ──store_tree_publish()──► good ──next boot──► unsure ──store_tree_settle()──► good, synced
 *     ▲                               │                    │
 *     └──────store_tree_drop()────────┴── bad ◄────────────┘
 *
 * good:   its row is of this boot, or says that it is on disk.
 * unsure: made in another boot and perhaps lost in part when that ended.
 * bad:    a full check found it changed: nobody may use it until it was made again. */

#include "store-base.h"

typedef enum StoreTreeState {
        STORE_TREE_ABSENT,
        STORE_TREE_GOOD,
        STORE_TREE_UNSURE,
        STORE_TREE_BAD,
} StoreTreeState;

/* Keys: "sha512-HEX" an ACI, "sha256-HEX" a layer by its digest, "chain-sha256-HEX" one that needed
 * those below it, "deps-sha512-HEX" one rendered from several images. */

/* "old-XXXXXXXX-KEY" is a bad tree that another has replaced, for pods that were running on it. */
#define STORE_TREE_OLD "old-"
#define STORE_TREE_OLD_LENGTH (sizeof(STORE_TREE_OLD "XXXXXXXX-") - 1)

/* Returns a StoreTreeState; a negative errno. */
int store_tree_state(const Store *store, const char *key, Error *e);

/* The directory that holds rootfs and seal. Returns a descriptor; a negative errno. */
int store_tree_open(const Store *store, const char *key, Error *e);

/**
 * store_tree_publish() - move a new tree into its place
 * @name: its directory in the stage, with rootfs and a seal that can be read
 *
 * What has the key already is replaced, unless it is good: then the new one stays in the stage.
 */
int store_tree_publish(StoreStage *stage, const char *name, const char *key, Error *e);

/* Reads an unsure tree through. Returns 0 it is good now; -EUCLEAN it was dropped; another negative
 * errno. */
int store_tree_settle(const StoreStage *stage, const char *key, Error *e);

int store_tree_drop(const StoreStage *stage, const char *key, Error *e);
int store_tree_mark_bad(const Store *store, const char *key, Error *e);

/* Puts all trees of this boot on disk. */
int store_tree_sync(const Store *store, Error *e);
