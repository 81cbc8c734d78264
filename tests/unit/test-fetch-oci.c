/* SPDX-License-Identifier: Apache-2.0 */

/* Images from a real registry, filled by a real client; and from servers that lie. */

#include "test-server.h"

#include <signal.h>

#include "fetch-into-store.h"
#include "fetch-registry-auth.h"
#include "test-sink.h"

#define REPOSITORY "team/app"

typedef struct Registry {
        pid_t pid;
        unsigned port;
} Registry;

static TestDir dir;
static TestServer server; /* tokens, lies and signatures */
static Registry open_door, password, token, plain;
static FetchSession *session;
static int authorities_fd = -EBADF;

/* @more: environment of the registry, lines "NAME=value". */
static void registry_start(Registry *registry, bool tls, const char *more) {
        _cleanup_(strv_freep) Strv environment = NULL;
        char name[] = "docker-registry", serve[] = "serve", config[] = "registry.yml";
        char *argv[] = { name, serve, config, NULL };

        registry->port = test_free_port();
        assert_int_equal(strv_split(more, '\n', &environment), 0);
        assert_int_equal(
                strv_appendf(&environment, "REGISTRY_HTTP_ADDR=127.0.0.1:%u", registry->port), 0);
        assert_int_equal(strv_appendf(&environment,
                                      "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=%s/storage",
                                      dir.path),
                         0);
        if (tls) {
                assert_int_equal(strv_appendf(&environment,
                                              "REGISTRY_HTTP_TLS_CERTIFICATE=%s/server.crt",
                                              dir.path),
                                 0);
                assert_int_equal(
                        strv_appendf(&environment, "REGISTRY_HTTP_TLS_KEY=%s/server.key", dir.path),
                        0);
        }
        assert_int_equal(process_start(&(ProcessSpec){ .path = "/usr/bin/docker-registry",
                                                       .argv = argv,
                                                       .envp = environment,
                                                       .directory = dir.path,
                                                       .die_with_parent = true },
                                       &registry->pid),
                         0);
        test_wait_for_port(registry->port);
}

static void registry_stop(const Registry *registry) {
        assert_int_equal(kill(registry->pid, SIGKILL), 0);
        (void) process_wait(registry->pid);
}

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *format, ...) {
        _cleanup_(freep) char *line = NULL;
        va_list arguments;

        va_start(arguments, format);
        assert_true(vasprintf(&line, format, arguments) > 0);
        va_end(arguments);
        assert_int_equal(test_shell(&dir, line), 0);
}

static void start_registries(void) {
        _cleanup_(freep) char *auth = NULL, *path = NULL;

        make_file(dir.fd, "registry.yml",
                  "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {}, delete: {enabled: "
                  "true}}\nhttp: {secret: x}\n");
        registry_start(&open_door, true, "");
        registry_start(&plain, false, "");
        shell("perl -e 'print \"me:\" . crypt(\"secret\", q($2y$05$abcdefghijklmnopqrstuu)), \"\\n\"' "
              ">htpasswd");
        assert_true(asprintf(&path,
                             "REGISTRY_AUTH=htpasswd\nREGISTRY_AUTH_HTPASSWD_REALM=x\n"
                             "REGISTRY_AUTH_HTPASSWD_PATH=%s/htpasswd",
                             dir.path) > 0);
        registry_start(&password, true, path);
        shell("openssl req -x509 -newkey rsa:2048 -nodes -keyout token.key -out token.crt -days 2 "
              "-subj /CN=token 2>/dev/null");
        assert_true(asprintf(&auth,
                             "REGISTRY_AUTH=token\nREGISTRY_AUTH_TOKEN_ISSUER=test\n"
                             "REGISTRY_AUTH_TOKEN_SERVICE=registry\n"
                             "REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE=%s/token.crt\n"
                             "REGISTRY_AUTH_TOKEN_REALM=https://localhost:%u/token",
                             dir.path, server.port) > 0);
        registry_start(&token, true, auth);
}

