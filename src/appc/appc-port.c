/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-app.h"
#include "appc-read.h"

#define PORT_MAX 65535

void appc_port_done(AppcPort *port) {
        free(port->name);
        free(port->protocol);
        *port = (AppcPort){};
}

/* What the numbers of a port are before they are known to fit. */
typedef struct Numbers {
        uint64_t port, count;
} Numbers;

/* The original added them as they came, so that a large count wrapped around and passed. */
static int check_numbers(const Numbers *numbers, AppcPort *port, Error *e) {
        uint64_t count = numbers->count > 0 ? numbers->count : 1;

        if (numbers->port < 1 || numbers->port > PORT_MAX)
                return error_new(e, -ERANGE, "port must be in 1-65535 range");
        if (count > PORT_MAX + 1 - numbers->port)
                return error_new(e, -ERANGE, "end of port range must be in 1-65535 range");
        port->port = (uint16_t) numbers->port;
        port->count = (uint32_t) count;
        return 0;
}

int appc_port_read(const Json *value, void *slot, Error *e) {
        static const JsonField number_fields[] = {
                { "port", json_read_u64, offsetof(Numbers, port), JSON_NULL_OK },
                { "count", json_read_u64, offsetof(Numbers, count), JSON_NULL_OK },
                {},
        };
        static const JsonField fields[] = {
                { "name", appc_name_read, offsetof(AppcPort, name), JSON_REQUIRED },
                { "protocol", json_read_string, offsetof(AppcPort, protocol), JSON_NULL_OK },
                { "socketActivated", json_read_bool, offsetof(AppcPort, socket_activated),
                  JSON_NULL_OK },
                {},
        };
        _cleanup_(appc_port_done) AppcPort port = {};
        AppcPort *target = slot;
        Numbers numbers = {};
        int r = json_read_object(value, fields, &port, e);

        if (r >= 0)
                r = json_read_object(value, number_fields, &numbers, e);
        if (r >= 0)
                r = check_numbers(&numbers, &port, e);
        if (r >= 0 && !port.protocol)
                r = appc_text_copy("", &port.protocol);
        if (r < 0)
                return r;
        appc_port_done(target);
        *target = struct_take(&port);
        return 0;
}

void appc_port_write(JsonWriter *w, const AppcPort *port) {
        json_write_begin(w, '{');
        json_write_member_string(w, "name", port->name);
        json_write_member_string(w, "protocol", port->protocol);
        json_write_member_u64(w, "port", port->port);
        json_write_member_u64(w, "count", port->count);
        json_write_member_bool(w, "socketActivated", port->socket_activated);
        json_write_end(w, '}');
}
