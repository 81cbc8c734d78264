/* SPDX-License-Identifier: Apache-2.0 */
#include "render-xattr.h"

#include <endian.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "text.h"

#define CAPABILITY "security.capability"
#define LIST_MAX 65536
#define VALUE_MAX 65536

static bool is_allowed(const char *name) {
        if (strcmp(name, CAPABILITY) == 0)
                return true;
        return text_after(name, "user.") && !text_after(name, "user.overlay.");
}

/* A file's capabilities in the one form that means the same everywhere: revision 2. Revision 3 adds
 * the owner of a user namespace; 0 there says as much as revision 2. Returns false for all else. */
static bool normalize_capability(const void *value, size_t n, struct vfs_cap_data *ret) {
        struct vfs_ns_cap_data data = {};
        uint32_t revision = 0;

        if (n != XATTR_CAPS_SZ_2 && n != XATTR_CAPS_SZ_3)
                return false;
        memcpy(&data, value, n);
        revision = le32toh(data.magic_etc) & VFS_CAP_REVISION_MASK;
        if (n == XATTR_CAPS_SZ_2 ? revision != VFS_CAP_REVISION_2
                                 : revision != VFS_CAP_REVISION_3 || data.rootid != 0)
                return false;
        ret->magic_etc =
                htole32(VFS_CAP_REVISION_2 | (le32toh(data.magic_etc) & VFS_CAP_FLAGS_EFFECTIVE));
        memcpy(ret->data, data.data, sizeof(ret->data));
        return true;
}

/* Returns 1 set, 0 dropped, a negative errno. */
static int set_one(int fd, const RenderXattr *xattr, Error *e) {
        struct vfs_cap_data capability = {};
        const void *value = xattr->value.at;
        size_t n = xattr->value.n;
        char name[256];

        memcpy(name, xattr->name.at, xattr->name.n);
        name[xattr->name.n] = '\0';
        if (!is_allowed(name))
                return 0;
        if (strcmp(name, CAPABILITY) == 0) {
                if (!normalize_capability(value, n, &capability))
                        return 0;
                value = &capability;
                n = sizeof(capability);
        }
        if (fsetxattr(fd, name, value, n, 0) >= 0)
                return 1;
        if (errno == EOPNOTSUPP)
                return 0; /* this file system cannot keep it */
        return error_new(e, -errno, "cannot set attribute \"%s\" of %zu bytes", name, n);
}

int render_xattrs_set(int fd, const RenderEntry *entry, bool *ret_set, Error *e) {
        int dropped = (int) entry->n_ignored_xattrs;

        for (unsigned i = 0; i < entry->n_xattrs; i++) {
                int r = set_one(fd, &entry->xattrs[i], e);

                if (r < 0)
                        return r;
                if (r > 0)
                        *ret_set = true;
                else
                        dropped++;
        }
        return dropped;
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static int each_value(int fd, char **names, size_t n_names, RenderXattrFn fn, void *userdata) {
        _cleanup_(freep) char *value = malloc(VALUE_MAX);
        int r = 0;

        if (!value)
                return -ENOMEM;
        qsort(names, n_names, sizeof(*names), compare_names);
        for (size_t i = 0; r >= 0 && i < n_names; i++) {
                ssize_t n = fgetxattr(fd, names[i], value, VALUE_MAX);

                r = n < 0 ? -errno : fn(names[i], value, (size_t) n, userdata);
        }
        return r < 0 ? r : 0;
}

int render_xattrs_each(int fd, RenderXattrFn fn, void *userdata) {
        _cleanup_(freep) char *list = NULL;
        _cleanup_(freep) char **names = NULL;
        size_t n_names = 0;
        ssize_t n = flistxattr(fd, NULL, 0);

        if (n <= 0)
                return n == 0 || errno == EOPNOTSUPP ? 0 : -errno;
        list = malloc(LIST_MAX);
        names = calloc(LIST_MAX / 2, sizeof(*names));
        if (!list || !names)
                return -ENOMEM;
        n = flistxattr(fd, list, LIST_MAX);
        if (n < 0)
                return -errno;
        for (char *name = list; name < list + n; name += strlen(name) + 1)
                if (is_allowed(name))
                        names[n_names++] = name;
        return n_names ? each_value(fd, names, n_names, fn, userdata) : 0;
}

typedef struct Sum {
        RenderDigest *digest;
        bool any;
} Sum;

static int add(const char *name, const void *value, size_t n, void *userdata) {
        Sum *sum = userdata;
        uint64_t size = htole64(n);

        sum->any = true;
        render_digest_add(sum->digest, name, strlen(name) + 1);
        render_digest_add(sum->digest, &size, sizeof(size));
        render_digest_add(sum->digest, value, n);
        return 0;
}

int render_xattrs_digest(int fd, RenderDigest *digest, uint8_t ret[static RENDER_SHA256_BYTES]) {
        uint8_t bytes[RENDER_DIGEST_MAX];
        Sum sum = { .digest = digest };
        int r = 0;

        render_digest_reset(digest);
        r = render_xattrs_each(fd, add, &sum);
        if (r < 0 || !sum.any)
                return r;
        render_digest_get(digest, bytes);
        memcpy(ret, bytes, RENDER_SHA256_BYTES);
        return 1;
}
