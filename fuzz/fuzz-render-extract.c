/* SPDX-License-Identifier: Apache-2.0 */

/* From bytes to a tree, in a directory of its own beside a canary. The first byte says what kind of
 * archive it is. Only root can give files their owners: as another user most trees end early. */

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "fuzz-tar.h"
#include "render-extract.h"
#include "render-list.h"

static int base_fd = -EBADF;
static char base[64];

static void drop_base(void) {
        char *slash = strrchr(base, '/');
        int parent_fd = -EBADF;

        close(base_fd);
        *slash = '\0';
        parent_fd = dir_open_at(AT_FDCWD, base);
        if (parent_fd >= 0)
                (void) tree_remove_at(parent_fd, slash + 1);
        fd_drop(&parent_fd);
}

/* Where files cost least. */
static void prepare(void) {
        int fd = -EBADF;

        if (base_fd >= 0)
                return;
        (void) umask(0);
        (void) snprintf(base, sizeof(base), "%s/rkt-fuzz-XXXXXX",
                        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        must(mkdtemp(base) != NULL);
        base_fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        must(base_fd >= 0 && atexit(drop_base) == 0);
        fd = openat(base_fd, "canary", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        must(fd >= 0 && fd_write_all(fd, "canary", 6) == 0);
        close(fd);
}

static void check_canary(void) {
        _cleanup_(freep) char **names = NULL;
        struct stat st;

        must(dir_list(base_fd, &names) == 0);
        must(names[0] && strcmp(names[0], "canary") == 0);
        must(names[1] && strcmp(names[1], "tree") == 0 && !names[2]);
        free(names[0]);
        free(names[1]);
        must(fstatat(base_fd, "canary", &st, AT_SYMLINK_NOFOLLOW) == 0);
        must(st.st_mode == (S_IFREG | 0600) && st.st_nlink == 1 && st.st_size == 6);
}

static int extract(const uint8_t *data, size_t size, unsigned kind, int tree_fd) {
        static const RenderLimits limits = { .expanded = (uint64_t) 4 * 1024 * 1024,
                                             .entries = 200,
                                             .ratio = 200,
                                             .manifest = 4096 };
        _cleanup_(fd_closep) int seal_fd = memfd_create("seal", MFD_CLOEXEC);
        _cleanup_(fd_closep) int scratch_fd = memfd_create("scratch", MFD_CLOEXEC);
        _cleanup_(fd_closep) int manifest_fd = memfd_create("manifest", MFD_CLOEXEC);
        _cleanup_(fd_closep) int needs_fd = memfd_create("needs", MFD_CLOEXEC);
        _cleanup_(fd_closep) int fd = memfd_create("archive", MFD_CLOEXEC);
        _cleanup_(freep) RenderFile *file = calloc(1, sizeof(*file));
        RenderExtractResult result = {};
        RenderSource source;

        must(file && seal_fd >= 0 && scratch_fd >= 0 && manifest_fd >= 0 && needs_fd >= 0);
        must(fd >= 0 && fd_write_all(fd, data, size) == 0);
        file->fd = fd;
        file->end = size;
        source = render_file_source(file);
        return render_extract(&source,
                              &(RenderExtractSpec){ .format = kind & 1 ? RENDER_ACI : RENDER_LAYER,
                                                    .limits = &limits,
                                                    .tree_fd = tree_fd,
                                                    .seal_fd = seal_fd,
                                                    .scratch_fd = scratch_fd,
                                                    .manifest_fd = manifest_fd,
                                                    .needs_fd = kind & 2 ? needs_fd : -EBADF },
                              &result, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(fd_closep) int tree_fd = -EBADF;
        _cleanup_(freep) uint8_t *mended = NULL;

        if (size == 0)
                return 0;
        prepare();
        mended = fuzz_tar_mend(data + 1, size - 1);
        must(mkdirat(base_fd, "tree", 0755) == 0);
        tree_fd = dir_open_at(base_fd, "tree");
        must(tree_fd >= 0);
        (void) extract(mended, size - 1, data[0], tree_fd);
        check_canary();
        must(tree_remove_at(base_fd, "tree") == 0);
        return 0;
}
