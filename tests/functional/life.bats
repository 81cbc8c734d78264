#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# A pod's life in verbs: prepare, run-prepared, list, status, enter, cat-manifest, rm and gc; many rkt
# at once; and that gc mends what any crash leaves.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/life-images pods=/var/lib/rkt/pods
    export kill_at=$BATS_TEST_DIRNAME/../../build/tests/tools/kill-at
    mkdir -p "$images"
    make_aci "$images/true.aci" example.com/true
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
    rkt gc --grace-period=0s --expire-prepared=0s >/dev/null 2>&1
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    local uuid
    for uuid in $(rkt list --no-legend --fields=uuid --full 2>/dev/null); do
        rkt stop --force "$uuid" >/dev/null 2>&1
    done
    for _ in {1..100}; do
        rkt gc --grace-period=0s --expire-prepared=0s >/dev/null 2>&1
        [[ -n $(pods_left) ]] || break
        sleep 0.1
    done
    assert_equal "$(pods_left)" ''
    assert_nothing_left
}

rkt() {
    command rkt --insecure-options=image "$@"
}

pods_left() {
    find "$pods" -mindepth 2 -maxdepth 2 -printf '%P\n'
}

image_id() { # UUID
    rkt cat-manifest "$1" | jq -r '.apps[0].image.id'
}

# What was made at a time that is known.
backdate() { # UUID PLACE
    touch -d @1000000000.12 "$pods/$2/$1/pod-created"
}

@test "prepare prints a UUID, run-prepared runs it once" {
    local uuid
    run -0 --separate-stderr rkt prepare "$images/true.aci" --exec=/bin/echo -- prepared before
    uuid=$output
    [[ $uuid =~ ^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$ ]]
    [[ -d $pods/prepared/$uuid ]]
    run -0 --separate-stderr rkt run-prepared "${uuid:0:6}"
    assert_equal "$output" 'prepared before'
    run -254 --separate-stderr rkt run-prepared "$uuid"
    assert_equal "$stderr" "run-prepared: pod \"$uuid\" is not prepared"
}

@test "prepare: --quiet, several apps, wrong use" {
    local uuid
    uuid=$(rkt prepare --quiet "$images/true.aci" --name=one --- "$images/true.aci" --name=two)
    run -0 rkt list --no-legend --fields=app
    assert_equal "$output" $'one\ntwo'
    run -254 --separate-stderr rkt run-prepared --interactive "$uuid"
    assert_equal "$stderr" 'run-prepared: interactive option only supports pods with one app'
    run -254 rkt prepare
    run -254 --separate-stderr rkt prepare --hostname=x "$images/true.aci"
    assert_equal "${stderr_lines[0]}" 'Error: unknown flag: --hostname'
    run -254 rkt run-prepared
    run -254 rkt run-prepared "$uuid" "$uuid"
    run -254 --separate-stderr rkt run-prepared ffffffff-ffff-ffff-ffff-ffffffffffff
    assert_equal "$stderr" 'run-prepared: problem retrieving pod: no matches found for "ffffffff-ffff-ffff-ffff-ffffffffffff"'
}

@test "a prepared pod runs once, however many try at the same time" {
    local uuid i n=0 status
    local -a pids=()
    rm -f "$images/ran"
    uuid=$(rkt prepare "$images/true.aci" --exec=/bin/sh -- -c 'echo ran >>/var/tmp/life-images/ran')
    for i in {1..8}; do
        rkt run-prepared "$uuid" 2>"$images/error.$i" &
        pids+=($!)
    done
    for i in "${!pids[@]}"; do
        status=0
        wait "${pids[i]}" || status=$?
        if ((status == 0)); then
            n=$((n + 1))
        else
            assert_equal "$(<"$images/error.$((i + 1))")" "run-prepared: pod \"$uuid\" is not prepared"
        fi
    done
    assert_equal "$n" 1
    assert_equal "$(<"$images/ran")" ran
}

