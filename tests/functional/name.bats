#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Pods with names: every verb takes them, nobody shares them, and they show where people look.

# run sets these.
# shellcheck disable=SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/name-images pods=/var/lib/rkt/pods
    mkdir -p "$images"
    make_aci "$images/true.aci" example.com/true
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    end_pods
    rkt gc --grace-period=0s --expire-prepared=0s >/dev/null 2>&1
    assert_equal "$(ls "$pods/names")" ''
    assert_nothing_left
}

rkt() {
    command rkt --insecure-options=image "$@"
}

@test "a name stands for the UUID in every verb" {
    local uuid
    uuid=$(rkt prepare --pod-name=web.example-1 "$images/sleep.aci" --name=app)
    run -0 rkt status web.example-1
    assert_equal "${lines[0]}" state=prepared
    assert_contains "$output" name=web.example-1
    run -0 rkt cat-manifest web.example-1
    run -0 rkt run-prepared --detach web.example-1
    assert_equal "$output" "$uuid"
    run -0 rkt enter web.example-1 /bin/echo entered
    assert_contains "$output" entered
    run -0 rkt stats --full --no-legend web.example-1
    assert_contains "$output" "$uuid"
    run -0 rkt logs web.example-1
    run -0 rkt stop web.example-1
    assert_equal "$output" "\"$uuid\""
    run -0 rkt status --wait=20s web.example-1
    run -0 rkt export web.example-1 "$images/out.aci"
    echo web.example-1 >"$images/uuid"
    run -0 rkt rm --uuid-file="$images/uuid"
    assert_equal "$output" "\"$uuid\""
    run -254 --separate-stderr rkt status web.example-1
    assert_equal "$stderr" 'status: problem retrieving pod: no matches found for "web.example-1"'
}

@test "a name before the beginning of a UUID, a UUID before a name" {
    local uuid other
    uuid=$(rkt prepare "$images/true.aci")
    other=$(rkt prepare --pod-name="${uuid:0:6}" "$images/true.aci")
    run -0 --separate-stderr rkt rm "${uuid:0:6}"
    assert_equal "$output" "\"$other\""
    run -0 --separate-stderr rkt rm "${uuid:0:6}"
    assert_equal "$output" "\"$uuid\""
}

@test "what is no name" {
    local name
    for name in '' A a_b -a a- a..b .a a. a/b ../a 'a b' $'a\nb' 00000000-0000-4000-8000-000000000000 \
        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; do
        run -254 --separate-stderr rkt prepare --pod-name="$name" "$images/true.aci"
        assert_contains "$stderr" "a pod's name"
    done
    run -254 --separate-stderr rkt run "$images/true.aci" --pod-name=a_b
    assert_contains "$stderr" "a pod's name"
    run -0 rkt list --no-legend
    assert_equal "$output" ''
}

@test "a name is one pod's until it is removed" {
    local uuid
    run -0 rkt run --pod-name=web --uuid-file-save="$images/uuid" "$images/true.aci"
    uuid=$(<"$images/uuid")
    run -254 --separate-stderr rkt run --pod-name=web "$images/true.aci"
    assert_equal "$stderr" "run: the name \"web\" is that of pod \"$uuid\": remove it first"
    run -254 rkt prepare --pod-name=web "$images/true.aci"
    rkt gc --mark-only 2>/dev/null
    run -254 rkt prepare --pod-name=web "$images/true.aci"
    rkt rm web
    run -0 rkt run --pod-name=web "$images/true.aci"
    rkt gc --grace-period=0s 2>/dev/null
    run -0 rkt run --pod-name=web "$images/true.aci"
    # One that was removed by hand.
    uuid=$(readlink "$pods/names/web")
    findmnt --raw --noheadings --output=TARGET | grep "^$pods/run/$uuid/" | sort -r | xargs --no-run-if-empty umount
    rm -rf "${pods:?}/run/$uuid"
    run -0 rkt run --pod-name=web "$images/true.aci"
    run -254 --separate-stderr rkt run --pod-name=broken "$images/true.aci" --exec=/no/such
    rkt gc --grace-period=0s >/dev/null 2>&1
    assert_equal "$(ls "$pods/names")" ''
}

@test "of many at once, one gets the name" {
    local i n=0
    local -a workers=()
    for i in {1..8}; do
        rkt prepare --pod-name=only "$images/true.aci" >"$images/only.$i" 2>"$images/only.$i.error" &
        workers+=($!)
    done
    for i in "${workers[@]}"; do
        wait "$i" && n=$((n + 1))
    done
    assert_equal "$n" 1
    assert_equal "$(cat "$images"/only.*.error | grep -vc 'the name "only" is that of pod')" 0
    assert_equal "$(rkt list --no-legend --full --fields=uuid,name)" "$(cat "$images"/only.?)"$'\tonly'
}

@test "list shows names where there are any, and the original's table where there are none" {
    local uuid
    uuid=$(rkt prepare "$images/true.aci")
    run -0 rkt list
    [[ ${lines[0]} =~ NETWORKS$ ]]
    rkt prepare --pod-name=web "$images/true.aci"
    run -0 rkt list
    assert_contains "${lines[0]}" $'NETWORKS\tNAME'
    assert_equal "$(rkt list --no-legend --fields=name | grep .)" web
    run -0 rkt list --format=json
    assert_equal "$(jq -r '[.[].pod_name] | sort | tostring' <<<"$output")" '[null,"web"]'
}

@test "unit descriptions and journal fields carry it" {
    local uuid
    uuid=$(rkt run --detach --pod-name=web "$images/sleep.aci" --name=app --exec=/bin/sh -- -c 'echo hello; exec sleep 1000')
    assert_equal "$(systemctl show -P Description "rkt-$uuid-app.service")" 'Application=app Image=example.com/sleep Pod=web'
    assert_equal "$(systemctl show -P Description "rkt-$uuid.scope")" "rkt pod web $uuid"
    assert_equal "$(systemctl show -P Description "machine-rkt-${uuid//-/}.slice")" "rkt pod web $uuid"
    journalctl --namespace="rkt-$uuid" --sync
    # What systemd itself says of the unit has the fields too, from 257 on.
    for where in "--namespace=rkt-$uuid" "--machine=rkt-$uuid" '--namespace=*'; do
        for match in RKT_POD_NAME=web "RKT_POD_UUID=$uuid" RKT_APP_NAME=app RKT_IMAGE_NAME=example.com/sleep; do
            run -0 journalctl -q "$where" -o cat _TRANSPORT=stdout "$match" RKT_POD_UUID="$uuid"
            assert_equal "$output" hello
        done
    done
}
