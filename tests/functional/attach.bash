# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
#
# What the files about rkt attach begin and end with. Load it behind images.

setup_file() {
    export work=/var/tmp/attach-images
    mkdir -p "$work"
    make_aci "$work/sh.aci" example.com/sh "$(exec_of /bin/sh)"
}

teardown_file() {
    rm -rf "$work"
}

teardown() {
    collect_pods
    systemctl stop machine-rkt.slice 2>/dev/null || :
    assert_nothing_left
    run -1 pgrep -x streams
    rm -f "$work"/{in,out*,err*}
}

rkt() {
    command rkt --insecure-options=image "$@"
}
