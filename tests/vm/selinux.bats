#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# A machine whose kernel has SELinux and Debian's policy, permissive: what labels pods have. The policy is not for
# pods; what is shown is that its labels get to where one that is would look at them.

# shellcheck disable=SC2016,SC2154 # what is quoted is for the machine's shell; run sets output

bats_require_minimum_version 1.5.0

vm=$BATS_TEST_DIRNAME/vm

setup_file() {
    export name=selinux-$BATS_ROOT_PID
    "$vm" boot "$name" --kernel=security=selinux --install="$RKT_TEST_INSTALL" \
        --copy=tests/functional:/usr/src/rkt/tests/functional
    # Debian's own file of this name has types that its policy does not know.
    "$vm" enter "$name" -- bash -c '
        contexts=/etc/selinux/default/contexts/lxc_contexts
        [[ ! -e $contexts ]] || mv "$contexts" "$contexts.debian"
        cat >"$contexts" <<END
process = "system_u:system_r:crond_t:s0"
file = "system_u:object_r:tmp_t:s0"
END
        . /usr/src/rkt/tests/functional/images.bash
        make_aci /srv/a.aci example.com/a "$(exec_of /bin/sleep 1000)"'
}

teardown_file() {
    "$vm" stop "$name"
}

inside() {
    "$vm" enter "$name" -- bash -eo pipefail -c '
        rkt() { command rkt --insecure-options=image "$@"; }
        # Started, with the options given; the name of the pod and of where its app is to be found.
        start() { # FLAVOR [OPTION…]
            rkt run --detach --stage1-from-dir="stage1-$1.aci" --uuid-file-save=/run/uuid "${@:2}" /srv/a.aci >/dev/null
            uuid=$(cat /run/uuid)
            pid=$(pgrep --newest --full "/bin/sleep 1000\$")
        }
        label_of() { tr -d "\0" <"/proc/$1/attr/current"; }
        '"$1"
}

matches() { # TEXT PATTERN
    [[ $1 =~ ^$2$ ]] || {
        printf 'got: %s\nwant: %s\n' "$1" "$2" >&2
        return 1
    }
}

levels='s0:c[0-9]+,c[0-9]+'

@test "an app, its files and who enters have its pod's label, and no two pods the same" {
    local flavor lines other=''

    for flavor in coreos host; do
        run -0 --separate-stderr inside "start $flavor --volume=v,kind=empty --mount=volume=v,target=/v"'
            label_of "$pid"; echo
            stat --format=%C "/proc/$pid/root/bin/busybox"; stat --format=%C "/proc/$pid/root/v"
            rkt enter "$uuid" /bin/cat /proc/self/attr/current | tr -d "\0"; echo
            rkt stop --force "$uuid" >/dev/null; rkt gc --grace-period=0s >/dev/null 2>&1'
        mapfile -t lines <<<"$output"
        matches "${lines[0]}" "system_u:system_r:crond_t:$levels"
        matches "${lines[1]}" "system_u:object_r:tmp_t:$levels"
        [[ ${lines[1]##*:s0:} == "${lines[0]##*:s0:}" ]]
        [[ ${lines[2]} == "${lines[1]}" ]]
        [[ ${lines[3]} == "${lines[0]}" ]]
        [[ ${lines[0]##*:s0:} != "$other" ]]
        other=${lines[0]##*:s0:}
    done
}

@test "a copied tree has the label, too" {
    run -0 --separate-stderr inside 'start coreos --no-overlay
        label_of "$pid"; echo; stat --format=%C "/proc/$pid/root/bin/busybox"
        rkt stop --force "$uuid" >/dev/null; rkt gc --grace-period=0s >/dev/null 2>&1'
    mapfile -t lines <<<"$output"
    matches "${lines[1]}" "system_u:object_r:tmp_t:$levels"
    [[ ${lines[1]##*:s0:} == "${lines[0]##*:s0:}" ]]
}

@test "apps that see the host have none of the container's labels" {
    for flavor in skim fly; do
        run -0 --separate-stderr inside "start $flavor"'
            label_of "$pid"; rkt stop --force "$uuid" >/dev/null; rkt gc --grace-period=0s >/dev/null 2>&1'
        [[ $output != *crond_t* ]]
    done
}

@test "labels that the policy does not know are not used" {
    run -0 --separate-stderr inside 'sed -i s/crond_t/nothing_of_the_kind_t/ /etc/selinux/default/contexts/lxc_contexts
        start coreos; label_of "$pid"
        rkt stop --force "$uuid" >/dev/null; rkt gc --grace-period=0s >/dev/null 2>&1'
    [[ $output != *nothing_of_the_kind* && $output != *tmp_t* ]]
}
