#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The units, groups and directories that are shipped: they do what they say, on a host that has them.

# run sets these.
# shellcheck disable=SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/units-images pods=/var/lib/rkt/pods
    mkdir -p "$images"
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
    systemd-sysusers
    systemd-tmpfiles --create /usr/lib/tmpfiles.d/rkt.conf
    systemctl daemon-reload
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    end_pods
    systemctl stop 'rkt-pod@*' rkt-gc.timer 2>/dev/null || :
    systemctl reset-failed 2>/dev/null || :
    rkt gc --grace-period=0s --expire-prepared=0s >/dev/null 2>&1
    systemctl list-units --all --plain --no-legend 'rkt-pod@*' | grep . && fail 'a unit is left'
    rm -rf /run/systemd/system/rkt-gc.service.d
    systemctl daemon-reload
}

rkt() {
    command rkt --insecure-options=image "$@"
}

@test "systemd finds nothing to complain about" {
    run -0 --separate-stderr systemd-analyze verify --man=no /usr/lib/systemd/system/rkt-gc.service \
        /usr/lib/systemd/system/rkt-gc.timer /usr/lib/systemd/system/rkt-pod@.service
    # Units of the host that have nothing to do with ours may be named as well.
    assert_equal "$(grep rkt <<<"$stderr" || :)" ''
}

@test "groups and directories are there, with their modes" {
    run -0 stat -c '%a %U:%G' /var/lib/rkt "$pods" "$pods/run" "$pods/prepared" /var/lib/rkt/cas /etc/rkt /etc/rkt/auth.d
    assert_equal "$output" $'751 root:rkt\n751 root:rkt\n751 root:rkt\n750 root:rkt\n2770 root:rkt\n2775 root:rkt-admin\n2770 root:rkt-admin'
}

@test "an app that is not root's runs below these directories, and in no group of theirs" {
    run -0 rkt run "$images/sleep.aci" --exec=/bin/sh --user=alice --group=alice -- -c 'grep ^Groups: /proc/self/status; pwd >/dev/null; echo here'
    assert_equal "$output" $'Groups:\t1000\nhere'
    run -0 rkt run --volume=v,kind=empty "$images/sleep.aci" --exec=/bin/sh --mount=volume=v,target=/v -- -c 'touch bin/new /v/new; ls -ln bin/new /v/new'
    [[ $output != *" $(getent group rkt | cut -d : -f 3) "* ]]
}

@test "rkt-gc.service collects, by the grace period it is told" {
    local exited running
    rkt run --uuid-file-save="$images/uuid" "$images/sleep.aci" --exec=/bin/true
    exited=$(<"$images/uuid")
    running=$(rkt run --detach "$images/sleep.aci")
    systemctl start rkt-gc.service
    run -0 rkt list --no-legend --full --fields=uuid,state
    assert_equal "$(sort <<<"$output")" "$(printf '%s\t%s\n' "$exited" 'exited garbage' "$running" running | sort)"
    mkdir -p /run/systemd/system/rkt-gc.service.d
    printf '[Service]\nEnvironment=GRACE_PERIOD=0s\n' >/run/systemd/system/rkt-gc.service.d/now.conf
    systemctl daemon-reload
    systemctl start rkt-gc.service
    run -0 rkt list --no-legend --full --fields=uuid,state
    assert_equal "$output" "$running"$'\trunning'
    [[ ! -e $pods/exited-garbage/$exited ]]
    run -0 systemctl show -p Result --value rkt-gc.service
    assert_equal "$output" success
    rkt stop "$running"
    rkt status --wait=20s "$running"
    systemctl start rkt-gc.service
    assert_equal "$(ls "$pods/run" "$pods/exited-garbage")" "$pods/exited-garbage:"$'\n\n'"$pods/run:"
    assert_nothing_left
}

@test "units have no more rights than they need, which for a pod of any flavor is much" {
    run -0 systemd-analyze security --no-pager --threshold=56 rkt-gc.service
    run -0 systemd-analyze security --no-pager --threshold=95 rkt-pod@any.service
}

@test "rkt-gc.timer: at once, and again" {
    run -0 systemctl show -p NextElapseUSecMonotonic rkt-gc.timer
    systemctl start rkt-gc.timer
    for _ in {1..50}; do
        [[ $(systemctl show -p ExecMainExitTimestamp --value rkt-gc.service) ]] && break
        sleep 0.1
    done
    run -0 systemctl show -p TimersMonotonic --value rkt-gc.timer
    assert_contains "$output" 'OnUnitActiveUSec=12h'
    run -0 systemctl list-timers --all --no-legend rkt-gc.timer
    assert_contains "$output" rkt-gc.service
    run -0 systemctl preset --preset-mode=enable-only rkt-gc.timer
    run -0 systemctl is-enabled rkt-gc.timer
    systemctl disable --quiet rkt-gc.timer
}

@test "rkt-pod@.service runs a prepared pod: ready, stopped, and not twice" {
    local uuid
    uuid=$(rkt prepare "$images/sleep.aci" --name=one --- "$images/sleep.aci" --name=two)
    systemctl start "rkt-pod@$uuid.service"
    run -0 systemctl is-active "rkt-$uuid-one.service" "rkt-$uuid-two.service" "rkt-pod@$uuid.service"
    run -0 rkt status "$uuid"
    assert_equal "${lines[0]}" state=running
    run -0 systemctl show -p Slice --value "rkt-$uuid-one.service"
    assert_equal "$output" "machine-rkt-${uuid//-/}.slice"
    systemctl stop "rkt-pod@$uuid.service"
    run -0 systemctl show -p Result --value "rkt-pod@$uuid.service"
    assert_equal "$output" success
    run -0 rkt status "$uuid"
    assert_equal "${lines[0]} ${lines[-1]}" 'state=exited app-two=0'
    systemctl start "rkt-pod@$uuid.service"
    run -3 systemctl is-active "rkt-pod@$uuid.service"
    assert_equal "$output" inactive
}

@test "rkt-pod@.service runs pods of other flavors: with users of their own, in a chroot" {
    local uuid what
    for what in 'coreos.aci --private-users' fly.aci; do
        # shellcheck disable=SC2086
        uuid=$(rkt prepare --stage1-from-dir=stage1-$what "$images/sleep.aci")
        systemctl start "rkt-pod@$uuid.service"
        run -0 rkt status "$uuid"
        assert_equal "${lines[0]}" state=running
        run -0 rkt enter "$uuid" grep -c . /proc/self/uid_map
        systemctl stop "rkt-pod@$uuid.service"
        run -0 systemctl show -p Result --value "rkt-pod@$uuid.service"
        assert_equal "$output" success
        run -0 rkt status --wait=10s "$uuid"
        assert_equal "${lines[0]}" state=exited
    done
}

@test "rkt-pod@.service tells how its app failed" {
    local uuid
    uuid=$(rkt prepare "$images/sleep.aci" --exec=/bin/sh -- -c 'sleep 0.3; exit 9')
    systemctl start "rkt-pod@$uuid.service" || :
    for _ in {1..50}; do
        [[ $(systemctl is-active "rkt-pod@$uuid.service") == failed ]] && break
        sleep 0.1
    done
    run -0 systemctl show -p Result -p ExecMainStatus "rkt-pod@$uuid.service"
    assert_equal "$(sort <<<"$output")" $'ExecMainStatus=9\nResult=exit-code'
}
