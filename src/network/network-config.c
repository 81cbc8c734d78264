/* SPDX-License-Identifier: Apache-2.0 */
#include "network-config.h"

#include <string.h>

#include "network-list.h"

#define OLDEST_VERSION "0.1.0"

static const char *const versions[] = {
        OLDEST_VERSION, "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0"
};

void network_config_done(NetworkConfig *config) {
        for (size_t i = 0; i < config->n_plugins; i++)
                free(config->plugins[i].type);
        free(config->plugins);
        free(config->name);
        free(config->version);
        json_free(config->root);
        *config = (NetworkConfig){};
}

static int read_type(const Json *value, void *slot, Error *e) {
        int r = json_read_string(value, slot, e);
        const char *type = *(char **) slot;

        if (r >= 0 && !network_name_is_valid(type))
                return error_new(e, -EINVAL, "\"%s\" cannot be the name of a plugin", type);
        return r;
}

/* "ipam" may be an empty object: then the interface gets no address. */
static int check_ipam(const Json *config, Error *e) {
        const Json *ipam = json_get(config, "ipam"), *type = json_get(ipam, "type");
        _cleanup_(freep) char *name = NULL;
        int r = 0;

        if (ipam && json_kind(ipam) != JSON_OBJECT)
                return error_new(e, -EINVAL, "ipam: expected object, found %s",
                                 json_kind_name(json_kind(ipam)));
        if (!type)
                return 0;
        r = json_read_string(type, &name, e);
        if (r >= 0 && *name && !network_name_is_valid(name))
                r = error_new(e, -EINVAL, "\"%s\" cannot be the name of a plugin", name);
        return r < 0 ? error_prefix(e, r, "ipam: type: ") : 0;
}

static bool is_true(const Json *object, const char *key) {
        bool value = false;

        return json_read_bool(json_get(object, key), &value, NULL) >= 0 && value;
}

static int add_plugin(NetworkConfig *config, const Json *value, Error *e) {
        static const JsonField fields[] = {
                { "type", read_type, offsetof(NetworkPlugin, type), JSON_REQUIRED },
                {},
        };
        NetworkPlugin *plugin = &config->plugins[config->n_plugins++];
        int r = json_read_object(value, fields, plugin, e);

        if (r >= 0)
                r = check_ipam(value, e);
        if (r < 0)
                return r;
        plugin->config = value;
        plugin->maps_ports = is_true(json_get(value, "capabilities"), "portMappings");
        config->masquerades = config->masquerades || is_true(value, "ipMasq");
        return 0;
}

static int add_plugins(NetworkConfig *config, Error *e) {
        const Json *list = json_get(config->root, "plugins");
        size_t n = list ? json_array_length(list) : 1;
        int r = 0;

        if (list && json_kind(list) != JSON_ARRAY)
                return error_new(e, -EINVAL, "plugins: expected array, found %s",
                                 json_kind_name(json_kind(list)));
        if (n == 0 || n > NETWORK_PLUGINS_MAX)
                return error_new(e, -EINVAL, "plugins: expected 1 to %d, found %zu",
                                 NETWORK_PLUGINS_MAX, n);
        config->plugins = calloc(n, sizeof(NetworkPlugin));
        if (!config->plugins)
                return -ENOMEM;
        if (!list)
                return add_plugin(config, config->root, e);
        for (size_t i = 0; i < n && r >= 0; i++) {
                r = add_plugin(config, json_array_get(list, i), e);
                if (r < 0)
                        return error_prefix(e, r, "plugins[%zu]: ", i);
        }
        return r;
}

static int check(const NetworkConfig *config, Error *e) {
        bool known = false;

        if (!network_name_is_valid(config->name))
                return error_new(e, -EINVAL, "name: \"%s\" cannot be the name of a network",
                                 config->name);
        for (size_t i = 0; i < N_ELEMENTS(versions); i++)
                known = known || strcmp(versions[i], config->version) == 0;
        if (!known)
                return error_new(e, -EOPNOTSUPP,
                                 "cniVersion: \"%s\" is not known, only " OLDEST_VERSION
                                 " to 1.0.0",
                                 config->version);
        return 0;
}

int network_config_parse(const char *text, size_t n, NetworkConfig *ret, Error *e) {
        static const JsonField fields[] = {
                { "name", json_read_string, offsetof(NetworkConfig, name), JSON_REQUIRED },
                { "cniVersion", json_read_string, offsetof(NetworkConfig, version), JSON_NULL_OK },
                { "disableCheck", json_read_bool, offsetof(NetworkConfig, no_check), JSON_NULL_OK },
                {},
        };
        _cleanup_(network_config_done) NetworkConfig config = {};
        int r = json_parse(text, n, &config.root, e);

        if (r >= 0)
                r = json_read_object(config.root, fields, &config, e);
        if (r >= 0 && !config.version)
                r = (config.version = strdup(OLDEST_VERSION)) ? 0 : -ENOMEM;
        if (r >= 0)
                r = check(&config, e);
        if (r >= 0)
                r = add_plugins(&config, e);
        if (r < 0)
                return r;
        *ret = struct_take(&config);
        return 0;
}
