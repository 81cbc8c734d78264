/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-helper.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *stage1_helper_path(const char *name) {
        char self[PATH_MAX];
        ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
        char *slash = NULL, *path = NULL;

        if (n < 0)
                return NULL;
        self[n] = '\0';
        slash = strrchr(self, '/');
        return slash && asprintf(&path, "%.*s/%s", (int) (slash - self), self, name) >= 0 ? path
                                                                                          : NULL;
}
