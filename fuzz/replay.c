/* SPDX-License-Identifier: Apache-2.0 */

/* Stands in for libFuzzer in a plain build: sends each file of a corpus to the harness once, and
 * the input of no bytes. Whatever the harness has against one of them ends the program. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "files.h"
#include "fuzz.h"
#include "text.h"

#define INPUT_MAX ((size_t) 64 * 1024 * 1024)

/* A copy of exactly the input's size, so that the sanitizers see a read behind its end. */
static void send(const char *bytes, size_t n) {
        uint8_t *copy = calloc(n > 0 ? n : 1, 1);

        must(copy != NULL);
        if (n > 0)
                memcpy(copy, bytes, n);
        (void) LLVMFuzzerTestOneInput(copy, n);
        free(copy);
}

static int replay(const char *path, size_t *n_inputs) {
        _cleanup_(fd_closep) int fd = dir_open_at(AT_FDCWD, path);
        _cleanup_(strv_freep) Strv names = NULL;
        int r = fd < 0 ? fd : dir_list(fd, &names);

        for (char **name = names; r >= 0 && name && *name; name++) {
                _cleanup_(freep) char *bytes = NULL;
                size_t n = 0;

                fprintf(stderr, "%s\n", *name);
                r = file_read_at(fd, *name, INPUT_MAX, &bytes, &n);
                if (r >= 0) {
                        send(bytes, n);
                        (*n_inputs)++;
                }
        }
        if (r < 0)
                fprintf(stderr, "%s: %s\n", path, strerror(-r));
        return r;
}

int main(int argc, char **argv) {
        size_t n_inputs = 0;

        send("", 0);
        for (int i = 1; i < argc; i++)
                if (replay(argv[i], &n_inputs) < 0)
                        return EXIT_FAILURE;
        fprintf(stderr, "%zu inputs\n", n_inputs);
        return n_inputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
