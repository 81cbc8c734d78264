#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What an app is limited by and deprived of, by flags: told by systemd, and seen by the app.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/isolators-images
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

# A property of the unit of an app that has been started so.
property_with() { # PROPERTY FLAG…
    local property=$1 uuid
    shift
    uuid=$(rkt run --detach "$images/sh.aci" "$@" -- 'while :; do sleep 1; done')
    systemctl show -p "$property" --value "rkt-$uuid-sh.service"
    rkt stop --force "$uuid" >/dev/null
    rkt status --wait=20s "$uuid" >/dev/null
}

refused() { # MESSAGE FLAG…
    local message=$1
    shift
    run -254 --separate-stderr rkt run "$images/sh.aci" "$@" -- true
    assert_contains "$stderr" "$message"
}

@test "--memory: in the unit, and an app that takes more is killed" {
    assert_equal "$(property_with MemoryMax --memory=16Mi)" 16777216
    assert_equal "$(property_with MemoryMax --memory=16M)" 16000000
    need_controller memory
    run -0 rkt run "$images/sh.aci" --memory=32Mi -- 'busybox dd if=/dev/zero of=/dev/null bs=8M count=1 2>/dev/null'
    run rkt run "$images/sh.aci" --memory=32Mi --property=MemorySwapMax=0 --exec=/bin/busybox -- dd if=/dev/zero of=/dev/null bs=128M count=1
    assert_equal "$status" 137
}

@test "--memory: what is none" {
    refused 'memory limit of 16 bytes too low. Try a reasonable value, such as --memory=16M' --memory=16
    refused 'invalid argument' --memory=lots
    refused 'invalid argument' --memory=
    refused 'invalid argument' --memory=1X
    refused '' --memory=-1M
}

@test "--cpu: in the unit, and an app gets no more" {
    assert_equal "$(property_with CPUQuotaPerSecUSec --cpu=500m)" 500ms
    assert_equal "$(property_with CPUQuotaPerSecUSec --cpu=2)" 2s
    need_controller cpu
    # Seconds of processor time that children took within two seconds.
    run -0 rkt run "$images/sh.aci" --cpu=200m -- 'busybox timeout 2 busybox sh -c "while :; do :; done"; times | busybox tail -n 1'
    [[ ${lines[-1]} =~ ^0m([0-9]+)\.[0-9]+s ]]
    ((BASH_REMATCH[1] == 0)) || fail "${lines[-1]}"
    refused 'invalid argument' --cpu=half
}

@test "--cpu-shares: as a weight in proportion" {
    assert_equal "$(property_with CPUWeight --cpu-shares=2048)" 200
    assert_equal "$(property_with CPUWeight --cpu-shares=2)" 1
    refused 'os/linux/cpu-shares must be between 2 and 262144, got 1' --cpu-shares=1
    refused 'os/linux/cpu-shares must be between 2 and 262144, got 262145' --cpu-shares=262145
    refused 'invalid argument' --cpu-shares=many
}

@test "--caps-retain, --caps-remove: what the app can and cannot do" {
    run -0 rkt run "$images/sh.aci" --caps-retain=CAP_NET_BIND_SERVICE,CAP_CHOWN -- 'grep CapBnd /proc/self/status; busybox chown 1:1 etc/group && echo owned'
    assert_equal "$output" $'CapBnd:\t0000000000000401\nowned'
    run -0 rkt run "$images/sh.aci" --caps-remove=CAP_CHOWN -- 'grep CapEff /proc/self/status; busybox chown 1:1 etc/group 2>/dev/null || echo refused'
    assert_equal "$output" $'CapEff:\t00000000a80425fa\nrefused'
    run -0 rkt run "$images/sh.aci" -- 'grep CapBnd /proc/self/status'
    assert_equal "$output" $'CapBnd:\t00000000a80425fb'
    run -0 rkt --insecure-options=image,capabilities run "$images/sh.aci" -- 'grep CapEff /proc/self/status'
    [[ $output != *00000000a80425fb ]]
    refused 'cannot use both --caps-retain and --caps-remove on the same image' --caps-retain=CAP_CHOWN --caps-remove=CAP_KILL
    refused 'CAP_NONSENSE' --caps-retain=CAP_NONSENSE
    refused 'unknown capability ""' --caps-retain=
}

