#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What hostile images and running apps cannot do in flavor skim, where apps are among the host's own.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helper
load images
load networks

setup_file() {
    export images=/var/tmp/attack-images pods=/var/lib/rkt/pods
    mkdir -p "$images"
    make_aci "$images/sh.aci" example.com/sh "$(exec_of /bin/sh -c 'echo hello')"
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    [[ -z ${store_state:-} ]] || set_store_version 1
    collect_pods
    assert_nothing_left
}

rkt() {
    command rkt --insecure-options=image "$@"
}

in_app() { # SCRIPT [APP-WORD…]
    rkt run "$images/sh.aci" --exec=/bin/sh "${@:2}" -- -c "$1"
}

unit_of() { # UUID APP
    echo "rkt-$1-$2.service"
}

# A unit's settings that another run of the same has too.
settings_of() { # UNIT UUID APP
    systemctl show "$1" | grep -vE '^(Invocation|.*(Timestamp|PID|USec|NSec|Bytes|Current|IOPS|Operations|Controllers|Peak|Inodes|ID)|ControlGroup|CPUUsage|Memory[A-Z].*|Tasks[A-Z]*.*)[A-Za-z]*=' | sed -e "s/$2/UUID/g" -e "s/${2//-/}/UUID/g" -e 's/pid=[0-9]*//; s/start_time=[^;]*//; s/code=[^;]*//' | grep -vE '^(Standard|After|Requires|WantedBy|RequiredBy|Before)'
}

# From image metadata to host behaviour

@test "annotations and labels of an image change nothing of its unit" {
    local plain odd
    make_aci "$images/odd.aci" example.com/sleep "$(jq -n '{
        annotations: [
            {name: "rkt/unit-properties", value: "User=root\nExecStartPre=/bin/touch /attacked"},
            {name: "rkt/order", value: "none"},
            {name: "coreos.com/rkt/stage1/mutable", value: "true"},
            {name: "coreos.com/rkt/stage1/run", value: "/bin/sh"},
            {name: "io.systemd.nspawn", value: "/etc/shadow"},
            {name: "run.oci.delegate-cgroup", value: ".."},
            {name: "appc.io/executor/supports-systemd-notify", value: "perhaps"}],
        app: {exec: ["/bin/sleep", "1000"], user: "0", group: "0"}}')"
    plain=$(rkt run --detach "$images/sleep.aci")
    odd=$(rkt run --detach "$images/odd.aci")
    assert_equal "$(settings_of "$(unit_of "$odd" sleep)" "$odd")" "$(settings_of "$(unit_of "$plain" sleep)" "$plain")"
    [[ ! -e /attacked ]]
    assert_equal "$(jq -c '.annotations' "$pods/run/$odd/pod")" "$(jq -c '.annotations' "$pods/run/$plain/pod")"
}

@test "what an image asks for it is not given: no port of the host leads to it, no directory of the host's is in it" {
    assert_asker_gets_nothing
}

@test "the environment of an image reaches the app and none of our programs" {
    local uuid
    uuid=$(rkt run --detach "$images/sleep.aci" --user=alice --group=alice --environment=LD_PRELOAD=/nowhere.so \
        --environment=NOTIFY_SOCKET=/tmp/forged --environment=SYSTEMD_LOG_LEVEL=debug --environment=MARK=here)
    run ! grep -qz -e MARK -e LD_PRELOAD "/proc/$(<"$pods/run/$uuid/pid")/environ"
    run -0 grep -qz '^MARK=here$' "/proc/$(systemctl show -p MainPID --value "$(unit_of "$uuid" sleep)")/environ"
    run -0 env LISTEN_FDS=1 LISTEN_PID=1 CREDENTIALS_DIRECTORY=/x OTHER=1 rkt --insecure-options=image run "$images/sh.aci" --exec=/bin/env
    [[ $output != *LISTEN_* && $output != *OTHER* && $output != *CREDENTIALS* && $output != *NOTIFY* ]]
}

fifo_passwd() { rm etc/passwd && mkfifo etc/passwd; }
host_passwd() { ln -sf ../../../../../../../../../../../etc/passwd etc/passwd; }
proc_passwd() { ln -sf /proc/1/root/etc/passwd etc/passwd; }
device_passwd() { ln -sf /dev/zero etc/passwd; }
huge_passwd() { truncate -s 64M etc/passwd; }
binary_passwd() { head -c 4096 /dev/zero | tr '\0' '\377' >etc/passwd; }

