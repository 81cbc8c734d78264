/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-listen.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "stage1-listen.h"
#include "stage1-socket.h"

#define BACKLOG 16

/* What one app is offered. */
typedef struct Offer {
        int *fds; /* borrowed numbers */
        size_t n;
        char *names; /* with colons between them, as LISTEN_FDNAMES has it */
        int socket_fd;
        sd_event_source *source;
} Offer;

struct SkimListen {
        size_t n; /* descriptors, from SD_LISTEN_FDS_START on */
        Strv names;
        bool *claimed; /* it has its app */
        Offer **offers;
        size_t n_offers;
};

int skim_listen_new(SkimListen **ret, Error *e) {
        _cleanup_(skim_listen_freep) SkimListen *listen = NULL;
        _cleanup_(strv_freep) Strv names = NULL;
        int n = sd_listen_fds_with_names(true, &names);

        *ret = NULL;
        if (n < 0)
                return error_wrap(e, n, "cannot take the sockets systemd has passed");
        if (n > SKIM_LISTEN_MAX)
                return error_new(e, -E2BIG,
                                 "systemd has passed %d sockets; at most %d can be given on", n,
                                 SKIM_LISTEN_MAX);
        if (n == 0)
                return 0;
        listen = calloc(1, sizeof(SkimListen));
        if (!listen)
                return -ENOMEM;
        listen->n = (size_t) n;
        listen->names = ptr_take(&names);
        listen->claimed = calloc(listen->n, sizeof(bool));
        if (!listen->claimed)
                return -ENOMEM;
        *ret = ptr_take(&listen);
        return 0;
}

static Offer *offer_free(Offer *offer) {
        sd_event_source_disable_unref(offer->source);
        fd_drop(&offer->socket_fd);
        free(offer->fds);
        free(offer->names);
        free(offer);
        return NULL;
}
DEFINE_CLEANUP(Offer, offer_free);

SkimListen *skim_listen_free(SkimListen *listen) {
        if (!listen)
                return NULL;
        for (size_t i = 0; i < listen->n_offers; i++)
                offer_free(listen->offers[i]);
        for (size_t i = 0; i < listen->n; i++)
                (void) close(SD_LISTEN_FDS_START + (int) i);
        strv_free(listen->names);
        free(listen->claimed);
        free(listen->offers);
        free(listen);
        return NULL;
}

/* All in one message, which waits until the app takes it. */
static void send_all(int fd, const Offer *offer) {
        char control[CMSG_SPACE(sizeof(int) * SKIM_LISTEN_MAX)] = { 0 };
        struct iovec iov = { offer->names, strlen(offer->names) };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = control,
                .msg_controllen = CMSG_SPACE(sizeof(int) * offer->n),
        };
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);

        if (!header)
                return;
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * offer->n);
        memcpy(CMSG_DATA(header), offer->fds, sizeof(int) * offer->n);
        (void) sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int on_asked(sd_event_source *source, int socket_fd, uint32_t events, void *userdata) {
        _cleanup_(fd_closep) int fd = accept4(socket_fd, NULL, NULL, SOCK_CLOEXEC);

        (void) source;
        (void) events;
        if (fd >= 0)
                send_all(fd, userdata);
        return 0;
}

/* Takes @offer in every case. */
static int keep(SkimListen *listen, Offer *offer) {
        Offer **grown = reallocarray(listen->offers, listen->n_offers + 1, sizeof(Offer *));

        if (!grown) {
                offer_free(offer);
                return -ENOMEM;
        }
        listen->offers = grown;
        grown[listen->n_offers++] = offer;
        return 0;
}

/* Those of @listen that are the app's. */
static int gather(SkimListen *listen, const Stage1App *app, bool only, Offer *offer) {
        _cleanup_(strv_freep) Strv names = NULL;
        int r = 0;

        offer->fds = calloc(listen->n, sizeof(int));
        if (!offer->fds)
                return -ENOMEM;
        for (size_t i = 0; i < listen->n && r >= 0; i++) {
                int fd = SD_LISTEN_FDS_START + (int) i;

                if (listen->claimed[i] || !stage1_listen_is_for(fd, listen->names[i], app, only))
                        continue;
                listen->claimed[i] = true;
                offer->fds[offer->n++] = fd;
                r = strv_append(&names, listen->names[i]);
        }
        if (r < 0 || offer->n == 0)
                return r;
        offer->names = strv_join(names, ":");
        return offer->names ? 0 : -ENOMEM;
}

/* A socket's path names no app: its name could be too long for one. Only root may write in the pod's
 * directory, so only root asks. */
static int publish(SkimListen *listen, sd_event *event, const Pod *pod, Offer *offer, char **ret) {
        _cleanup_(freep) char *name = NULL;
        int r = 0;

        if (asprintf(&name, "listen-%zu", listen->n_offers) < 0) {
                name = NULL;
                return -ENOMEM;
        }
        r = offer->socket_fd = stage1_socket_listen(pod->fd, name, SOCK_SEQPACKET, BACKLOG);
        if (r >= 0)
                r = sd_event_add_io(event, &offer->source, offer->socket_fd, EPOLLIN, on_asked,
                                    offer);
        if (r >= 0)
                *ret = ptr_take(&name);
        return r;
}

int skim_listen_offer(SkimListen *listen,
                      sd_event *event,
                      const Pod *pod,
                      const char *pod_path,
                      const Stage1App *app,
                      bool only,
                      char **ret_path,
                      Error *e) {
        _cleanup_(offer_freep) Offer *offer = calloc(1, sizeof(Offer));
        _cleanup_(freep) char *name = NULL;
        int r = 0;

        *ret_path = NULL;
        if (!offer)
                return -ENOMEM;
        offer->socket_fd = -EBADF;
        stage1_listen_warn(listen ? listen->names : NULL, app);
        if (listen)
                r = gather(listen, app, only, offer);
        if (r < 0 || offer->n == 0)
                return r;
        r = publish(listen, event, pod, offer, &name);
        if (r < 0)
                return error_wrap(e, r, "cannot offer app \"%s\" its sockets", app->runtime->name);
        if (asprintf(ret_path, "%s/%s", pod_path, name) < 0) {
                *ret_path = NULL;
                return -ENOMEM;
        }
        return keep(listen, ptr_take(&offer));
}

int skim_listen_check(const SkimListen *listen, Error *e) {
        for (size_t i = 0; listen && i < listen->n; i++)
                if (!listen->claimed[i])
                        return stage1_listen_refuse(listen->names[i], e);
        return 0;
}
