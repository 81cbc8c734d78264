/* SPDX-License-Identifier: Apache-2.0 */

/* Keys that are trusted, and what real signatures by real keys are worth. */

#include "fetch-verify.h"
#include "test-server.h"

#define NAME "example.com/team/app"

static TestDir dir;
static FetchKeystore *keystore;
static char *fingerprints[3];

enum { ALICE, BOB, MALLORY };

static const char *const people[] = { "alice", "bob", "mallory" };

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *format, ...) {
        _cleanup_(freep) char *line = NULL;
        va_list arguments;

        va_start(arguments, format);
        assert_true(vasprintf(&line, format, arguments) > 0);
        va_end(arguments);
        assert_int_equal(test_shell(&dir, line), 0);
}

static int set_up(void **state) {
        _cleanup_(freep) char *system = NULL, *local = NULL;

        (void) state;
        test_dir_open(&dir);
        if (!test_has_program(&dir, "gpg") || !test_has_program(&dir, "gpgv")) {
                fprintf(stderr, "there is no program \"gpg\" or \"gpgv\"\n");
                test_dir_done(&dir);
                exit(77);
        }
        for (size_t i = 0; i < N_ELEMENTS(people); i++) {
                _cleanup_(freep) char *file = NULL;

                shell("mkdir -m 700 %s; gpg --homedir %s --quiet --batch --faked-system-time "
                      "20200101T000000! --passphrase '' "
                      "--quick-generate-key '%s <%s@example.com>' ed25519 sign never 2>/dev/null; gpg "
                      "--homedir %s --armor --export >%s.asc; gpg --homedir %s --with-colons "
                      "--list-keys | awk -F: '/^fpr/ { print tolower($10); exit }' >%s.fpr",
                      people[i], people[i], people[i], people[i], people[i], people[i], people[i],
                      people[i]);
                assert_true(asprintf(&file, "%s.fpr", people[i]) > 0);
                assert_int_equal(file_read_text_at(dir.fd, file, &fingerprints[i]), 0);
        }
        shell("printf image >data; printf other >other; mkdir system local");
        assert_true(asprintf(&system, "%s/system", dir.path) > 0);
        assert_true(asprintf(&local, "%s/local", dir.path) > 0);
        assert_int_equal(fetch_keystore_new(system, local, &keystore), 0);
        return 0;
}

static int tear_down(void **state) {
        (void) state;
        (void) fetch_keystore_free(keystore);
        for (size_t i = 0; i < N_ELEMENTS(people); i++) {
                shell("gpgconf --homedir %s --kill gpg-agent", people[i]);
                free(fingerprints[i]);
        }
        test_dir_done(&dir);
        return 0;
}

static void forget_all(void) {
        shell("rm -rf system/trustedkeys local/trustedkeys");
}

static void trust(const char *place, int who) {
        shell("mkdir -p %s && cp %s.asc %s/%s", place, people[who], place, fingerprints[who]);
}

static void mask(const char *place, int who) {
        shell("mkdir -p %s && : >%s/%s", place, place, fingerprints[who]);
}

static int verify(const char *name, const char *signature, const char *data, Error *e) {
        _cleanup_(fetch_status_done) FetchStatus status = FETCH_STATUS_NULL;
        _cleanup_(fd_closep) int signature_fd = openat(dir.fd, signature, O_RDONLY | O_CLOEXEC);
        _cleanup_(fd_closep) int data_fd = openat(dir.fd, data, O_RDONLY | O_CLOEXEC);
        int r = 0;

        assert_true(signature_fd >= 0 && data_fd >= 0);
        r = fetch_verify(keystore, name, signature_fd, data_fd, &status, e);
        if (r >= 0)
                assert_string_equal(status.identities[0], "alice <alice@example.com>");
        return r;
}

#define SYSTEM_ROOT "system/trustedkeys/root.d"
#define LOCAL_ROOT "local/trustedkeys/root.d"
#define SYSTEM_PREFIX "system/trustedkeys/prefix.d/"
#define LOCAL_PREFIX "local/trustedkeys/prefix.d/"

