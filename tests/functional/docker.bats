#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The case the flavor skim is made for: containerd and dockerd, each from an image, in one pod, with
# containers on the host. As docs/docker tells it.

# run sets these.
# shellcheck disable=SC2154

load helper

docs=/usr/src/rkt/docs/docker

setup_file() {
    export images=/usr/src/rkt/build/docker-images
    [[ -e $images/recipe ]] || fail "there are no images in $images: see docs/docker/images"
    # dockerd changes the host's packet filter and forwarding.
    iptables-save >"$BATS_FILE_TMPDIR/rules"
    ip6tables-save >"$BATS_FILE_TMPDIR/rules6"
    cat /proc/sys/net/ipv4/ip_forward >"$BATS_FILE_TMPDIR/forward"
    mkdir -p /etc/docker /etc/rkt/pods /var/lib/docker
    mount -t tmpfs tmpfs /var/lib/docker # not on an overlay
    echo '{ "live-restore": true, "storage-driver": "overlay2" }' >/etc/docker/daemon.json
    install -m 0755 "$docs/docker" /usr/local/bin/docker
    sed "s,/var/lib/images,$images," "$docs/docker.pod" >/etc/rkt/pods/docker.pod
    systemctl daemon-reload
    systemctl start docker.service
    uuid=$(</run/rkt-docker.uuid)
    export uuid slice=machine-rkt-${uuid//-/}.slice
    tree=$(mktemp -d)
    mkdir -p "$tree"/{bin,tmp,www}
    cp /bin/busybox "$tree/bin/"
    for applet in sh echo cat wget httpd sleep; do
        ln -s busybox "$tree/bin/$applet"
    done
    echo 'it works' >"$tree/www/index.html"
    tar -C "$tree" -c . | docker import - busybox:local
    rm -rf "$tree"
}

teardown_file() {
    systemctl stop docker.service
    rm -rf /etc/rkt/pods/docker.pod /usr/local/bin/docker /etc/docker/daemon.json
    systemctl daemon-reload
    systemctl reset-failed 2>/dev/null || :
    umount -R /var/lib/docker
    ip link delete docker0 2>/dev/null || :
    for table in raw mangle nat filter; do
        for tool in iptables ip6tables; do
            "$tool" -t "$table" -F || :
            "$tool" -t "$table" -X || :
        done
    done 2>/dev/null
    iptables -P FORWARD ACCEPT
    iptables-restore <"$BATS_FILE_TMPDIR/rules"
    ip6tables-restore <"$BATS_FILE_TMPDIR/rules6"
    cat "$BATS_FILE_TMPDIR/forward" >/proc/sys/net/ipv4/ip_forward
    rkt gc --grace-period=0s >/dev/null 2>&1 || :
}

when_up() { # UNIT
    systemctl show -p ActiveEnterTimestampMonotonic --value "$1"
}

@test "containerd is up before dockerd starts, both by their own word" {
    run -0 systemctl show -p Type --value "rkt-$uuid-containerd.service" "rkt-$uuid-dockerd.service"
    assert_equal "$(sort -u <<<"$output" | grep .)" notify
    (($(when_up "rkt-$uuid-containerd.service") <= $(systemctl show -p ExecMainStartTimestampMonotonic --value "rkt-$uuid-dockerd.service")))
    run -0 systemctl is-active docker.service "rkt-$uuid-containerd.service" "rkt-$uuid-dockerd.service"
    # Neither is installed on the host.
    [[ ! -e /usr/bin/containerd && ! -e /usr/sbin/dockerd ]]
}

@test "docker on the host reaches the pod, and configuration is the host's" {
    run -0 docker info --format '{{.Driver}} {{.LiveRestoreEnabled}} {{.CgroupDriver}}'
    assert_equal "$output" 'overlay2 true systemd'
    run -0 docker run --rm busybox:local /bin/echo hello
    assert_equal "$output" hello
    run -3 docker run --rm busybox:local /bin/sh -c 'exit 3'
}

@test "a container's mount and network are the host's, and it belongs to the pod" {
    local id
    id=$(docker run --detach --init --name web --publish 18090:80 busybox:local /bin/httpd -f -p 80 -h /www)
    run -0 grep -c '^overlay /var/lib/docker/overlay2/.*/merged' /proc/mounts
    assert_equal "$output" 1
    run -0 docker inspect --format '{{.GraphDriver.Data.MergedDir}}' web
    run -0 cat "$output/www/index.html"
    assert_equal "$output" 'it works'
    run -0 curl --silent --retry 10 --retry-connrefused --retry-delay 1 http://127.0.0.1:18090/
    assert_equal "$output" 'it works'
    run -0 docker run --rm busybox:local /bin/wget -q -O - "http://$(docker inspect --format '{{.NetworkSettings.IPAddress}}' web)/"
    assert_equal "$output" 'it works'
    run -0 systemctl show -p Slice --value "docker-$id.scope"
    assert_equal "$output" "$slice"
}

@test "it survives a restart of dockerd" {
    local before pid
    before=$(docker inspect --format '{{.State.Pid}} {{.State.StartedAt}}' web)
    pid=$(systemctl show -p MainPID --value "rkt-$uuid-dockerd.service")
    systemctl restart "rkt-$uuid-dockerd.service"
    [[ $(systemctl show -p MainPID --value "rkt-$uuid-dockerd.service") != "$pid" ]]
    run -0 docker inspect --format '{{.State.Pid}} {{.State.StartedAt}}' web
    assert_equal "$output" "$before"
    run -0 curl --silent --retry 10 --retry-connrefused --retry-delay 1 http://127.0.0.1:18090/
    assert_equal "$output" 'it works'
    run -0 rkt status "$uuid"
    assert_contains "$output" state=running
}

@test "it is gone when the pod is stopped, and so is all of it" {
    local pid
    pid=$(docker inspect --format '{{.State.Pid}}' web)
    systemctl stop docker.service
    [[ ! -e /proc/$pid ]]
    run -0 systemctl show -p Result --value docker.service
    assert_equal "$output" success
    run -1 grep overlay2 /proc/mounts
    run -0 systemctl list-units --all --plain --no-legend 'docker-*.scope' "$slice"
    assert_equal "$output" ''
    run -0 rkt status "$uuid"
    assert_contains "$output" $'app-containerd=0\napp-dockerd=0'
    rkt gc --grace-period=0s
    assert_nothing_left
}
