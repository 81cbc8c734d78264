/* SPDX-License-Identifier: Apache-2.0 */

/* What run, prepare and run-prepared take about the pod. */

#include <fcntl.h>
#include <stdlib.h>

#include "files.h"
#include "output-format.h"
#include "pod-name.h"
#include "run-settings.h"

#define ENV_FILE_MAX ((size_t) 1024 * 1024)

/* A text of the pod. */
#define DEFINE_POD_TEXT(field)                                                     \
        static int set_##field(void *settings, const char *value, Error *e) {      \
                (void) e;                                                          \
                return output_text_set(&((RunSettings *) settings)->field, value); \
        }                                                                          \
        struct set_##field##_needs_semicolon

DEFINE_POD_TEXT(dns_domain);
DEFINE_POD_TEXT(hostname);
DEFINE_POD_TEXT(ipc);
DEFINE_POD_TEXT(pod_manifest);
DEFINE_POD_TEXT(uuid_file_save);

#define DEFINE_SWITCH(field)                                                         \
        static int set_##field(void *settings, const char *value, Error *e) {        \
                (void) e;                                                            \
                return output_switch_set(&((RunSettings *) settings)->field, value); \
        }                                                                            \
        struct set_##field##_needs_semicolon

DEFINE_SWITCH(detach);
DEFINE_SWITCH(inherit_env);
DEFINE_SWITCH(interactive);
DEFINE_SWITCH(mds_register);
DEFINE_SWITCH(no_overlay);
DEFINE_SWITCH(no_store);
DEFINE_SWITCH(private_users);
DEFINE_SWITCH(quiet);
DEFINE_SWITCH(store_only);

#define DEFINE_LIST(field)                                                     \
        static int add_##field(void *settings, const char *value, Error *e) {  \
                (void) e;                                                      \
                return strv_append(&((RunSettings *) settings)->field, value); \
        }                                                                      \
        struct add_##field##_needs_semicolon

DEFINE_LIST(dns);
DEFINE_LIST(dns_opt);
DEFINE_LIST(dns_search);
DEFINE_LIST(hosts_entries);
DEFINE_LIST(nets);

static int set_pod_name(void *settings, const char *value, Error *e) {
        int r = pod_name_check(value, e);

        return r < 0 ? r : output_text_set(&((RunSettings *) settings)->pod_name, value);
}

static int add_volume(void *settings, const char *value, Error *e) {
        RunSettings *s = settings;
        AppcVolume volume = {}, *grown = NULL;
        int r = appc_volume_parse(value, &volume, e);

        if (r < 0)
                return r;
        grown = reallocarray(s->volumes, s->n_volumes + 1, sizeof(AppcVolume));
        if (!grown) {
                appc_volume_done(&volume);
                return -ENOMEM;
        }
        s->volumes = grown;
        s->volumes[s->n_volumes++] = volume;
        return 0;
}

/* Takes what @port owns, in every case. */
static int push_port(RunSettings *s, AppcExposedPort *port) {
        AppcExposedPort *grown = reallocarray(s->ports, s->n_ports + 1, sizeof(AppcExposedPort));

        if (!grown) {
                appc_exposed_port_done(port);
                return -ENOMEM;
        }
        s->ports = grown;
        s->ports[s->n_ports++] = *port;
        return 0;
}

static int add_port(void *settings, const char *value, Error *e) {
        AppcExposedPort port = {};
        int r = appc_exposed_port_parse(value, &port, e);

        return r < 0 ? r : push_port(settings, &port);
}

