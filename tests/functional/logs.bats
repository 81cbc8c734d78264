#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# rkt logs: what apps wrote, by app, by time, by number of lines, as text and as JSON.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/logs-images
    mkdir -p "$images"
    make_aci "$images/sh.aci" example.com/sh "$(exec_of /bin/sh -c)"
    command rkt --insecure-options=image run --uuid-file-save="$images/uuid" \
        "$images/sh.aci" --name=one -- 'printf "a \"quoted\" line\n"; echo ünï; sleep 2; echo late' \
        --- "$images/sh.aci" --name=two -- 'printf "bytes \377\n"; printf "\033[31mred\n"' >/dev/null
}

teardown_file() {
    rkt gc --grace-period=0s >/dev/null 2>&1
    rm -rf "$images"
    assert_nothing_left
}

logs() {
    rkt logs "$@" "$(<"$images/uuid")"
}

@test "all apps, each line with its time, app and process; one app: lines alone" {
    run -0 logs
    assert_equal "${#lines[@]}" 5
    [[ ${lines[0]} =~ ^[A-Z][a-z]{2}\ [0-9]{2}\ [0-9:]{8}\ one\[[0-9]+\]:\ a\ \"quoted\"\ line$ ]]
    run -0 logs --app=one
    assert_equal "$output" $'a "quoted" line\nünï\nlate'
    run -254 --separate-stderr logs --app=three
    assert_contains "$stderr" 'no app "three"'
}

@test "the last lines" {
    run -0 logs --app=one -n 2
    assert_equal "$output" $'ünï\nlate'
    run -0 logs --app=one --lines=0
    assert_equal "$output" ''
    run -0 logs --app=one --lines=100
    assert_equal "${#lines[@]}" 3
    run -254 logs --lines=-1
    run -254 logs --lines=ten
}

@test "--since: a moment, and before now" {
    local late
    late=$(logs --app=one --output=json | jq -r 'select(.MESSAGE == "late") | .__REALTIME_TIMESTAMP')
    run -0 logs --app=one --since="@$((late / 1000000))"
    assert_equal "$output" late
    run -0 logs --app=one --since="$(date -d "@$((late / 1000000))" '+%Y-%m-%d %H:%M:%S')"
    assert_equal "$output" late
    run -0 logs --app=one --since=1h
    assert_equal "${#lines[@]}" 3
    run -0 logs --app=one --since=-1h
    assert_equal "$output" ''
    run -254 --separate-stderr logs --since=soon
    assert_contains "$stderr" 'neither a duration'
    run -254 logs --since=2015-02-30
}

@test "--output=json: an object a line, with the journal's own fields" {
    run -0 logs --output=json
    assert_equal "${#lines[@]}" 5
    assert_equal "$(jq -r 'select(.SYSLOG_IDENTIFIER == "one") | .MESSAGE' <<<"$output")" $'a "quoted" line\nünï\nlate'
    assert_equal "$(jq -c 'select(.SYSLOG_IDENTIFIER == "two") | .MESSAGE' <<<"$output" | sort)" $'"\\u001b[31mred"\n[98,121,116,101,115,32,255]'
    assert_equal "$(jq -r '._SYSTEMD_UNIT' <<<"$output" | sort -u)" "rkt-$(<"$images/uuid")-one.service"$'\n'"rkt-$(<"$images/uuid")-two.service"
    [[ $(jq -r '.__REALTIME_TIMESTAMP' <<<"$output" | head -1) =~ ^[0-9]{16}$ ]]
    run -254 --separate-stderr logs --output=xml
    assert_contains "$stderr" 'must be one of "text", "json"'
}

@test "--follow goes on until the pod ends" {
    local uuid
    uuid=$(rkt --insecure-options=image run --detach "$images/sh.aci" -- 'echo first; sleep 1; echo second; sleep 1; echo third')
    run -0 timeout 20 rkt logs --follow "$uuid"
    assert_equal "$output" $'first\nsecond\nthird'
}

@test "a pod that never ran, and none at all" {
    local uuid
    uuid=$(rkt --insecure-options=image prepare "$images/sh.aci")
    run -254 --separate-stderr rkt logs "$uuid"
    assert_contains "$stderr" "cannot read the pod's journal: pod \"$uuid\" has not run yet"
    run -254 rkt logs
    run -254 rkt logs "$uuid" "$uuid"
    run -254 rkt logs nosuch
    rkt rm "$uuid"
}