@test "list: the table, byte by byte" {
    local uuid id
    run -0 rkt list
    assert_equal "$output" $'UUID\tAPP\tIMAGE NAME\tSTATE\tCREATED\tSTARTED\tNETWORKS'
    uuid=$(rkt prepare "$images/sleep.aci" --name=one --- "$images/true.aci" --name=two)
    id=$(image_id "$uuid")
    backdate "$uuid" prepared
    TZ=UTC run -0 rkt list --full
    assert_equal "${lines[0]}" $'UUID\t\t\t\t\tAPP\tIMAGE NAME\t\tIMAGE ID\t\tSTATE\t\tCREATED\t\t\t\t\tSTARTED\tNETWORKS'
    assert_equal "${lines[1]}" "$uuid"$'\tone\texample.com/sleep:1.0\t'"${id:0:19}"$'\tprepared\t2001-09-09 01:46:40.12 +0000 UTC\t\t'
    [[ ${lines[2]} =~ ^$'\t\t\t\t\ttwo\texample.com/true:1.0\tsha512-'[0-9a-f]{12}$'\t\t\t\t\t\t\t\t\t'$ ]]
    run -0 rkt list
    assert_equal "${lines[1]}" "${uuid:0:8}"$'\tone\texample.com/sleep:1.0\tprepared\t'"$(age_of 1000000000)"$'\t\t'
    run -0 rkt list --no-legend
    assert_equal "${#lines[@]}" 2
    assert_equal "${lines[0]%%$'\t'*}" "${uuid:0:8}"
}

# In whole years, as the original rounds.
age_of() { # SECONDS
    echo "$((($(date +%s) - $1) / (365 * 86400))) years ago"
}

@test "list --fields: any, in any order, twice; none that there is not" {
    local uuid id
    uuid=$(rkt prepare "$images/sleep.aci")
    id=$(image_id "$uuid")
    run -0 rkt list --fields=state,imageid,uuid,uuid
    assert_equal "$output" $'STATE\t\tIMAGE ID\t\tUUID\t\tUUID\nprepared\t'"${id:0:19}"$'\t'"${uuid:0:8}"$'\t'"${uuid:0:8}"
    run -0 rkt list --fields=uuid --full --no-legend
    assert_equal "$output" "$uuid"
    run -254 --separate-stderr rkt list --fields=uuid,size
    assert_contains "$stderr" 'unknown field "size"'
    run -254 rkt list --fields=
    run -254 rkt list --fields=uuid,uuid,uuid,uuid,uuid,uuid,uuid,uuid,uuid,uuid,uuid,uuid,uuid,uuid,uuid,uuid,uuid
    run -254 --separate-stderr rkt list --format=yaml
    assert_contains "$stderr" 'Invalid format option: yaml'
}

@test "list and status as JSON" {
    local uuid id
    run -0 rkt list --format=json
    assert_equal "$output" null
    mkdir -p "$images/volume"
    uuid=$(rkt prepare --volume=data,kind=host,source="$images/volume",readOnly=true --volume=new,kind=empty "$images/true.aci" \
        --mount=volume=data,target=/data --mount=volume=new,target=/new --user-annotation=a=b --user-label=c=d)
    id=$(image_id "$uuid")
    backdate "$uuid" prepared
    run -0 rkt list --format=json
    assert_equal "$output" '[{"name":"'"$uuid"'","state":"prepared","app_names":["true"],"apps":[{"name":"true","state":"created","created_at":1000000000120000000,"image_id":"'"$id"'","mounts":[{"name":"data","container_path":"/data","host_path":"'"$images/volume"'","read_only":true},{"name":"new","container_path":"/new","host_path":"","read_only":false}],"user_annotations":{"a":"b"},"user_labels":{"c":"d"}}],"created_at":1000000000}]'
    run -0 rkt status --format=json "$uuid"
    assert_equal "$output" "$(rkt list --format=json | jq -c '.[0]')"
    run -0 rkt list --format=json-pretty
    assert_equal "${lines[2]}" $'\t\t"name": "'"$uuid"'",'
    assert_equal "$(jq -c . <<<"$output")" "$(rkt list --format=json)"

    run -0 rkt run-prepared "$uuid"
    run -0 rkt list --format=json
    assert_equal "$(jq -c '.[0].apps[0] | [.state, .exit_code, .started_at > .created_at, .finished_at]' <<<"$output")" '["exited",0,true,null]'
    rkt gc --mark-only 2>/dev/null
    run -0 rkt list --format=json
    assert_equal "$(jq -c '.[0] | [.state, (.apps[0] | .finished_at >= .started_at)]' <<<"$output")" '["exited garbage",true]'
}

