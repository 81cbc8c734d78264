/* SPDX-License-Identifier: Apache-2.0 */

/* exec UID GID GIDS CAPABILITIES PATH ARGV0 [ARGUMENT...]
 *
 * Becomes the app's user and executes the app. systemd's own User= looks users up on the host: it
 * refuses a number that is unknown there (status 217) and adds the groups which that number's owner
 * has there; an image's users are its own. systemd has applied everything else before.
 *
 * Called "again", it is what again.h tells.
 *
 * Static and small: it runs once for each app that is not root's. */

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "again.h"

#define FAILURE 254
#define GROUPS_MAX 1024
#define CAPABILITY_LAST 63

int exec_fail(const char *doing) {
        fprintf(stderr, "Error: %s: %s\n", doing, strerror(errno));
        return FAILURE;
}

static int set_groups(const char *text) {
        gid_t groups[GROUPS_MAX];
        size_t n = 0;

        while (*text && n < GROUPS_MAX) {
                char *end = NULL;

                groups[n++] = (gid_t) strtoul(text, &end, 10);
                text = *end == ',' ? end + 1 : end;
                if (*end != ',' && *end != '\0') {
                        errno = EINVAL;
                        return -1;
                }
        }
        return setgroups(n, groups);
}

/* What the unit kept for this program only. */
static int limit_capabilities(unsigned long long kept) {
        for (int i = 0; i <= CAPABILITY_LAST; i++) {
                if (kept & 1ULL << i || prctl(PR_CAPBSET_READ, i, 0, 0, 0) != 1)
                        continue;
                if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
                        return -1;
        }
        return 0;
}

int main(int argc, char **argv) {
        uid_t uid = 0;
        gid_t gid = 0;

        if (argc > 0 && strcmp(argv[0], "again") == 0)
                return again(argc, argv);
        if (argc < 7) {
                errno = EINVAL;
                return exec_fail("wrong use of stage1's exec");
        }
        uid = (uid_t) strtoul(argv[1], NULL, 10);
        gid = (gid_t) strtoul(argv[2], NULL, 10);
        if (limit_capabilities(strtoull(argv[4], NULL, 16)) < 0)
                return exec_fail("cannot drop capabilities");
        if (set_groups(argv[3]) < 0)
                return exec_fail("cannot set the app's groups");
        if (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
                return exec_fail("cannot become the app's user");
        (void) execv(argv[5], argv + 6);
        return exec_fail(argv[5]);
}
