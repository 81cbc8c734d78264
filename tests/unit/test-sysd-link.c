/* SPDX-License-Identifier: Apache-2.0 */
#include "sysd-link.h"

#include <signal.h>

#include "test-host.h"
#include "text.h"

#define UNIT "rkt-pod-app.service"
#define OTHER "rkt-pod-other.service"

static const FakeState active = { .active_state = "active" };
static const FakeState failed = {
        .active_state = "failed", .result = "exit-code", .main_code = CLD_EXITED, .main_status = 3
};

typedef struct Story {
        char *text; /* what was told, one a line */
        bool broken, whole, ended;
} Story;

static void tell(Story *story, const char *words) {
        _cleanup_(freep) char *before = story->text;

        assert_true(asprintf(&story->text, "%s%s\n", before ? before : "", words) > 0);
}

static void on_link(bool whole, void *userdata) {
        Story *story = userdata;

        tell(story, whole ? "whole" : "broken");
        *(whole ? &story->whole : &story->broken) = true;
}

static void on_unit(const SysdUnitReport *report, void *userdata) {
        Story *story = userdata;

        tell(story, report->gone ? "gone" : report->active_state ? report->active_state : "result");
        story->ended = story->ended || report->gone || text_equal(report->active_state, "failed");
}

static SysdLink *link_to(const TestHost *host, Story *story) {
        SysdLink *link = NULL;

        assert_int_equal(sysd_link_new(host->event, on_link, story, &link, NULL), 0);
        return link;
}

static void follow(SysdLink *link, const char *unit, Story *story) {
        assert_int_equal(sysd_link_follow(link, unit, on_unit, story), 0);
}

/* All that was sent before has arrived at the fake. */
static void settle(SysdLink *link) {
        (void) sd_bus_call_method(sysd_link_bus(link), SYSD_SERVICE, SYSD_PATH, SYSD_MANAGER,
                                  "RefUnit", NULL, NULL, "s", "none.service");
}

static void cannot_begin_without_a_bus(void **state) {
        const TestHost *host = *state;
        _cleanup_(error_done) Error e = ERROR_NULL;
        SysdLink *link = NULL;

        fake_hang_up(host->fake, true);
        assert_int_equal(sysd_link_new(host->event, on_link, NULL, &link, &e), -ENOENT);
        assert_null(link);
        fake_listen(host->fake);
}

static void a_restart_of_the_bus_is_survived(void **state) {
        const TestHost *host = *state;
        Story story = {};
        SysdLink *link = link_to(host, &story);

        fake_set_unit_quietly(host->fake, UNIT, &active);
        follow(link, UNIT, &story);
        settle(link);
        fake_hang_up(host->fake, false);
        run_until(host->event, &story.broken);
        assert_null(sysd_link_bus(link));
        run_until(host->event, &story.whole);
        assert_non_null(sysd_link_bus(link));
        assert_string_equal(story.text, "broken\nactive\nwhole\n");
        assert_int_equal(fake_count(host->fake, "Subscribe"), 2);

        /* and what happens then is told as before */
        fake_set_unit(host->fake, UNIT, &failed);
        run_until(host->event, &story.ended);
        assert_string_equal(story.text, "broken\nactive\nwhole\nresult\nfailed\n");
        sysd_link_free(link);
        free(story.text);
}

static void what_happened_meanwhile_is_told_before_the_link_is_whole(void **state) {
        const TestHost *host = *state;
        Story story = {};
        SysdLink *link = link_to(host, &story);

        fake_set_unit_quietly(host->fake, UNIT, &active);
        fake_set_unit_quietly(host->fake, OTHER, &active);
        follow(link, UNIT, &story);
        follow(link, OTHER, &story);
        settle(link);
        fake_hang_up(host->fake, true);
        run_until(host->event, &story.broken);
        fake_set_unit_quietly(host->fake, UNIT, &failed);
        fake_forget_unit(host->fake, OTHER);
        fake_listen(host->fake);
        run_until(host->event, &story.whole);
        assert_non_null(strstr(story.text, "failed\n"));
        assert_non_null(strstr(story.text, "gone\n"));
        assert_true(text_ends_with(story.text, "whole\n"));
        sysd_link_free(link);
        free(story.text);
}

/* The bus is back before the manager is. */
static void waits_for_the_manager_too(void **state) {
        const TestHost *host = *state;
        Story story = {};
        SysdLink *link = link_to(host, &story);
        uint64_t until = 0;

        fake_set_unit_quietly(host->fake, UNIT, &active);
        follow(link, UNIT, &story);
        settle(link);
        fake_leave_bus(host->fake, true);
        fake_hang_up(host->fake, false);
        run_until(host->event, &story.broken);
        for (until = test_now_usec() + 300000; test_now_usec() < until;)
                assert_true(sd_event_run(host->event, 50000) >= 0);
        assert_string_equal(story.text, "broken\n");
        assert_null(sysd_link_bus(link));
        fake_leave_bus(host->fake, false);
        run_until(host->event, &story.whole);
        assert_string_equal(story.text, "broken\nactive\nwhole\n");
        sysd_link_free(link);
        free(story.text);
}

