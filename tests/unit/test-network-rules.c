/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "cleanup.h"
#include "network-rules.h"

#define OURS "rkt-fcfe26f9-3319-41b4-a02b-2ad566843036"
#define OTHER "rkt-0e0c00aa-7242-45c1-94a1-16ed58c7041d"
#define COMMENT(id) "-m comment --comment \"name: \\\"br\\\" id: \\\"" id "\\\"\""

static void takes_away_what_is_the_containers(void **state) {
        static const struct {
                const char *saved, *want;
        } cases[] = {
                { "", NULL },
                { "*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n", NULL },
                { "*nat\n:POSTROUTING ACCEPT [0:0]\n:CNI-1 - [0:0]\n"
                  "-A POSTROUTING -s 10.7.0.3/32 " COMMENT(
                          OTHER) " -j CNI-1\n"
                                 "-A CNI-1 -d 10.7.0.0/24 " COMMENT(OTHER) " -j ACCEPT\nCOMMIT\n",
                  NULL },
                { "*nat\n:CNI-1 - [0:0]\n:CNI-2 - [0:0]\n"
                  "-A POSTROUTING -s 10.7.0.3/32 " COMMENT(
                          OTHER) " -j CNI-1\n"
                                 "-A POSTROUTING -s 10.7.0.2/32 " COMMENT(
                                         OURS) " -j CNI-2\n"
                                               "-A CNI-2 -d 10.7.0.0/24 " COMMENT(
                                                       OURS) " -j ACCEPT\n"
                                                             "-A CNI-2 ! -d 224.0.0.0/4 " COMMENT(
                                                                     OURS) " -j MASQUERADE\nCOMMIT\n",
                  "*nat\n-D POSTROUTING -s 10.7.0.2/32 " COMMENT(
                          OURS) " -j CNI-2\n"
                                "-F CNI-2\n-X CNI-2\nCOMMIT\n" },
                /* What all share is only left. */
                { "-A CNI-HOSTPORT-DNAT " COMMENT(OURS) " -j CNI-DN-1\n"
                                                        "-A CNI-DN-1 -p tcp " COMMENT(
                                                                OURS) " -j CNI-HOSTPORT-SETMARK\n",
                  "*nat\n-D CNI-HOSTPORT-DNAT " COMMENT(
                          OURS) " -j CNI-DN-1\n"
                                "-F CNI-DN-1\n-X CNI-DN-1\nCOMMIT\n" },
                /* A name that only begins so; no rule. */
                { "-A POSTROUTING " COMMENT(OURS "0") " -j CNI-3\n", NULL },
                { "# " COMMENT(OURS) " -j CNI-3\n:" OURS "\\ - [0:0]\n", NULL },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *script = NULL;

                print_message("# %s\n", cases[i].saved);
                assert_int_equal(network_rules_script(cases[i].saved, OURS, &script), 0);
                if (cases[i].want)
                        assert_string_equal(script, cases[i].want);
                else
                        assert_null(script);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(takes_away_what_is_the_containers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
