/* SPDX-License-Identifier: Apache-2.0 */
#include "pod.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "lock.h"
#include "openat.h"
#include "pod-name.h"
#include "text.h"

#define DIRECTORY_MODE 0750
#define LOOKUP_RETRIES_MAX 8
#define PROBE_RETRIES_MAX 100
#define PROBE_PAUSE_NSEC (1000 * 1000)

/* In the order in which a pod is looked for: it only ever moves down, so a search that goes down
 * cannot miss it for long. */
typedef enum Place {
        PLACE_EMBRYO,
        PLACE_PREPARE,
        PLACE_PREPARED,
        PLACE_RUN,
        PLACE_EXITED_GARBAGE,
        PLACE_GARBAGE,
        _PLACE_MAX,
} Place;

static const struct {
        const char *name;
        PodState unlocked, locked;
        bool listed;
} places[_PLACE_MAX] = {
        [PLACE_EMBRYO] = { "embryo", POD_EMBRYO, POD_EMBRYO, false },
        [PLACE_PREPARE] = { "prepare", POD_ABORTED_PREPARE, POD_PREPARING, true },
        [PLACE_PREPARED] = { "prepared", POD_PREPARED, POD_PREPARED, true },
        [PLACE_RUN] = { "run", POD_EXITED, POD_RUNNING, true },
        [PLACE_EXITED_GARBAGE] = { "exited-garbage", POD_EXITED_GARBAGE, POD_EXITED_DELETING,
                                   true },
        [PLACE_GARBAGE] = { "garbage", POD_GARBAGE, POD_DELETING, false },
};

struct Pods {
        char *path;          /* of the data directory's "pods" */
        int fds[_PLACE_MAX]; /* -EBADF where the directory is missing */
};

const char *pod_state_name(PodState state) {
        static const char *const names[_POD_STATE_MAX] = {
                [POD_EMBRYO] = "embryo",
                [POD_PREPARING] = "preparing",
                [POD_ABORTED_PREPARE] = "aborted prepare",
                [POD_PREPARED] = "prepared",
                [POD_RUNNING] = "running",
                [POD_EXITED] = "exited",
                [POD_EXITED_DELETING] = "exited deleting",
                [POD_EXITED_GARBAGE] = "exited garbage",
                [POD_DELETING] = "deleting",
                [POD_GARBAGE] = "garbage",
                [POD_GONE] = "gone",
        };

        return state >= 0 && state < _POD_STATE_MAX ? names[state] : "unknown";
}

Pods *pods_close(Pods *pods) {
        if (!pods)
                return NULL;
        for (size_t i = 0; i < _PLACE_MAX; i++)
                fd_drop(&pods->fds[i]);
        free(pods->path);
        free(pods);
        return NULL;
}

static int open_place(int pods_fd, const char *name, bool make) {
        int fd = make ? mkdir_beneath(pods_fd, name, DIRECTORY_MODE) : dir_open_at(pods_fd, name);

        return fd == -ENOENT && !make ? 0 : fd;
}

static int open_places(Pods *pods, int pods_fd, bool make, Error *e) {
        for (size_t i = 0; i < _PLACE_MAX; i++) {
                int fd = open_place(pods_fd, places[i].name, make);

                if (fd < 0)
                        return error_wrap(e, fd, "cannot open directory %s/%s", pods->path,
                                          places[i].name);
                if (fd > 0)
                        pods->fds[i] = fd;
        }
        return 0;
}

int pods_open(const char *data, bool make, Pods **ret, Error *e) {
        _cleanup_(pods_closep) Pods *pods = calloc(1, sizeof(Pods));
        _cleanup_(fd_closep) int root_fd = -EBADF, pods_fd = -EBADF;
        int r = 0;

        if (!pods)
                return -ENOMEM;
        for (size_t i = 0; i < _PLACE_MAX; i++)
                pods->fds[i] = -EBADF;
        if (asprintf(&pods->path, "%s/pods", data) < 0) {
                pods->path = NULL;
                return -ENOMEM;
        }

        if (make) {
                root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                pods_fd = root_fd < 0 ? -errno : mkdir_beneath(root_fd, pods->path, DIRECTORY_MODE);
        } else
                pods_fd = dir_open_at(AT_FDCWD, pods->path);
        if (pods_fd == -ENOENT && !make) {
                *ret = ptr_take(&pods);
                return 0;
        }
        if (pods_fd < 0)
                return error_wrap(e, pods_fd, "cannot open directory %s", pods->path);
        r = open_places(pods, pods_fd, make, e);
        if (r < 0)
                return r;
        *ret = ptr_take(&pods);
        return 0;
}

Pod *pod_close(Pod *pod) {
        if (!pod)
                return NULL;
        fd_drop(&pod->fd);
        free(pod);
        return NULL;
}

