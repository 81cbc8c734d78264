/* SPDX-License-Identifier: Apache-2.0 */
#include "test-render-job.h"

#include <limits.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The program itself, confined as it is when rkt starts it, on hostile and benign archives. Needs
 * root, for namespaces of its own. */

/* Plain out of a file, and compressed out of a pipe. */
static void makes_of_each_archive_what_it_should(void **state) {
        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(test_archives); i++) {
                const TestArchive *archive = &test_archives[i];
                RenderCompression kind = (RenderCompression) (RENDER_GZIP + i % 4);
                TestTar tar = {}, packed = {};

                print_message("# %s\n", archive->what);
                test_archive_make(archive, &tar);
                test_compress(kind, tar.bytes, tar.n, &packed);
                assert_int_equal(unpack(&tar, archive->format, NULL, false, archive->tree),
                                 archive->want);
                assert_int_equal(unpack(&packed, archive->format, NULL, true, archive->tree),
                                 archive->want);
                test_tar_done(&packed);
                test_tar_done(&tar);
        }
}

static char *digest_of(RenderDigestKind kind, const TestTar *bytes) {
        _cleanup_(render_digest_freep) RenderDigest *digest = NULL;

        assert_int_equal(render_digest_new(kind, &digest), 0);
        render_digest_add(digest, bytes->bytes, bytes->n);
        return render_digest_hex(digest);
}

static void expect_bytes(int fd, const TestTar *want) {
        size_t n = 0;
        uint8_t *bytes = test_read_fd(fd, &n);

        assert_int_equal(n, want->n);
        assert_memory_equal(bytes, want->bytes, n);
        free(bytes);
        close(fd);
}

/* A05: what is hashed is what came, and what came out of it. */
static void hashes_and_copies_both_sides(void **state) {
        static const char *const names[] = { "none", "gzip", "bzip2", "xz", "zstd" };

        (void) state;
        for (unsigned kind = RENDER_PLAIN; kind < _RENDER_COMPRESSION_MAX; kind++) {
                TestTar tar = {}, packed = {};
                TestTree tree;
                Json *report = NULL;
                Job job;
                int fd = -EBADF;

                make_sample(&tar);
                test_compress((RenderCompression) kind, tar.bytes, tar.n, &packed);
                fd = fd_of(packed.bytes, packed.n);
                test_tree_open(&tree);
                job = unpack_job(&tree, fd, RENDER_LAYER);
                job.fds[RENDER_FD_DELIVERED] = memfd_create("delivered", MFD_CLOEXEC);
                job.fds[RENDER_FD_UNPACKED] = memfd_create("unpacked", MFD_CLOEXEC);
                report = run(&job);
                assert_int_equal(outcome(report), 0);
                expect_text(report, "compression", names[kind]);
                {
                        _cleanup_(freep) char *a = digest_of(RENDER_SHA256, &packed);
                        _cleanup_(freep) char *b = digest_of(RENDER_SHA256, &tar);
                        _cleanup_(freep) char *c = digest_of(RENDER_SHA512, &tar);
                        const Json *delivered = json_get(report, "delivered");
                        const Json *unpacked = json_get(report, "unpacked");

                        expect_text(delivered, "sha256", a);
                        expect_text(unpacked, "sha256", b);
                        expect_text(unpacked, "sha512", c);
                        assert_int_equal(number_of(delivered, "bytes"), packed.n);
                        assert_int_equal(number_of(unpacked, "bytes"), tar.n);
                }
                assert_int_equal(number_of(report, "entries"), 4);
                expect_bytes(job.fds[RENDER_FD_DELIVERED], &packed);
                expect_bytes(job.fds[RENDER_FD_UNPACKED], &tar);
                json_free(report);
                close(fd);
                test_tree_done(&tree);
                test_tar_done(&packed);
                test_tar_done(&tar);
        }
}

