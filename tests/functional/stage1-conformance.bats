#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The stage1 interface: each image is driven by tests/conformance/stage1, without rkt.

# run sets it.
# shellcheck disable=SC2154

load helper
load images

setup_file() {
    export tree=/var/tmp/conformance-tree
    mkdir -p "$tree"
    make_tree "$tree"
}

teardown_file() {
    rm -rf "$tree"
}

conforms() { # FLAVOR
    run "$BATS_TEST_DIRNAME/../conformance/stage1" "/usr/lib/x86_64-linux-gnu/rkt/stage1-images/stage1-$1.aci" "$tree"
    [[ $status -eq 0 ]] || {
        echo "$output"
        return 1
    }
    [[ $output != *'not ok'* && $output == *"1..${#lines[@]}"* || $output == *"1..$((${#lines[@]} - 1))"* ]]
    run find /var/lib/rkt -maxdepth 1 -name 'conformance.*'
    assert_equal "$output" ''
}

@test "skim" { conforms skim; }

@test "fly" { conforms fly; }

@test "coreos" { conforms coreos; }

@test "host" { conforms host; }

@test "src" {
    [[ -e /usr/lib/x86_64-linux-gnu/rkt/stage1-images/stage1-src.aci ]] || skip 'flavor src is built by "make test-full"'
    conforms src
}

@test "what breaks the interface is found" {
    local odd
    odd=$(mktemp -d)
    mkdir -p "$odd/rootfs/rkt/status" "$odd/rootfs/rkt/env" "$odd/rootfs/opt/stage2"
    printf '#!/bin/sh\nexit 0\n' >"$odd/rootfs/run"
    chmod 755 "$odd/rootfs/run"
    for name in enter gc; do cp "$odd/rootfs/run" "$odd/rootfs/$name"; done
    jq -n '{acKind: "ImageManifest", acVersion: "0.8.11", name: "example.com/odd", labels: [{name: "arch", value: "amd64"}],
        annotations: (["run", "enter", "gc"] | map({name: "coreos.com/rkt/stage1/\(.)", value: "/\(.)"}))}' >"$odd/manifest"
    tar --create --file="$odd.aci" --directory="$odd" manifest rootfs
    run -1 "$BATS_TEST_DIRNAME/../conformance/stage1" "$odd.aci" "$tree"
    assert_contains "$output" 'ok 7 run: a pod whose app ends well'
    assert_contains "$output" 'not ok 10 run: a pod whose app fails ends with its status'
    assert_contains "$output" 'run: the app starts in its own tree'
    rm -rf "$odd" "$odd.aci"
}
