#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Networks: what --net takes, which plugins run and how, what the pod gets, and that nothing is left of
# it, however it ended.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images
load networks

setup_file() {
    export images=/var/tmp/network-images network_image=/var/tmp/network-images/sh.aci
    mkdir -p "$images"
    make_aci "$images/sh.aci" example.com/sh "$(exec_of /bin/sh -c)"
    network_state_before=$(network_state)
    export network_state_before
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    collect_pods
    rm -rf "$networks"
    ip netns del witness 2>/dev/null || :
    for link in br-mine br-own br-two wire; do # bridges stay by their plugin's will
        ip link del "$link" 2>/dev/null || :
    done
    assert_nothing_left
    assert_no_network_left
}

# What the networks of all pods come to, for who reads the output.
figures() { # WHEN
    printf '# %s: %d interfaces, %d rules, %d leases, %d namespaces\n' "$1" "$(ip -o link | wc -l)" "$(iptables-save | grep -c ^-A)" \
        "$(find /var/lib/cni/networks -type f -name '*.*.*' 2>/dev/null | wc -l)" "$(find /run/netns -type f 2>/dev/null | wc -l)" >&3
}

addresses='ip -o addr show scope global | while read -r _ name family address _; do echo "$name $family ${address%/*}"; done'

@test "none: a loopback interface and nothing else" {
    run -0 --separate-stderr in_pod 'ip -o link; ip -o addr' --net=none
    assert_contains "$output" 'LOOPBACK,UP,LOWER_UP'
    assert_contains "$output" '127.0.0.1/8'
    [[ $output != *eth* ]]
    assert_equal "$stderr" 'networking: networking namespace with loopback only'
}

@test "host: the host's own network" {
    run -0 in_pod 'readlink /proc/self/ns/net' --net=host
    assert_equal "$output" "$(readlink /proc/self/ns/net)"
    run -0 in_pod 'readlink /proc/self/ns/net' --net=default,host
    assert_equal "$output" "$(readlink /proc/self/ns/net)"
}

@test "default: an address, a way out, and what list, status and machined say of it" {
    local uuid address
    run -0 in_pod "$addresses; ip route" --net
    assert_contains "$output" 'eth0 inet 172.16.28.'
    assert_contains "$output" 'default via 172.16.28.1 dev eth0'
    uuid=$(start_pod --net=default)
    run -0 rkt status "$uuid"
    [[ $output =~ networks=default:ip4=(172\.16\.28\.[0-9]+) ]]
    address=${BASH_REMATCH[1]}
    run -0 ping -c 1 -W 2 "$address"
    run -0 rkt list --no-legend
    assert_contains "$output" "default:ip4=$address"
    run -0 rkt list --format=json
    assert_equal "$(jq -c --arg uuid "$uuid" '.[] | select(.name == $uuid).networks[0] | [.netName, .netConf, .pluginPath, .ifName, .ip, .args, .mask]' <<<"$output")" \
        "[\"default\",\"99-default.conf\",\"/usr/lib/cni/ptp\",\"eth0\",\"$address\",\"\",\"255.255.255.0\"]"
    run -0 busctl call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager GetMachineAddresses s "rkt-$uuid"
    assert_contains "$output" "2 4 ${address//./ }"
    run -0 iptables-save --table=nat
    assert_contains "$output" "id: \\\"rkt-$uuid\\\""
    run -0 machinectl list --no-legend
    assert_contains "$output" "$address"
    run -0 getent ahosts "rkt-$uuid"
    assert_contains "$output" "$address "
    run -0 rkt enter "$uuid" /bin/sh -c "$addresses"
    assert_contains "$output" "eth0 inet $address"
    rkt stop "$uuid"
    run -0 rkt status --wait=10s "$uuid"
    assert_contains "$output" "networks=default:ip4=$address"
    assert_no_network_left # already, and not only once it is collected
}