/* A server that has all documents, and lies about what they lead to. */
static void make_liar(void) {
        shell("mkdir -p www/v2/lies/app/manifests www/v2/lies/app/blobs; cd www/v2/lies/app; "
              "for d in ../../../../layout/blobs/sha256/*; do h=${d##*/}; cp $d manifests/sha256:$h; "
              "cp $d blobs/sha256:$h; done; "
              "python3 -c '\n"
              "import json, os, shutil\n"
              "top = \"../../../../layout/\"\n"
              "for m in json.load(open(top + \"index.json\"))[\"manifests\"]:\n"
              "    name = m[\"annotations\"][\"org.opencontainers.image.ref.name\"]\n"
              "    shutil.copy(\"manifests/\" + m[\"digest\"], \"manifests/\" + name)\n"
              "one = json.load(open(\"manifests/one\"))\n"
              "blob = open(\"blobs/\" + one[\"layers\"][1][\"digest\"], \"r+b\")\n"
              "blob.seek(30)\n"
              "blob.write(b\"X\")\n"
              "two = json.load(open(\"manifests/two\"))\n"
              "blob = open(\"blobs/\" + two[\"config\"][\"digest\"], \"r+b\")\n"
              "blob.seek(30)\n"
              "blob.write(b\"X\")\n"
              "multi = json.load(open(\"manifests/multi\"))\n"
              "os.truncate(\"manifests/\" + multi[\"manifests\"][0][\"digest\"], 100)\n"
              "open(\"manifests/both\", \"w\").write(json.dumps({**one, **multi}))\n"
              "open(\"manifests/loop\", \"w\").write(\"[\" * 100000)\n"
              "open(\"manifests/huge\", \"w\").write(\" \" * (5 << 20))\n"
              "'");
}

static int set_up(void **state) {
        static FetchSessionOptions options = {};
        const char *maker = getenv("OCI_IMAGE");

        (void) state;
        test_dir_open(&dir);
        for (const char *const *program =
                     (const char *const[]){ "docker-registry", "skopeo", "openssl", NULL };
             *program; program++)
                if (!test_has_program(&dir, *program)) {
                        fprintf(stderr, "there is no program \"%s\"\n", *program);
                        test_dir_done(&dir);
                        exit(77);
                }
        test_certificate(&dir, "server");
        test_server_start(&server, &dir, "server");
        make_dir(dir.fd, "storage");
        start_registries();
        shell("'%s' layout", maker);
        make_liar();
        for (const char *const *tag = (const char *const[]){ "one", "two", "multi", NULL }; *tag;
             tag++)
                shell("skopeo copy --quiet --all --insecure-policy --dest-tls-verify=false oci:layout:%s "
                      "docker://localhost:%u/" REPOSITORY ":%s",
                      *tag, open_door.port, *tag);
        authorities_fd = openat(dir.fd, "server.crt", O_RDONLY | O_CLOEXEC);
        options.helper = getenv("RKT_FETCH");
        assert_int_equal(fetch_session_start(&options, &session, NULL), 0);
        return 0;
}

static int tear_down(void **state) {
        (void) state;
        (void) fetch_session_free(session);
        registry_stop(&open_door);
        registry_stop(&plain);
        registry_stop(&password);
        registry_stop(&token);
        test_server_stop(&server);
        close(authorities_fd);
        test_dir_done(&dir);
        return 0;
}

static int tls_for(const char *host, FetchTls *ret, void *userdata, Error *e) {
        (void) host;
        (void) userdata;
        (void) e;
        *ret = FETCH_TLS_NULL;
        ret->authorities_fd = authorities_fd;
        return 0;
}

static FetchContext context(void) {
        return (FetchContext){ .session = session,
                               .insecure = FETCH_INSECURE_IMAGE,
                               .tls = tls_for };
}

/* @name: behind "localhost:PORT/". */
static int pull(const FetchContext *c,
                TestSink *sink,
                unsigned port,
                const char *name,
                const char *architecture,
                FetchedOci *ret,
                Error *e) {
        _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;
        _cleanup_(freep) char *text = NULL;

        assert_true(asprintf(&text, "localhost:%u/%s", port, name) > 0);
        print_message("# %s\n", text);
        assert_int_equal(oci_reference_parse(text, &reference, NULL), 0);
        return fetch_oci(c, &sink->sink,
                         &(FetchOciWanted){ .reference = &reference,
                                            .os = "linux",
                                            .architecture = architecture },
                         ret, e);
}

