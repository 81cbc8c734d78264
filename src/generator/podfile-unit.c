/* SPDX-License-Identifier: Apache-2.0 */
#include "podfile-unit.h"

#include <stdlib.h>

#include "podfile-words.h"

typedef enum KeyKind {
        KEY_TEXT,    /* one value, the last holds: --option=VALUE */
        KEY_LIST,    /* one option a line */
        KEY_PAIR,    /* the same; each is NAME=VALUE */
        KEY_PAIRS,   /* one option a word; each is NAME=VALUE */
        KEY_BOOL,    /* --option=true or --option=false */
        KEY_YES,     /* --option where it is on */
        KEY_NO,      /* --option where it is off */
        KEY_WORDS,   /* words of the command line as they are */
        KEY_SPECIAL, /* not by this table */
} KeyKind;

typedef struct Key {
        const char *name, *option;
        KeyKind kind;
        bool manifest; /* agrees with a pod manifest */
} Key;

static const Key global_keys[] = {
        { "GlobalArguments", NULL, KEY_WORDS, true },
        { "InsecureOptions", "insecure-options", KEY_TEXT, true },
        { "TrustKeysFromHTTPS", "trust-keys-from-https", KEY_BOOL, true },
        {},
};

static const Key pod_keys[] = {
        { "DNS", "dns", KEY_LIST, true },
        { "DNSDomain", "dns-domain", KEY_TEXT, true },
        { "DNSOption", "dns-opt", KEY_LIST, true },
        { "DNSSearch", "dns-search", KEY_LIST, true },
        { "Environment", "set-env", KEY_PAIRS, false },
        { "EnvironmentFile", "set-env-file", KEY_LIST, false },
        { "Hostname", "hostname", KEY_TEXT, true },
        { "HostsEntry", "hosts-entry", KEY_LIST, true },
        { "InheritEnvironment", "inherit-env", KEY_YES, false },
        { "IPC", "ipc", KEY_TEXT, true },
        { "Manifest", NULL, KEY_SPECIAL, true },
        { "MDSRegister", "mds-register", KEY_YES, true },
        { "Mount", "mount", KEY_LIST, false },
        { "Network", "net", KEY_LIST, true },
        { "Order", "order", KEY_TEXT, false },
        { "Overlay", "no-overlay", KEY_NO, true },
        { "Port", "port", KEY_LIST, false },
        { "PrivateUsers", "private-users", KEY_YES, true },
        { "PullPolicy", "pull-policy", KEY_TEXT, false },
        { "RunArguments", NULL, KEY_WORDS, true },
        { "Stage1FromDir", "stage1-from-dir", KEY_TEXT, true },
        { "Stage1Hash", "stage1-hash", KEY_TEXT, true },
        { "Stage1Name", "stage1-name", KEY_TEXT, true },
        { "Stage1Path", "stage1-path", KEY_TEXT, true },
        { "Stage1URL", "stage1-url", KEY_TEXT, true },
        { "Volume", "volume", KEY_LIST, false },
        {},
};

static const Key app_keys[] = {
        { "After", "after", KEY_LIST, false },
        { "Annotation", "annotation", KEY_PAIRS, false },
        { "Arguments", NULL, KEY_SPECIAL, false },
        { "CapsRemove", "caps-remove", KEY_TEXT, false },
        { "CapsRetain", "caps-retain", KEY_TEXT, false },
        { "CPU", "cpu", KEY_TEXT, false },
        { "CPUShares", "cpu-shares", KEY_TEXT, false },
        { "Environment", "environment", KEY_PAIRS, false },
        { "Exec", NULL, KEY_SPECIAL, false },
        { "Group", "group", KEY_TEXT, false },
        { "Image", NULL, KEY_SPECIAL, false },
        { "Memory", "memory", KEY_TEXT, false },
        { "Mount", "mount", KEY_LIST, false },
        { "Notify", NULL, KEY_SPECIAL, false },
        { "OOMScoreAdjust", "oom-score-adj", KEY_TEXT, false },
        { "Property", "property", KEY_PAIR, false },
        { "ReadOnlyRootfs", "readonly-rootfs", KEY_BOOL, false },
        { "Requires", "requires", KEY_LIST, false },
        { "Restart", "restart", KEY_TEXT, false },
        { "RestartDelay", "restart-delay", KEY_TEXT, false },
        { "RestartLimit", "restart-limit", KEY_TEXT, false },
        { "RunArguments", NULL, KEY_WORDS, false },
        { "Seccomp", "seccomp", KEY_TEXT, false },
        { "Signature", "signature", KEY_TEXT, false },
        { "SupplementaryGIDs", "supplementary-gids", KEY_TEXT, false },
        { "User", "user", KEY_TEXT, false },
        { "UserAnnotation", "user-annotation", KEY_PAIRS, false },
        { "UserLabel", "user-label", KEY_PAIRS, false },
        { "WorkingDirectory", "working-dir", KEY_TEXT, false },
        {},
};

