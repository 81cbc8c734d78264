#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What an administrator does to a pod with systemd's own means.

# run sets these.
# shellcheck disable=SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/systemctl-images
    mkdir -p "$images"
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    end_pods
    rm -rf /run/systemd/system/rkt-.service.d /run/systemd/system/ctl-*
    rm -rf /run/systemd/system.control/machine-rkt.slice.d
    systemctl stop 'ctl-*' 2>/dev/null || :
    systemctl daemon-reload
    command rkt gc --grace-period=0s >/dev/null 2>&1
    assert_nothing_left
}

rkt() {
    command rkt --insecure-options=image "$@"
}

run_pod() { # [RKT-WORD…]
    uuid=$(rkt run --detach "$images/sleep.aci" "$@")
}

wait_for() { # WANT COMMAND…
    for _ in {1..100}; do
        [[ $("${@:2}") == "$1" ]] && return
        sleep 0.1
    done
    fail "never '$1': $*" "but: $("${@:2}")"
}

@test "systemctl set-property on an app's unit takes effect at once" {
    local unit
    need_controller pids
    run_pod
    unit=rkt-$uuid-sleep.service
    systemctl set-property --runtime "$unit" TasksMax=7
    run -0 systemctl show -p TasksMax --value "$unit"
    assert_equal "$output" 7
    run -0 find /sys/fs/cgroup -path "*$unit/pids.max" -exec cat {} +
    assert_equal "$output" 7
    run -0 rkt status "$uuid"
    assert_contains "$output" state=running
}

@test "machine-rkt.slice governs all pods" {
    need_controller pids
    run_pod
    systemctl set-property --runtime machine-rkt.slice TasksMax=400
    run -0 find /sys/fs/cgroup -path '*/machine-rkt.slice/pids.max' -exec cat {} +
    assert_equal "$output" 400
    run -0 systemctl show -p Slice --value "rkt-$uuid-sleep.service"
    assert_equal "$output" "machine-rkt-${uuid//-/}.slice"
    run -0 systemctl show -p Slice --value "machine-rkt-${uuid//-/}.slice"
    assert_equal "$output" machine-rkt.slice
}

@test "drop-ins in rkt-.service.d apply to every app" {
    mkdir -p /run/systemd/system/rkt-.service.d
    printf '[Service]\nOOMScoreAdjust=123\n' >/run/systemd/system/rkt-.service.d/50-oom.conf
    systemctl daemon-reload
    run_pod --name=a --- "$images/sleep.aci" --name=b
    for app in a b; do
        run -0 cat "/proc/$(systemctl show -p MainPID --value "rkt-$uuid-$app.service")/oom_score_adj"
        assert_equal "$output" 123
    done
}

@test "systemctl restart of an app: the pod goes on with it" {
    local unit pid
    run_pod --name=a --- "$images/sleep.aci" --name=b
    unit=rkt-$uuid-b.service
    pid=$(systemctl show -p MainPID --value "$unit")
    systemctl restart "$unit"
    run -0 systemctl show -p MainPID --value "$unit"
    [[ $output != "$pid" && $output != 0 ]]
    run -0 rkt status "$uuid"
    assert_contains "$output" state=running
    # Those behind it in the chain go with it.
    pid=$(systemctl show -p MainPID --value "$unit")
    systemctl restart "rkt-$uuid-a.service"
    run -0 systemctl is-active "rkt-$uuid-a.service" "$unit"
    [[ $(systemctl show -p MainPID --value "$unit") != "$pid" ]]
    run -0 rkt status "$uuid"
    assert_contains "$output" state=running
    rkt stop "$uuid"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" app-b=0
}

