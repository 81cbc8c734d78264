/* SPDX-License-Identifier: Apache-2.0 */

/* ACIs by URL and by name, from a server that is every host there is: it is the proxy. */

#include "fetch-aci.h"
#include "test-server.h"

#define NAME "example.com/team/app"

static TestDir dir;
static TestServer tls, plain;
static FetchSession *session;
static FetchKeystore *keystore;
static int authorities_fd = -EBADF, partial_fd = -EBADF;

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *format, ...) {
        _cleanup_(freep) char *line = NULL;
        va_list arguments;

        va_start(arguments, format);
        assert_true(vasprintf(&line, format, arguments) > 0);
        va_end(arguments);
        assert_int_equal(test_shell(&dir, line), 0);
}

static void make_keys(void) {
        _cleanup_(freep) char *local = NULL;

        for (const char *const *name = (const char *const[]){ "alice", "mallory", NULL }; *name;
             name++)
                shell("mkdir -m 700 %s; gpg --homedir %s --quiet --batch --passphrase '' "
                      "--quick-generate-key '%s <%s@example.com>' ed25519 sign never 2>/dev/null; gpg "
                      "--homedir %s --armor --export >%s.asc",
                      *name, *name, *name, *name, *name, *name);
        shell("p=local/trustedkeys/prefix.d/example.com; mkdir -p $p; cp alice.asc $p/$(gpg --homedir "
              "alice --with-colons --list-keys | awk -F: '/^fpr/ { print tolower($10); exit }')");
        assert_true(asprintf(&local, "%s/local", dir.path) > 0);
        assert_int_equal(fetch_keystore_new(NULL, local, &keystore), 0);
}

static void make_www(void) {
        shell("mkdir -p www/files www/example.com/team/app partial; cd www; seq 20000 >files/app.aci; "
              "gpg --homedir ../alice --batch --armor --detach-sign <files/app.aci >files/app.aci.asc; "
              "cp files/app.aci files/unsigned.aci; cp files/app.aci files/tampered.aci; echo x "
              ">>files/tampered.aci; cp files/app.aci.asc files/tampered.aci.asc; cp files/app.aci "
              "files/forged.aci; gpg --homedir ../mallory --batch --detach-sign <files/app.aci "
              ">files/forged.aci.asc; cp files/app.aci files/late.aci; cp ../alice.asc files/key.asc; "
              "head -c 300 ../alice.asc >files/cut.asc");
        shell("cd www/example.com; echo '<meta name=\"ac-discovery\" content=\"example.com "
              "https://example.com/files/{version}.{ext}\"><meta name=\"ac-discovery-pubkeys\" "
              "content=\"example.com https://example.com/files/key.asc\">' >index.html; mkdir -p several "
              "none empty endless; echo '<meta name=\"ac-discovery\" content=\"example.com/several "
              "hdfs://example.com/{name}.{ext}\"><meta name=\"ac-discovery\" "
              "content=\"example.com/several https://example.com/nothing.{ext}\"><meta "
              "name=\"ac-discovery\" content=\"example.com/several "
              "https://example.com/files/app.{ext}\">' >several/index.html; : >empty/index.html; head -c "
              "3000000 /dev/zero | tr '\\0' x >endless/index.html; mkdir -p ../plain.example; echo "
              "'<meta name=\"ac-discovery\" content=\"plain.example "
              "https://example.com/files/app.{ext}\"><meta name=\"ac-discovery-pubkeys\" "
              "content=\"plain.example https://example.com/files/key.asc\">' "
              ">../plain.example/index.html");
}

