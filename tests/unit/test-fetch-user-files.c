/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-user-files.h"

#include "fetch-memory.h"
#include "test-dir.h"

static TestDir dir;

static int set_up(void **state) {
        static const char *const directories[] = {
                "home",
                "home/.docker",
                "home/.config",
                "home/.config/containers",
                "home/.config/containers/certs.d",
                "home/.config/containers/certs.d/host:5000",
                "home/.config/containers/certs.d/alone",
                "run",
                "run/containers",
        };

        (void) state;
        test_dir_open(&dir);
        for (size_t i = 0; i < N_ELEMENTS(directories); i++)
                make_dir(dir.fd, directories[i]);
        return 0;
}

static int tear_down(void **state) {
        (void) state;
        test_dir_done(&dir);
        return 0;
}

static FetchUserFiles *read_files(int want) {
        _cleanup_(strv_freep) Strv environment = NULL;
        FetchUserFiles *files = NULL;

        assert_int_equal(strv_appendf(&environment, "HOME=%s/home", dir.path), 0);
        assert_int_equal(strv_appendf(&environment, "XDG_RUNTIME_DIR=%s/run", dir.path), 0);
        assert_int_equal(strv_append(&environment, "DOCKER_CONFIG="), 0);
        assert_int_equal(fetch_user_files_new(environment, &files, NULL), want);
        return files;
}

static void reads_logins_in_their_order(void **state) {
        _cleanup_(fetch_user_files_freep) FetchUserFiles *files = NULL;
        const FetchLoginFile *logins = NULL;
        size_t n = 0;

        (void) state;
        make_file(dir.fd, "home/.docker/config.json", "docker");
        make_file(dir.fd, "elsewhere", "config");
        make_link(dir.fd, "home/.config/containers/auth.json", "../../../elsewhere");
        make_file(dir.fd, "run/containers/auth.json", "runtime");
        files = read_files(0);
        logins = fetch_user_files_logins(files, &n);
        assert_true(n >= 3); /* the machine may have one of its own */
        assert_memory_equal(logins[0].bytes, "runtime", 7);
        assert_memory_equal(logins[1].bytes, "config", 6);
        assert_memory_equal(logins[2].bytes, "docker", 6);
        assert_int_equal(logins[2].n, 6);
}

static void passes_over_what_is_no_file(void **state) {
        _cleanup_(fetch_user_files_freep) FetchUserFiles *files = NULL, *none = NULL, *bare = NULL;
        const FetchLoginFile *logins = NULL;
        char relative[] = "REGISTRY_AUTH_FILE=auth.json", *environment[] = { relative, NULL };
        size_t n = 0;

        (void) state;
        make_dir(dir.fd, "home/.docker/config.json");
        assert_int_equal(mkfifoat(dir.fd, "run/containers/auth.json", 0600), 0);
        make_link(dir.fd, "home/.config/containers/auth.json", "nowhere");
        files = read_files(0);
        logins = fetch_user_files_logins(files, &n);
        for (size_t i = 0; i < n; i++)
                assert_null(strstr(logins[i].path, dir.path));
        assert_int_equal(fetch_user_files_new(environment, &none, NULL), 0);
        assert_int_equal(fetch_user_files_new(NULL, &bare, NULL), 0);
}

static void refuses_a_file_without_end(void **state) {
        _cleanup_(fd_closep) int fd =
                openat(dir.fd, "home/.docker/config.json", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        (void) state;
        assert_int_equal(ftruncate(fd, (off_t) FETCH_DOCKER_CONFIG_SIZE_MAX + 1), 0);
        assert_null(read_files(-EFBIG));
}

static void expect_pem(int fd, const char *want) {
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;

        if (!want) {
                assert_true(fd < 0);
                return;
        }
        assert_int_equal(fetch_memory_read(fd, 1000, &text, &n), 0);
        assert_string_equal(text, want);
}

static void finds_the_certificates_of_a_host(void **state) {
        static const char *const hosts[] = { "host", "other:5000", "../alone", "",
                                             ".",    "a/b",        "HOST:5000" };
        _cleanup_(fetch_user_files_freep) FetchUserFiles *files = read_files(0);
        FetchTls tls = FETCH_TLS_NULL, again = FETCH_TLS_NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;

        (void) state;
#define CERTS "home/.config/containers/certs.d/"
        make_file(dir.fd, CERTS "host:5000/a.crt", "A");
        make_file(dir.fd, CERTS "host:5000/b.crt", "B");
        make_file(dir.fd, CERTS "host:5000/client.cert", "C");
        make_file(dir.fd, CERTS "host:5000/client.key", "K");
        make_file(dir.fd, CERTS "host:5000/notes", "N");
        make_file(dir.fd, CERTS "alone/client.cert", "C");
        assert_int_equal(fetch_user_files_tls("host:5000", &tls, files, NULL), 0);
        expect_pem(tls.authorities_fd, "A\nB\n");
        expect_pem(tls.certificate_fd, "C\n");
        expect_pem(tls.key_fd, "K\n");
        assert_int_equal(fetch_user_files_tls("host:5000", &again, files, NULL), 0);
        assert_int_equal(again.key_fd, tls.key_fd);
        for (size_t i = 0; i < N_ELEMENTS(hosts); i++) {
                assert_int_equal(fetch_user_files_tls(hosts[i], &tls, files, NULL), 0);
                expect_pem(tls.authorities_fd, NULL);
                expect_pem(tls.certificate_fd, NULL);
        }
        assert_int_equal(fetch_user_files_tls("alone", &tls, files, &e), -EINVAL);
        assert_non_null(strstr(error_cause(&e), "client.key"));
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                EACH(reads_logins_in_their_order),
                EACH(passes_over_what_is_no_file),
                EACH(refuses_a_file_without_end),
                EACH(finds_the_certificates_of_a_host),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
