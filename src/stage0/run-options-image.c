/* SPDX-License-Identifier: Apache-2.0 */

/* What run and prepare take behind an image, about that image. */

#include <stdlib.h>

#include "output-format.h"
#include "run-settings.h"

#include "app-restart.h"
#include "appc-name.h"

/* The image that the option stands behind. */
static RunApp *current(RunSettings *s, const char *name, Error *e) {
        if (s->n_apps == 0) {
                error_new(e, -EINVAL, "--%s must follow an image", name);
                return NULL;
        }
        return &s->apps[s->n_apps - 1];
}

/* A text of the current image; the last one holds. */
#define DEFINE_APP_TEXT(field, option)                                        \
        static int set_##field(void *settings, const char *value, Error *e) { \
                RunApp *app = current(settings, option, e);                   \
                                                                              \
                return app ? output_text_set(&app->field, value) : -EINVAL;   \
        }                                                                     \
        struct set_##field##_needs_semicolon

DEFINE_APP_TEXT(name, "name");
DEFINE_APP_TEXT(user, "user");
DEFINE_APP_TEXT(group, "group");
DEFINE_APP_TEXT(working_directory, "working-dir");

static int set_once(char **slot, const char *value, const char *option, Error *e) {
        if (*slot)
                return error_new(e, -EINVAL, "--%s specified multiple times for the same image",
                                 option);
        return output_text_set(slot, value);
}

static int set_exec(void *settings, const char *value, Error *e) {
        RunApp *app = current(settings, "exec", e);

        return app ? set_once(&app->exec, value, "exec", e) : -EINVAL;
}

static int set_signature(void *settings, const char *value, Error *e) {
        RunApp *app = current(settings, "signature", e);

        return app ? set_once(&app->signature, value, "signature", e) : -EINVAL;
}

static int add_gids(void *settings, const char *value, Error *e) {
        RunApp *app = current(settings, "supplementary-gids", e);
        _cleanup_(strv_freep) Strv words = NULL;
        int r = app ? strv_split(value, ',', &words) : -EINVAL;

        for (char **word = words; r >= 0 && *word; word++) {
                int64_t *grown = NULL;
                uint64_t gid = 0;

                if (text_parse_u64(text_trim(*word), UINT32_MAX - 1, &gid) < 0)
                        return error_new(e, -EINVAL, "--supplementary-gids must be integers");
                grown = reallocarray(app->supplementary_gids, app->n_supplementary_gids + 1,
                                     sizeof(int64_t));
                if (!grown)
                        return -ENOMEM;
                app->supplementary_gids = grown;
                app->supplementary_gids[app->n_supplementary_gids++] = (int64_t) gid;
        }
        return r;
}

static int set_read_only(void *settings, const char *value, Error *e) {
        RunApp *app = current(settings, "readonly-rootfs", e);

        if (!app)
                return -EINVAL;
        if (output_switch_set(&app->read_only_rootfs, value) < 0)
                return error_new(e, -EINVAL, "--readonly-rootfs must be set with a boolean");
        return 0;
}

/* Kept as annotations of the app, as the original did. */
static int set_stream(
        void *settings, const char *stream, const char *const *modes, const char *value, Error *e) {
        RunApp *app = current(settings, stream, e);
        _cleanup_(freep) char *name = NULL;

        if (!app)
                return -EINVAL;
        for (const char *const *mode = modes; *mode; mode++)
                if (strcmp(*mode, value) == 0) {
                        if (asprintf(&name, RUN_STREAM_ANNOTATION "%s", stream) < 0) {
                                name = NULL;
                                return -ENOMEM;
                        }
                        return appc_pairs_set(&app->annotations, name, value);
                }
        return error_new(e, -EINVAL, "--%s must be null, %sstream or tty", stream,
                         strcmp(stream, "stdin") == 0 ? "" : "log, ");
}

static const char *const input_modes[] = { "null", "stream", "tty", NULL };
static const char *const output_modes[] = { "null", "log", "stream", "tty", NULL };

static int set_stdin(void *settings, const char *value, Error *e) {
        return set_stream(settings, "stdin", input_modes, value, e);
}

static int set_stdout(void *settings, const char *value, Error *e) {
        return set_stream(settings, "stdout", output_modes, value, e);
}

