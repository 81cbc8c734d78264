#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# rkt stats: what apps use, as systemd counts it.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/stats-images
    mkdir -p "$images"
    make_aci "$images/sh.aci" example.com/sh "$(exec_of /bin/sh -c)"
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    end_pods
    rkt gc --grace-period=0s >/dev/null 2>&1
    if cpuacct_is_apart; then
        find /sys/fs/cgroup/cpuacct -depth -type d -path '*/machine.slice*' -exec rmdir {} +
    fi
    assert_nothing_left
}

rkt() {
    command rkt --insecure-options=image "$@"
}

@test "a row for each app of each pod that runs, and no other" {
    local uuid other
    run -0 rkt stats
    assert_equal "$output" $'UUID\tAPP\tCPU\tMEMORY\tLIMIT\tTASKS\tREAD\tWRITTEN'
    run -0 rkt stats --format=json
    assert_equal "$output" '[]'
    rkt run "$images/sh.aci" -- true
    uuid=$(rkt run --detach "$images/sh.aci" --name=one -- 'sleep 1000 & sleep 1000 & wait' --- "$images/sh.aci" --name=two -- 'exec sleep 1000')
    other=$(rkt run --detach "$images/sh.aci" -- 'exec sleep 1000')
    run -0 rkt stats --no-legend
    assert_equal "$(cut -f 1 <<<"$output" | sort)" "$(printf '%s\n' "${uuid:0:8}" "${uuid:0:8}" "${other:0:8}" | sort)"
    run -0 rkt stats --no-legend "${uuid:0:8}"
    assert_equal "${#lines[@]}" 2
    run -0 rkt stats --no-legend --full "$other"
    assert_equal "${output%%$'\t'*}" "$other"
}

@test "the numbers are those of systemd" {
    local uuid unit short app cpu memory tasks
    need_controller pids
    need_controller memory
    uuid=$(rkt run --detach "$images/sh.aci" --property=CPUAccounting=true -- 'sleep 1000 & sleep 1000 & wait')
    unit=rkt-$uuid-sh.service
    for _ in {1..50}; do
        run -0 rkt stats --format=json "$uuid"
        [[ $(jq '.[0].tasks' <<<"$output") != 3 ]] || break
        sleep 0.1
    done
    assert_equal "$(jq -c '.[0] | [.pod, .app, .tasks]' <<<"$output")" "[\"$uuid\",\"sh\",3]"
    # The kernel counts memory in batches: two looks need not be equal.
    assert_equal "$(jq '.[0].memory | . > 4096 and . < 16777216' <<<"$output")" true
    # Where the kernel does not count it, both say so.
    assert_equal "$(jq -r '.[0].cpu_ns // "[not set]"' <<<"$output")" "$(systemctl show -p CPUUsageNSec --value "$unit")"
    run -0 rkt stats --no-legend "$uuid"
    read -r short app cpu memory _ tasks _ <<<"$output"
    assert_equal "$short $app $tasks" "${uuid:0:8} sh 3"
    [[ $cpu =~ ^([0-9]+\.[0-9]{3}s|-)$ && $memory =~ ^[0-9.]+(B|KiB|MiB)$ ]]
}

@test "which pod is meant, and what is refused" {
    local uuid
    rkt run --uuid-file-save="$images/uuid" "$images/sh.aci" -- true
    uuid=$(<"$images/uuid")
    run -254 --separate-stderr rkt stats --format=json "$uuid"
    assert_equal "$stderr" "stats: pod \"$uuid\" is not running"
    assert_equal "$output" ''
    run -254 rkt stats nosuch
    run -254 rkt stats --format=xml
}

# A pod whose only app keeps a processor busy, which systemd can count.
burn() {
    local unit group pid uuid
    uuid=$(rkt run --detach "$images/sh.aci" --property=CPUAccounting=true -- 'while :; do :; done')
    unit=rkt-$uuid-sh.service
    if cpuacct_is_apart; then
        group=$(systemctl show -p ControlGroup --value "$unit")
        mkdir -p "/sys/fs/cgroup/cpuacct$group"
        while read -r pid; do
            echo "$pid" >"/sys/fs/cgroup/cpuacct$group/cgroup.procs"
        done <"/sys/fs/cgroup/systemd$group/cgroup.procs"
    fi
    [[ $(systemctl show -p CPUUsageNSec --value "$unit") != '[not set]' ]] || return
    printf '%s\n' "$uuid"
}

# On version 1 systemd takes cpu and cpuacct for one hierarchy. Where they are two it makes no groups in
# the second, but reads what those count that somebody else has made.
cpuacct_is_apart() {
    [[ -d /sys/fs/cgroup/cpuacct && ! -L /sys/fs/cgroup/cpuacct ]]
}

has_line() { # PATTERN FILE
    grep -q -- "$1" "$2"
}

