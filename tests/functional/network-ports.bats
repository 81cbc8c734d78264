#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Ports of the host that lead into pods: from where they can be reached, and that no two pods have the same.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images
load networks

setup_file() {
    export images=/var/tmp/network-images network_image=/var/tmp/network-images/serve.aci
    mkdir -p "$images"
    make_aci "$images/serve.aci" example.com/serve '{"app":{"exec":["/bin/sh","-c"],"user":"0","group":"0","ports":[
        {"name":"web","protocol":"tcp","port":8000},
        {"name":"names","protocol":"udp","port":8053},
        {"name":"many","protocol":"tcp","port":9000,"count":3}]}}'
    cat >"$images/ask" <<'END'
#!/usr/bin/python3
import socket, sys
family, kind, address, port = socket.getaddrinfo(sys.argv[2], sys.argv[3], type=getattr(socket, sys.argv[1]))[0][:2] + (sys.argv[2], int(sys.argv[3]))
with socket.socket(family, kind) as s:
    s.settimeout(2)
    s.connect((address, port))
    s.send(b"?\n")
    print(s.recv(100).decode().strip())
END
    cat >"$images/serve" <<'END'
#!/usr/bin/python3
import select, socket
def listen(kind, port):
    s = socket.socket(socket.AF_INET6, kind)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(("::", port))
    return s
web = [listen(socket.SOCK_STREAM, port) for port in (8000, 9000, 9001, 9002)]
for s in web:
    s.listen()
names = listen(socket.SOCK_DGRAM, 8053)
while True:
    for s in select.select(web + [names], [], [])[0]:
        if s is names:
            s.sendto(b"names", s.recvfrom(100)[1])
        else:
            with s.accept()[0] as peer:
                peer.settimeout(2)
                peer.recv(100)
                peer.send(b"web %d" % s.getsockname()[1])
END
    chmod +x "$images/ask" "$images/serve"
    network_state_before=$(network_state)
    export network_state_before
}

teardown_file() {
    rm -rf "$images"
}

# Another machine, at 192.0.2.2, and the host's own address there.
setup() {
    ip netns add outside
    ip link add wire type veth peer name eth0 netns outside
    ip addr add 192.0.2.1/24 dev wire
    ip addr add 192.0.2.3/24 dev wire
    ip addr add 2001:db8::1/64 dev wire nodad
    ip link set wire up
    ip -n outside addr add 192.0.2.2/24 dev eth0
    ip -n outside addr add 2001:db8::2/64 dev eth0 nodad
    ip -n outside link set eth0 up
}

teardown() {
    collect_pods
    rm -rf "$networks"
    ip netns del outside 2>/dev/null || :
    for link in wire br-ports; do
        ip link del "$link" 2>/dev/null || :
    done
    assert_nothing_left
    assert_no_network_left
}

# A pod that answers at its ports. Returns once it does.
serve() { # RUN-WORD...
    local address
    uuid=$(rkt run --detach "$@" "$images/serve.aci" -- "exec $images/serve")
    address=$(rkt status "$uuid" | sed -n 's/^networks=[^=]*ip4=\([0-9.]*\).*/\1/p')
    wait_until "$images/ask" SOCK_STREAM "$address" 9002
    wait_until "$images/ask" SOCK_DGRAM "$address" 8053
}

# Both protocols, at ports 80 and 53.
assert_answers() { # ADDRESS [WORD-BEFORE...]
    local address=$1
    shift
    run -0 "$@" "$images/ask" SOCK_STREAM "$address" 80
    assert_equal "$output" 'web 8000'
    run -0 "$@" "$images/ask" SOCK_DGRAM "$address" 53
    assert_equal "$output" names
}

assert_silent() { # ADDRESS [WORD-BEFORE...]
    local address=$1
    shift
    run -1 "$@" "$images/ask" SOCK_STREAM "$address" 80
    run -1 "$@" "$images/ask" SOCK_DGRAM "$address" 53
}

outside=(ip netns exec outside)

@test "a port is reached from the host, from elsewhere, from a sibling and from the pod itself" {
    serve --net --port=web:80 --port=names:53
    assert_answers 192.0.2.1
    assert_answers 127.0.0.1
    assert_answers 192.0.2.1 "${outside[@]}"
    assert_answers 192.0.2.1 ip netns exec "rkt-$uuid"
    assert_equal "$(iptables-save --table=nat | grep -c "dnat name: .*id: .*rkt-$uuid")" 2
    run -0 --separate-stderr in_pod "exec $images/ask SOCK_STREAM 192.0.2.1 80" --net
    assert_equal "$output" 'web 8000'
    run -0 --separate-stderr in_pod "exec $images/ask SOCK_DGRAM 192.0.2.1 53" --net
    assert_equal "$output" names
    rkt stop --force "$uuid"
    rkt status --wait=10s "$uuid"
    assert_silent 192.0.2.1 "${outside[@]}"
    assert_silent 127.0.0.1
}