@test "/etc/passwd that is a fifo, a device, a link to the host's, huge or no text" {
    local odd tree
    for odd in fifo_passwd host_passwd proc_passwd device_passwd huge_passwd binary_passwd; do
        tree=$(mktemp -d)
        make_tree "$tree"
        (cd "$tree" && "$odd")
        make_aci_from "$images/odd.aci" example.com/odd "$tree" "$(exec_of /bin/true)"
        rm -rf "$tree"
        # A user that the host has and the image has not.
        run -254 --separate-stderr timeout 20 rkt --insecure-options=image run "$images/odd.aci" --user=daemon
        [[ $stderr == *'uid and gid'* ]] || fail "$odd: $stderr"
    done
}

@test "users that only look like numbers" {
    local user
    for user in 0x0 +0 -1 1000: ' 0' 4294967295 4294967296 '' alice:staff; do
        run -254 rkt run "$images/sh.aci" --user="$user"
    done
}

@test "names and words that a terminal would obey are shown, not obeyed" {
    run -254 --separate-stderr rkt run "$images/sh.aci" --name=$'a\e[31m'
    [[ $stderr != *$'\e'* ]]
    run -254 --separate-stderr rkt run $'/no\e]0;x\awhere.aci'
    [[ $stderr != *$'\e'* && $stderr != *$'\a'* ]]
    run -254 --separate-stderr rkt status $'\e[2J'
    [[ $stderr != *$'\e'* ]]
}

# Descriptors, directories

@test "no descriptor reaches the app, or who enters, but the first three" {
    local uuid
    exec 7</etc 8</
    run -0 rkt run "$images/sh.aci" --exec=/bin/ls -- /proc/self/fd
    assert_equal "$output" $'0\n1\n2\n3'
    run -0 rkt run "$images/sh.aci" --exec=/bin/ls --user=alice --group=alice -- /proc/self/fd
    assert_equal "$output" $'0\n1\n2\n3'
    uuid=$(rkt run --detach "$images/sleep.aci")
    run -0 rkt enter "$uuid" ls /proc/self/fd
    assert_equal "$output" $'0\n1\n2\n3'
    exec 7<&- 8<&-
}

@test "a working directory is one of the image or none" {
    local fd
    for fd in {3..20}; do
        run -254 rkt run "$images/sh.aci" --working-dir="/proc/self/fd/$fd"
    done
    run -254 rkt run "$images/sh.aci" --working-dir=/../../../../../../var/lib/rkt
    run -254 rkt run "$images/sh.aci" --working-dir=/proc/1/root
}

# Entering

confinement() { grep -E '^(Cap|Groups|Uid|Gid|NoNewPrivs|Seccomp)' "$1"; }

@test "who enters has the app's own rights and limits, and no more" {
    local uuid unit guest pid
    local -a properties=(Slice CapabilityBoundingSet SystemCallFilter SystemCallErrorNumber MemoryMax CPUQuotaPerSecUSec TasksMax LimitNOFILE NoNewPrivileges AppArmorProfile SELinuxContext)
    uuid=$(rkt run --detach "$images/sleep.aci" --user=alice --group=alice --supplementary-gids=100 --caps-remove=CAP_CHOWN \
        --seccomp=mode=remove,errno=EPERM,mkdir,mkdirat --memory=64M --cpu=500m --property=TasksMax=50 --property=LimitNOFILE=100)
    unit=$(unit_of "$uuid" sleep)
    run -0 rkt enter "$uuid" grep -E '^(Cap|Groups|Uid|Gid|NoNewPrivs|Seccomp)' /proc/self/status
    assert_equal "$output" "$(confinement "/proc/$(systemctl show -p MainPID --value "$unit")/status")"
    assert_contains "$output" $'NoNewPrivs:\t1\nSeccomp:\t2'
    run -1 rkt enter "$uuid" mkdir /tmp/entered
    assert_contains "$output" 'not permitted'
    # The unit of the one that enters, as long as it is there.
    mkfifo "$images/hold"
    rkt enter "$uuid" cat "$images/hold" 3>&- &
    pid=$!
    until guest=$(systemctl list-units --plain --no-legend "rkt-$uuid-enter-*" | awk '{ print $1 }') && [[ -n $guest ]]; do sleep 0.1; done
    assert_equal "$(systemctl show "$guest" -p "$(IFS=,; echo "${properties[*]}")")" "$(systemctl show "$unit" -p "$(IFS=,; echo "${properties[*]}")")"
    echo >"$images/hold"
    wait "$pid"
}