static void breaks_as_often_as_it_must(void **state) {
        const TestHost *host = *state;
        Story story = {};
        SysdLink *link = link_to(host, &story);

        fake_set_unit_quietly(host->fake, UNIT, &active);
        follow(link, UNIT, &story);
        for (unsigned i = 0; i < 5; i++) {
                story.broken = story.whole = false;
                fake_hang_up(host->fake, i % 2);
                run_until(host->event, &story.broken);
                if (i % 2)
                        fake_listen(host->fake);
                run_until(host->event, &story.whole);
        }
        sysd_link_free(link);
        free(story.text);
}

/* Breaking again while it is being mended is told once. */
static void a_break_within_a_break_is_none(void **state) {
        const TestHost *host = *state;
        Story story = {};
        SysdLink *link = link_to(host, &story);

        fake_set_unit_quietly(host->fake, UNIT, &active);
        follow(link, UNIT, &story);
        settle(link);
        fake_forget_calls(host->fake);
        fake_refuse(host->fake, "GetAll", UNIT, NULL, NULL); /* never answered */
        fake_hang_up(host->fake, false);
        while (fake_count(host->fake, "GetAll") == 0)
                assert_true(sd_event_run(host->event, 10000) >= 0);
        fake_hang_up(host->fake, false);
        run_until(host->event, &story.whole);
        assert_string_equal(story.text, "broken\nactive\nwhole\n");
        sysd_link_free(link);
        free(story.text);
}

static void a_reload_makes_it_look_again(void **state) {
        const TestHost *host = *state;
        Story story = {};
        SysdLink *link = link_to(host, &story);

        fake_set_unit_quietly(host->fake, UNIT, &active);
        follow(link, UNIT, &story);
        settle(link);
        fake_set_unit_quietly(host->fake, UNIT, &failed);
        fake_reload(host->fake);
        run_until(host->event, &story.ended);
        assert_string_equal(story.text, "failed\n");
        assert_non_null(sysd_link_bus(link));
        sysd_link_free(link);
        free(story.text);
}

/* The manager is gone again when it is asked. */
static void an_answer_that_fails_after_a_reload_is_asked_for_again(void **state) {
        const TestHost *host = *state;
        Story story = {};
        SysdLink *link = link_to(host, &story);

        fake_set_unit_quietly(host->fake, UNIT, &active);
        follow(link, UNIT, &story);
        settle(link);
        fake_set_unit_quietly(host->fake, UNIT, &failed);
        fake_refuse(host->fake, "GetAll", NULL, SD_BUS_ERROR_NO_REPLY, "gone");
        fake_reload(host->fake);
        run_until(host->event, &story.ended);
        assert_string_equal(story.text, "failed\n");
        sysd_link_free(link);
        free(story.text);
}

static void nothing_can_be_followed_while_it_is_broken(void **state) {
        const TestHost *host = *state;
        Story story = {};
        SysdLink *link = link_to(host, &story);

        fake_hang_up(host->fake, true);
        run_until(host->event, &story.broken);
        assert_int_equal(sysd_link_follow(link, UNIT, on_unit, &story), -ENOTCONN);
        fake_listen(host->fake);
        run_until(host->event, &story.whole); /* which is soon, with nothing to learn */
        assert_int_equal(sysd_link_follow(link, UNIT, on_unit, &story), 0);
        sysd_link_free(link);
        free(story.text);
}

static void one_that_is_followed_no_more_tells_nothing(void **state) {
        const TestHost *host = *state;
        Story kept = {}, dropped = {};
        SysdLink *link = link_to(host, &kept);

        fake_set_unit_quietly(host->fake, UNIT, &active);
        follow(link, UNIT, &dropped);
        follow(link, UNIT, &kept);
        settle(link);
        sysd_link_unfollow(link, &dropped);
        fake_set_unit_quietly(host->fake, UNIT, &failed);
        fake_reload(host->fake);
        run_until(host->event, &kept.ended);
        assert_string_equal(kept.text, "failed\n");
        assert_null(dropped.text);
        sysd_link_free(link);
        free(kept.text);
}

static void can_be_freed_in_any_state(void **state) {
        const TestHost *host = *state;

        for (unsigned i = 0; i < 3; i++) {
                Story story = {};
                SysdLink *link = link_to(host, &story);

                fake_set_unit_quietly(host->fake, UNIT, &active);
                follow(link, UNIT, &story);
                if (i > 0)
                        fake_hang_up(host->fake, i > 1);
                if (i > 0)
                        run_until(host->event, &story.broken);
                sysd_link_free(link);
                if (i > 1)
                        fake_listen(host->fake);
                assert_true(sd_event_run(host->event, 1000) >= 0);
                free(story.text);
        }
        assert_null(sysd_link_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                test_on_host(cannot_begin_without_a_bus),
                test_on_host(a_restart_of_the_bus_is_survived),
                test_on_host(what_happened_meanwhile_is_told_before_the_link_is_whole),
                test_on_host(waits_for_the_manager_too),
                test_on_host(breaks_as_often_as_it_must),
                test_on_host(a_break_within_a_break_is_none),
                test_on_host(a_reload_makes_it_look_again),
                test_on_host(an_answer_that_fails_after_a_reload_is_asked_for_again),
                test_on_host(nothing_can_be_followed_while_it_is_broken),
                test_on_host(one_that_is_followed_no_more_tells_nothing),
                test_on_host(can_be_freed_in_any_state),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
