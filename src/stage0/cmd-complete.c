/* SPDX-License-Identifier: Apache-2.0 */

/* What may stand where the cursor is, for the completion of shells: one candidate a line, a TAB, and
 * what it is. Knows no more than the tables of verbs and options, and what is on disk. It never says
 * what went wrong: who presses TAB did not ask for that. */

#include "commands.h"
#include "network-load.h"
#include "pod-info.h"
#include "pods.h"
#include "store-image.h"

/* What the words in front of the cursor come to. */
typedef struct Place {
        const Verb *verb;
        const char *current; /* the beginning of the word under the cursor */
        size_t n_words;      /* of the verb's, in front of it */
        bool option_value;   /* it is the value of the option in front */
        bool app_arguments;  /* behind "--": nobody knows */
} Place;

static bool wants_value(const Verb *verb, const char *word) {
        const char *name = text_after(word, "--");
        const Option *option = NULL;
        VerbOptions options;

        if (!name || strchr(name, '='))
                return false;
        verb_options(verb, NULL, NULL, &options);
        option = option_find(options.sets, name, strlen(name), NULL);
        return option && !option->bare;
}

static void take_word(Place *place, const char *word) {
        const Verb *child = place->n_words == 0 ? verb_find(place->verb, word) : NULL;

        if (strcmp(word, "---") == 0)
                place->app_arguments = false;
        else if (place->app_arguments || place->option_value)
                place->option_value = false;
        else if (option_is_end(word))
                place->app_arguments = true;
        else if (*word == '-')
                place->option_value = wants_value(place->verb, word);
        else if (child)
                place->verb = child;
        else
                place->n_words++;
}

static void offer(const Place *place, const char *candidate, const char *what) {
        if (text_after(candidate, place->current))
                printf("%s\t%s\n", candidate, what ? what : "");
}

static void offer_options(const Place *place) {
        VerbOptions options;

        verb_options(place->verb, NULL, NULL, &options);
        for (const OptionSet *set = options.sets; set->options; set++)
                for (const Option *option = set->options; option->name; option++) {
                        _cleanup_(freep) char *candidate = NULL;

                        if ((option->flags & OPTION_HIDDEN) || option->deprecated)
                                continue;
                        if (asprintf(&candidate, "--%s%s", option->name, option->bare ? "" : "=") <
                            0) {
                                candidate = NULL;
                                return;
                        }
                        offer(place, candidate, option->help);
                }
        offer(place, "--help", "show what this command does");
}

static void offer_verbs(const Place *place, const Verb *verb) {
        for (const Verb *const *child = verb->children; child && *child; child++)
                if (!((*child)->flags & VERB_HIDDEN))
                        offer(place, (*child)->name, (*child)->summary);
}

static unsigned words_of_state(PodState state) {
        switch (state) {
        case POD_PREPARED:
                return WORDS_PREPARED;
        case POD_RUNNING:
                return WORDS_RUNNING;
        case POD_ABORTED_PREPARE:
                return WORDS_ABORTED;
        case POD_EXITED:
        case POD_EXITED_GARBAGE:
                return WORDS_EXITED;
        default:
                return 0;
        }
}

/* "running: redis, web" */
static char *describe(const PodInfo *info) {
        _cleanup_(strv_freep) Strv names = NULL;
        _cleanup_(freep) char *joined = NULL;
        char *text = NULL;

        for (size_t i = 0; i < info->n_apps; i++)
                if (strv_append(&names, info->apps[i].name) < 0)
                        return NULL;
        joined = names ? strv_join(names, ", ") : strdup("-");
        return joined && asprintf(&text, "%s: %s", pod_state_name(info->state), joined) >= 0 ? text
                                                                                             : NULL;
}

static void offer_pod(const Place *place, const Stage0 *stage0, const Uuid *uuid) {
        _cleanup_(pod_closep) Pod *pod = NULL;
        _cleanup_(pod_info_done) PodInfo info = {};
        _cleanup_(strv_freep) Strv problems = NULL;
        _cleanup_(freep) char *what = NULL;

        if (pod_open(stage0->pods, uuid, &pod, NULL) < 0 ||
            !(words_of_state(pod->state) & place->verb->words) ||
            pod_info_read(pod, &info, &problems) < 0)
                return;
        what = describe(&info);
        offer(place, uuid->text, what);
        if (info.name)
                offer(place, info.name, what);
}