@test "status: each state's lines, in order" {
    local uuid pid
    uuid=$(rkt prepare "$images/sleep.aci" --name=one --- "$images/sleep.aci" --name=two)
    backdate "$uuid" prepared
    TZ=UTC run -0 rkt status "$uuid"
    assert_equal "$output" $'state=prepared\ncreated=2001-09-09 01:46:40.12 +0000 UTC'
    run -254 --separate-stderr rkt status --wait=100ms "$uuid"
    assert_equal "$stderr" 'status: error waiting for pod to finish: context deadline exceeded'
    run -254 --separate-stderr rkt status --wait-ready=100ms "$uuid"
    assert_equal "$stderr" 'status: error waiting for pod readiness: context deadline exceeded'
    run -254 rkt status --wait=soon "$uuid"

    rkt run-prepared --detach "$uuid" >"$images/uuid"
    assert_equal "$(<"$images/uuid")" "$uuid"
    pid=$(<"$pods/run/$uuid/pid")
    touch -d @1000000001 "$pods/run/$uuid/pid"
    TZ=UTC run -0 rkt status --wait-ready "$uuid"
    assert_equal "$output" $'state=running\ncreated=2001-09-09 01:46:40.12 +0000 UTC\nstarted=2001-09-09 01:46:41 +0000 UTC\nnetworks=\npid='"$pid"$'\nexited=false'
    run -0 rkt status --wait=false "$uuid"

    rkt stop "$uuid" >/dev/null
    TZ=UTC run -0 rkt status --wait --uuid-file="$images/uuid"
    assert_equal "$output" $'state=exited\ncreated=2001-09-09 01:46:40.12 +0000 UTC\nstarted=2001-09-09 01:46:41 +0000 UTC\nnetworks=\npid='"$pid"$'\nexited=true\napp-one=0\napp-two=0'
    rkt gc --mark-only 2>/dev/null
    run -0 rkt status "$uuid"
    assert_equal "${lines[0]} ${lines[-1]}" 'state=exited garbage app-two=0'
}

@test "status: which pod is meant" {
    local uuid
    uuid=$(rkt prepare "$images/true.aci")
    run -0 rkt status "${uuid^^}"
    run -0 rkt status "${uuid:0:10}"
    run -254 --separate-stderr rkt status ''
    assert_equal "$stderr" 'status: problem retrieving pod: UUID cannot be empty'
    run -254 --separate-stderr rkt status "${uuid}0"
    assert_equal "$stderr" "status: problem retrieving pod: no matches found for \"${uuid}0\""
    run -254 rkt status ../prepared
    run -254 rkt status
    run -254 rkt status "$uuid" "$uuid"
    run -254 rkt status --uuid-file=/dev/null "$uuid"
    run -1 rkt status --uuid-file=/nonexistent
    printf '  %s\n\n' "$uuid" >"$images/uuid"
    run -0 rkt status --uuid-file="$images/uuid"
    # Two pods whose UUIDs begin alike.
    cp -a "$pods/prepared/$uuid" "$pods/prepared/${uuid:0:35}$([[ $uuid == *0 ]] && echo 1 || echo 0)"
    run -254 --separate-stderr rkt status "${uuid:0:8}"
    assert_equal "$stderr" 'status: problem retrieving pod: ambiguous uuid, 2 matches'
    run -0 rkt status "$uuid"
}