static int set_stderr(void *settings, const char *value, Error *e) {
        return set_stream(settings, "stderr", output_modes, value, e);
}

/* Takes what @mount owns, in every case. */
static int push_mount(AppcMount **mounts, size_t *n, AppcMount *mount) {
        AppcMount *grown = reallocarray(*mounts, *n + 1, sizeof(AppcMount));

        if (!grown) {
                appc_mount_done(mount);
                return -ENOMEM;
        }
        *mounts = grown;
        grown[(*n)++] = *mount;
        return 0;
}

/* Before the first image it is for all of them. */
static int add_mount(void *settings, const char *value, Error *e) {
        RunSettings *s = settings;
        RunApp *app = s->n_apps > 0 ? &s->apps[s->n_apps - 1] : NULL;
        AppcMount mount = {};
        int r = appc_mount_parse(value, &mount, e);

        if (r < 0)
                return r;
        return app ? push_mount(&app->mounts, &app->n_mounts, &mount)
                   : push_mount(&s->mounts, &s->n_mounts, &mount);
}

/* "name=NAME,kind=KIND,source=PATH,target=PATH": a volume that only this app has, and where. */
static int split_mnt_volume(const char *value, char **ret_volume, char **ret_target, Error *e) {
        _cleanup_(strv_freep) Strv words = NULL, rest = NULL;
        const char *name = NULL, *target = NULL;
        int r = strv_split(value, ',', &words);

        if (r >= 0)
                r = strv_append(&rest, "");
        for (char **word = words; r >= 0 && *word; word++) {
                const char *named = text_after(*word, "name=");
                const char *at = text_after(*word, "target=");

                if (named)
                        name = named;
                else if (at)
                        target = at;
                else
                        r = strv_append(&rest, *word);
        }
        if (r < 0)
                return r;
        if (text_is_empty(name) || text_is_empty(target))
                return error_new(e, -EINVAL, "--mnt-volume needs a name= and a target=");
        *ret_target = path_clean(target);
        free(rest[0]);
        rest[0] = strdup(name);
        *ret_volume = rest[0] ? strv_join(rest, ",") : NULL;
        return *ret_target && *ret_volume ? 0 : -ENOMEM;
}

static int add_mnt_volume(void *settings, const char *value, Error *e) {
        RunApp *app = current(settings, "mnt-volume", e);
        _cleanup_(freep) char *text = NULL;
        AppcMount mount = {};
        int r = app ? split_mnt_volume(value, &text, &mount.path, e) : -EINVAL;

        if (r >= 0) {
                mount.app_volume = calloc(1, sizeof(AppcVolume));
                r = mount.app_volume ? appc_volume_parse(text, mount.app_volume, e) : -ENOMEM;
        }
        if (r >= 0) {
                mount.volume = strdup(mount.app_volume->name);
                r = mount.volume ? 0 : -ENOMEM;
        }
        if (r >= 0)
                return push_mount(&app->mounts, &app->n_mounts, &mount);
        appc_mount_done(&mount);
        return r;
}

/* "KEY=VALUE" */
static int split_pair(const char *text, char **ret_name, const char **ret_value) {
        const char *equals = strchr(text, '=');

        if (!equals || equals == text)
                return -EINVAL;
        *ret_name = strndup(text, (size_t) (equals - text));
        *ret_value = equals + 1;
        return *ret_name ? 0 : -ENOMEM;
}

int run_settings_set_pair(AppcPairs *pairs, const char *text, const char *what, Error *e) {
        _cleanup_(freep) char *name = NULL;
        const char *value = NULL;
        int r = split_pair(text, &name, &value);

        if (r == -EINVAL)
                return error_new(e, r, "%s must be specified as name=value", what);
        return r < 0 ? r : appc_pairs_set(pairs, name, value);
}

#define DEFINE_APP_PAIR(field, option, what)                                               \
        static int add_##field(void *settings, const char *value, Error *e) {              \
                RunApp *app = current(settings, option, e);                                \
                                                                                           \
                return app ? run_settings_set_pair(&app->field, value, what, e) : -EINVAL; \
        }                                                                                  \
        struct add_##field##_needs_semicolon

DEFINE_APP_PAIR(user_annotations, "user-annotation", "user annotation");
DEFINE_APP_PAIR(user_labels, "user-label", "user label");

