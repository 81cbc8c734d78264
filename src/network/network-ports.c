/* SPDX-License-Identifier: Apache-2.0 */
#include "network-ports.h"

#include "pod-files.h"

#define PORT_MAX 65535
#define MAPPINGS_MAX 4096

typedef struct Mapping {
        const char *protocol; /* "tcp" or "udp" */
        const char *host_ip;  /* NULL for all addresses */
        uint32_t host_port, pod_port;
} Mapping;

typedef struct Mappings {
        Mapping *items;
        size_t n;
} Mappings;

static void mappings_done(Mappings *mappings) {
        free(mappings->items);
}

static const AppcPort *find(const AppcApp *app, const char *name) {
        for (size_t i = 0; app && i < app->n_ports; i++)
                if (strcmp(app->ports[i].name, name) == 0)
                        return &app->ports[i];
        return NULL;
}

/* The app as it runs: that of the image, which must be kept for it, unless the pod says otherwise. */
static int app_of(const Pod *pod,
                  const AppcRuntimeApp *runtime,
                  AppcImage **ret_image,
                  const AppcApp **ret,
                  Error *e) {
        int r = runtime->app ? 0 : pod_read_app_image(pod, runtime->name, ret_image, e);

        if (r < 0)
                return r;
        *ret = runtime->app ? runtime->app : (*ret_image)->app;
        return 0;
}

static int
find_in_apps(const Pod *pod, const AppcPod *manifest, const char *name, AppcPort *ret, Error *e) {
        for (size_t i = 0; i < manifest->n_apps; i++) {
                _cleanup_(appc_image_freep) AppcImage *image = NULL;
                const AppcApp *app = NULL;
                const AppcPort *port = NULL;
                int r = app_of(pod, &manifest->apps[i], &image, &app, e);

                if (r < 0)
                        return r;
                port = find(app, name);
                if (port)
                        return appc_port_copy(port, ret);
        }
        return error_new(e, -ENOENT, "port name \"%s\" could not be found in any apps", name);
}

/* Whether @all is all addresses of the family of @one. */
static bool covers(const char *all, const char *one) {
        return strcmp(all, strchr(one, ':') ? "::" : "0.0.0.0") == 0;
}

bool network_addresses_overlap(const char *a, const char *b) {
        return !a || !b || strcmp(a, b) == 0 || covers(a, b) || covers(b, a);
}

static bool overlaps(const Mapping *a, const Mapping *b) {
        return a->host_port == b->host_port && strcmp(a->protocol, b->protocol) == 0 &&
               network_addresses_overlap(a->host_ip, b->host_ip);
}

static int add(Mappings *mappings, const Mapping *mapping, Error *e) {
        Mapping *grown = NULL;

        for (size_t i = 0; i < mappings->n; i++)
                if (overlaps(&mappings->items[i], mapping))
                        return error_new(
                                e, -EADDRINUSE, "port %s-%s:%u already mapped to pod port %u",
                                mapping->protocol, mapping->host_ip ? mapping->host_ip : "0.0.0.0",
                                mapping->host_port, mappings->items[i].pod_port);
        if (mappings->n == MAPPINGS_MAX)
                return error_new(e, -ERANGE, "more than %d ports", MAPPINGS_MAX);
        grown = reallocarray(mappings->items, mappings->n + 1, sizeof(Mapping));
        if (!grown)
                return -ENOMEM;
        mappings->items = grown;
        mappings->items[mappings->n++] = *mapping;
        return 0;
}

static int add_port(const Pod *pod,
                    const AppcPod *manifest,
                    const AppcExposedPort *exposed,
                    Mappings *mappings,
                    Error *e) {
        _cleanup_(appc_port_done) AppcPort port = {};
        Mapping mapping = { .host_ip = exposed->host_ip };
        int r = exposed->pod_port ? appc_port_copy(exposed->pod_port, &port)
                                  : find_in_apps(pod, manifest, exposed->name, &port, e);

        if (r < 0)
                return r;
        if (strcmp(port.protocol, "udp") == 0)
                mapping.protocol = "udp";
        else if (*port.protocol == '\0' || strcmp(port.protocol, "tcp") == 0)
                mapping.protocol = "tcp";
        else
                return error_new(e, -EINVAL,
                                 "port \"%s\" has protocol \"%s\": only tcp and udp "
                                 "can be mapped",
                                 exposed->name, port.protocol);
        if (exposed->host_port + port.count - 1 > PORT_MAX)
                return error_new(e, -ERANGE,
                                 "port \"%s\" is a range of %u and would end beyond "
                                 "65535",
                                 exposed->name, port.count);
        for (uint32_t i = 0; i < port.count && r >= 0; i++) {
                mapping.host_port = exposed->host_port + i;
                mapping.pod_port = port.port + i;
                r = add(mappings, &mapping, e);
        }
        return r;
}

static char *format(const Mappings *mappings) {
        JsonText out;
        JsonWriter *w = &out.w;

        if (json_text_begin(&out) < 0)
                return NULL;
        json_write_begin(w, '[');
        for (size_t i = 0; i < mappings->n; i++) {
                const Mapping *mapping = &mappings->items[i];

                json_write_begin(w, '{');
                json_write_member_u64(w, "hostPort", mapping->host_port);
                json_write_member_u64(w, "containerPort", mapping->pod_port);
                json_write_member_string(w, "protocol", mapping->protocol);
                if (mapping->host_ip)
                        json_write_member_string(w, "hostIP", mapping->host_ip);
                json_write_end(w, '}');
        }
        json_write_end(w, ']');
        return json_text_end(&out);
}

int network_ports(const Pod *pod, const AppcPod *manifest, char **ret, Error *e) {
        _cleanup_(mappings_done) Mappings mappings = {};
        int r = 0;

        for (size_t i = 0; i < manifest->n_ports && r >= 0; i++)
                r = add_port(pod, manifest, &manifest->ports[i], &mappings, e);
        if (r < 0)
                return r;
        if (mappings.n == 0) {
                *ret = NULL;
                return 0;
        }
        *ret = format(&mappings);
        return *ret ? 0 : -ENOMEM;
}

static bool is_exposed(const AppcPod *manifest, const char *name) {
        for (size_t i = 0; i < manifest->n_ports; i++)
                if (strcmp(manifest->ports[i].name, name) == 0)
                        return true;
        return false;
}

/* A socket that systemd has passed is not forwarded either. */
static int add_rest(const AppcPod *manifest, const AppcApp *app, Strv *names) {
        int r = 0;

        for (size_t i = 0; app && i < app->n_ports && r >= 0; i++)
                if (!app->ports[i].socket_activated && !is_exposed(manifest, app->ports[i].name) &&
                    !strv_contains(*names, app->ports[i].name))
                        r = strv_append(names, app->ports[i].name);
        return r;
}

int network_ports_note_rest(const Pod *pod, const AppcPod *manifest, Strv *notes, Error *e) {
        _cleanup_(strv_freep) Strv names = NULL;
        _cleanup_(freep) char *list = NULL;
        int r = 0;

        for (size_t i = 0; i < manifest->n_apps && r >= 0; i++) {
                _cleanup_(appc_image_freep) AppcImage *image = NULL;
                const AppcApp *app = NULL;

                r = app_of(pod, &manifest->apps[i], &image, &app, e);
                if (r >= 0)
                        r = add_rest(manifest, app, &names);
        }
        if (r < 0 || !names)
                return r;
        list = strv_join(names, ", ");
        return list ? strv_appendf(notes, "ports of images that no --port forwards: %s", list)
                    : -ENOMEM;
}
