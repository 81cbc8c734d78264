#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Images of every origin: what other tools make runs, and a tree is what GNU tar would have made of it.

# run sets the rest.
# shellcheck disable=SC2154

load helper
load images

setup() {
    work=$(mktemp -d /var/tmp/images-XXXXXX)
}

teardown() {
    rkt gc --grace-period=0s >/dev/null 2>&1
    rkt image gc --grace-period=0s >/dev/null 2>&1
    rm -rf "$work"
    assert_nothing_left
}

rkt_run() { # ARGUMENT…
    run -0 --separate-stderr rkt --insecure-options=image run "$@"
}

builder() { # ARGUMENT…
    buildah --root "$work/containers" --runroot "$work/containers-run" --storage-driver vfs "$@"
}

@test "what buildah makes, as a layout and as docker save" {
    make_tree "$work/tree"
    container=$(builder from scratch)
    builder copy --quiet "$container" "$work/tree" / >/dev/null
    builder config --entrypoint '["/bin/echo", "of buildah:"]' --cmd 'hello' --env A=b "$container"
    builder commit --quiet "$container" "oci:$work/layout:1.0" >/dev/null
    builder commit --quiet "$container" "docker-archive:$work/save.tar:example/built:1.0" >/dev/null

    rkt_run "oci:$work/layout:1.0"
    assert_contains "$output" 'of buildah: hello'
    rkt_run "$work/save.tar" -- 'you'
    assert_contains "$output" 'of buildah: hello you'
}

@test "what skopeo copies: zstd, docker's manifests, a directory of another name" {
    make_layout "$work/layout" latest --config.entrypoint=/bin/echo --config.cmd=copied
    skopeo --insecure-policy copy --quiet --dest-compress-format=zstd --dest-compress \
        "oci:$work/layout:latest" "oci:$work/zstd:of/skopeo"
    skopeo --insecure-policy copy --quiet "oci:$work/layout:latest" "docker-archive:$work/save.tar:x/y:z"
    skopeo --insecure-policy copy --quiet "oci:$work/layout:latest" "oci-archive:$work/layout.tar:w"
    for image in "oci:$work/zstd:of/skopeo" "docker-archive:$work/save.tar:x/y:z" "$work/layout.tar"; do
        rkt_run "$image"
        assert_contains "$output" copied
    done
}

@test "what umoci makes of single files, whose layers end where the file does" {
    make_layout "$work/layout" latest --config.entrypoint=/bin/echo --config.cmd=runs
    echo 'a note' >"$work/note"
    umoci insert --image "$work/layout:latest" "$work/note" /note
    rkt_run "oci:$work/layout:latest"
    assert_contains "$output" runs
    run -0 --separate-stderr rkt --insecure-options=image image import "oci:$work/layout:latest"
    run -0 rkt image extract --rootfs-only "$output" "$work/out"
    run -0 cat "$work/out/note"
    assert_equal "$output" 'a note'
}

@test "an app's root looks as the topmost layer says that speaks of it" {
    tree=$work/tree
    make_tree "$tree"
    chmod 751 "$tree"
    chown 7:8 "$tree"
    umoci init --layout "$work/layout"
    umoci new --image "$work/layout:latest"
    umoci insert --image "$work/layout:latest" "$tree" /
    echo >"$work/note"
    umoci insert --image "$work/layout:latest" "$work/note" /note
    umoci config --image "$work/layout:latest" --config.entrypoint=/bin/sleep --config.cmd=1000
    uuid=$(rkt --insecure-options=image run --detach "oci:$work/layout:latest" --name=app)
    run -0 stat -c '%a %u:%g' "/var/lib/rkt/pods/run/$uuid/stage1/rootfs/opt/stage2/app/rootfs"
    assert_equal "$output" '751 7:8'
    run -0 rkt stop "$uuid"
    run -0 rkt status --wait "$uuid"
}

