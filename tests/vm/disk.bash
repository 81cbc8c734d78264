# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The disks machines are booted from: made once from the tree of a test host, and never written to
# again.
# shellcheck disable=SC2154 # what vm sets: here, host_dir, cache_dir

vm_packages() {
    grep -v '^#' "$here/packages"
}

vm_base() { # SUITE: the path of its disk, without .img
    local hash

    hash=$({
        "$host_dir/host" tree "$1"
        cat -- "$here/disk.bash" "$here/packages"
    } | sha256sum)
    echo "$cache_dir/$1-${hash:0:12}"
}

# A tree of the test hosts, with a kernel and a way in.
vm_tree() { # TREE
    local tree=$1

    export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
    # What hosts must not do to the machine they share, this machine does to itself.
    find "$tree/etc/systemd/system" -maxdepth 1 -lname /dev/null \
        ! -name '*.timer' ! -name 'nginx*' ! -name 'tinyproxy*' ! -name 'docker-registry*' -delete
    printf '/dev/vda / ext4 rw 0 0\n' >"$tree/etc/fstab"
    printf '[Match]\nDriver=virtio_net\n[Network]\nAddress=10.0.2.15/24\n' \
        >"$tree/etc/systemd/network/vm.network"
    ln -sf /usr/lib/systemd/system/systemd-networkd.service \
        "$tree/etc/systemd/system/multi-user.target.wants/systemd-networkd.service"
    ln -sf /usr/lib/systemd/system/multi-user.target "$tree/etc/systemd/system/default.target"
    mkdir -p "$tree/etc/initramfs-tools/conf.d" "$tree/root/.ssh"
    printf 'MODULES=list\nCOMPRESS=gzip\nBUSYBOX=n\n' >"$tree/etc/initramfs-tools/conf.d/vm"
    printf '%s\n' virtio_pci virtio_blk ext4 >"$tree/etc/initramfs-tools/modules"
    printf '%s\n' overlay veth bridge virtio_net loop squashfs >"$tree/etc/modules-load.d/vm.conf"

    # Asked for on the kernel's command line only. Nothing here has a label yet.
    mkdir -p "$tree/etc/selinux"
    printf 'SELINUX=permissive\nSELINUXTYPE=default\n' >"$tree/etc/selinux/config"

    mount -t proc proc "$tree/proc"
    printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
    chmod +x "$tree/usr/sbin/policy-rc.d"
    cat /etc/resolv.conf >"$tree/etc/resolv.conf"
    chroot "$tree" apt-get -q -o APT::Sandbox::User=root update
    vm_packages | xargs chroot "$tree" apt-get -q -y --no-install-recommends \
        -o Dpkg::Options::=--force-confold -o APT::Sandbox::User=root install
    chroot "$tree" apt-get clean
    umount "$tree/proc"
    rm -rf "$tree/usr/sbin/policy-rc.d" "$tree"/var/lib/apt/lists/* "$tree/etc/resolv.conf"
    : >"$tree/etc/machine-id"
}

vm_disk() { # SUITE BASE
    local suite=$1 base=$2 tree=$2.tree

    rm -rf -- "$tree"
    mkdir -p "$cache_dir"
    "$host_dir/host" make --suite="$suite"
    cp -a -- "$("$host_dir/host" tree "$suite")" "$tree"
    vm_tree "$tree"
    rm -f -- "$base.key" "$base.key.pub"
    ssh-keygen -q -t ed25519 -N '' -f "$base.key"
    install -m 0600 "$base.key.pub" "$tree/root/.ssh/authorized_keys"
    cp -- "$tree"/boot/vmlinuz-* "$base.vmlinuz"
    cp -- "$tree"/boot/initrd.img-* "$base.initrd"
    mke2fs -q -t ext4 -d "$tree" "$base.img.new" 6G
    rm -rf -- "$tree"
    mv -- "$base.img.new" "$base.img"
}