static void expect(const FetchContext *c, unsigned port, const char *name, int want) {
        _cleanup_(fetched_oci_done) FetchedOci fetched = {};
        _cleanup_(error_done) Error e = ERROR_NULL;
        _cleanup_(freep) char *text = NULL;
        TestSink sink;
        int r = 0;

        test_sink_init(&sink);
        r = pull(c, &sink, port, name, "amd64", &fetched, &e);
        if (r < 0) {
                text = error_format(&e, r, false);
                print_message("#   %s\n", text);
        }
        assert_int_equal(r, want);
        assert_int_equal(sink.n_begun, sink.n_ended + sink.n_aborted);
        if (r < 0) {
                assert_null(fetched.image);
                assert_non_null(error_cause(&e));
        }
}

static void brings_an_image_and_each_layer_once(void **state) {
        const FetchContext c = context();
        _cleanup_(fetched_oci_done) FetchedOci one = {}, two = {}, again = {};
        TestSink sink;

        (void) state;
        test_sink_init(&sink);
        assert_int_equal(pull(&c, &sink, open_door.port, REPOSITORY ":one", "amd64", &one, NULL),
                         0);
        assert_int_equal(one.image->layers.n, 3);
        assert_int_equal(one.execution->n_diff_ids, 3);
        assert_string_equal(one.execution->execution->command[0], "/file-A");
        assert_false(one.verified);
        assert_int_equal(sink.n_ended, 2); /* A comes twice */
        assert_int_equal(sink.n_documents, 2);
        assert_int_equal(pull(&c, &sink, open_door.port, REPOSITORY ":two", "amd64", &two, NULL),
                         0);
        assert_int_equal(sink.n_ended, 3); /* the one that changed */
        assert_int_equal(pull(&c, &sink, open_door.port, REPOSITORY ":one", "amd64", &again, NULL),
                         0);
        assert_int_equal(sink.n_ended, 3);
        assert_int_equal(sink.n_aborted, 0);
}

static void waits_for_layers_that_others_bring(void **state) {
        static const struct {
                unsigned n_elsewhere;
                bool others_fail;
                unsigned n_waited, n_ended;
        } cases[] = {
                { 1, false, 1, 1 }, /* the first; the second comes meanwhile */
                { 2, false, 1, 1 }, /* both: the second one is free when the first is there */
                { 3, false, 2, 0 },
                { 1, true, 1, 2 },
        };
        const FetchContext c = context();

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetched_oci_done) FetchedOci one = {};
                TestSink sink;

                test_sink_init(&sink);
                sink.n_elsewhere = cases[i].n_elsewhere;
                sink.others_fail = cases[i].others_fail;
                assert_int_equal(
                        pull(&c, &sink, open_door.port, REPOSITORY ":one", "amd64", &one, NULL), 0);
                assert_int_equal(sink.n_waited, cases[i].n_waited);
                assert_int_equal(sink.n_ended, cases[i].n_ended);
                assert_int_equal(sink.n_there, 2);
        }
}

static void brings_what_a_digest_names(void **state) {
        const FetchContext c = context();
        _cleanup_(fetched_oci_done) FetchedOci one = {}, same = {};
        _cleanup_(freep) char *name = NULL;
        TestSink sink;

        (void) state;
        test_sink_init(&sink);
        assert_int_equal(pull(&c, &sink, open_door.port, REPOSITORY ":one", "amd64", &one, NULL),
                         0);
        assert_true(asprintf(&name, REPOSITORY "@%s", one.manifest.sha256.text) > 0);
        assert_int_equal(pull(&c, &sink, open_door.port, name, "amd64", &same, NULL), 0);
        assert_string_equal(same.manifest.bytes, one.manifest.bytes);
}

static void follows_an_index_to_the_platform(void **state) {
        static const struct {
                const char *architecture, *command;
                int want;
        } cases[] = {
                { "amd64", "/file-A", 0 },
                { "arm64", "/file-D", 0 },
                { "s390x", NULL, -ENOENT },
        };
        const FetchContext c = context();

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetched_oci_done) FetchedOci fetched = {};
                _cleanup_(error_done) Error e = ERROR_NULL;
                TestSink sink;

                test_sink_init(&sink);
                assert_int_equal(pull(&c, &sink, open_door.port, REPOSITORY ":multi",
                                      cases[i].architecture, &fetched, &e),
                                 cases[i].want);
                if (cases[i].command)
                        assert_string_equal(fetched.execution->execution->command[0],
                                            cases[i].command);
        }
}