static void reads_a_stretch_of_a_file(void **state) {
        TestTar tar = {}, image = {}, file = {};
        _cleanup_(freep) char *offset = NULL, *bytes = NULL, *digest = NULL;
        TestTree tree;
        Json *report = NULL;
        Job job;
        int fd = -EBADF;

        (void) state;
        make_sample(&tar);
        test_compress(RENDER_GZIP, tar.bytes, tar.n, &image);
        for (unsigned i = 0; i < 1000; i++)
                test_tar_put(&file, "in front", 8);
        assert_true(asprintf(&offset, "offset=%zu", file.n) > 0);
        assert_true(asprintf(&bytes, "bytes=%zu", image.n) > 0);
        test_tar_put(&file, image.bytes, image.n);
        test_tar_put(&file, "behind", 6);
        digest = digest_of(RENDER_SHA256, &image);
        fd = fd_of(file.bytes, file.n);
        test_tree_open(&tree);
        job = unpack_job(&tree, fd, RENDER_LAYER);
        job.arguments[4] = offset;
        job.arguments[5] = bytes;
        report = run(&job);
        assert_int_equal(outcome(report), 0);
        expect_text(json_get(report, "delivered"), "sha256", digest);
        assert_int_equal(number_of(json_get(report, "delivered"), "bytes"), image.n);
        json_free(report);
        close(fd);
        test_tree_done(&tree);
        test_tar_done(&tar);
        test_tar_done(&image);
        test_tar_done(&file);
}

