#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Pods whose apps come and go while they run: rkt app sandbox, add, start, stop, rm, exec, list, status.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/mutable-images pods=/var/lib/rkt/pods
    export kill_at=$BATS_TEST_DIRNAME/../../build/tests/tools/kill-at
    mkdir -p "$images"
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
    make_aci "$images/sh.aci" example.com/sh "$(exec_of /bin/sh -c 'echo from the image')"
    rkt fetch "$images/sleep.aci" "$images/sh.aci"
}

teardown_file() {
    rm -rf "$images"
}

setup() {
    unset RKT_EXPERIMENT_APP
}

teardown() {
    local pod
    for pod in "$pods"/run/*-*; do
        [[ ! -e $pod ]] || rkt stop --force "${pod##*/}" >/dev/null 2>&1 || :
        [[ ! -e $pod ]] || rkt status --wait=10s "${pod##*/}" >/dev/null 2>&1 || :
    done
    rkt gc --grace-period=0s >/dev/null 2>&1
    assert_equal "$(find "$pods" -mindepth 2 -maxdepth 2)" ''
    assert_nothing_left
}

rkt() {
    command rkt --insecure-options=image "$@"
}

sandbox() { # SANDBOX-WORD…
    rkt app sandbox --detach "$@"
}

add_and_start() { # UUID IMAGE NAME [ADD-WORD…]
    rkt app add "$1" "$2" --name="$3" "${@:4}" 2>/dev/null && rkt app start "$1" --app="$3"
}

# As of "app list", on one line.
apps_of() { # UUID
    rkt app list --no-legend "$1" | tr -s '\t' ' ' | paste -sd,
}

wait_for_apps() { # UUID WANTED
    for _ in {1..100}; do
        [[ $(apps_of "$1") != "$2" ]] || return 0
        sleep 0.05
    done
    assert_equal "$(apps_of "$1")" "$2"
}

@test "an empty pod lives until it is stopped" {
    local uuid
    uuid=$(sandbox)
    run -0 rkt status "$uuid"
    assert_contains "$output" 'state=running'
    run -0 rkt list --no-legend
    assert_contains "$output" $'-\t-\t'
    run -0 --separate-stderr rkt app list "$uuid"
    assert_equal "$output" $'NAME\tSTATE'
    assert_equal "$(jq -c '[.apps, [.annotations[] | select(.name == "coreos.com/rkt/stage1/mutable") | .value]]' "$pods/run/$uuid/pod")" '[[],["true"]]'
    run -0 rkt stop "$uuid"
    run -0 rkt status --wait=10s "$uuid"
    assert_contains "$output" 'state=exited'
    run -0 rkt app stop "$uuid" --app=any
    assert_equal "$output" "pod \"$uuid\" is already stopped"
}

@test "an app is added, started, stopped, started again, removed" {
    local uuid
    uuid=$(sandbox)
    run -0 rkt app add "$uuid" example.com/sleep --name=one
    assert_equal "$(apps_of "$uuid")" 'one created'
    run -0 --separate-stderr rkt app start "$uuid" --app=one
    assert_equal "$output" ''
    assert_equal "$(apps_of "$uuid")" 'one running'
    run -0 systemctl is-active "rkt-$uuid-one.service"
    run -0 systemctl show -p Slice --value "rkt-$uuid-one.service"
    assert_equal "$output" "machine-rkt-${uuid//-/}.slice"
    run -0 rkt app start "$uuid" --app=one
    run -0 rkt app exec --app=one "$uuid" /bin/echo entered
    assert_equal "$output" entered
    run -0 rkt app stop "$uuid" --app=one
    assert_equal "$output" ''
    assert_equal "$(apps_of "$uuid")" 'one exited'
    run -254 --separate-stderr rkt app stop "$uuid" --app=one
    assert_contains "$stderr" 'app "one" is not running'
    run -0 rkt app start "$uuid" --app=one
    assert_equal "$(apps_of "$uuid")" 'one running'
    run -0 rkt app rm "$uuid" --app=one
    assert_equal "$(apps_of "$uuid")" ''
    run -4 systemctl status "rkt-$uuid-one.service"
    run -1 grep -r one "$pods/run/$uuid/pod"
    [[ ! -e $pods/run/$uuid/appsinfo/one && ! -e $pods/run/$uuid/stage1/rootfs/opt/stage2/one ]]
    assert_equal "$(find "$pods/run/$uuid/overlay" -name one)" ''
    run -0 rkt status "$uuid"
    assert_contains "$output" 'state=running'
}

