#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What hosts do to pods and apps to hosts: daemons that restart, disks that are read-only, apps that
# will not go or take all they can; and that many pods leave no more behind than one.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/faults-images pods=/var/lib/rkt/pods
    export kill_at=$BATS_TEST_DIRNAME/../../build/tests/tools/kill-at
    mkdir -p "$images"
    make_aci "$images/sh.aci" example.com/sh "$(exec_of /bin/sh)"
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    mount -o remount,bind,rw /var/lib/rkt
    end_pods
    rkt gc --grace-period=0s >/dev/null 2>&1
    rkt gc --grace-period=0s >/dev/null 2>&1
    assert_nothing_left
    assert_equal "$(find "$pods" -mindepth 2 -maxdepth 2)" ''
}

rkt() {
    command rkt --insecure-options=image "$@"
}

# All that a pod could leave: units, mounts, cgroups, files, and what the daemons hold open. When an image was used is
# the image's. machined comes when it is asked something, which the shortest pods may not live to do.
traces() {
    machinectl list >/dev/null
    echo "units $(systemctl list-units --all --plain --no-legend | wc -l)"
    echo "mounts $(wc -l </proc/self/mounts)"
    echo "cgroups $(find /sys/fs/cgroup -type d | wc -l)"
    echo "pods $(find "$pods" -mindepth 2 | wc -l)"
    echo "trees $(find /var/lib/rkt/cas -mindepth 2 -maxdepth 3 -not -path '*/used/*' | wc -l)"
    echo "journals $(find /var/log/journal /run/log/journal -mindepth 1 -maxdepth 1 2>/dev/null | wc -l)"
    echo "runtime $(find /run/systemd /run/user /run/machines -path '*rkt*' 2>/dev/null | wc -l)"
    echo "tmp $(find /tmp /var/tmp -mindepth 1 -maxdepth 1 -name '*rkt*' | wc -l)"
    for daemon in systemd dbus-daemon systemd-machine systemd-journal; do
        echo "$daemon $(find "/proc/$(pgrep -o "^$daemon")/fd" -mindepth 1 2>/dev/null | wc -l)"
    done
}

# What is counted goes down again some time after the pod is gone.
settled_traces() { # WANTED
    local end=$((SECONDS + 20)) now
    while now=$(traces) && [[ $now != "$1" ]] && ((SECONDS < end)); do
        sleep 0.2
    done
    printf '%s\n' "$now"
}

@test "many rounds leave what two rounds leave" {
    local i rounds=${RKT_TEST_ROUNDS:-30} before
    for i in 1 2; do
        rkt run "$images/sh.aci" -- -c true
        rkt gc --grace-period=0s >/dev/null 2>&1
    done
    sleep 1
    before=$(traces)
    for ((i = 0; i < rounds; i++)); do
        rkt run "$images/sh.aci" -- -c 'echo round'
        ((i % 10)) || rkt gc --grace-period=0s >/dev/null 2>&1
    done
    rkt gc --grace-period=0s >/dev/null 2>&1
    rkt gc --grace-period=0s >/dev/null 2>&1
    assert_equal "$(settled_traces "$before")" "$before"
}

@test "journald restarts, the host's and the pod's: nothing is lost and the pod goes on" {
    local uuid
    uuid=$(rkt run --detach "$images/sh.aci" -- -c 'i=0; while sleep 0.1; do i=$((i + 1)); echo "line $i"; done')
    wait_for rkt_said "$uuid" 'line 2'
    systemctl restart systemd-journald.service
    systemctl restart "systemd-journald@rkt-$uuid.service"
    wait_for rkt_said "$uuid" 'line 15'
    run -0 rkt stop "$uuid"
    run -0 rkt status --wait=20s "$uuid"
    # Every line, in order.
    run -0 rkt logs "$uuid"
    assert_equal "$output" "$(for ((i = 1; i <= ${#lines[@]}; i++)); do echo "line $i"; done)"
}

rkt_said() { # UUID TEXT
    rkt logs "$1" | grep -q "^$2\$"
}

@test "machined restarts: the pod is known as before, and stops" {
    local uuid
    uuid=$(rkt run --detach "$images/sleep.aci")
    systemctl restart systemd-machined.service
    run -0 machinectl show -p Leader --value "rkt-$uuid"
    assert_equal "$output" "$(<"$pods/run/$uuid/pid")"
    machinectl poweroff "rkt-$uuid"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" app-sleep=0
}