@test "a root app and who enters it: the same capabilities, none inherited but what systemd gives" {
    local uuid app inherited
    # Each service's, from 257 on: its bounding set.
    inherited=$(systemd-run --quiet --pipe --wait -p CapabilityBoundingSet='CAP_KILL CAP_NET_BIND_SERVICE' grep CapInh /proc/self/status)
    uuid=$(rkt run --detach "$images/sleep.aci" --caps-retain=CAP_KILL,CAP_NET_BIND_SERVICE)
    app=/proc/$(systemctl show -p MainPID --value "$(unit_of "$uuid" sleep)")/status
    run -0 rkt enter "$uuid" grep -E '^(Cap|Groups|Uid|Gid|NoNewPrivs|Seccomp)' /proc/self/status
    assert_equal "$output" "$(confinement "$app")"
    assert_contains "$output" "$inherited"$'\nCapPrm:\t0000000000000420\nCapEff:\t0000000000000420\nCapBnd:\t0000000000000420\nCapAmb:\t0000000000000000'
}

@test "who enters goes when the app goes" {
    local uuid pid
    uuid=$(rkt run --detach "$images/sleep.aci")
    rkt enter "$uuid" sleep 4321 3>&- &
    pid=$!
    until pgrep -f 'sleep 4321' >/dev/null; do sleep 0.1; done
    rkt stop "$uuid"
    rkt status --wait=20s "$uuid"
    wait "$pid" || :
    run -1 pgrep -xf '.*sleep 4321'
}

# Terminals

# Types on each of its descriptors, and tells which of them can be read.
make_typist() { # FILE
    cat >"$1" <<'END'
import fcntl, os, termios
for fd in (0, 1, 2):
    for byte in b"touch /typed\n":
        try:
            fcntl.ioctl(fd, termios.TIOCSTI, bytes([byte]))
        except OSError:
            pass
    mode = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE
    os.write(1, b"%d %s\n" % (fd, b"writes" if mode == os.O_WRONLY else b"reads"))
END
}

@test "an app cannot type into the caller's terminal, nor read it when it only writes there" {
    local uuid
    make_typist "$images/typist.py"
    rm -f /typed
    uuid=$(rkt run --detach "$images/sleep.aci")
    # With the terminal as standard input it gets one of its own: what it types there is its own affair.
    run timeout 20 script -qec "rkt enter $uuid /usr/bin/python3 $images/typist.py; timeout -s KILL 1 bash" /dev/null </dev/null
    [[ ! -e /typed ]]
    run timeout 20 script -qec "rkt enter $uuid /usr/bin/python3 $images/typist.py </dev/null; timeout -s KILL 1 bash" /dev/null </dev/null
    assert_contains "$output" '1 writes'
    assert_contains "$output" '2 writes'
    [[ ! -e /typed ]]
}

# Files that an app, or who broke out of one, may have left

@test "status files that are fifos, links, huge or nonsense stop nobody" {
    local uuid file
    uuid=$(rkt run --detach "$images/sleep.aci")
    file=$pods/run/$uuid/stage1/rootfs/rkt/status/sleep
    mkfifo "$file"
    run -0 timeout 10 rkt list
    rkt stop "$uuid"
    run -0 timeout 20 rkt status --wait=10s "$uuid"
    assert_contains "$output" 'state=exited'
    for odd in 'mkfifo' 'ln -s /etc/shadow' 'ln -s /dev/zero' 'truncate -s 1T' 'mkdir'; do
        rm -rf "$file"
        $odd "$file"
        run -0 timeout 10 rkt status "$uuid"
        [[ $output != *app-sleep=* ]]
        run -0 timeout 10 rkt list --format=json
    done
    rm -rf "$file"
    echo '99999999999999999999' >"$file"
    run -0 timeout 10 rkt status "$uuid"
    [[ $output != *app-sleep=* ]]
}

@test "logs of many and of long lines: the journal stays small, and its end can be read" {
    local uuid
    uuid=$(rkt run --detach "$images/sh.aci" --exec=/bin/sh -- -c \
        'cat /dev/zero | head -c 3000000 | /usr/bin/tr "\0" x; echo; yes "a line of a log that has no end" | head -n 60000; echo last; exec sleep 1000')
    for _ in {1..200}; do
        [[ $(rkt logs --lines=1 "$uuid") != last ]] || break
        sleep 0.1
    done
    run -0 rkt logs --lines=1 "$uuid"
    assert_equal "$output" last
    (($(du -sk "/var/log/journal/$(</etc/machine-id).rkt-$uuid" | cut -f1) < 65536))
    (($(awk '$1 == "VmRSS:" { print $2 }' "/proc/$(<"$pods/run/$uuid/pid")/status") < 16384))
}

