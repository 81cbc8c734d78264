# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What functional tests share. They run as root inside a test host (tests/host/README.md), one file
# after another, and may change what they like there; what they start they also end.

bats_require_minimum_version 1.5.0

fail() { # MESSAGE
    printf '%s\n' "$@" >&2
    return 1
}

assert_equal() { # GOT WANT
    [[ $1 == "$2" ]] || fail "got:  '$1'" "want: '$2'"
}

assert_contains() { # TEXT PART
    [[ $1 == *"$2"* ]] || fail "no '$2' in:" "$1"
}

wait_for() { # COMMAND…
    local end=$((SECONDS + 10))
    until "$@"; do
        ((SECONDS < end)) || fail "in vain: $*"
        sleep 0.05
    done
}

# Limits can be tested where the kernel has the controller. Fails where the machine has none; only a
# version 2 hierarchy forced on a machine that uses its controllers elsewhere is excused.
need_controller() { # CONTROLLER
    if [[ ! -e /sys/fs/cgroup/cgroup.controllers ]]; then
        [[ -d /sys/fs/cgroup/$1 ]] || fail "there is no cgroup controller '$1'"
    elif [[ " $(</sys/fs/cgroup/cgroup.controllers) " != *" $1 "* ]]; then
        skip "this machine has no version 2 '$1' controller"
    fi
}

wait_until() { # COMMAND...
    local end=$((SECONDS + 10))
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || fail "never came true: $*"
        sleep 0.05
    done
}

# A machine of that name that is no pod: a service that sleeps. The test ends it, with other-machine.service.
make_other_machine() { # NAME
    systemd-run --quiet --collect --unit=other-machine sleep 1001
    busctl --quiet call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager RegisterMachine sayssus \
        "$1" 0 other container "$(systemctl show -p MainPID --value other-machine.service)" / >/dev/null
}

# It is there, with its process.
assert_other_machine() { # NAME
    assert_equal "$(machinectl show -p Service -p State "$1")" $'Service=other\nState=running'
    run -0 systemctl is-active other-machine.service
}

# What a test has left running, by force.
end_pods() {
    local uuid
    for uuid in $(command rkt list --no-legend --fields=uuid --full 2>/dev/null); do
        if command rkt stop --force "$uuid" >/dev/null 2>&1; then
            command rkt status --wait=20s "$uuid" >/dev/null
        fi
    done
}

# The same, and of what has ended: the first gc marks pods, the next removes them.
collect_pods() {
    end_pods
    command rkt gc --grace-period=0s >/dev/null 2>&1
    command rkt gc --grace-period=0s >/dev/null 2>&1
}

what_is_left() {
    systemctl list-units --all --plain --no-legend 'rkt-*' 'machine-rkt-*' \
        'systemd-journald@*.service' | sed 's/^/unit /'
    machinectl list --no-legend | awk '/^rkt-/ { print "machine " $1 }'
    awk '$2 ~ "^/var/lib/rkt/" { print "mount " $2 }' /proc/mounts
    find /sys/fs/cgroup -type d -name 'rkt-*.s*' -printf 'cgroup %p\n'
}

# A pod that has ended leaves no unit, machine, mount or cgroup. systemd takes a moment to notice
# that the last process of a unit has exited, and nothing tells when it has: hence the second looks.
assert_nothing_left() {
    local left end=$((SECONDS + 5))

    while left=$(what_is_left 2>&1) && [[ -n $left ]] && ((SECONDS < end)); do
        sleep 0.1
    done
    [[ -z $left ]] || fail "left behind:" "$left"
}

# Binds and links data of others into a pod, while it runs and after, stops it by these words, and collects it:
# its own goes, and nothing else.
collect_with_data_of_others() { # UUID APP RKT-WORD…
    local uuid=$1 app=$2 pods=/var/lib/rkt/pods kept=/var/tmp/kept
    local dir=$pods/run/$uuid
    shift 2
    mkdir -p "$kept/deep"
    echo kept >"$kept/deep/file"
    mount --bind "$kept" "$dir/stage1/rootfs/opt/stage2/$app/rootfs/var"
    ln -s "$kept" "$dir/stage1/rootfs/opt/stage2/$app/rootfs/link"
    rkt "$@" "$uuid"
    rkt status --wait=10s "$uuid" >/dev/null
    mkdir "$dir/more"
    mount --bind "$kept" "$dir/more"
    ln -s "$kept" "$dir/link"
    rm -rf "$dir/sharedVolumes"
    ln -s "$kept" "$dir/sharedVolumes"
    rkt gc --grace-period=0s
    rkt gc --grace-period=0s
    [[ ! -e $pods/run/$uuid && ! -e $pods/exited-garbage/$uuid ]] || fail "the pod is still there"
    assert_equal "$(<"$kept/deep/file")" kept
    ! grep "$kept" /proc/mounts || fail "it is still mounted"
    rm -r "$kept"
}

# Makes the store's index one of another rkt, and takes its fingerprint. The test's teardown takes it back.
set_store_version() { # NUMBER
    python3 - "$1" <<'PYTHON'
import sqlite3, sys
with sqlite3.connect("/var/lib/rkt/cas/index.db", isolation_level=None) as db:
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("PRAGMA user_version=" + sys.argv[1])
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
PYTHON
    store_state=$(store_state)
}

# All files of the store, and what is in the index.
store_state() {
    find /var/lib/rkt/cas -type f ! -path '*/locks/*' ! -name index.db-shm ! '(' -name index.db-wal -empty ')' -printf '%p %s %i\n' | sort
    sha256sum /var/lib/rkt/cas/index.db
}

# What must go on with a pod when the store is another rkt's, and what must not.
# shellcheck disable=SC2154 # run sets them
assert_store_refused() { # UUID IMAGE
    local words
    for words in "run $2" "prepare $2" "fetch $2" 'image list' 'image gc --grace-period=0s' "image rm sha512-00" "image import /dev/null"; do
        # shellcheck disable=SC2086
        run -254 --separate-stderr rkt $words
        [[ $stderr == *'store'* ]] || fail "rkt $words: $stderr"
    done
    run -0 rkt list --full
    assert_contains "$output" "$1"
    run -0 rkt status "$1"
    assert_contains "$output" state=running
    run -0 --separate-stderr rkt enter "$1" echo entered
    assert_equal "$output" entered
    rkt stop --force "$1"
    run -0 rkt status --wait=10s "$1"
    rkt gc --grace-period=0s
    rkt gc --grace-period=0s
    [[ ! -e /var/lib/rkt/pods/run/$1 && ! -e /var/lib/rkt/pods/exited-garbage/$1 ]]
    assert_equal "$(store_state)" "$store_state"
}
