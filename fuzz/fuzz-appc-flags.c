/* SPDX-License-Identifier: Apache-2.0 */

/* Volumes, mounts and ports as the command line spells them: what is taken from there, a manifest
 * takes as well. */

#include "appc-pod.h"
#include "fuzz-json.h"

static void check_volume(const char *text) {
        _cleanup_(appc_volume_done) AppcVolume volume = {};
        _cleanup_(appc_volume_done) AppcVolume again = {};
        _cleanup_(freep) char *written = NULL, *same = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;

        if (appc_volume_parse(text, &volume, &e) < 0)
                return;
        written = fuzz_written(appc_volume_write, &volume, false);
        fuzz_read(written, appc_volume_read, &again);
        same = fuzz_written(appc_volume_write, &again, false);
        must(strcmp(written, same) == 0);
}

static void check_mount(const char *text) {
        _cleanup_(appc_mount_done) AppcMount mount = {};
        _cleanup_(appc_mount_done) AppcMount again = {};
        _cleanup_(freep) char *written = NULL, *same = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;

        if (appc_mount_parse(text, &mount, &e) < 0)
                return;
        must(mount.path[0] == '/');
        must(!strstr(mount.path, "//"));
        must(!strstr(mount.path, "/../") && !strstr(mount.path, "/./"));
        written = fuzz_written(appc_mount_write, &mount, false);
        fuzz_read(written, appc_mount_read, &again);
        same = fuzz_written(appc_mount_write, &again, false);
        must(strcmp(written, same) == 0);
}

static void check_port(const char *text) {
        _cleanup_(appc_exposed_port_done) AppcExposedPort port = {};
        _cleanup_(appc_exposed_port_done) AppcExposedPort again = {};
        _cleanup_(freep) char *written = NULL, *same = NULL;
        _cleanup_(error_done) Error e = ERROR_NULL;

        if (appc_exposed_port_parse(text, &port, &e) < 0)
                return;
        written = fuzz_written(appc_exposed_port_write, &port, false);
        fuzz_read(written, appc_exposed_port_read, &again);
        same = fuzz_written(appc_exposed_port_write, &again, false);
        must(strcmp(written, same) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(freep) char *text = fuzz_text(data, size);

        if (!text)
                return 0;
        check_volume(text);
        check_mount(text);
        check_port(text);
        return 0;
}
