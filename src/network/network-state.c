/* SPDX-License-Identifier: Apache-2.0 */
#include "network-state.h"

#include <string.h>

#include "files.h"
#include "network-result.h"
#include "openat.h"

#define DIRECTORY "net"
#define PORTMAP "{\"type\":\"portmap\",\"capabilities\":{\"portMappings\":true},\"snat\":true}"

/* Configuration, ports and result, each bounded by itself. */
#define STATE_MAX (NETWORK_CONFIG_MAX + NETWORK_RESULT_MAX + (size_t) 1024 * 1024)

void network_member_done(NetworkMember *member) {
        free(member->interface);
        free(member->file);
        free(member->args);
        free(member->ports);
        free(member->result);
        network_config_done(&member->config);
        *member = (NetworkMember){};
}

static bool maps_ports(const NetworkConfig *config) {
        for (size_t i = 0; i < config->n_plugins; i++)
                if (config->plugins[i].maps_ports)
                        return true;
        return false;
}

static void write_raw(JsonWriter *w, const char *key, const char *json) {
        if (!json)
                return;
        json_write_key(w, key);
        json_write_raw(w, json);
}

static void write_text(JsonWriter *w, const char *key, const char *text) {
        if (text)
                json_write_member_string(w, key, text);
}

char *network_state_format(const NetworkMember *member) {
        const NetworkConfig *config = &member->config;
        JsonText out;
        JsonWriter *w = &out.w;

        if (json_text_begin(&out) < 0)
                return NULL;
        json_write_begin(w, '{');
        json_write_member_string(w, "cniVersion", config->version);
        json_write_member_string(w, "name", config->name);
        json_write_member_bool(w, "disableCheck", config->no_check);
        write_text(w, "interface", member->interface);
        write_text(w, "file", member->file);
        write_text(w, "args", member->args);
        write_raw(w, "ports", member->ports);
        write_raw(w, "result", member->result);
        json_write_key(w, "plugins");
        json_write_begin(w, '[');
        for (size_t i = 0; i < config->n_plugins; i++)
                json_write_value(w, config->plugins[i].config);
        if (member->ports && !maps_ports(config))
                json_write_raw(w, PORTMAP);
        json_write_end(w, ']');
        json_write_end(w, '}');
        return json_text_end(&out);
}

/* Back to text, for what is passed on as it came. */
static int read_raw(const Json *value, void *slot, Error *e) {
        char **target = slot;

        (void) e;
        free(*target);
        *target = json_value_text(value);
        return *target ? 0 : -ENOMEM;
}

int network_state_parse(const char *text, size_t n, NetworkMember *ret, Error *e) {
        static const JsonField fields[] = {
                { "interface", json_read_string, offsetof(NetworkMember, interface),
                  JSON_REQUIRED },
                { "file", json_read_string, offsetof(NetworkMember, file), JSON_REQUIRED },
                { "args", json_read_string, offsetof(NetworkMember, args), JSON_NULL_OK },
                { "ports", read_raw, offsetof(NetworkMember, ports), JSON_NULL_OK },
                { "result", read_raw, offsetof(NetworkMember, result), JSON_NULL_OK },
                {},
        };
        _cleanup_(network_member_done) NetworkMember member = {};
        int r = network_config_parse(text, n, &member.config, e);

        if (r >= 0)
                r = json_read_object(member.config.root, fields, &member, e);
        if (r < 0)
                return r;
        *ret = struct_take(&member);
        return 0;
}

int network_member_new(const NetworkConfig *config,
                       const char *file,
                       const char *interface,
                       const char *args,
                       const char *ports,
                       NetworkMember *ret) {
        NetworkMember borrowed = {
                .interface = strdup(interface),
                .file = strdup(file),
                .args = args ? strdup(args) : NULL,
                .ports = ports ? strdup(ports) : NULL,
        };
        _cleanup_(freep) char *text = NULL;
        int r = -ENOMEM;

        borrowed.config = *config;
        if (borrowed.interface && borrowed.file && (!args || borrowed.args) &&
            (!ports || borrowed.ports))
                text = network_state_format(&borrowed);
        if (text)
                r = network_state_parse(text, strlen(text), ret, NULL);
        borrowed.config = (NetworkConfig){};
        network_member_done(&borrowed);
        return r;
}

void network_interface_name(unsigned i, char ret[static NETWORK_INTERFACE_SIZE]) {
        (void) snprintf(ret, NETWORK_INTERFACE_SIZE, "eth%u", i);
}

static char *file_name(const char *interface) {
        char *name = NULL;

        return asprintf(&name, "%s.json", interface) < 0 ? NULL : name;
}

int network_state_write(const Pod *pod, const NetworkMember *member, Error *e) {
        _cleanup_(fd_closep) int fd = mkdir_beneath(pod->fd, DIRECTORY, 0750);
        _cleanup_(freep) char *name = file_name(member->interface);
        _cleanup_(freep) char *text = network_state_format(member);
        int r = fd < 0 ? fd : 0;

        if (r >= 0)
                r = name && text ? file_write_at(fd, name, text, strlen(text), 0640, 0) : -ENOMEM;
        return r < 0 ? error_wrap(e, r, "cannot note network \"%s\"", member->config.name) : 0;
}

int network_state_read(const Pod *pod, const char *interface, NetworkMember *ret, Error *e) {
        _cleanup_(freep) char *path = NULL, *text = NULL;
        size_t n = 0;
        int r = 0;

        if (asprintf(&path, DIRECTORY "/%s.json", interface) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = file_read_at(pod->fd, path, STATE_MAX, &text, &n);
        if (r == -ENOENT)
                return r;
        if (r >= 0)
                r = network_state_parse(text, n, ret, e);
        return r < 0 ? error_wrap(e, r, "cannot read the pod's file %s", path) : 0;
}

void network_state_remove(const Pod *pod, const char *interface) {
        _cleanup_(fd_closep) int fd = dir_open_at(pod->fd, DIRECTORY);
        _cleanup_(freep) char *name = file_name(interface);

        if (fd >= 0 && name)
                (void) unlinkat(fd, name, 0);
}
