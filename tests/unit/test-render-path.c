/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "render-path.h"

#define NAME_64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define NAME_255 \
        NAME_64 NAME_64 NAME_64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* C01 */
static void cleans_names_as_a_tree_has_them(void **state) {
        static const struct {
                const char *raw, *want;
                RenderPathFlags flags;
        } cases[] = {
                { "a", "a", 0 },
                { "a/b", "a/b", 0 },
                { "./a", "a", RENDER_PATH_STRICT },
                { "./", "", RENDER_PATH_STRICT },
                { ".", "", RENDER_PATH_STRICT },
                { "/", "", 0 },
                { "///", "", 0 },
                { "/etc/passwd", "etc/passwd", 0 },
                { "//a//b//", "a/b", 0 },
                { "a/./b/.", "a/b", RENDER_PATH_STRICT },
                { "a/../b", "b", 0 },
                { "a/b/../../c", "c", 0 },
                { "a/..", "", 0 },
                { "...", "...", RENDER_PATH_STRICT },
                { "..a/b..", "..a/b..", RENDER_PATH_STRICT },
                { "a\\..\\b", "a\\..\\b", RENDER_PATH_STRICT },
                { "\xff\xfe\n\x1b[2J", "\xff\xfe\n\x1b[2J", RENDER_PATH_STRICT },
                { NAME_255, NAME_255, RENDER_PATH_STRICT },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                RenderPath path;

                print_message("# \"%s\"\n", cases[i].raw);
                assert_int_equal(render_path_clean(cases[i].raw, cases[i].flags, &path, NULL), 0);
                assert_string_equal(path.text, cases[i].want);
                assert_int_equal(path.n, strlen(cases[i].want));
        }
}

static void refuses_names_that_leave(void **state) {
        static const struct {
                const char *raw;
                RenderPathFlags flags;
                int want;
        } cases[] = {
                { "..", 0, -EINVAL },
                { "../", 0, -EINVAL },
                { "../a", 0, -EINVAL },
                { "/..", 0, -EINVAL },
                { "/../etc/passwd", 0, -EINVAL },
                { "./../a", 0, -EINVAL },
                { "a/../../b", 0, -EINVAL },
                { "a//.././../b", 0, -EINVAL },
                { "a/b/../../../a/b", 0, -EINVAL },
                { "/a", RENDER_PATH_STRICT, -EINVAL },
                { "/", RENDER_PATH_STRICT, -EINVAL },
                { "//a", RENDER_PATH_STRICT, -EINVAL },
                { "a/..", RENDER_PATH_STRICT, -EINVAL },
                { "a/../b", RENDER_PATH_STRICT, -EINVAL },
                { "..", RENDER_PATH_STRICT, -EINVAL },
                { NAME_255 "x", 0, -ENAMETOOLONG },
                { "a/" NAME_255 "x/b", 0, -ENAMETOOLONG },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                RenderPath path;

                print_message("# \"%s\"\n", cases[i].raw);
                assert_int_equal(render_path_clean(cases[i].raw, cases[i].flags, &path, NULL),
                                 cases[i].want);
        }
}

/* @unit, @n times. */
static int clean_repeated(const char *unit, size_t n, RenderPath *path) {
        size_t n_unit = strlen(unit);
        char *raw = calloc(n, n_unit + 1);
        int r = 0;

        assert_non_null(raw);
        for (size_t i = 0; i < n; i++)
                memcpy(raw + i * n_unit, unit, n_unit + 1);
        r = render_path_clean(raw, 0, path, NULL);
        free(raw);
        return r;
}

/* C10 */
static void bounds_length_and_depth(void **state) {
        RenderPath path;

        (void) state;
        assert_int_equal(clean_repeated("d/", 255, &path), 0);
        assert_int_equal(clean_repeated("d/", 256, &path), -ENAMETOOLONG);
        assert_int_equal(clean_repeated("d/../", 10000, &path), 0);
        assert_int_equal(path.n, 0);
        assert_int_equal(clean_repeated("/.", 100000, &path), 0);
        assert_int_equal(clean_repeated(NAME_255 "/", 16, &path), 0);
        assert_int_equal(path.n, RENDER_PATH_MAX);
        assert_int_equal(clean_repeated(NAME_255 "/", 17, &path), -ENAMETOOLONG);
}

