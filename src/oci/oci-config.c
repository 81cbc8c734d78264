/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-config.h"

#include "oci-manifest.h"

static const JsonField execution_fields[] = {
        { "User", json_read_string, offsetof(OciExecution, user), JSON_NULL_OK },
        { "WorkingDir", json_read_string, offsetof(OciExecution, working_directory), JSON_NULL_OK },
        { "StopSignal", json_read_string, offsetof(OciExecution, stop_signal), JSON_NULL_OK },
        { "Env", oci_strings_read, offsetof(OciExecution, environment), JSON_NULL_OK },
        { "Entrypoint", oci_strings_read, offsetof(OciExecution, entrypoint), JSON_NULL_OK },
        { "Cmd", oci_strings_read, offsetof(OciExecution, command), JSON_NULL_OK },
        { "ExposedPorts", oci_keys_read, offsetof(OciExecution, ports), JSON_NULL_OK },
        { "Volumes", oci_keys_read, offsetof(OciExecution, volumes), JSON_NULL_OK },
        { "Labels", oci_pairs_read, offsetof(OciExecution, labels), JSON_NULL_OK },
        {},
};

static OciExecution *execution_free(OciExecution *execution) {
        if (execution) {
                free(execution->user);
                free(execution->working_directory);
                free(execution->stop_signal);
                strv_free(execution->environment);
                strv_free(execution->entrypoint);
                strv_free(execution->command);
                strv_free(execution->ports);
                strv_free(execution->volumes);
                appc_pairs_done(&execution->labels);
                free(execution);
        }
        return NULL;
}

DEFINE_CLEANUP(OciExecution, execution_free);

OciConfig *oci_config_free(OciConfig *config) {
        if (config) {
                free(config->os);
                free(config->architecture);
                free(config->variant);
                free(config->diff_ids);
                execution_free(config->execution);
                free(config->created);
                free(config->author);
                free(config);
        }
        return NULL;
}

static int read_execution(const Json *value, void *slot, Error *e) {
        _cleanup_(execution_freep) OciExecution *execution = calloc(1, sizeof(*execution));
        OciExecution **target = slot;
        int r = 0;

        if (!execution)
                return -ENOMEM;
        r = json_read_object(value, execution_fields, execution, e);
        if (r < 0)
                return r;
        execution_free(*target);
        *target = ptr_take(&execution);
        return 0;
}

static int read_type(const Json *value, void *slot, Error *e) {
        _cleanup_(freep) char *type = NULL;
        int r = json_read_string(value, &type, e);

        (void) slot;
        if (r < 0)
                return r;
        if (strcmp(type, "layers") != 0)
                return error_new(e, -EOPNOTSUPP, "\"%s\" is not supported, only \"layers\" is",
                                 type);
        return 0;
}

static int read_diff_ids(const Json *value, void *slot, Error *e) {
        _cleanup_(freep) OciDigest *list = NULL;
        OciConfig *config = slot;
        size_t n = json_array_length(value);

        if (json_kind(value) != JSON_ARRAY)
                return error_new(e, -EINVAL, "expected a list, found %s",
                                 json_kind_name(json_kind(value)));
        if (n > OCI_LAYERS_MAX)
                return error_new(e, -ERANGE, "more than %d entries", OCI_LAYERS_MAX);
        list = calloc(n + 1, sizeof(OciDigest));
        if (!list)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                int r = oci_digest_read(json_array_get(value, i), &list[i], e);
                if (r < 0)
                        return error_prefix(e, r, "[%zu]: ", i);
        }
        free(config->diff_ids);
        config->diff_ids = ptr_take(&list);
        config->n_diff_ids = n;
        return 0;
}

/* An image without layers has null there. */
static int read_rootfs(const Json *value, void *slot, Error *e) {
        static const JsonField fields[] = {
                { "type", read_type, 0, JSON_REQUIRED },
                { "diff_ids", read_diff_ids, 0, JSON_NULL_OK },
                {},
        };

        return json_read_object(value, fields, slot, e);
}

static int read_history(const Json *value, void *slot, Error *e) {
        size_t n = json_array_length(value);

        if (json_kind(value) != JSON_ARRAY)
                return error_new(e, -EINVAL, "expected a list, found %s",
                                 json_kind_name(json_kind(value)));
        if (n > OCI_HISTORY_MAX)
                return error_new(e, -ERANGE, "more than %d entries", OCI_HISTORY_MAX);
        *(size_t *) slot = n;
        return 0;
}

/* A label must be made from it, and an empty one says nothing. */
static int read_word(const Json *value, void *slot, Error *e) {
        _cleanup_(freep) char *word = NULL;
        char **target = slot;
        int r = json_read_string(value, &word, e);

        if (r < 0)
                return r;
        if (word[0] == '\0')
                return error_new(e, -EINVAL, "empty");
        free(*target);
        *target = ptr_take(&word);
        return 0;
}

static const JsonField config_fields[] = {
        { "os", read_word, offsetof(OciConfig, os), JSON_REQUIRED },
        { "architecture", read_word, offsetof(OciConfig, architecture), JSON_REQUIRED },
        { "variant", json_read_string, offsetof(OciConfig, variant), JSON_NULL_OK },
        { "rootfs", read_rootfs, 0, JSON_REQUIRED },
        { "config", read_execution, offsetof(OciConfig, execution), JSON_NULL_OK },
        { "created", json_read_string, offsetof(OciConfig, created), JSON_NULL_OK },
        { "author", json_read_string, offsetof(OciConfig, author), JSON_NULL_OK },
        { "history", read_history, offsetof(OciConfig, n_history), JSON_NULL_OK },
        {},
};

int oci_config_parse(const char *bytes, size_t n, OciConfig **ret, Error *e) {
        _cleanup_(oci_config_freep) OciConfig *config = NULL;
        _cleanup_(json_freep) Json *root = NULL;
        int r = json_parse(bytes, n, &root, e);

        if (r < 0)
                return r;
        config = calloc(1, sizeof(*config));
        if (!config)
                return -ENOMEM;
        r = json_read_object(root, config_fields, config, e);
        if (r < 0)
                return r;
        if (config->variant && config->variant[0] == '\0') {
                free(config->variant);
                config->variant = NULL;
        }
        *ret = ptr_take(&config);
        return 0;
}

int oci_config_check_layers(const OciConfig *config, size_t n_layers, Error *e) {
        if (config->n_diff_ids != n_layers)
                return error_new(e, -EINVAL, "the config knows %zu layers, the manifest %zu",
                                 config->n_diff_ids, n_layers);
        return 0;
}
