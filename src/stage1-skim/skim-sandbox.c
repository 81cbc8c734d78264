/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-sandbox.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "openat.h"
#include "pod-files.h"
#include "skim-app.h"
#include "stage1-socket.h"
#include "stage1-status.h"
#include "stage1-streams.h"
#include "sysd-stream.h"

#define CLIENTS_MAX 128
#define EXIT_EXEC 203 /* systemd's for a program that could not be executed */

/* An app that was started at least once. */
typedef struct Started {
        const SysdApp *app;
        int stream_fd; /* our copy of its stream; -EBADF once it has ended */
} Started;

/* An entrypoint at the other end. */
typedef struct Client {
        SkimSandbox *sandbox;
        int fd;
        sd_event_source *source;
        const SysdApp *app;  /* whose change it waits for; NULL before it has asked */
        SysdAppState wanted; /* up, or ended */
} Client;

struct SkimSandbox {
        SkimSandboxPod of;
        int listen_fd;
        sd_event_source *listen_source;
        Client *clients[CLIENTS_MAX]; /* NULL for a free place */
        Started *started;
        size_t n_started;
        bool has_written, closed;
};

static Client *client_free(Client *client) {
        sd_event_source_disable_unref(client->source);
        fd_drop(&client->fd);
        free(client);
        return NULL;
}

SkimSandbox *skim_sandbox_free(SkimSandbox *sandbox) {
        if (!sandbox)
                return NULL;
        sd_event_source_disable_unref(sandbox->listen_source);
        fd_drop(&sandbox->listen_fd);
        for (size_t i = 0; i < CLIENTS_MAX; i++)
                if (sandbox->clients[i])
                        client_free(sandbox->clients[i]);
        for (size_t i = 0; i < sandbox->n_started; i++)
                fd_drop(&sandbox->started[i].stream_fd);
        free(sandbox->started);
        free(sandbox);
        return NULL;
}

/* The answer ends the conversation. Who has left meanwhile need not hear it. */
static void answer(Client *client, int status, const char *text) {
        SkimSandbox *sandbox = client->sandbox;
        char message[SKIM_SANDBOX_MESSAGE_MAX];

        (void) snprintf(message, sizeof(message), "%d %s", status, text);
        (void) send(client->fd, message, strlen(message), MSG_NOSIGNAL | MSG_DONTWAIT);
        for (size_t i = 0; i < CLIENTS_MAX; i++)
                if (sandbox->clients[i] == client)
                        sandbox->clients[i] = client_free(client);
}

static void answer_error(Client *client, const Error *e, int r) {
        _cleanup_(freep) char *text = error_format(e, r, false);

        answer(client, STAGE1_FAILURE, text ? text : strerror(-r));
}

static void end_stream(Started *started) {
        /* Also for what the app may have left behind with a copy of it. */
        if (started->stream_fd >= 0)
                (void) shutdown(started->stream_fd, SHUT_WR);
        fd_drop(&started->stream_fd);
}

static void forget(SkimSandbox *sandbox, const SysdApp *app) {
        size_t kept = 0;

        for (size_t i = 0; i < sandbox->n_started; i++) {
                if (sandbox->started[i].app == app)
                        end_stream(&sandbox->started[i]);
                else
                        sandbox->started[kept++] = sandbox->started[i];
        }
        sandbox->n_started = kept;
}

/* Of one that ended before anybody saw it up: whether it has run at all, or, where it is to say that
 * it is ready, has not failed to. */
static bool has_run(const SysdApp *app) {
        const SysdProperty *type = sysd_property_get(&app->properties, "Type");
        const SysdResult *result = &app->result;

        if (!sysd_result_is_failure(result))
                return true;
        if ((type && strcmp(type->text, "notify") == 0) || strcmp(result->word, "timeout") == 0)
                return false;
        return result->main_code != 0 &&
               !(result->main_code == CLD_EXITED && result->main_status == EXIT_EXEC);
}

static void tell_ended(Client *client) {
        char text[512];

        if (client->wanted == SYSD_APP_ENDED || has_run(client->app)) {
                answer(client, 0, "");
                return;
        }
        (void) snprintf(text, sizeof(text),
                        "app \"%s\" could not be started (%s); see \"journalctl -u %s\"",
                        client->app->name, client->app->result.word, client->app->unit);
        answer(client, STAGE1_FAILURE, text);
}