@test "the host finds a pod by its name, in both families" {
    local switch uuid
    switch=$(</etc/nsswitch.conf)
    sed -i 's/^hosts:.*/hosts: files rkt dns/' /etc/nsswitch.conf
    network 10-two.conf '{"cniVersion":"0.4.0","name":"two","type":"ptp","ipam":{"type":"host-local","ranges":[[{"subnet":"10.4.0.0/24"}],[{"subnet":"fd00:4::/64"}]]}}'
    uuid=$(start_pod --net=two,default --pod-name=my-db.example)
    run -0 getent ahostsv4 my-db.example
    assert_equal "$(awk '$2 == "STREAM" { print $1 }' <<<"$output" | sort)" "$(rkt status "$uuid" | grep -o 'ip4=[0-9.]*' | cut -d= -f2 | sort)"
    run -0 getent hosts my-db.example # which asks for IPv6 first
    [[ $output == fd00:4::*my-db.example ]]
    run -0 getent ahosts my-db.example
    assert_equal "$(awk '{ print $1 }' <<<"$output" | sort -u | wc -l)" 3
    run -0 python3 -c 'import socket; print(socket.gethostbyname("my-db.example"))'
    assert_contains "$output" 10.4.0.
    for name in my-db ../hosts/my-db.example .my-db.example my-db.example.; do
        run -2 getent ahosts "$name"
    done
    rkt stop "$uuid"
    rkt status --wait=10s "$uuid" >/dev/null
    run -2 getent ahosts my-db.example
    assert_equal "$(ls -A /run/rkt/hosts)" ''
    cat <<<"$switch" >/etc/nsswitch.conf
}

@test "default-restricted: no way out; all: everything, in the order of the files" {
    run -0 in_pod "$addresses; ip route" --net=default-restricted
    assert_contains "$output" 'eth0 inet 172.31.'
    [[ $output != *default* ]]
    network 50-mine.conf '{"name":"mine","type":"bridge","bridge":"br-mine","ipam":{"type":"host-local","subnet":"10.9.0.0/24"}}'
    run -0 in_pod "$addresses" --net=all
    assert_equal "$(cut -d . -f 1-2 <<<"$output")" $'eth0 inet 10.9\neth1 inet 172.31\neth2 inet 172.16'
}

@test "--net: what cannot be meant" {
    local words want
    while IFS='|' read -r words want; do
        run -254 --separate-stderr in_pod : --net="$words"
        assert_contains "$stderr" "$want"
    done <<'END'
|netname must not be empty
a,,b|netname must not be empty
a,b,a|found duplicate netname "a"
host:IP=1.2.3.4|arguments are not supported by special netname "host"
a:b:c|network "a" provided with invalid arguments
a:IP=1.2.3.4 X=1|network "a" provided with invalid arguments
../../etc/shadow|cannot be the name of a network
nowhere,default,nothing|networks not found: nowhere, nothing
END
    run -0 rkt list --no-legend
    assert_equal "$output" ''
}

@test "an administrator's network replaces a built-in one; the second of a name is ignored" {
    network 10-own.conf '{"name":"default","type":"bridge","bridge":"br-own","ipam":{"type":"host-local","subnet":"10.8.0.0/24"}}'
    network 20-other.conf '{"name":"default","type":"nonsense"}'
    run -0 --separate-stderr in_pod "$addresses" --net
    assert_equal "$output" 'eth0 inet 10.8.0.2'
    assert_contains "$stderr" 'networking: overriding "default" network with one from /etc/rkt/net.d'
    assert_contains "$stderr" 'networking: "default" network already defined, ignoring 20-other.conf'
}