static bool same_directory(int fd, int parent_fd, const char *name) {
        struct stat a, b;

        return fstat(fd, &a) == 0 && fstatat(parent_fd, name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
               a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Whether someone holds the exclusive lock. @fd was opened just now: taking the shared lock on one that
 * we have locked would drop ours. */
static int probe_lock(int fd) {
        int r = lock_try(fd, false);

        if (r == -EWOULDBLOCK)
                return 1;
        if (r >= 0)
                lock_release(fd);
        return r < 0 ? r : 0;
}

/* One search through the places from @first on. Returns the place and opens the pod there; -ENOENT. */
static int
find_place(const Pods *pods, const Uuid *uuid, size_t first, int *ret_fd, bool *ret_locked) {
        for (size_t i = first; i < _PLACE_MAX; i++) {
                _cleanup_(fd_closep) int fd = -EBADF;
                int locked = 0;

                if (pods->fds[i] < 0)
                        continue;
                fd = dir_open_at(pods->fds[i], uuid->text);
                if (fd == -ENOENT)
                        continue;
                if (fd < 0)
                        return fd;
                locked = probe_lock(fd);
                if (locked < 0)
                        return locked;
                if (!same_directory(fd, pods->fds[i], uuid->text))
                        continue; /* it moved on */
                *ret_fd = fd_take(&fd);
                *ret_locked = locked;
                return (int) i;
        }
        return -ENOENT;
}

/* Searches again when it found nothing: a rename may just have passed us by. */
static int
look_up(const Pods *pods, const Uuid *uuid, size_t first, int *ret_fd, bool *ret_locked) {
        int place = -ENOENT;

        for (unsigned i = 0; i < LOOKUP_RETRIES_MAX && place == -ENOENT; i++)
                place = find_place(pods, uuid, first, ret_fd, ret_locked);
        return place;
}

const char *pods_path(const Pods *pods) {
        return pods->path;
}

bool pods_has(const Pods *pods, const Uuid *uuid) {
        _cleanup_(fd_closep) int fd = -EBADF;
        bool locked = false;
        int place = look_up(pods, uuid, 0, &fd, &locked);

        return place >= 0 && places[place].listed;
}

static int open_from(Pods *pods, const Uuid *uuid, size_t first, Pod **ret, Error *e) {
        _cleanup_(pod_closep) Pod *pod = calloc(1, sizeof(Pod));
        bool locked = false;
        int place = 0;

        if (!pod)
                return -ENOMEM;
        *pod = (Pod){ .uuid = *uuid, .fd = -EBADF, .pods = pods };
        place = look_up(pods, uuid, first, &pod->fd, &locked);
        if (place == -ENOENT)
                return error_new(e, -ENOENT, "no matches found for \"%s\"", uuid->text);
        if (place < 0)
                return error_wrap(e, place, "cannot open pod \"%s\"", uuid->text);
        pod->state = locked ? places[place].locked : places[place].unlocked;
        *ret = ptr_take(&pod);
        return 0;
}

int pod_open(Pods *pods, const Uuid *uuid, Pod **ret, Error *e) {
        return open_from(pods, uuid, 0, ret, e);
}

int pod_open_listed(Pods *pods, const PodListed *listed, Pod **ret, Error *e) {
        return open_from(pods, &listed->uuid, listed->place, ret, e);
}

bool pods_others_have(Pods *pods,
                      const Pod *self,
                      const PodList *list,
                      bool (*has)(const Pod *other, const void *what),
                      const void *what) {
        for (size_t i = 0; i < list->n; i++) {
                _cleanup_(pod_closep) Pod *other = NULL;

                if (strcmp(list->pods[i].uuid.text, self->uuid.text) != 0 &&
                    pod_open_listed(pods, &list->pods[i], &other, NULL) >= 0 && has(other, what))
                        return true;
        }
        return false;
}

int pod_open_here(const Uuid *uuid, Pod **ret, Error *e) {
        _cleanup_(pod_closep) Pod *pod = calloc(1, sizeof(Pod));

        if (!pod)
                return -ENOMEM;
        *pod = (Pod){ .uuid = *uuid, .state = _POD_STATE_INVALID };
        pod->fd = dir_open_at(AT_FDCWD, ".");
        if (pod->fd < 0)
                return error_wrap(e, pod->fd, "cannot open the pod's directory");
        *ret = ptr_take(&pod);
        return 0;
}

int pod_refresh(Pod *pod, Error *e) {
        _cleanup_(fd_closep) int fd = -EBADF;
        bool locked = false;
        int place = look_up(pod->pods, &pod->uuid, 0, &fd, &locked);

        if (place == -ENOENT) {
                pod->state = POD_GONE;
                return 0;
        }
        if (place < 0)
                return error_wrap(e, place, "cannot look at pod \"%s\"", pod->uuid.text);
        pod->state = locked ? places[place].locked : places[place].unlocked;
        return 0;
}

static Place place_of(PodState state) {
        for (size_t i = 0; i < _PLACE_MAX; i++)
                if (places[i].unlocked == state || places[i].locked == state)
                        return (Place) i;
        return _PLACE_MAX;
}

/* @sync: where the new place must survive a power cut. */
static int move_pod(Pod *pod, Place to, bool sync, Error *e) {
        Place from = place_of(pod->state);
        const Pods *pods = pod->pods;

        if (from == _PLACE_MAX)
                return error_new(e, -ENOENT, "pod \"%s\" is gone", pod->uuid.text);
        if (renameat(pods->fds[from], pod->uuid.text, pods->fds[to], pod->uuid.text) < 0)
                return error_wrap(e, -errno, "cannot move pod \"%s\" from %s to %s", pod->uuid.text,
                                  places[from].name, places[to].name);
        if (sync && fsync(pods->fds[to]) < 0)
                return error_wrap(e, -errno, "cannot write directory %s/%s", pods->path,
                                  places[to].name);
        pod->state = pod->locked ? places[to].locked : places[to].unlocked;
        return 0;
}

/* A look at a pod's state holds the shared lock for a moment: that alone is no reason to give up. */
static int lock_unless_held(int fd) {
        const struct timespec pause = { .tv_nsec = PROBE_PAUSE_NSEC };
        int r = lock_try(fd, true);

        for (unsigned i = 0; i < PROBE_RETRIES_MAX && r == -EWOULDBLOCK; i++) {
                if (lock_try(fd, false) < 0)
                        return r;
                lock_release(fd);
                (void) nanosleep(&pause, NULL);
                r = lock_try(fd, true);
        }
        return r;
}

int pod_lock(Pod *pod, bool wait, Error *e) {
        int r = wait ? lock_take(pod->fd, true) : lock_unless_held(pod->fd);

        if (r < 0)
                return error_wrap(e, r, "cannot lock pod \"%s\"", pod->uuid.text);
        pod->locked = true;
        return 0;
}

/* Returns -ENOENT when a collector took the empty directory for one whose maker has died. */
static int make_embryo(Pod *pod, Error *e) {
        const Pods *pods = pod->pods;
        int r = uuid_new(&pod->uuid);

        if (r < 0)
                return error_wrap(e, r, "cannot make a UUID");
        pod->state = POD_EMBRYO;
        fd_drop(&pod->fd);
        pod->fd = mkdir_beneath(pods->fds[PLACE_EMBRYO], pod->uuid.text, DIRECTORY_MODE);
        if (pod->fd < 0)
                return error_wrap(e, pod->fd, "cannot make %s/embryo/%s", pods->path,
                                  pod->uuid.text);
        r = pod_lock(pod, true, e);
        return r < 0 ? r : move_pod(pod, PLACE_PREPARE, false, e);
}

int pod_new(Pods *pods, Pod **ret, Error *e) {
        _cleanup_(pod_closep) Pod *pod = calloc(1, sizeof(Pod));
        int r = -ENOENT;

        if (!pod)
                return -ENOMEM;
        *pod = (Pod){ .fd = -EBADF, .pods = pods };
        for (unsigned i = 0; i < LOOKUP_RETRIES_MAX && r == -ENOENT; i++) {
                if (e)
                        error_done(e);
                r = make_embryo(pod, e);
        }
        if (r < 0)
                return r;
        *ret = ptr_take(&pod);
        return 0;
}

int pod_seal(Pod *pod, Error *e) {
        int r = 0;

        if (syncfs(pod->fd) < 0)
                return error_wrap(e, -errno, "cannot write pod \"%s\" to disk", pod->uuid.text);
        r = move_pod(pod, PLACE_PREPARED, true, e);
        if (r < 0)
                return r;
        lock_release(pod->fd);
        pod->locked = false;
        return 0;
}

int pod_start(Pod *pod, Error *e) {
        return move_pod(pod, PLACE_RUN, false, e);
}

int pod_mark(Pod *pod, Error *e) {
        Place to = pod->state == POD_EXITED ? PLACE_EXITED_GARBAGE : PLACE_GARBAGE;
        int r = 0;

        /* Who runs a prepared pod locks it first. */
        if (pod->state == POD_PREPARED && !pod->locked) {
                r = pod_lock(pod, false, NULL);
                if (r >= 0)
                        r = pod_refresh(pod, e);
                if (r == -EWOULDBLOCK || (r >= 0 && pod->state != POD_PREPARED))
                        return error_new(e, -EBUSY, "pod \"%s\" is being run", pod->uuid.text);
                if (r < 0)
                        return r;
        }
        r = move_pod(pod, to, true, NULL);
        if (r == -ENOENT)
                r = pod_refresh(pod, e);
        else if (r < 0)
                r = error_wrap(e, r, "cannot move pod \"%s\" to %s", pod->uuid.text,
                               places[to].name);
        return r;
}

int pod_remove(Pod *pod, Error *e) {
        Place place = place_of(pod->state);
        int r = 0;

        if (place == _PLACE_MAX)
                return 0;
        pod_name_release(pod);
        r = tree_remove_at(pod->pods->fds[place], pod->uuid.text);
        if (r < 0)
                return error_wrap(e, r, "cannot remove pod \"%s\"", pod->uuid.text);
        pod->state = POD_GONE;
        return 0;
}

char *pod_path(const Pod *pod) {
        Place place = place_of(pod->state);
        char *path = NULL;

        if (place == _PLACE_MAX)
                return NULL;
        if (asprintf(&path, "%s/%s/%s", pod->pods->path, places[place].name, pod->uuid.text) < 0)
                return NULL;
        return path;
}

void pod_list_done(PodList *list) {
        free(list->pods);
        *list = (PodList){};
}

/* Of one pod that was seen twice, where it was seen first. */
static int compare_listed(const void *a_pointer, const void *b_pointer) {
        const PodListed *a = a_pointer, *b = b_pointer;
        int r = strcmp(a->uuid.text, b->uuid.text);

        return r != 0 ? r : (int) a->place - (int) b->place;
}

static int list_place(int fd, unsigned place, PodList *list, size_t *capacity) {
        _cleanup_(strv_freep) Strv names = NULL;
        int r = dir_list(fd, &names);

        for (char **name = names; r >= 0 && *name; name++) {
                Uuid uuid;

                if (uuid_parse(*name, &uuid) < 0 || strcmp(uuid.text, *name) != 0)
                        continue; /* not ours */
                if (list->n == *capacity) {
                        size_t larger = *capacity ? 2 * *capacity : 64;
                        PodListed *grown = reallocarray(list->pods, larger, sizeof(PodListed));

                        if (!grown)
                                return -ENOMEM;
                        list->pods = grown;
                        *capacity = larger;
                }
                list->pods[list->n++] = (PodListed){ .uuid = uuid, .place = place };
        }
        return r;
}

int pods_list(Pods *pods, bool all, PodList *ret, Error *e) {
        _cleanup_(pod_list_done) PodList list = {};
        size_t capacity = 0, kept = 0;

        for (size_t i = 0; i < _PLACE_MAX; i++) {
                int r = 0;

                if (pods->fds[i] < 0 || (!all && !places[i].listed))
                        continue;
                r = list_place(pods->fds[i], (unsigned) i, &list, &capacity);
                if (r < 0)
                        return error_wrap(e, r, "cannot read %s/%s", pods->path, places[i].name);
        }
        if (list.n > 0)
                qsort(list.pods, list.n, sizeof(PodListed), compare_listed);
        /* One that moved while we read is there twice. */
        for (size_t i = 0; i < list.n; i++)
                if (i == 0 || strcmp(list.pods[i].uuid.text, list.pods[i - 1].uuid.text) != 0)
                        list.pods[kept++] = list.pods[i];
        list.n = kept;
        *ret = list;
        list = (PodList){};
        return 0;
}

static int find_by_prefix(Pods *pods, const char *prefix, Uuid *ret, Error *e) {
        _cleanup_(pod_list_done) PodList list = {};
        const Uuid *found = NULL;
        size_t n_found = 0;
        int r = pods_list(pods, false, &list, e);

        if (r < 0)
                return r;
        for (size_t i = 0; i < list.n; i++)
                if (strncasecmp(list.pods[i].uuid.text, prefix, strlen(prefix)) == 0) {
                        found = &list.pods[i].uuid;
                        n_found++;
                }
        if (n_found == 0)
                return error_new(e, -ENOENT, "no matches found for \"%s\"", prefix);
        if (n_found > 1)
                return error_new(e, -ENOTUNIQ, "ambiguous uuid, %zu matches", n_found);
        *ret = *found;
        return 0;
}

int pods_find(Pods *pods, const char *word, Uuid *ret, Error *e) {
        Uuid uuid;

        if (*word == '\0')
                return error_new(e, -EINVAL, "UUID cannot be empty");
        /* Neither of these looks at all pods. */
        if ((uuid_parse(word, &uuid) >= 0 && pods_has(pods, &uuid)) ||
            pod_name_find(pods, word, &uuid) >= 0) {
                *ret = uuid;
                return 0;
        }
        return find_by_prefix(pods, word, ret, e);
}
