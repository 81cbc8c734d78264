#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# A pod lives on when systemd reloads or re-executes itself and when the bus goes away, and what
# becomes of its apps is still told.

load helper
load images

setup_file() {
    export images=/var/tmp/reconnect-images
    mkdir -p "$images"
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
    # shellcheck disable=SC2016
    make_aci "$images/obey.aci" example.com/obey \
        "$(exec_of /bin/sh -c 'trap "exit $0" TERM; while :; do sleep 0.1; done' 7)"
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    start_bus
    systemctl stop machine-rkt.slice
    rkt gc >/dev/null 2>&1 # marks pods: the next one removes them
    rkt gc --grace-period=0s >/dev/null 2>&1
    assert_nothing_left
}

rkt() {
    command rkt --insecure-options=image "$@"
}

start_pod() { # prints the UUID of a pod of an app that sleeps, and one that ends with 7 when asked to
    rkt run --detach "$images/sleep.aci" --- "$images/obey.aci"
}

supervisor_of() { # UUID
    cat "/var/lib/rkt/pods/run/$1/pid"
}

stop_bus() {
    systemctl stop dbus.socket dbus.service
}

start_bus() {
    systemctl start dbus.socket dbus.service
}

# Of one whose arguments need no quotes: systemd 252 does not read them as it wrote them.
command_of() { # UNIT
    systemctl show -p ExecStart --value "$1" | sed 's/ ; ignore_errors=.*//'
}

assert_exited() { # UUID APP=STATUS…
    local status
    run -0 rkt status --wait=30s "$1"
    assert_contains "$output" 'state=exited'
    for status in "${@:2}"; do
        assert_contains "$output" "app-$status"
    done
}

@test "after a reload systemd knows the apps as well as before" {
    local uuid before
    uuid=$(start_pod)
    before=$(command_of "rkt-$uuid-sleep.service")
    systemctl daemon-reload
    run -0 systemctl show -p LoadState --value "rkt-$uuid-sleep.service" "rkt-$uuid-obey.service"
    assert_equal "$output" $'loaded\n\nloaded'
    assert_equal "$(command_of "rkt-$uuid-sleep.service")" "$before"
    systemctl kill "rkt-$uuid-obey.service"
    assert_exited "$uuid" sleep=0 obey=7
}

@test "a restart of the bus changes nothing for a pod" {
    local uuid
    uuid=$(start_pod)
    systemctl restart dbus.service
    run -0 rkt status "$uuid"
    assert_contains "$output" 'state=running'
    systemctl kill "rkt-$uuid-obey.service"
    assert_exited "$uuid" sleep=0 obey=7
}

@test "a re-execution of systemd with a restart of the bus changes nothing for a pod" {
    local uuid
    uuid=$(start_pod)
    systemctl daemon-reexec
    systemctl restart dbus.service
    systemctl kill "rkt-$uuid-obey.service"
    assert_exited "$uuid" sleep=0 obey=7
}

@test "a stop that is asked for without a bus is orderly once there is one" {
    local uuid
    uuid=$(start_pod)
    stop_bus
    kill -TERM "$(supervisor_of "$uuid")"
    run -0 rkt status "$uuid"
    assert_contains "$output" 'state=running'
    start_bus
    assert_exited "$uuid" sleep=0 obey=7
}

@test "a stop that is asked for without a bus is not put off for ever" {
    local uuid
    uuid=$(start_pod)
    stop_bus
    kill -TERM "$(supervisor_of "$uuid")"
    run -0 rkt status --wait=30s "$uuid"
    assert_contains "$output" 'state=exited'
}

@test "how an app ended while there was no bus is told once there is one" {
    local uuid
    uuid=$(start_pod)
    stop_bus
    systemctl kill --signal=KILL "rkt-$uuid-obey.service"
    until ! systemctl is-active --quiet "rkt-$uuid-obey.service"; do sleep 0.1; done
    start_bus
    assert_exited "$uuid" sleep=0 obey=137
}

@test "an app that ended while systemd re-executed itself and the bus was away" {
    local uuid
    uuid=$(start_pod)
    stop_bus
    systemctl kill --kill-who=main "rkt-$uuid-obey.service"
    until ! systemctl is-active --quiet "rkt-$uuid-obey.service"; do sleep 0.1; done
    systemctl daemon-reexec
    start_bus
    assert_exited "$uuid" sleep=0 obey=7
}