int run_settings_set_annotation(AppcPairs *pairs, const char *text, Error *e) {
        _cleanup_(freep) char *name = NULL;
        const char *value = NULL;
        int r = split_pair(text, &name, &value);

        if (r == -EINVAL)
                return error_new(e, r, "annotation must be specified as name=value");
        if (r >= 0)
                r = appc_identifier_check(name, e);
        return r < 0 ? r : appc_pairs_set(pairs, name, value);
}

static int add_annotations(void *settings, const char *value, Error *e) {
        RunApp *app = current(settings, "annotation", e);

        return app ? run_settings_set_annotation(&app->annotations, value, e) : -EINVAL;
}

static int check_variable(const char *text, Error *e) {
        _cleanup_(freep) char *name = NULL;
        const char *value = NULL;
        int r = split_pair(text, &name, &value);

        if (r == -EINVAL)
                return error_new(e, r, "environment variable must be specified as name=value");
        if (r >= 0 && !appc_environment_name_is_valid(name))
                return error_new(e, -EINVAL, "\"%s\" is no name of an environment variable", name);
        return r;
}

static int add_environment(void *settings, const char *value, Error *e) {
        RunApp *app = current(settings, "environment", e);
        int r = app ? check_variable(value, e) : -EINVAL;

        return r < 0 ? r
                     : run_settings_set_pair(&app->environment, value, "environment variable", e);
}

int run_settings_add_variable(AppcPairs *pairs, const char *text, Error *e) {
        _cleanup_(freep) char *name = NULL;
        const char *value = NULL;
        int r = check_variable(text, e);

        if (r >= 0)
                r = split_pair(text, &name, &value);
        if (r < 0)
                return r;
        if (appc_pairs_get(pairs, name))
                return error_new(e, -EEXIST, "key \"%s\" already set", name);
        return appc_pairs_set(pairs, name, value);
}

/* Takes what @isolator owns; the last of its kind holds. */
static int replace_isolator(RunApp *app, AppcIsolator *isolator) {
        appc_isolators_remove(&app->isolators, isolator->kind);
        return appc_isolators_push(&app->isolators, isolator);
}

#define DEFINE_ISOLATOR(field, option, builder)                               \
        static int set_##field(void *settings, const char *value, Error *e) { \
                RunApp *app = current(settings, option, e);                   \
                AppcIsolator isolator = {};                                   \
                int r = app ? builder(value, &isolator, e) : -EINVAL;         \
                                                                              \
                return r < 0 ? r : replace_isolator(app, &isolator);          \
        }                                                                     \
        struct set_##field##_needs_semicolon

DEFINE_ISOLATOR(memory, "memory", appc_isolator_memory);
DEFINE_ISOLATOR(cpu, "cpu", appc_isolator_cpu);
DEFINE_ISOLATOR(cpu_shares, "cpu-shares", appc_isolator_cpu_shares);
DEFINE_ISOLATOR(oom_score_adj, "oom-score-adj", appc_isolator_oom_score_adj);

static int set_seccomp(void *settings, const char *value, Error *e) {
        RunApp *app = current(settings, "seccomp", e);
        AppcIsolator isolator = {};
        int r = app ? appc_isolator_seccomp(value, &isolator, e) : -EINVAL;

        if (r < 0)
                return r;
        appc_isolators_remove(&app->isolators, APPC_ISOLATOR_SECCOMP_RETAIN);
        appc_isolators_remove(&app->isolators, APPC_ISOLATOR_SECCOMP_REMOVE);
        return appc_isolators_push(&app->isolators, &isolator);
}

static int set_capabilities(void *settings, const char *value, bool retain, Error *e) {
        RunApp *app = current(settings, retain ? "caps-retain" : "caps-remove", e);
        AppcIsolator isolator = {};
        int r = app ? appc_isolator_capabilities(value, retain, &isolator, e) : -EINVAL;

        if (r < 0)
                return r;
        if (appc_isolators_get(&app->isolators, retain ? APPC_ISOLATOR_CAPABILITIES_REMOVE
                                                       : APPC_ISOLATOR_CAPABILITIES_RETAIN)) {
                appc_isolator_done(&isolator);
                return error_new(
                        e, -EINVAL,
                        "cannot use both --caps-retain and --caps-remove on the same image");
        }
        return replace_isolator(app, &isolator);
}

