# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Images for functional tests, made on the spot with public tools: an ACI by tar, an OCI layout by
# umoci, a docker archive by skopeo. Each holds a static busybox and what a test puts beside it.

# A tree with busybox under all its names, passwd and group.
make_tree() { # DIR
    mkdir -p "$1"/{bin,dev,etc,proc,root,sys,tmp,usr/bin,var}
    chmod 755 "$1"
    chmod 1777 "$1/tmp"
    cp /bin/busybox "$1/bin/busybox"
    for applet in cat echo env false grep id kill ls mkdir nc printf sh sleep stty test touch true wc; do
        ln -sf busybox "$1/bin/$applet"
    done
    printf 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nbob:x:1001:100::/home/bob:/bin/sh\n' >"$1/etc/passwd"
    printf 'root:x:0:\nalice:x:1000:\nusers:x:100:\nstaff:x:50:\n' >"$1/etc/group"
}

# An image that asks for ports and for the host's /etc.
make_asker() { # FILE
    make_aci "$1" example.com/asker "$(jq -n '{app: {exec: ["/bin/sleep", "1000"], user: "0", group: "0", mountPoints: [{name: "data", path: "/data"}, {name: "etc", path: "/host/etc"}],
        ports: [{name: "web", protocol: "tcp", port: 18330, count: 2}, {name: "names", protocol: "udp", port: 18330}, {name: "asked", protocol: "tcp", port: 18340}]}}')"
}

# An ACI from a tree. MANIFEST holds members of the manifest that replace or join the usual ones.
make_aci_from() { # FILE NAME TREE [MANIFEST]
    local work
    work=$(mktemp -d)
    jq -n --arg name "$2" --arg arch "$(rkt_arch)" --argjson more "${4:-{\}}" '{
        acKind: "ImageManifest", acVersion: "0.8.11", name: $name,
        labels: [{name: "version", value: "1.0"}, {name: "os", value: "linux"}, {name: "arch", value: $arch}],
        app: {exec: ["/bin/true"], user: "0", group: "0"}
    } * $more' >"$work/manifest"
    cp -a "$3" "$work/rootfs"
    tar --create --file="$1" --directory="$work" manifest rootfs
    rm -rf "$work"
}

make_aci() { # FILE NAME [MANIFEST]
    local tree
    tree=$(mktemp -d)
    make_tree "$tree"
    make_aci_from "$1" "$2" "$tree" "${3:-}"
    rm -rf "$tree"
}

# The app section of an ACI that runs these words.
exec_of() { # WORD…
    jq -n '{app: {exec: $ARGS.positional, user: "0", group: "0"}}' --args -- "$@"
}

make_layout() { # DIR REF [UMOCI-CONFIG-FLAG…]
    local dir=$1 ref=$2 tree
    shift 2
    tree=$(mktemp -d)
    make_tree "$tree"
    umoci init --layout "$dir"
    umoci new --image "$dir:$ref"
    umoci insert --image "$dir:$ref" "$tree" /
    umoci config --image "$dir:$ref" --clear=config.entrypoint --clear=config.cmd "$@"
    rm -rf "$tree"
}

rkt_arch() {
    case $(uname -m) in
    x86_64) echo amd64 ;;
    *) uname -m ;;
    esac
}

# A program that tries what a tree's busybox cannot:
#   namespaces KIND… says which it could make, of these or of all
#   key              says whether it finds the session's key "rkt-secret"
#   with-key WORD…   executes WORDs in a session that has it
#   multiply FILE    once there is FILE, forks for ever
make_prober() { # FILE
    cat >"$1" <<'END'
import ctypes, os, sys, time

libc = ctypes.CDLL(None, use_errno=True)
KINDS = {"mnt": 0x20000, "uts": 0x4000000, "ipc": 0x8000000, "user": 0x10000000, "net": 0x40000000, "user+net": 0x50000000}
SESSION = ctypes.c_long(-3)
SIGCHLD = 17
clone3, clone, unshare, add_key, keyctl = {"x86_64": (435, 56, 272, 248, 250), "aarch64": (435, 220, 97, 217, 219)}[os.uname().machine]


def child(call):
    if os.fork() == 0:
        os._exit(0 if call() >= 0 else 1)
    return os.waitstatus_to_exitcode(os.wait()[1]) == 0


def by_clone(flags):
    pid = libc.syscall(clone, flags | SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return pid


def by_clone3(flags):
    args = (ctypes.c_uint64 * 8)(flags, 0, 0, 0, SIGCHLD)
    pid = libc.syscall(clone3, args, ctypes.sizeof(args))
    if pid == 0:
        os._exit(0)
    return pid


def find_key():
    return libc.syscall(keyctl, 10, SESSION, b"user", b"rkt-secret", 0) > 0


if sys.argv[1] == "namespaces":
    for name in sys.argv[2:] or KINDS:
        flags = KINDS[name]
        for call in (by_clone, by_clone3, lambda f: libc.syscall(unshare, f)):
            if child(lambda: call(flags)):
                print("made", name)
    print("tried")
elif sys.argv[1] == "key":
    print("found" if find_key() else "none")
elif sys.argv[1] == "multiply":
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.05)
    while True:
        try:
            os.fork()
        except OSError:
            time.sleep(1)
else:
    libc.syscall(keyctl, 1, None)
    libc.syscall(add_key, b"user", b"rkt-secret", b"x", 1, SESSION)
    assert find_key()
    os.execvp(sys.argv[2], sys.argv[2:])
END
}

# Becomes a process that has number PID and a child, and says "here".
make_reuser() { # FILE
    cat >"$1" <<'END'
import os, signal, sys
want = int(sys.argv[1])
while True:
    with open("/proc/sys/kernel/ns_last_pid", "w") as f:
        f.write(str(want - 1))
    pid = os.fork()
    if pid == 0:
        if os.getpid() != want:
            os._exit(1)
        break
    if pid == want:
        sys.exit(0)
    os.waitpid(pid, 0)
os.setsid()
if os.fork() == 0:
    with open(sys.argv[2], "w") as f:
        f.write("here")
signal.pause()
END
}
