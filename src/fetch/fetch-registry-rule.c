/* SPDX-License-Identifier: Apache-2.0 */

/* The part of fetch-auth.h about the kind "registry". */

#include "fetch-auth.h"
#include "fetch-discovery.h"
#include "oci-reference.h"

typedef struct Document {
        Strv prefixes;
        FetchRegistryRule rule;
} Document;

static void rule_done(FetchRegistryRule *rule) {
        free(rule->prefix);
        free(rule->lookaside);
        strv_free(rule->mirrors);
        strv_free(rule->token_hosts);
        *rule = (FetchRegistryRule){};
}

static void document_done(Document *document) {
        strv_free(document->prefixes);
        rule_done(&document->rule);
}

void fetch_registry_rules_done(FetchRegistryRules *rules) {
        for (size_t i = 0; i < rules->n; i++)
                rule_done(&rules->items[i]);
        free(rules->items);
        *rules = (FetchRegistryRules){};
}

const FetchRegistryRule *fetch_registry_rules_find(const FetchRegistryRules *rules,
                                                   const char *place) {
        const FetchRegistryRule *best = NULL;

        for (size_t i = 0; i < rules->n; i++)
                if (fetch_prefix_matches(rules->items[i].prefix, place) &&
                    (!best || strlen(rules->items[i].prefix) > strlen(best->prefix)))
                        best = &rules->items[i];
        return best;
}

static FetchRegistryRule *find_exact(FetchRegistryRules *rules, const char *prefix) {
        for (size_t i = 0; i < rules->n; i++)
                if (text_equal(rules->items[i].prefix, prefix))
                        return &rules->items[i];
        return NULL;
}

/* Takes what @rule owns, in every case. */
static int push(FetchRegistryRules *rules, FetchRegistryRule *rule) {
        FetchRegistryRule *grown =
                reallocarray(rules->items, rules->n + 1, sizeof(FetchRegistryRule));

        if (!grown) {
                rule_done(rule);
                return -ENOMEM;
        }
        rules->items = grown;
        grown[rules->n++] = struct_take(rule);
        return 0;
}

int fetch_registry_rules_override(FetchRegistryRules *rules, FetchRegistryRules *later) {
        int r = 0;

        for (size_t i = 0; i < later->n && r >= 0; i++) {
                FetchRegistryRule *old = find_exact(rules, later->items[i].prefix);

                if (!old) {
                        r = push(rules, &later->items[i]);
                        continue;
                }
                rule_done(old);
                *old = struct_take(&later->items[i]);
        }
        return r;
}

/* "docker.io" is how people call what answers under another name. */
static char *canonical(const char *prefix) {
        const char *rest = text_after(prefix, "docker.io");
        char *text = NULL;

        if (!rest || (*rest != '\0' && *rest != '/'))
                return strdup(prefix);
        return asprintf(&text, "%s%s", OCI_REGISTRY_DEFAULT, rest) < 0 ? NULL : text;
}

/* "HOST[:PORT][/PATH]": what an image's name could begin with. */
static int check_place(const char *place, Error *e) {
        _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;
        _cleanup_(freep) char *name = NULL;
        size_t n = strcspn(place, "/");

        if (asprintf(&name, "%s/x", place) < 0) {
                name = NULL;
                return -ENOMEM;
        }
        if (oci_reference_parse(name, &reference, NULL) < 0 || !reference.tag ||
            (!memchr(place, '.', n) && !memchr(place, ':', n) &&
             strncmp(place, "localhost", n) != 0))
                return error_new(e, -EINVAL, "\"%s\" is no registry, nor a part of one", place);
        return 0;
}

static int check_document(const Document *document, Error *e) {
        const char *lookaside = document->rule.lookaside;
        int r = 0;

        if (strv_length(document->prefixes) == 0)
                return error_new(e, -EINVAL, "no registries specified");
        for (char **place = document->prefixes; *place && r >= 0; place++)
                r = check_place(*place, e);
        for (char **place = document->rule.mirrors; place && *place && r >= 0; place++)
                r = check_place(*place, e);
        if (r >= 0 && lookaside && !text_after(lookaside, "https://") &&
            !text_after(lookaside, "http://") && !text_after(lookaside, "file:///"))
                r = error_new(e, -EINVAL,
                              "lookaside \"%s\" is neither a URL with https or http nor "
                              "file:///DIRECTORY",
                              lookaside);
        return r;
}

static int
add(FetchRegistryRules *rules, const FetchRegistryRule *model, const char *place, Error *e) {
        FetchRegistryRule rule = { .prefix = canonical(place), .insecure = model->insecure };
        int r = rule.prefix ? 0 : -ENOMEM;

        if (r >= 0 && find_exact(rules, rule.prefix)) {
                r = error_new(e, -EEXIST, "registry \"%s\" is already specified", place);
        } else if (r >= 0) {
                rule.lookaside = model->lookaside ? strdup(model->lookaside) : NULL;
                r = model->lookaside && !rule.lookaside ? -ENOMEM : 0;
        }
        if (r >= 0)
                r = strv_copy(model->mirrors, &rule.mirrors);
        if (r >= 0)
                r = strv_copy(model->token_hosts, &rule.token_hosts);
        if (r < 0) {
                rule_done(&rule);
                return r;
        }
        return push(rules, &rule);
}

int fetch_registry_rules_read(const Json *document, FetchRegistryRules *rules, Error *e) {
        static const JsonField fields[] = {
                { "registries", json_read_strv, offsetof(Document, prefixes), 0 },
                { "lookaside", json_read_string, offsetof(Document, rule.lookaside), JSON_NULL_OK },
                { "mirrors", json_read_strv, offsetof(Document, rule.mirrors), 0 },
                { "tokenHosts", json_read_strv, offsetof(Document, rule.token_hosts), 0 },
                { "insecure", json_read_bool, offsetof(Document, rule.insecure), JSON_NULL_OK },
                {},
        };
        _cleanup_(document_done) Document read = {};
        int r = json_read_object(document, fields, &read, e);

        if (r >= 0)
                r = check_document(&read, e);
        for (char **place = read.prefixes; r >= 0 && place && *place; place++)
                r = add(rules, &read.rule, *place, e);
        return r;
}

static void write_strv(JsonWriter *w, const char *key, char *const *list) {
        if (!list)
                return;
        json_write_key(w, key);
        json_write_strv(w, list);
}

void fetch_registry_rules_write(JsonWriter *w, const FetchRegistryRules *rules) {
        for (size_t i = 0; i < rules->n; i++) {
                const FetchRegistryRule *rule = &rules->items[i];

                json_write_begin(w, '{');
                json_write_member_string(w, "rktVersion", "v1");
                json_write_member_string(w, "rktKind", "registry");
                json_write_key(w, "registries");
                json_write_strv(w, (char *const[]){ rule->prefix, NULL });
                if (rule->lookaside)
                        json_write_member_string(w, "lookaside", rule->lookaside);
                write_strv(w, "mirrors", rule->mirrors);
                write_strv(w, "tokenHosts", rule->token_hosts);
                if (rule->insecure)
                        json_write_member_bool(w, "insecure", true);
                json_write_end(w, '}');
        }
}
