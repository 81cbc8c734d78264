#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Flavor fly: one app with its tree as root directory, and what that must not open to an image.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images

setup_file() {
    export images=/var/tmp/fly-images
    mkdir -p "$images"
    make_aci "$images/sh.aci" example.com/sh "$(exec_of /bin/sh -c 'echo hello; echo oops >&2')"
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
}

teardown_file() {
    rm -rf "$images"
}

# systemd mounts credentials for services of its own, whenever it likes.
list_mounts() {
    cut -d ' ' -f 5 /proc/self/mountinfo | grep -v '^/run/credentials/' | sort
}

setup() {
    mounts_before=$(list_mounts)
}

teardown() {
    collect_pods
    assert_nothing_left
    assert_equal "$(comm -13 <(echo "$mounts_before") <(list_mounts))" ''
}

rkt() {
    command rkt --insecure-options=image "$@"
}

fly() { # RUN-WORD…
    rkt run --stage1-from-dir=stage1-fly.aci "$@"
}

# Runs a script in the app's place.
in_app() { # SCRIPT [RUN-WORD…]
    local script=$1
    shift
    fly "$@" "$images/sh.aci" --exec=/bin/sh -- -c "$script"
}

start() { # RUN-WORD…
    fly --detach "$@"
}

# An ACI whose tree a function has changed.
make_odd() { # FILE FUNCTION
    local tree
    tree=$(mktemp -d)
    make_tree "$tree"
    (cd "$tree" && "$2")
    make_aci_from "$1" example.com/odd "$tree" "$(exec_of /bin/true)"
    rm -rf "$tree"
}

@test "an app runs in its own tree, with the caller's standard streams" {
    run -0 --separate-stderr fly "$images/sh.aci"
    assert_equal "$output" hello
    assert_equal "$stderr" oops
    run -0 bash -c "echo typed | rkt --insecure-options=image run --stage1-from-dir=stage1-fly.aci $images/sh.aci --exec=/bin/cat"
    assert_equal "$output" typed
    run -0 in_app 'echo /*; pwd'
    assert_equal "$output" $'/bin /dev /etc /proc /root /sys /tmp /usr /var\n/'
}

@test "--stage1-name chooses it once it is in the store" {
    fly "$images/sh.aci"
    run -0 --separate-stderr rkt run --stage1-name=coreos.com/rkt/stage1-fly "$images/sh.aci"
    assert_equal "$output" hello
}

@test "the exit status is the app's, and is told later" {
    run -7 fly --uuid-file-save="$images/uuid" "$images/sh.aci" --exec=/bin/sh -- -c 'exit 7'
    run -0 rkt status --uuid-file="$images/uuid"
    assert_contains "$output" 'state=exited'
    assert_contains "$output" 'app-sh=7'
    run -139 fly --uuid-file-save="$images/uuid" "$images/sh.aci" --exec=/bin/sh -- -c 'kill -SEGV $$'
    run -0 rkt status --uuid-file="$images/uuid"
    assert_contains "$output" 'app-sh=139'
}

@test "without overlays too" {
    run -3 in_app 'echo copied; exit 3' --no-overlay
    assert_equal "$output" copied
}

@test "arguments and environment reach the app byte for byte, and nothing else does" {
    make_aci "$images/args.aci" example.com/args "$(exec_of /bin/printf '<%s>')"
    run -0 fly "$images/args.aci" -- '%n $HOME' $'two\nlines' '' 'ünï' --
    assert_equal "$output" $'<%n $HOME><two\nlines><><ünï><-->'
    run -0 env OTHER=1 LISTEN_FDS=3 LISTEN_PID=1 NOTIFY_SOCKET=@x bash -c \
        "rkt --insecure-options=image run --stage1-from-dir=stage1-fly.aci $images/sh.aci --environment='X=a \"b\" \$c' --exec=/bin/env"
    assert_equal "$(sort <<<"$output")" "$(printf '%s\n' AC_APP_NAME=sh HOME=/root LOGNAME=root \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SHELL=/bin/sh USER=root 'X=a "b" $c' container=rkt | sort)"
}