static int set_caps_retain(void *settings, const char *value, Error *e) {
        return set_capabilities(settings, value, true, e);
}

static int set_caps_remove(void *settings, const char *value, Error *e) {
        return set_capabilities(settings, value, false, e);
}

static int add_properties(void *settings, const char *value, Error *e) {
        RunApp *app = current(settings, "property", e);
        const char *equals = strchr(value, '=');

        if (!app)
                return -EINVAL;
        if (!equals || equals == value || strchr(value, '\n'))
                return error_new(e, -EINVAL,
                                 "unit properties are given as NAME=VALUE, on one line");
        return strv_append(&app->properties, value);
}

/* "After=UNIT" and the like, for those who do not know unit properties by name. */
static int add_dependency(
        void *settings, const char *option, const char *property, const char *unit, Error *e) {
        RunApp *app = current(settings, option, e);

        if (!app)
                return -EINVAL;
        if (!strchr(unit, '.') || strpbrk(unit, "/ \t\n"))
                return error_new(e, -EINVAL, "\"%s\" is no name of a unit, such as \"db.service\"",
                                 unit);
        return strv_appendf(&app->properties, "%s=%s", property, unit);
}

static int add_after(void *settings, const char *value, Error *e) {
        return add_dependency(settings, "after", "After", value, e);
}

/* One without the other is hardly ever meant. */
static int add_requires(void *settings, const char *value, Error *e) {
        int r = add_dependency(settings, "requires", "Requires", value, e);

        return r < 0 ? r : add_dependency(settings, "requires", "After", value, e);
}

static int set_restart(void *settings, const char *value, Error *e) {
        RunApp *app = current(settings, "restart", e);
        int r = app ? app_restart_policy_check(value, e) : -EINVAL;

        return r < 0 ? r : appc_pairs_set(&app->annotations, APP_RESTART_ANNOTATION, value);
}

static int set_restart_delay(void *settings, const char *value, Error *e) {
        RunApp *app = current(settings, "restart-delay", e);
        uint64_t usec = 0;
        int r = app ? app_restart_delay_parse(value, &usec, e) : -EINVAL;

        return r < 0 ? r : appc_pairs_set(&app->annotations, APP_RESTART_DELAY_ANNOTATION, value);
}

static int set_restart_limit(void *settings, const char *value, Error *e) {
        RunApp *app = current(settings, "restart-limit", e);
        AppRestartLimit limit;
        int r = app ? app_restart_limit_parse(value, &limit, e) : -EINVAL;

        return r < 0 ? r : appc_pairs_set(&app->annotations, APP_RESTART_LIMIT_ANNOTATION, value);
}

