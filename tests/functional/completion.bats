#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# rkt completion, and what it offers; rkt config.

# run sets these.
# shellcheck disable=SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/completion-images
    mkdir -p "$images"
    make_aci "$images/sleep.aci" example.com/completed "$(exec_of /bin/sleep 1000)"
    rkt() { command rkt --insecure-options=image "$@"; }
    rkt prepare "$images/sleep.aci" >"$images/prepared"
    rkt run "$images/sleep.aci" --exec=/bin/true
    rkt list --no-legend --full --fields=uuid,state | awk '$2 == "exited" { printf "%s", $1 }' >"$images/exited"
    rkt run --detach "$images/sleep.aci" --name=one --- "$images/sleep.aci" --name=two >"$images/running"
}

teardown_file() {
    rkt stop "$(<"$images/running")" >/dev/null
    rkt status --wait=20s "$(<"$images/running")" >/dev/null
    rkt gc --grace-period=0s --expire-prepared=0s >/dev/null 2>&1
    rm -rf "$images"
    assert_nothing_left
}

# What bash would offer behind this text.
complete_in_bash() { # TEXT
    bash -c 'source /usr/share/bash-completion/completions/rkt
        COMP_LINE=$1 COMP_POINT=${#1}
        _rkt
        printf "%s\n" "${COMPREPLY[@]}"' - "$1" | sort
}

@test "completion prints what is installed" {
    local shell
    local -A file=([bash]=bash-completion/completions/rkt [zsh]=zsh/site-functions/_rkt [fish]=fish/vendor_completions.d/rkt.fish)
    for shell in bash zsh fish; do
        rkt completion "$shell" | cmp - "/usr/share/${file[$shell]}"
    done
    bash -n <(rkt completion bash)
}

@test "completion: wrong use" {
    run -254 --separate-stderr rkt completion
    assert_equal "$stderr" 'completion: shell type is not specified'
    run -254 --separate-stderr rkt completion tcsh
    assert_equal "$stderr" "completion: 'tcsh' shell is not supported"
    run -254 --separate-stderr rkt completion bash bash
    assert_equal "$stderr" 'completion: too many arguments, only shell type is expected'
}

@test "verbs, and what stands behind them" {
    run -0 complete_in_bash 'rkt li'
    assert_equal "$output" list
    run -0 complete_in_bash 'rkt '
    assert_equal "$output" "$(rkt help | sed -n '/^COMMANDS:/,/^$/s/^    \([a-z-]*\).*/\1/p' | sort -u)"
    run -0 complete_in_bash 'rkt completion '
    assert_equal "$output" $'bash\nfish\nzsh'
    run -0 complete_in_bash 'rkt help run'
    assert_equal "$output" $'run\nrun-prepared'
}

@test "flags of the verb and of all" {
    run -0 complete_in_bash 'rkt list --f'
    assert_equal "$output" $'--fields=\n--format=\n--full'
    run -0 complete_in_bash 'rkt --debug list --no-'
    assert_equal "$output" --no-legend
    run -0 complete_in_bash 'rkt gc --sys'
    assert_equal "$output" --system-config=
    run -0 complete_in_bash 'rkt run --'
    [[ $output != *--store-only* ]]
    run -0 complete_in_bash 'rkt run --stage1-path '
    assert_equal "$output" ''
    run -0 complete_in_bash 'rkt run image --  --'
    assert_equal "$output" ''
    run -0 complete_in_bash 'rkt run image -- args --- --interac'
    assert_equal "$output" --interactive
}

@test "networks" {
    mkdir -p /etc/rkt/net.d
    echo '{"name":"devnet","type":"ptp"}' >/etc/rkt/net.d/10-devnet.conf
    run -0 complete_in_bash 'rkt run --net=de'
    assert_equal "$output" $'default\ndefault-restricted\ndevnet'
    run -0 complete_in_bash 'rkt run-prepared --net=devnet,default-'
    assert_equal "$output" devnet,default-restricted
    run -0 rkt complete -- run --net=
    assert_equal "$(cut -f 1 <<<"$output")" $'--net=devnet\n--net=default-restricted\n--net=default\n--net=all\n--net=host\n--net=none'
    run -0 complete_in_bash 'rkt list --net='
    assert_equal "$output" ''
    rm -r /etc/rkt/net.d
}

@test "UUIDs, of the states that a verb is for" {
    local prepared exited running
    prepared=$(<"$images/prepared") exited=$(<"$images/exited") running=$(<"$images/running")
    run -0 complete_in_bash 'rkt run-prepared '
    assert_equal "$output" "$prepared"
    run -0 complete_in_bash 'rkt enter --app=one '
    assert_equal "$output" "$running"
    run -0 complete_in_bash 'rkt enter --app one '
    assert_equal "$output" "$running"
    run -0 complete_in_bash 'rkt rm '
    assert_equal "$output" "$(printf '%s\n' "$prepared" "$exited" | sort)"
    run -0 complete_in_bash "rkt rm $prepared ${exited:0:6}"
    assert_equal "$output" "$exited"
    run -0 complete_in_bash "rkt status ${running:0:4}"
    assert_equal "$output" "$running"
    run -0 complete_in_bash "rkt status $running "
    assert_equal "$output" ''
    run -0 rkt complete -- enter ''
    assert_equal "$output" "$running"$'\trunning: one, two'
}

@test "images, by name behind the colon too, and by hash" {
    local id
    run -0 complete_in_bash 'rkt run example.com/comp'
    assert_equal "$output" example.com/completed:1.0
    run -0 complete_in_bash 'rkt run example.com/completed:'
    assert_equal "$output" 1.0
    id=$(rkt cat-manifest "$(<"$images/prepared")" | jq -r '.apps[0].image.id')
    run -0 complete_in_bash "rkt run ${id:0:20}"
    assert_equal "$output" "$id"
    run -0 complete_in_bash 'rkt image rm example.com/comp'
    assert_equal "$output" example.com/completed:1.0
    run -0 complete_in_bash 'rkt image ver'
    assert_equal "$output" verify
    run -0 complete_in_bash 'rkt run nosuch'
    assert_equal "$output" ''
}

@test "config: what is in force" {
    mkdir -p "$images/etc/paths.d" "$images/etc/stage1.d"
    run -0 rkt config --pretty-print=false
    assert_equal "$(jq -c '[.stage0[].rktKind]' <<<"$output")" '["paths","stage1"]'
    assert_equal "$(jq -r '.stage0[0].data' <<<"$output")" /var/lib/rkt
    echo '{"rktKind":"paths","rktVersion":"v1","data":"/srv/rkt"}' >"$images/etc/paths.d/a.json"
    echo '{"rktKind":"stage1","rktVersion":"v1","name":"example.com/stage1","version":"1","location":"/srv/stage1.aci"}' >"$images/etc/stage1.d/a.json"
    run -0 rkt --local-config="$images/etc" config
    assert_equal "$output" $'{\n\t"stage0": [\n\t\t{\n\t\t\t"rktVersion": "v1",\n\t\t\t"rktKind": "paths",\n\t\t\t"data": "/srv/rkt",\n\t\t\t"stage1-images": "'"$(rkt config | jq -r '.stage0[0]["stage1-images"]')"$'"\n\t\t},\n\t\t{\n\t\t\t"rktVersion": "v1",\n\t\t\t"rktKind": "stage1",\n\t\t\t"name": "example.com/stage1",\n\t\t\t"version": "1",\n\t\t\t"location": "/srv/stage1.aci"\n\t\t}\n\t]\n}'
    run -0 rkt --local-config="$images/etc" --dir="$images/data" config
    assert_equal "$(jq -r '.stage0[0].data' <<<"$output")" "$images/data"
    mkdir -p "$images/etc/auth.d"
    echo '{"rktKind":"auth","rktVersion":"v1","domains":["a.example","b.example:8443"],"type":"oauth","credentials":{"token":"t"}}' >"$images/etc/auth.d/a.json"
    echo '{"rktKind":"dockerAuth","rktVersion":"v1","registries":["r.example"],"credentials":{"user":"u","password":"p"}}' >"$images/etc/auth.d/b.json"
    run -0 rkt --local-config="$images/etc" config
    assert_equal "$(jq -c '[.stage0[] | .rktKind]' <<<"$output")" '["auth","auth","dockerAuth","paths","stage1"]'
    assert_equal "$(jq -c '.stage0[0]' <<<"$output")" '{"rktVersion":"v1","rktKind":"auth","domains":["a.example"],"type":"oauth","credentials":{"token":"t"}}'
    assert_equal "$(jq -c '.stage0[2]' <<<"$output")" '{"rktVersion":"v1","rktKind":"dockerAuth","registries":["r.example"],"credentials":{"user":"u","password":"p"}}'
    echo '{"rktKind":"auth","rktVersion":"v1","domains":[],"type":"oauth","credentials":{"token":"t"}}' >"$images/etc/auth.d/a.json"
    run -254 --separate-stderr rkt --local-config="$images/etc" config
    assert_contains "$stderr" 'no domains specified'
    rm -r "$images/etc/auth.d"
    echo '{"rktKind":"paths","rktVersion":"v2"}' >"$images/etc/paths.d/a.json"
    run -254 --separate-stderr rkt --local-config="$images/etc" config
    assert_contains "$stderr" 'no parser available for configuration of kind "paths" and version "v2"'
    run -254 rkt config something
}
