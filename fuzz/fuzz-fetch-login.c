/* SPDX-License-Identifier: Apache-2.0 */

/* Where credentials come from: docker's and containers' files, what helpers and token servers
 * answer, and the configuration's own documents. */

#include <stdio.h>

#include "fetch-auth.h"
#include "fetch-docker-config.h"
#include "fetch-token.h"
#include "fuzz.h"

static void use_login(const FetchLogin *login) {
        switch (login->kind) {
        case FETCH_LOGIN_PASSWORD:
                must(*login->user != '\0' && login->secret);
                must(fetch_login_check(login->user, login->secret, NULL) == 0);
                break;
        case FETCH_LOGIN_TOKEN:
                must(login->secret != NULL);
                break;
        case FETCH_LOGIN_HELPER:
                must(login->server != NULL);
                must(strspn(login->helper, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
                             strlen(login->helper) &&
                     *login->helper != '\0');
                break;
        default:
                must(!login->secret);
        }
}

static void use_file(const char *bytes, size_t n) {
        _cleanup_(fetch_login_done) FetchLogin login = FETCH_LOGIN_NULL, printed = FETCH_LOGIN_NULL;

        if (fetch_docker_config_find(bytes, n, "quay.io", "a/b", &login, NULL) == 0)
                use_login(&login);
        if (fetch_docker_helper_parse(bytes, n, &printed, NULL) == 0)
                use_login(&printed);
}

static void write_all(FILE *out,
                      const FetchAuths *auths,
                      const FetchAuths *docker,
                      const FetchRegistryRules *rules) {
        JsonWriter w = JSON_WRITER(out, false);

        json_write_begin(&w, '[');
        fetch_auths_write(&w, auths);
        fetch_docker_auths_write(&w, docker);
        fetch_registry_rules_write(&w, rules);
        json_write_end(&w, ']');
}

static void use_document(const char *bytes, size_t n) {
        _cleanup_(json_freep) Json *root = NULL;
        _cleanup_(fetch_auths_done) FetchAuths auths = {}, docker = {};
        _cleanup_(fetch_registry_rules_done) FetchRegistryRules rules = {};
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *out = NULL;

        if (json_parse(bytes, n, &root, NULL) < 0 || json_kind(root) != JSON_OBJECT)
                return;
        (void) fetch_auths_read(root, &auths, NULL);
        (void) fetch_docker_auths_read(root, &docker, NULL);
        (void) fetch_registry_rules_read(root, &rules, NULL);
        out = open_memstream(&text, &size);
        must(out != NULL);
        write_all(out, &auths, &docker, &rules);
        must(fclose(out) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *bytes = (const char *) data;
        _cleanup_(fetch_token_done) FetchToken token = FETCH_TOKEN_NULL;

        use_file(bytes, size);
        use_document(bytes, size);
        if (fetch_token_parse(bytes, size, &token, NULL) == 0)
                for (const char *p = token.text; *p; p++)
                        must(*p > ' ' && *p <= '~');
        return 0;
}
