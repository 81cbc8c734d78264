/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-listen.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

unsigned stage1_listen_port(int fd, const char **ret_protocol) {
        union {
                struct sockaddr any;
                struct sockaddr_in v4;
                struct sockaddr_in6 v6;
                struct sockaddr_storage space;
        } address = {};
        socklen_t n = sizeof(address);
        int type = 0;
        socklen_t n_type = sizeof(type);

        if (getsockname(fd, &address.any, &n) < 0 ||
            getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n_type) < 0)
                return 0;
        *ret_protocol = type == SOCK_DGRAM ? "udp" : "tcp";
        if (address.any.sa_family == AF_INET)
                return ntohs(address.v4.sin_port);
        return address.any.sa_family == AF_INET6 ? ntohs(address.v6.sin6_port) : 0;
}

static bool is_of_port(int fd, const char *name, const AppcPort *port) {
        const char *protocol = NULL;
        unsigned number = 0;

        if (!port->socket_activated)
                return false;
        if (strcmp(port->name, name) == 0)
                return true;
        number = stage1_listen_port(fd, &protocol);
        return number >= port->port && number - port->port < port->count &&
               strcmp(protocol, port->protocol) == 0;
}

bool stage1_listen_is_for(int fd, const char *name, const Stage1App *app, bool only) {
        bool found = only || strcmp(app->runtime->name, name) == 0;

        for (size_t i = 0; i < app->app->n_ports && !found; i++)
                found = is_of_port(fd, name, &app->app->ports[i]);
        return found;
}

/* An app that was made for socket activation need not be able to do without. */
void stage1_listen_warn(char *const *names, const Stage1App *app) {
        for (size_t i = 0; i < app->app->n_ports; i++) {
                const AppcPort *port = &app->app->ports[i];
                bool found = !port->socket_activated;

                for (int k = 0; names && names[k] && !found; k++)
                        found = is_of_port(SD_LISTEN_FDS_START + k, names[k], port);
                if (!found)
                        fprintf(stderr,
                                "stage1: warning: no socket was passed for the socket-activated port "
                                "\"%s\" of app \"%s\"\n",
                                port->name, app->runtime->name);
        }
}

int stage1_listen_refuse(const char *name, Error *e) {
        return error_new(
                e, -EINVAL,
                "socket \"%s\" that systemd has passed belongs to no app: give it the name "
                "of an app or of a port (FileDescriptorName=)",
                name);
}
