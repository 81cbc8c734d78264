#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Socket activation: a .socket unit of the host starts a pod, whose apps get the sockets.

# run sets these.
# shellcheck disable=SC2154

load helper
load images

units=/run/systemd/system

setup_file() {
    export images=/var/tmp/socket-images
    mkdir -p "$images"
    # Answers each connection on each socket with what it was told of them.
    cat >"$images/server" <<'PYTHON'
import os, select, socket
e = os.environ
first = 3 if e.get("LISTEN_PID") == str(os.getpid()) else 99
sockets = [socket.socket(fileno=first + i) for i in range(int(e["LISTEN_FDS"]))]
names = e["LISTEN_FDNAMES"].split(":")
print("ready", os.getuid(), sorted(os.listdir("/proc/self/fd"))[:-1], flush=True)
while True:
    for s in select.select(sockets, [], [])[0]:
        text = "%s %s of %d\n" % (e["AC_APP_NAME"], names[sockets.index(s)], len(sockets))
        if s.type == socket.SOCK_DGRAM:
            s.sendto(text.encode(), s.recvfrom(100)[1])
            continue
        connection = s.accept()[0]
        connection.sendall(text.encode())
        connection.close()
PYTHON
    make_aci "$images/one.aci" example.com/one "$(app_with '[{"name": "web", "protocol": "tcp", "port": 18300, "socketActivated": true}]')"
    make_aci "$images/two.aci" example.com/two "$(app_with '[{"name": "dns", "protocol": "udp", "port": 18301, "count": 2, "socketActivated": true}]')"
}

app_with() { # PORTS
    jq -n --argjson ports "$1" --arg server "exec python3 $images/server" \
        '{app: {exec: ["/bin/sh", "-c", $server], user: "0", group: "0", ports: $ports}}'
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    systemctl stop 'act.*' 'act@*' 2>/dev/null || :
    rm -f "$units"/act.* "$units"/act@.*
    systemctl daemon-reload
    systemctl reset-failed 2>/dev/null || :
    rkt gc --grace-period=0s >/dev/null 2>&1
    assert_nothing_left
}

start_socket() { # SOCKET-LINES RKT-WORD…
    printf '[Socket]\n%b\n' "$1" >"$units/act.socket"
    shift
    printf '[Service]\nType=notify\nExecStart=%s\n' \
        "/usr/bin/rkt --insecure-options=image run --uuid-file-save=$images/uuid $*" >"$units/act.service"
    rm -f "$images/uuid"
    systemctl daemon-reload
    systemctl start act.socket
}

ask() { # SOCAT-ADDRESS
    timeout 30 socat -u "$1" -
}

@test "the first connection starts the pod, and the app answers it" {
    start_socket 'ListenStream=127.0.0.1:18300' "$images/one.aci"
    run -3 systemctl is-active act.service
    run -0 ask TCP:127.0.0.1:18300
    assert_equal "$output" 'one act.socket of 1'
    run -0 systemctl is-active act.service
    run -0 ask TCP:127.0.0.1:18300
    assert_equal "$output" 'one act.socket of 1'
    # The supervisor keeps no copy: nobody accepts when the app is gone.
    run -1 sh -c "ls -l /proc/$(systemctl show -p MainPID --value act.service)/fd | grep socket: | grep -c 18300"
    systemctl stop act.service
    run -0 systemctl is-active act.socket
    run -0 ask TCP:127.0.0.1:18300
    assert_equal "$output" 'one act.socket of 1'
}

@test "an app that is not root's gets them too, and nothing else" {
    start_socket 'ListenStream=127.0.0.1:18300\nFileDescriptorName=web' "$images/one.aci --user=alice --group=alice"
    run -0 ask TCP:127.0.0.1:18300
    assert_equal "$output" 'one web of 1'
    run -0 rkt logs "$(<"$images/uuid")"
    assert_equal "$output" "ready 1000 ['0', '1', '2', '3']"
}

@test "each app gets its own, by name, port and protocol" {
    # shellcheck disable=SC1003
    start_socket 'ListenDatagram=127.0.0.1:18302\nListenStream=[::1]:18300\nListenStream=127.0.0.1:18300' \
        "$images/one.aci --name=first --- $images/two.aci --name=second"
    run -0 ask "TCP:[::1]:18300"
    assert_equal "$output" 'first act.socket of 2'
    run -0 timeout 20 python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.sendto(b"?", ("127.0.0.1", 18302)); print(s.recv(100).decode(), end="")'
    assert_equal "$output" 'second act.socket of 1'
}

@test "by an app's name, a path as well; one app alone gets all" {
    start_socket "ListenStream=$images/path.socket\nFileDescriptorName=second" \
        "$images/one.aci --exec=/bin/sleep -- 1000 --- $images/two.aci --name=second"
    run -0 ask "UNIX-CONNECT:$images/path.socket"
    assert_equal "$output" 'second second of 1'
    systemctl stop act.service act.socket
    start_socket "ListenStream=$images/path.socket\nListenStream=@abstract\nFileDescriptorName=any" "$images/two.aci"
    run -0 ask ABSTRACT-CONNECT:abstract
    assert_equal "$output" 'two any of 2'
}

@test "an app that is started again has them again" {
    local pid
    start_socket 'ListenStream=127.0.0.1:18300' "$images/one.aci --restart=always --restart-delay=10ms"
    run -0 ask TCP:127.0.0.1:18300
    pid=$(systemctl show -p MainPID --value "rkt-$(<"$images/uuid")-one.service")
    systemctl daemon-reload
    kill -9 "$pid"
    run -0 ask TCP:127.0.0.1:18300
    assert_equal "$output" 'one act.socket of 1'
    for _ in {1..100}; do
        ! rkt status --uuid-file="$images/uuid" | grep restarts-one=1 || break
        sleep 0.1
    done
    run -0 rkt status --uuid-file="$images/uuid"
    assert_contains "$output" restarts-one=1
}

@test "a socket for nobody is an error, and a port without a socket a warning" {
    start_socket 'ListenStream=127.0.0.1:18399\nFileDescriptorName=odd' "$images/one.aci --- $images/two.aci"
    systemctl start act.service || :
    run -0 journalctl --quiet --output=cat -b -u act.service
    assert_contains "$output" 'socket "odd" that systemd has passed belongs to no app'
    assert_contains "$output" 'no socket was passed for the socket-activated port "web" of app "one"'
}

@test "Accept=yes: the app has the connection, which ends with it" {
    printf '[Socket]\nListenStream=127.0.0.1:18300\nAccept=yes\n' >"$units/act.socket"
    # shellcheck disable=SC2016 # the app's variable
    printf '[Service]\nExecStart=:/usr/bin/rkt --insecure-options=image run %s --exec=/bin/sh -- -c "echo from $LISTEN_FDNAMES >&3"\n' \
        "$images/one.aci" >"$units/act@.service"
    systemctl daemon-reload
    systemctl start act.socket
    run -0 timeout 20 socat -u TCP:127.0.0.1:18300 -
    assert_equal "$output" 'from connection'
}
