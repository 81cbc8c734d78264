/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "cleanup.h"

#define DIRECTORY "hosts/"
#include "nss-rkt.c"

#define UUID "fcfe26f9-3319-41b4-a02b-2ad566843036\n"

static void write_file(const char *name, const char *text) {
        char path[sizeof(DIRECTORY) + NAME_MAX_LENGTH];
        _cleanup_(fd_closep) int fd = -EBADF;

        (void) snprintf(path, sizeof(path), DIRECTORY "%s", name);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int prepare(void **state) {
        char work[] = "/tmp/test-nss-XXXXXX";

        (void) state;
        return !mkdtemp(work) || chdir(work) < 0 || mkdir("hosts", 0755) < 0 ? -1 : 0;
}

static int clean(void **state) {
        static const char *const names[] = { "both", "four", "blank", "empty", "noise",
                                             "many", "link", "fifo",  "dir" };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(names); i++) {
                char path[sizeof(DIRECTORY) + NAME_MAX_LENGTH];

                (void) snprintf(path, sizeof(path), DIRECTORY "%s", names[i]);
                (void) remove(path);
        }
        return rmdir("hosts");
}

static void finds_addresses_of_a_family(void **state) {
        struct hostent host;
        char buffer[1024], text[INET6_ADDRSTRLEN];
        int number = 0, why = 0;

        (void) state;
        write_file("both", UUID "10.0.0.1\nfd00::1\n10.0.0.2\n");
        write_file("four", UUID "10.0.0.1");
        assert_int_equal(_nss_rkt_gethostbyname2_r("both", AF_INET, &host, buffer, sizeof(buffer),
                                                   &number, &why),
                         NSS_STATUS_SUCCESS);
        assert_string_equal(host.h_name, "both");
        assert_string_equal(inet_ntop(AF_INET, host.h_addr_list[1], text, sizeof(text)),
                            "10.0.0.2");
        assert_null(host.h_addr_list[2]);
        assert_int_equal(_nss_rkt_gethostbyname2_r("both", AF_INET6, &host, buffer, sizeof(buffer),
                                                   &number, &why),
                         NSS_STATUS_SUCCESS);
        assert_string_equal(inet_ntop(AF_INET6, host.h_addr_list[0], text, sizeof(text)),
                            "fd00::1");
        assert_int_equal(_nss_rkt_gethostbyname2_r("four", AF_INET6, &host, buffer, sizeof(buffer),
                                                   &number, &why),
                         NSS_STATUS_NOTFOUND);
        assert_int_equal(why, NO_DATA);
}

/* Each length there may be, each alignment: too little is told, and nothing is written behind it. */
static void keeps_to_the_callers_memory(void **state) {
        bool enough = false;

        (void) state;
        for (size_t length = 0; length < 400; length++)
                for (size_t skip = 0; skip < sizeof(void *); skip++) {
                        _cleanup_(freep) char *memory = malloc(skip + length + 1);
                        struct gaih_addrtuple *first = NULL;
                        struct hostent host;
                        int number = 0, why = 0;
                        enum nss_status status = NSS_STATUS_SUCCESS;

                        memory[skip + length] = 'x';
                        status = _nss_rkt_gethostbyname4_r("both", &first, memory + skip, length,
                                                           &number, &why, NULL);
                        assert_true(status == NSS_STATUS_SUCCESS ||
                                    (status == NSS_STATUS_TRYAGAIN && number == ERANGE));
                        enough = status == NSS_STATUS_SUCCESS;
                        status = _nss_rkt_gethostbyname_r("both", &host, memory + skip, length,
                                                          &number, &why);
                        assert_true(status == NSS_STATUS_SUCCESS ||
                                    (status == NSS_STATUS_TRYAGAIN && number == ERANGE));
                        assert_int_equal(memory[skip + length], 'x');
                }
        assert_true(enough);
}

static void finds_nothing_in_what_is_no_pods(void **state) {
        static const char *const names[] = { "empty",   "noise",    "link", "fifo",
                                             "dir",     "missing",  "",     ".both",
                                             "../both", "hosts/..", "Both" };
        char long_name[NAME_MAX_LENGTH + 2] = {};

        (void) state;
        memset(long_name, 'a', sizeof(long_name) - 1);
        write_file("empty", "");
        write_file("noise", "\x01\xff 10.0.0.1\n 10.0.0.1\n10.0.0.1 \n10.0.0\n::1%lo\n");
        assert_int_equal(symlink("both", DIRECTORY "link"), 0);
        assert_int_equal(mkfifo(DIRECTORY "fifo", 0600), 0);
        assert_int_equal(mkdir(DIRECTORY "dir", 0700), 0);
        for (size_t i = 0; i <= N_ELEMENTS(names); i++) {
                struct gaih_addrtuple *first = NULL;
                char buffer[1024];
                int number = 0, why = 0;

                assert_int_equal(_nss_rkt_gethostbyname4_r(
                                         i < N_ELEMENTS(names) ? names[i] : long_name, &first,
                                         buffer, sizeof(buffer), &number, &why, NULL),
                                 NSS_STATUS_NOTFOUND);
        }
}

static void takes_no_more_than_it_has_room_for(void **state) {
        struct gaih_addrtuple *first = NULL;
        char text[FILE_MAX + 1000] = UUID, buffer[64 * 1024];
        size_t n = 0;
        int number = 0, why = 0;

        (void) state;
        for (size_t i = strlen(text); i + 9 < sizeof(text); i += 9)
                (void) strcpy(text + i, "10.0.0.1\n");
        write_file("many", text);
        write_file("blank", UUID "\n\n10.0.0.1\n");
        assert_int_equal(_nss_rkt_gethostbyname4_r("many", &first, buffer, sizeof(buffer), &number,
                                                   &why, NULL),
                         NSS_STATUS_SUCCESS);
        for (; first; first = first->next)
                n++;
        assert_int_equal(n, ADDRESSES_MAX);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_addresses_of_a_family),
                cmocka_unit_test(keeps_to_the_callers_memory),
                cmocka_unit_test(finds_nothing_in_what_is_no_pods),
                cmocka_unit_test(takes_no_more_than_it_has_room_for),
        };

        return cmocka_run_group_tests(tests, prepare, clean);
}