@test "configurations that are none, or no network's, are named" {
    local text want
    while IFS='|' read -r text want; do
        network 10-bad.conf "$text"
        run -254 --separate-stderr in_pod : --net=bad
        assert_contains "$stderr" /etc/rkt/net.d/10-bad.conf
        assert_contains "$stderr" "$want"
    done <<'END'
{|unexpected end of data
[]|expected an object
{"type":"ptp"}|name: missing
{"name":"bad"}|type: missing
{"name":"../bad","type":"ptp"}|cannot be the name of a network
{"name":"bad","type":"../../../bin/sh"}|cannot be the name of a plugin
{"name":"bad","type":"ptp","ipam":{"type":"../host-local"}}|cannot be the name of a plugin
{"name":"bad","cniVersion":"2.0.0","type":"ptp"}|cniVersion: "2.0.0" is not known
{"name":"bad","plugins":[]}|plugins: expected 1 to 32
END
    network 10-bad.conf '{"name":"bad","type":"nowhere"}'
    run -254 --separate-stderr in_pod : --net=bad
    assert_contains "$stderr" 'Could not find plugin "nowhere"'
    run -0 in_pod : --net=none # needs none of them
}

@test "bridge: two pods reach each other, by addresses they asked for" {
    local uuid
    network 10-br.conf '{"name":"br","type":"bridge","bridge":"br-two","isGateway":true,"ipam":{"type":"host-local","subnet":"10.7.0.0/24"}}'
    uuid=$(start_pod --net=br:IP=10.7.0.77)
    run -0 rkt status "$uuid"
    assert_contains "$output" 'networks=br:ip4=10.7.0.77'
    run -0 in_pod "$addresses; ping -c 1 -W 2 10.7.0.77" '--net=br:IP=10.7.0.78;MAC=c2:b0:57:49:47:f1'
    assert_contains "$output" 'eth0 inet 10.7.0.78'
    run -254 --separate-stderr in_pod : --net=br:IP=10.7.0.77
    assert_contains "$stderr" 'error adding network "br"'
    rkt stop --force "$uuid"
    rkt status --wait=10s "$uuid"
}

@test "status --check-networks: as the plugins made it, changed, and where there is no check" {
    local uuid
    network 10-br.conf '{"cniVersion":"0.4.0","name":"br","type":"bridge","bridge":"br-two","ipMasq":true,"ipam":{"type":"host-local","subnet":"10.7.0.0/24"}}'
    network 20-off.conf '{"cniVersion":"0.4.0","disableCheck":true,"name":"off","type":"ptp","ipam":{"type":"host-local","subnet":"10.8.0.0/24"}}'
    uuid=$(start_pod --net=br,off,default)
    run -0 rkt status --check-networks "$uuid"
    assert_contains "$output" $'\ncheck-br=ok\ncheck-off=unsupported\ncheck-default=unsupported\n'
    ip -n "rkt-$uuid" addr flush dev eth0
    run -254 --separate-stderr rkt status --check-networks "$uuid"
    assert_contains "$output" $'\ncheck-br=failed\ncheck-off=unsupported\n'
    assert_contains "$stderr" 'status: error checking network "br": plugin "bridge": '
    run -254 --separate-stderr rkt status --check-networks --format=json "$uuid"
    assert_equal "$(jq -c '.network_checks | map([.netName, .ifName, .result, (.reason | split(":")[0])])' <<<"$output")" \
        '[["br","eth0","failed","error checking network \"br\""],["off","eth1","unsupported","network \"off\" has \"disableCheck\""],["default","eth2","unsupported","network \"default\" has cniVersion 0.1.0, and there is no CHECK before 0.4.0"]]'
    rkt stop "$uuid"
    rkt status --wait=10s "$uuid" >/dev/null
    run -254 --separate-stderr rkt status --check-networks "$uuid"
    assert_contains "$stderr" "pod \"$uuid\" is not running"
}

# The host's own tool, in a pod's namespace: a router's advertisement to all neighbours.
advertise() { # UUID
    ip netns exec "rkt-$1" python3 -c '
import socket, struct
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
s.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0), ("ff02::1", 0, 0, socket.if_nametoindex("eth0")))'
    ip -n witness -6 route | grep -q ^default
}

@test "a neighbour on a bridge is no router" {
    local victim liar
    network 10-br.conf '{"cniVersion":"0.4.0","name":"br","type":"bridge","bridge":"br-two","ipam":{"type":"host-local","ranges":[[{"subnet":"fd00:7::/64"}]]}}'
    victim=$(start_pod --net=br) liar=$(start_pod --net=br)
    ip netns add witness # who believes whatever comes
    ip link add wire type veth peer name eth0 netns witness
    ip link set wire master br-two up
    ip netns exec witness sh -c 'echo 1 >/proc/sys/net/ipv6/conf/eth0/accept_ra'
    ip -n witness link set eth0 up
    wait_until advertise "$liar"
    run -0 ip -n "rkt-$victim" -6 route
    [[ $output == *fd00:7::* && $output != *default* ]]
    ip netns del witness
}