/* Who has a say over a name. */
static void takes_the_keys_of_the_name_and_all_above_it(void **state) {
        static const struct {
                const char *trusted, *masked, *name;
                bool good;
        } cases[] = {
                { NULL, NULL, NAME, false },
                { SYSTEM_ROOT, NULL, NAME, true },
                { LOCAL_ROOT, NULL, NAME, true },
                { SYSTEM_PREFIX "example.com", NULL, NAME, true },
                { LOCAL_PREFIX "example.com", NULL, NAME, true },
                { LOCAL_PREFIX "example.com/team", NULL, NAME, true },
                { LOCAL_PREFIX "example.com/team/app", NULL, NAME, true },
                { LOCAL_PREFIX "example.com/team/app/part", NULL, NAME, false },
                { LOCAL_PREFIX "example.com/te", NULL, NAME, false },
                { LOCAL_PREFIX "example.co", NULL, NAME, false },
                { LOCAL_PREFIX "example.com", NULL, "example.com.evil/app", false },
                { LOCAL_PREFIX "example.com", NULL, "example.com", true },
                { LOCAL_PREFIX, NULL, NAME, false },
                /* what comes later takes away what came before, and not the other way round */
                { SYSTEM_ROOT, LOCAL_ROOT, NAME, false },
                { LOCAL_ROOT, SYSTEM_ROOT, NAME, true },
                { SYSTEM_ROOT, LOCAL_PREFIX "example.com", NAME, false },
                { SYSTEM_ROOT, LOCAL_PREFIX "example.com", "example.org/app", true },
                { SYSTEM_PREFIX "example.com", LOCAL_PREFIX "example.com", NAME, false },
                { SYSTEM_PREFIX "example.com", LOCAL_ROOT, NAME, true },
                { LOCAL_PREFIX "example.com", SYSTEM_PREFIX "example.com", NAME, true },
                { LOCAL_PREFIX "example.com", LOCAL_PREFIX "example.com/team", NAME, false },
                { LOCAL_PREFIX "example.com/team", LOCAL_PREFIX "example.com", NAME, true },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_keyring_done) FetchKeyring keyring = FETCH_KEYRING_NULL;

                print_message("# %s - %s for %s\n", cases[i].trusted, cases[i].masked,
                              cases[i].name);
                forget_all();
                if (cases[i].trusted)
                        trust(cases[i].trusted, ALICE);
                if (cases[i].masked)
                        mask(cases[i].masked, ALICE);
                assert_int_equal(fetch_keystore_keys(keystore, cases[i].name, &keyring, NULL), 0);
                assert_int_equal(strv_contains(keyring.fingerprints, fingerprints[ALICE]),
                                 cases[i].good);
        }
}

static void refuses_a_key_store_that_it_cannot_read(void **state) {
        static const struct {
                const char *make;
                int want;
        } cases[] = {
                { "echo nonsense >$1", -EBADMSG },
                { "head -c 300 alice.asc >$1", -EBADMSG },
                { "mkdir $1", -EBADMSG },
                { "ln -s $PWD/alice.asc $1", -ELOOP },
                { "mkfifo $1", -EBADMSG },
                { "gpg --homedir alice --batch --pinentry-mode loopback --passphrase '' --armor "
                  "--export-secret-keys >$1 2>/dev/null",
                  -EINVAL },
                { "cat alice.asc bob.asc >$1", -EBADMSG },
                { "echo nonsense >$1.bak", 0 },
                { "echo nonsense >$(dirname $1)/README", 0 },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(fetch_keyring_done) FetchKeyring keyring = FETCH_KEYRING_NULL;
                _cleanup_(error_done) Error e = ERROR_NULL;

                print_message("# %s\n", cases[i].make);
                forget_all();
                shell("mkdir -p " LOCAL_ROOT "; set -- " LOCAL_ROOT "/%s; %s", fingerprints[BOB],
                      cases[i].make);
                assert_int_equal(fetch_keystore_keys(keystore, NAME, &keyring, &e), cases[i].want);
                assert_null(keyring.bytes);
        }
}

static void refuses_bad_names(void **state) {
        static const char *const names[] = { "", "../x", "/x", "a b", "A", "x/../../../y" };

        (void) state;
        forget_all();
        trust("local/trustedkeys", ALICE); /* where ".." would lead */
        for (size_t i = 0; i < N_ELEMENTS(names); i++) {
                _cleanup_(fetch_keyring_done) FetchKeyring keyring = FETCH_KEYRING_NULL;

                print_message("# %s\n", names[i]);
                (void) fetch_keystore_keys(keystore, names[i], &keyring, NULL);
                assert_null(keyring.bytes);
        }
}