@test "users and groups come from the image, with its groups and no others" {
    getent passwd 1000 >/dev/null || useradd --uid 1000 --groups adm,sudo host-alice
    run -0 fly "$images/sh.aci" --exec=/bin/sh --user=alice --group=staff -- -c 'id -u; id -g; grep ^Groups: /proc/self/status'
    assert_equal "$output" $'1000\n50\nGroups:\t50 '
    run -0 fly "$images/sh.aci" --exec=/bin/sh --user=4242 --group=4343 --supplementary-gids=7,8 -- -c 'id -u; id -g; grep ^Groups: /proc/self/status'
    assert_equal "$output" $'4242\n4343\nGroups:\t7 8 4343 '
    run -254 --separate-stderr fly "$images/sh.aci" --user=mallory
    assert_contains "$stderr" 'invalid user "mallory"'
}

@test "the host's /dev, /proc and /sys, and a /tmp of its own" {
    run -0 in_app 'cat /proc/1/comm; test -c /dev/null && test -d /dev/shm && test -d /sys/fs/cgroup && grep " /tmp " /proc/self/mounts; echo >/tmp/own; ls -ld /tmp'
    assert_contains "$output" systemd
    assert_contains "$output" 'tmpfs /tmp tmpfs rw,nosuid,nodev'
    assert_contains "$output" drwxrwxrwt
    [[ ! -e /tmp/own ]]
}

@test "the working directory, in the image and nowhere else" {
    run -0 fly "$images/sh.aci" --exec=/bin/sh --working-dir=/var -- -c pwd
    assert_equal "$output" /var
    run -254 --separate-stderr fly "$images/sh.aci" --working-dir=/nowhere
    assert_contains "$stderr" '"/nowhere"'
    for fd in {3..40}; do
        run -254 --separate-stderr fly "$images/sh.aci" --exec=/bin/sh --working-dir="/proc/self/fd/$fd" -- -c 'ls'
        assert_equal "$output" ''
    done
    run -254 fly "$images/sh.aci" --working-dir=/proc/1/root
}

@test "volumes: host, read-only, empty, files, and inside each other" {
    mkdir -p "$images/data/inner"
    echo content >"$images/data/file"
    run -0 in_app 'cat /srv/a/file; echo new >/srv/a/new' --volume=v,kind=host,source="$images/data" --mount=volume=v,target=/srv/a
    assert_equal "$output" content
    assert_equal "$(<"$images/data/new")" new
    run -1 in_app 'echo no >/srv/a/no' --volume=v,kind=host,source="$images/data",readOnly=true --mount=volume=v,target=/srv/a
    [[ ! -e $images/data/no ]]
    run -0 in_app 'ls -ld /e; echo x >/e/x' --volume=v,kind=empty,mode=0700,uid=7,gid=8 --mount=volume=v,target=/e
    [[ $output =~ drwx------.*7.*8 ]]
    run -0 in_app 'cat /etc/motd' --volume=v,kind=host,source="$images/data/file" --mount=volume=v,target=/etc/motd
    assert_equal "$output" content
    run -0 in_app 'echo in >/srv/a/inner/of-b; ls /srv/a/inner' --volume=a,kind=host,source="$images/data" --mount=volume=a,target=/srv/a \
        --volume=b,kind=empty --mount=volume=b,target=/srv/a/inner
    assert_equal "$output" of-b
    assert_equal "$(ls -A "$images/data/inner")" ''
}

