/* SPDX-License-Identifier: Apache-2.0 */

/* Finds running pods by the names that users gave them, for "hosts:" of nsswitch.conf(5). As a guest in other
 * programs it allocates nothing, keeps nothing, and looks only at /run/rkt/hosts, which is root's. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <nss.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef DIRECTORY /* as for its test */
#        define DIRECTORY "/run/rkt/hosts/"
#endif
#define NAME_MAX_LENGTH 63
#define FILE_MAX 8192
#define ADDRESSES_MAX 128

#define EXPORT __attribute__((__visibility__("default")))

typedef struct Address {
        int family;
        union {
                struct in_addr ip4;
                struct in6_addr ip6;
                uint32_t words[4];
        } ip;
} Address;

typedef struct Answer {
        Address items[ADDRESSES_MAX];
        size_t n;
} Answer;

/* Memory of the caller, handed out from its beginning. */
typedef struct Buffer {
        char *next;
        size_t left;
} Buffer;

enum nss_status _nss_rkt_gethostbyname4_r(const char *name,
                                          struct gaih_addrtuple **pat,
                                          char *buffer,
                                          size_t length,
                                          int *errnop,
                                          int *h_errnop,
                                          int32_t *ttlp);
enum nss_status _nss_rkt_gethostbyname3_r(const char *name,
                                          int family,
                                          struct hostent *result,
                                          char *buffer,
                                          size_t length,
                                          int *errnop,
                                          int *h_errnop,
                                          int32_t *ttlp,
                                          char **canonp);
enum nss_status _nss_rkt_gethostbyname2_r(const char *name,
                                          int family,
                                          struct hostent *result,
                                          char *buffer,
                                          size_t length,
                                          int *errnop,
                                          int *h_errnop);
enum nss_status _nss_rkt_gethostbyname_r(const char *name,
                                         struct hostent *result,
                                         char *buffer,
                                         size_t length,
                                         int *errnop,
                                         int *h_errnop);

/* Names of pods are lower-case letters, digits, dashes and dots, and begin with none of the latter. */
static bool is_name(const char *name) {
        size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.");

        return n > 0 && n <= NAME_MAX_LENGTH && name[n] == '\0' && *name != '.' && *name != '-';
}

static ssize_t read_file(const char *name, char text[static FILE_MAX + 1]) {
        char path[sizeof(DIRECTORY) + NAME_MAX_LENGTH];
        size_t n = 0;
        ssize_t r = 0;
        int fd = -1;

        (void) snprintf(path, sizeof(path), DIRECTORY "%s", name);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
                return -1;
        while (n < FILE_MAX && (r = read(fd, text + n, FILE_MAX - n)) > 0)
                n += (size_t) r;
        (void) close(fd);
        text[n] = '\0';
        return r < 0 ? -1 : (ssize_t) n;
}

static void add(Answer *answer, int family, const char *text) {
        Address *address = &answer->items[answer->n];

        if (answer->n < ADDRESSES_MAX && inet_pton(AF_INET, text, &address->ip) == 1)
                address->family = AF_INET;
        else if (answer->n < ADDRESSES_MAX && inet_pton(AF_INET6, text, &address->ip) == 1)
                address->family = AF_INET6;
        else
                return;
        if (family == AF_UNSPEC || family == address->family)
                answer->n++;
}

/* The pod's addresses of that family. Keeps errno. */
static enum nss_status find(const char *name, int family, Answer *ret, int *h_errnop) {
        char text[FILE_MAX + 1], *rest = text;
        int saved = errno;
        ssize_t n = is_name(name) ? read_file(name, text) : -1;

        errno = saved;
        ret->n = 0;
        if (n >= 0) {
                (void) strsep(&rest, "\n"); /* whose they are */
                while (rest)
                        add(ret, family, strsep(&rest, "\n"));
        }
        if (ret->n > 0)
                return NSS_STATUS_SUCCESS;
        *h_errnop = n < 0 ? HOST_NOT_FOUND : NO_DATA;
        return NSS_STATUS_NOTFOUND;
}

static void *take(Buffer *buffer, size_t n) {
        size_t skip = -(uintptr_t) buffer->next % sizeof(void *);
        char *taken = buffer->next + skip;

        if (skip > buffer->left || n > buffer->left - skip)
                return NULL;
        buffer->next = taken + n;
        buffer->left -= skip + n;
        return taken;
}