@test "what an app writes as journal fields stays text" {
    local uuid
    uuid=$(rkt run --detach "$images/sh.aci" --exec=/bin/sh -- -c 'printf "x\n_PID=1\nRKT_APP=forged\n<0>PRIORITY=0\n"; sleep 1000')
    for _ in {1..100}; do [[ $(rkt logs "$uuid" | wc -l) -lt 4 ]] || break; sleep 0.1; done
    run -0 rkt logs --output=json "$uuid"
    assert_equal "$(jq -r '.RKT_APP // .SYSLOG_IDENTIFIER' <<<"$output" | sort -u)" sh
    assert_equal "$(jq -r ._PID <<<"$output" | grep -cx 1)" 0
}

# The kernel

@test "an app makes no namespaces of its own unless it is let, and has no keys of the caller's session" {
    local uuid insecure
    make_prober "$images/prober.py"
    run -0 in_app "python3 $images/prober.py namespaces" --user=alice
    assert_equal "$output" tried
    uuid=$(rkt run --detach "$images/sleep.aci")
    # What is reloaded holds for who comes later, too.
    systemctl daemon-reload
    run -0 rkt enter "$uuid" python3 "$images/prober.py" namespaces
    assert_equal "$output" tried
    run -0 in_app "python3 $images/prober.py namespaces user" --property=RestrictNamespaces=no
    assert_contains "$output" 'made user'
    insecure=--insecure-options=image,seccomp
    run -0 python3 "$images/prober.py" with-key rkt "$insecure" run "$images/sh.aci" --exec=/bin/sh -- -c "python3 $images/prober.py key; python3 $images/prober.py namespaces user+net"
    assert_contains "$output" none
    assert_contains "$output" 'made user+net'
    uuid=$(command rkt "$insecure" run --detach "$images/sleep.aci")
    run -0 python3 "$images/prober.py" with-key rkt enter "$uuid" python3 "$images/prober.py" key
    assert_equal "$output" none
}

@test "symlinks in a volume lead no other volume out of it" {
    local link uuid
    mkdir -p "$images/hostile/inside" "$images/canary.d"
    for link in /etc "$images/canary.d" "../../../..$images/canary.d" /proc/self/attr ../proc/self/attr /sys / .. /run/planted ../run/planted inside/../../etc; do
        ln -sfn "$link" "$images/hostile/sub"
        run -254 --separate-stderr rkt run --volume=s,kind=host,source="$images/hostile" --volume=e,kind=empty "$images/sh.aci" \
            --mount=volume=e,target=/mnt/sub --mount=volume=s,target=/mnt
        [[ $stderr == *'leads out of it'* ]] || fail "$link: $stderr"
        [[ ! -e /run/planted && -z $(ls -A "$images/canary.d") ]]
    done
    # Those that stay in it are followed.
    ln -sfn ./inside "$images/hostile/sub"
    uuid=$(rkt run --detach --volume=s,kind=host,source="$images/hostile" --volume=e,kind=empty "$images/sh.aci" --mount=volume=s,target=/mnt --mount=volume=e,target=/mnt/sub/deep/er \
        --exec=/bin/sh -- -c 'echo here >/mnt/inside/deep/er/text; exec sleep 1000')
    wait_until grep -qx here "$pods/run/$uuid/sharedVolumes/e/text"
    [[ ! -e $images/hostile/inside/deep/er/text ]]
}

@test "names lead into no control group and to no unit but the pod's own" {
    local name
    for name in .. ../x a/b a@b %n 'a b' a.slice -x '\x2d' "$(printf 'a%.0s' {1..300})"; do
        run -254 rkt run "$images/sleep.aci" --name="$name"
    done
    for name in ../x.slice a/b.slice system.slice/../x.slice x.service '' -.slice/..; do
        run -254 rkt run "$images/sleep.aci" --property=Slice="$name"
    done
}

