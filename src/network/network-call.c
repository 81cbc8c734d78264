/* SPDX-License-Identifier: Apache-2.0 */
#include "network-call.h"

#include "network-namespace.h"
#include "network-plugin.h"
#include "network-result.h"
#include "network-rules.h"

#define TIMEOUT_USEC ((uint64_t) 60 * 1000 * 1000)

void network_place_done(NetworkPlace *place) {
        strv_free(place->directories);
        free(place->namespace);
        *place = (NetworkPlace){};
}

int network_place_init(const Pod *pod, const char *local_config, NetworkPlace *ret) {
        static const char *const fixed[] = { "/usr/lib/rkt/plugins/net", "/usr/lib/cni",
                                             "/opt/cni/bin" };
        _cleanup_(network_place_done) NetworkPlace place = { .pod = pod, .cancel_fd = -1 };
        int r = strv_appendf(&place.directories, "%s/net.d", local_config);

        for (size_t i = 0; i < N_ELEMENTS(fixed) && r >= 0; i++)
                r = strv_append(&place.directories, fixed[i]);
        place.namespace = network_namespace_path(&pod->uuid);
        if (r < 0 || !place.namespace)
                return -ENOMEM;
        *ret = struct_take(&place);
        return 0;
}

static int write_member(const char *key, const Json *value, void *userdata, Error *e) {
        static const char *const ours[] = { "cniVersion", "name", "prevResult", "runtimeConfig",
                                            "plugins" };

        (void) e;
        for (size_t i = 0; i < N_ELEMENTS(ours); i++)
                if (strcmp(key, ours[i]) == 0)
                        return 0;
        json_write_key(userdata, key);
        json_write_value(userdata, value);
        return 0;
}

/* What one plugin reads: its own part, and what it is to know of the network and the pod. */
static char *compose(const NetworkMember *member, const NetworkPlugin *plugin, const char *before) {
        JsonText out;
        JsonWriter *w = &out.w;

        if (json_text_begin(&out) < 0)
                return NULL;
        json_write_begin(w, '{');
        json_write_member_string(w, "cniVersion", member->config.version);
        json_write_member_string(w, "name", member->config.name);
        (void) json_each_member(plugin->config, write_member, w, NULL);
        if (member->ports && plugin->maps_ports) {
                json_write_key(w, "runtimeConfig");
                json_write_begin(w, '{');
                json_write_key(w, "portMappings");
                json_write_raw(w, member->ports);
                json_write_end(w, '}');
        }
        if (before) {
                json_write_key(w, "prevResult");
                json_write_raw(w, before);
        }
        json_write_end(w, '}');
        return json_text_end(&out);
}

static int call(const NetworkPlace *place,
                const NetworkMember *member,
                size_t i,
                const char *command,
                const char *before,
                NetworkOutput *ret,
                Error *e) {
        const NetworkPlugin *plugin = &member->config.plugins[i];
        _cleanup_(freep) char *input = compose(member, plugin, before), *container = NULL;
        NetworkRun run = {
                .command = command,
                .type = plugin->type,
                .directories = place->directories,
                .namespace = place->namespace,
                .interface = member->interface,
                .args = member->args,
                .input = input,
                .timeout_usec = TIMEOUT_USEC,
                .cancel_fd = place->cancel_fd,
        };

        if (!input || asprintf(&container, "rkt-%s", place->pod->uuid.text) < 0) {
                container = NULL;
                return -ENOMEM;
        }
        run.container = container;
        return network_plugin_run(&run, ret, e);
}

static int add_one(const NetworkPlace *place, NetworkMember *member, size_t i, Error *e) {
        _cleanup_(network_output_done) NetworkOutput output = {};
        _cleanup_(network_result_done) NetworkResult result = {};
        _cleanup_(fd_closep) int rules_fd = -EBADF;
        int r = 0;

        if (member->ports && member->config.plugins[i].maps_ports)
                r = rules_fd = network_rules_hold();
        if (r >= 0)
                r = call(place, member, i, "ADD", member->result, &output, e);
        if (r < 0)
                return r;
        r = network_result_parse(output.text, output.n, &result, e);
        if (r < 0)
                return error_prefix(
                        e, r, "bad result of plugin \"%s\": ", member->config.plugins[i].type);
        free(member->result);
        member->result = ptr_take(&output.text);
        return 0;
}

int network_add(const NetworkPlace *place, NetworkMember *member, Error *e) {
        int r = 0;

        for (size_t i = 0; i < member->config.n_plugins && r >= 0; i++)
                r = add_one(place, member, i, e);
        return r < 0 ? error_wrap(e, r, "error adding network \"%s\"", member->config.name) : 0;
}

/* Before 0.4.0 plugins know no result but when they are added. */
static bool knows_results(const NetworkConfig *config) {
        return strcmp(config->version, "0.4.0") >= 0;
}

/* What never was added may well refuse to go. */
static bool matters(const NetworkMember *member, int r, Strv *notes, size_t i) {
        const char *name = member->config.name, *type = member->config.plugins[i].type;

        if (r >= 0 || !member->result)
                return false;
        if (r != -ENOENT)
                return true;
        (void) strv_appendf(notes,
                            "network \"%s\" was left without its plugin \"%s\", which is gone",
                            name, type);
        return false;
}

int network_delete(const NetworkPlace *place, const NetworkMember *member, Strv *notes, Error *e) {
        const char *before = knows_results(&member->config) ? member->result : NULL;
        int first = 0;

        for (size_t i = member->config.n_plugins; i > 0; i--) {
                _cleanup_(network_output_done) NetworkOutput output = {};
                _cleanup_(error_done) Error why = ERROR_NULL;
                int r = call(place, member, i - 1, "DEL", before, &output, &why);

                if (matters(member, r, notes, i - 1) && first == 0)
                        first = error_new(e, r, "%s",
                                          error_cause(&why) ? error_cause(&why) : strerror(-r));
        }
        return first < 0
                       ? error_wrap(e, first, "error removing network \"%s\"", member->config.name)
                       : 0;
}

int network_check(const NetworkPlace *place, const NetworkMember *member, Error *e) {
        int r = 0;

        if (!knows_results(&member->config))
                return error_new(
                        e, -EOPNOTSUPP,
                        "network \"%s\" has cniVersion %s, and there is no CHECK before 0.4.0",
                        member->config.name, member->config.version);
        if (member->config.no_check)
                return error_new(e, -EOPNOTSUPP, "network \"%s\" has \"disableCheck\"",
                                 member->config.name);
        if (!member->result)
                return error_new(e, -EINVAL, "network \"%s\" has not been joined",
                                 member->config.name);
        for (size_t i = 0; i < member->config.n_plugins && r >= 0; i++) {
                _cleanup_(network_output_done) NetworkOutput output = {};

                r = call(place, member, i, "CHECK", member->result, &output, e);
        }
        return r < 0 ? error_wrap(e, r, "error checking network \"%s\"", member->config.name) : 0;
}
