#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# All the ways a pod ends, and that nothing is left by any of them.

load helper
load images

setup_file() {
    export images=/var/tmp/stop-images
    mkdir -p "$images"
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    rkt gc --grace-period=0s >/dev/null 2>&1
    assert_nothing_left
}

rkt() {
    command rkt --insecure-options=image "$@"
}

start_pod() { # prints the UUID of a pod of two apps that stay
    rkt run --detach "$images/sleep.aci" --name=one --- "$images/sleep.aci" --name=two
}

assert_exited() { # UUID
    run -0 rkt status --wait=20s "$1"
    assert_contains "$output" 'state=exited'
}

@test "systemctl stop of the scope" {
    local uuid
    uuid=$(start_pod)
    systemctl stop "rkt-$uuid.scope"
    assert_exited "$uuid"
    assert_contains "$output" 'app-one=0'
    assert_contains "$output" 'app-two=0'
}

@test "the signal of such a stop, sent by somebody else" {
    local uuid
    uuid=$(start_pod)
    kill -URG "$(<"/var/lib/rkt/pods/run/$uuid/pid")"
    assert_exited "$uuid"
    assert_contains "$output" 'app-one=0'
}

@test "systemctl stop of the slice" {
    local uuid
    uuid=$(start_pod)
    systemctl stop "machine-rkt-${uuid//-/}.slice"
    assert_exited "$uuid"
}

@test "machinectl poweroff" {
    local uuid
    uuid=$(start_pod)
    machinectl poweroff "rkt-$uuid"
    assert_exited "$uuid"
}

@test "machinectl terminate" {
    local uuid
    uuid=$(start_pod)
    machinectl terminate "rkt-$uuid"
    assert_exited "$uuid"
}

@test "machinectl kill" {
    local uuid
    uuid=$(start_pod)
    machinectl kill "rkt-$uuid"
    assert_exited "$uuid"
}

@test "rkt stop, by prefix, and again" {
    local uuid
    uuid=$(start_pod)
    run -0 rkt stop "${uuid:0:8}"
    assert_equal "$output" "\"$uuid\""
    assert_exited "$uuid"
    run -0 rkt stop "$uuid"
    assert_equal "$output" "pod \"$uuid\" is already stopped"
}

@test "rkt stop --force of apps that will not listen" {
    local uuid
    uuid=$(rkt run --detach "$images/sleep.aci" --exec=/bin/sh -- -c 'trap "" TERM; while :; do sleep 1; done')
    rkt stop --force "$uuid"
    assert_exited "$uuid"
    assert_contains "$output" 'app-sleep=137'
}

@test "apps end in the reverse of their order" {
    local uuid
    uuid=$(rkt run --detach "$images/sleep.aci" --name=one --exec=/bin/sh -- -c 'trap "echo one ends; exit 0" TERM; while :; do sleep 0.1; done' \
        --- "$images/sleep.aci" --name=two --exec=/bin/sh -- -c 'trap "sleep 1; echo two ends; exit 0" TERM; while :; do sleep 0.1; done')
    rkt stop "$uuid"
    assert_exited "$uuid"
    run -0 rkt logs "$uuid"
    [[ $output =~ two\ ends.*one\ ends ]]
}

@test "SIGTERM and Ctrl-C to rkt run" {
    local signal pid
    for signal in TERM INT; do
        # The shell gives background commands a SIGINT that is ignored: a session of its own does not.
        setsid --wait "$(type -P rkt)" --insecure-options=image run --uuid-file-save="$images/uuid" "$images/sleep.aci" &
        pid=$!
        until [[ -s $images/uuid ]] && rkt status --wait-ready=10s --uuid-file="$images/uuid" >/dev/null; do
            sleep 0.1
        done
        kill "-$signal" "$(cat /var/lib/rkt/pods/run/"$(<"$images/uuid")"/pid)"
        wait "$pid"
        assert_exited "$(<"$images/uuid")"
        rm "$images/uuid"
    done
}

@test "an app that fails ends the pod, with its status" {
    run -9 rkt run "$images/sleep.aci" --name=one --- "$images/sleep.aci" --name=two --exec=/bin/sh -- -c 'sleep 0.2; exit 9'
}

@test "an app that crashes ends the pod, with 128 and its signal" {
    run -139 rkt run "$images/sleep.aci" --name=one --- "$images/sleep.aci" --name=two --exec=/bin/sh -- -c 'kill -SEGV $$'
}

@test "an app that ends well leaves the others running" {
    local uuid
    uuid=$(rkt run --detach "$images/sleep.aci" --name=one --exec=/bin/true --- "$images/sleep.aci" --name=two)
    sleep 0.5
    run -0 rkt status "$uuid"
    assert_contains "$output" 'state=running'
    rkt stop "$uuid"
    assert_exited "$uuid"
}

@test "SIGKILL of the supervisor takes the apps along" {
    local uuid
    uuid=$(start_pod)
    kill -KILL "$(<"/var/lib/rkt/pods/run/$uuid/pid")"
    assert_exited "$uuid"
    both_ended() {
        [[ $(systemctl is-active "rkt-$uuid-one.service" "rkt-$uuid-two.service") == $'inactive\ninactive' ]]
    }
    wait_for both_ended
}

@test "a re-execution of systemd changes nothing for a pod" {
    local uuid
    uuid=$(start_pod)
    systemctl daemon-reexec
    systemctl daemon-reload
    run -0 rkt status "$uuid"
    assert_contains "$output" 'state=running'
    run -0 systemctl is-active "rkt-$uuid-one.service" "rkt-$uuid-two.service"
    rkt stop "$uuid"
    assert_exited "$uuid"
    assert_contains "$output" 'app-two=0'
}

@test "rkt and its stage1 may be replaced while a pod runs" {
    local uuid stage1 new=/var/tmp/stop-stage1
    uuid=$(start_pod)
    stage1=$(echo /usr/lib/*/rkt/stage1-images/stage1-skim.aci)
    mkdir "$new"
    tar --extract --file="$stage1" --directory="$new"
    echo new >"$new/rootfs/new"
    tar --create --file="$stage1.new" --directory="$new" manifest rootfs
    cp "$stage1" "$new/old.aci"
    mv "$stage1.new" "$stage1"
    cp "$(type -P rkt)" /usr/bin/rkt.new
    mv /usr/bin/rkt.new /usr/bin/rkt

    # The store has the new one then, and needs the old one for this pod alone.
    run -0 rkt run "$images/sleep.aci" --exec=/bin/true
    run -0 rkt image gc --grace-period=0s
    run -0 rkt status "$uuid"
    assert_contains "$output" 'state=running'
    run -0 rkt enter --app=one "$uuid" /bin/echo inside
    assert_equal "$output" inside
    rkt stop "$uuid"
    mv "$new/old.aci" "$stage1"
    rm -r "$new"
    assert_exited "$uuid"
}
