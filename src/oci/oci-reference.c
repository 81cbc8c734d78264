/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-reference.h"

#include <arpa/inet.h>

#include "text.h"

/* The name Docker gives to its registry; registries know it by the other one. */
#define DOCKER_DOMAIN "docker.io"
#define DEFAULT_TAG "latest"
#define OFFICIAL "library/"

static const char lower[] = "abcdefghijklmnopqrstuvwxyz0123456789";
static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool oci_tag_is_valid(const char *tag) {
        size_t n = strlen(tag);

        if (n == 0 || n > OCI_TAG_LENGTH_MAX || tag[0] == '.' || tag[0] == '-')
                return false;
        for (const char *p = tag; *p; p++)
                if (!strchr(alnum, *p) && !strchr("_.-", *p))
                        return false;
        return true;
}

/* Components of lower-case letters and digits, joined by '.', '_', '__' or dashes; joined by '/'. */
static bool repository_is_valid(const char *text) {
        for (;;) {
                size_t n = strspn(text, lower);

                if (n == 0)
                        return false;
                text += n;
                if (*text == '\0')
                        return true;
                if (*text == '-')
                        text += strspn(text, "-");
                else if (text_after(text, "__"))
                        text += 2;
                else if (strchr("._/", *text))
                        text++;
                else
                        return false;
        }
}

/* "example.com", "10.0.0.1", "localhost": labels that neither begin nor end with a dash. */
static bool host_name_is_valid(const char *text) {
        for (;;) {
                size_t n = 0;

                if (!*text || !strchr(alnum, *text))
                        return false;
                while (text[n] && (strchr(alnum, text[n]) || text[n] == '-'))
                        n++;
                if (text[n - 1] == '-')
                        return false;
                text += n;
                if (*text == '\0')
                        return true;
                if (*text != '.')
                        return false;
                text++;
        }
}

/* "[::1]" or a name. Cuts the port off, in place: @host is "HOST" or "HOST:PORT". */
static bool host_is_valid(char *host) {
        struct in6_addr address;
        char *colon = strrchr(host, ':');
        uint64_t port = 0;

        if (colon && !text_ends_with(host, "]")) {
                if (text_parse_u64(colon + 1, UINT16_MAX, &port) < 0 || port == 0)
                        return false;
                *colon = '\0';
        }
        if (host[0] != '[')
                return host_name_is_valid(host);
        if (!text_ends_with(host, "]"))
                return false;
        host[strlen(host) - 1] = '\0';
        return inet_pton(AF_INET6, host + 1, &address) == 1;
}

/* Whether what stands before the first '/' is a host and not a part of the repository. */
static bool looks_like_host(const char *text, size_t n) {
        return memchr(text, '.', n) || memchr(text, ':', n) ||
               (n == strlen("localhost") && strncmp(text, "localhost", n) == 0);
}

/* @name is "[HOST/]REPOSITORY". */
static int split_name(const char *name, OciReference *reference, Error *e) {
        _cleanup_(freep) char *host = NULL, *scratch = NULL;
        const char *slash = strchr(name, '/'), *rest = name;

        if (slash && looks_like_host(name, (size_t) (slash - name))) {
                host = strndup(name, (size_t) (slash - name));
                rest = slash + 1;
        } else
                host = strdup(DOCKER_DOMAIN);
        scratch = host ? strdup(host) : NULL;
        if (!scratch)
                return -ENOMEM;
        if (!host_is_valid(scratch))
                return error_new(e, -EINVAL, "\"%s\" is no host of a registry", host);
        if (!repository_is_valid(rest))
                return error_new(e, -EINVAL,
                                 "\"%s\" is no name of a repository: it takes lower-case "
                                 "letters and digits, separated by '/', '.', '_' and '-'",
                                 rest);

        if (text_equal(host, DOCKER_DOMAIN) || text_equal(host, "index.docker.io") ||
            text_equal(host, OCI_REGISTRY_DEFAULT)) {
                reference->registry = strdup(OCI_REGISTRY_DEFAULT);
                if (asprintf(&reference->repository, "%s%s", strchr(rest, '/') ? "" : OFFICIAL,
                             rest) < 0)
                        reference->repository = NULL;
        } else {
                reference->registry = ptr_take(&host);
                reference->repository = strdup(rest);
        }
        if (!reference->registry || !reference->repository)
                return -ENOMEM;
        if (strlen(reference->registry) + 1 + strlen(reference->repository) > OCI_NAME_LENGTH_MAX)
                return error_new(e, -EINVAL, "the name has more than %d characters",
                                 OCI_NAME_LENGTH_MAX);
        return 0;
}