static int set_up(void **state) {
        static char proxies[2][64], *environment[] = { proxies[0], proxies[1], NULL };
        static FetchSessionOptions options = { .environment = environment };

        (void) state;
        test_dir_open(&dir);
        if (!test_has_program(&dir, "gpg") || !test_has_program(&dir, "gpgv") ||
            !test_has_program(&dir, "openssl")) {
                fprintf(stderr, "there is no program \"gpg\", \"gpgv\" or \"openssl\"\n");
                test_dir_done(&dir);
                exit(77);
        }
        test_certificate(&dir, "server");
        test_server_start(&tls, &dir, "server");
        test_server_start(&plain, &dir, NULL);
        shell("printf %u >connect", tls.port);
        make_keys();
        make_www();
        (void) snprintf(proxies[0], sizeof(proxies[0]), "HTTP_PROXY=http://127.0.0.1:%u",
                        plain.port);
        (void) snprintf(proxies[1], sizeof(proxies[1]), "HTTPS_PROXY=http://127.0.0.1:%u",
                        plain.port);
        options.helper = getenv("RKT_FETCH");
        authorities_fd = openat(dir.fd, "server.crt", O_RDONLY | O_CLOEXEC);
        partial_fd = openat(dir.fd, "partial", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(authorities_fd >= 0 && partial_fd >= 0);
        assert_int_equal(fetch_session_start(&options, &session, NULL), 0);
        return 0;
}

static int tear_down(void **state) {
        (void) state;
        (void) fetch_session_free(session);
        (void) fetch_keystore_free(keystore);
        test_server_stop(&tls);
        test_server_stop(&plain);
        shell("gpgconf --homedir alice --kill gpg-agent; gpgconf --homedir mallory --kill gpg-agent");
        close(authorities_fd);
        close(partial_fd);
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
        return (FetchContext){ .session = session, .keystore = keystore, .tls = tls_for };
}

static FetchAciOptions options(void) {
        return (FetchAciOptions){ .dir_fd = partial_fd };
}

static void expect_nothing_left(void) {
        _cleanup_(strv_freep) Strv names = NULL;

        assert_int_equal(dir_list(partial_fd, &names), 0);
        assert_int_equal(strv_length(names), 0);
}

/* Fetches, and asks who signed it for @name; says what went wrong first. */
static int fetch(const FetchContext *c,
                 const FetchAciOptions *o,
                 const char *url,
                 const char *name,
                 Error *e) {
        _cleanup_(fetched_aci_done) FetchedAci aci = FETCHED_ACI_NULL;
        _cleanup_(strv_freep) Strv identities = NULL;
        _cleanup_(appc_reference_done) AppcReference reference = {};
        int r = 0;

        print_message("# %s\n", url);
        if (strchr(url, ':') && strstr(url, "://")) {
                r = fetch_aci_url(c, o, url, &aci, e);
        } else {
                assert_int_equal(appc_reference_parse(url, &reference, NULL), 0);
                r = fetch_aci_name(c, o, &reference, &aci, e);
        }
        if (r >= 0)
                r = fetch_aci_verify(c, &aci, name, &identities, e);
        if (r < 0)
                return r;
        if (!(c->insecure & FETCH_INSECURE_IMAGE))
                assert_string_equal(identities[0], "alice <alice@example.com>");
        assert_int_equal(lseek(aci.fd, 0, SEEK_CUR), 0);
        assert_int_equal(lseek(aci.fd, 0, SEEK_END), 108894);
        return 0;
}

static void expect(const FetchContext *c, const char *url, const char *name, int want) {
        _cleanup_(error_done) Error e = ERROR_NULL;
        const FetchAciOptions o = options();
        int r = fetch(c, &o, url, name, &e);
        _cleanup_(freep) char *text = r < 0 ? error_format(&e, r, false) : NULL;

        print_message("#   %s\n", text ? text : "good");
        assert_int_equal(r, want);
        expect_nothing_left();
}

static void takes_from_a_url_what_was_signed_for_the_name(void **state) {
        static const struct {
                const char *url, *name;
                int want;
        } cases[] = {
                { "https://example.com/files/app.aci", NAME, 0 },
                { "https://other.com/files/app.aci", NAME, 0 }, /* wherever it lies */
                { "http://example.com/files/app.aci", NAME, 0 },
                { "https://example.com/files/app.aci", "other.com/app", -ENOKEY },
                { "https://example.com/files/app.aci", "example.community/app", -ENOKEY },
                { "https://example.com/files/tampered.aci", NAME, -EKEYREJECTED },
                { "https://example.com/files/forged.aci", NAME, -ENOKEY },
                { "https://example.com/files/unsigned.aci", NAME, -ENOENT },
                { "https://example.com/files/none.aci", NAME, -ENOENT },
                { "https://example.com/redirect?to=http://example.com/files/app.aci&x=.aci", NAME,
                  -EPROTONOSUPPORT },
                { "https://user@example.com/files/app.aci", NAME, -EINVAL },
                { "ftp://example.com/files/app.aci", NAME, -EINVAL },
                { "https://third.com/files/app.aci", NAME,
                  -EKEYREJECTED }, /* no such certificate */
        };
        const FetchContext c = context();

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++)
                expect(&c, cases[i].url, cases[i].name, cases[i].want);
}

