/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "fetch-config.h"
#include "output-format.h"
#include "pods.h"

typedef struct Settings {
        bool compact;
} Settings;

static int set_pretty(void *settings, const char *value, Error *e) {
        bool pretty = true;
        int r = output_switch_set(&pretty, value);

        (void) e;
        ((Settings *) settings)->compact = !pretty;
        return r;
}

static const Option options[] = {
        { "pretty-print", "true", "true", set_pretty, "apply indent to format the output", 0,
          NULL },
        {},
};

static void begin_entry(JsonWriter *w, const char *kind) {
        json_write_begin(w, '{');
        json_write_member_string(w, "rktVersion", "v1");
        json_write_member_string(w, "rktKind", kind);
}

static void write_paths(JsonWriter *w, const Config *config) {
        begin_entry(w, "paths");
        json_write_member_string(w, "data", config->data);
        json_write_member_string(w, "stage1-images", config->stage1_images);
        json_write_end(w, '}');
}

/* Only what is configured: the rest is as rkt-configuration(5) tells. */
static void write_images(JsonWriter *w, const StoreLimits *limits) {
        const struct {
                const char *name;
                uint64_t value;
        } members[] = {
                { "expanded-bytes", limits->expanded_bytes },
                { "entries", limits->entries },
                { "ratio", limits->ratio },
        };

        if (!limits->expanded_bytes && !limits->entries && !limits->ratio)
                return;
        begin_entry(w, "images");
        for (size_t i = 0; i < N_ELEMENTS(members); i++)
                if (members[i].value)
                        json_write_member_u64(w, members[i].name, members[i].value);
        json_write_end(w, '}');
}

/* What is in force: the name only where one is configured, the location in every case. */
static void write_stage1(JsonWriter *w, const Config *config) {
        begin_entry(w, "stage1");
        json_write_member_string(w, "name", config->stage1_name ? config->stage1_name : "");
        json_write_member_string(w, "version",
                                 config->stage1_version ? config->stage1_version : "");
        json_write_member_string(w, "location",
                                 config->stage1_location ? config->stage1_location
                                                         : RKT_STAGE1_LOCATION);
        json_write_end(w, '}');
}

static int read_servers(const Rkt *rkt, FetchConfig *ret, Error *e) {
        char *directories[] = { rkt->system_config, rkt->local_config, rkt->user_config, NULL };
        int r = fetch_config_read(directories, ret, e);

        return r < 0 ? error_wrap(e, r, "cannot get configuration") : 0;
}

static int run(const Rkt *rkt, void *settings_pointer, char **words) {
        const Settings *settings = settings_pointer;
        _cleanup_(config_done) Config config = {};
        _cleanup_(fetch_config_done) FetchConfig servers = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        JsonWriter w = JSON_WRITER(stdout, !settings->compact);
        int r = 0;

        if (words[0])
                return rkt_usage(rkt);
        r = config_load(rkt, &config, &e);
        if (r >= 0)
                r = read_servers(rkt, &servers, &e);
        if (r < 0)
                return rkt_fail(rkt, &e, r);
        json_write_begin(&w, '{');
        json_write_key(&w, "stage0");
        json_write_begin(&w, '[');
        fetch_auths_write(&w, &servers.auths);
        fetch_docker_auths_write(&w, &servers.docker_auths);
        fetch_registry_rules_write(&w, &servers.rules);
        write_images(&w, &config.limits);
        write_paths(&w, &config);
        write_stage1(&w, &config);
        json_write_end(&w, ']');
        json_write_end(&w, '}');
        fputc('\n', stdout);
        return 0;
}

const Verb verb_config = {
        .name = "config",
        .summary = "Print configuration for each stage in JSON format",
        .description =
                "What the configuration directories, the command line and the defaults of this rkt come to together, in the form of configuration files. Passwords are shown.",
        .options = { options },
        .settings_size = sizeof(Settings),
        .run = run,
};