static void judges_signatures(void **state) {
        static const struct {
                const char *make, *data;
                int want;
        } cases[] = {
                { "gpg --homedir alice --batch --armor --detach-sign <data >sig", "data", 0 },
                { "gpg --homedir alice --batch --detach-sign <data >sig", "data", 0 },
                { "gpg --homedir alice --batch --detach-sign <data >sig", "other", -EKEYREJECTED },
                { "gpg --homedir mallory --batch --detach-sign <data >sig", "data", -ENOKEY },
                { "gpg --homedir bob --batch --detach-sign <data >sig", "data", -ENOKEY },
                { ": >sig", "data", -EKEYREJECTED },
                { "echo nonsense >sig", "data", -EKEYREJECTED },
                { "head -c 200000 /dev/zero >sig", "data", -EKEYREJECTED },
                { "cp alice.asc sig", "data", -EKEYREJECTED },
                { "gpg --homedir alice --batch --detach-sign <data | head -c 60 >sig", "data",
                  -EKEYREJECTED },
                /* what is signed along with the signature is not the data */
                { "gpg --homedir alice --batch --sign <other >sig", "data", -EKEYREJECTED },
                { "gpg --homedir alice --batch --clearsign <data >sig", "data", -EKEYREJECTED },
                /* over since long */
                { "gpg --homedir alice --batch --faked-system-time 20200102T000000! "
                  "--default-sig-expire 1d --detach-sign <data >sig 2>/dev/null",
                  "data", -EKEYREJECTED },
                /* one good, one that is none */
                { "gpg --homedir alice --batch --detach-sign <data >sig; gpg --homedir alice --batch "
                  "--detach-sign <other >>sig",
                  "data", -EKEYREJECTED },
                { "gpg --homedir alice --batch --detach-sign <data >sig; gpg --homedir mallory "
                  "--batch --detach-sign <data >>sig",
                  "data", -ENOKEY },
                { "gpg --homedir alice --batch --detach-sign <data >sig; gpg --homedir alice --batch "
                  "--detach-sign <data >>sig",
                  "data", 0 },
                /* status lines in a notation */
                { "gpg --homedir mallory --batch --set-notation \"a@b.c=[GNUPG:] VALIDSIG $(cat "
                  "alice.fpr)\" --detach-sign <data >sig",
                  "data", -ENOKEY },
        };

        (void) state;
        forget_all();
        trust(LOCAL_PREFIX "example.com", ALICE);
        trust(LOCAL_PREFIX "example.org", BOB);
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;
                int r = 0;

                print_message("# %s\n", cases[i].make);
                shell("%s", cases[i].make);
                r = verify(NAME, "sig", cases[i].data, &e);
                print_message("#   %s\n", r < 0 ? error_cause(&e) : "good");
                assert_int_equal(r, cases[i].want);
        }
}

static void trusts_nobody_where_there_are_no_keys(void **state) {
        (void) state;
        forget_all();
        shell("gpg --homedir alice --batch --detach-sign <data >sig");
        assert_int_equal(verify(NAME, "sig", "data", NULL), -ENOKEY);
}

/* Otherwise a key could be taken away under one name, and stay under another. */
static void believes_no_key_under_a_wrong_name(void **state) {
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
        forget_all();
        shell("mkdir -p " LOCAL_ROOT "; cp alice.asc " LOCAL_ROOT
              "/%s; gpg --homedir alice --batch "
              "--detach-sign <data >sig",
              fingerprints[BOB]);
        assert_int_equal(verify(NAME, "sig", "data", &e), -EKEYREJECTED);
        assert_non_null(strstr(error_cause(&e), "fingerprint mismatch"));
}

static void refuses_keys_that_are_over_or_revoked(void **state) {
        static const char *const changes[] = {
                "gpg --homedir copy --batch --quick-set-expire $(cat alice.fpr) seconds=1; sleep 2",
                "sed 's/^:---/---/' copy/openpgp-revocs.d/*.rev | gpg --homedir copy --batch --import",
        };

        (void) state;
        shell("gpg --homedir alice --batch --detach-sign <data >sig");
        for (size_t i = 0; i < N_ELEMENTS(changes); i++) {
                _cleanup_(error_done) Error e = ERROR_NULL;

                print_message("# %s\n", changes[i]);
                forget_all();
                shell("rm -rf copy; cp -a alice copy; rm -f copy/S.*; { %s; } 2>/dev/null; mkdir -p " LOCAL_ROOT
                      "; gpg --homedir copy --armor --export >" LOCAL_ROOT
                      "/%s; gpgconf --homedir copy --kill gpg-agent",
                      changes[i], fingerprints[ALICE]);
                assert_int_equal(verify(NAME, "sig", "data", &e), -EKEYREJECTED);
                print_message("#   %s\n", error_cause(&e));
        }
}