/* The store itself, and not a sink of the test's. */
static void brings_an_image_into_the_store(void **state) {
        _cleanup_(freep) char *text = NULL, *data = NULL, *id = NULL, *again = NULL, *none = NULL;
        _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL,
                                                   lie = OCI_REFERENCE_NULL;
        FetchOciWanted wanted = { .reference = &reference, .os = "linux", .architecture = "amd64" };
        _cleanup_(store_freep) Store *store = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;
        const FetchContext c = context();
        StoreOptions options = { .helper = getenv("RKT_RENDER") };

        (void) state;
        assert_true(asprintf(&data, "%s/data", dir.path) > 0);
        make_dir(dir.fd, "data");
        options.data_dir = data;
        assert_int_equal(store_open(&options, &store, NULL), 0);
        assert_true(asprintf(&text, "localhost:%u/" REPOSITORY ":one", open_door.port) > 0);
        assert_int_equal(oci_reference_parse(text, &reference, NULL), 0);
        assert_int_equal(fetch_oci_into_store(store, STORE_IMPORT_NO_TREES, &c, &wanted, &id, &e),
                         0);
        assert_non_null(id);
        assert_int_equal(
                fetch_oci_into_store(store, STORE_IMPORT_NO_TREES, &c, &wanted, &again, &e), 0);
        assert_string_equal(id, again);
        free(ptr_take(&text));
        assert_true(asprintf(&text, "localhost:%u/lies/app:two", server.port) > 0);
        assert_int_equal(oci_reference_parse(text, &lie, NULL), 0);
        wanted.reference = &lie;
        assert_int_equal(fetch_oci_into_store(store, STORE_IMPORT_NO_TREES, &c, &wanted, &none, &e),
                         -EBADMSG);
        assert_null(none);
}

static void says_what_is_not_there(void **state) {
        const FetchContext c = context();

        (void) state;
        expect(&c, open_door.port, REPOSITORY ":none", -ENOENT);
        expect(&c, open_door.port, "nobody/nothing:one", -ENOENT);
        expect(&c, open_door.port,
               REPOSITORY
               "@sha256:0123456789012345678901234567890123456789012345678901234567890123",
               -ENOENT);
}

static void speaks_http_only_where_that_is_allowed(void **state) {
        FetchContext c = context();

        (void) state;
        expect(&c, plain.port, REPOSITORY ":one", -EPROTO);
        c.insecure |= FETCH_INSECURE_HTTP;
        expect(&c, plain.port, REPOSITORY ":one", 0);
        c.tls = NULL; /* nobody vouches for the server */
        expect(&c, open_door.port, REPOSITORY ":one", -EKEYREJECTED);
        c.insecure |= FETCH_INSECURE_TLS;
        expect(&c, open_door.port, REPOSITORY ":one", 0);
}

static FetchAuths auths_of(unsigned port, const char *user, const char *secret) {
        FetchAuths auths = { .items = calloc(1, sizeof(FetchAuth)), .n = 1 };

        assert_true(asprintf(&auths.items[0].domain, "localhost:%u", port) > 0);
        auths.items[0].user = strdup(user);
        auths.items[0].secret = strdup(secret);
        return auths;
}

static void gives_a_password_to_whom_it_belongs(void **state) {
        static const struct {
                const char *user, *secret;
                int want;
        } cases[] = { { "me", "secret", 0 }, { "me", "wrong", -EACCES }, { "you", "", -EACCES } };
        const Registry *const registries[] = { &password, &token };

        (void) state;
        for (size_t k = 0; k < N_ELEMENTS(registries); k++) {
                FetchContext c = context();

                expect(&c, registries[k]->port, REPOSITORY ":one", -EACCES);
                for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                        _cleanup_(fetch_auths_done) FetchAuths auths =
                                auths_of(registries[k]->port, cases[i].user, cases[i].secret);
                        const FetchLogins logins = { .docker_auths = &auths };

                        c.logins = &logins;
                        expect(&c, registries[k]->port, REPOSITORY ":one", cases[i].want);
                }
        }
}