static void takes_anything_where_the_user_says_so(void **state) {
        FetchContext c = context();

        (void) state;
        c.insecure = FETCH_INSECURE_IMAGE;
        c.keystore = NULL;
        expect(&c, "https://example.com/files/unsigned.aci", "x", 0);
        expect(&c, "https://third.com/files/unsigned.aci", "x", -EKEYREJECTED);
        c.insecure |= FETCH_INSECURE_TLS;
        expect(&c, "https://third.com/files/unsigned.aci", "x", 0);
}

static void finds_images_by_their_names(void **state) {
        static const struct {
                const char *reference, *name;
                FetchInsecure insecure;
                int want;
        } cases[] = {
                { NAME ":app", NAME, 0, 0 }, /* the page of the host tells */
                { "example.com/several/thing", "example.com/several/thing", 0, 0 },
                { NAME ":tampered", NAME, 0, -EKEYREJECTED },
                { NAME ":unsigned", NAME, 0, -ENOENT },
                { NAME, NAME, 0, -ENOENT }, /* there is no "latest" */
                { "plain.example/app", "plain.example/app", 0, -ENODATA },
                { "plain.example/app", "plain.example/app", FETCH_INSECURE_HTTP, -ENOKEY },
                { "other.com/app", "other.com/app", 0, -ENODATA },
                { "example.com/endless/app:app", NAME, 0, 0 }, /* goes on to the next page */
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                FetchContext c = context();

                c.insecure = cases[i].insecure;
                expect(&c, cases[i].reference, cases[i].name, cases[i].want);
        }
}

static void waits_for_a_signature_once(void **state) {
        const FetchContext c = context();

        (void) state;
        expect(&c, "https://example.com/defer?times=1&file=/files/app.aci", NAME, 0);
        expect(&c, "https://example.com/defer?times=2&file=/files/app.aci", NAME, -EAGAIN);
        expect(&c, "https://example.com/defer?times=1&file=/files/unsigned.aci", NAME, -ENOENT);
}

static void takes_a_signature_from_a_file(void **state) {
        FetchAciOptions o = options();
        _cleanup_(freep) char *path = NULL, *none = NULL;
        const FetchContext c = context();
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
        assert_true(asprintf(&path, "%s/www/files/app.aci.asc", dir.path) > 0);
        assert_true(asprintf(&none, "%s/none", dir.path) > 0);
        o.signature_path = path;
        assert_int_equal(fetch(&c, &o, "https://example.com/files/unsigned.aci", NAME, NULL), 0);
        o.signature_path = none;
        assert_int_equal(fetch(&c, &o, "https://example.com/files/unsigned.aci", NAME, &e),
                         -ENOENT);
}

static int has_first_version(void *userdata, const char *url, char **ret_etag, Error *e) {
        (void) userdata;
        (void) e;
        if (strstr(url, "fresh"))
                return 1;
        *ret_etag = strdup("\"v1\"");
        return 0;
}

static void asks_nobody_for_what_is_fresh(void **state) {
        _cleanup_(fetched_aci_done) FetchedAci aci = FETCHED_ACI_NULL;
        FetchAciOptions o = options();
        FetchContext c = context();

        (void) state;
        o.known = has_first_version;
        assert_int_equal(fetch_aci_url(&c, &o, "https://nobody.example.com/fresh.aci", &aci, NULL),
                         0);
        assert_true(aci.fresh);
        assert_int_equal(aci.fd, -EBADF);
        expect_nothing_left();
}

static void does_not_fetch_again_what_is_the_same(void **state) {
        _cleanup_(fetched_aci_done) FetchedAci first = FETCHED_ACI_NULL, again = FETCHED_ACI_NULL;
        FetchAciOptions o = options();
        FetchContext c = context();

        (void) state;
        c.insecure = FETCH_INSECURE_IMAGE;
        assert_int_equal(
                fetch_aci_url(&c, &o, "https://example.com/aged?file=/files/app.aci", &first, NULL),
                0);
        assert_string_equal(first.etag, "\"v1\"");
        assert_int_equal(first.max_age_sec, 77);
        fetched_aci_done(&first); /* who has it keeps others waiting */
        o.known = has_first_version;
        assert_int_equal(
                fetch_aci_url(&c, &o, "https://example.com/aged?file=/files/app.aci", &again, NULL),
                0);
        assert_true(again.not_modified);
        assert_int_equal(again.fd, -EBADF);
        expect_nothing_left();
}

