#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What the verbs of the test host promise, seen from the machine.

bats_require_minimum_version 1.5.0

host=$BATS_TEST_DIRNAME/host
states=/run/rkt-test-host

setup() {
    # Other hosts may come and go meanwhile: look at our own only.
    name=bats-$BATS_ROOT_PID-$BATS_TEST_NUMBER
}

teardown() {
    for name in "$name" "$name-2" "$name-3"; do
        if [[ -d $states/$name ]]; then
            "$host" stop "$name"
        fi
    done
}

assert_nothing_left() { # NAME
    [[ ! -e $states/$1 ]]
    run ! grep -F "$states/$1" /proc/mounts
    [[ -z $(find /sys/fs/cgroup -type d -name "rkt-test-host-$1*") ]]
    run ! pgrep -f -- "--machine=$1( |\$)"
}

@test "a host boots without a word, answers, stops and leaves nothing" {
    run -0 "$host" boot "$name"
    [[ -z $output ]]
    run -0 "$host" list
    [[ $'\n'$output$'\n' == *$'\n'$name$'\n'* ]]
    run -0 "$host" enter "$name" -- systemctl is-system-running
    [[ $output == running ]]
    run -0 "$host" stop "$name"
    [[ -z $output ]]
    assert_nothing_left "$name"
}

@test "hosts run side by side, each its own" {
    local id

    "$host" boot "$name" &
    "$host" boot "$name-2" --cgroup=unified &
    "$host" boot "$name-3" &
    wait -n
    wait -n
    wait -n
    run -1 "$host" boot "$name"
    [[ $output == *"already up"* ]]
    "$host" enter "$name" -- touch /var/lib/rkt/mine
    run ! "$host" enter "$name-2" -- test -e /var/lib/rkt/mine
    run -0 "$host" enter "$name-2" -- stat -f -c %T /sys/fs/cgroup
    [[ $output == cgroup2fs ]]
    id=$("$host" enter "$name" -- cat /etc/machine-id)
    run -0 "$host" enter "$name-3" -- cat /etc/machine-id
    [[ $output != "$id" ]]
    "$host" stop "$name-2"
    assert_nothing_left "$name-2"
    run -0 "$host" enter "$name-3" -- hostname
    [[ $output == "$name-3" ]]
}

@test "what is killed leaves nothing" {
    local part pid namespace entered

    for part in unshare keeper systemd-nspawn systemd; do
        "$host" boot "$name"
        "$host" enter "$name" -- sleep infinity >/dev/null 3>&- &
        entered=$!
        pid=$(<"$states/$name/keeper")
        until [[ $(<"/proc/$pid/comm") == "$part" ]]; do
            pid=$(pgrep -P "$pid")
        done
        read -r _ namespace <"$states/$name/leader"
        kill -KILL "$pid"
        wait "$entered" || true
        # The states' locks are free once all of it is dead.
        flock --wait 10 "$states/$name/lock" true
        run -0 "$host" list
        [[ $'\n'$output$'\n' != *$'\n'$name$'\n'* ]]
        assert_nothing_left "$name"
        run ! grep -F "$namespace" <(readlink /proc/[0-9]*/ns/pid)
    done
}

@test "a boot that is interrupted leaves nothing" {
    "$host" boot "$name" &
    until [[ -e $states/$name/keeper ]]; do
        sleep 0.01
    done
    kill -TERM $!
    wait $! || true
    assert_nothing_left "$name"
}

@test "a host with a failed unit is refused, unless that is wanted" {
    local dir=$BATS_TEST_TMPDIR/a,b:c\ d unit=usr/lib/systemd/system/broken.service

    mkdir -p "$dir/$(dirname $unit)/multi-user.target.wants"
    printf '[Service]\nType=oneshot\nExecStart=false\n' >"$dir/$unit"
    ln -s ../broken.service "$dir/$(dirname $unit)/multi-user.target.wants/"

    run -1 "$host" boot "$name" --install="$dir"
    [[ $output == *broken.service* ]]
    assert_nothing_left "$name"
    run -0 "$host" boot "$name" --install="$dir" --allow-degraded
    run ! "$host" enter "$name" -- systemctl is-failed --quiet dbus.service
    run -0 "$host" enter "$name" -- systemctl is-failed --quiet broken.service
}