@test "enter: the app's own view, its exit status, and which app" {
    local uuid
    uuid=$(rkt run --detach "$images/sleep.aci" --name=one --user=alice --group=users --environment=OWN=own \
        --caps-retain=CAP_NET_BIND_SERVICE --- "$images/sleep.aci" --name=two)
    run -0 --separate-stderr rkt enter --app=one "$uuid" /bin/sh -c 'id -u; id -g; echo $OWN; grep CapBnd /proc/self/status; cat'  <<<'from stdin'
    assert_equal "$output" $'1000\n100\nown\nCapBnd:\t0000000000000400\nfrom stdin'
    run -7 rkt enter --app=two "$uuid" /bin/sh -c 'exit 7'
    run -0 rkt enter --app=two "$uuid" /bin/echo --app=one -- '-x'
    assert_equal "$output" '--app=one -- -x'
    run -254 --separate-stderr rkt enter "$uuid" /bin/true
    assert_equal "$stderr" $'pod contains multiple apps:\n\tone\n\ttwo\nenter: specify app using "rkt enter --app= ..."'
    run -254 rkt enter --app=three "$uuid" /bin/true
    run -254 rkt enter --app=two "$uuid" /bin/nonexistent
    run -254 rkt enter
    rkt stop "$uuid"
    rkt status --wait=20s "$uuid"
    run -254 --separate-stderr rkt enter --app=one "$uuid" /bin/true
    assert_equal "$stderr" "enter: pod \"$uuid\" isn't currently running"
}

@test "cat-manifest: by UUID, by file, pretty and compact" {
    local uuid
    uuid=$(rkt prepare --set-env=A='<&>' "$images/true.aci" --user=alice)
    run -0 rkt cat-manifest "$uuid"
    assert_equal "$(head -c 3 <<<"$output")" $'{\n\t'
    assert_equal "$(jq -r '.acKind + " " + .apps[0].name + " " + .apps[0].app.user' <<<"$output")" 'PodManifest true alice'
    assert_contains "$output" '"value": "\u003c\u0026\u003e"'
    printf '%s' "$uuid" >"$images/uuid"
    run -0 rkt cat-manifest --pretty-print=false --uuid-file="$images/uuid"
    assert_equal "${#lines[@]}" 1
    assert_equal "$(jq -S . <<<"$output")" "$(rkt cat-manifest "$uuid" | jq -S .)"
    run -254 rkt cat-manifest
    run -254 rkt cat-manifest "$uuid" "$uuid"
    echo '{' >"$pods/prepared/$uuid/pod"
    run -254 rkt cat-manifest "$uuid"
}

@test "rm: each state's answer" {
    local running exited prepared marked
    running=$(rkt run --detach "$images/sleep.aci")
    prepared=$(rkt prepare "$images/true.aci")
    rkt run --uuid-file-save="$images/marked" "$images/true.aci"
    rkt gc --mark-only 2>/dev/null
    marked=$(<"$images/marked")
    rkt run --uuid-file-save="$images/exited" "$images/true.aci"
    exited=$(<"$images/exited")
    run -254 --separate-stderr rkt rm "$exited" "$running" "$prepared" nosuch
    assert_equal "$output" "\"$exited\""$'\n'"\"$prepared\""
    assert_equal "${stderr_lines[0]}" "rm: pod \"$running\" is currently running"
    assert_equal "${stderr_lines[1]}" "rm: moving expired prepared pod \"$prepared\" to garbage"
    assert_equal "${stderr_lines[2]}" 'rm: cannot get pod: no matches found for "nosuch"'
    assert_equal "${stderr_lines[3]}" 'rm: failed to remove one or more pods'
    run -0 rkt rm --uuid-file="$images/marked"
    assert_equal "$output" "\"$marked\""
    run -0 rkt list --no-legend --full --fields=uuid,state
    assert_equal "$output" "$running"$'\trunning'
    run -254 rkt rm
    run -254 rkt rm --uuid-file="$images/marked" "$running"
}

