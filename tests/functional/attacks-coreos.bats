#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What hostile images and running apps cannot do in flavors coreos, host and fly. The flavor is in the file's name:
# the others are links to this one. Flavor fly shares the host's processes and kernel with root's apps: what that
# opens is told in its manual, and not tried here.

# Words for the app are for nobody here to expand, and fly has none for the network; run sets the rest.
# shellcheck disable=SC2016,SC2046,SC2154

load helper
load images
load networks

setup_file() {
    flavor=${BATS_TEST_FILENAME##*attacks-}
    export flavor=${flavor%.bats} images=/var/tmp/hostile-images pods=/var/lib/rkt/pods
    mkdir -p "$images/canary.d"
    echo untouched >"$images/canary"
    make_aci "$images/sh.aci" example.com/sh "$(exec_of /bin/sh -c 'echo hello')"
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
    make_odd "$images/usr.aci" links_into_usr
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    [[ -z ${swapper:-} ]] || kill "$swapper" 2>/dev/null || :
    [[ -z ${store_state:-} ]] || set_store_version 1
    collect_pods
    systemctl stop machine-rkt.slice 2>/dev/null || :
    assert_nothing_left
    # Whatever was tried.
    assert_equal "$(<"$images/canary")" untouched
    assert_equal "$(ls -A "$images/canary.d")" ''
}

rkt() {
    command rkt --insecure-options=image "$@"
}

net() {
    [[ $flavor == fly ]] || echo --net=none
}

pod() { # RUN-WORD…
    timeout 40 rkt --insecure-options=image run --stage1-from-dir="stage1-$flavor.aci" $(net) "$@" </dev/null
}

start() { # RUN-WORD…
    pod --detach "$@"
}

make_odd() { # FILE FUNCTION
    local tree
    tree=$(mktemp -d)
    make_tree "$tree"
    (cd "$tree" && "$2")
    make_aci_from "$1" example.com/odd "$tree" "$(exec_of /bin/true)"
    rm -rf "$tree"
}

# With the host's /usr as a volume, python among it.
links_into_usr() { ln -s usr/lib lib && ln -s usr/lib64 lib64; }
with_usr=("--volume=usr,kind=host,source=/usr,readOnly=true")
usr_here=("--mount=volume=usr,target=/usr")

# What a process may do, of its status. systemd leaves what is in the bounding set inheritable (257), which nobody
# inherits, and root's group is in the list of root's groups or not.
rights() {
    grep -E '^(Cap[PEBA]|Groups|Uid|Gid|NoNewPrivs|Seccomp:)' | sed -E 's/^Groups:[ \t]*(0 ?)?$/Groups:/'
}

# An app's first process.
process_of() { # UUID
    local leader
    leader=$(cat "$pods/run/$1/pid" 2>/dev/null) || leader=$(pgrep -P "$(<"$pods/run/$1/ppid")")
    pgrep -P "$leader" -f 1000 || echo "$leader"
}

up=../../../../../../../../../../../../../../../..
absolute_links() { rm -rf dev proc sys tmp run srv etc/hosts etc/resolv.conf && for l in dev proc sys tmp run srv; do ln -s "$images/canary.d" "$l"; done && ln -s "$images/canary" etc/hosts && ln -s "$images/canary" etc/resolv.conf; }
relative_links() { rm -rf dev proc sys tmp run srv etc/hosts etc/resolv.conf && for l in dev proc sys tmp run srv; do ln -s "$up$images/canary.d" "$l"; done && ln -s "$up$images/canary" etc/hosts && ln -s "$up$images/canary" etc/resolv.conf; }
deep_links() { rm -rf etc srv && ln -s "$up$images/canary.d" etc && mkdir srv && ln -s /proc/1/root srv/root && ln -s /proc/self/root srv/self; }
wrong_kinds() { rm -rf dev proc sys tmp run srv etc/hosts && touch dev proc sys && mkfifo tmp run srv && mkdir -p etc/hosts/x; }

@test "mount targets that are links, files, fifos: nothing outside of the image is reached" {
    local odd
    for odd in absolute_links relative_links deep_links wrong_kinds; do
        make_odd "$images/odd.aci" "$odd"
        run pod --dns=192.0.2.53 --hosts-entry=192.0.2.1=db --volume=v,kind=empty --volume=w,kind=empty "$images/odd.aci" --exec=/bin/sh \
            --mount=volume=v,target=/srv/self/deep --mount=volume=w,target=/run/x -- -c \
            'for d in /srv /srv/self /srv/root /dev /proc /sys /tmp /run /etc; do echo x >$d/planted; done; echo y >/etc/hosts; echo y >/etc/resolv.conf; echo ran'
        [[ $status -ne 124 ]] || fail "$odd hangs"
        # Where systemd could not make the app's mounts, it is told which.
        [[ $status -eq 0 || $output == *stage1:* || $output =~ 'cannot start app "sh": cannot mount on its /'|'cannot start app "odd": cannot mount on its /' ]] || fail "$odd: $status $output"
        assert_equal "$odd: $(<"$images/canary") $(ls -A "$images/canary.d")" "$odd: untouched "
    done
}

fifo_passwd() { rm etc/passwd && mkfifo etc/passwd; }
host_passwd() { ln -sf "$up/etc/passwd" etc/passwd; }
proc_passwd() { ln -sf /proc/1/root/etc/passwd etc/passwd; }
device_passwd() { ln -sf /dev/zero etc/passwd; }
huge_passwd() { truncate -s 64M etc/passwd; }
fifo_group() { rm etc/group && mkfifo etc/group; }

@test "/etc/passwd or group that is a fifo, a device, a link to the host's, or huge" {
    local odd
    for odd in fifo_passwd host_passwd proc_passwd device_passwd huge_passwd fifo_group; do
        make_odd "$images/odd.aci" "$odd"
        # A user that the host has and the image has not.
        run -254 --separate-stderr pod "$images/odd.aci" --user=daemon --group=staff
        [[ $stderr == *'uid and gid'* ]] || fail "$odd: $stderr"
    done
}

@test "no descriptor of the caller's reaches the app or who enters, and no working directory leads out" {
    local uuid fd
    exec 7</etc 8</
    run -0 pod "$images/sh.aci" --exec=/bin/sh -- -c 'echo fds $(ls /proc/self/fd); ls -d /proc/self/fd/7/passwd /proc/self/fd/8/usr; true'
    assert_contains "$output" 'fds 0 1 2 3'
    [[ $output != *fd/7/passwd$'\n'* ]]
    uuid=$(start "$images/sleep.aci")
    run -0 rkt enter "$uuid" ls /proc/self/fd
    assert_equal "$output" $'0\n1\n2\n3'
    exec 7<&- 8<&-
    for fd in 3 4 5 6 7 8 9 10 11 12; do
        run -254 pod "$images/sh.aci" --working-dir="/proc/self/fd/$fd"
    done
    run -254 pod "$images/sh.aci" --working-dir=/proc/1/root
    run -254 pod "$images/sh.aci" --working-dir=relative
    run -254 pod "$images/sh.aci" --working-dir=/../../../../../../var/lib/rkt
}

@test "app and who enters it have the same rights: capabilities, calls, users, control group" {
    local uuid process
    uuid=$(start "$images/sleep.aci" --caps-retain=CAP_KILL,CAP_NET_BIND_SERVICE --seccomp=mode=remove,errno=EPERM,mkdir,mkdirat)
    [[ $flavor == fly ]] || rkt status --wait-ready=10s "$uuid" >/dev/null
    process=$(process_of "$uuid")
    run -0 rkt enter "$uuid" cat /proc/self/status
    assert_equal "$(rights <<<"$output")" "$(rights <"/proc/$process/status")"
    assert_contains "$output" $'CapEff:\t0000000000000420\nCapBnd:\t0000000000000420\nCapAmb:\t0000000000000000'
    assert_contains "$output" $'Seccomp:\t2'
    run -1 rkt enter "$uuid" mkdir /tmp/entered
    assert_contains "$output" 'not permitted'
    run -1 rkt enter "$uuid" sh -c 'echo x >/proc/1/oom_score_adj'
    rkt stop --force "$uuid"
    uuid=$(start "$images/sleep.aci" --user=alice --group=staff --supplementary-gids=7)
    [[ $flavor == fly ]] || rkt status --wait-ready=10s "$uuid" >/dev/null
    process=$(process_of "$uuid")
    run -0 rkt enter "$uuid" cat /proc/self/status
    assert_equal "$(rights <<<"$output")" "$(rights <"/proc/$process/status")"
    run -0 rkt enter "$uuid" cat /proc/self/cgroup
    [[ $flavor == fly ]] || assert_contains "$output" sleep.service
}

@test "an app makes no namespaces of its own unless it is let, and has no keys of the caller's session" {
    local uuid some=("${with_usr[@]}" "--volume=p,kind=host,source=$images/prober.py" "$images/usr.aci" "${usr_here[@]}" "--mount=volume=p,target=/prober.py" --exec=/bin/sh)
    make_prober "$images/prober.py"
    if [[ $flavor != fly ]]; then
        run -0 pod "${some[@]}" -- -c 'python3 /prober.py namespaces; sleep 0.2'
        assert_contains "$output" tried
        [[ $output != *made* ]]
        run -0 pod "${some[@]}" --user=alice --seccomp=mode=remove,reboot -- -c 'python3 /prober.py namespaces user+net; sleep 0.2'
        assert_contains "$output" 'made user+net'
        uuid=$(start "${some[@]}" -- -c 'exec sleep 1000')
        rkt status --wait-ready=10s "$uuid" >/dev/null
        run -0 rkt enter "$uuid" python3 /prober.py namespaces
        assert_equal "$output" tried
        rkt stop --force "$uuid"
    fi
    uuid=$(python3 "$images/prober.py" with-key rkt --insecure-options=image,seccomp run --stage1-from-dir="stage1-$flavor.aci" $(net) --detach --volume=out,kind=empty "${some[@]}" --mount=volume=out,target=/out -- -c 'python3 /prober.py key >/out/key; exec sleep 1000')
    wait_until test -s "$pods/run/$uuid/sharedVolumes/out/key"
    assert_equal "$(<"$pods/run/$uuid/sharedVolumes/out/key")" none
    run -0 python3 "$images/prober.py" with-key rkt enter "$uuid" python3 /prober.py key
    assert_equal "$output" none
}

false_devices() { rm -rf dev && mkdir dev && echo planted >dev/null && ln -s "$images/canary" dev/console && ln -s "$up$images/canary" dev/zero; }

@test "masked and read-only paths of the kernel, for the app and who enters, whatever the image has in /dev" {
    [[ $flavor != fly ]] || skip 'flavor fly masks nothing'
    local uuid look='for f in /proc/kcore /proc/kallsyms /proc/config.gz /proc/sched_debug /proc/kmem /proc/mem; do cat $f | head -c 16; done; for d in /sys/firmware /sys/fs /sys/hypervisor /sys/module /sys/power; do ls -A $d; done
        for f in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/vm/panic_on_oom /proc/sysrq-trigger /sys/kernel/profiling /sys/kernel/uevent_helper; do (echo x >$f) && echo written $f; done; find /sys -name release_agent -o -name notify_on_release | head -n 1; busybox mknod /tmp/sda b 8 0 && busybox head -c 1 /tmp/sda; cat /dev/null /dev/zero | head -c 8 | wc -c; true'
    make_odd "$images/odd.aci" false_devices
    uuid=$(start --volume=out,kind=empty,mode=0777 "$images/odd.aci" --exec=/bin/sh --mount=volume=out,target=/out -- -c "{ $look; } >/out/app 2>/dev/null; touch /out/done; exec sleep 1000")
    wait_until test -e "$pods/run/$uuid/sharedVolumes/out/done"
    assert_equal "$(tr -d ' ' <"$pods/run/$uuid/sharedVolumes/out/app")" 8
    run -0 --separate-stderr rkt enter "$uuid" sh -c "$look"
    assert_equal "$(tr -d ' ' <<<"$output")" 8
}

# Types on each of its descriptors, into what is its terminal as well.
make_typist() { # FILE
    cat >"$1" <<'END'
import fcntl, os, termios
fds = [0, 1, 2]
try:
    fds.append(os.open("/dev/tty", os.O_RDWR))
except OSError:
    pass
for fd in fds:
    for byte in b"touch /typed\n":
        try:
            fcntl.ioctl(fd, termios.TIOCSTI, bytes([byte]))
        except OSError:
            pass
os.write(1, b"has typed\n")
END
}

@test "who enters cannot be typed for: nothing reaches the caller's terminal but output" {
    local uuid
    make_typist "$images/typist.py"
    rm -f /typed
    sysctl -qw dev.tty.legacy_tiocsti=1 2>/dev/null || :
    uuid=$(start "${with_usr[@]}" --volume=t,kind=host,source="$images/typist.py" "$images/usr.aci" "${usr_here[@]}" --mount=volume=t,target=/typist.py --exec=/bin/sh -- -c 'exec sleep 1000')
    [[ $flavor == fly ]] || rkt status --wait-ready=10s "$uuid" >/dev/null
    run timeout 20 script -qec "rkt enter $uuid /usr/bin/python3 /typist.py; timeout -s KILL 1 bash" /dev/null </dev/null
    assert_contains "$output" 'has typed'
    [[ ! -e /typed ]]
    run timeout 20 script -qec "rkt enter $uuid /usr/bin/python3 /typist.py </dev/null; timeout -s KILL 1 bash" /dev/null </dev/null
    assert_contains "$output" 'has typed'
    [[ ! -e /typed ]]
}

@test "what is attached to is out of an app's reach, and who attaches is not led elsewhere" {
    local uuid attached sockets
    uuid=$(start "$images/sh.aci" --stdin=stream --stdout=stream --stderr=tty --exec=/bin/sh -- -c 'read -r x
        [ ! -e /sock-own ] || { ls -d /proc/[0-9]*/root/rkt /proc/self/root/sock-own; ls -l /proc/[0-9]*/fd/ | grep sock; find / -name "sock-*" -not -path "/proc/*"; } 2>/dev/null
        echo looked; read -r x')
    # Of the host's processes and files a root's app of fly sees all.
    [[ $flavor == fly ]] || touch "$pods/run/$uuid/stage1/rootfs/opt/stage2/sh/rootfs/sock-own"
    rkt attach --mode=stdin,stdout "$uuid" <<<go >"$images/seen" 3>&- &
    attached=$!
    wait_until grep -q looked "$images/seen"
    kill "$attached"
    assert_equal "$(<"$images/seen")" "$([[ $flavor == fly ]] || printf '%s\n' /proc/self/root/sock-own /sock-own; echo looked)"
    sockets=$pods/run/$uuid/stage1/rootfs/rkt/iottymux/sh
    rm "$sockets/sock-stdin" "$sockets/sock-stdout"
    ln -s /run/dbus/system_bus_socket "$sockets/sock-stdin"
    touch "$sockets/sock-stdout"
    run -254 --separate-stderr rkt attach --mode=stdin "$uuid" <<<word
    assert_contains "$stderr" 'cannot attach to stdin'
    run -254 --separate-stderr rkt attach --mode=stdout "$uuid"
    assert_contains "$stderr" 'cannot attach to stdout'
    printf '{"version": 1, "targets": [{"name": "stdin", "address": "\\u001b[31m"}, {"name": "\\u001b]0;x"}, 7]}' >"$sockets/endpoints"
    run -0 rkt attach --mode=list "$uuid"
    [[ $output == *'"/rkt/iottymux/sh/sock-stdin"'* && $output != *$'\e'* ]]
    mv "$sockets" "$sockets-away"
    ln -s "$sockets-away" "$sockets"
    run -254 --separate-stderr rkt attach --mode=list "$uuid"
    assert_contains "$stderr" 'cannot open'
}

@test "while targets of mounts are swapped under its hands, a pod reaches nothing outside of itself" {
    mkdir -p "$images/shared/a/b"
    ln -sfn "$images/canary.d" "$images/shared/link"
    python3 -c 'import ctypes, sys
libc, a, b = ctypes.CDLL(None), *(w.encode() for w in sys.argv[1:])
while True: libc.renameat2(-100, a, -100, b, 2)' "$images/shared/a" "$images/shared/link" 3>&- &
    swapper=$!
    for _ in 1 2 3 4; do
        run pod --volume=s,kind=host,source="$images/shared" --volume=e,kind=empty "$images/sh.aci" --mount=volume=s,target=/srv --mount=volume=e,target=/srv/a/b \
            --exec=/bin/sh -- -c 'touch /srv/a/b/mark; mkdir -p /srv/a/c; echo ran'
        # What an app says last may be lost with its pod's terminal: the status tells as well.
        [[ $status =~ ^(0|226)$ || $output == *stage1:* ]] || fail "$status $output"
    done
}

@test "symlinks in a volume lead no other volume out of it" {
    local link uuid
    mkdir -p "$images/hostile/inside"
    for link in /etc "$images/canary.d" "$up$images/canary.d" /proc/self/attr ../proc/self/attr /sys / .. /run/planted ../run/planted inside/../../etc; do
        ln -sfn "$link" "$images/hostile/sub"
        run -254 --separate-stderr pod --volume=s,kind=host,source="$images/hostile" --volume=e,kind=empty "$images/sh.aci" \
            --mount=volume=e,target=/srv/sub --mount=volume=s,target=/srv
        [[ $stderr == *'leads out of it'* || $flavor == fly && $stderr == *'cannot mount on "/srv/sub" of the image'* ]] || fail "$link: $stderr"
        [[ ! -e /run/planted ]]
    done
    # Those that stay in it are followed.
    ln -sfn ./inside "$images/hostile/sub"
    uuid=$(start --volume=s,kind=host,source="$images/hostile" --volume=e,kind=empty "$images/sh.aci" --mount=volume=s,target=/srv --mount=volume=e,target=/srv/sub/deep/er \
        --exec=/bin/sh -- -c 'echo here >/srv/inside/deep/er/text; exec sleep 1000')
    wait_until grep -qx here "$pods/run/$uuid/sharedVolumes/e/text"
    [[ ! -e $images/hostile/inside/deep/er/text ]]
}

@test "an app that is started again has its volumes where they were, whatever it made of the way there" {
    [[ $flavor != fly ]] || skip 'flavor fly starts no app again'
    local uuid
    mkdir -p "$images/v"
    touch "$images/v/canary"
    uuid=$(start --volume=v,kind=host,source="$images/v" "$images/sh.aci" --mount=volume=v,target=/srv/v --restart=always --restart-delay=10ms \
        --exec=/bin/sh -- -c '[ -e /n ] && exec sleep 1000; mv /srv /moved && mkdir /srv && ln -s /etc /srv/v && >/n')
    wait_until [ -e "$pods/run/$uuid/stage1/rootfs/rkt/restarts/sh" ]
    wait_until grep -qx 1 "$pods/run/$uuid/stage1/rootfs/rkt/restarts/sh"
    wait_until rkt enter "$uuid" true
    run ! rkt enter "$uuid" ls /etc/canary
    run -0 rkt enter "$uuid" ls /moved/v/canary
}

@test "programs of the host that come into a pod cannot be written to from there" {
    [[ $flavor != fly ]] || skip "flavor fly shows root's apps all processes of the host"
    local uuid
    cat >"$images/watch.py" <<'END'
import os
own, seen = os.stat("/proc/self/exe"), set()
open("/out/begun", "w")
while not os.path.exists("/out/end"):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            fd = os.open("/proc/%s/exe" % pid, os.O_RDONLY)
            name = os.readlink("/proc/self/fd/%d" % fd)
            os.close(fd)
            if not name.startswith(("/usr/bin/python", "/bin/busybox")):
                seen.add(name)
        except OSError:
            pass
open("/out/seen", "w").write("\n".join(sorted(seen)))
END
    uuid=$(start "${with_usr[@]}" --volume=out,kind=empty,mode=0777 --volume=t,kind=host,source="$images/watch.py" "$images/usr.aci" "${usr_here[@]}" --mount=volume=t,target=/watch.py --mount=volume=out,target=/out \
        --exec=/bin/sh -- -c 'python3 /watch.py; exec sleep 1000')
    wait_until test -e "$pods/run/$uuid/sharedVolumes/out/begun"
    for _ in {1..10}; do rkt enter "$uuid" true; done
    touch "$pods/run/$uuid/sharedVolumes/out/end"
    wait_until test -e "$pods/run/$uuid/sharedVolumes/out/seen"
    # Its own systemd and journal, which are the pod's, and nothing of ours.
    run grep -vE '/systemd(-[a-z]+)?$|^/rkt/reaper$|^$' "$pods/run/$uuid/sharedVolumes/out/seen"
    assert_equal "$output" ''
}

@test "what rkt calls of stage1 is the store's, whatever has become of the pod's" {
    local uuid pid program
    [[ $flavor != fly ]] || skip 'its programs are in the store alone'
    uuid=$(start "$images/sleep.aci")
    pid=$(rkt status "$uuid" | sed -n 's/^pid=//p')
    # As somebody does who came out of the app and is root in the pod.
    for program in enter gc stop attach app-add app-rm app-start app-stop keep; do
        nsenter --target "$pid" --mount --root --wd=/ /opt/stage2/sleep/rootfs/bin/sh -c \
            "[ ! -f /$program ] || printf '#!/bin/sh\necho mallory >%s/canary\n' '$images' >/$program"
    done
    run -0 rkt enter "$uuid" /bin/echo entered
    assert_contains "$output" entered
    run -0 rkt stop "$uuid"
    run rkt status --wait "$uuid"
    run -0 rkt gc --grace-period=0s
    assert_equal "$(<"$images/canary")" untouched
}

@test "what an image asks for it is not given: no port of the host leads to it, no directory of the host's is in it" {
    if [[ $flavor == fly ]]; then
        make_asker "$images/asker.aci"
        run -254 --separate-stderr pod "$images/asker.aci"
        assert_contains "$stderr" 'missing volume for mountpoint "data"'
        return
    fi
    assert_asker_gets_nothing --stage1-from-dir="stage1-$flavor.aci"
    assert_equal "$stderr" ''
}

@test "annotations of an image change nothing of its unit" {
    [[ $flavor != fly ]] || skip 'flavor fly has no units'
    local plain odd
    make_aci "$images/odd.aci" example.com/sleep "$(jq -n '{
        annotations: [
            {name: "rkt/unit-properties", value: "User=root\nExecStartPre=/bin/touch /attacked"},
            {name: "coreos.com/rkt/stage1/mutable", value: "true"},
            {name: "coreos.com/rkt/stage1/run", value: "/bin/sh"},
            {name: "io.systemd.nspawn", value: "/etc/shadow"},
            {name: "run.oci.delegate-cgroup", value: ".."},
            {name: "appc.io/executor/supports-systemd-notify", value: "perhaps"}],
        app: {exec: ["/bin/sleep", "1000"], user: "0", group: "0"}}')"
    plain=$(start "$images/sleep.aci")
    odd=$(start "$images/odd.aci")
    assert_equal "$(<"$pods/run/$odd/stage1/rootfs/rkt/apps/sleep.service")" "$(<"$pods/run/$plain/stage1/rootfs/rkt/apps/sleep.service")"
    # A file that systemd-nspawn would obey, had it found one.
    [[ $(tr '\0' '\n' <"/proc/$(<"$pods/run/$odd/ppid")/cmdline" | sed "s/$odd//g") == "$(tr '\0' '\n' <"/proc/$(<"$pods/run/$plain/ppid")/cmdline" | sed "s/$plain//g")" ]]
}

@test "names lead into no control group and to no unit but the pod's own" {
    local name
    for name in .. ../x a/b a@b %n 'a b' a.slice -x '\x2d' "$(printf 'a%.0s' {1..300})"; do
        run -254 rkt run --stage1-from-dir="stage1-$flavor.aci" "$images/sleep.aci" --name="$name"
    done
}

covering_links() { ln -s /proc/self p && ln -s proc q && ln -s ../../sys s && ln -s p r; }

@test "no volume covers what the kernel tells, and no file system in memory is without a bound" {
    local target
    make_odd "$images/odd.aci" covering_links
    for target in /proc/self/attr /q /r/attr/exec /srv/../sys /s; do
        run -254 --separate-stderr pod --volume=v,kind=empty "$images/odd.aci" --mount=volume=v,target="$target"
        assert_contains "$stderr" 'cannot'
    done
    make_aci "$images/odd.aci" example.com/odd "$(jq -n '{app: {exec: ["/bin/true"], user: "0", group: "0", mountPoints: [{name: "data", path: "/proc/self/attr"}]}}')"
    run -254 pod "$images/odd.aci"
    run -254 pod --volume=data,kind=host,source="$images/canary.d" "$images/odd.aci"
    run -0 pod "$images/sh.aci" --exec=/bin/sh -- -c 'grep "^tmpfs " /proc/mounts | grep -v -e " ro[, ]" -e size=; echo looked; sleep 0.2'
    assert_contains "$output" looked
    [[ $output != *tmpfs* ]]
}

@test "what a pod's numbers of processes have become meanwhile is not stopped, entered or collected" {
    local uuid keeper='' number
    make_reuser "$images/reuser.py"
    uuid=$(start "$images/sleep.aci")
    number=$(cat "$pods/run/$uuid/ppid" 2>/dev/null) || number=$(<"$pods/run/$uuid/pid")
    # Who would tell that the pod has ended.
    [[ $flavor == fly ]] || keeper=$(pgrep -f "/init .*$uuid")
    # shellcheck disable=SC2086 # or none
    [[ -z $keeper ]] || kill -STOP $keeper
    kill -KILL "$number"
    wait_until eval '! [[ -e /proc/$number ]]'
    python3 "$images/reuser.py" "$number" "$images/here" 3>&- &
    wait_until test -s "$images/here"
    for words in "stop $uuid" "stop --force $uuid" "enter $uuid true" "app add $uuid $images/sh.aci" 'gc --grace-period=0s'; do
        # shellcheck disable=SC2086
        run timeout 10 rkt $words
        [[ -e /proc/$number && -n $(pgrep -P "$number") ]] || fail "rkt $words: $output"
    done
    # shellcheck disable=SC2086
    [[ -z $keeper ]] || kill -CONT $keeper
    rkt status --wait=10s "$uuid" >/dev/null 2>&1 || :
    rkt gc --grace-period=0s
    rkt gc --grace-period=0s
    [[ -n $(pgrep -P "$number") && ! -e $pods/run/$uuid && ! -e $pods/exited-garbage/$uuid ]]
    pkill -KILL -P "$number"
    kill -KILL "$number"
}

@test "a machine that has a pod's name is not taken for the pod: nothing of it is stopped, entered or forgotten" {
    local uuid
    uuid=$(rkt prepare --quiet --stage1-from-dir="stage1-$flavor.aci" "$images/sleep.aci")
    make_other_machine "rkt-$uuid"
    run --separate-stderr rkt run-prepared --detach $(net) "$uuid"
    if [[ $flavor == fly ]]; then
        assert_equal "$status" 0
    else
        assert_equal "$status" 1
        assert_contains "$stderr" 'already exists'
        rkt status --wait=10s "$uuid" >/dev/null
        run -254 rkt enter "$uuid" true
    fi
    rkt stop --force "$uuid"
    rkt status --wait=10s "$uuid" >/dev/null
    rkt gc --grace-period=0s
    rkt gc --grace-period=0s
    [[ ! -e $pods/run/$uuid && ! -e $pods/exited-garbage/$uuid ]]
    assert_other_machine "rkt-$uuid"
    systemctl stop other-machine.service
}

@test "a store of another version is refused and not touched; pods end all the same" {
    local uuid
    uuid=$(start "$images/sleep.aci")
    rkt status --wait-ready=10s "$uuid" >/dev/null
    set_store_version 2
    assert_store_refused "$uuid" "$images/sleep.aci"
}

@test "what is collected with a pod is the pod: no links are followed, no mounts entered" {
    local uuid
    uuid=$(start "$images/sleep.aci")
    collect_with_data_of_others "$uuid" sleep stop --force
}

@test "a pod that multiplies has an end, and comes to one" {
    [[ $flavor != fly ]] || skip "flavor fly's app is one of its caller's processes"
    need_controller pids
    local uuid unit
    make_prober "$images/prober.py"
    uuid=$(start "${with_usr[@]}" --volume=p,kind=host,source="$images/prober.py" "$images/usr.aci" "${usr_here[@]}" --mount=volume=p,target=/prober.py --exec=/bin/sh -- -c 'exec python3 /prober.py multiply /go')
    unit=$(machinectl show -p Unit --value "rkt-$uuid")
    [[ $(systemctl show -p TasksMax --value "$unit") =~ ^[0-9]{1,5}$ ]]
    systemctl set-property --runtime "$unit" TasksMax=40
    touch "$pods/run/$uuid/stage1/rootfs/opt/stage2/odd/rootfs/go"
    wait_until eval '(($(systemctl show -p TasksCurrent --value "$unit") > 30))'
    rkt stop --force "$uuid"
    rkt status --wait=10s "$uuid" >/dev/null
}

@test "nobody on the host reads what a pod was told, and its apps see no socket of the host's" {
    local uuid file holder nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    uuid=$(start "$images/sleep.aci" --environment=SECRET=abc)
    for file in "$pods/run/$uuid/pod" "$pods/run/$uuid/stage1/rootfs/rkt/apps/sleep.service" "/proc/$(process_of "$uuid")/environ"; do
        run ! "${nobody[@]}" cat "$file"
    done
    run -254 "${nobody[@]}" rkt enter "$uuid" true
    run ! "${nobody[@]}" rkt stop --force "$uuid"
    run -0 rkt status "$uuid"
    assert_contains "$output" state=running
    python3 -c 'import signal, socket; s = socket.socket(socket.AF_UNIX); s.bind("\0rkt-test-host"); s.listen(); signal.pause()' 3>&- &
    holder=$!
    wait_until grep -q @rkt-test-host /proc/net/unix
    run -0 pod "$images/sh.aci" --exec=/bin/sh -- -c 'echo "seen=$(grep -c @rkt-test-host /proc/net/unix)"; sleep 0.2'
    kill "$holder"
    # Flavor fly has the host's network.
    assert_contains "$output" "seen=$([[ $flavor == fly ]] && echo 1 || echo 0)"
}