static void goes_on_where_it_was_cut_off(void **state) {
        static const char url[] = "https://example.com/cut?n=90000&at=1000&times=4";
        _cleanup_(fetched_aci_done) FetchedAci aci = FETCHED_ACI_NULL;
        const FetchAciOptions o = options();
        _cleanup_(strv_freep) Strv names = NULL;
        _cleanup_(freep) char *log = NULL;
        FetchContext c = context();

        (void) state;
        c.insecure = FETCH_INSECURE_IMAGE;
        assert_int_equal(fetch_aci_url(&c, &o, url, &aci, NULL), -ECONNRESET);
        assert_int_equal(dir_list(partial_fd, &names), 0);
        assert_int_equal(strv_length(names), 2);
        assert_int_equal(fetch_aci_url(&c, &o, url, &aci, NULL), 0);
        assert_int_equal(lseek(aci.fd, 0, SEEK_END), 90000);
        log = test_server_log(&dir);
        assert_non_null(strstr(log, "\"range\": \"bytes=4000-\""));
        fetched_aci_done(&aci);
        expect_nothing_left();
}

static void gives_credentials_to_their_domain_over_https_alone(void **state) {
        static const struct {
                const char *domain, *url;
                int want;
        } cases[] = {
                { "example.com", "https://example.com/basic", 0 },
                { "example.com", "http://example.com/basic", -EACCES },
                { "example.com", "https://other.com/basic", -EACCES },
                { "example.com:443", "https://example.com/basic", -EACCES },
                { "com", "https://example.com/basic", -EACCES },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_auths_done)
                        FetchAuths auths = { .items = calloc(1, sizeof(FetchAuth)), .n = 1 };
                _cleanup_(fetched_aci_done) FetchedAci aci = FETCHED_ACI_NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;
                const FetchAciOptions o = options();
                FetchContext c = context();

                print_message("# %s %s\n", cases[i].domain, cases[i].url);
                auths.items[0].domain = strdup(cases[i].domain);
                auths.items[0].user = strdup("me");
                auths.items[0].secret = strdup("secret");
                c.auths = &auths;
                c.insecure = FETCH_INSECURE_IMAGE;
                assert_int_equal(fetch_aci_url(&c, &o, cases[i].url, &aci, &e), cases[i].want);
        }
}

static void finds_and_fetches_keys(void **state) {
        static const struct {
                const char *url;
                FetchInsecure insecure;
                int want;
        } cases[] = {
                { "https://example.com/files/key.asc", 0, 0 },
                { "http://example.com/files/key.asc", 0, -EPROTONOSUPPORT },
                { "http://example.com/files/key.asc", FETCH_INSECURE_HTTP, -EPROTONOSUPPORT },
                { "http://example.com/files/key.asc", FETCH_INSECURE_PUBKEY, 0 },
                { "https://example.com/files/cut.asc", 0, -EBADMSG },
                { "https://example.com/files/app.aci", 0, -EBADMSG },
                { "https://example.com/files/none.asc", 0, -ENOENT },
                { "https://example.com/endless", 0, -EFBIG },
        };
        _cleanup_(strv_freep) Strv urls = NULL, none = NULL;
        FetchContext c = context();

        (void) state;
        assert_int_equal(fetch_discover_keys(&c, NAME, &urls, NULL), 0);
        assert_string_equal(urls[0], "https://example.com/files/key.asc");
        assert_int_equal(fetch_discover_keys(&c, "plain.example/app", &none, NULL), -ENODATA);
        c.insecure = FETCH_INSECURE_HTTP;
        assert_int_equal(fetch_discover_keys(&c, "plain.example/app", &none, NULL), -ENODATA);
        c.insecure |= FETCH_INSECURE_PUBKEY;
        assert_int_equal(fetch_discover_keys(&c, "plain.example/app", &none, NULL), 0);
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_key_freep) FetchKey *key = NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;

                print_message("# %s\n", cases[i].url);
                c.insecure = cases[i].insecure;
                assert_int_equal(fetch_key_url(&c, cases[i].url, &key, &e), cases[i].want);
                assert_int_equal(key != NULL, cases[i].want == 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(takes_from_a_url_what_was_signed_for_the_name),
                cmocka_unit_test(takes_anything_where_the_user_says_so),
                cmocka_unit_test(finds_images_by_their_names),
                cmocka_unit_test(waits_for_a_signature_once),
                cmocka_unit_test(takes_a_signature_from_a_file),
                cmocka_unit_test(asks_nobody_for_what_is_fresh),
                cmocka_unit_test(does_not_fetch_again_what_is_the_same),
                cmocka_unit_test(goes_on_where_it_was_cut_off),
                cmocka_unit_test(gives_credentials_to_their_domain_over_https_alone),
                cmocka_unit_test(finds_and_fetches_keys),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