@test "volumes are not recursive unless asked, and read-only ones are so recursively" {
    mkdir -p "$images/tree/sub"
    mount -t tmpfs tmpfs "$images/tree/sub"
    echo deep >"$images/tree/sub/file"
    run -1 in_app 'cat /v/sub/file' --volume=v,kind=host,source="$images/tree" --mount=volume=v,target=/v
    run -0 in_app 'cat /v/sub/file' --volume=v,kind=host,source="$images/tree",recursive=true --mount=volume=v,target=/v
    assert_equal "$output" deep
    run -1 in_app 'echo no >/v/sub/no' --volume=v,kind=host,source="$images/tree",recursive=true,readOnly=true --mount=volume=v,target=/v
    [[ ! -e $images/tree/sub/no ]]
    umount "$images/tree/sub"
}

@test "what the app mounts in a volume the host sees, and nothing else of it" {
    local uuid
    mkdir -p "$images/shared"
    mount -t tmpfs tmpfs "$images/shared"
    mkdir "$images/shared/here"
    in_app '/bin/busybox mount -t tmpfs tmpfs /v/here && echo yes >/v/here/file && /bin/busybox mount -t tmpfs own /var' \
        --volume=v,kind=host,source="$images/shared" --mount=volume=v,target=/v
    assert_equal "$(<"$images/shared/here/file")" yes
    run ! grep -q '^own ' /proc/mounts
    umount "$images/shared/here" "$images/shared"
}

@test "what fly cannot do is refused, or told" {
    run -254 --separate-stderr fly "$images/sh.aci" --name=one --- "$images/sh.aci" --name=two
    assert_contains "$stderr" 'fly only supports 1 application'
    make_aci "$images/point.aci" example.com/point '{"app":{"exec":["/bin/true"],"user":"0","group":"0","mountPoints":[{"name":"data","path":"/data"}]}}'
    run -254 --separate-stderr fly "$images/point.aci"
    assert_contains "$stderr" 'missing volume for mountpoint "data"'
    make_aci "$images/handler.aci" example.com/handler '{"app":{"exec":["/bin/true"],"user":"0","group":"0","eventHandlers":[{"name":"pre-start","exec":["/bin/true"]}]}}'
    run -254 --separate-stderr fly "$images/handler.aci"
    assert_contains "$stderr" 'event handlers'
    run -0 --separate-stderr fly "$images/sh.aci" --memory=64M --cpu=500m
    assert_contains "$stderr" 'does not enforce isolator resource/memory'
    assert_contains "$stderr" 'does not enforce isolator resource/cpu'
    run -0 --separate-stderr fly --hostname=other --net=host "$images/sh.aci"
    assert_contains "$stderr" '--hostname has no effect'
    run -254 --separate-stderr fly "$images/sh.aci" --restart=always
    assert_contains "$stderr" 'flavor fly has no --restart=always'
    run -254 --separate-stderr fly --net=none "$images/sh.aci"
    assert_contains "$stderr" 'flavor fly has no --net=none'
    run -254 --separate-stderr fly --volume=v,kind=empty "$images/sh.aci" --mount=volume=v,target=/proc/sys
    assert_contains "$stderr" '/proc/sys'
    run -254 --separate-stderr fly --volume=v,kind=host,source=/no/where "$images/sh.aci" --mount=volume=v,target=/v
    assert_contains "$stderr" '/no/where'
    run -254 --separate-stderr fly "$images/sh.aci" --exec=/bin/missing
    assert_contains "$stderr" '/bin/missing'
    run -0 rkt list --no-legend
    [[ $output != *running* ]]
}

