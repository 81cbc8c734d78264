/* SPDX-License-Identifier: Apache-2.0 */
#include "pods.h"

#include <fcntl.h>

#include "files.h"

void stage0_done(Stage0 *stage0) {
        pods_close(stage0->pods);
        config_done(&stage0->config);
        *stage0 = (Stage0){};
}

int stage0_open(const Rkt *rkt, bool make, Stage0 *ret, Error *e) {
        _cleanup_(stage0_done) Stage0 stage0 = { .rkt = rkt };
        int r = config_load(rkt, &stage0.config, e);

        if (r >= 0)
                r = pods_open(stage0.config.data, make, &stage0.pods, e);
        if (r < 0)
                return r;
        *ret = stage0;
        stage0 = (Stage0){};
        return 0;
}

int stage0_find_pod(const Stage0 *stage0, const char *word, Pod **ret, Error *e) {
        Uuid uuid;
        int r = pods_find(stage0->pods, word, &uuid, e);

        if (r < 0)
                return error_wrap(e, r, "unable to resolve UUID");
        return pod_open(stage0->pods, &uuid, ret, e);
}

int stage0_find_running_pod(const Stage0 *stage0, const char *word, Pod **ret, Error *e) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        int r = stage0_find_pod(stage0, word, &pod, e);

        if (r < 0)
                return error_wrap(e, r, "problem retrieving pod");
        if (pod->state != POD_RUNNING)
                return error_new(e, -ESRCH, "pod \"%s\" isn't currently running", pod->uuid.text);
        *ret = ptr_take(&pod);
        return 0;
}

static int read_uuid_file(const char *path, char **ret, Error *e) {
        _cleanup_(freep) char *text = NULL;
        int r = file_read_text_at(AT_FDCWD, path, &text);

        if (r < 0)
                return error_wrap(e, r, "unable to resolve UUID from file \"%s\"", path);
        *ret = strdup(text_trim(text));
        return *ret ? 0 : -ENOMEM;
}

int stage0_find_pod_in_file(const Stage0 *stage0, const char *path, Pod **ret, Error *e) {
        _cleanup_(freep) char *text = NULL;
        int r = read_uuid_file(path, &text, e);

        return r < 0 ? r : stage0_find_pod(stage0, text, ret, e);
}

int stage0_uuid_words(char **words, const char *uuid_file, char ***ret, Strv *ret_owned, Error *e) {
        _cleanup_(freep) char *text = NULL;
        int r = 0;

        if (!*words == !uuid_file)
                return error_new(e, -EINVAL, "either UUIDs or --uuid-file must be given");
        if (!uuid_file) {
                *ret = words;
                return 0;
        }
        r = read_uuid_file(uuid_file, &text, e);
        if (r >= 0)
                r = strv_append(ret_owned, text);
        *ret = *ret_owned;
        return r;
}

int stage0_choose_app(
        const AppcPod *manifest, const char *wanted, const char *verb, const char **ret, Error *e) {
        if (wanted) {
                if (!appc_pod_app(manifest, wanted))
                        return error_new(e, -ENOENT, "no app \"%s\" in the pod", wanted);
                *ret = wanted;
                return 0;
        }
        if (manifest->n_apps == 0)
                return error_new(e, -ENOENT, "pod contains zero apps");
        if (manifest->n_apps > 1) {
                fputs("pod contains multiple apps:\n", stderr);
                for (size_t i = 0; i < manifest->n_apps; i++)
                        fprintf(stderr, "\t%s\n", manifest->apps[i].name);
                return error_new(e, -EINVAL, "specify app using \"rkt %s --app= ...\"", verb);
        }
        *ret = manifest->apps[0].name;
        return 0;
}
