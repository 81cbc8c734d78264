# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Into a running host.
# shellcheck disable=SC2154 # what host sets: states_dir

# Run a command in all namespaces of a host's PID 1, with an environment that owes nothing to the
# machine's, in the machine's terminal if there is one. Does not return.
enter_exec() { # LEADER CMD [ARG…]
    local leader=$1

    shift
    # The command's parent stays outside of the PID namespace. nsenter as that parent would pass no
    # signal on and would leave an orphan that only the machine's PID 1 can bury, and until then the
    # host could not go; timeout does what a parent should. Should it be killed, the command hears.
    exec nsenter --target "$leader" --mount --uts --ipc --net --pid --cgroup --no-fork \
        env --ignore-environment --chdir=/root HOME=/root USER=root SHELL=/bin/bash \
        LANG=C.UTF-8 TERM="${TERM:-dumb}" \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        timeout --foreground 0 setpriv --pdeathsig TERM -- "$@"
}

host_enter() { # NAME [--] [CMD [ARG…]]
    local name=${1:-} leader namespace cgroup

    [[ $EUID -eq 0 ]] || die "needs root"
    is_name "$name" || die "enter: which host?"
    shift
    [[ ${1:-} != -- ]] || shift
    [[ $# -gt 0 ]] || set -- bash -l

    { read -r leader namespace <"$states_dir/$name/leader"; } 2>/dev/null ||
        die "no host '$name' is up"
    # The number alone could be another process's by now.
    [[ $(readlink "/proc/$leader/ns/pid") == "$namespace" ]] || die "host '$name' is dead"

    # The scope made below has no place in hierarchies systemd does not use: without this the
    # command would be seen in the machine's cgroups there. Refused where systemd has enabled
    # version 2 controllers, and not needed there.
    while read -r cgroup; do
        echo 0 >"$cgroup/cgroup.procs" || :
    done <"$states_dir/$name/cgroups" 2>/dev/null

    # Nobody who logs in has the number of a unit's run in the environment.
    enter_exec "$leader" systemd-run --quiet --scope --collect -- \
        env --unset=INVOCATION_ID -- "$@"
}