@test "the pod survives whatever its apps do" {
    local uuid
    uuid=$(sandbox)
    add_and_start "$uuid" example.com/sh bad --exec=/bin/sh -- -c 'exit 3'
    add_and_start "$uuid" example.com/sleep good
    wait_for_apps "$uuid" 'bad exited,good running'
    run -0 rkt app status "$uuid" --app=bad
    assert_contains "$output" $'\nexit_code=3'
    systemctl kill --signal=KILL "rkt-$uuid-good.service"
    wait_for_apps "$uuid" 'bad exited,good exited'
    run -0 rkt app status "$uuid" --app=good
    assert_contains "$output" $'\nexit_code=137'
    rkt stop "$uuid"
    run -0 rkt status --wait=10s "$uuid"
    assert_contains "$output" 'app-bad=3'
}

@test "what an app cannot be is told when it is added, or started, and leaves nothing" {
    local uuid
    uuid=$(sandbox)
    run -254 --separate-stderr rkt app add "$uuid" example.com/sleep --name=one --user=mallory
    assert_contains "$stderr" 'invalid user "mallory"'
    run -254 --separate-stderr rkt app add "$uuid" example.com/sleep --name=one --exec=/bin/missing
    assert_contains "$stderr" '/bin/missing'
    run -254 --separate-stderr rkt app add "$uuid" example.com/sleep --name=one --stdout=stream
    assert_contains "$stderr" 'streams to attach to'
    run -254 --separate-stderr rkt app add "$uuid" example.com/nowhere
    run -254 --separate-stderr rkt app add "$uuid" example.com/sleep --name=Not_A_Name
    run -254 --separate-stderr rkt app add "$uuid" example.com/sleep --mount=volume=none,target=/v
    assert_contains "$stderr" 'dangling mount point'
    run -254 --separate-stderr rkt app add "$uuid" example.com/sleep example.com/sh
    assert_contains "$stderr" 'must give only one app'
    assert_equal "$(apps_of "$uuid")" ''
    assert_equal "$(find "$pods/run/$uuid/appsinfo" "$pods/run/$uuid/stage1/rootfs/opt/stage2" -mindepth 1)" ''
    rkt app add "$uuid" example.com/sleep --name=one
    run -254 --separate-stderr rkt app add "$uuid" example.com/sh --name=one
    assert_contains "$stderr" 'multiple apps with name one'
    run -254 --separate-stderr rkt app start "$uuid" --app=two
    assert_contains "$stderr" 'nonexistent app "two"'
    run -254 --separate-stderr rkt app rm "$uuid" --app=two
    assert_contains "$stderr" 'nonexistent app "two"'
    run -254 --separate-stderr rkt app rm "$uuid"
    assert_contains "$stderr" 'must provide the app to remove'
    run -254 --separate-stderr rkt app add 00000000 example.com/sleep
    assert_contains "$stderr" 'problem retrieving pod'
}

@test "apps of a pod that was not made for it stay what they are" {
    local uuid
    uuid=$(rkt run --detach "$images/sleep.aci")
    run -254 --separate-stderr rkt app add "$uuid" example.com/sh
    assert_contains "$stderr" 'immutable pod: cannot add application'
    run -254 --separate-stderr rkt app rm "$uuid" --app=sleep
    assert_contains "$stderr" 'immutable pod: cannot remove application'
    run -254 --separate-stderr rkt app stop "$uuid" --app=sleep
    assert_contains "$stderr" 'immutable pod'
    run -254 --separate-stderr rkt app sandbox --stage1-from-dir=stage1-fly.aci
    assert_contains "$stderr" 'stage1 does not support mutable pods'
}