@test "a port on a bridge is reached from the same places" {
    network 10-br.conf '{"cniVersion":"0.4.0","name":"br","type":"bridge","bridge":"br-ports","isGateway":true,"ipMasq":true,"hairpinMode":true,
        "ipam":{"type":"host-local","subnet":"10.7.0.0/24","routes":[{"dst":"0.0.0.0/0"}]}}'
    serve --net=br --port=web:80 --port=names:53
    assert_answers 192.0.2.1
    assert_answers 127.0.0.1
    assert_answers 192.0.2.1 "${outside[@]}"
    assert_answers 192.0.2.1 ip netns exec "rkt-$uuid"
    run -0 --separate-stderr in_pod "exec $images/ask SOCK_STREAM 192.0.2.1 80" --net=br
    assert_equal "$output" 'web 8000'
    run -0 --separate-stderr in_pod "exec $images/ask SOCK_DGRAM 192.0.2.1 53" --net=br
    assert_equal "$output" names
}

@test "a port of one of the host's addresses is no other's" {
    serve --net --port=web:192.0.2.3:80 --port=names:192.0.2.3:53
    assert_answers 192.0.2.3
    assert_answers 192.0.2.3 "${outside[@]}"
    assert_silent 192.0.2.1
    assert_silent 192.0.2.1 "${outside[@]}"
    assert_silent 127.0.0.1
    rkt stop --force "$uuid"
    rkt status --wait=10s "$uuid"
    serve --net --port=web:127.0.0.1:80 --port=names:127.0.0.1:53
    assert_answers 127.0.0.1
    assert_silent 192.0.2.1
    assert_silent 192.0.2.1 "${outside[@]}"
}

@test "a range of ports is mapped whole" {
    local nth # bats' run has an i of its own
    serve --net --port=many:90
    for nth in 0 1 2; do
        run -0 "${outside[@]}" "$images/ask" SOCK_STREAM 192.0.2.1 9$nth
        assert_equal "$output" "web 900$nth"
    done
    run -1 "${outside[@]}" "$images/ask" SOCK_STREAM 192.0.2.1 93
    run -254 --separate-stderr start_pod --net --port=web:92
    assert_contains "$stderr" "port tcp-0.0.0.0:92 is already mapped by pod \"$uuid\""
}

@test "IPv6: from the host by its address and from elsewhere" {
    network 10-two.conf '{"cniVersion":"0.4.0","name":"two","type":"ptp","ipMasq":true,"ipam":{"type":"host-local",
        "ranges":[[{"subnet":"10.4.0.0/24"}],[{"subnet":"fd00:4::/64"}]],"routes":[{"dst":"0.0.0.0/0"},{"dst":"::/0"}]}}'
    serve --net=two --port=web:80 --port=names:53
    wait_until ping -c 1 -W 1 "$(rkt status "$uuid" | sed -n 's/.*ip6=//p')"
    assert_answers 2001:db8::1
    assert_answers 2001:db8::1 "${outside[@]}"
    assert_answers 2001:db8::1 ip netns exec "rkt-$uuid"
    # A new interface does not speak IPv6 before its address is known to be its own.
    run -0 --separate-stderr in_pod "for try in 1 2 3 4 5; do $images/ask SOCK_STREAM 2001:db8::1 80 2>/dev/null && exit; sleep 0.5; done; exit 1" --net=two
    assert_equal "$output" 'web 8000'
    run -1 "$images/ask" SOCK_STREAM ::1 80 # what README says
    assert_answers 192.0.2.1 "${outside[@]}"
    assert_answers 127.0.0.1
    rkt stop --force "$uuid"
    rkt status --wait=10s "$uuid"
    serve --net=two '--port=web:[2001:db8::1]:80' '--port=names:[2001:db8::1]:53'
    assert_answers 2001:db8::1 "${outside[@]}"
    assert_silent 192.0.2.1
}

