# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The trees hosts are booted from: minimal Debian systems, made once and never written to again. A
# tree's name carries a hash of all that went into it, so a changed list makes a new one.
# shellcheck disable=SC2154 # what host sets: here, cache_dir

mirror=${RKT_TEST_MIRROR:-http://deb.debian.org/debian}

# Units that would act on the whole machine (kernel settings and modules are not namespaced), wait
# for hardware, fetch things, serve what only a test asks for, or wait because systemd 257 holds every
# mount unit back for a second after the first five mounts (var-lib-machines).
tree_masked_units=(
    systemd-sysctl.service systemd-modules-load.service kmod-static-nodes.service
    modprobe@.service proc-sys-fs-binfmt_misc.automount sys-kernel-debug.mount
    sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount
    dev-hugepages.mount systemd-remount-fs.service systemd-firstboot.service
    console-getty.service getty.target e2scrub_reap.service e2scrub_all.timer
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer
    var-lib-machines.mount docker-registry.service nginx.service tinyproxy.service
)

tree_packages() { # SUITE
    awk -v suite="$1" '!/^#/ && NF && (NF == 1 || $2 == suite) { print $1 }' "$here/packages"
}

# The path the tree of a suite has with today's recipe.
tree_path() { # SUITE
    local hash

    hash=$({
        echo "$mirror"
        tree_packages "$1"
        cat -- "$here/tree.bash"
    } | sha256sum)
    echo "$cache_dir/$1-$(dpkg --print-architecture)-${hash:0:12}"
}

# Runs in namespaces of its own: whatever it mounts or starts ends with it.
tree_build() { # SUITE TREE DEBS
    local suite=$1 tree=$2 debs=$3

    export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

    # The tree is worth nothing until it is complete: no need to sync every file.
    mkdir -p "$tree/etc/dpkg/dpkg.cfg.d" "$debs/partial"
    printf '%s\n' force-unsafe-io path-exclude=/usr/share/{doc,info,locale,man}/'*' \
        >"$tree/etc/dpkg/dpkg.cfg.d/test-host"
    debootstrap --variant=minbase --cache-dir="$debs" "$suite" "$tree" "$mirror"

    # The rest by apt: debootstrap does not understand provided and alternative packages.
    mount --bind "$debs" "$tree/var/cache/apt/archives"
    mount -t proc proc "$tree/proc"
    cat /etc/resolv.conf >"$tree/etc/resolv.conf"
    printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
    chmod +x "$tree/usr/sbin/policy-rc.d"
    tree_packages "$suite" | xargs chroot "$tree" \
        apt-get -q -y --no-install-recommends -o APT::Sandbox::User=root install
    umount "$tree/proc" "$tree/var/cache/apt/archives"

    tree_finish "$tree"
}

tree_finish() { # TREE
    local tree=$1 unit

    rm -rf "$tree/usr/sbin/policy-rc.d" "$tree"/var/lib/apt/lists/* \
        "$tree"/usr/share/{doc,info,locale,man}/*
    # What tells one host from another is given at boot.
    rm -f "$tree"/etc/{hostname,machine-id,resolv.conf} "$tree/var/lib/dbus/machine-id"
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$tree/etc/hosts"

    for unit in "${tree_masked_units[@]}"; do
        ln -sf /dev/null "$tree/etc/systemd/system/$unit"
    done
    mkdir -p "$tree/var/log/journal" "$tree/var/lib/rkt" "$tree/usr/src/rkt" \
        "$tree/etc/systemd/journald.conf.d"
    # Nothing is new at a host's first boot: no caches to rebuild.
    touch --reference="$tree/usr" "$tree/etc/.updated" "$tree/var/.updated"
    # A test that fails after much noise still wants all of it.
    printf '[Journal]\nRateLimitIntervalSec=0\n' \
        >"$tree/etc/systemd/journald.conf.d/test-host.conf"
}

# Remove what older recipes of this suite left, except trees that a running host stands on.
tree_sweep() { # SUITE TREE
    local old fd

    for old in "$cache_dir/$1-"*/; do
        old=${old%/}
        [[ -d $old && $old != "$2" ]] || continue
        exec {fd}<"$old"
        if flock --exclusive --nonblock "$fd"; then
            rm -rf --one-file-system -- "$old"
            rm -f -- "$old.log"
        fi
        exec {fd}<&-
    done
}

tree_make() { # SUITE
    local suite=$1 tree new log fd

    tree=$(tree_path "$suite")
    [[ ! -d $tree ]] || return 0

    mkdir -p "$cache_dir"
    exec {fd}>"$cache_dir/.$suite.lock"
    flock "$fd"
    if [[ ! -d $tree ]]; then
        new=$cache_dir/.$suite.new
        log=$tree.log
        printf 'host: making the %s tree (about a minute; log: %s)\n' "$suite" "$log" >&2
        rm -rf --one-file-system -- "$new"
        # shellcheck disable=SC2016 # for the shell inside
        unshare --mount --pid --fork --kill-child --mount-proc --propagation=private \
            bash -euo pipefail -c 'here=$1; source "$here/tree.bash"; shift; tree_build "$@"' \
            tree "$here" "$suite" "$new" "$cache_dir/debs-$suite" </dev/null >"$log" 2>&1 {fd}>&- || {
            tail -n 20 "$log" >&2
            die "the $suite tree could not be made"
        }
        sync -f "$new"
        mv -T -- "$new" "$tree"
    fi
    tree_sweep "$suite" "$tree"
    exec {fd}>&-
}

host_make() {
    local arg suite=bookworm

    for arg; do
        case $arg in
        --suite=*) suite=${arg#*=} ;;
        *) die "make: what is '$arg'?" ;;
        esac
    done
    is_suite "$suite" || die "make: there is no suite '$suite'"
    tree_make "$suite"
}