@test "a Debian system: every file as GNU tar extracts it" {
    mkdir -p "$work/extra/rootfs/odd" "$work/want"
    printf 'x' >"$work/extra/rootfs/odd/capable"
    ln "$work/extra/rootfs/odd/capable" "$work/extra/rootfs/odd/capable-too"
    python3 -c 'import os, sys
os.setxattr(sys.argv[1], "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))
os.setxattr(sys.argv[1], "user.note", b"kept\0whole")' "$work/extra/rootfs/odd/capable"
    truncate --size=3M "$work/extra/rootfs/odd/holes"
    printf 'end' >>"$work/extra/rootfs/odd/holes"
    touch "$work/extra/rootfs/odd/"$'\xff not utf-8'
    touch --date=@0.123456789 "$work/extra/rootfs/odd/old"
    chmod 6755 "$work/extra/rootfs/odd/old"
    mkfifo "$work/extra/rootfs/odd/fifo"
    make_manifest >"$work/extra/manifest"

    tar --create --file="$work/big.aci" --format=pax --sparse --xattrs --xattrs-include='*' \
        --directory="$work/extra" manifest rootfs
    tar --append --file="$work/big.aci" --format=pax --xattrs --xattrs-include='*' --one-file-system \
        --transform='flags=rh;s,^\./,rootfs/,' --exclude=./var/lib/rkt --exclude=./var/tmp \
        --exclude=./var/log --exclude=./usr/src --exclude=./usr/libexec/podman \
        --directory=/ ./etc ./usr ./var
    tar --extract --file="$work/big.aci" --directory="$work/want" --same-owner --preserve-permissions \
        --numeric-owner --xattrs --xattrs-include='*'

    id=$(rkt --insecure-options=image image import "$work/big.aci")
    run "$BATS_TEST_DIRNAME/same-tree" "$work/want/rootfs" "/var/lib/rkt/cas/tree/$id/rootfs"
    echo "$output"
    ((status == 0))
    (($(tail -n 1 <<<"$output" | cut -d' ' -f1) > 3000))
}

@test "limits of images are configured" {
    mkdir -p "$work/etc/images.d"
    make_aci "$work/one.aci" example.com/one
    echo '{"rktKind":"images","rktVersion":"v1","entries":5}' >"$work/etc/images.d/a.json"
    run -254 --separate-stderr rkt --local-config="$work/etc" --insecure-options=image image import "$work/one.aci"
    assert_contains "$stderr" 'more than 5 files and directories'
    run -254 --separate-stderr rkt --local-config="$work/etc" --insecure-options=image run "$work/one.aci"
    assert_contains "$stderr" 'more than 5 files and directories'
    echo '{"rktKind":"images","rktVersion":"v1","expanded-bytes":4096}' >"$work/etc/images.d/a.json"
    run -254 --separate-stderr rkt --local-config="$work/etc" --insecure-options=image image import "$work/one.aci"
    assert_contains "$stderr" 'more than 4096 bytes'
    run -0 rkt --local-config="$work/etc" config
    assert_equal "$(jq -c '.stage0[0]' <<<"$output")" '{"rktVersion":"v1","rktKind":"images","expanded-bytes":4096}'
    echo '{"rktKind":"images","rktVersion":"v1","expanded-bytes":8192}' >"$work/etc/images.d/b.json"
    run -254 --separate-stderr rkt --local-config="$work/etc" image list
    assert_contains "$stderr" '"expanded-bytes" is already specified'
    echo '{"rktKind":"images","rktVersion":"v1","ratio":0}' >"$work/etc/images.d/b.json"
    run -254 --separate-stderr rkt --local-config="$work/etc" image list
    assert_contains "$stderr" 'a limit of 0'
    run -0 rkt image list --no-legend
    assert_equal "$output" ''
}

make_manifest() {
    jq -n --arg arch "$(rkt_arch)" '{acKind: "ImageManifest", acVersion: "0.8.11", name: "example.com/debian",
        labels: [{name: "os", value: "linux"}, {name: "arch", value: $arch}]}'
}

# Takes turns with itself; each round ends in a store that is whole.
@test "many at once: fetch, render, run, list and collect" {
    seconds=${RKT_STRESS_SECONDS:-5}
    make_aci "$work/one.aci" example.com/one
    make_aci "$work/two.aci" example.com/two
    make_layout "$work/layout" latest --config.entrypoint=/bin/true

    churn() { # COMMAND… until the time is over; failures go to a file
        local end=$((SECONDS + seconds))
        while ((SECONDS < end)); do
            "$@" >"$work/out.$BASHPID" 2>&1 || {
                echo "--- $* ($?)"
                cat "$work/out.$BASHPID"
            } >>"$work/failed"
        done
    }
    rkt=(rkt --insecure-options=image) pids=()
    churn "${rkt[@]}" image import "$work/one.aci" & pids+=($!)
    churn "${rkt[@]}" image import "oci:$work/layout:latest" "$work/two.aci" & pids+=($!)
    churn "${rkt[@]}" run "$work/two.aci" & pids+=($!)
    churn "${rkt[@]}" run "oci:$work/layout:latest" & pids+=($!)
    churn rkt image list & pids+=($!)
    churn rkt list & pids+=($!)
    churn rkt gc --grace-period=0s & pids+=($!)
    churn rkt image gc & pids+=($!)
    wait "${pids[@]}" # bare, it would also wait for the watchdog of bats: until the timeout
    [[ ! -e $work/failed ]] || fail "$(head -n 40 "$work/failed")"

    rkt --insecure-options=image image import "$work/one.aci" "$work/two.aci" "oci:$work/layout:latest"
    run -0 rkt image verify example.com/one example.com/two
    run -0 rkt gc --grace-period=0s
}
