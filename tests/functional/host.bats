#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The test host itself: what the other files take for granted.

load helper

test_dir=/var/lib/rkt/host-test

setup() {
    mkdir -p "$test_dir"
    cd "$test_dir" || return
}

teardown() {
    systemctl stop 'host-test-*' 2>/dev/null || :
    cd /
    if mountpoint -q "$test_dir/merged"; then
        umount "$test_dir/merged"
    fi
    rm -rf "$test_dir"
}

# Run a shell script as a service with the given properties and wait. From a file, because systemd
# would expand variables in a command line.
service() { # NAME SCRIPT PROPERTY…
    local name=$1
    local -a properties

    echo "$2" >"$test_dir/$name.sh"
    shift 2
    properties=("${@/#/--property=}")
    systemd-run --quiet --wait --pipe --collect --unit="host-test-$name" "${properties[@]}" \
        sh "$test_dir/$name.sh"
}

# A directory in which the host's own files can be changed without changing them.
mount_copy_of_host() {
    mkdir upper work merged
    mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work merged
}

@test "systemd is PID 1 and every unit has started" {
    [[ $(</proc/1/comm) == systemd ]]
    run -0 systemctl is-system-running
    assert_equal "$output" running
}

@test "the machine-id is this host's own and the journal is persistent" {
    local id

    id=$(</etc/machine-id)
    [[ $id =~ ^[0-9a-f]{32}$ ]]
    journalctl --sync
    [[ -s /var/log/journal/$id/system.journal ]]
}

@test "commands that enter are in a scope of their own, without the machine's environment" {
    grep -q ':/system.slice/run-.*\.scope$' /proc/self/cgroup
    # What is outside of this host's part of a hierarchy looks like this.
    run ! grep ':/\.\.' <(grep -v name=systemd /proc/self/cgroup)
    run -0 tr '\0' '\n' <"/proc/$PPID/environ"
    assert_contains "$output" LANG=C.UTF-8
    [[ $output != *INVOCATION_ID* ]]
}

@test "MemoryMax= kills what takes more" {
    # tail keeps all of it: there is no line end.
    local script='head -c 60M /dev/zero | tail | wc -c'

    need_controller memory
    run service memory "$script" MemoryMax=20M MemorySwapMax=0
    [[ $output != 62914560 ]]

    run -0 service memory "$script"
    assert_equal "$output" 62914560
}

@test "TasksMax= refuses a fork" {
    local script='sleep 0 & wait $! && echo forked'

    need_controller pids
    run ! service tasks "$script" TasksMax=1
    assert_contains "$output" 'Cannot fork'

    run -0 service tasks "$script" TasksMax=10
    assert_equal "$output" forked
}

@test "CPUQuota= throttles" {
    # The kernel counts the periods in which the service had to wait.
    # shellcheck disable=SC2016
    local script='
        i=0
        while [ $i -lt 50000 ]; do i=$((i + 1)); done
        path=$(sed -n "s/^[0-9]*:cpu:/cpu/p" /proc/self/cgroup)
        [ -n "$path" ] || path=$(sed -n "s/^0:://p" /proc/self/cgroup)
        sed -n "s/^nr_throttled //p" "/sys/fs/cgroup/$path/cpu.stat"'

    need_controller cpu
    run -0 service cpu "$script" CPUQuota=10%
    [[ $output -gt 0 ]]

    run -0 service cpu "$script" CPUQuota=100000%
    assert_equal "$output" 0
}

@test "machined answers, and knows a machine that was registered" {
    run -0 machinectl list --no-legend
    assert_equal "$output" ''

    systemd-run --quiet --unit=host-test-machine --slice=machine.slice sleep infinity
    busctl call org.freedesktop.machine1 /org/freedesktop/machine1 \
        org.freedesktop.machine1.Manager RegisterMachine 'sayssus' host-test 0 host-test \
        container "$(systemctl show -P MainPID host-test-machine)" /
    run -0 machinectl list --no-legend
    assert_contains "$output" host-test
    run -0 machinectl show host-test --property=Unit
    assert_equal "$output" Unit=host-test-machine.service
}

@test "overlayfs works in /var/lib/rkt, with an opaque directory and a whiteout" {
    mkdir -p lower/dir upper work merged
    echo below >lower/dir/file
    mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged
    rm -r merged/dir
    mkdir merged/dir
    [[ ! -e merged/dir/file ]]
    [[ -e lower/dir/file ]]
    [[ $(stat --file-system --format=%T .) != overlayfs ]]
}

@test "a journal namespace has its own journald and its own entries" {
    local id

    id=$(</etc/machine-id)
    # Before the service ends: the namespace's sockets may go with it.
    service namespace 'echo said in the namespace | systemd-cat
        journalctl --namespace=host-test --sync' LogNamespace=host-test
    run -0 journalctl --namespace=host-test --output=cat
    assert_contains "$output" 'said in the namespace'
    [[ -d /var/log/journal/$id.host-test ]]
    journalctl --sync
    run journalctl --output=cat --quiet --grep='^said in the namespace'
    assert_equal "$output" ''
    systemctl stop 'systemd-journald*@host-test.*'
    rm -r "/var/log/journal/$id.host-test"
}

@test "bridges, veth pairs and macvlans can be made in network namespaces" {
    ip netns add host-test
    ip link add host-test-br type bridge
    ip link add host-test-a type veth peer name host-test-b netns host-test
    ip link set host-test-a master host-test-br
    ip link add host-test-m link host-test-br type macvlan
    run -0 ip -n host-test -o link show host-test-b
    ip link del host-test-m
    ip link del host-test-br
    ip netns del host-test
}

@test "a nested systemd-nspawn boots a systemd, registers, logs and powers off" {
    local unit=host-test-nspawn.service

    mount_copy_of_host
    # Up when the systemd inside says so.
    systemd-run --quiet --unit="$unit" --slice=machine.slice --property=Type=notify \
        --property=Delegate=yes --property=TimeoutStartSec=60 --collect \
        systemd-nspawn --boot --keep-unit --notify-ready=yes --machine=host-test-inner \
        --directory="$test_dir/merged" --link-journal=try-guest --console=read-only
    run -0 machinectl list --no-legend
    assert_contains "$output" host-test-inner
    run -0 systemctl --machine=host-test-inner is-active multi-user.target
    run -0 journalctl --machine=host-test-inner --output=cat --quiet
    assert_contains "$output" 'Reached target'
    machinectl poweroff host-test-inner
    # A stop job waits for what is already going on.
    systemctl stop "$unit"
    run -0 machinectl list --no-legend
    [[ $output != *host-test-inner* ]]
}

@test "nothing of these tests is left" {
    assert_nothing_left
    assert_equal "$(systemctl list-units --all --plain --no-legend 'host-test-*')" ''
    assert_equal "$(systemctl --failed --no-legend)" ''
}
