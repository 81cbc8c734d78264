/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "fetch-html.h"
#include "text.h"

static int collect(const char *name, const char *content, void *userdata, Error *e) {
        (void) e;
        return strv_appendf(userdata, "%s=%s", name, content);
}

/* All tags as "name=content|name=content". */
static char *found(const char *html) {
        _cleanup_(strv_freep) Strv list = NULL;

        assert_int_equal(fetch_html_metas(html, strlen(html), collect, &list, NULL), 0);
        return strv_join(list, "|");
}

static void finds_meta_tags(void **state) {
        static const struct {
                const char *html, *want;
        } cases[] = {
                { "<meta name=\"a\" content=\"b c\">", "a=b c" },
                { "<meta name='a' content='b'/>", "a=b" },
                { "<meta name=a content=b>", "a=b" },
                { "<META NAME=a CONTENT=b>", "a=b" },
                { "<meta content=b name=a>", "a=b" },
                { "<meta\n\tname = \"a\"\r\n content\f=\n'b' >", "a=b" },
                { "<meta/name=\"a\"/content=b>", "a=b" },
                { "<meta name=a content=b/>", "a=b/" },
                { "x<p>y<meta name=a content=b>z</p><meta name=c content=d>", "a=b|c=d" },
                { "<html><head><meta name=a content=b></head>", "a=b" },
                { "<meta name=a content=\" b \">", "a=b" },
                { "<meta name=a content=\"x > y\">", "a=x > y" },
                { "<meta name=a content=\"it's\">", "a=it's" },
                { "<meta name=a content=\"p&amp;q&lt;&gt;&quot;&apos;&#123;&#x7d;\">",
                  "a=p&q<>\"'{}" },
                { "<meta name=a content=\"&nbsp;&amp&#0;&#10;&#999999;&#x;&\">",
                  "a=&nbsp;&amp&#0;&#10;&#999999;&#x;&" },
                { "<meta name=a content=b name=c content=d>", "a=b" },
                { "<meta property=p name=a content=b itemprop>", "a=b" },
                { "<!doctype html><!-- c --><meta name=a content=b>", "a=b" },
                { "< meta name=x content=y><meta name=a content=b>", "a=b" },
                { "<<meta name=a content=b>", "a=b" },
                { "<p title=\"<meta name=x content=y>\"><meta name=a content=b>", "a=b" },
                { "<script>'<meta name=x content=y>'</script><meta name=a content=b>", "a=b" },
                { "<SCRIPT src=x></p><meta name=x content=y></Script ><meta name=a content=b>",
                  "a=b" },
                { "<title></titles><meta name=x content=y></title><meta name=a content=b>", "a=b" },
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *list = NULL;

                print_message("# %s\n", cases[i].html);
                list = found(cases[i].html);
                assert_string_equal(list, cases[i].want);
        }
}

static void passes_over_what_is_none(void **state) {
        static const char *const cases[] = {
                "",
                "<",
                "<meta",
                "<meta name=a content=b",
                "<meta name=a content=\"b>",
                "<meta name=a content=\"b\"",
                "<meta>",
                "<meta name=a/content=b>", /* all one value */
                "<meta name=a>",
                "<meta content=b>",
                "<meta name= content=b>",
                "<meta name=\"\" content=\"b\">",
                "<meta name=\" \" content=\"b\">",
                "<meta name=a content>",
                "<meta name=a content=\"\">",
                "<metal name=a content=b>",
                "<ameta name=a content=b>",
                "</meta name=a content=b>",
                "<!-- <meta name=a content=b> -->",
                "<!-- <meta name=a content=b>",
                "<!meta name=a content=b>",
                "<?meta name=a content=b>",
                "<script><meta name=a content=b>",
                "<style><meta name=a content=b></style",
                "<textarea><meta name=a content=b></textarea>",
                "&lt;meta name=a content=b&gt;",
                "meta name=a content=b>",
        };

        (void) state;
        for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
                _cleanup_(freep) char *list = NULL;

                print_message("# %s\n", cases[i]);
                list = found(cases[i]);
                assert_string_equal(list, "");
        }
}

static void ends_at_a_nul(void **state) {
        static const char html[] = "<meta name=a content=b>\0<meta name=c content=d>";
        _cleanup_(strv_freep) Strv list = NULL;

        (void) state;
        assert_int_equal(fetch_html_metas(html, sizeof(html) - 1, collect, &list, NULL), 0);
        assert_int_equal(strv_length(list), 1);
}

static void bounds_what_a_page_costs(void **state) {
        static const char tag[] = "<meta name=a content=b>";
        _cleanup_(freep) char *page = malloc(FETCH_HTML_SIZE_MAX + 1);
        _cleanup_(strv_freep) Strv list = NULL;
        size_t n = 0;

        (void) state;
        memset(page, '<', FETCH_HTML_SIZE_MAX + 1);
        assert_int_equal(fetch_html_metas(page, FETCH_HTML_SIZE_MAX + 1, collect, &list, NULL),
                         -EMSGSIZE);
        assert_int_equal(fetch_html_metas(page, FETCH_HTML_SIZE_MAX, collect, &list, NULL), 0);
        for (size_t i = 0; i <= FETCH_HTML_METAS_MAX; i++, n += strlen(tag))
                memcpy(page + n, tag, strlen(tag));
        assert_int_equal(fetch_html_metas(page, n, collect, &list, NULL), -ERANGE);
}

static int refuse(const char *name, const char *content, void *userdata, Error *e) {
        (void) name;
        (void) content;
        (void) userdata;
        (void) e;
        return -EXDEV;
}

static void hands_on_what_the_caller_refuses(void **state) {
        static const char html[] = "<meta name=a content=b>";

        (void) state;
        assert_int_equal(fetch_html_metas(html, strlen(html), refuse, NULL, NULL), -EXDEV);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_meta_tags),
                cmocka_unit_test(passes_over_what_is_none),
                cmocka_unit_test(ends_at_a_nul),
                cmocka_unit_test(bounds_what_a_page_costs),
                cmocka_unit_test(hands_on_what_the_caller_refuses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