@test "flavor coreos: a port is reached from the same places" {
    local uuid
    uuid=$(rkt run --detach --stage1-from-dir=stage1-coreos.aci --net --port=web:80 "$images/serve.aci" -- \
        'exec busybox nc -ll -p 8000 -e /bin/echo web 8000')
    wait_until "$images/ask" SOCK_STREAM 192.0.2.1 80
    for address in 192.0.2.1 127.0.0.1; do
        run -0 "$images/ask" SOCK_STREAM "$address" 80
        assert_equal "$output" 'web 8000'
    done
    for where in "${outside[*]}" "ip netns exec rkt-$uuid"; do
        # shellcheck disable=SC2086
        run -0 $where "$images/ask" SOCK_STREAM 192.0.2.1 80
        assert_equal "$output" 'web 8000'
    done
    run -0 --separate-stderr in_pod "exec $images/ask SOCK_STREAM 192.0.2.1 80" --net
    assert_equal "$output" 'web 8000'
    run -254 --separate-stderr start_pod --net --port=web:80
    assert_contains "$stderr" "port tcp-0.0.0.0:80 is already mapped by pod \"$uuid\""
}

@test "a port that a running pod has is refused, and nothing is left of who asked" {
    local uuid other before words want
    uuid=$(start_pod --net --port=web:192.0.2.1:80 --port=names:53)
    before=$(network_state)
    while IFS='|' read -r words want; do
        # shellcheck disable=SC2086
        run -254 --separate-stderr start_pod --net $words
        assert_contains "$stderr" "port $want is already mapped by pod \"$uuid\""
        assert_equal "$(grep -c . <<<"$stderr")" 1
        assert_equal "$(network_state)" "$before"
    done <<'END'
--port=web:80|tcp-0.0.0.0:80
--port=web:0.0.0.0:80|tcp-0.0.0.0:80
--port=web:192.0.2.1:80|tcp-192.0.2.1:80
--port=many:78|tcp-0.0.0.0:80
--port=names:53|udp-0.0.0.0:53
--port=web:81 --port=names:127.0.0.1:53|udp-127.0.0.1:53
END
    run -0 rkt list --no-legend --full --fields=uuid
    assert_equal "$output" "$uuid"
    # What does not overlap is nobody's business.
    other=$(start_pod --net --port=web:192.0.2.3:80 --port=many:53)
    rkt stop --force "$uuid"
    rkt status --wait=10s "$uuid"
    uuid=$(start_pod --net --port=web:192.0.2.1:80 --port=names:53)
    [[ $uuid != "$other" ]]
}

@test "ports that cannot be meant" {
    local words want
    while IFS='|' read -r words want; do
        # shellcheck disable=SC2086
        run -254 --separate-stderr start_pod $words
        assert_contains "$stderr" "$want"
    done <<'END'
--port=web|"web" is not in name:[ip:]port format
--port=W:80|"W" is not a valid port name
--port=web:1.2.3:80|"1.2.3" is not a valid IP
--port=web:0x50|"0x50" is not a valid port number
--port=web:65536|"65536" is not a valid port number
--net --port=many:65534|would end beyond 65535
--net --port=other:80|port name "other" could not be found in any apps
--net --port=web:80 --port=many:79|port tcp-0.0.0.0:80 already mapped to pod port 8000
--net=none --port=web:80|--port flag does not work with 'none' networking
--net=host --port=web:80|--port flag does not work with 'host' networking
END
    run -0 rkt list --no-legend
    assert_equal "$output" ''
}

@test "of pods that ask for a port at once, one gets it" {
    local i pids=() winners=0
    for i in 1 2 3 4; do
        rkt run --detach --net --port=web:80 "$images/serve.aci" -- 'exec sleep 1000' >"$images/out$i" 2>&1 &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        if wait "$i"; then
            ((++winners))
        else
            assert_equal "$?" 254
        fi
    done
    assert_equal "$winners" 1
    assert_equal "$(cat "$images"/out? | grep -c 'port tcp-0.0.0.0:80 is already mapped by pod')" 3
    assert_equal "$(rkt list --no-legend | wc -l)" 1
    rm "$images"/out?
}

@test "of pods that get ports at once, no rule stays behind" {
    local i pids=()
    for i in 1 2 3 4; do
        start_pod --net --port=web:8$i >>"$images/uuids" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        wait "$i"
    done
    xargs -P 4 -n 1 rkt stop --force <"$images/uuids" >/dev/null
    while read -r uuid; do
        rkt status --wait=20s "$uuid" >/dev/null
    done <"$images/uuids"
    rm "$images/uuids"
    ip netns del outside
    ip link del wire 2>/dev/null || :
    assert_no_network_left
}

@test "a pod that was killed does not keep its ports" {
    local dead
    dead=$(start_pod --net --port=web:80 --port=names:53)
    kill -KILL "$(<"/var/lib/rkt/pods/run/$dead/pid")"
    wait_until eval '! systemctl --quiet is-active "rkt-$dead-serve.service"'
    serve --net --port=web:80 --port=names:53
    assert_answers 192.0.2.1 "${outside[@]}"
    rkt rm "$dead"
    assert_answers 192.0.2.1 "${outside[@]}"
}
