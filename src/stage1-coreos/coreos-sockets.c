/* SPDX-License-Identifier: Apache-2.0 */
#include "coreos-sockets.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "files.h"
#include "openat.h"
#include "stage1-listen.h"

typedef union Address {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un path;
} Address;

static const char *keyword(int type) {
        static const struct {
                int type;
                const char *word;
        } known[] = {
                { SOCK_STREAM, "ListenStream" },
                { SOCK_DGRAM, "ListenDatagram" },
                { SOCK_SEQPACKET, "ListenSequentialPacket" },
        };

        for (size_t i = 0; i < N_ELEMENTS(known); i++)
                if (known[i].type == type)
                        return known[i].word;
        return NULL;
}

/* A path that could not stand in a unit file is none that systemd opened. */
static int write_path(FILE *out, const Address *address, socklen_t n) {
        size_t length = n - offsetof(struct sockaddr_un, sun_path);
        const char *path = address->path.sun_path;

        if (length < 2)
                return -EOPNOTSUPP;
        fputc(*path == '\0' ? '@' : *path, out);
        for (size_t i = 1; i < length && path[i] != '\0'; i++) {
                if (path[i] == '\n' || path[i] == '\\')
                        return -EOPNOTSUPP;
                fputs(path[i] == '%' ? "%%" : (char[]){ path[i], '\0' }, out);
        }
        return 0;
}

static int write_address(FILE *out, const Address *address, socklen_t n) {
        char text[INET6_ADDRSTRLEN];

        switch (address->any.sa_family) {
        case AF_INET:
                if (!inet_ntop(AF_INET, &address->v4.sin_addr, text, sizeof(text)))
                        return -errno;
                fprintf(out, "%s:%u", text, ntohs(address->v4.sin_port));
                return 0;
        case AF_INET6:
                if (!inet_ntop(AF_INET6, &address->v6.sin6_addr, text, sizeof(text)))
                        return -errno;
                fprintf(out, "[%s]:%u", text, ntohs(address->v6.sin6_port));
                return 0;
        case AF_UNIX:
                return write_path(out, address, n);
        default:
                return -EOPNOTSUPP;
        }
}

static int write_listen(FILE *out, int fd) {
        Address address = {};
        socklen_t n = sizeof(address);
        int type = 0;
        socklen_t n_type = sizeof(type);
        int r = 0;

        if (getsockname(fd, &address.any, &n) < 0 ||
            getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n_type) < 0 || !keyword(type))
                return -EOPNOTSUPP;
        fprintf(out, "%s=", keyword(type));
        r = write_address(out, &address, n);
        fputc('\n', out);
        return r;
}

static int write_unit(int root_fd, const char *unit, const char *app, const char *name, int fd) {
        _cleanup_(fd_closep) int dir_fd = mkdir_beneath(root_fd, COREOS_APPS, 0755);
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        FILE *out = dir_fd < 0 ? NULL : open_memstream(&text, &n);
        int r = 0;

        if (!out)
                return dir_fd < 0 ? dir_fd : -ENOMEM;
        fprintf(out,
                "[Unit]\nDescription=Socket of app %s\nDefaultDependencies=no\n\n"
                "[Socket]\nService=%s.service\nFileDescriptorName=%s\n",
                app, app, name);
        r = write_listen(out, fd);
        if (fclose(out) != 0)
                return -ENOMEM;
        return r < 0 ? r : file_write_at(dir_fd, unit, text, n, 0644, 0);
}

/* The number keeps two of one app apart; no app's name has a dot. */
static int add(int root_fd, const Stage1App *app, int i, CoreosNeeds *needs, SysdProperties *p) {
        static const char *const needed[] = { "Requires", "After" };
        _cleanup_(freep) char *unit = NULL;
        int r = 0;

        if (asprintf(&unit, "%s.%d.socket", app->runtime->name, i) < 0) {
                unit = NULL;
                return -ENOMEM;
        }
        r = write_unit(root_fd, unit, app->runtime->name, needs->sockets[i],
                       SD_LISTEN_FDS_START + i);
        for (size_t k = 0; k < N_ELEMENTS(needed) && r >= 0; k++)
                r = sysd_add_string(p, needed[k], unit);
        return r < 0 ? r : strv_append(&needs->socket_units, unit);
}

int coreos_sockets_write(int root_fd,
                         const Stage1App *app,
                         bool only,
                         CoreosNeeds *needs,
                         SysdProperties *unit,
                         Error *e) {
        int r = 0;

        stage1_listen_warn(needs->sockets, app);
        for (int i = 0; needs->sockets && needs->sockets[i] && r >= 0; i++) {
                char *name = needs->sockets[i];

                if (*name == '\0' ||
                    !stage1_listen_is_for(SD_LISTEN_FDS_START + i, name, app, only))
                        continue;
                r = add(root_fd, app, i, needs, unit);
                if (r < 0)
                        return error_wrap(e, r, "cannot pass on socket \"%s\"", name);
                *name = '\0';
        }
        return r;
}