static void offer_pods(const Place *place, const Stage0 *stage0) {
        _cleanup_(pod_list_done) PodList list = {};

        if (pods_list(stage0->pods, false, &list, NULL) < 0)
                return;
        for (size_t i = 0; i < list.n; i++)
                offer_pod(place, stage0, &list.pods[i].uuid);
}

/* Equal names beside each other, of them the oldest import first. */
static int compare_names(const void *a_pointer, const void *b_pointer) {
        const StoreListed *a = a_pointer, *b = b_pointer;
        int order = strcmp(a->name, b->name);

        return order != 0 ? order : store_compare_imports(a, b);
}

static void offer_images(const Place *place, const Stage0 *stage0) {
        const StoreOptions options = { .data_dir = stage0->config.data, .flags = STORE_READ_ONLY };
        _cleanup_(store_images_done) StoreImages images = {};
        _cleanup_(store_freep) Store *store = NULL;

        if (store_open(&options, &store, NULL) < 0 ||
            store_image_list(store, APPC_KEY_LENGTH, &images, NULL) < 0)
                return;
        if (images.n > 0)
                qsort(images.items, images.n, sizeof(*images.items), compare_names);
        for (size_t i = 0; i < images.n; i++) {
                const StoreListed *image = &images.items[i];

                if (i == 0 || strcmp(image->name, images.items[i - 1].name) != 0)
                        offer(place, image->name, image->id);
                if (*place->current != '\0')
                        offer(place, image->id, image->name);
        }
}

static void offer_words(const Place *place, const Rkt *rkt) {
        _cleanup_(stage0_done) Stage0 stage0 = {};
        unsigned words = place->verb->words;

        if (place->n_words > 0 && !(words & WORDS_MANY))
                return;
        if (words & WORDS_VERBS)
                offer_verbs(place, &verb_root);
        if (words & WORDS_SHELLS) {
                offer(place, "bash", "");
                offer(place, "fish", "");
                offer(place, "zsh", "");
        }
        if (!(words & (WORDS_PODS | WORDS_IMAGES)) || stage0_open(rkt, false, &stage0, NULL) < 0)
                return;
        if (words & WORDS_PODS)
                offer_pods(place, &stage0);
        if (words & WORDS_IMAGES)
                offer_images(place, &stage0);
}

static bool has_option(const Verb *verb, const char *name) {
        VerbOptions options;

        verb_options(verb, NULL, NULL, &options);
        return option_find(options.sets, name, strlen(name), NULL) != NULL;
}

/* Of "--net=A,B" @n_before bytes stand in front of "B". */
static void offer_network(const Place *place, size_t n_before, const char *name, const char *what) {
        _cleanup_(freep) char *candidate = NULL;

        if (asprintf(&candidate, "%.*s%s", (int) n_before, place->current, name) < 0)
                candidate = NULL;
        else
                offer(place, candidate, what);
}

static void offer_networks(const Place *place, const Rkt *rkt) {
        _cleanup_(network_files_done) NetworkFiles files = {};
        _cleanup_(strv_freep) Strv notes = NULL;
        const char *comma = strrchr(place->current, ',');
        size_t n_before = comma ? (size_t) (comma + 1 - place->current) : strlen("--net=");

        (void) network_load(rkt->local_config, &files, &notes, NULL);
        for (size_t i = 0; i < files.n; i++)
                offer_network(place, n_before, files.items[i].config.name, files.items[i].file);
        offer_network(place, n_before, "all", "every network there is");
        offer_network(place, n_before, "host", "the host's own network");
        offer_network(place, n_before, "none", "a loopback interface and nothing else");
}

static int run(const Rkt *rkt, void *settings, char **words) {
        Place place = { .verb = &verb_root };

        (void) settings;
        if (!words[0])
                return rkt_usage(rkt);
        for (; words[1]; words++)
                take_word(&place, words[0]);
        place.current = words[0];
        if (place.app_arguments || place.option_value)
                return 0;
        if (text_after(place.current, "--net=") && has_option(place.verb, "net"))
                offer_networks(&place, rkt);
        else if (*place.current == '-')
                offer_options(&place);
        else if (place.verb->children && place.n_words == 0)
                offer_verbs(&place, place.verb);
        else
                offer_words(&place, rkt);
        return 0;
}

const Verb verb_complete = {
        .name = "complete",
        .arguments = "-- WORD ... WORD-UNDER-THE-CURSOR",
        .summary = "List what may stand where the cursor is",
        .flags = VERB_HIDDEN | VERB_STOPS,
        .run = run,
};
