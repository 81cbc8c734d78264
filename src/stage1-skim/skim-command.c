/* SPDX-License-Identifier: Apache-2.0 */
#include "skim-command.h"

#include <fcntl.h>
#include <unistd.h>

#include "openat.h"
#include "skim-elf.h"
#include "skim-libraries.h"

#define SCRIPT_DEPTH_MAX 4  /* as the kernel: BINPRM recursion */
#define SCRIPT_LINE_MAX 256 /* as the kernel: BINPRM_BUF_SIZE */
#define LOADER_SIZE_MAX ((off_t) 16 * 1024 * 1024)

void skim_command_done(SkimCommand *command) {
        free(command->path);
        strv_free(command->argv);
        *command = SKIM_COMMAND_NULL;
}

/* Puts @text in front; takes it in every case. */
static int push_front(Strv *argv, char *text) {
        size_t n = strv_length(*argv);
        Strv grown = text ? reallocarray(*argv, n + 2, sizeof(char *)) : NULL;

        if (!grown) {
                free(text);
                return -ENOMEM;
        }
        memmove(grown + 1, grown, n * sizeof(char *));
        grown[0] = text;
        grown[n + 1] = NULL;
        *argv = grown;
        return 0;
}

static char *on_host(const char *root_path, const char *path) {
        char *joined = NULL;

        return asprintf(&joined, "%s%s%s", root_path, path[0] == '/' ? "" : "/", path) < 0 ? NULL
                                                                                           : joined;
}

/* A script's first line as interpreter and the one argument it may name, both allocated. Returns 1
 * if it is a script. */
static int read_script(int fd, char **ret_interpreter, char **ret_argument) {
        char line[SCRIPT_LINE_MAX + 1], *rest = NULL, *end = NULL;
        ssize_t n = pread(fd, line, SCRIPT_LINE_MAX, 0);

        if (n < 0)
                return -errno;
        line[n] = '\0';
        if (!text_after(line, "#!"))
                return 0;
        line[strcspn(line, "\n")] = '\0';
        rest = text_trim(line + 2);
        end = rest + strcspn(rest, " \t");
        if (end == rest)
                return -ENOEXEC;
        *ret_interpreter = strndup(rest, (size_t) (end - rest));
        rest = text_trim(end);
        *ret_argument = *rest ? strdup(rest) : NULL;
        return *ret_interpreter && (!*rest || *ret_argument) ? 1 : -ENOMEM;
}

/* Whether a loader knows "--argv0": glibc since 2.33, musl. Its own help text says so. */
static bool loader_takes_argv0(int root_fd, const char *path) {
        _cleanup_(fd_closep) int fd = open_regular(root_fd, path);
        _cleanup_(freep) char *bytes = NULL;
        off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);

        if (size <= 0 || size > LOADER_SIZE_MAX)
                return false;
        bytes = malloc((size_t) size);
        if (!bytes || pread(fd, bytes, (size_t) size, 0) != size)
                return false;
        return memmem(bytes, (size_t) size, "argv0", strlen("argv0")) != NULL;
}

/* argv holds the program's own arguments, argv[0] first. */
static int run_by_loader(int root_fd,
                         const char *root_path,
                         const char *program,
                         const SkimElf *elf,
                         SkimCommand *command) {
        _cleanup_(freep) char *libraries = NULL, *loader = NULL, *real = NULL;
        char *argv0 = NULL;
        int r = skim_host_path(root_fd, root_path, elf->interpreter, &loader);

        if (r >= 0)
                r = skim_host_path(root_fd, root_path, program, &real);
        if (r >= 0)
                r = skim_library_path(root_fd, root_path, elf->library_paths, &libraries);
        if (r < 0)
                return r;

        argv0 = command->argv[0];
        command->argv[0] = ptr_take(&real);
        if (loader_takes_argv0(root_fd, elf->interpreter)) {
                r = push_front(&command->argv, argv0);
                if (r >= 0)
                        r = push_front(&command->argv, strdup("--argv0"));
        } else
                free(argv0);
        if (r >= 0)
                r = push_front(&command->argv, ptr_take(&libraries));
        if (r >= 0)
                r = push_front(&command->argv, strdup("--library-path"));
        if (r >= 0)
                r = push_front(&command->argv, strdup(loader));
        command->path = ptr_take(&loader);
        return r;
}

static int finish(int root_fd,
                  const char *root_path,
                  const char *program,
                  int fd,
                  SkimCommand *command,
                  Error *e) {
        _cleanup_(skim_elf_done) SkimElf elf = SKIM_ELF_NULL;
        _cleanup_(fd_closep) int loader_fd = -EBADF;
        int r = skim_elf_read(fd, &elf, e);

        if (r < 0)
                return error_wrap(e, r, "cannot execute \"%s\" of the image", program);
        if (elf.interpreter)
                loader_fd = open_in_root(root_fd, elf.interpreter, O_PATH);
        if (loader_fd >= 0)
                r = run_by_loader(root_fd, root_path, program, &elf, command);
        else /* static, or made to run with the host's libraries */
                r = skim_host_path(root_fd, root_path, program, &command->path);
        return r < 0 ? error_wrap(e, r, "cannot execute \"%s\" of the image", program) : 0;
}

/* One step from a script to its interpreter. */
static int enter_script(int root_fd,
                        const char *root_path,
                        const char *script,
                        const char *interpreter,
                        char **argument,
                        Strv *argv) {
        char *real = NULL;
        int r = skim_host_path(root_fd, root_path, script, &real);

        if (r < 0)
                return r;
        free((*argv)[0]);
        (*argv)[0] = real; /* what the interpreter is to open */
        if (*argument)
                r = push_front(argv, ptr_take(argument));
        return r < 0 ? r : push_front(argv, on_host(root_path, interpreter));
}

int skim_command(int root_fd,
                 const char *root_path,
                 const char *program,
                 char *const *arguments,
                 SkimCommand *ret,
                 Error *e) {
        _cleanup_(skim_command_done) SkimCommand command = SKIM_COMMAND_NULL;
        _cleanup_(freep) char *current = strdup(program);
        int r = current ? strv_copy(arguments, &command.argv) : -ENOMEM;

        if (r >= 0)
                r = push_front(&command.argv, on_host(root_path, program));
        if (r < 0)
                return r;
        for (unsigned depth = 0; depth <= SCRIPT_DEPTH_MAX; depth++) {
                _cleanup_(freep) char *interpreter = NULL, *argument = NULL;
                _cleanup_(fd_closep) int fd = open_regular(root_fd, current);

                if (fd < 0)
                        return error_wrap(e, fd, "cannot execute \"%s\" of the image", current);
                r = read_script(fd, &interpreter, &argument);
                if (r == 0) {
                        r = finish(root_fd, root_path, current, fd, &command, e);
                        if (r < 0)
                                return r;
                        *ret = command;
                        command = SKIM_COMMAND_NULL;
                        return 0;
                }
                if (r > 0 && interpreter)
                        r = enter_script(root_fd, root_path, current, interpreter, &argument,
                                         &command.argv);
                if (r < 0)
                        return error_wrap(e, r, "cannot execute script \"%s\" of the image",
                                          current);
                free(current);
                current = ptr_take(&interpreter);
        }
        return error_new(e, -ELOOP, "script \"%s\" of the image leads to too many others", program);
}