@test "isolators that are there hold: capabilities, system calls, no new privileges, OOM score" {
    run -0 fly "$images/sh.aci" --exec=/bin/sh --caps-retain=CAP_NET_BIND_SERVICE -- -c 'grep ^Cap /proc/self/status'
    assert_equal "$output" $'CapInh:\t0000000000000000\nCapPrm:\t0000000000000400\nCapEff:\t0000000000000400\nCapBnd:\t0000000000000400\nCapAmb:\t0000000000000000'
    run -0 fly "$images/sh.aci" --exec=/bin/sh --seccomp=mode=remove,errno=EXDEV,mkdir,mkdirat --oom-score-adj=123 -- -c 'mkdir /tmp/x 2>&1; cat /proc/self/oom_score_adj'
    assert_contains "$output" 'cross-device'
    assert_contains "$output" 123
    run -159 fly "$images/sh.aci" --exec=/bin/busybox --seccomp=mode=remove,mkdir,mkdirat -- mkdir /tmp/x
    run -0 fly "$images/sh.aci" --exec=/bin/sh --user=alice --group=alice --seccomp=mode=remove,errno=EPERM,mkdir -- -c 'grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status'
    assert_equal "$output" $'NoNewPrivs:\t1\nSeccomp:\t2'
    run -254 --separate-stderr fly "$images/sh.aci" --seccomp=mode=remove,@systemd/mount
    assert_contains "$stderr" '@systemd/mount'
    run -0 fly "$images/sh.aci" --exec=/bin/sh -- -c 'grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status'
    assert_equal "$output" $'NoNewPrivs:\t0\nSeccomp:\t0'
}

@test "an app's root can be read-only, its volumes not" {
    run -0 fly --volume=v,kind=empty "$images/sh.aci" --exec=/bin/sh --readonly-rootfs=true --mount=volume=v,target=/v -- -c 'echo x >/x; echo y >/v/y && cat /v/y'
    assert_contains "$output" 'ead-only file system'
    assert_contains "$output" y
}

@test "a detached pod: status, list, enter, output in the journal, stop" {
    local uuid
    uuid=$(start "$images/sh.aci" --exec=/bin/sh -- -c 'echo to the journal; exec sleep 1000')
    run -0 rkt status "$uuid"
    assert_contains "$output" 'state=running'
    run -0 rkt list --no-legend
    assert_contains "$output" running
    run -0 rkt enter "$uuid" /bin/sh -c 'echo /*; cat /proc/self/comm'
    assert_contains "$output" '/bin /dev /etc'
    run -5 rkt enter "$uuid" sh -c 'exit 5'
    run -254 --separate-stderr rkt enter "$uuid" no-such
    assert_contains "$stderr" 'no-such'
    run -254 --separate-stderr rkt enter --app=other "$uuid" /bin/true
    journalctl --sync
    run -0 journalctl -o cat -t sh -n 1
    assert_equal "$output" 'to the journal'
    run -254 --separate-stderr rkt logs "$uuid"
    assert_contains "$stderr" 'has no journal of its own'
    run -0 rkt stop "$uuid"
    run -0 rkt status --wait=10s "$uuid"
    assert_contains "$output" 'app-sh=143'
    run -254 rkt enter "$uuid" /bin/true
}

@test "stop --force ends an app that will not, with all it started" {
    local uuid
    uuid=$(start "$images/sh.aci" --exec=/bin/sh -- -c 'trap "" TERM; sleep 4001 & sleep 4002 & while :; do sleep 1; done')
    rkt stop "$uuid"
    sleep 0.5
    run -0 rkt status "$uuid"
    assert_contains "$output" 'state=running'
    rkt stop --force "$uuid"
    run -0 rkt status --wait=10s "$uuid"
    assert_contains "$output" 'app-sh=137'
    run -1 pgrep -f 'sleep 400[12]'
}

@test "what an app leaves in the background ends with it" {
    run -0 in_app 'sleep 4003 & /bin/busybox setsid sleep 4004 & sleep 0.2'
    run -1 pgrep -f 'sleep 400[34]'
    run -0 in_app 'mkdir -p /tmp/other/bin && cp /bin/busybox /tmp/other/bin/sleep
        /bin/busybox chroot /tmp/other /bin/sleep 4007 >/dev/null 2>&1 & sleep 0.2'
    run -1 pgrep -f 'sleep 4007'
}