@test "--watch shows from the second round on how busy an app is" {
    local uuid share
    uuid=$(burn)
    # Five lines are two tables with an empty line between; who has read them goes, and so does it.
    run -0 bash -o pipefail -c "timeout 20 rkt stats --watch=1s $uuid | head -n 5"
    assert_equal "${lines[0]}" $'UUID\t\tAPP\tCPU\tCPU%\tMEMORY\tLIMIT\tTASKS\tREAD\tWRITTEN'
    [[ ${lines[1]} =~ ^"${uuid:0:8}"$'\t'+sh$'\t'+[0-9.]+s$'\t'+-$'\t' ]] || fail "first: ${lines[1]}"
    assert_equal "$(sed -n 3p <<<"$output")" ''
    share=$(awk 'NR == 5 { print $4 }' <<<"$output")
    [[ $share =~ ^[0-9]+\.[0-9]$ ]] || fail "second: ${lines[3]}"
    ((${share%.*} > 20 && ${share%.*} < 400)) || fail "busy: $share"
}

@test "--watch with JSON is one document a line" {
    local uuid
    uuid=$(burn)
    run -0 bash -o pipefail -c "timeout 20 rkt stats --watch=500ms --format=json $uuid | head -n 3"
    assert_equal "${#lines[@]}" 3
    assert_equal "$(jq -r '.[0].pod' <<<"$output" | sort -u)" "$uuid"
    assert_equal "$(jq -c '.[0] | has("cpu_percent"), (.cpu_percent // 0) > 20' <<<"$output" | tr '\n' ' ')" \
        'false false true true true true '
}

@test "--watch ends by itself when the last pod that was named has ended" {
    local one two pid
    one=$(rkt run --detach "$images/sh.aci" -- 'exec sleep 1000')
    two=$(rkt run --detach "$images/sh.aci" -- 'exec sleep 1000')
    timeout 60 rkt stats --watch=100ms --format=json "$one" "$two" >"$images/out" 3>&- &
    pid=$!
    wait_for has_line "$one.*$two" "$images/out"
    rkt stop --force "$one"
    wait_for has_line "^.{\"pod\":\"$two\"" "$images/out"
    rkt stop --force "$two"
    wait "$pid"
    # Not an empty last round.
    assert_equal "$(grep -cx '\[\]' "$images/out")" 0
}

@test "--watch without a name goes on, whatever runs" {
    local uuid pid status=0
    timeout 60 rkt stats --watch=100ms --format=json >"$images/out" 3>&- &
    pid=$!
    wait_for has_line '^\[\]$' "$images/out"
    uuid=$(rkt run --detach "$images/sh.aci" -- 'exec sleep 1000')
    wait_for has_line "$uuid" "$images/out"
    rkt stop --force "$uuid"
    : >"$images/out"
    wait_for has_line '\[\]$' "$images/out"
    kill "$pid"
    wait "$pid" || status=$?
    assert_equal "$status" 143
}

@test "--watch paints over what it has painted on a terminal" {
    run -124 script --quiet --return --command \
        "timeout --foreground 1 rkt stats --watch=200ms" /dev/null </dev/null
    [[ ${lines[0]} == $'\e[H\e[J\e[?7lUUID\tAPP\tCPU\tCPU%\t'* && ${lines[1]} == $'\e[?7h\e[H\e[J\e[?7lUUID'* ]] ||
        fail "$(printf '%q\n' "$output")"
}

@test "--watch shows what the window has room for" {
    rkt run --detach "$images/sh.aci" --name=one --exec=/bin/sleep -- 1000 --- "$images/sh.aci" --name=two --exec=/bin/sleep -- 1000 \
        --- "$images/sh.aci" --name=three --exec=/bin/sleep -- 1000
    run -0 script --quiet --return --command \
        "stty rows 3; timeout --foreground 3 rkt stats --watch=2s; true" /dev/null </dev/null
    [[ ${lines[0]} == *UUID* && ${lines[1]} == '(3 more)'* && $output != *one* ]] ||
        fail "$(printf '%q\n' "$output")"
}

@test "--watch ends quietly at once when nobody reads it" {
    run -0 --separate-stderr bash -o pipefail -c 'timeout 20 rkt stats --watch=1h | head -n 1'
    assert_equal "$stderr" ''
}

@test "--watch says that the bus is gone, once" {
    local uuid pid status=0
    uuid=$(rkt run --detach "$images/sh.aci" -- 'exec sleep 1000')
    timeout 60 rkt stats --watch=1h >"$images/out" 2>"$images/errors" 3>&- &
    pid=$!
    wait_for has_line "${uuid:0:8}" "$images/out"
    systemctl restart dbus.service
    wait "$pid" || status=$?
    assert_equal "$status" 254
    assert_contains "$(<"$images/errors")" 'stats: lost the connection to systemd: '
    assert_equal "$(wc -l <"$images/errors")" 1
}

@test "durations that --watch refuses, and a pod that does not run" {
    local duration uuid
    for duration in '' 0 2 50ms 99999us -2s 2days false 10000000h; do
        run -254 --separate-stderr rkt stats --watch="$duration"
        assert_equal "$stderr" "Error: invalid argument \"$duration\" for --watch=$duration: not a duration of at least 100ms (2s, 1m30s)"
    done
    rkt run --uuid-file-save="$images/uuid" "$images/sh.aci" -- true
    uuid=$(<"$images/uuid")
    run -254 --separate-stderr rkt stats --watch "$uuid"
    assert_equal "$stderr" "stats: pod \"$uuid\" is not running"
    assert_equal "$output" ''
}