@test "--restart=on-failure: started again until it goes well, and counted" {
    local n=$images/n
    : >"$n"
    run_pod --restart=on-failure --restart-delay=10ms \
        --exec=/bin/sh -- -c "echo x >>$n; test \$(wc -l <$n) -lt 3 && exit 9; exec sleep 1000"
    wait_for 3 grep -c x "$n"
    wait_for active systemctl is-active "rkt-$uuid-sleep.service"
    wait_for restarts-sleep=2 sh -c "rkt status $uuid | grep restarts"
    run -0 rkt status --format=json "$uuid"
    assert_equal "$(jq '.apps[0].restarts' <<<"$output")" 2
    rkt stop "$uuid"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" $'restarts-sleep=2\napp-sleep=0'
}

@test "--restart=always --restart-limit=: an app that keeps ending ends the pod" {
    run rkt run --uuid-file-save="$images/uuid" "$images/sleep.aci" --restart=always --restart-delay=10ms \
        --restart-limit=3/1min --exec=/bin/echo -- again
    ((status != 0))
    run -0 rkt logs "$(<"$images/uuid")"
    assert_equal "$output" $'again\nagain\nagain'
    run -0 rkt status "$(<"$images/uuid")"
    [[ $output == *restarts-sleep=[23]* ]] # systemd 252 counts the one it refuses
}

@test "the policy is an annotation in the pod manifest, which an image has no say in" {
    local prepared
    make_aci "$images/greedy.aci" example.com/greedy \
        '{"annotations": [{"name": "rkt/restart", "value": "always"}], "app": {"exec": ["/bin/true"], "user": "0", "group": "0"}}'
    run -0 rkt run "$images/greedy.aci"
    prepared=$(rkt prepare "$images/sleep.aci" --restart=always --restart-limit=0)
    run -0 rkt cat-manifest "$prepared"
    assert_equal "$(jq -c '[.apps[0].annotations[] | select(.name | startswith("rkt/restart"))]' <<<"$output")" \
        '[{"name":"rkt/restart","value":"always"},{"name":"rkt/restart-limit","value":"0"}]'
    rkt rm "$prepared"
    run -254 --separate-stderr rkt run "$images/sleep.aci" --restart=sometimes
    assert_contains "$stderr" 'must be one of "no", "on-failure", "always"'
    run -254 --separate-stderr rkt run "$images/sleep.aci" --restart-limit=5/soon
    assert_contains "$stderr" 'is neither a number of starts nor one within a time'
    run -254 --separate-stderr rkt run "$images/sleep.aci" --annotation=rkt/restart=maybe
    assert_contains "$stderr" 'bad annotation "rkt/restart"'
}

@test "--requires, --after: an app and another unit of the host" {
    printf '[Service]\nExecStart=/bin/sleep 1000\n' >/run/systemd/system/ctl-db.service
    systemctl daemon-reload
    run_pod --requires=ctl-db.service --after=network.target
    run -0 systemctl is-active ctl-db.service
    run -0 systemctl show -p After --value "rkt-$uuid-sleep.service"
    assert_contains " $output " ' network.target '
    assert_contains " $output " ' ctl-db.service '
    assert_contains " $output " " rkt-$uuid.scope "
    systemctl stop ctl-db.service
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" state=exited
    run -254 --separate-stderr rkt run "$images/sleep.aci" --after=nothing
    assert_contains "$stderr" '"nothing" is no name of a unit'
    run -254 --separate-stderr rkt run "$images/sleep.aci" --requires=ctl-none.service
    assert_contains "$stderr" 'ctl-none.service'
}

@test "a timer runs a pod" {
    rm -f "$images/uuid"
    systemd-run --quiet --unit=ctl-tick --on-active=100ms --timer-property=AccuracySec=1ms --property=Type=exec \
        rkt --insecure-options=image run --uuid-file-save="$images/uuid" "$images/sleep.aci" --exec=/bin/echo -- tick
    for _ in {1..100}; do
        [[ -s $images/uuid ]] && break
        sleep 0.1
    done
    run -0 rkt status --wait=20s --uuid-file="$images/uuid"
    assert_contains "$output" app-sleep=0
    run -0 rkt logs "$(<"$images/uuid")"
    assert_equal "$output" tick
}
