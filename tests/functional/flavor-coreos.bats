#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Flavors coreos and host: a systemd boots in the pod, apps are its services. The flavor is in the file's name:
# flavor-host.bats is a link to this one.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images
load networks

setup_file() {
    flavor=${BATS_TEST_FILENAME##*flavor-}
    export flavor=${flavor%.bats} images=/var/tmp/nspawn-images
    mkdir -p "$images"
    make_aci "$images/sh.aci" example.com/sh "$(exec_of /bin/sh -c 'echo hello')"
    make_aci "$images/sleep.aci" example.com/sleep "$(exec_of /bin/sleep 1000)"
    network_state_before=$(network_state)
    export network_state_before
}

teardown_file() {
    rm -rf "$images"
}

teardown() {
    collect_pods
    run find /var/log/journal -xtype l
    assert_equal "$output" ''
    # The slice of all pods stays: machined puts machines into it.
    systemctl stop machine-rkt.slice
    assert_nothing_left
    rm -rf "$networks"
    ip link del br-pods 2>/dev/null || :
    assert_no_network_left
}

rkt() {
    command rkt --insecure-options="image${insecure:+,$insecure}" "$@"
}

pod() { # RUN-WORD…
    rkt run --stage1-from-dir="stage1-$flavor.aci" --net="${net:-none}" "$@" </dev/null
}

start() { # RUN-WORD…
    pod --detach "$@"
}

# Runs a script in the app's place and keeps what it says, without the console's decoration.
in_app() { # SCRIPT [RUN-WORD…]
    local script=$1 code=0
    shift
    mkdir -p "$images/out"
    rm -f "$images/out/text"
    pod --volume=out,kind=host,source="$images/out" "$@" "$images/sh.aci" --exec=/bin/sh --mount=volume=out,target=/out \
        -- -c "exec >/out/text 2>&1; $script" >/dev/null 2>"$images/err" || code=$?
    grep -vxF 'networking: networking namespace with loopback only' "$images/err" >&2 || :
    ((code == 0)) || return "$code"
    cat "$images/out/text"
}

make_odd() { # FILE FUNCTION
    local tree
    tree=$(mktemp -d)
    make_tree "$tree"
    (cd "$tree" && "$2")
    make_aci_from "$1" example.com/odd "$tree" "$(exec_of /bin/true)"
    rm -rf "$tree"
}

@test "an app runs, its output comes with its name, and its status is the pod's" {
    run -0 --separate-stderr pod "$images/sh.aci"
    [[ $output =~ sh\[[0-9]+\]:\ hello.?$ ]]
    # Nothing that a terminal would obey.
    [[ $output != *$'\e'* ]] || fail "$(cat -v <<<"$output")"
    run -7 pod --uuid-file-save="$images/uuid" "$images/sh.aci" --exec=/bin/sh -- -c 'exit 7'
    run -0 rkt status --uuid-file="$images/uuid"
    assert_contains "$output" 'state=exited'
    assert_contains "$output" 'app-sh=7'
    run -139 pod "$images/sh.aci" --exec=/bin/sh -- -c 'kill -SEGV $$'
    run -0 pod --no-overlay "$images/sh.aci"
    [[ $output =~ sh\[[0-9]+\]:\ hello ]]
}

@test "several apps: the pod ends with the last, or with the first that fails" {
    run -0 pod --uuid-file-save="$images/uuid" "$images/sh.aci" --name=one --- "$images/sh.aci" --name=two --exec=/bin/sh -- -c 'sleep 0.3; echo second'
    [[ $output =~ one\[[0-9]+\]:\ hello ]]
    [[ $output =~ two\[[0-9]+\]:\ second ]]
    run -0 rkt status --uuid-file="$images/uuid"
    assert_contains "$output" $'app-one=0\napp-two=0'
    run -9 pod --uuid-file-save="$images/uuid" "$images/sleep.aci" --name=one --- "$images/sh.aci" --name=two --exec=/bin/sh -- -c 'sleep 0.3; exit 9'
    run -0 rkt status --uuid-file="$images/uuid"
    assert_contains "$output" 'app-one=0'
    assert_contains "$output" 'app-two=9'
}

@test "words, variables, users and working directory reach the app as they are" {
    make_aci "$images/args.aci" example.com/args "$(exec_of /bin/sh -c 'shift; printf "<%s>" "$@" >/out/text' zero)"
    mkdir -p "$images/out"
    pod --volume=out,kind=host,source="$images/out" "$images/args.aci" --mount=volume=out,target=/out -- one '%n %% $HOME ${X}' $'two\nlines' '"q" \x41' '' 'ünï'
    assert_equal "$(<"$images/out/text")" $'<%n %% $HOME ${X}><two\nlines><"q" \\x41><><ünï>'
    chmod 777 "$images/out"
    run -0 in_app 'printf "%s" "$ODD"; pwd; id -u; id -g' --set-env=ODD=$'a "b" $c %d\n'
    assert_equal "$output" $'a "b" $c %d\n/\n0\n0'
    mkdir -p "$images/out" && chmod 777 "$images/out" && rm -f "$images/out/text"
    pod --volume=out,kind=host,source="$images/out" "$images/sh.aci" --mount=volume=out,target=/out --user=4242 --group=4343 --supplementary-gids=7 --working-dir=/var \
        --exec=/bin/sh -- -c 'exec >/out/text; id -u; id -g; pwd; grep -E "^(Groups|NoNewPrivs)" /proc/self/status'
    assert_equal "$(<"$images/out/text")" $'4242\n4343\n/var\nGroups:\t7 4343 \nNoNewPrivs:\t1'
}

@test "a pod sees its own processes, files, host name and network, and not the host's" {
    run -0 in_app 'echo /*; cat /proc/1/comm; ls /proc 2>/dev/null | grep -c "^[0-9]"; cat /proc/sys/kernel/hostname; cut -d: -f1 /proc/net/dev | tail -n +3; test -e /dev/sda || ls /dev | wc -l' --hostname=elsewhere
    assert_equal "${lines[0]}" '/bin /dev /etc /out /proc /root /run /sys /tmp /usr /var'
    assert_equal "${lines[1]}" systemd
    ((lines[2] < 20))
    assert_equal "${lines[3]}" elsewhere
    assert_equal "${lines[4]// /}" lo
    [[ ${#lines[@]} -eq 6 ]]
}

@test "capabilities, system calls and kernel paths are the original's" {
    # systemd 257 leaves CAP_SETPCAP inheritable, which is in the bounding set anyway.
    run -0 in_app 'grep CapInh /proc/self/status'
    [[ $output == $'CapInh:\t0000000000000'[01]00 ]]
    run -0 in_app 'grep -E "^(Cap[PEBA]|Seccomp:)" /proc/self/status'
    assert_equal "$output" $'CapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\nSeccomp:\t2'
    run -0 in_app 'cat /proc/kallsyms | wc -c; ls /sys/firmware /sys/module 2>/dev/null | wc -l; echo x >/proc/sys/kernel/core_pattern || echo refused; busybox mount -t tmpfs x /var || echo no mount'
    assert_contains "$output" $'0\n'
    assert_contains "$output" refused
    assert_contains "$output" 'no mount'
    run -0 in_app 'true'
    run -0 pod "$images/sh.aci" --caps-retain=CAP_SYS_TIME --exec=/bin/grep -- CapBnd /proc/self/status
    assert_contains "$output" 0000000002000000
    run -0 pod "$images/sh.aci" --seccomp=mode=remove,errno=EXDEV,mkdir,mkdirat --exec=/bin/sh -- -c 'mkdir /tmp/x; true'
    assert_contains "$output" ross-device
}

@test "selinux-context and apparmor-profile: the pod's systemd is told, and a host without them runs the app" {
    local uuid
    make_aci "$images/labelled.aci" example.com/labelled "$(jq -n '{app: {exec: ["/bin/sleep", "1000"], user: "0", group: "0", isolators: [
        {name: "os/linux/selinux-context", value: {user: "u", role: "r", type: "t", level: "s0:c1,c2"}}, {name: "os/linux/apparmor-profile", value: {profile: "rkt-test-none"}}]}}')"
    # What the caller says of the pod's labels does not count, and here there are none.
    uuid=$(RKT_SELINUX_CONTEXT=u:r:caller RKT_SELINUX_MOUNT_CONTEXT=u:r:caller start "$images/labelled.aci" 2>"$images/err")
    run -0 rkt status --wait-ready=10s "$uuid"
    run ! grep -v '^networking: ' "$images/err"
    run -0 grep -czx -e RKT_SELINUX_CONTEXT= -e RKT_SELINUX_MOUNT_CONTEXT= "/proc/$(<"/var/lib/rkt/pods/run/$uuid/ppid")/environ"
    assert_equal "$output" 2
    [[ ! -e /var/lib/rkt/pods/run/$uuid/selinux-labels ]]
    run -0 grep -E '^(SELinuxContext|AppArmorProfile)=' "/var/lib/rkt/pods/run/$uuid/stage1/rootfs/rkt/apps/labelled.service"
    assert_equal "$output" $'SELinuxContext=u:r:t:s0:c1,c2\nAppArmorProfile=rkt-test-none'
}

@test "--insecure-options: each value leaves out what its name says, and no more" {
    while IFS='|' read -r insecure want; do
        run -0 in_app 'grep -q "CapBnd.*00000000a80425fb" /proc/self/status && echo capabilities
            busybox unshare -U true 2>/dev/null || echo seccomp
            [ "$(wc -c </proc/kallsyms)" -gt 0 ] || echo paths'
        assert_equal "$insecure: ${output//$'\n'/ }" "$insecure: $want"
    done <<'END'
ondisk,all-fetch|capabilities seccomp paths
capabilities|seccomp paths
seccomp|capabilities paths
paths|capabilities seccomp
all-run|
END
}

@test "volumes: host, read-only, shared between apps, and as the image wants" {
    mkdir -p "$images/da:ta"
    echo content >"$images/da:ta/file"
    run -0 in_app 'cat /srv/a/file; echo new >/srv/a/new' --volume=v,kind=host,source="$images/da:ta" --mount=volume=v,target=/srv/a
    assert_equal "$output" content
    assert_equal "$(<"$images/da:ta/new")" new
    run -1 pod --volume=v,kind=host,source="$images/da:ta",readOnly=true "$images/sh.aci" --mount=volume=v,target=/v --exec=/bin/sh -- -c 'echo no >/v/no'
    [[ ! -e "$images/da:ta/no" ]]
    run -0 pod --volume=s,kind=empty "$images/sh.aci" --name=one --exec=/bin/sh --mount=volume=s,target=/shared -- -c 'echo handed over >/shared/file' \
        --- "$images/sh.aci" --name=two --exec=/bin/sh --mount=volume=s,target=/else -- -c 'while ! cat /else/file 2>/dev/null; do sleep 0.1; done'
    assert_contains "$output" 'handed over'
    run -254 --separate-stderr pod --volume=v,kind=host,source=/no/where "$images/sh.aci" --mount=volume=v,target=/v
    assert_contains "$stderr" '/no/where'
}

@test "devices are volumes like any other, for the app that has them" {
    local use='(: </srv/dev) && echo readable; (: >/srv/dev) && echo writable'
    grep -q ' fuse$' /proc/misc || skip 'no device here that is nobody else'"'"'s'
    mknod /dev/test-fuse c 10 229
    run -0 in_app "$use; ls /dev/test-fuse; busybox mknod /tmp/kmsg c 1 11; busybox head -c 1 /tmp/kmsg; true" \
        --volume=z,kind=host,source=/dev/test-fuse --mount=volume=z,target=/srv/dev
    assert_contains "$output" $'readable\nwritable\n'
    assert_contains "$output" '/dev/test-fuse: No such file'
    assert_contains "$output" 'head: /tmp/kmsg: '
    # Read-only devices can be read only, and another app has none at all.
    run pod --volume=z,kind=host,source=/dev/test-fuse,readOnly=true \
        "$images/sh.aci" --name=one --exec=/bin/sh --mount=volume=z,target=/srv/dev -- -c "$use; true" \
        --- "$images/sh.aci" --name=two --exec=/bin/sh -- -c 'ls -d /srv/dev /dev/test* /rkt; true'
    rm /dev/test-fuse
    assert_contains "$output" ': readable'
    [[ $output != *writable* ]]
    [[ $(grep -c 'two.*No such file' <<<"$output") == 3 ]]
    mknod "$images/null" c 1 3
    run -254 --separate-stderr pod --volume=z,kind=host,source="$images/null" "$images/sh.aci" --mount=volume=z,target=/srv/dev
    rm "$images/null"
    assert_contains "$stderr" 'does not lie in /dev'
}

@test "a block device is a volume" {
    local device=/dev/loop201
    truncate --size=1M "$images/disk"
    mknod "$device" b 7 201
    losetup "$device" "$images/disk" || skip 'no loop devices here'
    echo content >"$device"
    run in_app 'busybox head -n 1 /srv/disk; echo changed >/srv/disk' --volume=d,kind=host,source="$device" --mount=volume=d,target=/srv/disk
    losetup --detach "$device"
    rm "$device"
    assert_equal "$output" content
    assert_equal "$(head -n 1 "$images/disk" | tr -d '\0')" changed
}

@test "limits act: on the app, or on the pod where its systemd cannot have the controller" {
    local spin='busybox timeout 2 busybox sh -c "while :; do :; done"; times | busybox tail -n 1'
    # What the app may have is far from what both allow, and the pod itself has room.
    run -0 pod "$images/sh.aci" --memory=48Mi --exec=/bin/busybox -- dd if=/dev/zero of=/dev/null bs=8M count=1
    if [[ $(stat -fc %T /sys/fs/cgroup) == cgroup2fs ]]; then
        need_controller memory
    else
        assert_contains "$output" 'isolator resource/memory holds for the pod as a whole'
    fi
    run -137 pod "$images/sh.aci" --memory=48Mi --exec=/bin/busybox -- dd if=/dev/zero of=/dev/null bs=512M count=1
    need_controller cpu
    # Seconds of processor time that children took within two.
    run -0 pod "$images/sh.aci" --cpu=200m --exec=/bin/sh -- -c "$spin"
    [[ $output =~ :\ 0m([0-9]+)\.[0-9]+s ]]
    ((BASH_REMATCH[1] == 0)) || fail "$output"
    # Of two, one that has no limit: nothing can be said of the pod.
    run --separate-stderr pod "$images/sh.aci" --name=one --memory=48Mi --- "$images/sh.aci" --name=two
    [[ $(stat -fc %T /sys/fs/cgroup) == cgroup2fs ]] || assert_contains "$stderr" 'isolator resource/memory is set, but the pod cannot have'
}

@test "a detached pod: machine, journal, enter with the app's own rights, stop" {
    local uuid fields='^(Cap[PEBA]|Groups|Uid|Gid|NoNewPrivs|Seccomp:)' app
    uuid=$(start "$images/sh.aci" --exec=/bin/sh --user=alice --group=staff -- -c 'echo to the journal; exec sleep 1000')
    run -0 rkt status --wait-ready=10s "$uuid"
    assert_contains "$output" 'state=running'
    run -0 machinectl show -p Service --value "rkt-$uuid"
    assert_equal "$output" rkt
    app=$(grep -E "$fields" "/proc/$(pgrep -f '^/?(bin/)?sleep 1000')/status")
    run -0 rkt enter "$uuid" grep -E "$fields" /proc/self/status
    assert_equal "$output" "$app"
    run -0 rkt enter "$uuid" ls /proc/self/fd
    assert_equal "$output" $'0\n1\n2\n3'
    run -0 rkt enter "$uuid" sh -c 'cat /proc/1/comm; grep -h name=systemd /proc/self/cgroup /proc/18/cgroup || cat /proc/self/cgroup'
    assert_contains "$output" 'sh.service'
    run -5 rkt enter "$uuid" sh -c 'exit 5'
    run -0 journalctl -M "rkt-$uuid" -o cat -t sh
    assert_equal "$output" 'to the journal'
    run -0 rkt logs "$uuid"
    assert_equal "$output" 'to the journal'
    rkt stop "$uuid"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" 'app-sh=0'
    run -0 journalctl -D "/var/lib/rkt/pods/run/$uuid/stage1/rootfs/var/log/journal" -o cat -t sh
    assert_equal "$output" 'to the journal'
    run -0 rkt logs --app=sh "$uuid"
    assert_equal "$output" 'to the journal'
    # A pod's root may do with its journal what he likes: it leads nowhere else.
    mv "/var/lib/rkt/pods/run/$uuid/stage1/rootfs/var/log/journal" "/var/lib/rkt/pods/run/$uuid/stage1/rootfs/var/log/old"
    ln -s /var/log/journal "/var/lib/rkt/pods/run/$uuid/stage1/rootfs/var/log/journal"
    run -254 rkt logs "$uuid"
    assert_contains "$output" 'cannot open the journal in pod'
}

@test "the end of apps with processes of their own: stopped or by themselves, nobody waits for one that is gone" {
    local uuid apps=() app hierarchy loop=(--exec=/bin/sh -- -c 'while :; do echo x; sleep 0.1; done')
    for app in one two three four; do
        apps+=("$images/sh.aci" --name="$app" "${loop[@]}" ---)
    done
    # As on this host, and on one that has groups of version 1 alone.
    for hierarchy in '' 0; do
        [[ -z $hierarchy ]] || export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=$hierarchy
        uuid=$(start "${apps[@]:0:${#apps[@]}-1}")
        run -0 rkt status --wait-ready=10s "$uuid"
        rkt stop "$uuid"
        run -0 rkt status --wait=5s "$uuid"
        assert_contains "$output" $'app-one=0\napp-two=0\napp-three=0\napp-four=0'
        run -0 timeout 10 "$(type -P rkt)" --insecure-options=image run --stage1-from-dir="stage1-$flavor.aci" --net=none "$images/sh.aci" \
            --exec=/bin/sh -- -c 'i=0; while [ $i -lt 20 ]; do sleep 1000 & i=$((i+1)); done' </dev/null
        [[ $(stat -fc %T /sys/fs/cgroup) != cgroup2fs ]] || return 0
    done
}

@test "the end of a pod: machinectl poweroff, stop --force, SIGKILL" {
    local uuid
    uuid=$(start "$images/sleep.aci")
    machinectl poweroff "rkt-$uuid"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" 'app-sleep=0'
    uuid=$(start "$images/sleep.aci" --exec=/bin/sh -- -c 'trap "" TERM; while :; do sleep 1; done')
    rkt stop --force "$uuid"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" 'state=exited'
    uuid=$(start "$images/sleep.aci" --exec=/bin/sleep -- 4011)
    kill -KILL "$(<"/var/lib/rkt/pods/run/$uuid/ppid")"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" 'state=exited'
    sleep 0.5
    run -1 pgrep -f 'sleep 4011'
}

@test "private users: a range of its own, nothing on disk is changed" {
    local uuid other shift user pod
    mkdir -p "$images/out" && chmod 777 "$images/out"
    uuid=$(start --private-users --volume=v,kind=empty,mode=0777 "$images/sh.aci" --mount=volume=v,target=/v --user=alice --group=staff --exec=/bin/sh -- \
        -c 'touch /v/new /tmp/new && echo made; exec sleep 1000')
    other=$(start --private-users "$images/sleep.aci")
    pod=/var/lib/rkt/pods/run/$uuid
    run -0 rkt status --wait-ready=10s "$uuid"
    shift=$(cut -d: -f1 "$pod/private-users-prepared")
    [[ $(<"$pod/private-users-prepared") =~ ^[1-9][0-9]+:65536$ ]]
    [[ $shift != "$(cut -d: -f1 "/var/lib/rkt/pods/run/$other/private-users-prepared")" ]]
    run -0 journalctl -M "rkt-$uuid" -o cat -t sh
    assert_equal "$output" made
    run -0 rkt enter "$uuid" sh -c 'cat /proc/self/uid_map; id -u; ls -ld / /tmp/new'
    assert_equal "$(tr -s ' ' <<<"${lines[0]}")" " 0 $shift 65536"
    user=${lines[1]}
    [[ $user -ne 0 && ${lines[2]} == *root*root* ]]
    assert_equal "$(stat -c %u "/proc/$(pgrep -f '^/?(bin/)?sleep 1000' | head -n 1)")" "$((shift + user))"
    # What is on disk belongs to whom it does in the pod.
    run -0 find "$pod/overlay" "$pod/sharedVolumes" -uid "+$((shift - 1))" ! -path "$pod/sharedVolumes"
    assert_equal "$output" ''
    assert_equal "$(find "$pod/overlay" "$pod/sharedVolumes" -name new -exec stat -c %u {} + | sort -u)" "$user"
    rkt stop "$uuid" "$other"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" 'app-sh=0'
    rkt status --wait=20s "$other"
    rkt export --overwrite "$uuid" "$images/exported.aci"
    run -0 tar --list --verbose --numeric-owner --file="$images/exported.aci" rootfs/tmp/new rootfs/bin/sh
    assert_contains "$output" " $user/"
    assert_contains "$output" ' 0/0 '
}

@test "private users with a copied tree, and prepared beforehand" {
    run -0 pod --private-users --no-overlay "$images/sh.aci" --exec=/bin/sh -- -c 'cat /proc/self/uid_map; touch /new; ls -ln /new'
    [[ $output =~ \ 0\ +[1-9][0-9]+\ +65536 && $output =~ \ 0\ +0\ .*/new ]]
    rkt prepare --private-users --stage1-from-dir="stage1-$flavor.aci" "$images/sh.aci" --exec=/bin/cat -- /proc/self/uid_map >"$images/uuid"
    run -0 rkt run-prepared --net=none "$(<"$images/uuid")" </dev/null
    assert_contains "$output" "$(cut -d: -f1 "/var/lib/rkt/pods/run/$(<"$images/uuid")/private-users-prepared")"
    # Flavors that share the host's users say so, and leave nothing.
    run -254 --separate-stderr rkt run --private-users --stage1-from-dir=stage1-fly.aci "$images/sh.aci"
    assert_contains "$stderr" '--private-users'
}

@test "coreos takes nothing of systemd from the host" {
    [[ $flavor == coreos ]] || skip 'flavor host is of the host'
    mount --bind /bin/false /usr/bin/systemd-nspawn
    run pod "$images/sh.aci"
    umount /usr/bin/systemd-nspawn
    assert_contains "$output" hello
}

@test "as the main process of a service, ready when every app is up" {
    systemd-run --quiet --unit=pod-test-host --property=Type=notify --property=NotifyAccess=all --property=Delegate=yes \
        --property=KillMode=mixed rkt --insecure-options=image run --stage1-from-dir="stage1-$flavor.aci" --net=none \
        --uuid-file-save="$images/uuid" "$images/sleep.aci"
    run -0 rkt status --uuid-file="$images/uuid"
    assert_contains "$output" 'state=running'
    run -0 machinectl show -p Unit --value "rkt-$(<"$images/uuid")"
    assert_equal "$output" pod-test-host.service
    systemctl stop pod-test-host.service
    run -0 rkt status --wait=10s --uuid-file="$images/uuid"
    assert_contains "$output" 'app-sleep=0'
    systemctl reset-failed pod-test-host.service 2>/dev/null || :
}

@test "networks: addresses, name servers and hosts, and all of it goes with the pod" {
    local uuid address net=default
    run -0 in_app 'ip -o addr show scope global; ip route; cat /etc/hosts'
    assert_contains "$output" 'eth0    inet 172.16.28.'
    assert_contains "$output" 'default via 172.16.28.1 dev eth0'
    assert_equal "$(grep ^127 <<<"$output")" "127.0.0.1 localhost localhost.domain localhost4 localhost4.localdomain4 rkt-$(rkt list --no-legend --full --fields=uuid)"
    run -0 in_app 'cat /etc/resolv.conf /etc/hosts /etc/hostname' --dns=192.0.2.53 --hosts-entry=192.0.2.1=db --hostname=elsewhere
    assert_contains "$output" 'nameserver 192.0.2.53'
    assert_contains "$output" $'\n127.0.0.1 localhost localhost.localdomain elsewhere\n'
    assert_contains "$output" $'\n192.0.2.1 db\nelsewhere'
    run -0 in_app 'cat /etc/hosts' --hosts-entry=host
    assert_equal "$output" "$(cat /etc/hosts)"
    net=none
    run -0 --separate-stderr pod "$images/sh.aci" --exec=/bin/true
    assert_equal "$stderr" 'networking: networking namespace with loopback only'
    run -0 pod --private-users --dns=192.0.2.53 "$images/sh.aci" --exec=/bin/cat -- /etc/resolv.conf
    assert_contains "$output" 'nameserver 192.0.2.53'
}

@test "networks: what list, status and machined say of them, also with private users" {
    local uuid address words net=default
    for words in --debug=false --private-users; do
        uuid=$(start "$words" "$images/sh.aci" --exec=/bin/sleep -- 1000)
        run -0 rkt status "$uuid"
        [[ $output =~ networks=default:ip4=(172\.16\.28\.[0-9]+) ]]
        address=${BASH_REMATCH[1]}
        run -0 ping -c 1 -W 2 "$address"
        run -0 rkt list --no-legend
        assert_contains "$output" "default:ip4=$address"
        for verb in "status $uuid" list; do
            # shellcheck disable=SC2086
            run -0 rkt $verb --format=json
            assert_equal "$(jq -c 'if type == "array" then .[-1] else . end | .networks' <<<"$output")" \
                '[{"netName":"default","netConf":"99-default.conf","pluginPath":"/usr/lib/cni/ptp","ifName":"eth0","ip":"'"$address"'","args":"","mask":"255.255.255.0"}]'
        done
        run -0 rkt enter "$uuid" cat /proc/net/dev
        assert_contains "$output" eth0:
        run -0 machinectl list --no-legend
        assert_contains "$output" "$address"
        run -0 getent ahosts "rkt-$uuid"
        assert_contains "$output" "$address "
        rkt stop "$uuid"
        rkt status --wait=10s "$uuid"
        assert_no_network_left
        rkt rm "$uuid"
    done
}

@test "networks: private users have low ports and ping, and may not change their interfaces" {
    local net=default uuid address
    mkdir -p "$images/out" && chmod 777 "$images/out"
    run -0 in_app 'ip -o addr show scope global; ip link set eth0 down || echo refused' --private-users
    assert_contains "$output" 'eth0    inet 172.16.28.'
    assert_contains "$output" refused
    uuid=$(start --private-users "$images/sh.aci" --exec=/bin/nc -- -ll -p 80 -e /bin/echo low)
    address=$(rkt status "$uuid" | sed -n 's/^networks=default:ip4=//p')
    wait_until eval "[[ \$(busybox nc -w 2 $address 80) == low ]]"
    run -0 ip netns exec "rkt-$uuid" setpriv --reuid=4242 --regid=4242 --clear-groups python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)'
}