static void reports_are_text_whatever_names_are(void **state) {
        static const TestMember members[] = {
                { .name = "\xff\xfe\"\\\n\x1b/../../\xc3\x28" },
                { .name = "\xff", .type = 'V' },
                { .name = "h", .type = '1', .link = "\xff/../../\xfe" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(members); i++) {
                TestTar tar = {};

                test_tar_add(&tar, &members[i]);
                test_tar_end(&tar);
                assert_true(unpack(&tar, RENDER_LAYER, NULL, false, NULL) < 0);
                test_tar_done(&tar);
        }
}

static void counts_what_it_left_out(void **state) {
        const TestMember members[] = {
                { .name = "dev/sda", .type = '4', .major = "0000010" },
                { .name = "dev/fifo", .type = '6' },
                { .name = "a/b", .pax = { "SCHILY.xattr.trusted.x=1", "SCHILY.xattr.user.x=1" } },
                { .name = "h", .type = '1', .link = "lacking" },
        };
        TestTar tar = {};
        TestTree tree;
        Json *report = NULL;
        Job job;
        int fd = -EBADF;
        size_t n = 0;
        uint8_t *needs = NULL;

        (void) state;
        test_tar_add_all(&tar, members, N_ELEMENTS(members));
        test_tar_end(&tar);
        fd = fd_of(tar.bytes, tar.n);
        test_tree_open(&tree);
        job = unpack_job(&tree, fd, RENDER_LAYER);
        job.fds[RENDER_FD_NEEDS] = tree.needs_fd;
        report = run(&job);
        assert_int_equal(outcome(report), 0);
        assert_int_equal(number_of(report, "skipped-devices"), 2);
        assert_int_equal(number_of(report, "dropped-xattrs"), 1);
        assert_int_equal(number_of(report, "implicit"), 2);
        assert_int_equal(number_of(report, "missing"), 1);
        needs = test_read_fd(tree.needs_fd, &n);
        assert_int_equal(n, sizeof("dev\0a\0lacking"));
        assert_memory_equal(needs, "dev\0a\0lacking", n);
        free(needs);
        json_free(report);
        close(fd);
        test_tree_done(&tree);
        test_tar_done(&tar);
}

/* A layer that lacks what lies below is unpacked again, over a copy of that. */
static void works_over_what_lies_below(void **state) {
        const TestMember members[] = { { .name = "bin/link", .type = '1', .link = "bin/file" },
                                       { .name = "lib/new", .data = "x" } };
        TestTar tar = {};

        (void) state;
        test_tar_add_all(&tar, members, N_ELEMENTS(members));
        test_tar_end(&tar);
        for (unsigned round = 0; round < 2; round++) {
                int fd = fd_of(tar.bytes, tar.n);
                _cleanup_(freep) char *text = NULL;
                TestTree tree;
                Json *report = NULL;
                Job job;

                test_tree_open(&tree);
                job = unpack_job(&tree, fd, RENDER_LAYER);
                if (round == 0)
                        job.fds[RENDER_FD_NEEDS] = tree.needs_fd;
                else {
                        make_dir(tree.fd, "bin");
                        make_file(tree.fd, "bin/file", "below");
                        make_dir(tree.fd, "usr");
                        make_link(tree.fd, "lib", "usr");
                        job.arguments[4] = "below=1";
                }
                report = run(&job);
                assert_int_equal(outcome(report), 0);
                assert_int_equal(number_of(report, "missing"), round == 0);
                text = test_tree_tell(&tree);
                assert_string_equal(text, round == 0 ? TEST_ROOT "d bin 755 implicit\n"
                                                                 "d lib 755 implicit\n"
                                                                 "f lib/new 644 <x>\n"
                                                     : TEST_ROOT "d bin 700\n"
                                                                 "f bin/file 600 x2 <below>\n"
                                                                 "f bin/link 600 x2 <below>\n"
                                                                 "l lib -> usr\nd usr 700\n"
                                                                 "f usr/new 644 <x>\n");
                json_free(report);
                close(fd);
                test_tree_done(&tree);
        }
        test_tar_done(&tar);
}

#define TAR "/bin/tar"
#define NAME_60 "a-name-that-is-neither-short-nor-long-but-makes-long-paths-xx"

/* Files of every kind that tar can carry. */
static void plant(int fd) {
        const struct timespec times[] = { { .tv_sec = 1 }, { .tv_sec = 1234567890 } };
        static const char *const late[] = { "d", "d/file", "sparse" };
        int sparse = -EBADF;

        make_dir(fd, "d");
        make_file(fd, "d/file", "content");
        assert_int_equal(linkat(fd, "d/file", fd, "hard", 0), 0);
        make_link(fd, "symlink", "../canary");
        assert_int_equal(mkfifoat(fd, "not-v7", 0600), 0);
        make_dir(fd, NAME_60);
        make_dir(fd, NAME_60 "/not-v7-" NAME_60);
        make_file(fd, "not-\xff-text", "x");
        make_file(fd, "set", "x");
        assert_int_equal(fchownat(fd, "set", 1000, 2000, 0), 0);
        assert_int_equal(fchmodat(fd, "set", 06711, 0), 0);
        make_file(fd, "sparse", "begin");
        sparse = openat(fd, "sparse", O_WRONLY | O_CLOEXEC);
        assert_int_equal(pwrite(sparse, "middle", 6, (off_t) 1024 * 1024), 6);
        assert_int_equal(ftruncate(sparse, (off_t) 3 * 1024 * 1024), 0);
        close(sparse);
        for (size_t i = 0; i < N_ELEMENTS(late); i++)
                assert_int_equal(utimensat(fd, late[i], times, 0), 0);
}

static void run_tar(const TestTree *tree, const char *const *options, int out_fd) {
        char *argv[12] = { strdupa("tar"), strdupa("--numeric-owner"), strdupa("-c"), strdupa("-C"),
                           strdupa("/proc/self/fd/3") };
        char *const envp[] = { strdupa("LC_ALL=C"), NULL };
        size_t n = 5;

        for (; *options; options++)
                argv[n++] = strdupa(*options);
        argv[n] = strdupa(".");
        assert_int_equal(process_run(&(ProcessSpec){ .path = TAR,
                                                     .argv = argv,
                                                     .envp = envp,
                                                     .fds = { -1, out_fd, 2, tree->fd },
                                                     .n_fds = 4 }),
                         0);
}

/* As they were and as they came out, but for what each file system gives by itself. */
static void expect_same(const TestTree *a, const TestTree *b, const char *left_out) {
        const TestTree *trees[] = { a, b };
        StoreSealReader *readers[2] = { NULL };
        uint8_t *bytes[2] = { NULL };
        int r[2] = { 0 };

        for (unsigned i = 0; i < 2; i++) {
                size_t n = 0;

                bytes[i] = test_read_fd(trees[i]->seal_fd, &n);
                assert_int_equal(store_seal_reader_new(bytes[i], n, &readers[i], NULL), 0);
        }
        for (;;) {
                const StoreSealEntry *x = NULL, *y = NULL;

                do
                        r[0] = store_seal_next(readers[0], &x, NULL);
                while (r[0] > 0 && left_out && strstr(x->path, left_out));
                r[1] = store_seal_next(readers[1], &y, NULL);
                assert_int_equal(r[0], r[1]);
                if (r[0] <= 0)
                        break;
                assert_string_equal(x->path, y->path);
                assert_string_equal(x->target, y->target);
                assert_int_equal(x->mode, y->mode);
                assert_true(x->uid == y->uid && x->gid == y->gid && x->size == y->size);
                assert_true(x->mtime == y->mtime);
                assert_memory_equal(x->digest, y->digest, STORE_SEAL_DIGEST);
        }
        for (unsigned i = 0; i < 2; i++) {
                store_seal_reader_free(readers[i]);
                free(bytes[i]);
        }
}

/* In the manner of another's seal, so that both can be compared. */
static void seal_like(const TestTree *tree, const TestTree *other) {
        StoreSealReader *reader = NULL;
        Json *report = NULL;
        size_t n = 0;
        uint8_t *bytes = test_read_fd(other->seal_fd, &n);

        assert_int_equal(store_seal_reader_new(bytes, n, &reader, NULL), 0);
        assert_int_equal(ftruncate(tree->seal_fd, 0), 0);
        assert_int_equal(lseek(tree->seal_fd, 0, SEEK_SET), 0);
        assert_int_equal(store_seal_order(tree->seal_fd, store_seal_manner(reader)), 0);
        store_seal_reader_free(reader);
        free(bytes);
        report = run(
                &(Job){ .arguments = { "seal" },
                        .fds = { [RENDER_FD_TREE] = tree->fd, [RENDER_FD_SEAL] = tree->seal_fd } });
        assert_int_equal(outcome(report), 0);
        json_free(report);
}

static void unpacks_what_tar_writes(void **state) {
        static const struct {
                const char *options[5];
                const char *left_out; /* what the format cannot carry */
        } cases[] = {
                { { "--format=v7", "--exclude=not-v7*" }, "not-v7" },
                { { "--format=ustar" }, NULL },
                { { "--format=oldgnu" }, NULL },
                { { "--format=gnu" }, NULL },
                { { "--format=gnu", "--sparse" }, NULL },
                { { "--format=pax" }, NULL },
                { { "--format=pax", "--xattrs", "--acls" }, NULL },
                { { "--format=pax", "--sparse", "--sparse-version=0.0" }, NULL },
                { { "--format=pax", "--sparse", "--sparse-version=0.1" }, NULL },
                { { "--format=pax", "--sparse", "--sparse-version=1.0" }, NULL },
                { { "--format=gnu", "--gzip" }, NULL },
        };
        TestTree from;
        Json *report = NULL;

        (void) state;
        if (access(TAR, X_OK) < 0)
                skip();
        test_tree_open(&from);
        plant(from.fd);
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                int fd = memfd_create("archive", MFD_CLOEXEC);
                struct stat st;
                TestTree to;
                Job job;

                print_message("# %s %s\n", cases[i].options[0],
                              cases[i].options[1] ? cases[i].options[1] : "");
                run_tar(&from, cases[i].options, fd);
                test_tree_open(&to);
                job = unpack_job(&to, fd, RENDER_LAYER);
                report = run(&job);
                assert_int_equal(outcome(report), 0);
                json_free(report);
                seal_like(&from, &to);
                expect_same(&from, &to, cases[i].left_out);
                test_tree_expect_sealed(&to);
                assert_int_equal(fstatat(to.fd, "hard", &st, 0), 0);
                assert_int_equal(st.st_nlink, 2);
                if (cases[i].options[1] && strcmp(cases[i].options[1], "--sparse") == 0) {
                        assert_int_equal(fstatat(to.fd, "sparse", &st, 0), 0);
                        assert_true(st.st_blocks < 2048); /* holes stay holes */
                }
                close(fd);
                test_tree_done(&to);
        }
        test_tree_done(&from);
}

