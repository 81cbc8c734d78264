/* SPDX-License-Identifier: Apache-2.0 */
#include "appc-reference.h"

#include "appc-name.h"
#include "appc-read.h"
#include "text.h"

void appc_reference_done(AppcReference *reference) {
        free(reference->name);
        appc_pairs_done(&reference->labels);
        *reference = (AppcReference){};
}

/* There is no other use for a colon: neither a port behind the name nor one in a value. */
static int check_colon(const char *text, Error *e) {
        const char *colon = strchr(text, ':'), *comma = strchr(text, ',');

        if (!colon)
                return 0;
        if (comma && comma < colon)
                return error_new(
                        e, -EINVAL,
                        "malformed app string - colon may appear only right after the app name");
        if (strchr(colon + 1, ':'))
                return error_new(e, -EINVAL,
                                 "malformed app string - colon may appear at most once");
        return 0;
}

static int add_label(AppcReference *reference, const char *name, const char *value, Error *e) {
        const char *before = appc_pairs_get(&reference->labels, name);
        int r = appc_identifier_check(name, e);

        if (r < 0)
                return r;
        if (text_equal(name, "name"))
                return error_new(e, -EINVAL, "label %s with multiple values [\"%s\" \"%s\"]", name,
                                 reference->name, value);
        if (before)
                return error_new(e, -EINVAL, "label %s with multiple values [\"%s\" \"%s\"]", name,
                                 before, value);
        if (reference->labels.n == APPC_REFERENCE_LABELS_MAX)
                return error_new(e, -EINVAL, "more than %d labels", APPC_REFERENCE_LABELS_MAX);
        return appc_pairs_set(&reference->labels, name, value);
}

int appc_reference_parse(const char *text, AppcReference *ret, Error *e) {
        _cleanup_(appc_reference_done) AppcReference reference = {};
        _cleanup_(freep) char *copy = strdup(text);
        char *rest = copy, *head = NULL, *name = NULL;
        int r = check_colon(text, e);

        if (r < 0)
                return r;
        if (!copy)
                return -ENOMEM;
        head = strsep(&rest, ",");
        name = strsep(&head, ":");
        r = appc_identifier_check(name, e);
        if (r >= 0)
                r = appc_text_copy(name, &reference.name);
        if (r >= 0 && head)
                r = add_label(&reference, "version", head, e);
        while (r >= 0 && rest) {
                char *value = strsep(&rest, ","), *label = strsep(&value, "=");

                if (!value)
                        return error_new(
                                e, -EINVAL,
                                "malformed string \"%s\" - has a label without a value: %s", text,
                                label);
                r = add_label(&reference, label, value, e);
        }
        if (r < 0)
                return r;
        *ret = struct_take(&reference);
        return 0;
}

char *appc_reference_format(const AppcReference *reference) {
        _cleanup_(appc_pairs_done) AppcPairs labels = APPC_PAIRS_NULL;
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *out = NULL;

        if (appc_pairs_copy(&reference->labels, &labels) < 0)
                return NULL;
        appc_pairs_sort(&labels);
        out = open_memstream(&text, &size);
        if (!out)
                return NULL;
        fputs(reference->name, out);
        for (size_t i = 0; i < labels.n; i++)
                fprintf(out, ",%s=%s", labels.items[i].name, labels.items[i].value);
        return fclose(out) == 0 ? ptr_take(&text) : NULL;
}
