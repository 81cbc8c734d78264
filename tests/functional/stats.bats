#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# rkt stats: what apps use, as systemd counts it.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/stats-images
    mkdir -p "$images"
    make_aci "$images/sh.aci" example.com/sh "$(exec_of /bin/sh -c)"
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    end_pods
    rkt gc --grace-period=0s >/dev/null 2>&1
    assert_nothing_left
}

rkt() {
    command rkt --insecure-options=image "$@"
}

@test "a row for each app of each pod that runs, and no other" {
    local uuid other
    run -0 rkt stats
    assert_equal "$output" $'UUID\tAPP\tCPU\tMEMORY\tLIMIT\tTASKS\tREAD\tWRITTEN'
    run -0 rkt stats --format=json
    assert_equal "$output" '[]'
    rkt run "$images/sh.aci" -- true
    uuid=$(rkt run --detach "$images/sh.aci" --name=one -- 'sleep 1000 & sleep 1000 & wait' --- "$images/sh.aci" --name=two -- 'exec sleep 1000')
    other=$(rkt run --detach "$images/sh.aci" -- 'exec sleep 1000')
    run -0 rkt stats --no-legend
    assert_equal "$(cut -f 1 <<<"$output" | sort)" "$(printf '%s\n' "${uuid:0:8}" "${uuid:0:8}" "${other:0:8}" | sort)"
    run -0 rkt stats --no-legend "${uuid:0:8}"
    assert_equal "${#lines[@]}" 2
    run -0 rkt stats --no-legend --full "$other"
    assert_equal "${output%%$'\t'*}" "$other"
}

@test "the numbers are those of systemd" {
    local uuid unit short app cpu memory tasks
    need_controller pids
    need_controller memory
    uuid=$(rkt run --detach "$images/sh.aci" --property=CPUAccounting=true -- 'sleep 1000 & sleep 1000 & wait')
    unit=rkt-$uuid-sh.service
    for _ in {1..50}; do
        run -0 rkt stats --format=json "$uuid"
        [[ $(jq '.[0].tasks' <<<"$output") != 3 ]] || break
        sleep 0.1
    done
    assert_equal "$(jq -c '.[0] | [.pod, .app, .tasks]' <<<"$output")" "[\"$uuid\",\"sh\",3]"
    # The kernel counts memory in batches: two looks need not be equal.
    assert_equal "$(jq '.[0].memory | . > 4096 and . < 16777216' <<<"$output")" true
    # Where the kernel does not count it, both say so.
    assert_equal "$(jq -r '.[0].cpu_ns // "[not set]"' <<<"$output")" "$(systemctl show -p CPUUsageNSec --value "$unit")"
    run -0 rkt stats --no-legend "$uuid"
    read -r short app cpu memory _ tasks _ <<<"$output"
    assert_equal "$short $app $tasks" "${uuid:0:8} sh 3"
    [[ $cpu =~ ^([0-9]+\.[0-9]{3}s|-)$ && $memory =~ ^[0-9.]+(B|KiB|MiB)$ ]]
}

@test "which pod is meant, and what is refused" {
    local uuid
    rkt run --uuid-file-save="$images/uuid" "$images/sh.aci" -- true
    uuid=$(<"$images/uuid")
    run -254 --separate-stderr rkt stats --format=json "$uuid"
    assert_equal "$stderr" "stats: pod \"$uuid\" is not running"
    assert_equal "$output" ''
    run -254 rkt stats nosuch
    run -254 rkt stats --format=xml
}
