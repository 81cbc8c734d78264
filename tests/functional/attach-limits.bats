#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# rkt attach: limits, and wrong use.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images
load attach

@test "one that reads nothing holds the app up for a while, one that takes nothing keeps nobody from anything" {
    local uuid deaf reader attached
    uuid=$(rkt run --detach "$work/sh.aci" --stdin=stream --stdout=stream -- -c 'read -r x; /bin/busybox seq 1 200000; echo done >&2')
    cd "/var/lib/rkt/pods/run/$uuid/stage1/rootfs/rkt/iottymux/sh"
    socat -u UNIX-CONNECT:sock-stdout EXEC:'sleep 1000' 3>&- &
    reader=$!
    wait_for test -d "/proc/$reader"
    sleep 0.3
    rkt attach --mode=stdin "$uuid" <<<go
    # Meanwhile: who sends to an app that takes nothing sees what it says, and can leave.
    deaf=$(rkt run --detach "$work/sh.aci" --stdin=stream --stdout=stream -- -c 'while :; do echo alive; sleep 0.2; done')
    yes | rkt attach "$deaf" >"$work/out" 3>&- &
    attached=$!
    wait_for test -s "$work/out"
    sleep 1
    : >"$work/out"
    wait_for test -s "$work/out"
    kill "$attached"
    wait_for test ! -e "/proc/$attached"
    run -0 rkt status --wait=30s "$uuid"
    assert_contains "$output" app-sh=0
    kill "$reader" 2>/dev/null || true
    pkill -P "$reader" 2>/dev/null || true
}

@test "in a pod with a systemd of its own an app that starts again keeps who is attached" {
    local uuid attached
    uuid=$(rkt run --detach --stage1-from-dir=stage1-coreos.aci --net=none "$work/sh.aci" --restart=always --restart-delay=10ms \
        --stdin=stream --stdout=stream -- -c 'read -r line; echo "heard $line"' </dev/null 2>/dev/null)
    rkt attach "$uuid" <<<$'one\ntwo\nthree' >"$work/out" 3>&- &
    attached=$!
    wait_for grep -q three "$work/out"
    assert_equal "$(<"$work/out")" $'heard one\nheard two\nheard three'
    kill "$attached"
}

@test "many apps with three streams each" {
    local uuid number
    local -a apps=()
    for number in {1..12}; do
        apps+=("$work/sh.aci" "--name=app$number" --stdin=stream --stdout=stream --stderr=stream -- -c 'read -r line; echo "$line"' ---)
    done
    uuid=$(rkt run --detach --order=none "${apps[@]::${#apps[@]}-1}")
    for number in 12 7 1 2 3 4 5 6 8 9 10 11; do
        run -0 timeout 10 rkt attach "--app=app$number" "$uuid" <<<"number $number"
        assert_equal "$output" "number $number"
    done
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" app-app12=0
}

# Flavor fly without its entrypoint attach.
make_unattachable() {
    mkdir "$work/none"
    tar --extract --directory="$work/none" --file=/usr/lib/x86_64-linux-gnu/rkt/stage1-images/stage1-fly.aci
    jq '.name += "-none" | .annotations |= map(select(.name | endswith("/attach") | not))' "$work/none/manifest" >"$work/manifest"
    mv "$work/manifest" "$work/none/manifest"
    tar --create --file="$work/none.aci" --directory="$work/none" manifest rootfs
}

@test "wrong use" {
    local uuid
    run -254 --separate-stderr rkt run "$work/sh.aci" --stdin=log
    assert_contains "$stderr" '--stdin must be null, stream or tty'
    run -254 --separate-stderr rkt run "$work/sh.aci" --stdout=file
    assert_contains "$stderr" '--stdout must be null, log, stream or tty'
    run -254 --separate-stderr rkt run --stdout=null "$work/sh.aci"
    assert_contains "$stderr" '--stdout must follow an image'
    run -254 --separate-stderr rkt run --interactive "$work/sh.aci" --stdout=null
    assert_contains "$stderr" '--interactive'
    make_unattachable
    run -254 --separate-stderr rkt run --stage1-path="$work/none.aci" "$work/sh.aci" --stdout=stream
    assert_contains "$stderr" 'cannot be attached to'
    run -254 --separate-stderr rkt run "$work/sh.aci" --stdout=stream --restart=always
    assert_contains "$stderr" 'it can neither be started again'
    uuid=$(rkt run --detach "$work/sh.aci" --name=echo --stdin=stream -- -c 'exec sleep 1000')
    run -254 --separate-stderr rkt attach --mode=stdio "$uuid"
    assert_contains "$stderr" 'unknown endpoint "stdio"'
    run -254 --separate-stderr rkt attach --mode=tty,stdout "$uuid"
    assert_contains "$stderr" 'exclude each other'
    run -254 --separate-stderr rkt attach --mode=tty "$uuid"
    assert_contains "$stderr" 'app "echo" has no tty to attach to'
    run -254 rkt attach
    rkt stop "$uuid"
    rkt status --wait=20s "$uuid"
    run -254 --separate-stderr rkt attach "$uuid"
    assert_equal "$stderr" "attach: pod \"$uuid\" isn't currently running"
}
