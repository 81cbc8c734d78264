/* SPDX-License-Identifier: Apache-2.0 */

/* rkt-generator NORMAL EARLY LATE
 * rkt-generator --dry-run [DIRECTORY...]
 *
 * systemd's generator for pods: turns files of /etc/rkt/pods into units. It only translates: it
 * prepares no pod, fetches nothing and waits for nobody. A file that is no good costs its own unit and
 * one line in the journal, and nothing else. */

#include <fcntl.h>
#include <stdlib.h>

#include "appc-pod.h"
#include "generator-install.h"
#include "generator-log.h"
#include "generator-places.h"

#define POD_SUFFIX ".pod"
#define MANIFEST_SUFFIX ".json"
#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:-_.@"
#define NAME_LENGTH_MAX 200

/* Nobody would start what a manifest describes if it did not start by itself: it cannot say so. */
#define MANIFEST_INSTALL "[Install]\nWantedBy=multi-user.target\n"

static const char *const default_places[] = { "/etc/rkt/pods", "/run/rkt/pods",
                                              "/usr/lib/rkt/pods" };
static const char *const kinds[] = { POD_SUFFIX, MANIFEST_SUFFIX, NULL };

typedef struct Generator {
        Strv places;
        int out_fd; /* -EBADF: print instead */
} Generator;

static bool is_printing(const Generator *g) {
        return g->out_fd < 0;
}

/* The unit's name from the file's; allocated. */
static int unit_name(const char *path, char **ret, Error *e) {
        const char *name = generator_name(path);
        size_t n = (size_t) (strrchr(name, '.') - name);

        if (n == 0 || n > NAME_LENGTH_MAX || strspn(name, NAME_CHARACTERS) < n || name[0] == '@')
                return error_new(e, -EINVAL, "%s: a unit cannot have such a name", path);
        *ret = strndup(name, n);
        return *ret ? 0 : -ENOMEM;
}

static int read_into(const char *path, Podfile *podfile, Error *e) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int r = generator_read(path, &text, &n, e);

        return r <= 0 ? r : podfile_parse(text, n, path, podfile, e);
}

/* NAME.pod.d/ and NAME.json.d/ of each place. */
static int read_drop_ins(const Generator *g, const char *path, Podfile *podfile, Error *e) {
        static const char *const suffixes[] = { ".conf", NULL };
        _cleanup_(strv_freep) Strv places = NULL, paths = NULL;
        int r = 0;

        for (char **place = g->places; *place && r >= 0; place++)
                r = strv_appendf(&places, "%s/%s.d", *place, generator_name(path));
        if (r >= 0)
                r = generator_find(places, suffixes, &paths, e);
        for (char **drop_in = paths; r >= 0 && drop_in && *drop_in; drop_in++)
                r = read_into(*drop_in, podfile, e);
        return r;
}

static int check_manifest(const char *path, const char *text, size_t n, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *pod = NULL;
        int r = appc_pod_parse(text, n, &pod, e);

        return r < 0 ? error_prefix(e, r, "%s: ", path) : 0;
}

/* Everything that makes up a pod. Returns 0 when the file hides others of its name. */
static int read_pod(const Generator *g, const char *path, Podfile *podfile, Error *e) {
        bool is_manifest = text_ends_with(path, MANIFEST_SUFFIX);
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int r = generator_read(path, &text, &n, e);

        if (r <= 0)
                return r;
        r = is_manifest ? check_manifest(path, text, n, e)
                        : podfile_parse(text, n, path, podfile, e);
        if (r >= 0)
                r = read_drop_ins(g, path, podfile, e);
        if (r >= 0 && is_manifest && !podfile_section(podfile, "Install"))
                r = podfile_parse(MANIFEST_INSTALL, strlen(MANIFEST_INSTALL), path, podfile, e);
        return r < 0 ? r : 1;
}

static int put(const Generator *g,
               const PodfileTarget *target,
               const char *text,
               const Podfile *podfile,
               Error *e) {
        int r = is_printing(g) ? generator_check_install(target->name, podfile, e)
                               : generator_install(g->out_fd, target->name, text, podfile, e);

        if (r == -EEXIST)
                return error_new(e, r, "%s: another file has made a unit of this name",
                                 target->source);
        if (r < 0)
                return error_prefix(e, r, "%s: ", target->source);
        if (is_printing(g))
                printf("# %s.service\n%s\n", target->name, text);
        return 0;
}

static int translate(const Generator *g, const char *path, Error *e) {
        _cleanup_(podfile_done) Podfile podfile = PODFILE_NULL;
        _cleanup_(freep) char *name = NULL, *text = NULL;
        PodfileTarget target = { .source = path, .program = RKT_PROGRAM };
        int r = unit_name(path, &name, e);

        if (r >= 0)
                r = read_pod(g, path, &podfile, e);
        if (r <= 0)
                return r;
        target.name = name;
        target.manifest = text_ends_with(path, MANIFEST_SUFFIX) ? path : NULL;
        r = podfile_unit(&podfile, &target, &text, e);
        return r < 0 ? r : put(g, &target, text, &podfile, e);
}

/* Returns the first failure; each has been told. */
static int translate_all(const Generator *g) {
        _cleanup_(strv_freep) Strv paths = NULL;
        _cleanup_(error_done) Error places_error = ERROR_NULL;
        int r = generator_find(g->places, kinds, &paths, &places_error), first = r;

        if (r < 0)
                generator_log(is_printing(g), &places_error, r);
        for (char **path = paths; path && *path; path++) {
                _cleanup_(error_done) Error e = ERROR_NULL;

                r = translate(g, *path, &e);
                if (r < 0)
                        generator_log(is_printing(g), &e, r);
                first = first < 0 ? first : r;
        }
        return first;
}

static int usage(void) {
        fputs("Usage: rkt-generator NORMAL-DIR EARLY-DIR LATE-DIR\n"
              "       rkt-generator --dry-run [DIRECTORY...]\n\n"
              "Makes units from the files of /etc/rkt/pods, or of each DIRECTORY: see rkt.pod(5).\n",
              stderr);
        return EXIT_FAILURE;
}

/* Whatever happens to single files, boot goes on. */
static int generate(Generator *g, const char *directory) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(fd_closep) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0) {
                generator_log(false, &e, error_wrap(&e, -errno, "cannot open %s", directory));
                return EXIT_FAILURE;
        }
        g->out_fd = fd;
        (void) translate_all(g);
        return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
        _cleanup_(strv_freep) Strv places = NULL;
        Generator g = { .out_fd = -EBADF };
        bool dry_run = argc > 1 && strcmp(argv[1], "--dry-run") == 0;
        int r = 0;

        if (!dry_run && (argc != 4 || argv[1][0] == '-'))
                return usage();
        for (int i = 2; dry_run && i < argc && r >= 0; i++)
                r = strv_append(&places, argv[i]);
        for (size_t i = 0; i < N_ELEMENTS(default_places) && r >= 0 && (!dry_run || argc == 2); i++)
                r = strv_append(&places, default_places[i]);
        if (r < 0)
                return EXIT_FAILURE;
        g.places = places;
        if (dry_run)
                return translate_all(&g) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        return generate(&g, argv[1]);
}
