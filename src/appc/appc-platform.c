/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-platform.h"

#include <errno.h>
#include <stdbool.h>

#include "text.h"

/* One row for each pair that a manifest may carry, in the order in which the original lists them.
 * Where Go has no port of its own, @go is NULL. Only on arm does Go's variant choose the row:
 * elsewhere it tells about extensions of the same architecture. */
static const struct {
        const char *os, *arch;
        const char *go, *variant;
} platforms[] = {
        { "darwin", "x86_64", "amd64", NULL },
        { "darwin", "i386", "386", NULL },
        { "freebsd", "amd64", "amd64", NULL },
        { "freebsd", "i386", "386", NULL },
        { "freebsd", "arm", "arm", NULL },
        { "linux", "amd64", "amd64", NULL },
        { "linux", "i386", "386", NULL },
        { "linux", "aarch64", "arm64", NULL },
        { "linux", "aarch64_be", NULL, NULL },
        { "linux", "armv6l", "arm", "v6" },
        { "linux", "armv7l", "arm", "v7" },
        { "linux", "armv7b", NULL, NULL },
        { "linux", "ppc64", "ppc64", NULL },
        { "linux", "ppc64le", "ppc64le", NULL },
        { "linux", "s390x", "s390x", NULL },
        { "linux", "riscv64", "riscv64", NULL },
        { "linux", "loongarch64", "loong64", NULL },
};

/* "[a b c]" of the architectures of @os, or of the systems when it is NULL. */
static char *list_known(const char *os) {
        _cleanup_(strv_freep) Strv known = NULL;
        _cleanup_(freep) char *words = NULL;
        char *text = NULL;

        for (size_t i = 0; i < N_ELEMENTS(platforms); i++) {
                const char *word = os ? platforms[i].arch : platforms[i].os;

                if ((os && !text_equal(os, platforms[i].os)) || strv_contains(known, word))
                        continue;
                if (strv_append(&known, word) < 0)
                        return NULL;
        }
        words = strv_join(known, " ");
        return words && asprintf(&text, "[%s]", words) >= 0 ? text : NULL;
}

int appc_platform_check(const char *os, const char *arch, Error *e) {
        _cleanup_(freep) char *known = NULL;
        bool os_known = false;

        if (!os)
                return 0; /* an architecture alone says nothing that could be checked */
        for (size_t i = 0; i < N_ELEMENTS(platforms); i++) {
                if (!text_equal(os, platforms[i].os))
                        continue;
                os_known = true;
                if (!arch || text_equal(arch, platforms[i].arch))
                        return 0;
        }
        known = list_known(os_known ? os : NULL);
        if (!known)
                return -ENOMEM;
        if (os_known)
                return error_new(e, -EINVAL, "bad arch \"%s\" for %s (must be one of: %s)", arch,
                                 os, known);
        return error_new(e, -EINVAL, "bad os \"%s\" (must be one of: %s)", os, known);
}

/* Go's GOARM is "6" or "7", OCI's variant "v6" or "v7"; an arm without one is the oldest. */
static bool variant_matches(const char *wanted, const char *variant) {
        if (!wanted)
                return true;
        if (text_is_empty(variant))
                return text_equal(wanted, "v6");
        return text_equal(wanted, variant) || text_equal(wanted + 1, variant);
}

const char *appc_arch_from_go(const char *os, const char *arch, const char *variant) {
        for (size_t i = 0; i < N_ELEMENTS(platforms); i++)
                if (platforms[i].go && text_equal(os, platforms[i].os) &&
                    text_equal(arch, platforms[i].go) &&
                    variant_matches(platforms[i].variant, variant))
                        return platforms[i].arch;
        return NULL;
}

const char *appc_arch_to_go(const char *os, const char *arch, const char **ret_variant) {
        for (size_t i = 0; i < N_ELEMENTS(platforms); i++)
                if (text_equal(os, platforms[i].os) && text_equal(arch, platforms[i].arch)) {
                        *ret_variant = platforms[i].variant;
                        return platforms[i].go;
                }
        return NULL;
}

const char *appc_arch_host(void) {
#if defined(__x86_64__)
        return "amd64";
#elif defined(__i386__)
        return "i386";
#elif defined(__aarch64__) && defined(__AARCH64EB__)
        return "aarch64_be";
#elif defined(__aarch64__)
        return "aarch64";
#elif defined(__arm__) && defined(__ARMEB__)
        return "armv7b";
#elif defined(__arm__) && __ARM_ARCH >= 7
        return "armv7l";
#elif defined(__arm__)
        return "armv6l";
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
        return "ppc64le";
#elif defined(__powerpc64__)
        return "ppc64";
#elif defined(__s390x__)
        return "s390x";
#elif defined(__riscv) && __riscv_xlen == 64
        return "riscv64";
#elif defined(__loongarch64)
        return "loongarch64";
#else
#        error "appc has no name for this architecture: see platforms[]"
#endif
}
