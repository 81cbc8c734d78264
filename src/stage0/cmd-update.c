/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "output-format.h"
#include "pods.h"
#include "sysd-module.h"

typedef struct Settings {
        char *app;
        AppcIsolators isolators;
        Strv properties; /* what was given as such */
} Settings;

static int set_app(void *settings, const char *value, Error *e) {
        (void) e;
        return output_text_set(&((Settings *) settings)->app, value);
}

static int add_isolator(void *settings,
                        const char *value,
                        int (*build)(const char *value, AppcIsolator *ret, Error *e),
                        Error *e) {
        AppcIsolator isolator = {};
        int r = build(value, &isolator, e);

        return r < 0 ? r : appc_isolators_push(&((Settings *) settings)->isolators, &isolator);
}

static int set_memory(void *settings, const char *value, Error *e) {
        return add_isolator(settings, value, appc_isolator_memory, e);
}

static int set_cpu(void *settings, const char *value, Error *e) {
        return add_isolator(settings, value, appc_isolator_cpu, e);
}

static int set_cpu_shares(void *settings, const char *value, Error *e) {
        return add_isolator(settings, value, appc_isolator_cpu_shares, e);
}

static int add_property(void *settings, const char *value, Error *e) {
        (void) e;
        return strv_append(&((Settings *) settings)->properties, value);
}

static const Option options[] = {
        { "app", NULL, "", set_app, "name of the app to update within the specified pod",
          OPTION_QUOTED, NULL, 0 },
        { "cpu", NULL, "", set_cpu, "limit of processor time (example: --cpu=500m)", 0, NULL, 0 },
        { "cpu-shares", NULL, "", set_cpu_shares,
          "share of processor time beside others (example: --cpu-shares=2048)", 0, NULL, 0 },
        { "memory", NULL, "", set_memory, "limit of memory (example: --memory=16Mi)", 0, NULL, 0 },
        { "property", NULL, "", add_property,
          "any property of the app's unit that systemd lets be changed (example: --property=TasksMax=50)",
          0, NULL, 0 },
        {},
};

static int apply(const Pod *pod, const char *app, const Settings *settings, Error *e) {
        _cleanup_(freep) char *unit = NULL;
        const SysdModule *systemd = NULL;
        sd_bus *bus = NULL;
        int r = sysd_app_unit(&pod->uuid, app, &unit, e);

        if (r >= 0)
                r = sysd_module_load(&systemd, e);
        if (r >= 0)
                r = systemd->connect(&bus, e);
        if (r >= 0)
                r = systemd->update(bus, unit, &settings->isolators, settings->properties, e);
        if (systemd)
                systemd->disconnect(bus);
        return r < 0 ? error_wrap(e, r, "cannot update app \"%s\" of pod \"%s\"", app,
                                  pod->uuid.text)
                     : 0;
}

static int update(const Stage0 *stage0, const Settings *settings, const char *word, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(pod_closep) Pod *pod = NULL;
        const char *app = NULL;
        int r = 0;

        if (settings->isolators.n == 0 && !settings->properties)
                return error_new(e, -EINVAL,
                                 "nothing to change: give --memory, --cpu, --cpu-shares or "
                                 "--property");
        r = stage0_find_pod(stage0, word, &pod, e);
        if (r < 0)
                return error_wrap(e, r, "problem retrieving pod");
        if (pod->state != POD_RUNNING)
                return error_new(e, -EINVAL, "pod \"%s\" is not running", pod->uuid.text);
        r = pod_read_manifest(pod, &manifest, e);
        if (r >= 0)
                r = stage0_choose_app(manifest, settings->app, "update", &app, e);
        return r < 0 ? r : apply(pod, app, settings, e);
}

static int run(const Rkt *rkt, void *settings, char **words) {
        _cleanup_(stage0_done) Stage0 stage0 = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = 0;

        if (!words[0] || words[1])
                return rkt_usage(rkt);
        r = stage0_open(rkt, false, &stage0, &e);
        if (r >= 0)
                r = update(&stage0, settings, words[0], &e);
        return r < 0 ? rkt_fail(rkt, &e, r) : 0;
}

static void done(void *settings_pointer) {
        Settings *settings = settings_pointer;

        free(settings->app);
        appc_isolators_done(&settings->isolators);
        strv_free(settings->properties);
}

const Verb verb_update = {
        .name = "update",
        .arguments = "[--app=APPNAME] [--memory=SIZE] [--cpu=CPUS] [--property=NAME=VALUE] UUID",
        .summary = "Change limits of a running app",
        .description =
                "The app goes on running. What is changed holds until the pod ends, also when the app is restarted meanwhile, and is what systemctl and rkt stats show.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .flags = VERB_ROOT,
        .words = WORDS_RUNNING,
        .run = run,
        .done = done,
};