void skim_sandbox_app_changed(SkimSandbox *sandbox, const SysdApp *app) {
        for (size_t i = 0; i < sandbox->n_started && app->state == SYSD_APP_ENDED; i++)
                if (sandbox->started[i].app == app)
                        end_stream(&sandbox->started[i]);
        for (size_t i = 0; i < CLIENTS_MAX; i++) {
                Client *client = sandbox->clients[i];

                if (!client || client->app != app)
                        continue;
                if (app->state == SYSD_APP_ENDED)
                        tell_ended(client);
                else if (app->state == client->wanted)
                        answer(client, 0, "");
        }
}

static SysdApp *find(const SkimSandbox *sandbox, const char *name) {
        size_t n = 0;
        SysdApp *const *apps = sysd_pod_apps(sandbox->of.units, &n);

        for (size_t i = 0; i < n; i++)
                if (strcmp(apps[i]->name, name) == 0)
                        return apps[i];
        return NULL;
}

/* Properties of an app as the pod's manifest has it now. */
static int
fill(const SkimSandbox *sandbox, const char *name, SysdProperties *properties, Error *e) {
        _cleanup_(appc_pod_freep) AppcPod *manifest = NULL;
        _cleanup_(stage1_app_done) Stage1App app = STAGE1_APP_NULL;
        _cleanup_(strv_freep) Strv ignored = NULL;
        const SkimSandboxPod *of = &sandbox->of;
        int r = stage1_app_find(of->pod, of->path, name, &manifest, &app, e);

        if (r < 0)
                return r;
        if (stage1_streams_wanted(app.runtime))
                return error_new(
                        e, -EOPNOTSUPP,
                        "app \"%s\" has streams to attach to: no app of this flavor can have "
                        "them where apps come and go",
                        name);
        return skim_app_properties(manifest, of->pod, of->path, &app, of->args, NULL, properties,
                                   &ignored, e);
}

static int open_stream(SkimSandbox *sandbox, SysdApp *app, Error *e) {
        Started *grown = reallocarray(sandbox->started, sandbox->n_started + 1, sizeof(Started));
        int fd = -EBADF;

        if (!grown)
                return -ENOMEM;
        sandbox->started = grown;
        fd = sysd_stream_open(sysd_pod_names(sandbox->of.units), app->name, app->unit, e);
        if (fd < 0)
                return fd;
        sandbox->started[sandbox->n_started++] = (Started){ app, fd };
        sandbox->has_written = true;
        return skim_app_set_output(&app->properties, fd);
}

/* What its last run left says nothing of the next. */
static void remove_status(const SkimSandbox *sandbox, const char *name) {
        _cleanup_(fd_closep) int fd = open_beneath(
                sandbox->of.pod->fd, POD_STAGE1_ROOTFS "/rkt/status", O_RDONLY | O_DIRECTORY);

        if (fd >= 0)
                (void) unlinkat(fd, name, 0);
}

static int start_new(SkimSandbox *sandbox, const char *name, SysdApp **ret, Error *e) {
        SysdApp *app = NULL;
        int r = sysd_pod_add_app(sandbox->of.units, name, &app, e);

        if (r < 0)
                return r;
        r = fill(sandbox, name, &app->properties, e);
        if (r >= 0)
                r = open_stream(sandbox, app, e);
        if (r >= 0) {
                remove_status(sandbox, name);
                r = sysd_pod_start_app(sandbox->of.units, app, e);
        }
        if (r < 0) {
                forget(sandbox, app);
                sysd_pod_remove_app(sandbox->of.units, app);
                return r;
        }
        *ret = app;
        return 0;
}

static void wait_for(Client *client, const SysdApp *app, SysdAppState wanted) {
        client->app = app;
        client->wanted = wanted;
}

static int on_add(Client *client, const char *name, Error *e) {
        _cleanup_(sysd_properties_done) SysdProperties properties = SYSD_PROPERTIES_NULL;
        int r = fill(client->sandbox, name, &properties, e);

        if (r >= 0)
                answer(client, 0, "");
        return r;
}

static int on_start(Client *client, const char *name, Error *e) {
        SkimSandbox *sandbox = client->sandbox;
        SysdApp *app = find(sandbox, name);
        int r = 0;

        if (app && app->state == SYSD_APP_UP) {
                answer(client, 0, "");
                return 0;
        }
        if (app && app->state == SYSD_APP_ENDED) {
                forget(sandbox, app);
                sysd_pod_remove_app(sandbox->of.units, app);
                app = NULL;
        }
        if (!app)
                r = start_new(sandbox, name, &app, e);
        if (r >= 0)
                wait_for(client, app, SYSD_APP_UP);
        return r;
}