@test "macvlan: beside the host on its own wire" {
    ip link add wire type veth peer name wire-end
    ip link set wire up
    ip link set wire-end up
    network 10-mac.conf '{"name":"mac","type":"macvlan","master":"wire","ipam":{"type":"host-local","subnet":"10.6.0.0/24"}}'
    run -0 in_pod "$addresses" --net=mac
    assert_equal "$output" 'eth0 inet 10.6.0.2'
}

@test "ipvlan, where the kernel has it" {
    ip link add wire type veth peer name wire-end
    ip link add link wire name probe type ipvlan 2>/dev/null || skip 'this kernel has no ipvlan'
    ip link del probe
    network 10-ipv.conf '{"name":"ipv","type":"ipvlan","master":"wire","ipam":{"type":"host-local","subnet":"10.6.0.0/24"}}'
    run -0 in_pod "$addresses" --net=ipv
    assert_equal "$output" 'eth0 inet 10.6.0.2'
}

@test "dhcp: an address from a server on the wire, which is given back" {
    ip link add wire type veth peer name wire-end
    ip addr add 10.5.0.1/24 dev wire-end
    ip link set wire up
    ip link set wire-end up
    systemd-run --quiet --unit=test-dnsmasq dnsmasq --keep-in-foreground --port=0 --interface=wire-end --bind-interfaces \
        --dhcp-range=10.5.0.50,10.5.0.60,1h --dhcp-leasefile=/run/test-dnsmasq.leases --dhcp-authoritative --user=root
    systemctl start cni-dhcp.socket
    network 10-dhcp.conf '{"cniVersion":"0.4.0","name":"lan","type":"macvlan","master":"wire","ipam":{"type":"dhcp"}}'
    run -0 in_pod "$addresses" --net=lan
    assert_contains "$output" 'eth0 inet 10.5.0.'
    wait_until test -e /run/test-dnsmasq.leases -a ! -s /run/test-dnsmasq.leases
    systemctl stop cni-dhcp.socket cni-dhcp.service test-dnsmasq.service
    rm -f /run/test-dnsmasq.leases
}

@test "two stacks, and IPv6 alone" {
    local uuid
    network 10-two.conflist '{"cniVersion":"1.0.0","name":"two","plugins":[{"type":"ptp","ipMasq":true,"ipam":{"type":"host-local",
        "ranges":[[{"subnet":"10.4.0.0/24"}],[{"subnet":"fd00:4::/64"}]],"routes":[{"dst":"0.0.0.0/0"},{"dst":"::/0"}]}}]}'
    network 20-six.conf '{"cniVersion":"0.3.1","name":"six","type":"ptp","ipam":{"type":"host-local","ranges":[[{"subnet":"fd00:6::/64"}]]}}'
    uuid=$(start_pod --net=two --net=six)
    run -0 rkt status "$uuid"
    [[ $output =~ networks=two:ip4=10\.4\.0\.([0-9a-f]+),\ two:ip6=fd00:4::([0-9a-f]+),\ six:ip6=fd00:6::([0-9a-f]+) ]]
    local four=10.4.0.${BASH_REMATCH[1]} six=fd00:4::${BASH_REMATCH[2]} other=fd00:6::${BASH_REMATCH[3]}
    run -0 rkt list --format=json
    assert_equal "$(jq -c '.[-1].networks | map([.ifName, .ip, .ip6, .mask6])' <<<"$output")" \
        "[[\"eth0\",\"$four\",\"$six\",\"ffff:ffff:ffff:ffff::\"],[\"eth1\",\"\",\"$other\",\"ffff:ffff:ffff:ffff::\"]]"
    wait_until ping -c 1 -W 1 "$six"
    wait_until ping -c 1 -W 1 "$other"
    run -0 rkt enter "$uuid" /bin/sh -c 'cat /proc/sys/net/ipv6/conf/eth0/accept_ra'
    assert_equal "$output" 0
}