@test "per-app options reach the app" {
    local uuid
    mkdir -p "$images/data"
    echo content >"$images/data/file"
    uuid=$(sandbox)
    add_and_start "$uuid" example.com/sh sh --exec=/bin/sh --user=alice --group=staff --environment=A='b c' --working-dir=/var \
        --caps-retain=CAP_KILL --memory=64M --user-label=x=y --user-annotation=k=v --annotation=some=thing \
        --mnt-volume=name=data,kind=host,source="$images/data",readOnly=true,target=/srv/data \
        -- -c 'id -u; id -g; echo "$A"; pwd; cat /srv/data/file; echo no >/srv/data/no; grep ^CapBnd /proc/self/status'
    wait_for_apps "$uuid" 'sh exited'
    run -0 rkt logs --app=sh "$uuid"
    assert_contains "$output" $'1000\n50\nb c\n'
    assert_contains "$output" $'/var\ncontent'
    assert_contains "$output" 'ead-only file system'
    assert_contains "$output" 0000000000000020
    run -0 rkt app status "$uuid" --app=sh
    assert_contains "$output" "mounts=$images/data:/srv/data:(read_only:true)"
    assert_contains "$output" 'user_annotations=k:v'
    assert_contains "$output" 'user_labels=x:y'
    run -0 rkt app status "$uuid" --app=sh --format=json
    assert_equal "$(jq -c '[.name, .state, .mounts[0], .user_labels]' <<<"$output")" \
        "[\"sh\",\"exited\",{\"name\":\"data\",\"container_path\":\"/srv/data\",\"host_path\":\"$images/data\",\"read_only\":true},{\"x\":\"y\"}]"
    run -0 rkt app list "$uuid" --format=json
    assert_equal "$(jq -c '[.[].name]' <<<"$output")" '["sh"]'
}

@test "arguments are appended, as with run" {
    local uuid
    uuid=$(sandbox)
    add_and_start "$uuid" example.com/sh sh -- more words
    wait_for_apps "$uuid" 'sh exited'
    assert_equal "$(jq -c '.apps[0].app.exec' "$pods/run/$uuid/pod")" '["/bin/sh","-c","echo from the image","more","words"]'
    run -0 rkt logs "$uuid" # which journald may still be reading
    assert_equal "$output" 'from the image'
}

@test "with RKT_EXPERIMENT_APP all is as it was" {
    local uuid
    export RKT_EXPERIMENT_APP=true
    uuid=$(sandbox)
    run -0 bash -c "rkt app list --no-legend $uuid | od -An -c | tr -d ' '"
    assert_equal "$output" '\n'
    # Arguments take the place of the image's.
    rkt app add "$uuid" example.com/sh --name=sh --user-label=x=y -- -c 'exit 5'
    assert_equal "$(jq -c '.apps[0].app.exec' "$pods/run/$uuid/pod")" '["/bin/sh","-c","exit 5"]'
    run -0 rkt app status "$uuid" --app=sh
    assert_equal "${lines[0]},${lines[1]}" 'name=sh,state=created'
    [[ ${lines[3]} =~ ^created_at=[0-9-]+\ [0-9:.]+\ [+-][0-9]{4}\ [A-Z]+$ ]]
    assert_contains "$output" $'user_labels=\nx:y'
    rkt app start "$uuid" --app=sh
    wait_for_apps "$uuid" 'sh exited'
    run -0 rkt app status "$uuid" --app=sh
    assert_contains "$output" $'\nexit_code=5\n'
    # Errors of these are 1, and nothing is told of what stage1 said.
    run -1 --separate-stderr rkt app status "$uuid" --app=other
    assert_equal "$stderr" 'status: cannot find app "other" in the pod'
    run -1 rkt app status "$uuid"
    run -1 rkt app list
    run -1 rkt app list 00000000
    run -1 rkt app sandbox word
    run -1 rkt app sandbox --stage1-from-dir=none.aci
    run -254 --separate-stderr rkt app add "$uuid" example.com/sleep --name=one --user=mallory
    assert_equal "${stderr_lines[-1]}" 'add: error adding app to pod: error executing stage1 entrypoint: exit status 254'
    run -254 --separate-stderr rkt app stop "$uuid" --app=sh
    assert_equal "$stderr" 'stop: error stopping app: app "sh" is not running'
}