@test "what a pod's numbers of processes have become meanwhile is not stopped, entered or collected" {
    local uuid number
    make_reuser "$images/reuser.py"
    uuid=$(rkt run --detach "$images/sleep.aci")
    number=$(<"$pods/run/$uuid/pid")
    kill -KILL "$number"
    rkt status --wait=10s "$uuid" >/dev/null
    python3 "$images/reuser.py" "$number" "$images/here" 3>&- &
    wait_until test -s "$images/here"
    for words in "stop $uuid" "stop --force $uuid" "enter $uuid true" 'gc --grace-period=0s' 'gc --grace-period=0s'; do
        # shellcheck disable=SC2086
        run timeout 10 rkt $words
        [[ -e /proc/$number && -n $(pgrep -P "$number") ]] || fail "rkt $words: $output"
    done
    pkill -KILL -P "$number"
    kill -KILL "$number"
}

@test "a machine that has a pod's name is not taken for the pod: nothing of it is stopped or forgotten" {
    local uuid how
    for how in scope service; do
        uuid=$(rkt prepare --quiet "$images/sleep.aci")
        make_other_machine "rkt-$uuid"
        if [[ $how == scope ]]; then
            rkt run-prepared --detach "$uuid"
            rkt stop "$uuid"
        else
            systemd-run --quiet --unit=pod-test --property=Type=notify rkt run-prepared "$uuid"
            systemctl stop pod-test.service
        fi
        rkt status --wait=10s "$uuid" >/dev/null
        assert_other_machine "rkt-$uuid"
        rkt gc --grace-period=0s
        rkt gc --grace-period=0s
        [[ ! -e $pods/run/$uuid && ! -e $pods/exited-garbage/$uuid ]]
        assert_other_machine "rkt-$uuid"
        systemctl stop other-machine.service
    done
}

@test "a store of another version is refused and not touched; pods end all the same" {
    local uuid number
    uuid=$(rkt run --detach "$images/sleep.aci")
    rkt status --wait-ready=10s "$uuid" >/dev/null
    set_store_version 2
    assert_store_refused "$uuid" "$images/sleep.aci"
    for number in 0 -1; do
        set_store_version "$number"
        run -254 --separate-stderr rkt image list
        assert_equal "$(store_state)" "$store_state"
    done
    set_store_version 1
    run -0 rkt run "$images/sh.aci"
}

@test "what is collected with a pod is the pod: no links are followed, no mounts entered" {
    local uuid
    uuid=$(rkt run --detach "$images/sleep.aci")
    collect_with_data_of_others "$uuid" sleep stop
}

@test "an app that multiplies has an end, and comes to one" {
    need_controller pids
    local uuid unit
    uuid=$(rkt run --detach "$images/sleep.aci")
    [[ $(systemctl show -p TasksMax --value "$(unit_of "$uuid" sleep)") =~ ^[0-9]{1,6}$ ]]
    make_prober "$images/prober.py"
    uuid=$(rkt run --detach "$images/sleep.aci" --property=TasksMax=40 --exec=/bin/sh -- -c "exec python3 $images/prober.py multiply /")
    unit=$(unit_of "$uuid" sleep)
    wait_until eval '(($(systemctl show -p TasksCurrent --value "$unit") > 30))'
    rkt stop --force "$uuid"
    rkt status --wait=10s "$uuid" >/dev/null
}

# Others on the host

@test "nobody reads a pod's manifest, enters its tree's secrets or stops it" {
    local uuid as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    uuid=$(rkt run --detach "$images/sleep.aci" --environment=SECRET=abc)
    run ! "${as_nobody[@]}" cat "$pods/run/$uuid/pod"
    run ! "${as_nobody[@]}" ls "$pods/run/$uuid"
    run -254 "${as_nobody[@]}" rkt enter "$uuid" /bin/true
    run -254 "${as_nobody[@]}" rkt run "$images/sh.aci"
    run ! "${as_nobody[@]}" systemctl stop "rkt-$uuid.scope"
    run ! "${as_nobody[@]}" rkt stop "$uuid"
    run -0 rkt status "$uuid"
    assert_contains "$output" 'state=running'
}

@test "set-user-ID programs of an image are none for the host's users" {
    local uuid
    uuid=$(rkt run --detach "$images/sleep.aci")
    local tree=$pods/run/$uuid/stage1/rootfs/opt/stage2/sleep/rootfs
    for applet in id cat; do
        cp /bin/busybox "$tree/bin/$applet" && chmod 4755 "$tree/bin/$applet"
    done
    run -0 setpriv --reuid=65534 --regid=65534 --clear-groups "$tree/bin/id" -u
    assert_equal "$output" 65534
    mknod -m 666 "$tree/null" c 1 3
    run ! setpriv --reuid=65534 --regid=65534 --clear-groups "$tree/bin/cat" "$tree/null"
}
