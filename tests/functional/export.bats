#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# rkt export: an app of an exited pod becomes an image again.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/export-images
    mkdir -p "$images/volume"
    make_aci "$images/sh.aci" example.com/sh "$(exec_of /bin/sh -c)"
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    end_pods
    rkt gc --grace-period=0s >/dev/null 2>&1
    rm -f "$images"/out*
    assert_nothing_left
}

rkt() {
    command rkt --insecure-options=image "$@"
}

# An exited pod; its UUID is in $uuid.
pod_that_ran() { # FLAG… [-- WORD]
    rkt run --uuid-file-save="$images/uuid" "$@" >/dev/null
    uuid=$(<"$images/uuid")
}

@test "what the app changed is in the image, and the image runs" {
    local uuid
    pod_that_ran "$images/sh.aci" -- 'echo changed >etc/group; echo new >new; busybox chown 7:8 new; rm etc/passwd; busybox ln -s new link'
    run -0 --separate-stderr rkt export "$uuid" "$images/out.aci"
    assert_equal "$output$stderr" ''
    assert_equal "$(stat -c %a "$images/out.aci")" 644
    run -0 tar -tvf "$images/out.aci" --numeric-owner
    [[ $output =~ 7/8\ .*\ rootfs/new ]]
    [[ $output == *'rootfs/link -> new'* && $output != *etc/passwd* ]]
    assert_equal "$(tar -xOf "$images/out.aci" rootfs/etc/group)" changed
    assert_equal "$(tar -xOf "$images/out.aci" manifest | jq -r .name)" example.com/sh
    run -0 rkt run "$images/out.aci" -- 'cat etc/group'
    assert_equal "$output" changed
}

@test "a pod that was copied, one that is marked, and one whose mounts are gone" {
    local uuid
    pod_that_ran --no-overlay "$images/sh.aci" -- 'echo copied >new'
    rkt export "$uuid" "$images/out1.aci"
    assert_equal "$(tar -xOf "$images/out1.aci" rootfs/new)" copied
    pod_that_ran "$images/sh.aci" -- 'echo marked >new'
    rkt gc --mark-only 2>/dev/null
    rkt export "$uuid" "$images/out2.aci"
    assert_equal "$(tar -xOf "$images/out2.aci" rootfs/new)" marked
    pod_that_ran "$images/sh.aci" -- 'echo booted >new'
    umount "/var/lib/rkt/pods/run/$uuid/stage1/rootfs/opt/stage2/sh/rootfs"
    rkt export "$uuid" "$images/out3.aci"
    assert_equal "$(tar -xOf "$images/out3.aci" rootfs/new)" booted
    run -1 grep "$uuid" /proc/mounts
}

@test "volumes are not the app's" {
    local uuid
    echo secret >"$images/volume/file"
    pod_that_ran --volume=v,kind=host,source="$images/volume" "$images/sh.aci" --mount=volume=v,target=/mnt -- 'cat /mnt/file'
    mount --bind "$images/volume" "/var/lib/rkt/pods/run/$uuid/stage1/rootfs/opt/stage2/sh/rootfs/var"
    rkt export "$uuid" "$images/out.aci"
    run -0 tar -tf "$images/out.aci"
    [[ $output != *file* ]]
}

@test "one app of several" {
    local uuid
    pod_that_ran "$images/sh.aci" --name=one -- 'echo 1 >new' --- "$images/sh.aci" --name=two -- 'echo 2 >new'
    run -254 --separate-stderr rkt export "$uuid" "$images/out.aci"
    assert_equal "$stderr" $'pod contains multiple apps:\n\tone\n\ttwo\nexport: specify app using "rkt export --app= ..."'
    rkt export --app=two "$uuid" "$images/out.aci"
    assert_equal "$(tar -xOf "$images/out.aci" rootfs/new)" 2
    run -254 rkt export --app=three "$uuid" "$images/out3.aci"
    [[ ! -e $images/out3.aci ]]
}

@test "what is refused leaves nothing" {
    local uuid running
    pod_that_ran "$images/sh.aci" -- 'true'
    running=$(rkt run --detach "$images/sh.aci" -- 'while :; do sleep 1; done')
    run -254 rkt export
    run -254 rkt export "$uuid"
    run -254 rkt export "$uuid" "$images/out.aci" more
    run -254 --separate-stderr rkt export "$uuid" "$images/out.tar"
    assert_contains "$stderr" 'extension must be .aci (given'
    run -254 --separate-stderr rkt export "$running" "$images/out.aci"
    assert_equal "$stderr" 'export: pod is not exited. Only exited pods can be exported'
    run -254 rkt export nosuch "$images/out.aci"
    run -254 rkt export "$uuid" "$images/nosuch/out.aci"
    echo mine >"$images/out.aci"
    run -254 --separate-stderr rkt export "$uuid" "$images/out.aci"
    assert_equal "$stderr" 'export: target file exists (try --overwrite)'
    assert_equal "$(<"$images/out.aci")" mine
    run -0 rkt export --overwrite "$uuid" "$images/out.aci"
    run -0 tar -tf "$images/out.aci"
    # Nothing but the image, the file of the UUID and what was there.
    run -0 ls -A "$images"
    assert_equal "$output" $'out.aci\nsh.aci\nuuid\nvolume'
}
