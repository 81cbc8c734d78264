#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# rkt run as the main process of a service: the unit is kept.

load helper
load images

setup_file() {
    export images=/var/tmp/service-images
    mkdir -p "$images"
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    systemctl stop 'pod-test-*' 2>/dev/null || :
    systemctl reset-failed 2>/dev/null || :
    rkt gc --grace-period=0s >/dev/null 2>&1
    assert_nothing_left
}

start_service() { # NAME TYPE [RKT-WORD…]
    local name=$1 type=$2
    shift 2
    rm -f "$images/uuid"
    systemd-run --quiet --unit="pod-test-$name" --property=Type="$type" \
        rkt --insecure-options=image run --uuid-file-save="$images/uuid" "$images/sleep.aci" "$@"
    for _ in {1..100}; do
        ! rkt status --wait-ready=10s --uuid-file="$images/uuid" >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    return 1
}

@test "the service's unit holds the pod" {
    local uuid
    start_service keep exec
    uuid=$(<"$images/uuid")
    run -0 systemctl show -p MainPID --value pod-test-keep.service
    assert_equal "$output" "$(<"/var/lib/rkt/pods/run/$uuid/pid")"
    run -0 systemctl show -p BindsTo --value "rkt-$uuid-sleep.service"
    assert_equal "$output" pod-test-keep.service
    run -4 systemctl status "rkt-$uuid.scope"
    # Nobody was to be told when the pod is ready: machined hears of it a moment later.
    for _ in {1..50}; do
        ! machinectl show "rkt-$uuid" >/dev/null 2>&1 || break
        sleep 0.1
    done
    run -0 machinectl show -p Unit --value "rkt-$uuid"
    assert_equal "$output" pod-test-keep.service
}

@test "systemctl stop of the service ends the pod, and the service well" {
    local uuid
    start_service stop exec
    uuid=$(<"$images/uuid")
    systemctl stop pod-test-stop.service
    run -0 rkt status "$uuid"
    assert_contains "$output" 'state=exited'
    assert_contains "$output" 'app-sleep=0'
    run -3 systemctl is-failed pod-test-stop.service || :
}

@test "the apps' status becomes the service's result" {
    run -5 systemd-run --quiet --wait --unit=pod-test-fails \
        rkt --insecure-options=image run "$images/sleep.aci" --exec=/bin/sh -- -c 'exit 5'
}

@test "Type=notify: the service is up when the apps are" {
    start_service notify notify
    run -0 systemctl is-active pod-test-notify.service
}

@test "a pod started by a script inside a service ends with the service" {
    local uuid
    rm -f "$images/uuid"
    systemd-run --quiet --unit=pod-test-script \
        sh -c "rkt --insecure-options=image run --uuid-file-save=$images/uuid $images/sleep.aci; true"
    for _ in {1..100}; do
        ! rkt status --wait-ready=10s --uuid-file="$images/uuid" >/dev/null 2>&1 || break
        sleep 0.1
    done
    uuid=$(<"$images/uuid")
    run -0 systemctl is-active "rkt-$uuid.scope"
    systemctl stop pod-test-script.service
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" 'state=exited'
}