/* Behind an image: what concerns it alone. */
const Option run_image_options[] = {
        { "after", NULL, "", add_after,
          "start the app after that unit of the host, if it is being started (example: --after=db.service)",
          OPTION_IMAGE, NULL, 0 },
        { "annotation", NULL, "", add_annotations, "example: --annotation=foo=bar", OPTION_IMAGE,
          NULL, 0 },
        { "cap-remove", NULL, "", set_caps_remove, "", OPTION_IMAGE, "use --caps-remove instead",
          0 },
        { "cap-retain", NULL, "", set_caps_retain, "", OPTION_IMAGE, "use --caps-retain instead",
          0 },
        { "caps-remove", NULL, "", set_caps_remove,
          "capability to remove (example: --caps-remove=CAP_MKNOD)", OPTION_IMAGE, NULL, 0 },
        { "caps-retain", NULL, "", set_caps_retain,
          "capability to retain (example: --caps-retain=CAP_SYS_ADMIN)", OPTION_IMAGE, NULL, 0 },
        { "cpu", NULL, "", set_cpu, "cpu limit for the preceding image (example: --cpu=500m)",
          OPTION_IMAGE, NULL, 0 },
        { "cpu-shares", NULL, "", set_cpu_shares,
          "cpu-shares assigns the specified cpu time share weight (example: --cpu-shares=2048)",
          OPTION_IMAGE, NULL, 0 },
        { "environment", NULL, "", add_environment,
          "set the app's environment variables (example: --environment=foo=bar)", OPTION_IMAGE,
          NULL, 0 },
        { "exec", NULL, "", set_exec, "override the exec command for the preceding image",
          OPTION_IMAGE, NULL, 0 },
        { "group", NULL, "", set_group,
          "group override for the preceding image (example: --group=group)", OPTION_IMAGE, NULL,
          0 },
        { "memory", NULL, "", set_memory,
          "memory limit for the preceding image (example: --memory=16Mi, --memory=50M, --memory=1G)",
          OPTION_IMAGE, NULL, 0 },
        { "mount", NULL, "", add_mount,
          "mount point binding a volume to a path within an app (example: --mount=volume=NAME,target=PATH)",
          0, NULL, 0 },
        { "name", NULL, "", set_name,
          "set the name of the app (example: --name=foo). If not set, then the app name default to the image's name",
          OPTION_IMAGE, NULL, 0 },
        { "oom-score-adj", NULL, "", set_oom_score_adj,
          "oom-score-adj isolator override (example: --oom-score-adj=1000)", OPTION_IMAGE, NULL,
          0 },
        { "property", NULL, "", add_properties,
          "set a property of the app's unit as systemd-run does (example: --property=TasksMax=50)",
          OPTION_IMAGE, NULL, 0 },
        { "readonly-rootfs", NULL, "", set_read_only,
          "if set, the app's rootfs will be mounted read-only", OPTION_IMAGE, NULL, 0 },
        { "requires", NULL, "", add_requires,
          "start the app after that unit of the host, which is started too, and stop it with it (example: --requires=db.service)",
          OPTION_IMAGE, NULL, 0 },
        { "restart", NULL, "no", set_restart,
          "whether systemd starts the app again when it has ended: no, on-failure or always",
          OPTION_IMAGE, NULL, 0 },
        { "restart-delay", NULL, "", set_restart_delay,
          "how long to wait before (example: --restart-delay=5s)", OPTION_IMAGE, NULL, 0 },
        { "restart-limit", NULL, "", set_restart_limit,
          "how many starts are allowed, within what time; 0 for any number (example: --restart-limit=5/1min)",
          OPTION_IMAGE, NULL, 0 },
        { "seccomp", NULL, "", set_seccomp,
          "seccomp filter override (example: --seccomp mode=retain,errno=EPERM,chmod,chown)",
          OPTION_IMAGE, NULL, 0 },
        { "signature", NULL, "", set_signature,
          "local signature file to use in validating the preceding image", OPTION_IMAGE, NULL, 0 },
        { "stderr", NULL, "log", set_stderr,
          "where the app's standard error leads: null, log, stream (rkt attach) or tty",
          OPTION_IMAGE, NULL, 0 },
        { "stdin", NULL, "null", set_stdin,
          "where the app's standard input comes from: null, stream (rkt attach) or tty",
          OPTION_IMAGE, NULL, 0 },
        { "stdout", NULL, "log", set_stdout,
          "where the app's standard output leads: null, log, stream (rkt attach) or tty",
          OPTION_IMAGE, NULL, 0 },
        { "supplementary-gids", NULL, "", add_gids,
          "supplementary group IDs override for the preceding image (example: --supplementary-gids=1024,2048)",
          OPTION_IMAGE, NULL, 0 },
        { "user", NULL, "", set_user,
          "user override for the preceding image (example: --user=user)", OPTION_IMAGE, NULL, 0 },
        { "user-annotation", NULL, "", add_user_annotations,
          "set the app's annotations (example: --user-annotation=foo=bar)", OPTION_IMAGE, NULL, 0 },
        { "user-label", NULL, "", add_user_labels,
          "set the app's labels (example: --user-label=foo=bar)", OPTION_IMAGE, NULL, 0 },
        { "working-dir", NULL, "", set_working_directory,
          "override the working directory of the preceding image", OPTION_IMAGE, NULL, 0 },
        {},
};

/* Of app add alone. */
const Option run_app_only_options[] = {
        { "mnt-volume", NULL, "", add_mnt_volume,
          "configure a per-app mount and volume directly. Syntax: --mnt-volume=name=NAME,kind=KIND,source=PATH,target=PATH",
          OPTION_IMAGE, NULL, 0 },
        {},
};
