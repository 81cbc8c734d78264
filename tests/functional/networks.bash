# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Networks for functional tests, and what they leave behind.

networks=/etc/rkt/net.d

# A network's configuration, and the file it is in.
network() { # FILE JSON
    mkdir -p "$networks"
    printf '%s\n' "$2" >"$networks/$1"
}

# A plugin of our own: a script.
plugin() { # NAME SCRIPT
    mkdir -p "$networks"
    printf '#!/bin/bash\n%s\n' "$2" >"$networks/$1"
    chmod +x "$networks/$1"
}

# All that a pod's networks may leave: namespaces, interfaces, rules, leases.
network_state() {
    ls /run/netns 2>/dev/null || :
    ip -o link | sed 's/^[0-9]*: //; s/@.*//; s/:.*//' | sort
    for tables in iptables-save ip6tables-save; do
        for table in nat filter; do
            "$tables" -t "$table" | grep -E '^-|^:[^ ]+ -'
        done
    done
    find /var/lib/cni/networks -type f -name '*[.:]*' ! -name 'last_reserved*' 2>/dev/null || :
}

# What was there before the file's tests stays out of it: setup_file takes the state.
: "${network_state_before:=}"
assert_no_network_left() {
    local left
    left=$(diff <(printf '%s\n' "$network_state_before") <(network_state)) || fail "left behind:" "$left"
}

rkt() {
    command rkt --insecure-options=image "$@"
}

# Runs a script as the app. The image, which setup_file names, has a shell as its app.
: "${network_image:=}"
in_pod() { # SCRIPT [RUN-WORD...]
    local script=$1
    shift
    rkt run "$@" "$network_image" -- "$script"
}

# A pod in the background that does nothing.
start_pod() { # RUN-WORD...
    rkt run --detach "$@" "$network_image" -- 'exec sleep 1000'
}

# Runs an image that asks for ports and for the host's /etc, which it is not given. $stderr is what entering said.
# shellcheck disable=SC2154 # setup_file and run set them
assert_asker_gets_nothing() { # RUN-WORD...
    local uuid said
    network_state_before=$(network_state)
    make_asker "$images/asker.aci"
    uuid=$(rkt run --detach "$@" --net=default --port=asked:18341 "$images/asker.aci" 2>"$images/said")
    said=$(<"$images/said")
    rkt status --wait-ready=10s "$uuid" >/dev/null
    assert_contains "$said" 'no volume specified for mount point "asker-data"'
    assert_contains "$said" 'no volume specified for mount point "asker-etc"'
    assert_contains "$said" 'ports of images that no --port forwards: web, names'
    run -0 iptables-save -t nat
    assert_contains "$output" 18341
    [[ $output != *1833* ]] || fail "$output"
    run -0 --separate-stderr rkt enter "$uuid" sh -c 'ls -A /data /host/etc'
    assert_equal "$output" $'/data:\n\n/host/etc:'
    rkt stop --force "$uuid"
    rkt status --wait=10s "$uuid" >/dev/null
    assert_no_network_left
}