static const Key *find_key(const Key *keys, const char *name) {
        for (; keys->name; keys++)
                if (strcmp(keys->name, name) == 0)
                        return keys;
        return NULL;
}

static int bad_line(const PodfileLine *line, Error *e, const char *why) {
        return error_new(e, -EINVAL, "%s: %s=: %s", line->place, line->key, why);
}

/* The lines of a key that hold: those since the last empty one, or for one value the last. Calls @take
 * for each, until it fails. */
static int for_each(const PodfileSection *section,
                    const char *key,
                    bool only_last,
                    int (*take)(const PodfileLine *line, void *userdata, Error *e),
                    void *userdata,
                    Error *e) {
        size_t first = 0, last = 0;
        int r = 0;

        for (size_t i = 0; section && i < section->n_lines; i++) {
                if (strcmp(section->lines[i].key, key) != 0)
                        continue;
                if (section->lines[i].value[0] == '\0')
                        first = last = i + 1;
                else {
                        first = only_last ? i : first;
                        last = i + 1;
                }
        }
        for (size_t i = first; i < last && r >= 0; i++)
                if (strcmp(section->lines[i].key, key) == 0)
                        r = take(&section->lines[i], userdata, e);
        return r;
}

static int take_words(const PodfileLine *line, void *userdata, Error *e) {
        int r = podfile_split(line->value, userdata, e);

        return r == -EINVAL ? error_prefix(e, r, "%s: %s=: ", line->place, line->key) : r;
}

static int take_text(const PodfileLine *line, void *userdata, Error *e) {
        (void) e;
        *(const char **) userdata = line->value;
        return 0;
}

/* NULL if there is none. */
static const char *last_text(const PodfileSection *section, const char *key) {
        const char *text = NULL;

        (void) for_each(section, key, true, take_text, &text, NULL);
        return text;
}

typedef struct Emit {
        const Key *key;
        Strv *words;
} Emit;

static int emit(const Emit *to, const PodfileLine *line, const char *value, Error *e) {
        bool is_pair = to->key->kind == KEY_PAIR || to->key->kind == KEY_PAIRS;
        const char *equals = strchr(value, '=');

        if (is_pair && (!equals || equals == value))
                return bad_line(line, e, "it takes NAME=VALUE");
        return strv_appendf(to->words, "--%s=%s", to->key->option, value);
}

static int emit_switch(const Emit *to, const PodfileLine *line, Error *e) {
        int on = podfile_bool(line->value);

        if (on < 0)
                return bad_line(line, e, "it takes yes or no");
        if (to->key->kind == KEY_BOOL)
                return strv_appendf(to->words, "--%s=%s", to->key->option, on ? "true" : "false");
        return on == (to->key->kind == KEY_YES) ? strv_appendf(to->words, "--%s", to->key->option)
                                                : 0;
}

static int take_option(const PodfileLine *line, void *userdata, Error *e) {
        const Emit *to = userdata;
        _cleanup_(strv_freep) Strv values = NULL;
        int r = 0;

        switch (to->key->kind) {
        case KEY_TEXT:
        case KEY_LIST:
        case KEY_PAIR:
                return emit(to, line, line->value, e);
        case KEY_PAIRS:
                r = take_words(line, &values, e);
                for (char **value = values; r >= 0 && value && *value; value++)
                        r = emit(to, line, *value, e);
                return r;
        case KEY_WORDS:
                return take_words(line, to->words, e);
        case KEY_SPECIAL:
                return 0;
        case KEY_BOOL:
        case KEY_YES:
        case KEY_NO:
                break;
        }
        return emit_switch(to, line, e);
}

static bool is_single(KeyKind kind) {
        return kind == KEY_TEXT || kind == KEY_BOOL || kind == KEY_YES || kind == KEY_NO;
}

static int add_options(const PodfileSection *section, const Key *keys, Strv *words, Error *e) {
        int r = 0;

        for (; keys->name && r >= 0; keys++) {
                Emit to = { keys, words };

                r = for_each(section, keys->name, is_single(keys->kind), take_option, &to, e);
        }
        return r;
}