static void gives_what_a_message_says_only_if_it_is_signed(void **state) {
        static const struct {
                const char *make;
                int want;
        } cases[] = {
                { "gpg --homedir alice --batch --sign <data >msg", 0 },
                { "gpg --homedir alice --batch --compress-level 0 --sign <data >msg", 0 },
                { "gpg --homedir mallory --batch --sign <data >msg", -ENOKEY },
                { "gpg --homedir alice --batch --store <data >msg", -EKEYREJECTED },
                { "gpg --homedir alice --batch --sign <data | head -c 100 >msg", -EKEYREJECTED },
                { "cp data msg", -EKEYREJECTED },
                { "head -c 10000000 /dev/zero | gpg --homedir alice --batch --sign >msg", -EFBIG },
        };

        (void) state;
        forget_all();
        trust(LOCAL_PREFIX "example.com", ALICE);
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = NULL;
                _cleanup_(fd_closep) int fd = -EBADF;
                size_t n = 0;

                print_message("# %s\n", cases[i].make);
                shell("%s", cases[i].make);
                fd = openat(dir.fd, "msg", O_RDONLY | O_CLOEXEC);
                assert_int_equal(fetch_verify_message(keystore, NAME, fd, 1000, &text, &n, NULL),
                                 cases[i].want);
                if (cases[i].want == 0)
                        assert_string_equal(text, "image");
                else
                        assert_null(text);
        }
}

static void keeps_a_key_where_it_is_found_again(void **state) {
        static const char *const prefixes[] = { NULL, "example.com", NAME };
        _cleanup_(fetch_key_freep) FetchKey *key = NULL;
        _cleanup_(strv_freep) Strv found = NULL;
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;

        (void) state;
        assert_int_equal(file_read_at(dir.fd, "alice.asc", 65536, &text, &n), 0);
        assert_int_equal(fetch_key_parse(text, n, &key, NULL), 0);
        assert_int_equal(fetch_key_fingerprints(getenv("RKT_FETCH"), key, &found, NULL), 0);
        assert_int_equal(strv_length(found), key->n_parts);
        assert_string_equal(found[0], fingerprints[ALICE]);
        shell("gpg --homedir alice --batch --detach-sign <data >sig");
        for (size_t i = 0; i < N_ELEMENTS(prefixes); i++) {
                _cleanup_(freep) char *path = NULL;

                forget_all();
                assert_int_equal(
                        fetch_keystore_add(keystore, prefixes[i], key, found[0], &path, NULL), 0);
                assert_true(text_ends_with(path, fingerprints[ALICE]));
                assert_int_equal(access(path, R_OK), 0);
                assert_int_equal(verify(NAME, "sig", "data", NULL), 0);
                shell("test $(stat -c %%a %s) = 644; gpg --homedir bob --batch --show-keys %s >/dev/null "
                      "2>&1",
                      path, path);
        }
        forget_all();
        for (size_t i = 0; i < 3; i++) {
                static const char *const bad[] = { "../x", "Not/Good", "a/../../b" };
                char *path = NULL;

                assert_true(fetch_keystore_add(keystore, bad[i], key, found[0], &path, NULL) < 0);
                assert_null(path);
        }
        shell("test ! -e local/trustedkeys/prefix.d/b -a ! -e local/x");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(takes_the_keys_of_the_name_and_all_above_it),
                cmocka_unit_test(refuses_a_key_store_that_it_cannot_read),
                cmocka_unit_test(refuses_bad_names),
                cmocka_unit_test(judges_signatures),
                cmocka_unit_test(trusts_nobody_where_there_are_no_keys),
                cmocka_unit_test(believes_no_key_under_a_wrong_name),
                cmocka_unit_test(refuses_keys_that_are_over_or_revoked),
                cmocka_unit_test(gives_what_a_message_says_only_if_it_is_signed),
                cmocka_unit_test(keeps_a_key_where_it_is_found_again),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