/* "NAME:PROTOCOL:PODPORT:HOSTIP:HOSTPORT": no app is there yet that could name the port. */
static int parse_pod_port(const char *value, AppcExposedPort *ret, Error *e) {
        _cleanup_(appc_exposed_port_done) AppcExposedPort port = {};
        _cleanup_(freep) char *ours = NULL;
        _cleanup_(strv_freep) Strv words = NULL;
        uint64_t number = 0;
        int r = strv_split(value, ':', &words);

        if (r < 0)
                return r;
        if (strv_length(words) < 5)
                return error_new(e, -EINVAL, "--port invalid format");
        if (strcmp(words[1], "tcp") != 0 && strcmp(words[1], "udp") != 0)
                return error_new(e, -EINVAL, "invalid protocol \"%s\"", words[1]);
        if (text_parse_u64(words[2], UINT16_MAX, &number) < 0 || number == 0)
                return error_new(e, -EINVAL, "\"%s\" is not a valid port number", words[2]);
        /* An IPv6 address has colons of its own. */
        if (asprintf(&ours, "%s:%s", words[0],
                     value + strlen(words[0]) + strlen(words[1]) + strlen(words[2]) + 3) < 0) {
                ours = NULL;
                return -ENOMEM;
        }
        r = appc_exposed_port_parse(ours, &port, e);
        if (r < 0)
                return r;
        port.pod_port = calloc(1, sizeof(AppcPort));
        if (!port.pod_port)
                return -ENOMEM;
        *port.pod_port = (AppcPort){
                .name = strdup(port.name),
                .protocol = strdup(words[1]),
                .port = (uint16_t) number,
                .count = 1,
        };
        if (!port.pod_port->name || !port.pod_port->protocol)
                return -ENOMEM;
        *ret = struct_take(&port);
        return 0;
}

static int add_pod_port(void *settings, const char *value, Error *e) {
        RunSettings *s = settings;
        AppcExposedPort port = {};
        int r = parse_pod_port(value, &port, e);

        return r < 0 ? r : push_port(s, &port);
}

static int add_annotation(void *settings, const char *value, Error *e) {
        return run_settings_set_annotation(&((RunSettings *) settings)->annotations, value, e);
}

static int add_user_annotation(void *settings, const char *value, Error *e) {
        return run_settings_set_pair(&((RunSettings *) settings)->user_annotations, value,
                                     "user annotation", e);
}

static int add_user_label(void *settings, const char *value, Error *e) {
        return run_settings_set_pair(&((RunSettings *) settings)->user_labels, value, "user label",
                                     e);
}

static int add_set_env(void *settings, const char *value, Error *e) {
        return run_settings_add_variable(&((RunSettings *) settings)->set_env, value, e);
}