static int add_notify(const PodfileSection *app, Strv *words, Error *e) {
        const char *text = last_text(app, "Notify");
        int on = text ? podfile_bool(text) : 0;

        if (on < 0)
                return error_new(e, -EINVAL, "%s: Notify= takes yes or no", app->place);
        return on ? strv_append(words, "--annotation=appc.io/executor/supports-systemd-notify=true")
                  : 0;
}

/* Exec= in place of the image's own command, and what is said to either. */
static int add_command(const PodfileSection *app, Strv *words, Strv *arguments, Error *e) {
        _cleanup_(strv_freep) Strv exec = NULL;
        int r = for_each(app, "Exec", true, take_words, &exec, e);

        if (r >= 0 && exec && exec[0])
                r = strv_appendf(words, "--exec=%s", exec[0]);
        for (size_t i = 1; r >= 0 && i < strv_length(exec); i++)
                r = strv_append(arguments, exec[i]);
        return r < 0 ? r : for_each(app, "Arguments", false, take_words, arguments, e);
}

static int add_app(const PodfileSection *app, bool last, Strv *words, Error *e) {
        _cleanup_(strv_freep) Strv arguments = NULL;
        const char *image = last_text(app, "Image");
        int r = 0;

        if (!image)
                return error_new(e, -EINVAL, "%s: this app has no Image=", app->place);
        if (image[0] == '-')
                return error_new(e, -EINVAL, "%s: \"%s\" is no image", app->place, image);
        r = strv_append(words, image);
        if (r >= 0 && app->argument)
                r = strv_appendf(words, "--name=%s", app->argument);
        if (r >= 0)
                r = add_options(app, app_keys, words, e);
        if (r >= 0)
                r = add_notify(app, words, e);
        if (r >= 0)
                r = add_command(app, words, &arguments, e);
        if (r >= 0 && arguments)
                r = strv_append(words, "--");
        for (char **word = arguments; r >= 0 && word && *word; word++) {
                if (!last && strcmp(*word, "---") == 0)
                        return error_new(e, -EINVAL,
                                         "%s: \"---\" cannot be an argument: it ends them",
                                         app->place);
                r = strv_append(words, *word);
        }
        return r >= 0 && arguments && !last ? strv_append(words, "---") : r;
}

static int add_apps(const Podfile *podfile, const PodfileTarget *target, Strv *words, Error *e) {
        size_t n = 0, i = 0;
        int r = 0;

        for (size_t k = 0; k < podfile->n_sections; k++)
                n += strcmp(podfile->sections[k].name, "App") == 0;
        if (n == 0)
                return error_new(e, -EINVAL,
                                 "%s: there is no [App] section, and no Manifest=", target->source);
        for (size_t k = 0; k < podfile->n_sections && r >= 0; k++)
                if (strcmp(podfile->sections[k].name, "App") == 0)
                        r = add_app(&podfile->sections[k], ++i == n, words, e);
        return r;
}

/* @manifest: whether the pod's apps come from a manifest, which then says all about them. */
static int
check_lines(const PodfileSection *section, const Key *keys, bool manifest, bool global, Error *e) {
        for (size_t i = 0; i < section->n_lines; i++) {
                const PodfileLine *line = &section->lines[i];
                const Key *key = find_key(keys, line->key);

                if (!key && global)
                        key = find_key(global_keys, line->key);
                if (!key && !text_after(line->key, "X-"))
                        return error_new(e, -EINVAL, "%s: section [%s] knows no key \"%s\"",
                                         line->place, section->name, line->key);
                if (key && manifest && !key->manifest)
                        return bad_line(line, e, "this is said in the pod manifest");
        }
        return 0;
}

static int check_service(const PodfileSection *section, Error *e) {
        for (size_t i = 0; i < section->n_lines; i++)
                if (strcmp(section->lines[i].key, "ExecStart") == 0)
                        return bad_line(&section->lines[i], e,
                                        "it is made from [Pod] and [App], and cannot be given");
        return 0;
}

static int check_install(const PodfileSection *section, Error *e) {
        static const char *const keys[] = { "WantedBy", "RequiredBy", "UpheldBy", "Alias",
                                            "DefaultInstance" };

        for (size_t i = 0; i < section->n_lines; i++) {
                bool known = text_after(section->lines[i].key, "X-") != NULL;

                for (size_t k = 0; k < N_ELEMENTS(keys); k++)
                        known = known || strcmp(section->lines[i].key, keys[k]) == 0;
                if (!known)
                        return bad_line(&section->lines[i], e, "a generated unit cannot have it");
        }
        return 0;
}

