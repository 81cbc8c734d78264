/* SPDX-License-Identifier: Apache-2.0 */
#include "network-plugin.h"

#include <sys/stat.h>

#include "network-result.h"

#define PROGRAMS "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

int network_plugin_find(const char *type, char *const *directories, char **ret, Error *e) {
        for (; *directories; directories++) {
                _cleanup_(freep) char *path = NULL;
                struct stat st;

                if (asprintf(&path, "%s/%s", *directories, type) < 0) {
                        path = NULL;
                        return -ENOMEM;
                }
                if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0) {
                        *ret = ptr_take(&path);
                        return 0;
                }
        }
        return error_new(e, -ENOENT, "Could not find plugin \"%s\"", type);
}

static int make_environment(const NetworkRun *run, Strv *ret) {
        _cleanup_(freep) char *path = strv_join(run->directories, ":");
        int r = path ? strv_append(ret, "PATH=" PROGRAMS) : -ENOMEM;

        if (r >= 0)
                r = strv_appendf(ret, "CNI_COMMAND=%s", run->command);
        if (r >= 0)
                r = strv_appendf(ret, "CNI_CONTAINERID=%s", run->container);
        if (r >= 0)
                r = strv_appendf(ret, "CNI_NETNS=%s", run->namespace);
        if (r >= 0)
                r = strv_appendf(ret, "CNI_IFNAME=%s", run->interface);
        if (r >= 0)
                r = strv_appendf(ret, "CNI_PATH=%s", path);
        /* A plugin of the chain meets arguments that are for another one. */
        return r < 0 || !run->args ? r
                                   : strv_appendf(ret, "CNI_ARGS=IgnoreUnknown=1;%s", run->args);
}

/* The plugin's error in its own words, or else what it wrote for a person. */
static int tell_failure(const NetworkRun *run, int status, NetworkOutput *output, Error *e) {
        _cleanup_(freep) char *message = network_result_error(output->text, output->n);
        const char *text = text_trim(output->messages);

        if (message)
                return error_new(e, -EREMOTEIO, "plugin \"%s\": %s", run->type, message);
        return error_new(e, -EREMOTEIO, "plugin \"%s\" ended with status %d: %s", run->type, status,
                         *text ? text : "it told no reason");
}

int network_plugin_run(const NetworkRun *run, NetworkOutput *ret, Error *e) {
        _cleanup_(network_output_done) NetworkOutput output = {};
        _cleanup_(freep) char *path = NULL;
        _cleanup_(strv_freep) Strv envp = NULL;
        char *argv[] = { NULL, NULL };
        NetworkProgram program = {
                .argv = argv,
                .input = run->input,
                .timeout_usec = run->timeout_usec,
                .cancel_fd = run->cancel_fd,
        };
        int r = network_plugin_find(run->type, run->directories, &path, e);

        if (r >= 0)
                r = make_environment(run, &envp);
        if (r < 0)
                return r;
        argv[0] = path;
        program.envp = envp;
        r = network_program_run(&program, &output, e);
        if (r > 0)
                return tell_failure(run, r, &output, e);
        if (r < 0)
                return r;
        *ret = struct_take(&output);
        return 0;
}