/* Files of other tools, and their helpers. */
static void asks_the_places_where_logins_are_kept(void **state) {
        static const struct {
                const char *config; /* "%u" stands for the port */
                int want;
        } cases[] = {
                { "{\"auths\":{\"localhost:%u\":{\"auth\":\"bWU6c2VjcmV0\"}}}", 0 },
                { "{\"auths\":{\"localhost:%u/team\":{\"auth\":\"bWU6c2VjcmV0\"}}}", 0 },
                { "{\"auths\":{\"localhost:%u/other\":{\"auth\":\"bWU6c2VjcmV0\"}}}", -EACCES },
                { "{\"auths\":{\"localhost:%u\":{\"auth\":\"bWU6d3Jvbmc=\"}}}", -EACCES },
                { "{\"auths\":{\"localhost:%u\":{\"auth\":\"!\"}}}", -EINVAL },
                { "{\"credHelpers\":{\"localhost:%u\":\"good\"}}", 0 },
                { "{\"credHelpers\":{\"localhost:%u\":\"empty\"}}", -EACCES },
                { "{\"credHelpers\":{\"localhost:%u\":\"bad\"}}", -EPROTO },
                { "{\"credHelpers\":{\"localhost:%u\":\"endless\"}}", -EFBIG },
                { "{\"credHelpers\":{\"localhost:%u\":\"missing\"}}", -ENOENT },
                { "{\"credHelpers\":{\"localhost:%u\":\"../good\"}}", -EINVAL },
        };
        FetchContext c = context();
        char path[] = "PATH=/usr/bin:/bin", *environment[] = { path, NULL };
        _cleanup_(freep) char *bin = NULL;

        (void) state;
        assert_true(asprintf(&bin, "%s/bin", dir.path) > 0);
        shell("mkdir bin; cd bin; echo '#!/bin/sh\nread s || :; case $s in localhost:*) echo "
              "\"{\\\"Username\\\":\\\"me\\\",\\\"Secret\\\":\\\"secret\\\"}\";; esac' "
              ">docker-credential-good; echo '#!/bin/sh\necho none; exit 1' >docker-credential-empty; "
              "echo '#!/bin/sh\necho nonsense' >docker-credential-bad; echo '#!/bin/sh\nexec yes' "
              ">docker-credential-endless; chmod +x *");
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = NULL;
                FetchLoginFile file = { .path = "config.json" };
                const FetchLogins logins = {
                        .files = &file, .n_files = 1, .helper_dirs = bin, .environment = environment
                };
                const char *mark = NULL;

                print_message("# %s\n", cases[i].config);
                mark = strstr(cases[i].config, "%u");
                assert_true(asprintf(&text, "%.*s%u%s", (int) (mark - cases[i].config),
                                     cases[i].config, password.port, mark + 2) > 0);
                file.bytes = text;
                file.n = strlen(text);
                c.logins = &logins;
                expect(&c, password.port, REPOSITORY ":one", cases[i].want);
        }
}

static void exchanges_an_identity_token(void **state) {
        _cleanup_(freep) char *text = NULL, *log = NULL;
        FetchLoginFile file = { .path = "config.json" };
        const FetchLogins logins = { .files = &file, .n_files = 1 };
        FetchContext c = context();

        (void) state;
        assert_true(asprintf(&text,
                             "{\"auths\":{\"localhost:%u\":{\"identitytoken\":\"identity\"}}}",
                             token.port) > 0);
        file.bytes = text;
        file.n = strlen(text);
        c.logins = &logins;
        expect(&c, token.port, REPOSITORY ":one", 0);
        log = test_server_log(&dir);
        assert_null(strstr(log, "path\": \"/token?refresh"));
        assert_non_null(strstr(log, "refresh_token=identity"));
}

static FetchRegistryRules rules_of(const char *format, unsigned a, unsigned b) {
        _cleanup_(json_freep) Json *root = NULL;
        _cleanup_(freep) char *text = strdup(format);
        FetchRegistryRules rules = {};
        char *mark = NULL;

        for (size_t i = 0; (mark = strstr(text, "PORT")); i++) {
                char *grown = NULL;

                assert_true(asprintf(&grown, "%.*s%u%s", (int) (mark - text), text, i == 0 ? a : b,
                                     mark + 4) > 0);
                free(text);
                text = grown;
        }
        assert_int_equal(json_parse(text, strlen(text), &root, NULL), 0);
        assert_int_equal(fetch_registry_rules_read(root, &rules, NULL), 0);
        return rules;
}