@test "gc: grace period, expiry, mark only" {
    local exited prepared
    prepared=$(rkt prepare "$images/true.aci")
    rkt run --uuid-file-save="$images/uuid" "$images/true.aci"
    exited=$(<"$images/uuid")
    run -0 --separate-stderr rkt gc --mark-only
    assert_equal "$output" ''
    assert_equal "$stderr" "gc: moving pod \"$exited\" to garbage"
    run -0 --separate-stderr rkt gc --mark-only --expire-prepared=0s --grace-period=0s
    assert_equal "$output$stderr" ''
    run -0 --separate-stderr rkt gc
    assert_equal "$output" ''
    assert_equal "$stderr" "gc: pod \"$exited\" not removed: still within grace period (30m0s)"
    run -0 --separate-stderr rkt gc --grace-period=1h30m
    assert_equal "$stderr" "gc: pod \"$exited\" not removed: still within grace period (1h30m0s)"
    run -0 --separate-stderr rkt gc --grace-period=0s
    assert_equal "$output" "Garbage collecting pod \"$exited\""
    assert_equal "$stderr" ''
    run -0 --separate-stderr rkt gc --expire-prepared=0s
    assert_equal "$output" "Garbage collecting pod \"$prepared\""
    assert_equal "$stderr" "gc: moving expired prepared pod \"$prepared\" to garbage"
    run -0 --separate-stderr rkt gc --expire-prepared=0s --grace-period=0s
    assert_equal "$output$stderr" ''
    run -254 rkt gc --grace-period=soon
    run -254 rkt gc --grace-period=30
}

@test "a running pod is never collected" {
    local uuid
    uuid=$(rkt run --detach "$images/sleep.aci")
    run -0 --separate-stderr rkt gc --grace-period=0s --expire-prepared=0s
    assert_equal "$output$stderr" ''
    run -0 rkt status "$uuid"
    assert_equal "${lines[0]}" state=running
}