@test "--seccomp: calls that fail, calls that kill, and the errno asked for" {
    run -0 rkt run "$images/sh.aci" --seccomp=mode=remove,errno=ENOSPC,mkdir,mkdirat -- 'mkdir made 2>&1 || echo still here'
    assert_contains "$output" 'No space left on device'
    assert_contains "$output" 'still here'
    run -0 rkt run "$images/sh.aci" --seccomp=mode=remove,mkdir,mkdirat -- 'mkdir made 2>/dev/null; echo $?'
    assert_equal "${lines[-1]}" 159
    run -0 rkt run "$images/sh.aci" --seccomp=mode=retain,errno=EPERM,@docker/default-whitelist -- 'mkdir made && echo made'
    assert_equal "$output" made
    refused 'invalid seccomp mode command-line override' --seccomp=mode=keep,chmod
    refused 'invalid seccomp mode command-line override' --seccomp=chmod
    refused 'invalid seccomp command-line override' --seccomp=mode=retain,colour=blue,chmod
    refused 'invalid argument' --seccomp=mode=retain
    refused 'invalid argument' --seccomp=mode=retain,errno=eperm,chmod
}

@test "--oom-score-adj" {
    run -0 rkt run "$images/sh.aci" --oom-score-adj=321 -- 'cat /proc/self/oom_score_adj'
    assert_equal "$output" 321
    assert_equal "$(property_with OOMScoreAdjust --oom-score-adj=-7)" -7
    refused 'invalid argument' --oom-score-adj=1001
    refused 'invalid argument' --oom-score-adj=some
}

@test "--readonly-rootfs: the image's tree, not what is mounted into it" {
    mkdir -p "$images/data"
    run -0 rkt run --volume=data,kind=host,source="$images/data" "$images/sh.aci" --readonly-rootfs=true --mount=volume=data,target=/srv/rkt-test \
        -- 'touch etc/new 2>/dev/null || echo refused; touch /srv/rkt-test/new && echo written'
    assert_equal "$output" $'refused\nwritten'
    run -0 rkt run "$images/sh.aci" --readonly-rootfs=false -- 'touch etc/new && echo written'
    assert_equal "$output" written
    refused '--readonly-rootfs must be set with a boolean' --readonly-rootfs=maybe
}

@test "--supplementary-gids" {
    run -0 rkt run "$images/sh.aci" --user=1000 --group=1000 --supplementary-gids=7,8 --supplementary-gids=9 -- 'grep ^Groups: /proc/self/status'
    assert_equal "$output" $'Groups:\t7 8 9 1000'
    refused '--supplementary-gids must be integers' --supplementary-gids=staff
}

@test "limits of each app alone, and those of the image are replaced" {
    local uuid
    make_aci "$images/limited.aci" example.com/limited '{"app": {"exec": ["/bin/sh", "-c", "while :; do sleep 1; done"], "user": "0", "group": "0",
        "isolators": [{"name": "resource/memory", "value": {"limit": "64Mi"}}, {"name": "os/linux/capabilities-retain-set", "value": {"set": ["CAP_KILL"]}}]}}'
    uuid=$(rkt run --detach "$images/limited.aci" --name=one --- "$images/limited.aci" --name=two --memory=32Mi --caps-retain=CAP_CHOWN)
    assert_equal "$(systemctl show -p MemoryMax -p CapabilityBoundingSet "rkt-$uuid-one.service" | sort)" $'CapabilityBoundingSet=cap_kill\nMemoryMax=67108864'
    assert_equal "$(systemctl show -p MemoryMax -p CapabilityBoundingSet "rkt-$uuid-two.service" | sort)" $'CapabilityBoundingSet=cap_chown\nMemoryMax=33554432'
}

@test "systemctl set-property changes a limit while the app runs" {
    local uuid group file
    uuid=$(rkt run --detach "$images/sh.aci" --memory=64Mi -- 'while :; do sleep 1; done')
    systemctl set-property --runtime "rkt-$uuid-sh.service" MemoryMax=48M
    assert_equal "$(systemctl show -p MemoryMax --value "rkt-$uuid-sh.service")" 50331648
    need_controller memory
    group=$(systemctl show -p ControlGroup --value "rkt-$uuid-sh.service")
    if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
        file=/sys/fs/cgroup$group/memory.max
    else
        file=/sys/fs/cgroup/memory$group/memory.limit_in_bytes
    fi
    assert_equal "$(<"$file")" 50331648
}
