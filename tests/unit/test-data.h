/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files of tests/data. The build says where that is, as TEST_DATA. */

#include <fcntl.h>
#include <unistd.h>

#include "files.h"
#include "test.h"

static inline char *test_data(const char *path, size_t *ret_n) {
        char *text = NULL;
        int fd = open(TEST_DATA, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(file_read_at(fd, path, 1024 * 1024, &text, ret_n), 0);
        close(fd);
        return text;
}
