#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What an image's manifest says of its app and no flag does: event handlers, owners of files as users,
# mount points and volumes, and the isolators of devices and of security modules.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/app-images
    mkdir -p "$images"
    make_aci "$images/sh.aci" example.com/sh "$(exec_of /bin/sh -c)"
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    collect_pods
    assert_nothing_left
}

rkt() {
    command rkt --insecure-options=image "$@"
}

# An image of an app with these words, and more of its manifest.
make_app() { # NAME APP-JSON WORD…
    local name=$1 more=$2
    shift 2
    make_aci "$images/$name.aci" "example.com/$name" \
        "$(jq -n --argjson more "$more" '{app: ({exec: $ARGS.positional, user: "0", group: "0"} + $more)}' --args -- "$@")"
}

# The same, running; its unit.
start_app() { # NAME APP-JSON
    make_app "$1" "$2" /bin/sh -c 'while :; do sleep 1; done'
    printf 'rkt-%s-%s.service' "$(rkt run --detach "$images/$1.aci")" "$1"
}

@test "event handlers: before the app and after it, as root, in its tree" {
    make_app handlers '{"user": "1000", "group": "1000", "eventHandlers": [
        {"name": "pre-start", "exec": ["/bin/sh", "-c", "id -u >/before; chown 1000 /before"]},
        {"name": "post-stop", "exec": ["/bin/sh", "-c", "echo over with $(cat /before)"]}]}' \
        /bin/sh -c 'echo before: $(cat /before), now: $(id -u); echo 7 >/before'
    run -0 rkt run "$images/handlers.aci"
    assert_equal "$output" $'before: 0, now: 1000\nover with 7'
}

@test "event handlers: an app whose first one fails does not start, and the last one runs all the same" {
    make_app fails '{"eventHandlers": [{"name": "pre-start", "exec": ["/bin/sh", "-c", "exit 5"]},
        {"name": "post-stop", "exec": ["/bin/echo", "cleaned up"]}]}' /bin/echo started
    run rkt run "$images/fails.aci"
    [[ $status -ne 0 && $output == *'cleaned up'* && $output != *started* ]] || fail "$status" "$output"
}

@test "users and groups by a file of the image are its owners" {
    local tree=$images/owned
    make_tree "$tree"
    touch "$tree/etc/service"
    chown 1234:4321 "$tree/etc/service"
    ln -s /root "$tree/etc/away"
    make_aci_from "$images/owned.aci" example.com/owned "$tree" \
        '{"app": {"exec": ["/bin/sh", "-c", "id -u; id -g"], "user": "/etc/service", "group": "/etc/service"}}'
    run -0 rkt run "$images/owned.aci"
    assert_equal "$output" $'1234\n4321'
    run -254 --separate-stderr rkt run "$images/owned.aci" --user=/etc/none
    assert_contains "$stderr" '/etc/none'
    rm -rf "$tree"
}

@test "a mount point of the image that gets no volume is an empty one, and the app's own" {
    local uuid
    make_app points '{"mountPoints": [{"name": "data", "path": "/var/data"}, {"name": "fixed", "path": "/etc/fixed", "readOnly": true}]}' \
        /bin/sh -c 'ls -A /var/data /etc/fixed; echo here >/var/data/file && cat /var/data/file; touch /etc/fixed/x 2>/dev/null || echo refused'
    run -0 --separate-stderr rkt run "$images/points.aci"
    assert_contains "$stderr" 'no volume specified for mount point "points-data", implicitly creating an "empty" volume'
    assert_equal "$output" $'/etc/fixed:\n/var/data:\nhere\nrefused'
    uuid=$(rkt run --detach "$images/points.aci" --exec=/bin/sleep -- 1000 2>/dev/null)
    run -0 --separate-stderr rkt enter "$uuid" chmod 0700 /var/data
    assert_equal "$stderr" ''
    run -0 rkt enter "$uuid" stat -c %a /var/data
    assert_equal "$output" 700
    mkdir -p "$images/given"
    echo given >"$images/given/file"
    run -0 --separate-stderr rkt run --volume=data,kind=host,source="$images/given",readOnly=true "$images/points.aci" --exec=/bin/cat -- /var/data/file
    assert_equal "$output" given
}

@test "empty volumes: mode and owner as asked for, 0755 and root's otherwise" {
    run -0 rkt run --volume=v,kind=empty,mode=2750,uid=12,gid=34 "$images/sh.aci" --mount=volume=v,target=/srv/v -- 'stat -c "%a %u %g" /srv/v'
    assert_equal "$output" '2750 12 34'
    run -0 rkt run --volume=v,kind=empty "$images/sh.aci" --mount=volume=v,target=/srv/v -- 'stat -c "%a %u %g" /srv/v'
    assert_equal "$output" '755 0 0'
    run -254 --separate-stderr rkt run --volume=v,kind=empty,mode=9999 "$images/sh.aci" --mount=volume=v,target=/srv/v -- true
    assert_contains "$stderr" 9999
}

@test "host volumes: with what is mounted below, or without; read-only below, too" {
    mkdir -p "$images/outer/inner"
    mount -t tmpfs rkt-test "$images/outer/inner"
    touch "$images/outer/inner/file"
    run -0 rkt run --volume=v,kind=host,source="$images/outer" "$images/sh.aci" --mount=volume=v,target=/srv/v -- 'ls /srv/v/inner'
    assert_equal "$output" file
    run -0 rkt run --volume=v,kind=host,source="$images/outer",recursive=false "$images/sh.aci" --mount=volume=v,target=/srv/v -- 'ls /srv/v/inner'
    assert_equal "$output" ''
    run -0 rkt run --volume=v,kind=host,source="$images/outer",readOnly=true "$images/sh.aci" --mount=volume=v,target=/srv/v \
        -- 'touch /srv/v/new /srv/v/inner/new 2>/dev/null; ls /srv/v /srv/v/inner'
    [[ $output != *new* ]] || fail "$output"
    umount "$images/outer/inner"
    [[ ! -e $images/outer/new ]]
}

@test "block-bandwidth and block-iops: of the disk that the host's root is on" {
    local unit
    unit=$(start_app disk '{"isolators": [{"name": "resource/block-bandwidth", "value": {"default": true, "limit": "3M"}},
        {"name": "resource/block-iops", "value": {"default": true, "limit": "70"}}]}')
    run -0 systemctl show -p IOReadBandwidthMax -p IOWriteBandwidthMax -p IOReadIOPSMax -p IOWriteIOPSMax "$unit"
    assert_equal "$(sort <<<"$output")" $'IOReadBandwidthMax=/ 3000000\nIOReadIOPSMax=/ 70\nIOWriteBandwidthMax=/ 3000000\nIOWriteIOPSMax=/ 70'
}

@test "selinux-context and apparmor-profile: systemd is told, and a host without them runs the app" {
    local unit
    unit=$(start_app labelled '{"isolators": [{"name": "os/linux/selinux-context", "value": {"user": "u", "role": "r", "type": "t", "level": "s0"}},
        {"name": "os/linux/apparmor-profile", "value": {"profile": "rkt-test-none"}}]}')
    run -0 systemctl show -p SELinuxContext -p AppArmorProfile "$unit"
    assert_contains "$output" 'u:r:t:s0'
    assert_contains "$output" rkt-test-none
}
