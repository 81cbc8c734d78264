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

wait_until() { # COMMAND...
    local end=$((SECONDS + 10))
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || fail "never came true: $*"
        sleep 0.05
    done
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