@test "a data directory that cannot be written" {
    local uuid
    uuid=$(rkt run --detach "$images/sleep.aci")
    rkt run "$images/sh.aci" -- -c true
    mount -o remount,bind,ro /var/lib/rkt
    run -254 --separate-stderr rkt run "$images/sh.aci" -- -c true
    [[ $stderr =~ [Rr]ead-?only ]]
    assert_equal "${#stderr_lines[@]}" 1
    run -254 --separate-stderr rkt prepare "$images/sh.aci"
    [[ $stderr =~ [Rr]ead-?only ]]
    run -0 rkt list --no-legend --fields=app
    assert_equal "$(sort <<<"$output")" $'sh\nsleep'
    run -0 rkt status "$uuid"
    assert_equal "${lines[0]}" state=running
    run -254 --separate-stderr rkt gc --grace-period=0s
    assert_contains "$stderr" 'Read-only file system'
    run -0 rkt stop "$uuid"
    run -0 rkt status --wait=20s "$uuid"
    mount -o remount,bind,rw /var/lib/rkt
}

@test "times that cannot be: list, status and gc go on" {
    local uuid
    rkt run --uuid-file-save="$images/uuid" "$images/sh.aci" -- -c true
    uuid=$(<"$images/uuid")
    touch -d 2100-01-01 "$pods/run/$uuid/pod-created" "$pods/run/$uuid/pid"
    run -0 --separate-stderr rkt list --no-legend --fields=created,started
    assert_equal "$stderr" ''
    run -0 rkt status "$uuid"
    touch -d 1970-01-02 "$pods/run/$uuid/pod-created" "$pods/run/$uuid/pid"
    run -0 --separate-stderr rkt list --no-legend --fields=created
    assert_equal "$output" 'a long while ago'
    run -0 rkt gc --grace-period=0s
}

@test "SIGKILL at any step of stop: the pod runs or stops, and can be stopped again" {
    local n uuid status
    for ((n = 1; n < 100; n++)); do
        uuid=$(rkt run --detach "$images/sleep.aci")
        status=0
        "$kill_at" "$n" "$(type -P rkt)" stop "$uuid" >/dev/null 2>&1 || status=$?
        ((status == 137)) || break
        rkt gc --grace-period=0s >/dev/null 2>&1
        if [[ -e $pods/run/$uuid ]]; then
            rkt stop "$uuid"
            run -0 rkt status --wait=20s "$uuid"
            rkt gc --grace-period=0s >/dev/null 2>&1
        fi
    done
    assert_equal "$status" 0
    ((n > 2))
    run -0 rkt status --wait=20s "$uuid"
}

@test "an app that ignores SIGTERM is killed in the end, and that is told" {
    local uuid
    uuid=$(rkt run --detach "$images/sh.aci" --property=TimeoutStopSec=1s -- -c 'trap "" TERM; while :; do sleep 0.1; done')
    rkt stop "$uuid"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" app-sh=137
}

@test "what an app leaves running ends with it" {
    run -0 rkt run "$images/sh.aci" -- -c '(/bin/busybox setsid /bin/busybox sleep 4321 &) ; exec /bin/true'
    run -1 pgrep -f 'sleep 4321'
}

@test "an app that forks without end is held to its tasks" {
    need_controller pids
    run rkt run "$images/sh.aci" --property=TasksMax=20 -- -c 'i=0; while [ $i -lt 100 ]; do /bin/sleep 5 & i=$((i + 1)); done; echo all of them'
    assert_contains "$output" fork
    [[ $status != 0 && $output != *'all of them'* ]]
}

@test "an app that fills its log: the disk it takes is bounded" {
    local uuid size
    uuid=$(rkt run --detach "$images/sh.aci" --property=LogRateLimitIntervalSec=0 -- -c '/bin/busybox yes "$(/bin/busybox seq 1 200 | /bin/busybox tr "\n" " ")" | /bin/busybox head -n 150000; exec sleep 1000')
    sleep 3
    size=$(du -sm "/var/log/journal/$(</etc/machine-id).rkt-$uuid" | cut -f 1)
    ((size <= 72)) || fail "$size MiB"
    assert_contains "$(rkt stats --no-legend "$uuid")" "${uuid:0:8}"
}
