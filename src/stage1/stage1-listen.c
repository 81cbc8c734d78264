/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1-listen.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define PASSED_MAX 4096

/* 0 where none are meant for this process. */
static int count_passed(int *ret) {
        const char *process = getenv("LISTEN_PID"), *number = getenv("LISTEN_FDS");
        uint64_t pid = 0, n = 0;
        int r = process && number ? text_parse_u64(process, INT32_MAX, &pid) : 0;

        if (r >= 0 && pid > 0 && (pid_t) pid == getpid())
                r = text_parse_u64(number, PASSED_MAX, &n);
        *ret = (int) n;
        return r < 0 ? r : 0;
}

static int read_names(int n, Strv *ret) {
        const char *text = getenv("LISTEN_FDNAMES");
        _cleanup_(strv_freep) Strv names = NULL;
        int r = text ? strv_split(text, ':', &names) : 0;

        for (int i = 0; !text && i < n && r >= 0; i++)
                r = strv_append(&names, "unknown");
        if (r < 0)
                return r;
        if (strv_length(names) != (size_t) n)
                return -EINVAL;
        *ret = ptr_take(&names);
        return 0;
}

int stage1_listen_names(Strv *ret) {
        int n = 0, r = count_passed(&n);

        for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++)
                if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
                        return -errno;
        if (r >= 0 && n > 0)
                r = read_names(n, ret);
        return r < 0 ? r : n;
}

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