static Json *list_archive(int fd, int spool_fd) {
        return run(&(Job){ .arguments = { "list" },
                           .fds = { [RENDER_FD_IN] = fd, [RENDER_FD_UNPACKED] = spool_fd } });
}

static void lists_files_pipes_and_what_is_compressed(void **state) {
        const TestMember members[] = { { .name = "index.json", .data = "{\"a\":1}" },
                                       { .name = "blobs/", .type = '5' },
                                       { .name = "blobs/x", .type = '2', .link = "../<&>\n" },
                                       { .name = "\xff", .data = "no text" } };
        TestTar tar = {};

        (void) state;
        test_tar_add_all(&tar, members, N_ELEMENTS(members));
        test_tar_end(&tar);
        for (unsigned i = 0; i < 2 * _RENDER_COMPRESSION_MAX; i++) {
                RenderCompression kind = (RenderCompression) (i / 2);
                TestTar packed = {};
                int fd = -EBADF, spool_fd = memfd_create("spool", MFD_CLOEXEC);
                Json *report = NULL;
                const Json *list = NULL, *first = NULL;
                bool spooled = kind != RENDER_PLAIN || (i & 1), told = false;

                test_compress(kind, tar.bytes, tar.n, &packed);
                fd = i & 1 ? pipe_of(packed.bytes, packed.n) : fd_of(packed.bytes, packed.n);
                report = list_archive(fd, spool_fd);
                assert_int_equal(outcome(report), 0);
                assert_int_equal(json_read_bool(json_get(report, "spooled"), &told, NULL), 0);
                assert_int_equal(told, spooled);
                list = json_get(report, "members");
                assert_int_equal(json_array_length(list), 2);
                first = json_array_get(list, 0);
                expect_text(first, "name", "index.json");
                assert_int_equal(number_of(first, "bytes"), 7);
                assert_memory_equal(tar.bytes + number_of(first, "at"), "{\"a\":1}", 7);
                expect_text(json_array_get(list, 1), "name", "blobs/x");
                expect_text(json_array_get(list, 1), "link", "<&>\n");
                if (spooled)
                        expect_bytes(spool_fd, &tar);
                else
                        close(spool_fd);
                json_free(report);
                close(fd);
                test_tar_done(&packed);
        }
        test_tar_done(&tar);
}

