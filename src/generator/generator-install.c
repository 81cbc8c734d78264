/* SPDX-License-Identifier: Apache-2.0 */
#include "generator-install.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "files.h"

#define UNIT_NAME_MAX 255
#define UNIT_NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:-_.\\@"

static const struct {
        const char *key, *directory;
} pulls[] = {
        { "WantedBy", "wants" },
        { "RequiredBy", "requires" },
        { "UpheldBy", "upholds" },
};

static bool is_unit_name(const char *name) {
        return *name && *name != '.' && strlen(name) <= UNIT_NAME_MAX && strrchr(name, '.') &&
               name[strspn(name, UNIT_NAME_CHARACTERS)] == '\0';
}

/* The name to link: of a template, its default instance. Allocated. */
static int linked_name(const char *name, const Podfile *podfile, char **ret, Error *e) {
        _cleanup_(strv_freep) Strv instance = NULL;
        size_t n = strlen(name);
        int r = podfile_install(podfile, "DefaultInstance", &instance, e);

        if (r < 0)
                return r;
        if (n == 0 || name[n - 1] != '@') {
                *ret = NULL;
                return asprintf(ret, "%s.service", name) < 0 ? -ENOMEM : 0;
        }
        if (!instance)
                return error_new(
                        e, -EINVAL,
                        "%s is a template: [Install] needs a DefaultInstance= to say which "
                        "instance is wanted",
                        name);
        if (asprintf(ret, "%s%s.service", name, instance[strv_length(instance) - 1]) < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return is_unit_name(*ret)
                       ? 0
                       : error_new(e, -EINVAL, "DefaultInstance=: \"%s\" is no unit", *ret);
}

/* Makes "UNIT.wants/NAME" a link to "../FILE"; nothing where there is no directory to make it in. */
static int pull_in(int dir_fd,
                   const char *unit,
                   const char *directory,
                   const char *name,
                   const char *file,
                   Error *e) {
        _cleanup_(freep) char *sub = NULL, *link = NULL, *target = NULL;

        if (dir_fd < 0)
                return 0;
        if (asprintf(&sub, "%s.%s", unit, directory) < 0) {
                sub = NULL;
                return -ENOMEM;
        }
        if (asprintf(&link, "%s/%s", sub, name) < 0) {
                link = NULL;
                return -ENOMEM;
        }
        if (asprintf(&target, "../%s", file) < 0) {
                target = NULL;
                return -ENOMEM;
        }
        if ((mkdirat(dir_fd, sub, 0755) < 0 && errno != EEXIST) ||
            (symlinkat(target, dir_fd, link) < 0 && errno != EEXIST))
                return error_wrap(e, -errno, "cannot make %s", link);
        return 0;
}

static int pull_all(int dir_fd, const char *name, const Podfile *podfile, Error *e) {
        _cleanup_(freep) char *file = NULL;
        int r = 0;

        if (asprintf(&file, "%s.service", name) < 0) {
                file = NULL;
                return -ENOMEM;
        }
        for (size_t i = 0; i < N_ELEMENTS(pulls) && r >= 0; i++) {
                _cleanup_(strv_freep) Strv units = NULL;
                _cleanup_(freep) char *link = NULL;

                r = podfile_install(podfile, pulls[i].key, &units, e);
                if (r >= 0 && units)
                        r = linked_name(name, podfile, &link, e);
                for (char **unit = units; r >= 0 && unit && *unit; unit++) {
                        if (!is_unit_name(*unit))
                                return error_new(e, -EINVAL, "%s=: \"%s\" is no unit", pulls[i].key,
                                                 *unit);
                        r = pull_in(dir_fd, *unit, pulls[i].directory, link, file, e);
                }
        }
        return r;
}

static int add_aliases(int dir_fd, const char *name, const Podfile *podfile, Error *e) {
        _cleanup_(strv_freep) Strv aliases = NULL;
        _cleanup_(freep) char *file = NULL;
        int r = podfile_install(podfile, "Alias", &aliases, e);

        if (r >= 0 && asprintf(&file, "%s.service", name) < 0) {
                file = NULL;
                return -ENOMEM;
        }
        for (char **alias = aliases; r >= 0 && alias && *alias; alias++) {
                if (!is_unit_name(*alias) || !text_ends_with(*alias, ".service"))
                        return error_new(e, -EINVAL, "Alias=: \"%s\" is no service", *alias);
                if (dir_fd >= 0 && symlinkat(file, dir_fd, *alias) < 0 && errno != EEXIST)
                        r = error_wrap(e, -errno, "cannot make %s", *alias);
        }
        return r;
}

static int make_links(int dir_fd, const char *name, const Podfile *podfile, Error *e) {
        int r = pull_all(dir_fd, name, podfile, e);

        return r < 0 ? r : add_aliases(dir_fd, name, podfile, e);
}

int generator_check_install(const char *name, const Podfile *podfile, Error *e) {
        return make_links(-EBADF, name, podfile, e);
}

int generator_install(
        int dir_fd, const char *name, const char *text, const Podfile *podfile, Error *e) {
        _cleanup_(freep) char *file = NULL;
        _cleanup_(fd_closep) int fd = -EBADF;
        int r = 0;

        if (asprintf(&file, "%s.service", name) < 0) {
                file = NULL;
                return -ENOMEM;
        }
        fd = openat(dir_fd, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd < 0)
                return error_wrap(e, -errno, "cannot make %s", file);
        r = fd_write_all(fd, text, strlen(text));
        if (r < 0)
                return error_wrap(e, r, "cannot write %s", file);
        return make_links(dir_fd, name, podfile, e);
}