@test "networks: two of one's own, one that fails, and a pod that is killed" {
    local uuid net=one,two
    network 10-one.conf '{"cniVersion":"0.4.0","name":"one","type":"bridge","bridge":"br-pods","ipam":{"type":"host-local","subnet":"10.9.0.0/24"}}'
    network 20-two.conf '{"cniVersion":"0.4.0","name":"two","type":"ptp","ipMasq":true,"ipam":{"type":"host-local","subnet":"10.8.0.0/24"}}'
    network 30-bad.conf '{"cniVersion":"0.4.0","name":"bad","type":"nonsense"}'
    uuid=$(start "$images/sleep.aci")
    run -0 rkt status "$uuid"
    [[ $output =~ networks=one:ip4=10\.9\.0\.[0-9]+,\ two:ip4=10\.8\.0\.[0-9]+ ]]
    pkill -KILL -f "systemd-nspawn.*--machine=rkt-$uuid"
    rkt status --wait=10s "$uuid"
    run ls /run/netns
    assert_equal "$output" ''
    net=one,two,bad
    run -254 --separate-stderr pod "$images/sh.aci"
    assert_contains "$stderr" 'Could not find plugin "nonsense"'
    run ls /run/netns
    assert_equal "$output" ''
    net=one
    uuid=$(start "$images/sleep.aci")
    # Whoever would leave the network too.
    systemctl kill --signal=KILL "run-rkt-$uuid.scope"
    rkt stop --force "$uuid"
    wait_until eval '! rkt status "$uuid" | grep -q state=running'
    rkt gc --grace-period=0s >/dev/null
    rkt gc --grace-period=0s >/dev/null
    run ls /run/netns
    assert_equal "$output" ''
}

