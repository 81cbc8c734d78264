/* SPDX-License-Identifier: Apache-2.0 */
#include "render-walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>

#include "openat.h"
#include "render-tree.h"

/* How far ahead: each directory is an open file, each child takes memory. */
#define AHEAD_DIRECTORIES 64
#define AHEAD_CHILDREN 4096
/* Who had to wait is woken for more than one, or two threads would go in step, and sleep and wake for
 * each directory. */
#define WAKE_DIRECTORIES 16
#define WAKE_CHILDREN 256

struct RenderWalk {
        int root_fd;
        pthread_t thread;
        bool started;

        pthread_mutex_t mutex;
        pthread_cond_t readable, writable;
        RenderDirectory *first, **end; /* in the order of the walk */
        unsigned n_directories;        /* of these */
        size_t n_children;             /* in them */
        bool reader_waits, ended, cancelled;
};

static void destroy(RenderDirectory *directory) {
        fd_closep(&directory->fd);
        render_children_done(&directory->children);
        free(directory);
}

static void let_go(RenderWalk *walk, RenderDirectory *directory) {
        bool last = false;

        (void) pthread_mutex_lock(&walk->mutex);
        last = --directory->n_holders == 0;
        (void) pthread_mutex_unlock(&walk->mutex);
        if (last)
                destroy(directory);
}

static bool is_far_ahead(const RenderWalk *walk) {
        return walk->n_directories >= AHEAD_DIRECTORIES ||
               (walk->n_directories > 0 && walk->n_children >= AHEAD_CHILDREN);
}

static bool is_worth_waking(const RenderWalk *walk) {
        return walk->ended || walk->n_directories >= WAKE_DIRECTORIES ||
               walk->n_children >= WAKE_CHILDREN;
}

/* Returns whether to go on. */
static bool hand_over(RenderWalk *walk, RenderDirectory *directory) {
        bool cancelled = false;

        (void) pthread_mutex_lock(&walk->mutex);
        while (!walk->cancelled && is_far_ahead(walk))
                (void) pthread_cond_wait(&walk->writable, &walk->mutex);
        *walk->end = directory;
        walk->end = &directory->next;
        walk->n_directories++;
        walk->n_children += directory->children.n;
        if (walk->reader_waits && is_worth_waking(walk))
                (void) pthread_cond_signal(&walk->readable);
        cancelled = walk->cancelled;
        (void) pthread_mutex_unlock(&walk->mutex);
        return !cancelled && directory->r >= 0;
}

/* Not every file system tells types. */
static int complete_types(RenderDirectory *directory) {
        for (size_t i = 0; i < directory->children.n; i++) {
                RenderChild *child = &directory->children.items[i];
                const char *name = directory->children.names + child->name;
                struct stat st;

                if (child->type != DT_UNKNOWN)
                        continue;
                if (fstatat(directory->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        return -errno;
                child->type = (uint8_t) IFTODT(st.st_mode);
        }
        return 0;
}

/* Returns what is to be said when something fails, or NULL. */
static const char *fill(RenderDirectory *directory) {
        if (directory->fd < 0) {
                directory->r = directory->fd;
                return "open";
        }
        directory->r = render_children_read(directory->fd, &directory->children);
        if (directory->r >= 0)
                directory->r = complete_types(directory);
        return directory->r < 0 ? "list" : NULL;
}

/* @fd: becomes the directory's. Returns whether to go on. */
static bool walk_directory(RenderWalk *walk, int fd) {
        RenderDirectory *directory = calloc(1, sizeof(*directory));
        bool going_on = false;

        if (!directory) {
                fd_closep(&fd);
                return false;
        }
        directory->fd = fd;
        directory->n_holders = 2; /* until both threads have been through it */
        directory->what = fill(directory);
        going_on = hand_over(walk, directory);
        for (size_t i = 0; going_on && i < directory->children.n; i++) {
                const RenderChild *child = &directory->children.items[i];
                const char *name = directory->children.names + child->name;

                if (child->type == DT_DIR)
                        going_on = walk_directory(walk, render_open_at(directory->fd, name,
                                                                       O_RDONLY | O_DIRECTORY, 0));
        }
        let_go(walk, directory);
        return going_on;
}

static void *run(void *userdata) {
        RenderWalk *walk = userdata;

        (void) walk_directory(walk, open_beneath(walk->root_fd, ".", O_RDONLY | O_DIRECTORY));
        (void) pthread_mutex_lock(&walk->mutex);
        walk->ended = true;
        (void) pthread_cond_signal(&walk->readable);
        (void) pthread_mutex_unlock(&walk->mutex);
        return NULL;
}

int render_walk_new(int root_fd, RenderWalk **ret) {
        _cleanup_(render_walk_freep) RenderWalk *walk = calloc(1, sizeof(*walk));
        int r = 0;

        if (!walk)
                return -ENOMEM;
        walk->root_fd = root_fd;
        walk->end = &walk->first;
        (void) pthread_mutex_init(&walk->mutex, NULL);
        (void) pthread_cond_init(&walk->readable, NULL);
        (void) pthread_cond_init(&walk->writable, NULL);
        r = -pthread_create(&walk->thread, NULL, run, walk);
        if (r < 0)
                return r;
        walk->started = true;
        *ret = ptr_take(&walk);
        return 0;
}

RenderWalk *render_walk_free(RenderWalk *walk) {
        if (!walk)
                return NULL;
        (void) pthread_mutex_lock(&walk->mutex);
        walk->cancelled = true;
        (void) pthread_cond_signal(&walk->writable);
        (void) pthread_mutex_unlock(&walk->mutex);
        if (walk->started)
                (void) pthread_join(walk->thread, NULL);
        while (walk->first) {
                RenderDirectory *directory = walk->first;

                walk->first = directory->next;
                destroy(directory);
        }
        (void) pthread_cond_destroy(&walk->readable);
        (void) pthread_cond_destroy(&walk->writable);
        (void) pthread_mutex_destroy(&walk->mutex);
        free(walk);
        return NULL;
}

int render_walk_next(RenderWalk *walk, RenderDirectory **ret, const char **ret_what) {
        RenderDirectory *directory = NULL;

        (void) pthread_mutex_lock(&walk->mutex);
        if (!walk->first) {
                walk->reader_waits = true;
                while (!walk->ended && !is_worth_waking(walk))
                        (void) pthread_cond_wait(&walk->readable, &walk->mutex);
                walk->reader_waits = false;
        }
        directory = walk->first;
        if (directory) {
                walk->first = directory->next;
                if (!walk->first)
                        walk->end = &walk->first;
                walk->n_directories--;
                walk->n_children -= directory->children.n;
                if (walk->n_directories <= AHEAD_DIRECTORIES / 2)
                        (void) pthread_cond_signal(&walk->writable);
        }
        (void) pthread_mutex_unlock(&walk->mutex);
        *ret = directory;
        *ret_what = directory ? directory->what : "list";
        return directory ? directory->r : -ENOMEM; /* it ends early for want of memory only */
}

void render_walk_give_back(RenderWalk *walk, RenderDirectory *directory) {
        if (directory)
                let_go(walk, directory);
}