static void goes_up_and_down(void **state) {
        RenderPath path;

        (void) state;
        assert_int_equal(render_path_clean("a/bc", 0, &path, NULL), 0);
        assert_string_equal(render_path_name(&path), "bc");
        render_path_ascend(&path);
        assert_string_equal(path.text, "a");
        assert_string_equal(render_path_name(&path), "a");
        render_path_ascend(&path);
        assert_string_equal(path.text, "");
        render_path_ascend(&path);
        assert_string_equal(path.text, "");
        assert_string_equal(render_path_name(&path), "");
        assert_int_equal(render_path_descend(&path, "xyz", 2), 0);
        assert_int_equal(render_path_descend(&path, "z", 1), 0);
        assert_string_equal(path.text, "xy/z");
        assert_int_equal(path.n, 4);
        assert_int_equal(render_path_descend(&path, NAME_255 "x", 256), -ENAMETOOLONG);
        assert_string_equal(path.text, "xy/z");
}

static void knows_what_lies_below(void **state) {
        static const struct {
                const char *path, *directory;
                bool want;
        } cases[] = {
                { "dev/null", "dev", true },    { "dev/a/b", "dev", true },
                { "dev", "dev", false },        { "devil", "dev", false },
                { "a/dev/null", "dev", false }, { "", "dev", false },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                RenderPath path;

                assert_int_equal(render_path_clean(cases[i].path, 0, &path, NULL), 0);
                assert_int_equal(render_path_is_below(&path, cases[i].directory), cases[i].want);
        }
}

/* C06 */
static void tells_marks_from_files(void **state) {
        static const struct {
                const char *raw, *want;
                RenderMark mark;
        } cases[] = {
                { "a", "a", RENDER_MARK_NONE },
                { "a.wh.b", "a.wh.b", RENDER_MARK_NONE },
                { "d/.wh", "d/.wh", RENDER_MARK_NONE },
                { ".whx.a", ".whx.a", RENDER_MARK_NONE },
                { "x.wh./a", "x.wh./a", RENDER_MARK_NONE },
                { ".wh.a", "a", RENDER_MARK_WHITEOUT },
                { "d/.wh.a", "d/a", RENDER_MARK_WHITEOUT },
                { "d/e/.wh..a", "d/e/.a", RENDER_MARK_WHITEOUT },
                { ".wh...a", "..a", RENDER_MARK_WHITEOUT },
                { ".wh.....", "....", RENDER_MARK_WHITEOUT },
                { ".wh.\xff", "\xff", RENDER_MARK_WHITEOUT },
                { ".wh..wh..opq", "", RENDER_MARK_OPAQUE },
                { "d/.wh..wh..opq", "d", RENDER_MARK_OPAQUE },
                { "d/e/.wh..wh..opq", "d/e", RENDER_MARK_OPAQUE },
                { ".wh..wh.plnk", ".wh..wh.plnk", RENDER_MARK_IGNORED },
                { ".wh..wh.plnk/1.2", ".wh..wh.plnk/1.2", RENDER_MARK_IGNORED },
                { ".wh..wh.aufs", ".wh..wh.aufs", RENDER_MARK_IGNORED },
                { ".wh..wh..opq/a", ".wh..wh..opq/a", RENDER_MARK_IGNORED },
                { ".wh.", NULL, -EINVAL },
                { ".wh..", NULL, -EINVAL },
                { ".wh...", NULL, -EINVAL },
                { "d/.wh.", NULL, -EINVAL },
                { "d/.wh..", NULL, -EINVAL },
                { "d/.wh...", NULL, -EINVAL },
                { ".wh.a/b", NULL, -EINVAL },
                { "d/.wh.a/b/c", NULL, -EINVAL },
                { ".wh./.wh..wh..opq", NULL, -EINVAL },
                { ".wh.../etc/passwd", NULL, -EINVAL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                RenderPath path;

                print_message("# \"%s\"\n", cases[i].raw);
                assert_int_equal(render_path_clean(cases[i].raw, 0, &path, NULL), 0);
                assert_int_equal(render_path_mark(&path, NULL), cases[i].mark);
                if (cases[i].want) {
                        assert_string_equal(path.text, cases[i].want);
                        assert_int_equal(path.n, strlen(cases[i].want));
                }
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(cleans_names_as_a_tree_has_them),
                cmocka_unit_test(refuses_names_that_leave),
                cmocka_unit_test(bounds_length_and_depth),
                cmocka_unit_test(goes_up_and_down),
                cmocka_unit_test(knows_what_lies_below),
                cmocka_unit_test(tells_marks_from_files),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
