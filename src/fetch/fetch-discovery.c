/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-discovery.h"

#include "fetch-html.h"

#define TEMPLATE_MAX ((size_t) 4096)
#define DEFAULT_VERSION "latest"

void fetch_discovered_done(FetchDiscovered *discovered) {
        strv_free(discovered->images);
        strv_free(discovered->signatures);
        strv_free(discovered->keys);
        *discovered = FETCH_DISCOVERED_NULL;
}

int fetch_discovery_prefixes(const char *name, Strv *ret, Error *e) {
        _cleanup_(strv_freep) Strv prefixes = NULL;
        size_t n = strlen(name);
        unsigned depth = 0;
        int r = 0;

        for (const char *p = name; *p; p++)
                depth += *p == '/';
        if (depth > FETCH_DISCOVERY_DEPTH_MAX)
                return error_new(e, -ERANGE, "name \"%s\" has more than %d parts", name,
                                 FETCH_DISCOVERY_DEPTH_MAX);
        while (r >= 0 && n > 0) {
                r = strv_appendf(&prefixes, "%.*s", (int) n, name);
                while (n > 0 && name[--n] != '/')
                        ;
        }
        if (r < 0)
                return r;
        *ret = ptr_take(&prefixes);
        return 0;
}

char *fetch_discovery_url(const char *prefix, bool secure) {
        char *url = NULL;

        return asprintf(&url, "http%s://%s?ac-discovery=1", secure ? "s" : "", prefix) < 0 ? NULL
                                                                                           : url;
}

bool fetch_prefix_matches(const char *prefix, const char *name) {
        const char *rest = text_after(name, prefix);

        return rest && (*rest == '\0' || *rest == '/' || text_ends_with(prefix, "/"));
}

/* The value for "{NAME}", or NULL. */
static const char *
value_of(const AppcReference *reference, const char *extension, const char *name, size_t n) {
        _cleanup_(freep) char *label = strndup(name, n);
        const char *value = NULL;

        if (!label)
                return NULL;
        if (text_equal(label, "name"))
                return reference->name;
        if (text_equal(label, "ext"))
                return extension;
        value = appc_pairs_get(&reference->labels, label);
        return text_is_empty(value) && text_equal(label, "version") ? DEFAULT_VERSION : value;
}

/* Returns 1 and the text; 0 when the template asks for what is not there. */
static int
fill(const char *template, const AppcReference *reference, const char *extension, char **ret) {
        _cleanup_(freep) char *text = NULL;
        _cleanup_(file_closep) FILE *out = NULL;
        size_t size = 0;

        out = open_memstream(&text, &size);
        if (!out)
                return -ENOMEM;
        while (*template) {
                size_t n = strcspn(template, "{");
                const char *end = strchr(template + n, '}');
                const char *value = NULL;

                fwrite(template, 1, n, out);
                template += n;
                if (*template == '\0')
                        break;
                if (end)
                        value = value_of(reference, extension, template + 1,
                                         (size_t) (end - template) - 1);
                if (!value)
                        return 0;
                fputs(value, out);
                template = end + 1;
        }
        if (fclose(ptr_take(&out)) != 0)
                return -ENOMEM;
        *ret = ptr_take(&text);
        return 1;
}

typedef struct Search {
        const AppcReference *reference;
        FetchDiscovered found;
} Search;

static int add_endpoint(Search *search, const char *template) {
        _cleanup_(freep) char *image = NULL, *signature = NULL;
        int r = fill(template, search->reference, "aci", &image);

        if (r > 0)
                r = fill(template, search->reference, "aci.asc", &signature);
        if (r <= 0)
                return r;
        r = strv_push(&search->found.images, ptr_take(&image));
        return r < 0 ? r : strv_push(&search->found.signatures, ptr_take(&signature));
}

/* @content is "PREFIX TEMPLATE". */
static int take_meta(const char *name, const char *content, void *userdata, Error *e) {
        Search *search = userdata;
        size_t n = strcspn(content, " \t\r\n\f");
        _cleanup_(freep) char *prefix = strndup(content, n), *rest = strdup(content + n);
        const char *template = NULL;

        (void) e;
        if (!prefix || !rest)
                return -ENOMEM;
        template = text_trim(rest);
        if (*prefix == '\0' || *template == '\0' || strlen(template) > TEMPLATE_MAX ||
            !fetch_prefix_matches(prefix, search->reference->name))
                return 0;
        if (text_equal(name, "ac-discovery"))
                return add_endpoint(search, template);
        if (text_equal(name, "ac-discovery-pubkeys"))
                return strv_append(&search->found.keys, template);
        return 0;
}

int fetch_discovery_parse(const char *html,
                          size_t n,
                          const AppcReference *reference,
                          FetchDiscovered *ret,
                          Error *e) {
        Search search = { .reference = reference };
        int r = fetch_html_metas(html, n, take_meta, &search, e);

        if (r < 0) {
                fetch_discovered_done(&search.found);
                return r;
        }
        *ret = search.found;
        return 0;
}