@test "every version of the specification that has been" {
    local version
    for version in 0.1.0 0.2.0 0.3.0 0.3.1 0.4.0 1.0.0; do
        network 10-v.conf '{"cniVersion":"'$version'","name":"v","type":"ptp","ipam":{"type":"host-local","subnet":"10.3.0.0/24"}}'
        run -0 in_pod "$addresses" --net=v
        assert_contains "$output" 'eth0 inet 10.3.0.'
    done
}

@test "a chain: each plugin gets the result of the one before, and all go in reverse" {
    plugin note 'input=$(cat)
echo "$CNI_COMMAND $(jq -r .mark <<<"$input") $(jq -c "[.name, .cniVersion, .prevResult.ips[0].address, .plugins]" <<<"$input") $CNI_ARGS $PWD $# $(ls /proc/self/fd | wc -l)" >>/run/test-chain
[[ $CNI_COMMAND != ADD ]] || jq ".prevResult // {cniVersion: .cniVersion, ips: [{version: \"4\", address: \"192.0.2.7/24\"}]}" <<<"$input"'
    network 10-chain.conflist '{"cniVersion":"0.4.0","name":"chain","plugins":[{"type":"note","mark":"first"},{"type":"note","mark":"second"},
        {"type":"tuning","sysctl":{"net.ipv4.conf.all.log_martians":"1"}}]}'
    run -0 in_pod 'cat /proc/sys/net/ipv4/conf/all/log_martians' --net=chain:KEY=v
    assert_equal "$output" 1
    run -0 cut -d ' ' -f 1-4 /run/test-chain
    assert_equal "$output" 'ADD first ["chain","0.4.0",null,null] IgnoreUnknown=1;KEY=v
ADD second ["chain","0.4.0","192.0.2.7/24",null] IgnoreUnknown=1;KEY=v
DEL second ["chain","0.4.0","192.0.2.7/24",null] IgnoreUnknown=1;KEY=v
DEL first ["chain","0.4.0","192.0.2.7/24",null] IgnoreUnknown=1;KEY=v'
    rm /run/test-chain
}

@test "plugins see a clean environment" {
    plugin spy 'env | sort >/run/test-spy; ls -l /proc/self/fd >/run/test-spy-fds; echo "{\"cniVersion\":\"0.1.0\"}"'
    network 10-spy.conf '{"name":"spy","type":"spy"}'
    SECRET=yes run -0 in_pod : --net=spy
    run -0 cat /run/test-spy
    assert_contains "$output" $'\nCNI_PATH=/etc/rkt/net.d:/usr/lib/rkt/plugins/net:/usr/lib/cni'
    assert_contains "$output" $'\nCNI_NETNS=/run/netns/rkt-'
    assert_contains "$output" CNI_CONTAINERID=rkt-
    assert_contains "$output" CNI_IFNAME=eth0
    [[ $output != *SECRET* && $output != *RKT_* ]]
    run -0 grep -c -- '->' /run/test-spy-fds
    assert_equal "$output" 4 # and the directory it lists
    rm /run/test-spy*
}

@test "a network that fails half-way: everything is undone" {
    plugin dies 'echo oops >&2; exit 3'
    plugin says 'echo "{\"cniVersion\":\"0.1.0\",\"code\":7,\"msg\":\"no room\",\"details\":\"none at all\"}"; exit 1'
    plugin rubbish 'echo "no JSON"'
    plugin liar 'echo "{\"cniVersion\":\"0.4.0\",\"ips\":[{\"version\":\"4\",\"address\":\"1.2.3.4; reboot\"}]}"'
    plugin torrent '[[ $CNI_COMMAND != ADD ]] || yes "much ado about nothing"'
    local type want
    network 10-first.conf '{"name":"first","type":"ptp","ipMasq":true,"ipam":{"type":"host-local","subnet":"10.2.0.0/24"}}'
    while IFS='|' read -r type want; do
        network 20-second.conflist '{"cniVersion":"0.4.0","name":"second","plugins":[{"type":"ptp","ipMasq":true,"ipam":{"type":"host-local","subnet":"10.1.0.0/24"}},{"type":"'"$type"'"}]}'
        run -254 --separate-stderr in_pod : --net=first,second
        assert_contains "$stderr" 'error adding network "second"'
        assert_contains "$stderr" "$want"
        assert_no_network_left
    done <<'END'
dies|plugin "dies" ended with status 3: oops
says|plugin "says": no room; none at all
rubbish|bad result of plugin "rubbish"
liar|"1.2.3.4; reboot" is no address
torrent|it wrote more than 1 MiB
END
    run -0 rkt list --no-legend
    assert_equal "$output" ''
}