static void lists_no_damaged_archive(void **state) {
        TestTar tar = {};

        (void) state;
        make_sample(&tar);
        for (unsigned i = 0; i < 4; i++) {
                size_t n = i < 2 ? 2000 : tar.n;
                Json *report = NULL;
                int fd = -EBADF;

                if (i == 2)
                        tar.bytes[1] ^= 1;
                fd = i & 1 ? pipe_of(tar.bytes, n) : fd_of(tar.bytes, n);
                report = list_archive(fd, 0);
                assert_int_equal(outcome(report), -EBADMSG);
                json_free(report);
                close(fd);
        }
        test_tar_done(&tar);
}

/* What is packed again is the same tree, and packed twice the same bytes. */
static void packs_what_it_unpacked(void **state) {
        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(test_archives); i++) {
                const TestArchive *archive = &test_archives[i];
                TestTar tar = {}, packed[2] = { 0 };
                TestTree tree;
                Json *report = NULL;
                Job job;
                int fd = -EBADF, manifest_fd = fd_of("{}", 2);

                if (archive->format != RENDER_ACI || archive->want != 0)
                        continue;
                print_message("# %s\n", archive->what);
                test_archive_make(archive, &tar);
                fd = fd_of(tar.bytes, tar.n);
                test_tree_open(&tree);
                job = unpack_job(&tree, fd, RENDER_ACI);
                report = run(&job);
                assert_int_equal(outcome(report), 0);
                json_free(report);
                close(fd);
                for (unsigned j = 0; j < 2; j++) {
                        _cleanup_(freep) char *digest = NULL;
                        int out_fd = memfd_create("packed", MFD_CLOEXEC);
                        size_t n = 0;

                        assert_int_equal(lseek(manifest_fd, 0, SEEK_SET), 0);
                        report = run(&(Job){ .arguments = { "pack", "prefix=rootfs" },
                                             .fds = { [RENDER_FD_TREE] = tree.fd,
                                                      [RENDER_FD_UNPACKED] = out_fd,
                                                      [RENDER_FD_MANIFEST] = manifest_fd } });
                        assert_int_equal(outcome(report), 0);
                        packed[j].bytes = test_read_fd(out_fd, &n);
                        packed[j].n = n;
                        digest = digest_of(RENDER_SHA512, &packed[j]);
                        expect_text(json_get(report, "unpacked"), "sha512", digest);
                        json_free(report);
                        close(out_fd);
                }
                assert_int_equal(packed[0].n, packed[1].n);
                assert_memory_equal(packed[0].bytes, packed[1].bytes, packed[0].n);
                {
                        _cleanup_(freep) char *text = test_tree_tell(&tree), *mark = NULL;

                        while ((mark = strstr(text, " implicit"))) /* they have members now */
                                memmove(mark, mark + 9, strlen(mark + 9) + 1);
                        mark = NULL;
                        assert_int_equal(unpack(&packed[0], RENDER_ACI, NULL, false, text), 0);
                }
                test_tree_done(&tree);
                test_tar_done(&tar);
                test_tar_done(&packed[0]);
                test_tar_done(&packed[1]);
                close(manifest_fd);
        }
}

