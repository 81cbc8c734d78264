#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Where an app's streams lead, and rkt attach. The flavor is in the file's name, skim where there is none: the
# others are links to this one. What is the same in all of them is in attach-limits.bats, and flavor host does as
# coreos.

# Words for the app are for nobody here to expand; run sets the rest.
# shellcheck disable=SC2016,SC2154

load helper
load images
load attach

flavor=${BATS_TEST_FILENAME##*attach} flavor=${flavor%.bats} flavor=${flavor#-}
flavor=${flavor:-skim}

# shellcheck disable=SC2046 # no word for skim and fly
start() { # RUN-WORD…
    rkt run --detach --stage1-from-dir="stage1-$flavor.aci" $([[ $flavor == skim || $flavor == fly ]] || echo --net=none) "$@" </dev/null 2>"$work/err"
}

# Says something until the file shows that somebody hears it: being attached has no other sign.
tick_until() { # FILE
    local end=$((SECONDS + 10))
    until [[ -s $1 ]]; do
        ((SECONDS < end)) || fail "nothing came to $1"
        echo tick >&7
        sleep 0.05
    done
}

logged() { # UUID APP: that one has said so to its journal, and nothing else
    local said
    case $flavor in
    skim) said=$(rkt logs "$1") ;;
    fly) said=$(journalctl --quiet --output=cat --identifier="$2") ;;
    *) said=$(journalctl --machine="rkt-$1" --quiet --output=cat --identifier="$2") ;;
    esac
    [[ $said == 'to the journal' ]]
}

@test "what the app says goes to all who are attached, what they say to the app" {
    local uuid one two
    uuid=$(start "$work/sh.aci" --name=echo --stdin=stream --stdout=stream --stderr=stream -- \
        -c 'while read -r line; do echo "out $line"; echo "err $line" >&2; done')
    assert_equal "$(rkt attach --mode=list "$uuid"; echo .)" '{
    "version": 1,
    "targets": [
        {
            "name": "stdin",
            "domain": "unix",
            "address": "/rkt/iottymux/echo/sock-stdin"
        },
        {
            "name": "stdout",
            "domain": "unix",
            "address": "/rkt/iottymux/echo/sock-stdout"
        },
        {
            "name": "stderr",
            "domain": "unix",
            "address": "/rkt/iottymux/echo/sock-stderr"
        }
    ]
}.'
    # Not for other users of the host.
    run setpriv --reuid=65534 --clear-groups ls "/var/lib/rkt/pods/run/$uuid/stage1/rootfs/rkt/iottymux/echo"
    assert_contains "$output" 'Permission denied'
    mkfifo "$work/in"
    rkt attach "$uuid" <"$work/in" >"$work/out1" 2>"$work/err1" 3>&- &
    one=$!
    exec 7>"$work/in"
    rkt attach --mode=stdout --app=echo "$uuid" </dev/null >"$work/out2" 2>"$work/err2" 3>&- 7>&- &
    two=$!
    tick_until "$work/out1"
    tick_until "$work/out2"
    echo hello >&7
    for file in out1 out2; do
        wait_for grep -q '^out hello$' "$work/$file"
    done
    wait_for grep -q '^err hello$' "$work/err1"
    assert_equal "$(<"$work/err2")" ''
    # A pipe that ends is no reason to leave, nor does it end the app's input.
    exec 7>&-
    run -0 rkt attach --mode=stdin "$uuid" <<<again
    wait_for grep -q '^out again$' "$work/out1"
    rkt stop "$uuid"
    wait "$one"
    wait "$two"
    assert_equal "$(tail -n 1 "$work/out2")" 'out again'
}

# The app takes nothing while it has something to say: whoever sends must not stop reading.
@test "an app that ends: all it wrote arrives, and who is attached leaves" {
    local uuid
    uuid=$(start "$work/sh.aci" --stdin=stream --stdout=stream -- -c 'read -r x; /bin/busybox seq 1 100000; /bin/busybox head -n 100000; exit 3')
    /bin/busybox seq 0 100000 >"$work/in"
    timeout 30 rkt attach "$uuid" <"$work/in" >"$work/out"
    { seq 1 100000 && seq 1 100000; } | cmp - "$work/out"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" app-sh=3
    uuid=$(start "$work/sh.aci" --stdout=stream -- -c '/bin/busybox sleep 1; /bin/busybox seq 1 50000')
    timeout 30 rkt attach "$uuid" | { sleep 3; cat; } >"$work/out"
    seq 1 50000 | cmp - "$work/out"
}

@test "tty: keys, window size, leaving and coming back" {
    local uuid
    # shellcheck disable=SC2046 # no word, mostly
    uuid=$(start $([[ $flavor != coreos ]] || echo --private-users) "$work/sh.aci" --stdin=tty --stdout=tty --stderr=tty -- -i)
    cat >"$work/talk" <<'END'
import fcntl, os, pty, re, select, struct, sys, termios, time
uuid = sys.argv[1]
def attach(rows, columns):
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp("rkt", ["rkt", "attach", uuid])
    size(fd, rows, columns)
    expect(fd, b"to detach")
    return pid, fd
def size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
def expect(fd, what):
    seen, end = b"", time.monotonic() + 10
    while not re.search(what, seen):
        if time.monotonic() > end or not select.select([fd], [], [], 1)[0] and time.monotonic() > end:
            sys.exit("no %r in %r" % (what, seen))
        if select.select([fd], [], [], 0.1)[0]:
            seen += os.read(fd, 4096)
    return seen
def leave(pid, fd):
    os.write(fd, b"\x1d\x1d\x1d")
    _, status = os.waitpid(pid, 0)
    assert status == 0, status
def ask_size(fd, want):
    end = time.monotonic() + 10
    while True:
        os.write(fd, b"echo size $(stty size).\n")
        if want in expect(fd, rb"size \d+ \d+\."):
            return
        assert time.monotonic() < end, "size"
pid, fd = attach(40, 100)
ask_size(fd, b"size 40 100.")
size(fd, 50, 120)
ask_size(fd, b"size 50 120.")
os.write(fd, b"kept=yes\n")
leave(pid, fd)
pid, fd = attach(20, 60)
ask_size(fd, b"size 20 60.")
os.write(fd, b"echo it is $kept.\n")
expect(fd, rb"it is yes\.")
# The interrupt key is the app's.
os.write(fd, b"echo fall''ing; sleep 1000\n")
expect(fd, b"falling")
time.sleep(0.3)
os.write(fd, b"\x03")
os.write(fd, b"echo back aga''in\n")
expect(fd, b"back again")
os.write(fd, b"exit 5\n")
_, status = os.waitpid(pid, 0)
assert status == 0, status
END
    run timeout 60 python3 "$work/talk" "$uuid"
    [[ $status -eq 0 ]] || fail "$status $output"
    run -0 rkt status --wait=20s "$uuid"
    assert_contains "$output" app-sh=5
}

@test "null and log" {
    local uuid
    uuid=$(start "$work/sh.aci" --name=quiet --stdout=null --stderr=log -- -c 'echo to nothing; echo to the journal >&2; cat; exec sleep 1000')
    wait_for logged "$uuid" quiet
    run -254 --separate-stderr rkt attach "$uuid"
    assert_contains "$stderr" 'has nothing to attach to'
    # A stream that is not asked for still goes to the journal.
    uuid=$(start "$work/sh.aci" --name=half --stderr=stream -- -c 'echo to the journal; exec sleep 1000')
    wait_for logged "$uuid" half
    run -254 --separate-stderr rkt attach --mode=stdout "$uuid"
    assert_contains "$stderr" 'app "half" has no stdout to attach to'
}