@test "a plugin that hangs can be interrupted, and goes with all it started" {
    plugin hangs '[[ $CNI_COMMAND != ADD ]] || { sleep 4711 & sleep 4712; }'
    network 10-hangs.conf '{"name":"hangs","type":"hangs"}'
    command rkt --insecure-options=image run --net=hangs "$images/sh.aci" -- : 2>"$images/err" &
    wait_until pgrep -f 'sleep 4712'
    kill -TERM $!
    wait $! || status=$?
    assert_equal "$status" 254
    assert_contains "$(<"$images/err")" interrupted
    run -1 pgrep -f 'sleep 471[12]'
    run -0 rkt list --no-legend
    assert_equal "$output" ''
}

@test "a scope that stops does not disturb the plugins that run in it" {
    local uuid
    plugin polite '[[ $CNI_COMMAND == ADD ]] || python3 -c "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_DFL); time.sleep(2)" || exit 1
echo "{\"cniVersion\":\"0.4.0\"}"'
    network 10-polite.conf '{"cniVersion":"0.4.0","name":"polite","type":"polite"}'
    uuid=$(start_pod --net=polite)
    systemctl stop "rkt-$uuid.scope"
    run -0 rkt status --wait=10s "$uuid"
    assert_contains "$output" app-sh=0
    assert_no_network_left
}

@test "killed at any moment, gc leaves nothing" {
    local uuid
    plugin slow '[[ $CNI_COMMAND != ADD ]] || exec sleep 4713; echo "{\"cniVersion\":\"0.4.0\"}"'
    network 10-slow.conflist '{"cniVersion":"0.4.0","name":"slow","plugins":[{"type":"ptp","ipMasq":true,"ipam":{"type":"host-local","subnet":"10.2.0.0/24"}},{"type":"slow"}]}'
    uuid=$(start_pod --net)
    kill -KILL "$(<"/var/lib/rkt/pods/run/$uuid/pid")"
    command rkt --insecure-options=image run --net=slow "$images/sh.aci" -- : &
    wait_until pgrep -f 'sleep 4713'
    kill -KILL $!
    wait $! || :
    wait_until eval '! pgrep -f "sleep 4713"'
    rkt gc >/dev/null 2>&1
    rkt gc --grace-period=0s >/dev/null 2>&1
    run -0 rkt list --no-legend
    assert_equal "$output" ''
    assert_no_network_left
}

@test "a network that cannot be left is tried again; after a reboot its leases go all the same" {
    local uuid
    plugin moody '[[ $CNI_COMMAND == ADD || ! -e /run/test-moody ]] || { echo "not today" >&2; exit 1; }; jq ".prevResult // {cniVersion}"'
    network 10-moody.conflist '{"cniVersion":"0.4.0","name":"moody","plugins":[{"type":"ptp","ipam":{"type":"host-local","subnet":"10.2.0.0/24"}},{"type":"moody"}]}'
    touch /run/test-moody
    run -0 --separate-stderr in_pod : --net=moody
    assert_contains "$stderr" 'not today'
    run -254 --separate-stderr rkt rm "$(basename /var/lib/rkt/pods/run/*-*)"
    rm /run/test-moody
    rkt gc --grace-period=0s >/dev/null
    rkt gc --grace-period=0s >/dev/null
    run -0 rkt list --no-legend
    assert_equal "$output" ''
    assert_no_network_left
    uuid=$(start_pod --net)
    kill -KILL "$(<"/var/lib/rkt/pods/run/$uuid/pid")"
    wait_until eval '! systemctl --quiet is-active "rkt-$uuid-sh.service"'
    umount "/run/netns/rkt-$uuid"
    rm "/run/netns/rkt-$uuid"
}