static char *take_text(Buffer *buffer, const char *text) {
        char *taken = take(buffer, strlen(text) + 1);

        return taken ? strcpy(taken, text) : NULL; /* NOLINT: it is as long */
}

static enum nss_status want_more(int *errnop, int *h_errnop) {
        *errnop = ERANGE;
        *h_errnop = NETDB_INTERNAL;
        return NSS_STATUS_TRYAGAIN;
}

EXPORT enum nss_status _nss_rkt_gethostbyname4_r(const char *name,
                                                 struct gaih_addrtuple **pat,
                                                 char *buffer,
                                                 size_t length,
                                                 int *errnop,
                                                 int *h_errnop,
                                                 int32_t *ttlp) {
        Buffer memory = { buffer, length };
        struct gaih_addrtuple *first = NULL, **last = &first;
        Answer answer;
        enum nss_status status = find(name, AF_UNSPEC, &answer, h_errnop);
        char *text = NULL;

        if (status != NSS_STATUS_SUCCESS)
                return status;
        text = take_text(&memory, name);
        for (size_t i = 0; text && i < answer.n; i++) {
                struct gaih_addrtuple *tuple = take(&memory, sizeof(*tuple));

                if (!tuple)
                        return want_more(errnop, h_errnop);
                *tuple = (struct gaih_addrtuple){ .name = text, .family = answer.items[i].family };
                memcpy(tuple->addr, &answer.items[i].ip, sizeof(tuple->addr));
                *last = tuple;
                last = &tuple->next;
        }
        if (!text)
                return want_more(errnop, h_errnop);
        /* Some callers hand in the tuple that is to be the first. */
        if (*pat)
                **pat = *first;
        else
                *pat = first;
        if (ttlp)
                *ttlp = 0;
        *h_errnop = NETDB_SUCCESS;
        return NSS_STATUS_SUCCESS;
}

static bool
fill(struct hostent *result, const char *name, int family, const Answer *answer, Buffer *memory) {
        size_t size = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
        char **aliases = take(memory, sizeof(char *)),
             **list = take(memory, (answer->n + 1) * sizeof(char *));

        result->h_name = take_text(memory, name);
        if (!aliases || !list || !result->h_name)
                return false;
        *aliases = NULL;
        for (size_t i = 0; i < answer->n; i++) {
                list[i] = take(memory, size);
                if (!list[i])
                        return false;
                memcpy(list[i], &answer->items[i].ip, size);
        }
        list[answer->n] = NULL;
        result->h_aliases = aliases;
        result->h_addr_list = list;
        result->h_addrtype = family;
        result->h_length = (int) size;
        return true;
}

EXPORT enum nss_status _nss_rkt_gethostbyname3_r(const char *name,
                                                 int family,
                                                 struct hostent *result,
                                                 char *buffer,
                                                 size_t length,
                                                 int *errnop,
                                                 int *h_errnop,
                                                 int32_t *ttlp,
                                                 char **canonp) {
        Buffer memory = { buffer, length };
        Answer answer;
        enum nss_status status = NSS_STATUS_SUCCESS;

        if (family == AF_UNSPEC)
                family = AF_INET;
        if (family != AF_INET && family != AF_INET6) {
                *errnop = EAFNOSUPPORT;
                *h_errnop = NO_DATA;
                return NSS_STATUS_UNAVAIL;
        }
        status = find(name, family, &answer, h_errnop);
        if (status != NSS_STATUS_SUCCESS)
                return status;
        if (!fill(result, name, family, &answer, &memory))
                return want_more(errnop, h_errnop);
        if (ttlp)
                *ttlp = 0;
        if (canonp)
                *canonp = result->h_name;
        *h_errnop = NETDB_SUCCESS;
        return NSS_STATUS_SUCCESS;
}

EXPORT enum nss_status _nss_rkt_gethostbyname2_r(const char *name,
                                                 int family,
                                                 struct hostent *result,
                                                 char *buffer,
                                                 size_t length,
                                                 int *errnop,
                                                 int *h_errnop) {
        return _nss_rkt_gethostbyname3_r(name, family, result, buffer, length, errnop, h_errnop,
                                         NULL, NULL);
}

EXPORT enum nss_status _nss_rkt_gethostbyname_r(const char *name,
                                                struct hostent *result,
                                                char *buffer,
                                                size_t length,
                                                int *errnop,
                                                int *h_errnop) {
        return _nss_rkt_gethostbyname3_r(name, AF_INET, result, buffer, length, errnop, h_errnop,
                                         NULL, NULL);
}