@test "ports, annotations and labels of the pod are in its manifest" {
    local uuid
    uuid=$(sandbox --annotation=example.com/a=1 --user-annotation=b=2 --user-label=c=3 --net=default --port=http:tcp:8080:127.0.0.1:80)
    assert_equal "$(jq -c '[.ports[0], .userAnnotations, .userLabels, (.annotations[] | select(.name == "example.com/a").value)]' "$pods/run/$uuid/pod")" \
        '[{"name":"http","hostPort":80,"hostIP":"127.0.0.1","podPort":{"name":"http","protocol":"tcp","port":8080,"count":1,"socketActivated":false}},{"b":"2"},{"c":"3"},"1"]'
    run -254 --separate-stderr rkt app sandbox --port=http:sctp:1:127.0.0.1:2
    assert_contains "$stderr" 'invalid protocol "sctp"'
    run -254 --separate-stderr rkt app sandbox --port=http
}

@test "in the foreground it prints what the apps say, by name" {
    rm -f "$images/uuid"
    rkt app sandbox --uuid-file-save="$images/uuid" >"$images/out" 2>&1 3>&- &
    local run=$! uuid
    until [[ -s $images/uuid ]]; do sleep 0.1; done
    uuid=$(<"$images/uuid")
    rkt status --wait-ready=10s "$uuid" >/dev/null
    add_and_start "$uuid" example.com/sh one -- one
    wait_for_apps "$uuid" 'one exited'
    kill -TERM "$(<"$pods/run/$uuid/pid")"
    wait "$run"
    [[ $(<"$images/out") =~ ^one\[[0-9]+\]:\ from\ the\ image$ ]]
}

@test "in a service, which is ready when it is, and ends with it" {
    systemd-run --quiet --unit=pod-test-sandbox --property=Type=notify --property=KillMode=mixed \
        rkt --insecure-options=image app sandbox --uuid-file-save="$images/uuid"
    local uuid
    uuid=$(<"$images/uuid")
    add_and_start "$uuid" example.com/sleep one
    assert_equal "$(apps_of "$uuid")" 'one running'
    systemctl stop pod-test-sandbox.service
    run -0 rkt status --wait=10s "$uuid"
    assert_contains "$output" 'state=exited'
    run ! systemctl is-failed pod-test-sandbox.service
}

@test "an app that speaks sd_notify is started when it is ready" {
    local uuid
    uuid=$(sandbox)
    rkt app add "$uuid" example.com/sh --name=late --annotation=appc.io/executor/supports-systemd-notify=true --property=NotifyAccess=all --exec=/bin/sh -- -c \
        'sleep 0.5; /bin/systemd-notify --ready; exec sleep 1000'
    local from=$EPOCHREALTIME
    rkt app start "$uuid" --app=late
    ((${EPOCHREALTIME/./} - ${from/./} > 450000))
    assert_equal "$(apps_of "$uuid")" 'late running'
    rkt app add "$uuid" example.com/sh --name=never --annotation=appc.io/executor/supports-systemd-notify=true -- x
    run -254 --separate-stderr rkt app start "$uuid" --app=never
    assert_contains "$stderr" 'app "never" could not be started'
}

@test "of two that add the same app one wins" {
    local uuid n=0 pid
    local -a pids=()
    uuid=$(sandbox)
    for _ in {1..4}; do
        rkt app add "$uuid" example.com/sleep --name=one 3>&- 2>/dev/null &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do ! wait "$pid" || n=$((n + 1)); done
    assert_equal "$n" 1
    assert_equal "$(apps_of "$uuid")" 'one created'
}

@test "many at once: added, started, removed" {
    local uuid i pid
    local -a pids=()
    uuid=$(sandbox)
    for i in {1..8}; do
        (add_and_start "$uuid" example.com/sleep "a$i" && if ((i % 2)); then rkt app rm "$uuid" --app="a$i"; fi) 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    assert_equal "$(apps_of "$uuid" | tr , '\n' | sort | paste -sd,)" 'a2 running,a4 running,a6 running,a8 running'
    rkt stop "$uuid"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" 'state=exited'
    run -0 rkt app list --no-legend "$uuid"
    assert_equal "$(awk '{ print $2 }' <<<"$output" | sort -u)" exited
}