@test "who has entered ends with the app" {
    local uuid
    uuid=$(start "$images/sleep.aci")
    rkt enter "$uuid" /bin/sleep 4008 3>&- &
    wait_until pgrep -f '^/bin/sleep 4008'
    run -0 rkt stop "$uuid"
    run -0 rkt status --wait=10s "$uuid"
    run -1 pgrep -f 'sleep 4008'
}

@test "SIGKILL of the supervisor takes the app along, and gc what is left" {
    local uuid
    uuid=$(start "$images/sh.aci" --exec=/bin/sh -- -c '/bin/busybox setsid sleep 4005 & exec sleep 4006')
    kill -KILL "$(<"/var/lib/rkt/pods/run/$uuid/pid")"
    run -0 rkt status --wait=10s "$uuid"
    assert_contains "$output" 'state=exited'
    rkt gc --grace-period=0s
    rkt gc --grace-period=0s
    run -1 pgrep -f 'sleep 400[56]'
    run -254 rkt status "$uuid"
}

@test "signals to rkt run reach the app" {
    fly "$images/sh.aci" --exec=/bin/sh -- -c 'trap "echo got HUP" HUP; trap "echo got TERM; exit 4" TERM; echo up; while :; do sleep 0.1; done' >"$images/out" 3>&- &
    local run=$!
    for _ in {1..100}; do grep -q up "$images/out" && break || sleep 0.1; done
    local pid
    pid=$(pgrep -P "$run" -f rootfs/run || echo "$run")
    kill -HUP "$pid"
    for _ in {1..100}; do grep -q HUP "$images/out" && break || sleep 0.1; done
    kill -TERM "$pid"
    wait "$run" || assert_equal "$?" 4
    assert_equal "$(<"$images/out")" $'up\ngot HUP\ngot TERM'
}

@test "in a service, ready when the app is there, stopped by systemd" {
    systemd-run --quiet --unit=pod-test-fly --property=Type=notify --property=KillMode=mixed \
        rkt --insecure-options=image run --stage1-from-dir=stage1-fly.aci --uuid-file-save="$images/uuid" "$images/sleep.aci"
    run -0 rkt status --uuid-file="$images/uuid"
    assert_contains "$output" 'state=running'
    run -0 systemctl show -p MainPID --value pod-test-fly.service
    assert_equal "$output" "$(<"/var/lib/rkt/pods/run/$(<"$images/uuid")/pid")"
    systemctl stop pod-test-fly.service
    run -0 rkt status --uuid-file="$images/uuid"
    assert_contains "$output" 'state=exited'
    systemctl reset-failed pod-test-fly.service 2>/dev/null || :
}

# Attacks

@test "no descriptor reaches the app, or who enters, but the first three" {
    local uuid
    exec 7</etc 8</
    run -0 fly "$images/sh.aci" --exec=/bin/ls -- /proc/self/fd
    assert_equal "$output" $'0\n1\n2\n3'
    uuid=$(start "$images/sleep.aci")
    run -0 rkt enter "$uuid" ls /proc/self/fd
    assert_equal "$output" $'0\n1\n2\n3'
    exec 7<&- 8<&-
}

@test "who enters has the app's own rights and no more" {
    local uuid app fields='^(Cap|Groups|Uid|Gid|NoNewPrivs|Seccomp)'
    uuid=$(start "$images/sleep.aci" --user=alice --group=alice --supplementary-gids=100 --caps-remove=CAP_CHOWN --seccomp=mode=remove,errno=EPERM,mkdir)
    app=$(grep -E "$fields" "/proc/$(pgrep -P "$(<"/var/lib/rkt/pods/run/$uuid/pid")")/status")
    run -0 rkt enter "$uuid" grep -E "$fields" /proc/self/status
    assert_equal "$output" "$app"
    assert_contains "$output" $'Seccomp:\t2'
    rkt stop "$uuid"
    uuid=$(start "$images/sleep.aci" --caps-retain=CAP_KILL)
    app=$(grep -E "$fields" "/proc/$(pgrep -P "$(<"/var/lib/rkt/pods/run/$uuid/pid")")/status")
    run -0 rkt enter "$uuid" grep -E "$fields" /proc/self/status
    assert_equal "$output" "$app"
}