static int add_set_env_file(void *settings, const char *path, Error *e) {
        RunSettings *s = settings;
        _cleanup_(freep) char *text = NULL;
        _cleanup_(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
        size_t n = 0;
        int r = fd < 0 ? -errno : fd_read_all(fd, ENV_FILE_MAX, &text, &n);

        if (r < 0)
                return error_wrap(e, r, "cannot read \"%s\"", path);
        if (strlen(text) != n)
                return error_new(e, -EINVAL, "\"%s\" is not text", path);
        for (char *state = NULL, *line = strtok_r(text, "\n", &state); line && r >= 0;
             line = strtok_r(NULL, "\n", &state)) {
                char *trimmed = text_trim(line);

                if (*trimmed == '\0' || *trimmed == '#' || *trimmed == ';')
                        continue;
                r = run_settings_add_variable(&s->set_env_file, trimmed, e);
        }
        return r < 0 ? error_wrap(e, r, "bad environment file (file \"%s\")", path) : 0;
}

static int set_pull_policy(void *settings, const char *value, Error *e) {
        static const char *const names[] = {
                [PULL_NEW] = "new",
                [PULL_NEVER] = "never",
                [PULL_UPDATE] = "update",
        };

        for (size_t i = 0; i < N_ELEMENTS(names); i++)
                if (strcmp(value, names[i]) == 0) {
                        ((RunSettings *) settings)->pull_policy = (PullPolicy) i;
                        return 0;
                }
        return error_new(e, -EINVAL, "must be one of \"new\", \"never\", \"update\"");
}

static int set_order(void *settings, const char *value, Error *e) {
        if (strcmp(value, "chain") != 0 && strcmp(value, "none") != 0)
                return error_new(e, -EINVAL, "must be one of \"chain\", \"none\"");
        return output_text_set(&((RunSettings *) settings)->order, value);
}

static int set_stage1(RunSettings *s, Stage1Kind kind, const char *value, Error *e) {
        static const char *const names[] = {
                [STAGE1_BY_URL] = "url",        [STAGE1_BY_PATH] = "path",
                [STAGE1_BY_NAME] = "name",      [STAGE1_BY_HASH] = "hash",
                [STAGE1_FROM_DIR] = "from-dir",
        };

        if (s->stage1_kind == kind)
                return error_new(e, -EINVAL, "--stage1-%s already used", names[kind]);
        if (s->stage1_kind != STAGE1_BY_DEFAULT)
                return error_new(e, -EINVAL,
                                 "flags --stage1-%s and --stage1-%s are mutually exclusive",
                                 names[s->stage1_kind], names[kind]);
        s->stage1_kind = kind;
        return output_text_set(&s->stage1, value);
}

static int set_stage1_url(void *settings, const char *value, Error *e) {
        return set_stage1(settings, STAGE1_BY_URL, value, e);
}

static int set_stage1_path(void *settings, const char *value, Error *e) {
        return set_stage1(settings, STAGE1_BY_PATH, value, e);
}

static int set_stage1_name(void *settings, const char *value, Error *e) {
        return set_stage1(settings, STAGE1_BY_NAME, value, e);
}

static int set_stage1_hash(void *settings, const char *value, Error *e) {
        return set_stage1(settings, STAGE1_BY_HASH, value, e);
}

static int set_stage1_from_dir(void *settings, const char *value, Error *e) {
        return set_stage1(settings, STAGE1_FROM_DIR, value, e);
}

/* Which stage1 image the pod gets. */
const Option run_stage1_options[] = {
        { "stage1-from-dir", NULL, "", set_stage1_from_dir,
          "filename of the stage1 image to search for inside the default stage1 images directory",
          0, NULL, 0 },
        { "stage1-hash", NULL, "", set_stage1_hash,
          "hash of a stage1 image to use. The image must exist in the store", 0, NULL, 0 },
        { "stage1-name", NULL, "", set_stage1_name,
          "name of a stage1 image to use. If the image does not exist in the store, it will be fetched",
          0, NULL, 0 },
        { "stage1-path", NULL, "", set_stage1_path, "absolute or relative path to a stage1 image",
          0, NULL, 0 },
        { "stage1-url", NULL, "", set_stage1_url,
          "URL of a stage1 image to use, the image is fetched if it is not in the store", 0, NULL,
          0 },
        {},
};

/* What the pod is called, and where it looks up others. */
const Option run_dns_options[] = {
        { "dns", NULL, "", add_dns,
          "name server to write in /etc/resolv.conf. It can be specified several times. Pass \"host\" only to use host's resolv.conf or \"none\" only to ignore CNI DNS config",
          0, NULL, 0 },
        { "dns-domain", NULL, "", set_dns_domain, "DNS domain to write in /etc/resolv.conf",
          OPTION_QUOTED, NULL, 0 },
        { "dns-opt", NULL, "", add_dns_opt,
          "DNS option to write in /etc/resolv.conf. It can be specified several times", 0, NULL,
          0 },
        { "dns-search", NULL, "", add_dns_search,
          "DNS search domain to write in /etc/resolv.conf. It can be specified several times", 0,
          NULL, 0 },
        { "hostname", NULL, "", set_hostname,
          "pod's hostname. If empty, it will be \"rkt-$PODUUID\"", OPTION_QUOTED, NULL, 0 },
        { "hosts-entry", NULL, "", add_hosts_entries,
          "entries to add to the pod-wide /etc/hosts. Pass \"host\" to use the host's /etc/hosts",
          0, NULL, 0 },
        {},
};

/* Of run and prepare: what goes into the pod. */
const Option run_pod_options[] = {
        { "inherit-env", "true", "false", set_inherit_env,
          "inherit all environment variables not set by apps", 0, NULL, 0 },
        { "no-overlay", "true", "false", set_no_overlay, "disable overlay filesystem", 0, NULL, 0 },
        { "no-store", "true", "false", set_no_store, "", 0, "please use --pull-policy=update", 0 },
        { "order", NULL, "chain", set_order,
          "start each app once the one before it is up (chain), or all at once (none)", 0, NULL,
          0 },
        { "pod-manifest", NULL, "", set_pod_manifest,
          "the path to the pod manifest. If it's non-empty, then only '--net', '--no-overlay' and '--interactive' will have effect",
          OPTION_QUOTED, NULL, 0 },
        { "pod-name", NULL, "", set_pod_name,
          "a name for the pod, which stands for its UUID wherever one is asked for; no other pod may have it",
          OPTION_QUOTED, NULL, 0 },
        { "port", NULL, "", add_port,
          "ports to expose on the host (requires contained network). Syntax: --port=NAME:[HOSTIP:]HOSTPORT",
          0, NULL, 0 },
        { "private-users", "true", "false", set_private_users, "run within user namespaces", 0,
          NULL, 0 },
        { "pull-policy", NULL, "new", set_pull_policy,
          "when to pull an image: new, never or update", 0, NULL, 0 },
        { "set-env", NULL, "", add_set_env,
          "environment variable to set for all the apps in the form key=value, this will be overridden by --environment",
          0, NULL, 0 },
        { "set-env-file", NULL, "", add_set_env_file, "path to an environment variables file", 0,
          NULL, 0 },
        { "store-only", "true", "false", set_store_only, "", 0, "please use --pull-policy=never",
          0 },
        { "volume", NULL, "", add_volume,
          "volumes to make available in the pod. Syntax: --volume=NAME,kind=KIND,source=PATH,readOnly=BOOL,recursive=BOOL",
          0, NULL, 0 },
        {},
};

/* Of run and run-prepared: what is decided when the pod starts. */
const Option run_start_options[] = {
        { "detach", "true", "false", set_detach,
          "return as soon as every app is up; the pod goes on in the background", 0, NULL, 0 },
        { "interactive", "true", "false", set_interactive,
          "run pod interactively. If true, only one image may be supplied", 0, NULL, 0 },
        { "ipc", NULL, "", set_ipc,
          "whether to stay in the host IPC namespace. Syntax: --ipc=[auto|private|parent]",
          OPTION_QUOTED, NULL, 0 },
        { "mds-register", "true", "false", set_mds_register,
          "register pod with metadata service. needs network connectivity to the host (--net=(default|default-restricted|host)",
          0, NULL, 0 },
        { "net", "default", "default", add_nets,
          "configure the pod's networking. Optionally, pass a list of user-configured networks to load and set arguments to pass to each network, respectively. Syntax: --net[=n[:args], ...]",
          0, NULL, 0 },
        { "uuid-file-save", NULL, "", set_uuid_file_save, "write out pod UUID to specified file",
          OPTION_QUOTED, NULL, 0 },
        {},
};

/* Of run alone. */
const Option run_only_options[] = {
        { "quiet", "true", "false", set_quiet,
          "show no progress of downloads and no notes on images", 0, NULL, 0 },
        {},
};

/* Of prepare alone. */
const Option prepare_only_options[] = {
        { "quiet", "true", "false", set_quiet,
          "suppress superfluous output on stdout, print only the UUID on success", 0, NULL, 0 },
        {},
};

/* Of app sandbox: there, a network must be named. */
const Option run_sandbox_options[] = {
        { "annotation", NULL, "", add_annotation,
          "set an annotation of the pod (example: --annotation=foo=bar)", 0, NULL, 0 },
        { "detach", "true", "false", set_detach,
          "return as soon as every app is up; the pod goes on in the background", 0, NULL, 0 },
        { "net", NULL, "default", add_nets,
          "configure the pod's networking. Optionally, pass a list of user-configured networks to load and set arguments to pass to each network, respectively. Syntax: --net=n[:args], ...",
          0, NULL, 0 },
        { "no-overlay", "true", "false", set_no_overlay, "disable overlay filesystem", 0, NULL, 0 },
        { "port", NULL, "", add_pod_port,
          "ports to forward. Syntax: --port=NAME:PROTOCOL:PODPORT:HOSTIP:HOSTPORT", 0, NULL, 0 },
        { "private-users", "true", "false", set_private_users, "run within user namespaces", 0,
          NULL, 0 },
        { "user-annotation", NULL, "", add_user_annotation,
          "set an annotation of the pod (example: --user-annotation=foo=bar)", 0, NULL, 0 },
        { "user-label", NULL, "", add_user_label,
          "set a label of the pod (example: --user-label=foo=bar)", 0, NULL, 0 },
        { "uuid-file-save", NULL, "", set_uuid_file_save, "write out pod UUID to specified file",
          OPTION_QUOTED, NULL, 0 },
        {},
};