static int check_section(const PodfileSection *section, bool manifest, Error *e) {
        if (strcmp(section->name, "App") == 0) {
                if (manifest)
                        return error_new(e, -EINVAL, "%s: [App] cannot stand beside a pod manifest",
                                         section->place);
                return check_lines(section, app_keys, false, false, e);
        }
        if (section->argument && !text_after(section->name, "X-"))
                return error_new(e, -EINVAL, "%s: [%s] takes no name", section->place,
                                 section->name);
        if (strcmp(section->name, "Pod") == 0)
                return check_lines(section, pod_keys, manifest, true, e);
        if (strcmp(section->name, "Service") == 0)
                return check_service(section, e);
        if (strcmp(section->name, "Install") == 0)
                return check_install(section, e);
        if (strcmp(section->name, "Unit") == 0 || text_after(section->name, "X-"))
                return 0;
        return error_new(e, -EINVAL, "%s: there is no section [%s]", section->place, section->name);
}

static int
make_command(const Podfile *podfile, const PodfileTarget *target, Strv *words, Error *e) {
        const PodfileSection *pod = podfile_section(podfile, "Pod");
        const char *manifest = target->manifest ? target->manifest : last_text(pod, "Manifest");
        int r = 0;

        for (size_t i = 0; i < podfile->n_sections && r >= 0; i++)
                r = check_section(&podfile->sections[i], manifest != NULL, e);
        if (r >= 0 && manifest && manifest[0] != '/')
                return error_new(e, -EINVAL, "%s: Manifest= takes an absolute path",
                                 target->source);
        if (r >= 0)
                r = strv_append(words, target->program);
        if (r >= 0)
                r = add_options(pod, global_keys, words, e);
        if (r >= 0)
                r = strv_append(words, "run");
        if (r >= 0)
                r = add_options(pod, pod_keys, words, e);
        if (r < 0)
                return r;
        return manifest ? strv_appendf(words, "--pod-manifest=%s", manifest)
                        : add_apps(podfile, target, words, e);
}

/* Lines of a section that are systemd's own go over as they are. */
static void write_lines(FILE *out, const Podfile *podfile, const char *name) {
        const PodfileSection *section = podfile_section(podfile, name);

        for (size_t i = 0; section && i < section->n_lines; i++)
                fprintf(out, "%s=%s\n", section->lines[i].key, section->lines[i].value);
}

/* As rkt-pod@.service, which tells why; lines of [Service] come behind and may say otherwise. */
static void
write_unit(FILE *out, const Podfile *podfile, const PodfileTarget *target, const char *command) {
        fprintf(out,
                "# Made by rkt-generator from %s; see rkt.pod(5).\n\n"
                "[Unit]\n"
                "Description=rkt pod %s\n"
                "Documentation=man:rkt.pod(5)\n"
                "SourcePath=%s\n"
                "Wants=network-online.target\n"
                "After=network-online.target dbus.socket systemd-machined.service\n",
                target->source, target->name, target->source);
        write_lines(out, podfile, "Unit");
        fprintf(out,
                "\n[Service]\n"
                "Type=notify\n"
                "KillMode=mixed\n"
                "TimeoutStartSec=infinity\n"
                "SuccessExitStatus=143\n"
                "SystemCallFilter=~@obsolete\n"
                "SystemCallErrorNumber=ENOSYS\n"
                "ExecStart=:%s\n",
                command);
        write_lines(out, podfile, "Service");
        if (podfile_section(podfile, "Install")) {
                fputs("\n[Install]\n", out);
                write_lines(out, podfile, "Install");
        }
}

static char *join_quoted(char *const *words) {
        _cleanup_(strv_freep) Strv quoted = NULL;

        for (; words && *words; words++)
                if (strv_push(&quoted, podfile_quote(*words)) < 0)
                        return NULL;
        return strv_join(quoted, " ");
}

int podfile_unit(const Podfile *podfile, const PodfileTarget *target, char **ret, Error *e) {
        _cleanup_(strv_freep) Strv words = NULL;
        _cleanup_(freep) char *command = NULL, *text = NULL;
        size_t size = 0;
        FILE *out = NULL;
        int r = make_command(podfile, target, &words, e);

        if (r < 0)
                return r;
        command = join_quoted(words);
        out = command ? open_memstream(&text, &size) : NULL;
        if (!out)
                return -ENOMEM;
        write_unit(out, podfile, target, command);
        if (fclose(out) != 0)
                return -ENOMEM;
        *ret = ptr_take(&text);
        return 0;
}

int podfile_install(const Podfile *podfile, const char *key, Strv *ret, Error *e) {
        return for_each(podfile_section(podfile, "Install"), key, false, take_words, ret, e);
}