@test "an app cannot type into the caller's terminal" {
    run -0 script -qec "rkt --insecure-options=image run --stage1-from-dir=stage1-fly.aci $images/sh.aci --exec=/bin/sh -- -c 'grep ^Seccomp: /proc/self/status'" /dev/null
    assert_contains "$output" $'Seccomp:\t2'
}

link_dev() { rmdir dev && ln -s /etc dev; }
link_proc() { rmdir proc && ln -s ../../../../../../../../etc proc; }
file_sys() { rmdir sys && echo >sys; }
link_out() { mkdir -p srv && ln -s ../../../../../../../../../var/tmp/fly-images/canary srv/link; }
link_volume() { mkdir -p data && ln -s data alias; }
fifo_passwd() { rm etc/passwd && mkfifo etc/passwd; }
link_passwd() { ln -sf /proc/1/root/etc/passwd etc/passwd; }
device_passwd() { ln -sf /dev/zero etc/passwd; }
no_hosts() { ln -s /var/tmp/fly-images/canary/hosts etc/hosts; }

@test "mount targets that are symlinks lead nowhere outside" {
    mkdir -p "$images/canary"
    for odd in link_dev link_proc file_sys; do
        make_odd "$images/odd.aci" "$odd"
        run -254 --separate-stderr fly "$images/odd.aci"
        assert_contains "$stderr" 'cannot mount on'
    done
    make_odd "$images/odd.aci" link_out
    run -254 --separate-stderr fly --volume=v,kind=empty "$images/odd.aci" --mount=volume=v,target=/srv/link/deep
    assert_contains "$stderr" '/srv/link/deep'
    assert_equal "$(ls -A "$images/canary")" ''
    make_odd "$images/odd.aci" link_volume
    mkdir -p "$images/data/inner"
    run -254 --separate-stderr fly --volume=a,kind=host,source="$images/data" --volume=b,kind=empty "$images/odd.aci" \
        --mount=volume=a,target=/data --mount=volume=b,target=/alias/inner
    assert_contains "$stderr" 'another volume'
}

@test "/etc/hosts is made inside the image or not at all" {
    mkdir -p "$images/canary"
    make_odd "$images/odd.aci" no_hosts
    run -0 fly "$images/odd.aci"
    assert_equal "$(ls -A "$images/canary")" ''
    run -0 in_app 'cat /etc/hosts'
    assert_equal "$output" '127.0.0.1 localhost localdomain'
}

@test "/etc/passwd that is a fifo, a device or a link to the host's" {
    make_odd "$images/odd.aci" fifo_passwd
    run -254 --separate-stderr timeout 10 rkt --insecure-options=image run --stage1-from-dir=stage1-fly.aci "$images/odd.aci" --user=alice
    assert_contains "$stderr" '/etc/passwd'
    for odd in link_passwd device_passwd; do
        make_odd "$images/odd.aci" "$odd"
        run -254 --separate-stderr timeout 10 rkt --insecure-options=image run --stage1-from-dir=stage1-fly.aci "$images/odd.aci" --user=daemon
    done
}

@test "an image's device nodes are none, and its set-user-ID programs stay inside" {
    run -1 in_app '/bin/busybox mknod /null c 1 3; echo x >/null'
    assert_contains "$output" 'ermission denied'
    rkt run --stage1-from-dir=stage1-fly.aci --uuid-file-save="$images/uuid" --no-overlay "$images/sh.aci"
    run -2 --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups \
        ls "/var/lib/rkt/pods/run/$(<"$images/uuid")/stage1/rootfs/opt/stage2/sh/rootfs"
    assert_contains "$stderr" 'Permission denied'
}
