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

@test "Type=notify: an app that takes its time keeps the service waiting" {
    rm -f "$images/uuid" "$images/go"
    systemd-run --quiet --no-block --unit=pod-test-slow --property=Type=notify \
        rkt --insecure-options=image run --uuid-file-save="$images/uuid" "$images/sleep.aci" --name=quick --- \
        "$images/sleep.aci" --name=slow --annotation=appc.io/executor/supports-systemd-notify=true \
        --property=NotifyAccess=all --exec=/bin/sh -- -c "while ! test -e $images/go; do sleep 0.1; done; systemd-notify --ready; sleep 1000"
    for _ in {1..100}; do
        [[ $(systemctl is-active "rkt-$(cat "$images/uuid")-slow.service" 2>/dev/null) != activating ]] || break
        sleep 0.1
    done
    run -3 systemctl is-active pod-test-slow.service
    assert_equal "$output" activating
    touch "$images/go"
    run -0 rkt status --wait-ready=20s --uuid-file="$images/uuid"
    for _ in {1..50}; do
        [[ $(systemctl is-active pod-test-slow.service) == activating ]] || break
        sleep 0.1
    done
    run -0 systemctl is-active pod-test-slow.service
}

@test "systemctl restart of the service: one pod ends, another comes" {
    local uuid
    start_service again notify
    uuid=$(<"$images/uuid")
    systemctl restart pod-test-again.service
    [[ $(<"$images/uuid") != "$uuid" ]]
    run -0 rkt status "$uuid"
    assert_contains "$output" 'state=exited'
    run -0 rkt status --uuid-file="$images/uuid"
    assert_contains "$output" 'state=running'
}

@test "Restart= of the service: a pod that failed is followed by another" {
    rm -f "$images/uuid" "$images/once"
    systemd-run --quiet --unit=pod-test-back --property=Type=notify --property=Restart=on-failure --property=RestartSec=0 \
        rkt --insecure-options=image run --uuid-file-save="$images/uuid" "$images/sleep.aci" \
        --exec=/bin/sh -- -c "test -e $images/once && exec sleep 1000; touch $images/once; sleep 0.5; exit 7"
    for _ in {1..100}; do
        [[ $(systemctl show -p NRestarts --value pod-test-back.service) == 1 &&
            $(systemctl is-active pod-test-back.service) == active ]] && break
        sleep 0.1
    done
    run -0 systemctl is-active pod-test-back.service
    run -0 systemctl show -p NRestarts --value pod-test-back.service
    assert_equal "$output" 1
}

@test "WatchdogSec=: rkt answers for itself" {
    rm -f "$images/uuid"
    systemd-run --quiet --unit=pod-test-dog --property=Type=notify --property=WatchdogSec=400ms \
        rkt --insecure-options=image run --uuid-file-save="$images/uuid" "$images/sleep.aci"
    sleep 1.5
    run -0 systemctl is-active pod-test-dog.service
    run -0 systemctl show -p WatchdogUSec --value "rkt-$(<"$images/uuid")-sleep.service"
    assert_equal "$output" 0
    # It is no show: stopped, it misses its time.
    systemctl kill --kill-whom=main --signal=STOP pod-test-dog.service
    for _ in {1..50}; do
        [[ $(systemctl show -p Result --value pod-test-dog.service) == success ]] || break
        sleep 0.1
    done
    run -0 systemctl show -p Result --value pod-test-dog.service
    assert_equal "$output" watchdog
    run rkt status --wait=20s --uuid-file="$images/uuid"
    assert_contains "$output" 'state=exited'
}

@test "WatchdogSec=: an app that speaks to systemd answers for itself, and the service fails with it" {
    rm -f "$images/uuid"
    # shellcheck disable=SC2016 # the app's shell
    systemd-run --quiet --unit=pod-test-bark --property=Type=notify --property=WatchdogSec=2s \
        rkt --insecure-options=image run --uuid-file-save="$images/uuid" "$images/sleep.aci" --name=quiet --- "$images/sleep.aci" \
        --annotation=appc.io/executor/supports-systemd-notify=true --property=NotifyAccess=all --exec=/bin/sh -- -c \
        'systemd-notify --ready; echo told $WATCHDOG_USEC; i=0; while test $i != 3; do systemd-notify WATCHDOG=1; sleep 0.9; i=$((i + 1)); done; sleep 1000'
    for _ in {1..100}; do
        [[ $(systemctl is-active pod-test-bark.service) == failed ]] && break
        sleep 0.1
    done
    run -0 systemctl show -p Result -p ExecMainStatus pod-test-bark.service
    assert_equal "$(sort <<<"$output")" $'ExecMainStatus=134\nResult=exit-code'
    run -0 rkt status --uuid-file="$images/uuid"
    assert_contains "$output" app-sleep=134
    run -0 rkt logs --app=sleep "$(<"$images/uuid")"
    assert_contains "$output" 'told 2000000'
}

@test "what the service manager tells rkt is not inherited by the apps" {
    run -0 systemd-run --quiet --wait --pipe --unit=pod-test-env --property=Type=notify --property=NotifyAccess=all \
        --property=WatchdogSec=30s --setenv=KEPT=1 \
        rkt --insecure-options=image run --inherit-env "$images/sleep.aci" --exec=/bin/sh -- -c \
        'sleep 0.2; env | grep -E "^(KEPT|NOTIFY_SOCKET|WATCHDOG|LISTEN|MAINPID)"'
    assert_equal "$output" KEPT=1
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