@test "a broken pod hides no other from list, and keeps none from gc" {
    local good broken
    rkt run --uuid-file-save="$images/uuid" "$images/true.aci"
    broken=00000000-0000-4000-8000-000000000000
    good=$(<"$images/uuid")
    cp -a "$pods/run/$good" "$pods/run/$broken"
    for what in '{"acKind":' '' $'\xff\xfe' '{"acVersion":"0.8.11","acKind":"PodManifest","apps":[{"name":"../x"}]}'; do
        printf '%s' "$what" >"$pods/run/$broken/pod"
        run -0 --separate-stderr rkt list --no-legend --full --fields=uuid,app
        assert_equal "$output" "$broken"$'\t-\n'"$good"$'\ttrue'
        assert_equal "${stderr_lines[0]}" '1 error(s) encountered when listing pods:'
    done
    rm "$pods/run/$broken/pod"
    mkdir "$pods/run/$broken/pod"
    run -0 --separate-stderr rkt list --no-legend --fields=app
    assert_equal "$output" $'-\ntrue'
    # Things that are no pods are nobody's business.
    mkdir "$pods/run/not-a-pod" "$pods/run/ABCDEF00-0000-4000-8000-000000000000"
    touch "$pods/run/10000000-0000-4000-8000-000000000000"
    run -0 --separate-stderr rkt list --no-legend --full --fields=uuid
    assert_contains "$output" "$good"
    # One that cannot be removed: something is mounted in it that stays busy.
    mkdir -p "$pods/run/$broken/stuck"
    run --separate-stderr rkt gc --grace-period=0s
    assert_contains "$output" "Garbage collecting pod \"$good\""
    [[ ! -e $pods/run/$good && ! -e $pods/exited-garbage/$good ]]
    rmdir "$pods/run/not-a-pod" "$pods/run/ABCDEF00-0000-4000-8000-000000000000"
    rm -f "$pods/run/10000000-0000-4000-8000-000000000000"
    rm -rf "${pods:?}"/*/"$broken"
}

@test "list never fails and never blocks while pods come and go" {
    local i worker
    local -a workers=()
    for worker in 1 2 3; do
        (for i in {1..6}; do rkt run "$images/true.aci" || exit 1; done) &
        workers+=($!)
    done
    (for i in {1..12}; do rkt gc --grace-period=0s >/dev/null 2>>"$images/gc-errors" || exit 1; done) &
    workers+=($!)
    (for i in {1..12}; do rkt gc --grace-period=0s >/dev/null 2>>"$images/gc-errors" || exit 1; done) &
    workers+=($!)
    for i in {1..60}; do
        run -0 --separate-stderr timeout 10 rkt list --format=json
        assert_equal "$(jq -r 'type' <<<"$output" | grep -v -e array -e null)" ''
    done
    for worker in "${workers[@]}"; do
        wait "$worker" || fail "a worker failed: $(cat "$images/gc-errors")"
    done
    run grep -v 'moving pod' "$images/gc-errors"
    assert_equal "$output" ''
}

@test "many at once remove the same pods, and each is removed once" {
    local i worker
    local -a workers=() uuids=()
    for i in {1..4}; do
        rkt run --uuid-file-save="$images/uuid" "$images/true.aci"
        uuids+=("$(<"$images/uuid")")
    done
    uuids+=("$(rkt prepare "$images/true.aci")")
    for i in {1..6}; do
        rkt rm "${uuids[@]}" >"$images/rm.$i" 2>&1 &
        workers+=($!)
    done
    for worker in "${workers[@]}"; do
        wait "$worker" || true
    done
    assert_equal "$(pods_left)" ''
    run grep -hv -e '^"' -e 'moving expired' -e 'no matches found' -e 'being deleted' -e 'failed to remove' -e 'is being run' "$images"/rm.*
    assert_equal "$output" ''
}

# Kills the command at each of its steps in turn, until it makes fewer, and has gc clean up each time.
sweep() { # STRIDE BEFORE COMMAND…
    local stride=$1 before=$2 n=1 killed=0 status
    shift 2
    for ((n = 1; n < 1000; n += stride)); do
        [[ -z $before ]] || $before
        status=0
        "$kill_at" "$n" "$(type -P rkt)" --insecure-options=image "$@" >/dev/null 2>"$images/swept" || status=$?
        ((status == 137)) || break
        killed=$((killed + 1))
        collect || fail "killed at step $n of $*"
    done
    assert_equal "$status" 0 || fail "step $n: $(<"$images/swept")"
    ((killed > 3)) || fail "killed at $killed steps only"
    run -0 timeout 20 "$(type -P rkt)" --insecure-options=image run "$images/true.aci"
}

# Apps whose supervisor was killed take a moment to go: gc leaves such a pod for the next time.
collect() {
    local end=$((SECONDS + 10))
    while rkt gc --grace-period=0s --expire-prepared=0s >"$images/collected" 2>&1 || true; [[ -n $(pods_left) ]] && ((SECONDS < end)); do
        sleep 0.05
    done
    [[ -z $(pods_left) ]] || fail "left: $(pods_left)" "gc said: $(<"$images/collected")"
}

an_exited_pod() {
    rkt run --uuid-file-save="$images/swept-uuid" "$images/true.aci"
}

a_prepared_pod() {
    rkt prepare "$images/true.aci" >"$images/swept-uuid"
}

@test "SIGKILL at any step of run: gc cleans up" {
    sweep 2 '' run "$images/true.aci"
}

@test "SIGKILL at any step of prepare: gc cleans up" {
    sweep 1 '' prepare "$images/true.aci"
}

@test "SIGKILL at any step of gc: the next one cleans up" {
    sweep 2 an_exited_pod gc --grace-period=0s
}

@test "SIGKILL at any step of rm: gc cleans up" {
    sweep 3 an_exited_pod rm --uuid-file="$images/swept-uuid"
    sweep 1 a_prepared_pod rm --uuid-file="$images/swept-uuid"
}