@test "an installed tree that would hide the host's programs is refused" {
    mkdir -p "$BATS_TEST_TMPDIR/bin"
    run -1 "$host" boot "$name" --install="$BATS_TEST_TMPDIR"
    [[ $output == *"would hide"* ]]
    assert_nothing_left "$name"
}

@test "binds are writable or not, and may have any name" {
    local dir=$BATS_TEST_TMPDIR/a,b:c\ d\\e

    mkdir -p "$dir"
    echo given >"$dir/file"
    "$host" boot "$name" --bind="$dir:/mnt/rw" --ro-bind="$dir:/mnt/ro"
    run -0 "$host" enter "$name" -- cat /mnt/ro/file
    [[ $output == given ]]
    run ! "$host" enter "$name" -- touch /mnt/ro/new
    "$host" enter "$name" -- touch /mnt/rw/new
    [[ -e $dir/new ]]
}

@test "enter passes input, output, arguments, status and signals" {
    "$host" boot "$name"
    run -0 --separate-stderr "$host" enter "$name" -- sh -c 'cat; echo err >&2' <<<'in'
    # shellcheck disable=SC2154 # set by run
    [[ $output == in && $stderr == err ]]
    # shellcheck disable=SC2016 # for nobody to expand
    run -0 "$host" enter "$name" -- printf '%s|' 'a b' '$HOME' '${HOME}' '%n' '' $'\n'
    # shellcheck disable=SC2016
    [[ $output == 'a b|$HOME|${HOME}|%n||'$'\n|' ]]
    run -7 "$host" enter "$name" -- sh -c 'exit 7'
    run -127 "$host" enter "$name" -- no-such-command
    run -143 "$host" enter "$name" -- sh -c 'kill -TERM $$'
    SECRET=1 run ! "$host" enter "$name" -- printenv SECRET

    # The command hears of the signal that ends enter.
    "$host" enter "$name" -- sh -c 'trap "echo told; exit" TERM; echo ready; sleep 60 & wait' \
        >"$BATS_TEST_TMPDIR/out" 3>&- &
    until grep -q ready "$BATS_TEST_TMPDIR/out"; do
        sleep 0.01
    done
    kill -TERM $!
    wait $! || true
    until grep -q told "$BATS_TEST_TMPDIR/out"; do
        sleep 0.01
    done
}

@test "a terminal works: the command has it, and Ctrl-C reaches it" {
    "$host" boot "$name"
    run -0 script --quiet --return --command "$host enter $name -- test -t 0" /dev/null
    # The second half of the input is typed once the sleep runs.
    run script --quiet --return --command "$host enter $name" /dev/null < <(
        echo 'sleep 1000'
        until "$host" enter "$name" -- pgrep -x sleep >/dev/null; do
            :
        done
        printf '\003'
        echo 'exit $?'
        # The end of the input would end the session.
        while "$host" enter "$name" -- pgrep -x sleep >/dev/null; do
            :
        done
    )
    [[ $status -eq 130 ]]
}

@test "names, suites and options that make no sense are refused" {
    local arguments

    while read -r -a arguments; do
        echo "# ${arguments[*]}"
        run -1 "$host" "${arguments[@]}"
        [[ $output == host:* ]]
    done <<-'END'
	boot
	boot Upper
	boot -x
	boot a/b
	boot a.b
	boot a b
	boot x --suite=buster
	boot x --cgroup=v3
	boot x --timeout=soon
	boot x --bind=/nowhere:/mnt
	boot x --bind=/etc
	boot x --install=/nowhere
	boot x --colour
	enter
	enter nobody
	enter ../../etc
	stop
	stop nobody
	stop ..
	list all
	make --suite=..
	dance
END
    [[ ! -e $states/x && ! -e $states/ab ]]
}
