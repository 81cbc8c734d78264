#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# rkt update: limits of an app that runs.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/update-images
    mkdir -p "$images"
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    end_pods
    rkt gc --grace-period=0s >/dev/null 2>&1
    assert_nothing_left
    run -0 find /run/systemd/system.control /etc/systemd/system.control /run/systemd/transient -name '*rkt*'
    assert_equal "$output" ''
}

rkt() {
    command rkt --insecure-options=image "$@"
}

setup() {
    mkdir -p /run/systemd/system.control /etc/systemd/system.control
}

property() { # UUID APP NAME
    systemctl show -P "$3" "rkt-$1-$2.service"
}

@test "limits change while the app runs, and stats shows them" {
    local uuid pid
    uuid=$(rkt run --detach --pod-name=web "$images/sleep.aci" --name=app --memory=64Mi)
    pid=$(property "$uuid" app MainPID)
    run -0 rkt update --memory=32Mi --cpu=500m --cpu-shares=2048 --property=TasksMax=17 web
    assert_equal "$output" ''
    assert_equal "$(property "$uuid" app MemoryMax)" 33554432
    assert_equal "$(property "$uuid" app CPUQuotaPerSecUSec)" 500ms
    assert_equal "$(property "$uuid" app CPUWeight)" 200
    assert_equal "$(property "$uuid" app TasksMax)" 17
    run -0 rkt stats --format=json web
    assert_equal "$(jq -c '.[0] | [.memory_limit, .cpu_limit_us, .tasks_limit]' <<<"$output")" '[33554432,500000,17]'
    run -0 rkt stats --no-legend web
    assert_contains "$output" 32MiB
    run -0 rkt update --property=MemoryMax=infinity web
    assert_equal "$(rkt stats --format=json web | jq '.[0].memory_limit')" null
    assert_equal "$(property "$uuid" app MainPID)" "$pid"
}

@test "the kernel holds the app to it" {
    local uuid path
    need_controller pids
    uuid=$(rkt run --detach "$images/sleep.aci" --name=app)
    path=$(property "$uuid" app ControlGroup)
    run -0 rkt update --property=TasksMax=9 "$uuid"
    assert_equal "$(cat /sys/fs/cgroup{/pids,}"$path/pids.max" 2>/dev/null)" 9
}

@test "of several apps one is meant" {
    local uuid
    uuid=$(rkt run --detach "$images/sleep.aci" --name=one --- "$images/sleep.aci" --name=two)
    run -0 rkt update --app=two --property=TasksMax=9 "$uuid"
    assert_equal "$(property "$uuid" two TasksMax)" 9
    [[ $(property "$uuid" one TasksMax) != 9 ]]
    run -254 --separate-stderr rkt update --property=TasksMax=9 "$uuid"
    assert_contains "$stderr" 'specify app using "rkt update --app= ..."'
}

@test "it outlives a reload of systemd's configuration, and a restart of the app" {
    local uuid
    uuid=$(rkt run --detach "$images/sleep.aci" --name=app --property=Restart=always --property=RestartSec=50ms)
    run -0 rkt update --property=TasksMax=9 "$uuid"
    systemctl daemon-reload
    assert_equal "$(property "$uuid" app TasksMax)" 9
    systemctl daemon-reexec
    assert_equal "$(property "$uuid" app TasksMax)" 9
    run -0 rkt status "$uuid"
    assert_equal "${lines[0]}" state=running
}

@test "what is refused, and by what name" {
    local uuid
    uuid=$(rkt run --detach "$images/sleep.aci" --name=app)
    run -254 --separate-stderr rkt update --property=TasksMax=9 --property=NoNewPrivileges=true "$uuid"
    assert_contains "$stderr" "cannot update app \"app\" of pod \"$uuid\"" || assert_contains "$stderr" NoNewPrivileges
    assert_contains "$stderr" NoNewPrivileges
    [[ $(property "$uuid" app TasksMax) != 9 ]]
    run -254 --separate-stderr rkt update "$uuid"
    assert_contains "$stderr" 'nothing to change'
    run -254 --separate-stderr rkt update --property=Nonsense=1 "$uuid"
    assert_contains "$stderr" 'unknown unit property "Nonsense"'
    run -254 --separate-stderr rkt update --memory=1 "$uuid"
    assert_contains "$stderr" 'too low'
    run -254 --separate-stderr rkt update --memory=64Mi nosuch
    assert_equal "$stderr" 'update: problem retrieving pod: no matches found for "nosuch"'
    run -254 rkt update
    rkt stop "$uuid"
    rkt status --wait=20s "$uuid"
    run -254 --separate-stderr rkt update --memory=64Mi "$uuid"
    assert_equal "$stderr" "update: pod \"$uuid\" is not running"
}