@test "networks: left with a pod in the foreground, however it is asked to end" {
    local net=default how pid want
    while read -r how want; do
        rm -f "$images/uuid"
        # A group of its own.
        python3 -c 'import os, sys; os.setpgid(0, 0); os.execvp(sys.argv[1], sys.argv[1:])' \
            rkt --insecure-options=image run --net=default --stage1-from-dir="stage1-$flavor.aci" --uuid-file-save="$images/uuid" \
            "$images/sh.aci" --exec=/bin/sh -- -c 'trap "exit 7" TERM; while :; do sleep 0.1; done' </dev/null >/dev/null 2>&1 3>&- &
        pid=$!
        wait_until test -s "$images/uuid"
        wait_until rkt status --wait-ready=10s --uuid-file="$images/uuid"
        case $how in
        one) kill -TERM "$pid" ;;
        group) kill -TERM "-$pid" ;;
        kill) kill -KILL "$pid" ;;
        esac
        status=0
        wait "$pid" || status=$?
        [[ $how == kill ]] || assert_no_network_left
        assert_equal "$how $status" "$how $want"
        rkt status --wait=10s --uuid-file="$images/uuid" >"$images/said"
        [[ $how == kill ]] || assert_contains "$(<"$images/said")" app-sh=7
        assert_no_network_left
    done <<'END'
