#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What is wrong ends with one clear line on standard error, status 254, and nothing left behind.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/bad-images
    mkdir -p "$images"
    make_aci "$images/true.aci" example.com/true
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    run -0 rkt list --no-legend
    assert_equal "$output" ''
    run ls -A /var/lib/rkt/pods/{embryo,prepare,run,garbage,exited-garbage}
    [[ $output != *-*-*-*-* ]]
    run bash -c 'ls -d /var/log/journal/*.rkt-* /run/systemd/journald@rkt-*'
    [[ $status -ne 0 ]]
    assert_nothing_left
}

refuses() { # TEXT RKT-WORD…
    local text=$1
    shift
    run -254 --separate-stderr rkt --insecure-options=image "$@"
    assert_contains "$stderr" "$text"
    assert_equal "${#stderr_lines[@]}" 1
    assert_equal "$output" ''
}

bad_aci() { # FILE MANIFEST
    local work
    work=$(mktemp -d)
    mkdir "$work/rootfs"
    printf '%s' "$2" >"$work/manifest"
    tar --create --file="$1" --directory="$work" manifest rootfs
    rm -rf "$work"
}

@test "no image" {
    refuses 'must provide at least one image or specify the pod manifest' run
}

@test "no such file" {
    refuses 'no-such.aci' run "$images/no-such.aci"
}

@test "a truncated file" {
    head -c 100000 "$images/true.aci" >"$images/short.aci"
    refuses 'short.aci' run "$images/short.aci"
}

@test "not an image" {
    cp /bin/busybox "$images/program.aci"
    refuses 'program.aci' run "$images/program.aci"
}

@test "an ACI without a manifest" {
    mkdir -p "$images/none/rootfs"
    tar --create --file="$images/none.aci" --directory="$images/none" rootfs
    refuses 'manifest' run "$images/none.aci"
}

@test "bad JSON" {
    bad_aci "$images/json.aci" '{"acKind": "ImageManifest",'
    refuses 'line 1' run "$images/json.aci"
}

@test "an unknown flavor" {
    refuses 'stage1-nothing.aci' run --stage1-from-dir=stage1-nothing.aci "$images/true.aci"
    refuses 'sha512-000000000000' run --stage1-hash=sha512-000000000000 "$images/true.aci"
}

@test "an app's name twice" {
    refuses 'multiple apps with name true' run "$images/true.aci" "$images/true.aci"
}

@test "an image for another architecture" {
    make_aci "$images/arch.aci" example.com/arch '{"labels":[{"name":"os","value":"linux"},{"name":"arch","value":"ppc64le"}]}'
    refuses 'ppc64le' run "$images/arch.aci"
}

@test "exec missing in the image" {
    refuses '/bin/missing' run "$images/true.aci" --exec=/bin/missing
    refuses 'unable to find "missing"' run "$images/true.aci" --exec=missing
}

@test "a user the image does not have" {
    refuses 'invalid user "nobody-knows"' run "$images/true.aci" --user=nobody-knows
}

@test "a relative working directory" {
    refuses 'working' run "$images/true.aci" --working-dir=relative
}

@test "an app's name too long for a unit" {
    refuses 'choose a shorter one with --name' run "$images/true.aci" --name="$(printf 'a%.0s' {1..220})"
}

@test "a property systemd does not take" {
    refuses 'NoSuchProperty' run "$images/true.aci" --property=NoSuchProperty=1
    refuses 'TasksMax' run "$images/true.aci" --property=TasksMax=many
    refuses 'Type' run "$images/true.aci" --property=Type=nonsense
}

@test "no permission" {
    run -254 --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups rkt run "$images/true.aci"
    assert_equal "$stderr" 'run: cannot run as unprivileged user'
}

@test "no systemd running" {
    run -254 --separate-stderr unshare --mount sh -c "mount -t tmpfs tmpfs /run/systemd && exec rkt --insecure-options=image run $images/true.aci"
    assert_contains "$stderr" 'systemd is not running'
}

@test "a full disk" {
    mkdir -p "$images/small"
    mount -t tmpfs -o size=1m tmpfs "$images/small"
    run -254 --separate-stderr rkt --insecure-options=image --dir="$images/small" run "$images/true.aci"
    assert_contains "$stderr" 'No space left on device'
    umount "$images/small"
}

@test "flags that are none" {
    run -254 --separate-stderr rkt run --no-such-flag
    assert_contains "$stderr" 'Error: unknown flag: --no-such-flag'
    run -254 --separate-stderr rkt run --exec=/bin/true "$images/true.aci"
    assert_contains "$stderr" '--exec must follow an image'
    run -254 --separate-stderr rkt bogus
    assert_contains "$stderr" 'unknown command "bogus" for "rkt"'
    run -2 --separate-stderr rkt
    assert_equal "$stderr" 'rkt: missing command'
}