static void takes_from_a_mirror_what_it_has_and_the_rest_from_the_registry(void **state) {
        static const struct {
                const char *mirrors;
                int want;
        } cases[] = {
                { "\"localhost:1/team\"", 0 },       /* nobody is there */
                { "\"localhost:PORT/nothing\"", 0 }, /* it has nothing */
                { "\"localhost:PORT/lies\"", 0 },    /* it lies about a layer */
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = NULL;
                _cleanup_(fetch_registry_rules_done) FetchRegistryRules rules = {};
                FetchContext c = context();

                print_message("# %s\n", cases[i].mirrors);
                assert_true(asprintf(&text,
                                     "{\"registries\":[\"localhost:PORT/team\"],\"mirrors\":[%s]}",
                                     cases[i].mirrors) > 0);
                rules = rules_of(text, open_door.port, server.port);
                c.rules = &rules;
                expect(&c, open_door.port, REPOSITORY ":one", cases[i].want);
        }
}

static void believes_no_liar(void **state) {
        const FetchContext c = context();

        (void) state;
        expect(&c, server.port, "lies/app:one", -EBADMSG);   /* a layer has another byte */
        expect(&c, server.port, "lies/app:two", -EBADMSG);   /* so has a config */
        expect(&c, server.port, "lies/app:multi", -EBADMSG); /* a manifest is cut */
        expect(&c, server.port, "lies/app:both", -EINVAL);
        expect(&c, server.port, "lies/app:loop", -EBADMSG);
        expect(&c, server.port, "lies/app:huge", -EFBIG);
}

static void sends_no_password_to_strangers(void **state) {
        static const struct {
                const char *registry, *realm;
                bool trusted;
        } cases[] = {
                { "registry-1.docker.io", "auth.docker.io", true },
                { "quay.io", "quay.io", true },
                { "quay.io", "quay.io:444", true },
                { "quay.io:444", "quay.io", true },
                { "registry.gitlab.com", "gitlab.com", true },
                { "quay.io", "evil.io", false },
                { "quay.io", "evil.quay.io", false },
                { "a.example.com", "b.example.com", true },
                { "a.example.com", "bexample.com", false },
                { "a.example.com", "example.com.evil.net", false },
                { "10.0.0.1", "11.0.0.1", false },
                { "10.0.0.1", "9.0.0.1", false },
                { "10.0.0.1:5000", "10.0.0.1:5001", true },
                { "localhost", "127.0.0.1", false },
                { "[::1]:5000", "[::1]", true },
                { "[::1]:5000", "[::2]", false },
        };
        char host[] = "tokens.example.net", *hosts[] = { host, NULL };
        const FetchRegistryRule rule = { .token_hosts = hosts };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                print_message("# %s %s\n", cases[i].registry, cases[i].realm);
                assert_int_equal(fetch_realm_is_trusted(cases[i].registry, cases[i].realm, NULL),
                                 cases[i].trusted);
        }
        assert_true(fetch_realm_is_trusted("quay.io", host, &rule));
        assert_false(fetch_realm_is_trusted("quay.io", "x.tokens.example.net", &rule));
}

/* Signatures */

static void make_signer(const char *name) {
        shell("mkdir -m 700 %s; gpg --homedir %s --quiet --batch --passphrase '' --quick-generate-key "
              "'%s <%s@example.com>' default default never 2>/dev/null; gpg --homedir %s --armor --export "
              ">%s.asc; gpg --homedir %s --with-colons --list-keys | awk -F: '/^fpr/ { print "
              "tolower($10); exit }' >%s.fpr",
              name, name, name, name, name, name, name, name);
}

/* Lets @signer say that the manifest of @tag is the image of @reference, as signature @i of @about. */
static void
sign(const char *signer, const char *about, unsigned i, const char *digest, const char *reference) {
        shell("d=lookaside/localhost:%u/" REPOSITORY "@sha256=%s; mkdir -p $d; printf '%%s' "
              "'{\"critical\":{\"identity\":{\"docker-reference\":\"localhost:%u/%s\"},\"image\":{"
              "\"docker-manifest-digest\":\"%s\"},\"type\":\"atomic container signature\"},"
              "\"optional\":{}}' | gpg --homedir %s --quiet --batch --sign >$d/signature-%u",
              open_door.port, about + strlen("sha256:"), open_door.port, reference, digest, signer,
              i);
}

