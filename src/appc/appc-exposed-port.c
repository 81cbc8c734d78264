/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "appc-name.h"
#include "appc-pod.h"
#include "appc-read.h"

/* Ports of the host that lead to ports of apps. */

void appc_exposed_port_done(AppcExposedPort *port) {
        free(port->name);
        free(port->host_ip);
        if (port->pod_port)
                appc_port_done(port->pod_port);
        free(port->pod_port);
        *port = (AppcExposedPort){};
}

int appc_exposed_port_copy(const AppcExposedPort *port, AppcExposedPort *ret) {
        _cleanup_(appc_exposed_port_done) AppcExposedPort copy = { .host_port = port->host_port };

        if (appc_text_copy(port->name, &copy.name) < 0 ||
            appc_text_copy(port->host_ip, &copy.host_ip) < 0)
                return -ENOMEM;
        if (port->pod_port) {
                copy.pod_port = calloc(1, sizeof(AppcPort));
                if (!copy.pod_port || appc_port_copy(port->pod_port, copy.pod_port) < 0)
                        return -ENOMEM;
        }
        *ret = struct_take(&copy);
        return 0;
}

/* In its normal form; an IPv4 address within IPv6 is an IPv4 address, as Go has it. */
static int normalize_ip(const char *text, char **ret) {
        char buffer[INET6_ADDRSTRLEN];
        struct in6_addr address = {};
        struct in_addr v4 = {};
        const char *ip = NULL;

        if (inet_pton(AF_INET, text, &v4) == 1)
                ip = inet_ntop(AF_INET, &v4, buffer, sizeof(buffer));
        else if (inet_pton(AF_INET6, text, &address) == 1)
                ip = IN6_IS_ADDR_V4MAPPED(&address)
                             ? inet_ntop(AF_INET, &address.s6_addr[12], buffer, sizeof(buffer))
                             : inet_ntop(AF_INET6, &address, buffer, sizeof(buffer));
        return ip ? appc_text_copy(ip, ret) : -EINVAL;
}

static int ip_read(const Json *value, void *slot, Error *e) {
        _cleanup_(freep) char *text = NULL;
        char *ip = NULL, **target = slot;
        int r = json_read_string(value, &text, e);

        if (r < 0)
                return r;
        if (*text) {
                r = normalize_ip(text, &ip);
                if (r < 0)
                        return error_new(e, r, "\"%s\" is not a valid IP", text);
        }
        free(*target);
        *target = ip;
        return 0;
}

/* The original let any number pass. */
static int host_port_read(const Json *value, void *slot, Error *e) {
        uint64_t number = 0;
        int r = json_read_u64(value, &number, e);

        if (r < 0)
                return r;
        if (number < 1 || number > UINT16_MAX)
                return error_new(e, -ERANGE, "port must be in 1-65535 range");
        *(uint16_t *) slot = (uint16_t) number;
        return 0;
}

static int pod_port_read(const Json *value, void *slot, Error *e) {
        _cleanup_(freep) AppcPort *port = calloc(1, sizeof(AppcPort));
        AppcPort **target = slot;
        int r = port ? appc_port_read(value, port, e) : -ENOMEM;

        if (r >= 0)
                *target = ptr_take(&port);
        return r;
}

int appc_exposed_port_read(const Json *value, void *slot, Error *e) {
        static const JsonField fields[] = {
                { "name", appc_name_read, offsetof(AppcExposedPort, name), JSON_REQUIRED },
                { "hostPort", host_port_read, offsetof(AppcExposedPort, host_port), JSON_REQUIRED },
                { "hostIP", ip_read, offsetof(AppcExposedPort, host_ip), JSON_NULL_OK },
                { "podPort", pod_port_read, offsetof(AppcExposedPort, pod_port), JSON_NULL_OK },
                {},
        };
        _cleanup_(appc_exposed_port_done) AppcExposedPort port = {};
        AppcExposedPort *target = slot;
        int r = json_read_object(value, fields, &port, e);

        if (r < 0)
                return r;
        appc_exposed_port_done(target);
        *target = struct_take(&port);
        return 0;
}

void appc_exposed_port_write(JsonWriter *w, const AppcExposedPort *port) {
        json_write_begin(w, '{');
        json_write_member_string(w, "name", port->name);
        json_write_member_u64(w, "hostPort", port->host_port);
        if (port->host_ip)
                json_write_member_string(w, "hostIP", port->host_ip);
        if (port->pod_port) {
                json_write_key(w, "podPort");
                appc_port_write(w, port->pod_port);
        }
        json_write_end(w, '}');
}

/* "PORT", "IP:PORT" or "[IP]:PORT", taken apart; *@ret_ip is NULL where there is none. */
static void split_ip(char *text, char **ret_ip, char **ret_number) {
        char *end = *text == '[' ? strstr(text, "]:") : strchr(text, ':');

        *ret_ip = end ? text : NULL;
        *ret_number = text;
        if (!end)
                return;
        *ret_number = end + 1;
        if (*end == ']') {
                (*ret_ip)++;
                (*ret_number)++;
        }
        *end = '\0';
}

int appc_exposed_port_parse(const char *text, AppcExposedPort *ret, Error *e) {
        _cleanup_(appc_exposed_port_done) AppcExposedPort port = {};
        _cleanup_(freep) char *copy = strdup(text);
        char *rest = copy, *name = NULL, *number = NULL, *ip = NULL;
        uint64_t host_port = 0;

        if (!copy)
                return -ENOMEM;
        name = strsep(&rest, ":");
        if (!rest)
                return error_new(e, -EINVAL, "\"%s\" is not in name:[ip:]port format", text);
        split_ip(rest, &ip, &number);
        if (appc_name_check(name, NULL) < 0)
                return error_new(e, -EINVAL, "\"%s\" is not a valid port name", name);
        if (ip && normalize_ip(ip, &port.host_ip) == -EINVAL)
                return error_new(e, -EINVAL, "\"%s\" is not a valid IP", ip);
        if (text_parse_u64(number, UINT16_MAX, &host_port) < 0 || host_port == 0)
                return error_new(e, -EINVAL, "\"%s\" is not a valid port number", number);
        if ((ip && !port.host_ip) || appc_text_copy(name, &port.name) < 0)
                return -ENOMEM;
        port.host_port = (uint16_t) host_port;
        *ret = struct_take(&port);
        return 0;
}