static int on_stop(Client *client, const char *name, Error *e) {
        const SysdApp *app = find(client->sandbox, name);
        int r = 0;

        if (!app || app->state == SYSD_APP_ENDED) {
                answer(client, SKIM_SANDBOX_NOT_LOADED, "it is not running");
                return 0;
        }
        r = sysd_pod_stop_app(client->sandbox->of.units, app, e);
        if (r >= 0)
                wait_for(client, app, SYSD_APP_ENDED);
        return r;
}

static int on_rm(Client *client, const char *name, Error *e) {
        SkimSandbox *sandbox = client->sandbox;
        SysdApp *app = find(sandbox, name);

        if (app && app->state != SYSD_APP_ENDED)
                return error_new(e, -EBUSY, "app \"%s\" is still running", name);
        if (app) {
                forget(sandbox, app);
                sysd_pod_remove_app(sandbox->of.units, app);
        }
        answer(client, 0, "");
        return 0;
}

static const struct {
        const char *verb;
        int (*run)(Client *client, const char *name, Error *e);
} requests[] = {
        { "add ", on_add },
        { "start ", on_start },
        { "stop ", on_stop },
        { "rm ", on_rm },
};

static void serve(Client *client, const char *request) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        int r = -EINVAL;

        if (client->sandbox->closed) {
                answer(client, STAGE1_FAILURE, "the pod is being stopped");
                return;
        }
        for (size_t i = 0; i < N_ELEMENTS(requests); i++) {
                const char *name = text_after(request, requests[i].verb);

                if (!name)
                        continue;
                r = requests[i].run(client, name, &e);
                break;
        }
        if (r < 0)
                answer_error(client, &e, r);
}

static int on_client(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Client *client = userdata;
        char request[SKIM_SANDBOX_MESSAGE_MAX];
        ssize_t n = recv(fd, request, sizeof(request) - 1, MSG_DONTWAIT);

        (void) source;
        (void) events;
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n <= 0 || client->app) {
                answer(client, STAGE1_FAILURE, "one request at a time");
                return 0;
        }
        request[n] = '\0';
        serve(client, request);
        return 0;
}

/* Only who could ask systemd for the same. */
static bool is_allowed(int fd) {
        struct ucred who = {};
        socklen_t n = sizeof(who);

        return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 && who.uid == geteuid();
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        SkimSandbox *sandbox = userdata;
        _cleanup_(fd_closep) int client_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        Client *client = NULL;
        size_t i = 0;

        (void) source;
        (void) events;
        while (i < CLIENTS_MAX && sandbox->clients[i])
                i++;
        if (client_fd < 0 || i == CLIENTS_MAX || !is_allowed(client_fd))
                return 0;
        client = calloc(1, sizeof(Client));
        if (!client)
                return 0;
        *client = (Client){ .sandbox = sandbox, .fd = fd_take(&client_fd) };
        if (sd_event_add_io(sandbox->of.event, &client->source, client->fd, EPOLLIN, on_client,
                            client) < 0) {
                client_free(client);
                return 0;
        }
        sandbox->clients[i] = client;
        return 0;
}

int skim_sandbox_new(const SkimSandboxPod *of, SkimSandbox **ret, Error *e) {
        _cleanup_(skim_sandbox_freep) SkimSandbox *sandbox = calloc(1, sizeof(SkimSandbox));
        int r = 0;

        if (!sandbox)
                return -ENOMEM;
        sandbox->of = *of;
        sandbox->listen_fd = r =
                stage1_socket_listen(of->pod->fd, SKIM_SANDBOX_SOCKET, SOCK_SEQPACKET, CLIENTS_MAX);
        if (r < 0)
                return error_wrap(e, r, "cannot listen on the pod's " SKIM_SANDBOX_SOCKET);
        r = sd_event_add_io(of->event, &sandbox->listen_source, sandbox->listen_fd, EPOLLIN,
                            on_connection, sandbox);
        if (r < 0)
                return error_wrap(e, r, "cannot wait for requests");
        *ret = ptr_take(&sandbox);
        return 0;
}

void skim_sandbox_close(SkimSandbox *sandbox) {
        sandbox->closed = true;
        (void) unlink(SKIM_SANDBOX_SOCKET);
}

bool skim_sandbox_has_written(const SkimSandbox *sandbox) {
        return sandbox->has_written;
}
