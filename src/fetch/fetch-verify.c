/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch-verify.h"

#include <fcntl.h>
#include <signal.h>

#include "fetch-memory.h"
#include "files.h"
#include "process.h"

#define NOBODY 65534

/* The program's descriptors. "-&N" is how it is told to read one. */
#define STATUS_FD 3
#define KEYRING_FD 4
#define SIGNATURE_FD 5
#define DATA_FD 6
#define N_FDS 7

/* Runs gpgv and reads its status lines. @data_fd: -EBADF where the signature carries the data, which go
 * to @out_fd then. Returns the exit status; a negative errno. */
static int
run(int keyring_fd, int signature_fd, int data_fd, int out_fd, char **ret, size_t *ret_n) {
        static const ProcessUser nobody = { .uid = NOBODY, .gid = NOBODY };
        char name[] = "gpgv", quiet[] = "--quiet", special[] = "--enable-special-filenames";
        char home[] = "--homedir=/nonexistent", status[] = "--status-fd=3", output[] = "--output=-";
        char keyring[] = "--keyring=/proc/self/fd/4", signature[] = "-&5", data[] = "-&6",
             end[] = "--";
        char *detached[] = {
                name, quiet, special, home, status, keyring, end, signature, data, NULL
        };
        char *message[] = { name,    quiet,  special, home,      status,
                            keyring, output, end,     signature, NULL };
        _cleanup_(fd_closep) int in = -EBADF, theirs = -EBADF;
        ProcessSpec spec = { .path = FETCH_GPGV,
                             .argv = data_fd >= 0 ? detached : message,
                             .directory = "/",
                             .user = geteuid() == 0 ? &nobody : NULL,
                             .die_with_parent = true,
                             .n_fds = N_FDS };
        int ends[2], r = 0, exit_status = 0;
        pid_t pid = -1;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        in = ends[0];
        theirs = ends[1];
        spec.fds[0] = -1;
        spec.fds[1] = out_fd >= 0 ? out_fd : -1;
        spec.fds[2] = -1; /* what it says to people is not to be mistaken for what it says to us */
        spec.fds[STATUS_FD] = theirs;
        spec.fds[KEYRING_FD] = keyring_fd;
        spec.fds[SIGNATURE_FD] = signature_fd;
        spec.fds[DATA_FD] = data_fd;
        r = process_start(&spec, &pid);
        if (r < 0)
                return r;
        fd_drop(&theirs);
        r = fd_read_all(in, FETCH_STATUS_SIZE_MAX, ret, ret_n);
        if (r < 0)
                (void) kill(pid, SIGKILL);
        exit_status = process_wait(pid);
        return r < 0 ? r : exit_status;
}

static int
judge(const FetchStatus *status, int exit_status, const FetchKeyring *keyring, Error *e) {
        if (status->verdict == FETCH_VERDICT_UNKNOWN)
                return error_new(e, -ENOKEY, "openpgp: signature made by unknown entity");
        if (status->verdict != FETCH_VERDICT_GOOD || exit_status != 0)
                return error_new(e, -EKEYREJECTED, "openpgp: invalid signature: %s",
                                 status->reason ?: "gpgv does not agree with itself");
        /* A file's name must be what is in it, or taking keys away by name would not work. */
        for (char **fingerprint = status->fingerprints; *fingerprint; fingerprint++)
                if (!strv_contains(keyring->fingerprints, *fingerprint))
                        return error_new(
                                e, -EKEYREJECTED,
                                "fingerprint mismatch: no file of the key store is named %s",
                                *fingerprint);
        return 0;
}

static int check(const FetchKeystore *keystore,
                 const char *name,
                 int signature_fd,
                 int data_fd,
                 int out_fd,
                 FetchStatus *ret,
                 Error *e) {
        _cleanup_(fetch_keyring_done) FetchKeyring keyring = FETCH_KEYRING_NULL;
        _cleanup_(fetch_status_done) FetchStatus status = FETCH_STATUS_NULL;
        _cleanup_(fd_closep) int keyring_fd = -EBADF;
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        int r = fetch_keystore_keys(keystore, name, &keyring, e), exit_status = 0;

        if (r < 0)
                return error_wrap(e, r, "could not get the keystore");
        keyring_fd = fetch_memory_from(keyring.bytes, keyring.n);
        if (keyring_fd < 0)
                return keyring_fd;
        if (lseek(signature_fd, 0, SEEK_SET) < 0 ||
            (data_fd >= 0 && lseek(data_fd, 0, SEEK_SET) < 0))
                return -errno;
        exit_status = run(keyring_fd, signature_fd, data_fd, out_fd, &text, &n);
        if (exit_status < 0)
                return error_wrap(e, exit_status, "cannot run \"%s\"", FETCH_GPGV);
        r = fetch_status_parse(text, n, &status, e);
        if (r >= 0)
                r = judge(&status, exit_status, &keyring, e);
        if (r >= 0)
                *ret = struct_take(&status);
        return r;
}

int fetch_verify(const FetchKeystore *keystore,
                 const char *name,
                 int signature_fd,
                 int data_fd,
                 FetchStatus *ret,
                 Error *e) {
        return check(keystore, name, signature_fd, data_fd, -EBADF, ret, e);
}

int fetch_verify_message(const FetchKeystore *keystore,
                         const char *name,
                         int message_fd,
                         size_t max,
                         char **ret,
                         size_t *ret_n,
                         Error *e) {
        _cleanup_(fetch_status_done) FetchStatus status = FETCH_STATUS_NULL;
        _cleanup_(fd_closep) int out = fetch_memory_new();
        int r = out < 0 ? out : check(keystore, name, message_fd, -EBADF, out, &status, e);

        if (r >= 0)
                r = fetch_memory_read(out, max, ret, ret_n);
        return r;
}
