#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What is on disk when the power goes: the store and the pods of a machine that is cut off at any
# moment. Seen from outside the machine; what rkt said it had done is what must be there again.

# shellcheck disable=SC2016,SC2154 # what is quoted is for the machine's shell; run sets status

bats_require_minimum_version 1.5.0

vm=$BATS_TEST_DIRNAME/vm
cuts=${RKT_TEST_POWER_CUTS:-5}

setup_file() {
    export name=power-$BATS_ROOT_PID
    "$vm" boot "$name" --install="$RKT_TEST_INSTALL" --copy=tests/functional:/usr/src/rkt/tests/functional
    # Each image has a layer of its own and is no other's neighbour.
    "$vm" enter "$name" -- bash -c '
        mkdir -p /srv/images && cd /srv/images && . /usr/src/rkt/tests/functional/images.bash
        for i in 1 2 3 4 5 6 7 8; do
            tree=$(mktemp -d) && make_tree "$tree"
            head -c 4M /dev/urandom >"$tree/usr/bin/data"
            make_aci_from "$i.aci" "example.com/i$i" "$tree" "$(exec_of /bin/sh -c "exit $i")"
            rm -rf "$tree"
        done; sync'
}

teardown_file() {
    "$vm" stop "$name"
}

inside() {
    "$vm" enter "$name" -- "$@"
}

fail() {
    printf '%s\n' "$@" >&2
    return 1
}

# Imports, runs, removes, until the power goes. What is said here has been done.
work='
    rkt() { command rkt --insecure-options=image "$@"; }
    while :; do
        for i in 1 2 3 4 5 6 7 8; do
            id=$(rkt image import "/srv/images/$i.aci" | tail -n 1) && echo "image $i $id"
            rkt run --uuid-file-save=/run/uuid "/srv/images/$i.aci" >/dev/null 2>&1
            status=$?
            ((status != i)) || echo "pod $(cat /run/uuid) $status"
            ((RANDOM % 3)) || { echo "remove $i"; rkt gc --grace-period=0s >/dev/null 2>&1; rkt image rm "$id" >/dev/null 2>&1; }
        done
    done'

# After the machine is up again: every image and every exit status that was told and not taken back.
look() { # SAID
    local what who id kept

    inside rkt gc --mark-only || fail "gc --mark-only"
    inside rkt image list --full --no-legend --fields=id >"$BATS_TEST_TMPDIR/images"
    while read -r what who id; do
        case $what in
        image) grep -q "$id" "$BATS_TEST_TMPDIR/images" || fail "image $who ($id) is lost" || return ;;
        pod)
            kept=$(inside rkt status "$who") || fail "pod $who is lost" || return
            grep -q "=$id\$" <<<"$kept" || fail "the exit status of pod $who is lost:" "$kept" || return
            ;;
        esac
    done < <(awk '
        $1 == "remove" { delete image[$2]; split("", pod) }
        $1 == "image" { image[$2] = $3 }
        $1 == "pod" { pod[$2] = $3 }
        END { for (i in image) print "image", i, image[i]; for (p in pod) print "pod", p, pod[p] }' "$1")
}

@test "what was said to be there is there after the power went, and gc takes the rest" {
    local said=$BATS_TEST_TMPDIR/said round left

    for ((round = 1; round <= cuts; round++)); do
        inside bash -c "$work" >"$said" 2>/dev/null &
        # Long enough for some images; where in the work it ends is chance.
        sleep "$((8 + RANDOM % 12)).$((RANDOM % 10))"
        "$vm" cut "$name"
        wait $! || :
        echo "# round $round: $(wc -l <"$said") things were said to be done" >&3
        "$vm" again "$name"
        look "$said"
        # Everything that is left is whole, and can be used.
        inside rkt gc --grace-period=0s
        [[ -z $(inside rkt list --no-legend) ]] || fail "pods are left: $(inside rkt list)"
        for id in $(inside rkt image list --full --no-legend --fields=id); do
            inside rkt image verify "$id" || fail "image $id is not whole"
        done
        inside bash -c 'for i in 1 2 3 4 5 6 7 8; do
            rkt --insecure-options=image run "/srv/images/$i.aci" >/dev/null 2>&1
            (($? == i)) || exit 1
        done; rkt gc --grace-period=0s >/dev/null 2>&1; rkt image gc --grace-period=0s >/dev/null' ||
            fail "an image cannot be run after a power cut"
        left=$(inside bash -c 'find /var/lib/rkt/cas -mindepth 2 -path "*/tmp/*" | head; ls /var/lib/rkt/pods/*/ | grep -v : | head')
        [[ -z $left ]] || fail "left after gc:" "$left"
    done
}