static char *digest_of(const char *tag) {
        const FetchContext c = context();
        _cleanup_(fetched_oci_done) FetchedOci fetched = {};
        _cleanup_(freep) char *name = NULL;
        TestSink sink;

        test_sink_init(&sink);
        assert_true(asprintf(&name, REPOSITORY ":%s", tag) > 0);
        assert_int_equal(pull(&c, &sink, open_door.port, name, "amd64", &fetched, NULL), 0);
        return strdup(fetched.manifest.sha256.text);
}

static void runs_nothing_that_nobody_trusted_signed(void **state) {
        _cleanup_(freep) char *one = digest_of("one"), *two = digest_of("two"), *local = NULL;
        _cleanup_(freep) char *text = NULL;
        _cleanup_(fetch_registry_rules_done) FetchRegistryRules rules = {};
        _cleanup_(fetch_keystore_freep) FetchKeystore *keystore = NULL;
        FetchContext c = context();

        (void) state;
        if (!test_has_program(&dir, "gpg") || !test_has_program(&dir, "gpgv"))
                skip();
        c.insecure = 0;
        expect(&c, open_door.port, REPOSITORY ":one", -EKEYREJECTED); /* no lookaside */
        make_signer("alice");
        make_signer("mallory");
        shell("p=config/trustedkeys/prefix.d/localhost_%u/team; mkdir -p $p; cp alice.asc $p/$(cat "
              "alice.fpr)",
              open_door.port);
        assert_true(asprintf(&local, "%s/config", dir.path) > 0);
        assert_int_equal(fetch_keystore_new(NULL, local, &keystore), 0);
        assert_true(asprintf(&text,
                             "{\"registries\":[\"localhost:PORT\"],\"lookaside\":\"file://%s/"
                             "lookaside\"}",
                             dir.path) > 0);
        rules = rules_of(text, open_door.port, 0);
        c.rules = &rules;
        c.keystore = keystore;
        expect(&c, open_door.port, REPOSITORY ":one", -EKEYREJECTED); /* no signature */
        sign("mallory", one, 1, one, REPOSITORY ":one");
        expect(&c, open_door.port, REPOSITORY ":one", -EKEYREJECTED); /* by a stranger */
        sign("alice", one, 2, two, REPOSITORY ":one");
        expect(&c, open_door.port, REPOSITORY ":one", -EKEYREJECTED); /* of another manifest */
        sign("alice", one, 3, one, REPOSITORY ":two");
        expect(&c, open_door.port, REPOSITORY ":one", -EKEYREJECTED); /* for another tag */
        sign("alice", one, 4, one, "team/other:one");
        expect(&c, open_door.port, REPOSITORY ":one", -EKEYREJECTED); /* for another image */
        sign("alice", one, 5, one, REPOSITORY ":one");
        expect(&c, open_door.port, REPOSITORY ":one", 0);
        expect(&c, open_door.port, REPOSITORY ":two", -EKEYREJECTED);
        /* The same key is nobody for other images. */
        shell("mv config/trustedkeys/prefix.d/localhost_%u/team "
              "config/trustedkeys/prefix.d/localhost_%u/te",
              open_door.port, open_door.port);
        expect(&c, open_door.port, REPOSITORY ":one", -EKEYREJECTED);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(brings_an_image_and_each_layer_once),
                cmocka_unit_test(waits_for_layers_that_others_bring),
                cmocka_unit_test(brings_what_a_digest_names),
                cmocka_unit_test(follows_an_index_to_the_platform),
                cmocka_unit_test(brings_an_image_into_the_store),
                cmocka_unit_test(says_what_is_not_there),
                cmocka_unit_test(speaks_http_only_where_that_is_allowed),
                cmocka_unit_test(gives_a_password_to_whom_it_belongs),
                cmocka_unit_test(asks_the_places_where_logins_are_kept),
                cmocka_unit_test(exchanges_an_identity_token),
                cmocka_unit_test(takes_from_a_mirror_what_it_has_and_the_rest_from_the_registry),
                cmocka_unit_test(believes_no_liar),
                cmocka_unit_test(sends_no_password_to_strangers),
                cmocka_unit_test(runs_nothing_that_nobody_trusted_signed),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