@test "name servers and hosts: by flags, or as a network knows them" {
    local uuid
    run -0 in_pod 'cat /etc/resolv.conf' --net=none --dns=192.0.2.53,2001:db8::53 --dns=192.0.2.54 --dns-search=example.com --dns-opt=ndots:2 --dns-domain=corp.example
    assert_contains "$output" $'search example.com\nnameserver 192.0.2.53\nnameserver 2001:db8::53\nnameserver 192.0.2.54\noptions ndots:2\ndomain corp.example'
    run -0 in_pod 'cat /etc/hosts' --hosts-entry=192.0.2.1=one,192.0.2.1=uno --hosts-entry=2001:db8::2=two
    assert_contains "$output" $'127.0.0.1 localhost'
    assert_contains "$output" $'# Added by rkt run --hosts-entry\n192.0.2.1 one\n192.0.2.1 uno\n2001:db8::2 two'
    plugin names 'echo "{\"cniVersion\":\"0.1.0\",\"dns\":{\"nameservers\":[\"192.0.2.99\"],\"search\":[\"net.example\"]}}"'
    network 10-names.conf '{"name":"names","type":"names"}'
    network 20-more.conf '{"name":"more","type":"names"}'
    run -0 --separate-stderr in_pod 'cat /etc/resolv.conf' --net=names,more
    assert_contains "$output" $'# Generated by rkt from network names\nsearch net.example\nnameserver 192.0.2.99'
    assert_contains "$stderr" 'network more plugin specified DNS configuration, but DNS already supplied'
    uuid=$(start_pod --net=names)
    run -0 rkt enter "$uuid" cat /etc/resolv.conf
    assert_contains "$output" 'nameserver 192.0.2.99'
    run -0 --separate-stderr in_pod 'cat /etc/resolv.conf' --net=names --dns=192.0.2.1
    [[ $output != *192.0.2.99* ]]
    echo 'nameserver 192.0.2.111' >/etc/resolv.conf
    run -0 in_pod 'cat /etc/resolv.conf' --net=names --dns=host
    assert_equal "$output" 'nameserver 192.0.2.111'
    rm /etc/resolv.conf
    run -0 grep -c localhost /etc/hosts
}

@test "flags for names that are none leave no pod" {
    local flag want
    while IFS='|' read -r flag want; do
        run -254 --separate-stderr in_pod : "$(printf '%b' "$flag")"
        assert_contains "$stderr" "$want"
    done <<'END'
--dns=1.2.3|Invalid IP passed to --dns: 1.2.3
--dns=host,1.2.3.4|no other --dns options allowed when --dns=host is passed
--dns=1.2.3.4\nnameserver 6.6.6.6|Invalid IP passed to --dns
--dns-search=a b|invalid value for --dns-search
--dns-opt=x\nnameserver 6.6.6.6|invalid value for --dns-opt
--dns-domain=x\ny|invalid value for --dns-domain
--hosts-entry=one|Did not understand --hosts-entry one
--hosts-entry=1.2.3=one|Invalid IP passed to --hosts-entry: 1.2.3
--hosts-entry=1.2.3.4=a\n6.6.6.6 b|Did not understand --hosts-entry
--hosts-entry=host,1.2.3.4=a|cannot pass --hosts-entry=host with multiple hosts-entries
--hostname=a b|invalid value for --hostname
--hostname=a\nb|invalid value for --hostname
END
    run -0 rkt list --no-legend
    assert_equal "$output" ''
}

@test "many at once: each has an address of its own, and all of them go" {
    local n=${RKT_TEST_PODS:-10} i pids=() before up
    before=$(date +%s)
    for ((i = 0; i < n; i++)); do
        start_pod --net >>"$images/uuids" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        wait "$i"
    done
    up=$(date +%s)
    assert_equal "$(wc -l <"$images/uuids")" "$n"
    run -0 rkt list --no-legend
    assert_equal "$(grep -o 'default:ip4=[0-9.]*' <<<"$output" | sort -u | wc -l)" "$n"
    figures "$n pods up in $((up - before)) s"
    xargs -P 4 -n 5 rkt stop <"$images/uuids" >/dev/null
    while read -r uuid; do
        rkt status --wait=60s "$uuid" >/dev/null
    done <"$images/uuids"
    assert_no_network_left
    figures "and ended in $(($(date +%s) - up)) s"
}