@test "SIGKILL of the supervisor takes the apps along, and gc the rest" {
    local uuid
    uuid=$(sandbox)
    add_and_start "$uuid" example.com/sleep one
    rkt app add "$uuid" example.com/sleep --name=two
    kill -KILL "$(<"$pods/run/$uuid/pid")"
    run -0 rkt status --wait=10s "$uuid"
    assert_contains "$output" 'state=exited'
    run -254 rkt app start "$uuid" --app=two
    run -0 rkt app list --no-legend "$uuid"
    assert_equal "$(awk '{ print $2 }' <<<"$output" | sort -u)" exited
    run -0 rkt app rm "$uuid" --app=two
    assert_equal "$(apps_of "$uuid")" 'one exited'
}

# Wherever it dies, the pod goes on, the same name can be used again, and gc finds nothing to trip over.
kill_everywhere() { # UUID COMMAND…
    local uuid=$1 i code
    for ((i = 1; i < 200; i += 5)); do
        code=0
        "$kill_at" "$i" "$(type -P rkt)" --insecure-options=image "${@:2}" >/dev/null 2>&1 || code=$?
        ((code == 137)) || break
        [[ $3 != add ]] || rkt app rm "$uuid" --app=one >/dev/null 2>&1 || :
        [[ $3 != rm ]] || rkt app add "$uuid" example.com/sleep --name=one >/dev/null 2>&1 || :
    done
    ((code != 137 && i > 10))
    run -0 rkt status "$uuid"
    assert_contains "$output" 'state=running'
}

@test "SIGKILL at every step of app add" {
    local uuid
    uuid=$(sandbox)
    kill_everywhere "$uuid" app add "$uuid" example.com/sleep --name=one
    rkt app rm "$uuid" --app=one 2>/dev/null || :
    add_and_start "$uuid" example.com/sleep one
    assert_equal "$(apps_of "$uuid")" 'one running'
}

@test "SIGKILL at every step of app rm" {
    local uuid
    uuid=$(sandbox)
    rkt app add "$uuid" example.com/sleep --name=one
    kill_everywhere "$uuid" app rm "$uuid" --app=one
    add_and_start "$uuid" example.com/sleep one
    assert_equal "$(apps_of "$uuid")" 'one running'
}

# Attacks

@test "only root asks the pod's supervisor, and nonsense is answered as such" {
    local uuid
    uuid=$(sandbox)
    rkt app add "$uuid" example.com/sleep --name=one
    cat >"$images/ask" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
s.send(eval(sys.argv[2]))
print(s.recv(4096).decode())
END
    run -0 python3 "$images/ask" "$pods/run/$uuid/control" 'b"start ../../x"'
    assert_contains "$output" '254 '
    run -0 python3 "$images/ask" "$pods/run/$uuid/control" 'b"start " + b"a" * 4000'
    assert_contains "$output" '254 '
    run -0 python3 "$images/ask" "$pods/run/$uuid/control" 'b"\0\xff" * 100'
    assert_contains "$output" '254 '
    chmod o+x "$pods" "$pods/run" "$pods/run/$uuid"
    run ! setpriv --reuid=65534 --regid=65534 --clear-groups python3 "$images/ask" "$pods/run/$uuid/control" 'b"start one"'
    assert_equal "$(apps_of "$uuid")" 'one created'
    run -0 rkt app start "$uuid" --app=one
}

@test "images that nobody verified are not added, nor are links followed into the status files" {
    local uuid
    uuid=$(command rkt app sandbox --detach)
    run -254 --separate-stderr command rkt app add "$uuid" example.com/sleep --name=one
    assert_contains "$stderr" 'was not verified'
    ln -s /var/tmp/mutable-images/canary "$pods/run/$uuid/stage1/rootfs/rkt/status/one-created"
    ln -s /var/tmp/mutable-images/canary "$pods/run/$uuid/stage1/rootfs/rkt/status/one"
    add_and_start "$uuid" example.com/sh one -- x
    wait_for_apps "$uuid" 'one exited'
    [[ ! -e $images/canary ]]
}
