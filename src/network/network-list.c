/* SPDX-License-Identifier: Apache-2.0 */
#include "network-list.h"

#include "text.h"

#define NAME_MAX_LENGTH 128
#define ARGS_MAX_LENGTH 4096

static bool is_alphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool network_name_is_valid(const char *name) {
        if (!is_alphanumeric(*name) || strlen(name) > NAME_MAX_LENGTH)
                return false;
        for (const char *c = name; *c; c++)
                if (!is_alphanumeric(*c) && *c != '.' && *c != '_' && *c != '-')
                        return false;
        return true;
}

void network_list_done(NetworkList *list) {
        for (size_t i = 0; i < list->n; i++) {
                free(list->items[i].name);
                free(list->items[i].args);
        }
        free(list->items);
        *list = (NetworkList){};
}

/* "KEY=VALUE[;KEY=VALUE...]" of visible characters: it travels in an environment variable. */
static bool args_are_valid(const char *args) {
        _cleanup_(strv_freep) Strv pairs = NULL;

        if (strlen(args) > ARGS_MAX_LENGTH || strv_split(args, ';', &pairs) < 0)
                return false;
        for (const char *c = args; *c; c++)
                if (*c <= ' ' || *c > '~')
                        return false;
        for (char **pair = pairs; *pair; pair++)
                if (!strchr(*pair, '=') || **pair == '=')
                        return false;
        return true;
}

static bool is_special(const char *name) {
        return strcmp(name, "all") == 0 || strcmp(name, "host") == 0 || strcmp(name, "none") == 0;
}

static int split(char *item, char **ret_args, Error *e) {
        char *args = strchr(item, ':');

        if (args)
                *args++ = '\0';
        if (*item == '\0')
                return error_new(e, -EINVAL, "netname must not be empty");
        if (args && is_special(item))
                return error_new(e, -EINVAL,
                                 "arguments are not supported by special netname \"%s\"", item);
        if (args && !args_are_valid(args))
                return error_new(e, -EINVAL,
                                 "network \"%s\" provided with invalid arguments: [%s], not "
                                 "KEY=VALUE[;KEY=VALUE...]",
                                 item, args);
        if (!network_name_is_valid(item))
                return error_new(e, -EINVAL, "\"%s\" cannot be the name of a network", item);
        *ret_args = args;
        return 0;
}

static int add(NetworkList *list, const char *name, const char *args, Error *e) {
        NetworkWanted *grown = NULL, *item = NULL;

        for (size_t i = 0; i < list->n; i++)
                if (strcmp(list->items[i].name, name) == 0)
                        return error_new(e, -EINVAL, "found duplicate netname \"%s\"", name);
        if (list->n == NETWORK_MAX)
                return error_new(e, -E2BIG, "a pod cannot join more than %d networks", NETWORK_MAX);
        grown = reallocarray(list->items, list->n + 1, sizeof(NetworkWanted));
        if (!grown)
                return -ENOMEM;
        list->items = grown;
        item = &grown[list->n++];
        *item = (NetworkWanted){ strdup(name), args ? strdup(args) : NULL };
        return item->name && (!args || item->args) ? 0 : -ENOMEM;
}

static void decide(NetworkList *list) {
        list->mode = NETWORK_SOME;
        for (size_t i = 0; i < list->n; i++) {
                const char *name = list->items[i].name;

                list->all = list->all || strcmp(name, "all") == 0;
                if (strcmp(name, "none") == 0 && list->mode != NETWORK_HOST)
                        list->mode = NETWORK_NONE;
                if (strcmp(name, "host") == 0)
                        list->mode = NETWORK_HOST;
        }
}

int network_list_parse(const char *text, NetworkList *ret, Error *e) {
        _cleanup_(network_list_done) NetworkList list = {};
        _cleanup_(strv_freep) Strv items = NULL;
        int r = strv_split(text, ',', &items);

        for (char **item = items; r >= 0 && *item; item++) {
                char *args = NULL;

                r = split(*item, &args, e);
                if (r >= 0)
                        r = add(&list, *item, args, e);
        }
        if (r < 0)
                return r;
        decide(&list);
        *ret = struct_take(&list);
        return 0;
}