static void seals_a_tree_as_it_is(void **state) {
        TestTree tree;
        Json *report = NULL;
        _cleanup_(freep) char *text = NULL;
        const Job *job = NULL;

        (void) state;
        test_tree_open(&tree);
        make_dir(tree.fd, "d");
        make_file(tree.fd, "d/f", "text");
        make_link(tree.fd, "l", "../canary");
        assert_int_equal(mknodat(tree.fd, "w", S_IFCHR, 0), 0);
        job = &(Job){ .arguments = { "seal" },
                      .fds = { [RENDER_FD_TREE] = tree.fd, [RENDER_FD_SEAL] = tree.seal_fd } };
        report = run(job);
        assert_int_equal(outcome(report), 0);
        assert_int_equal(number_of(report, "entries"), 5);
        json_free(report);
        text = test_tree_tell(&tree);
        assert_string_equal(text, "d . 700\nd d 700\nf d/f 600 <text>\nl l -> ../canary\nw w 0\n");

        /* What lies in the file is no order. */
        report = run(job);
        assert_int_equal(outcome(report), -EBADMSG);
        json_free(report);
        assert_int_equal(ftruncate(tree.seal_fd, 0), 0);

        assert_int_equal(mknodat(tree.fd, "dev", S_IFBLK, 0x0801), 0);
        report = run(job);
        assert_int_equal(outcome(report), -EPERM);
        json_free(report);
        test_tree_done(&tree);
}

/* In a process that may have few. */
static int unpack_with_few_files(const TestTar *tar) {
        const struct rlimit few = { 40, 1024 };
        pid_t pid = fork();
        int status = 0;

        if (pid == 0) {
                (void) close_range(3, UINT_MAX, 0);
                if (setrlimit(RLIMIT_NOFILE, &few) < 0)
                        _exit(1);
                _exit(unpack(tar, RENDER_LAYER, NULL, false, NULL) == 0 ? 0 : 2);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
}

static void has_room_for_files_whoever_calls(void **state) {
        TestTar tar = {};

        (void) state;
        for (unsigned i = 0; i < 2000; i++) {
                char name[16];

                snprintf(name, sizeof(name), "f%u", i);
                test_tar_add(&tar, &(TestMember){ .name = name, .data = "x" });
        }
        test_tar_end(&tar);
        assert_int_equal(unpack_with_few_files(&tar), 0);
        test_tar_done(&tar);
}

static void refuses_jobs_it_does_not_know(void **state) {
        static const Job jobs[] = {
                { .arguments = { NULL } },
                { .arguments = { "format" } },
                { .arguments = { "unpack", "unknown=1" } },
                { .arguments = { "unpack", "format=3" } },
                { .arguments = { "unpack", "format=" } },
                { .arguments = { "unpack", "format=-1" } },
                { .arguments = { "unpack", "format=1x" } },
                { .arguments = { "unpack", "offset=18446744073709551616" } },
                { .arguments = { "unpack", "ratio-max=0" } },
                { .arguments = { "unpack", "" } },
                { .arguments = { "seal" } },
                { .arguments = { "pack" } },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(jobs); i++) {
                Json *report = run(&jobs[i]);

                print_message("# %zu\n", i);
                assert_int_equal(outcome(report), -EINVAL);
                json_free(report);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(makes_of_each_archive_what_it_should),
                cmocka_unit_test(hashes_and_copies_both_sides),
                cmocka_unit_test(reads_a_stretch_of_a_file),
                cmocka_unit_test(reports_are_text_whatever_names_are),
                cmocka_unit_test(counts_what_it_left_out),
                cmocka_unit_test(works_over_what_lies_below),
                cmocka_unit_test(unpacks_what_tar_writes),
                cmocka_unit_test(lists_files_pipes_and_what_is_compressed),
                cmocka_unit_test(lists_no_damaged_archive),
                cmocka_unit_test(packs_what_it_unpacked),
                cmocka_unit_test(seals_a_tree_as_it_is),
                cmocka_unit_test(has_room_for_files_whoever_calls),
                cmocka_unit_test(refuses_jobs_it_does_not_know),
        };

        if (geteuid() != 0) {
                fprintf(stderr, "skipped: only root can confine the program\n");
                return 77;
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}