one 7
group 7
kill 137
END
}

@test "networks: left before the service that the pod is in has stopped" {
    local mode
    for mode in mixed control-group; do
        systemd-run --quiet --unit=pod-test-net --property=Type=notify --property=KillMode="$mode" --property=Delegate=yes --property=WatchdogSec=5s \
            rkt --insecure-options=image run --stage1-from-dir="stage1-$flavor.aci" --net=default --uuid-file-save="$images/uuid" "$images/sleep.aci"
        run -0 rkt status --uuid-file="$images/uuid"
        assert_contains "$output" networks=default:ip4=
        assert_equal "$(machinectl show -p Unit --value "rkt-$(<"$images/uuid")")" pod-test-net.service
        # Nobody is in the way of controllers.
        [[ ! -e /sys/fs/cgroup/cgroup.controllers || -z $(</sys/fs/cgroup/system.slice/pod-test-net.service/cgroup.procs) ]]
        systemctl stop pod-test-net.service
        assert_no_network_left
        run ! systemctl is-failed --quiet pod-test-net.service
    done
    run -7 systemd-run --quiet --wait --unit=pod-test-net --property=Type=exec \
        rkt --insecure-options=image run --stage1-from-dir="stage1-$flavor.aci" --net=default "$images/sh.aci" --exec=/bin/sh -- -c 'exit 7'
    assert_no_network_left
    systemctl reset-failed pod-test-net.service 2>/dev/null || :
    run ls /run/rkt/*.notify
    [[ $status -ne 0 ]]
}

# Answers on each socket with what it was told of them, and is ready after a while.
serving() {
    ln -s usr/lib lib && ln -s usr/lib64 lib64
    cat >server <<'PYTHON'
import os, select, socket, time
e = os.environ
first = 3 if e.get("LISTEN_PID") == str(os.getpid()) else 99
sockets = [socket.socket(fileno=first + i) for i in range(int(e.get("LISTEN_FDS", 0)))]
names = e.get("LISTEN_FDNAMES", "").split(":")
time.sleep(0.5)
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.sendto(b"READY=1", e["NOTIFY_SOCKET"])
while sockets:
    for s in select.select(sockets, [], [])[0]:
        connection = s.accept()[0]
        connection.sendall(("%s %s of %d\n" % (e["AC_APP_NAME"], names[sockets.index(s)], len(sockets))).encode())
        connection.close()
PYTHON
}

@test "socket activation: apps get the sockets of the host's unit, which is ready when they say so" {
    local from tree units=/run/systemd/system
    tree=$(mktemp -d)
    make_tree "$tree"
    (cd "$tree" && serving)
    make_aci_from "$images/server.aci" example.com/server "$tree" '{"app": {"exec": ["/usr/bin/python3", "/server"], "user": "0", "group": "0",
        "ports": [{"name": "web", "protocol": "tcp", "port": 18310, "socketActivated": true}]},
        "annotations": [{"name": "appc.io/executor/supports-systemd-notify", "value": "true"}]}'
    rm -rf "$tree"
    printf '[Socket]\n%s\n' ListenStream=127.0.0.1:18310 "ListenStream=$images/act.socket" FileDescriptorName=second >"$units/act.socket"
    printf '[Service]\nType=notify\nNotifyAccess=all\nKillMode=mixed\nExecStart=/usr/bin/rkt --insecure-options=image run --stage1-from-dir=stage1-%s.aci --net=none --volume=usr,kind=host,source=/usr,readOnly=true --mount=volume=usr,target=/usr %s %s\n' \
        "$flavor" "$images/server.aci" "--name=first --- $images/server.aci --name=second" >"$units/act.service"
    systemctl daemon-reload
    systemctl start act.socket
    from=${EPOCHREALTIME/./}
    run -0 timeout 30 socat -u TCP:127.0.0.1:18310 -
    assert_equal "$output" 'first second of 1'
    systemctl start act.service
    ((${EPOCHREALTIME/./} - from > 500000))
    run -0 timeout 30 socat -u "UNIX-CONNECT:$images/act.socket" -
    assert_equal "$output" 'second second of 1'
    systemctl stop act.service
    # It starts again, and nobody but the host's systemd has kept the sockets meanwhile.
    run -0 timeout 30 socat -u TCP:127.0.0.1:18310 -
    assert_equal "$output" 'first second of 1'
    systemctl stop act.socket act.service
    run -1 timeout 30 socat -u TCP:127.0.0.1:18310 -
    printf '[Socket]\n%s\n' ListenStream=127.0.0.1:18399 FileDescriptorName=odd >"$units/act.socket"
    systemctl daemon-reload
    systemctl start act.socket
    run ! systemctl start act.service
    run -0 journalctl --quiet --output=cat -b -u act.service
    assert_contains "$output" 'socket "odd" that systemd has passed belongs to no app'
    systemctl stop act.socket
    rm "$units"/act.*
    systemctl daemon-reload
    systemctl reset-failed act.service 2>/dev/null || :
}

@test "--restart=: started again by the pod's systemd, counted, and the pod ends as elsewhere" {
    local uuid
    # Above what systemd allows a unit that has no limit of its own in ten seconds; the policy is an annotation.
    run -0 pod --uuid-file-save="$images/uuid" "$images/sh.aci" --annotation=rkt/restart=on-failure --restart-delay=10ms --restart-limit=0 \
        --exec=/bin/sh -- -c 'echo x >>/n; [ "$(busybox wc -l </n)" -ge 6 ] || exit 9'
    run -0 rkt status --uuid-file="$images/uuid"
    assert_contains "$output" $'restarts-sh=5\napp-sh=0'
    uuid=$(start "$images/sh.aci" --restart=always --restart-delay=10ms --exec=/bin/sh -- -c '[ -e /n ] && exec sleep 1000; >/n')
    for _ in {1..50}; do rkt status "$uuid" | grep -q restarts && break; sleep 0.1; done
    # systemd stops what it is to start again: that was no end.
    [[ ! -e /var/lib/rkt/pods/run/$uuid/stage1/rootfs/rkt/status/sh ]]
    rkt stop "$uuid"
    run -254 pod --uuid-file-save="$images/uuid" "$images/sleep.aci" --- "$images/sh.aci" --restart=always --restart-delay=10ms --restart-limit=2/1min
    [[ $(grep -c ': hello' <<<"$output") == 2 ]]
    run -0 rkt status --uuid-file="$images/uuid"
    assert_contains "$output" $'restarts-sh=1\napp-sleep=0\napp-sh=254'
    # Between two starts, and with users of its own.
    uuid=$(start --private-users "$images/sh.aci" --restart=always --restart-delay=1min)
    rkt status --wait-ready=10s "$uuid" >/dev/null
    run -0 rkt status "$uuid"
    assert_contains "$output" state=running
    [[ $output != *app-sh=* ]]
    run -0 timeout 10 rkt stop "$uuid"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" 'state=exited'
    # One that leaves before it is ready has failed, whatever its status.
    run -254 pod "$images/sh.aci" --annotation=appc.io/executor/supports-systemd-notify=true
}

# As of "app list", on one line.
apps_of() { # UUID
    rkt app list --no-legend "$1" | tr -s '\t' ' ' | paste -sd,
}

# What systemd mounts ends with 226, which says no more than that it was some mount.
@test "an app whose mounts cannot be made: it is told which, there and in the journal" {
    local uuid row mounts="--volume=d,kind=empty --volume=f,kind=host,source=/etc/passwd --volume=r,kind=host,source=$images/kept,readOnly=true"
    mkdir -p "$images/kept"
    for row in d,/etc/passwd/below/x,'cannot make mount point "/etc/passwd/below/x" in the image: Not a directory' \
        d,/etc/group,'mount point "/etc/group" of the image is not a directory' f,/bin,'mount point "/bin" of the image is a directory'; do
        IFS=, read -r volume target reason <<<"$row"
        # shellcheck disable=SC2086 # words
        run -254 pod $mounts "$images/sh.aci" --name=app --mount="volume=$volume,target=$target"
        assert_contains "$output" "$reason"
        [[ $output != *hello* ]]
    done
    for row in d,/media/none,'Read-only file system' f,/dev/pts,'Is a directory'; do
        IFS=, read -r volume target reason <<<"$row"
        # shellcheck disable=SC2086 # words
        run -226 pod --uuid-file-save="$images/uuid" $mounts "$images/sh.aci" --name=app --mount=volume=r,target=/media --mount="volume=$volume,target=$target"
        assert_contains "$output" "cannot start app \"app\": cannot mount on its $target: $reason"
        [[ $output != *hello* ]]
    done
    run -0 journalctl --directory="/var/lib/rkt/pods/run/$(<"$images/uuid")/stage1/rootfs/var/log/journal" --output=cat --identifier=stage1
    assert_contains "$output" "cannot mount on its $target: $reason"
    # No place for a mount is made in what is read-only.
    assert_equal "$(ls -A "$images/kept")" ''
    # One that says so itself is believed.
    run -226 pod "$images/sh.aci" --exec=/bin/sh -- -c 'exit 226'
    [[ $output != *'cannot mount'* ]]
    uuid=$(sandbox)
    rkt fetch "$images/sleep.aci" >/dev/null
    run -254 --separate-stderr rkt app add "$uuid" example.com/sleep --name=app --mnt-volume=name=d,kind=empty,target=/etc/group
    assert_contains "$stderr" 'mount point "/etc/group" of the image is not a directory'
    rkt app add "$uuid" example.com/sleep --name=app --mnt-volume=name=d,kind=empty,target=/dev/full
    run -254 --separate-stderr rkt app start "$uuid" --app=app
    assert_contains "$stderr" 'could not be started: cannot mount on its /dev/full: Not a directory'
}

sandbox() { # SANDBOX-WORD…
    rkt app sandbox --detach --stage1-from-dir="stage1-$flavor.aci" --net=none "$@" </dev/null
}

@test "apps come and go: added, started, stopped, started again, removed" {
    local uuid units
    rkt fetch "$images/sleep.aci" "$images/sh.aci" >/dev/null
    mkdir -p "$images/data"
    echo content >"$images/data/file"
    uuid=$(sandbox --dns=192.0.2.53)
    assert_equal "$(apps_of "$uuid")" ''
    run -0 rkt app add "$uuid" example.com/sleep --name=one
    assert_equal "$(apps_of "$uuid")" 'one created'
    run -0 rkt app start "$uuid" --app=one
    assert_equal "$(apps_of "$uuid")" 'one running'
    run -0 rkt app start "$uuid" --app=one
    run -0 rkt app exec --app=one "$uuid" /bin/sh -c 'cat /proc/1/comm /etc/resolv.conf /etc/hostname; grep -c "rkt-" /etc/hosts'
    assert_equal "$output" $'systemd\n# Generated by rkt run\n\nnameserver 192.0.2.53\nrkt-'"$uuid"$'\n1'
    run -0 rkt app stop "$uuid" --app=one
    assert_equal "$(apps_of "$uuid")" 'one exited'
    run -254 --separate-stderr rkt app stop "$uuid" --app=one
    assert_contains "$stderr" 'app "one" is not running'
    run -0 rkt app start "$uuid" --app=one
    assert_equal "$(apps_of "$uuid")" 'one running'
    # One with a user, a volume that another app calls the same, and an end of its own.
    rkt app add "$uuid" example.com/sh --name=two --user=alice --group=staff --mnt-volume=name=data,kind=host,source="$images/data",target=/srv/data \
        --exec=/bin/sh -- -c 'id -u; cat /srv/data/file; exit 3'
    # The pod is late to note its end.
    units=/var/lib/rkt/pods/run/$uuid/stage1/rootfs/rkt/units
    mkdir "$units/rkt-ended@three.service.d"
    printf '[Service]\nExecStartPre=/opt/stage2/one/rootfs/bin/busybox sleep 0.3\n' >"$units/rkt-ended@three.service.d/late.conf"
    rkt app add "$uuid" example.com/sh --name=three --mnt-volume=name=data,kind=empty,target=/srv/data --exec=/bin/sh -- -c 'ls -A /srv/data; touch /srv/data/x; exec sleep 1000'
    rkt app start "$uuid" --app=two
    rkt app start "$uuid" --app=three
    wait_until eval '[[ $(apps_of "$uuid") == "one running,three running,two exited" || $(apps_of "$uuid") == "one running,two exited,three running" ]]'
    run -0 rkt app status "$uuid" --app=two
    assert_contains "$output" 'exit_code=3'
    run -0 journalctl -M "rkt-$uuid" -o cat -t two
    assert_equal "$output" $'1000\ncontent'
    run -0 rkt app rm "$uuid" --app=three
    run -0 rkt app rm "$uuid" --app=two
    assert_equal "$(apps_of "$uuid")" 'one running'
    assert_equal "$(grep -c 'opt/stage2/t\|volumes/t' "/proc/$(pgrep -P "$(<"/var/lib/rkt/pods/run/$uuid/ppid")")/mounts")" 0
    assert_equal "$(find "/var/lib/rkt/pods/run/$uuid" -name 't[wh]*' -not -path '*/usr/*' -not -path '*/overlay/*/lower/*')" ''
    # The name is free again, for something else.
    rkt app add "$uuid" example.com/sh --name=two --exec=/bin/sh -- -c 'exit 4'
    # As often as one likes, which is more than systemd lets a unit by itself.
    for _ in {1..6}; do
        rkt app start "$uuid" --app=two
        wait_until eval '[[ $(apps_of "$uuid") == *"two exited"* ]]'
    done
    run -0 rkt app status "$uuid" --app=two
    assert_contains "$output" 'exit_code=4'
    # What can be attached to is there anew each time.
    rkt app add "$uuid" example.com/sh --name=ears --stdin=stream --stdout=stream --exec=/bin/sh -- -c 'read -r line; echo "heard $line"'
    for line in this that; do
        rkt app start "$uuid" --app=ears
        run -0 timeout 10 rkt attach --app=ears "$uuid" <<<"$line"
        assert_equal "$output" "heard $line"
        wait_until eval '[[ $(apps_of "$uuid") == *"ears exited"* ]]'
    done
    rkt app rm "$uuid" --app=ears
    assert_equal "$(ls -A "/var/lib/rkt/pods/run/$uuid/stage1/rootfs/rkt/iottymux")" ''
    rkt stop "$uuid"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" $'app-one=0'
}

@test "apps that cannot come are refused, and leave nothing" {
    local uuid
    rkt fetch "$images/sleep.aci" "$images/sh.aci" >/dev/null
    uuid=$(sandbox)
    run -254 --separate-stderr rkt app add "$uuid" example.com/sh --name=one --user=mallory
    assert_contains "$stderr" 'invalid user "mallory"'
    run -254 --separate-stderr rkt app add "$uuid" example.com/sh --name=one --working-dir=/proc/1
    assert_contains "$stderr" 'lies in /proc'
    run -254 --separate-stderr rkt app add "$uuid" example.com/sh --name=one --caps-retain=CAP_SYS_TIME
    assert_contains "$stderr" 'capabilities that its pod does not have'
    run -254 --separate-stderr rkt app add "$uuid" example.com/sh --name=rkt-ready
    assert_contains "$stderr" 'choose another name'
    assert_equal "$(apps_of "$uuid")" ''
    run -1 grep -q 'opt/stage2/' "/proc/$(pgrep -P "$(<"/var/lib/rkt/pods/run/$uuid/ppid")")/mounts"
    assert_equal "$(ls -A "/var/lib/rkt/pods/run/$uuid/stage1/rootfs/rkt/apps")" ''
    rkt app add "$uuid" example.com/sh --name=never --annotation=appc.io/executor/supports-systemd-notify=true -- x
    run -254 --separate-stderr rkt app start "$uuid" --app=never
    assert_contains "$stderr" 'app "never" could not be started'
    rkt app rm "$uuid" --app=never
    run -254 --separate-stderr rkt app stop "$uuid" --app=never
    assert_contains "$stderr" 'nonexistent app'
    # A pod's root that turned hostile: links out of it where we look.
    local root=/var/lib/rkt/pods/run/$uuid/stage1/rootfs/rkt place
    mkdir -p "$images/canary"
    for place in volumes apps; do
        rm -rf "${root:?}/$place"
        ln -s /var/tmp/nspawn-images/canary "$root/$place"
        run -254 rkt app add "$uuid" example.com/sh --name=one --mnt-volume=name=v,kind=empty,target=/run/v
        rm "$root/$place" && mkdir "$root/$place"
    done
    assert_equal "$(ls -A "$images/canary")" ''
    rkt stop --force "$uuid"
}

@test "apps come into a pod with users of its own, and are heard where it was started" {
    local uuid run
    rkt fetch "$images/sleep.aci" "$images/sh.aci" >/dev/null
    rm -f "$images/uuid"
    rkt app sandbox --stage1-from-dir="stage1-$flavor.aci" --net=none --private-users --uuid-file-save="$images/uuid" </dev/null >"$images/said" 2>&1 3>&- &
    run=$!
    wait_until test -s "$images/uuid"
    uuid=$(<"$images/uuid")
    rkt status --wait-ready=10s "$uuid" >/dev/null
    rkt app add "$uuid" example.com/sh --name=one --user=alice --group=staff --mnt-volume=name=v,kind=empty,target=/v,mode=0777 --exec=/bin/sh -- -c 'touch /v/x && ls -n /v; exec sleep 1000'
    rkt app start "$uuid" --app=one
    run -0 rkt app exec --app=one "$uuid" sh -c 'id -u; cat /proc/self/uid_map'
    [[ $output =~ ^1000[[:space:]]+0\ +[1-9][0-9]+\ +65536$ ]]
    wait_until grep -q '1000 .*50 .* x' "$images/said"
    rkt stop "$uuid"
    wait "$run"
}

@test "what it cannot do is refused before anything starts" {
    run -254 --separate-stderr pod "$images/sh.aci" --name=rkt-exit
    assert_contains "$stderr" 'choose another name'
    run -254 --separate-stderr pod "$images/sh.aci" --exec=/bin/missing
    assert_contains "$stderr" '/bin/missing'
    run -254 --separate-stderr pod "$images/sh.aci" --user=mallory
    assert_contains "$stderr" 'invalid user'
    run -254 --separate-stderr pod --ipc=odd "$images/sh.aci"
    assert_contains "$stderr" '--ipc'
    # systemd takes no program with a quote in its name.
    make_odd "$images/odd.aci" quoted_program
    run -254 timeout 20 rkt --insecure-options=image run --stage1-from-dir="stage1-$flavor.aci" --net=none "$images/odd.aci" --exec="/bin/it's" --- "$images/sleep.aci" </dev/null
    assert_contains "$output" "cannot load app \"odd\""
    run -0 rkt list --no-legend
    [[ $output != *running* ]]
}

quoted_program() { cp bin/busybox "bin/it's"; }
