/* SPDX-License-Identifier: Apache-2.0 */
#include "network-rules.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lock.h"
#include "network-program.h"

#define LOCK_FILE "/run/lock/rkt-ports"
#define TIMEOUT_USEC ((uint64_t) 20 * 1000 * 1000)

/* One transaction: it fails as a whole when the first chain holds a rule, which is a port of a pod.
 * Names and rules are the portmap plugin's. */
#define SWEEP                                                                       \
        "*nat\n"                                                                    \
        "-D PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n"         \
        "-D OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n"             \
        "-D POSTROUTING -m comment --comment \"CNI portfwd requiring masquerade\" " \
        "-j CNI-HOSTPORT-MASQ\n"                                                    \
        "-X CNI-HOSTPORT-DNAT\n"                                                    \
        "-F CNI-HOSTPORT-MASQ\n-X CNI-HOSTPORT-MASQ\n"                              \
        "-F CNI-HOSTPORT-SETMARK\n-X CNI-HOSTPORT-SETMARK\n"                        \
        "COMMIT\n"

static int open_lock(void) {
        int fd = open(LOCK_FILE, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

        return fd < 0 ? -errno : fd;
}

int network_rules_hold(void) {
        _cleanup_(fd_closep) int fd = open_lock();
        int r = fd < 0 ? fd : lock_take(fd, true);

        return r < 0 ? r : fd_take(&fd);
}

/* Returns as network_program_run(); -ENOENT where the program is not installed. */
static int run(const char *program, const char *argument, const char *input, NetworkOutput *ret) {
        char path[64], words[64], wait[] = "--wait=5";
        char *argv[] = { path, words, strcmp(argument, "--noflush") == 0 ? wait : NULL, NULL };
        char search[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
        char *envp[] = { search, NULL };
        const NetworkProgram spec = {
                .argv = argv,
                .envp = envp,
                .input = input,
                .timeout_usec = TIMEOUT_USEC,
                .cancel_fd = -1,
        };

        (void) snprintf(path, sizeof(path), "/usr/sbin/%s", program);
        (void) snprintf(words, sizeof(words), "%s", argument);
        return access(path, X_OK) < 0 ? -errno : network_program_run(&spec, ret, NULL);
}

static void restore(const char *program, const char *input) {
        _cleanup_(network_output_done) NetworkOutput output = {};

        (void) run(program, "--noflush", input, &output);
}

void network_rules_sweep(void) {
        _cleanup_(fd_closep) int fd = open_lock();

        /* Two that gave up for each other would leave them. */
        if (fd < 0 || lock_take(fd, true) < 0)
                return;
        restore("iptables-restore", SWEEP);
        restore("ip6tables-restore", SWEEP);
}

/* The chain that a rule leads to, if it is one that holds rules of one container alone. */
static const char *own_chain(const char *rule) {
        const char *target = strstr(rule, " -j CNI-");

        target = target ? target + strlen(" -j ") : NULL;
        return target && !text_after(target, "CNI-HOSTPORT-") && !strchr(target, ' ') ? target
                                                                                      : NULL;
}

static bool names(const char *rule, const char *container) {
        const char *found = text_after(rule, "-A ") ? strstr(rule, container) : NULL;

        return found && found[strlen(container)] == '\\';
}

/* Without the own chains' rules: these go as a whole. */
static bool is_in(const char *rule, char *const *chains) {
        for (; chains && *chains; chains++) {
                const char *rest = text_after(rule + strlen("-A "), *chains);

                if (rest && *rest == ' ')
                        return true;
        }
        return false;
}

static int find_chains(char *const *lines, const char *container, Strv *ret) {
        int r = 0;

        for (; *lines && r >= 0; lines++) {
                const char *chain = names(*lines, container) ? own_chain(*lines) : NULL;

                if (chain && !strv_contains(*ret, chain))
                        r = strv_append(ret, chain);
        }
        return r;
}

int network_rules_script(const char *saved, const char *container, char **ret) {
        _cleanup_(strv_freep) Strv lines = NULL, chains = NULL, script = NULL;
        int r = strv_split(saved, '\n', &lines);

        *ret = NULL;
        if (r >= 0)
                r = find_chains(lines, container, &chains);
        if (r >= 0)
                r = strv_append(&script, "*nat");
        for (char **line = lines; r >= 0 && *line; line++)
                if (names(*line, container) && !is_in(*line, chains))
                        r = strv_appendf(&script, "-D %s", *line + strlen("-A "));
        for (char **chain = chains; r >= 0 && chain && *chain; chain++) {
                r = strv_appendf(&script, "-F %s", *chain);
                if (r >= 0)
                        r = strv_appendf(&script, "-X %s", *chain);
        }
        if (r < 0 || strv_length(script) == 1)
                return r;
        r = strv_append(&script, "COMMIT\n");
        *ret = r < 0 ? NULL : strv_join(script, "\n");
        return r < 0 || *ret ? r : -ENOMEM;
}

static void remove_family(const char *container, const char *save, const char *restore_program) {
        _cleanup_(network_output_done) NetworkOutput output = {};
        _cleanup_(freep) char *script = NULL;

        if (run(save, "--table=nat", "", &output) == 0 &&
            network_rules_script(output.text, container, &script) == 0 && script)
                restore(restore_program, script);
}

void network_rules_remove(const Uuid *pod, bool ip4, bool ip6) {
        char container[sizeof("rkt-") + sizeof(pod->text)];

        (void) snprintf(container, sizeof(container), "rkt-%s", pod->text);
        if (ip4)
                remove_family(container, "iptables-save", "iptables-restore");
        if (ip6)
                remove_family(container, "ip6tables-save", "ip6tables-restore");
}