/* Sixty-four hexadecimal digits would be taken for an image's id. */
static bool is_bare_id(const char *text) {
        return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* @rest is "NAME[:TAG][@DIGEST]" and is cut in pieces. */
static int split_reference(char *rest, OciReference *reference, Error *e) {
        char *at = strchr(rest, '@'), *slash = NULL, *colon = NULL;
        const char *tag = DEFAULT_TAG;
        int r = 0;

        if (at) {
                *at = '\0';
                r = oci_digest_parse(at + 1, &reference->digest, e);
                if (r < 0)
                        return r;
        }
        slash = strchr(rest, '/');
        colon = strchr(slash && looks_like_host(rest, (size_t) (slash - rest)) ? slash : rest, ':');
        if (colon) {
                *colon = '\0';
                tag = colon + 1;
                if (!oci_tag_is_valid(tag))
                        return error_new(e, -EINVAL, "\"%s\" is no tag", tag);
        }
        if (!at) {
                reference->tag = strdup(tag);
                if (!reference->tag)
                        return -ENOMEM;
        }
        return split_name(rest, reference, e);
}

int oci_reference_parse(const char *text, OciReference *ret, Error *e) {
        _cleanup_(oci_reference_done) OciReference reference = OCI_REFERENCE_NULL;
        _cleanup_(freep) char *rest = NULL;
        int r = 0;

        if (strlen(text) > OCI_REFERENCE_LENGTH_MAX)
                return error_new(e, -EINVAL, "the reference has more than %d characters",
                                 OCI_REFERENCE_LENGTH_MAX);
        if (is_bare_id(text))
                return error_new(e, -EINVAL, "\"%s\" is an image's id, not its name", text);
        rest = strdup(text);
        reference.original = strdup(text);
        if (!rest || !reference.original)
                return -ENOMEM;
        r = split_reference(rest, &reference, e);
        if (r < 0)
                return r;
        *ret = struct_take(&reference);
        return 0;
}

void oci_reference_done(OciReference *reference) {
        free(reference->original);
        free(reference->registry);
        free(reference->repository);
        free(reference->tag);
        *reference = OCI_REFERENCE_NULL;
}

/* ":TAG" or "@DIGEST" behind what stands before. */
static char *
format(const char *registry, const char *repository, const char *tag, const OciDigest *digest) {
        char *text = NULL;
        int n = 0;

        if (oci_digest_is_set(digest))
                n = asprintf(&text, "%s%s@%s", registry, repository, digest->text);
        else
                n = asprintf(&text, "%s%s%s%s", registry, repository, tag ? ":" : "",
                             tag ? tag : "");
        return n < 0 ? NULL : text;
}

char *oci_reference_format(const OciReference *reference) {
        _cleanup_(freep) char *registry = NULL;

        if (asprintf(&registry, "%s/", reference->registry) < 0)
                return NULL;
        return format(registry, reference->repository, reference->tag, &reference->digest);
}

/* Without the registry, "foo.bar/x" would name a host. */
static bool needs_registry(const OciReference *reference) {
        const char *slash = strchr(reference->repository, '/');

        return !text_equal(reference->registry, OCI_REGISTRY_DEFAULT) ||
               (slash &&
                looks_like_host(reference->repository, (size_t) (slash - reference->repository)));
}

char *oci_reference_display(const OciReference *reference) {
        _cleanup_(freep) char *registry = NULL;
        const char *repository = reference->repository;
        const char *official = text_after(repository, OFFICIAL);
        const char *tag = text_equal(reference->tag, DEFAULT_TAG) ? NULL : reference->tag;

        if (needs_registry(reference)) {
                if (asprintf(&registry, "%s/", reference->registry) < 0)
                        return NULL;
        } else if (official && !strchr(official, '/'))
                repository = official;
        return format(registry ? registry : "", repository, tag, &reference->digest);
}
