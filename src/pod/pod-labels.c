/* SPDX-License-Identifier: Apache-2.0 */
#include "pod-labels.h"

#include <fts.h>
#include <stdio.h>
#include <sys/random.h>

#include "files.h"
#include "text.h"

#define LABELS_FILE "selinux-labels"
#define CATEGORIES \
        1024 /* that policies with categories have; a power of two, so that each is as likely */
#define TRIES_MAX 256

int pod_labels_read(const Pod *pod, SelinuxLabels *ret, Error *e) {
        _cleanup_(strv_freep) Strv lines = NULL;
        _cleanup_(freep) char *text = NULL;
        int r = file_read_text_at(pod->fd, LABELS_FILE, &text);

        if (r == -ENOENT) {
                *ret = (SelinuxLabels){};
                return 0;
        }
        if (r >= 0)
                r = strv_split(text, '\n', &lines);
        if (r >= 0 && (strv_length(lines) != 2 || !selinux_label_is_valid(lines[0]) ||
                       !selinux_label_is_valid(lines[1])))
                r = -EBADMSG;
        if (r < 0)
                return error_wrap(e, r, "cannot read " LABELS_FILE " of pod \"%s\"",
                                  pod->uuid.text);
        *ret = (SelinuxLabels){ .process = ptr_take(&lines[0]), .mount = ptr_take(&lines[1]) };
        return 0;
}

static int write_labels(const Pod *pod, const SelinuxLabels *labels) {
        _cleanup_(freep) char *text = NULL;

        if (asprintf(&text, "%s\n%s\n", labels->process, labels->mount) < 0) {
                text = NULL;
                return -ENOMEM;
        }
        return file_write_at(pod->fd, LABELS_FILE, text, strlen(text), 0640, 0);
}

/* @level: "s0:c1,c2" */
static bool has_level(const Pod *pod, const void *level) {
        _cleanup_(selinux_labels_done) SelinuxLabels labels = {};

        return pod_labels_read(pod, &labels, NULL) >= 0 && labels.process &&
               text_equal(selinux_label_level(labels.process), level);
}

bool pod_labels_taken(Pods *pods, const Pod *self, const PodList *list, const char *level) {
        return pods_others_have(pods, self, list, has_level, level);
}

/* The lower one first, as policies write them. */
static int choose_categories(unsigned ret[static 2]) {
        uint16_t random[2] = {};

        do {
                if (getrandom(random, sizeof(random), 0) != sizeof(random))
                        return -errno;
                ret[0] = random[0] % CATEGORIES;
                ret[1] = random[1] % CATEGORIES;
        } while (ret[0] == ret[1]);
        if (ret[0] > ret[1]) {
                unsigned lower = ret[1];

                ret[1] = ret[0];
                ret[0] = lower;
        }
        return 0;
}

/* Of the level only the sensitivity stays. */
static int add_categories(const char *label, const unsigned categories[static 2], char **ret) {
        const char *level = selinux_label_level(label);
        int n = level ? (int) (level - label + (ptrdiff_t) strcspn(level, ":-")) : 0;

        if (!level)
                *ret = strdup(label);
        else if (asprintf(ret, "%.*s:c%u,c%u", n, label, categories[0], categories[1]) < 0)
                *ret = NULL;
        return *ret ? 0 : -ENOMEM;
}

static int make_labels(const SelinuxLabels *policy, SelinuxLabels *ret, Error *e) {
        unsigned categories[2] = {};
        int r = choose_categories(categories);

        if (r >= 0)
                r = add_categories(policy->process, categories, &ret->process);
        if (r >= 0)
                r = add_categories(policy->mount, categories, &ret->mount);
        if (r >= 0 &&
            (!selinux_label_is_valid(ret->process) || !selinux_label_is_valid(ret->mount)))
                return error_new(e, -ENAMETOOLONG, "the policy's labels leave categories no room");
        return r;
}

int pod_labels_choose(Pods *pods, const Pod *pod, const SelinuxLabels *policy, Error *e) {
        for (unsigned i = 0; i < TRIES_MAX; i++) {
                _cleanup_(selinux_labels_done) SelinuxLabels labels = {};
                _cleanup_(pod_list_done) PodList list = {};
                const char *level = NULL;
                int r = make_labels(policy, &labels, e);

                if (r >= 0)
                        r = write_labels(pod, &labels);
                if (r >= 0)
                        r = pods_list(pods, true, &list, e);
                if (r < 0)
                        return error_wrap(e, r, "cannot choose the pod's SELinux labels");
                level = selinux_label_level(labels.process);
                if (!level || !pod_labels_taken(pods, pod, &list, level))
                        return 0;
        }
        return error_new(e, -EBUSY, "found no SELinux categories that no other pod has");
}

static int apply(FTSENT *entry, const char *label) {
        switch (entry->fts_info) {
        case FTS_DP: /* seen before */
                return 0;
        case FTS_DNR:
        case FTS_ERR:
        case FTS_NS:
                return -entry->fts_errno;
        default:
                return selinux_label_path(entry->fts_path, label);
        }
}

int pod_labels_apply(const char *path, const char *label, Error *e) {
        _cleanup_(freep) char *root = strdup(path);
        FTS *walk = root ? fts_open((char *[]){ root, NULL }, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR,
                                    NULL)
                         : NULL;
        FTSENT *entry = NULL;
        int r = walk ? 0 : -ENOMEM;

        while (r >= 0 && (errno = 0, entry = fts_read(walk)))
                r = apply(entry, label);
        if (r >= 0 && errno != 0)
                r = -errno;
        if (walk)
                (void) fts_close(walk);
        return r < 0 ? error_wrap(e, r, "cannot label the files in %s", path) : 0;
}
