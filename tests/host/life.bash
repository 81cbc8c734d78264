# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A host's life. Its state lies in $states_dir/NAME:
#
#   lock         locked by the keeper and the unshare above it for as long as they live
#   keeper       number of that unshare's process
#   leader       number of the host's PID 1, and which PID namespace it is in; there once it is up
#   console.log  what nspawn and the booting systemd say
#   cgroups      where commands that enter go; cgroups.own: those that are ours to remove
#   fs/          where the keeper mounts everything, in its own mount namespace: empty from outside
#
# A state whose lock is free is stale. The states directory itself is the lock for making and
# removing states.
# shellcheck disable=SC2154 # what host sets: here, states_dir

states_lock() {
    mkdir -p "$states_dir"
    exec {states_fd}<"$states_dir"
    flock "$states_fd"
}

states_unlock() {
    exec {states_fd}<&-
}

is_alive() { # NAME
    [[ -e $states_dir/$1/lock ]] && ! flock --nonblock "$states_dir/$1/lock" true
}

# Both need the states lock.
state_remove() { # NAME
    local own=$states_dir/$1/cgroups.own dir

    if [[ -e $own ]]; then
        while read -r dir; do
            cgroup_remove "$dir"
        done <"$own"
    fi
    rm -rf --one-file-system -- "${states_dir:?}/$1"
}

states_sweep() {
    local state name

    for state in "$states_dir"/*/; do
        name=$(basename -- "$state")
        [[ ! -d $state ]] || is_alive "$name" || state_remove "$name"
    done
}

states_names() {
    local state

    for state in "$states_dir"/*/; do
        [[ ! -d $state ]] || basename -- "$state"
    done
}

# End a host the hard way: with its PID 1 goes all of the keeper's PID namespace. A keeper that has
# none yet is itself what has to go; one that had none a moment ago is found in the cgroup.
host_kill() { # NAME
    local state=$states_dir/$1 keeper dir end=$((SECONDS + 10))

    keeper=$(<"$state/keeper")
    until flock --nonblock "$state/lock" true; do
        ((SECONDS < end)) || die "host '$1' does not die"
        pkill -KILL --parent "$keeper" || kill -KILL "$keeper" 2>/dev/null || :
        ! flock --wait 1 "$state/lock" true || break
        if [[ -d /run/systemd/system ]]; then
            systemctl kill --signal=KILL "rkt-test-host-$1.scope" || :
        else
            while read -r dir; do
                cgroup_kill "$dir"
            done <"$state/cgroups.own"
        fi
    done
}

# The machine's number of the host's PID 1, once systemd runs there: below unshare, keeper, nspawn.
leader_find() { # KEEPER
    local pid

    pid=$(pgrep -P "$1" -x keeper) && pid=$(pgrep -P "$pid" -x systemd-nspawn) &&
        pgrep -P "$pid" -x systemd
}

# Wait until the host has started all it wants to start, and print what it then says of itself.
host_wait() { # NAME KEEPER SECONDS
    local name=$1 keeper=$2 end=$((SECONDS + $3)) leader namespace says

    while ((SECONDS < end)); do
        kill -0 "$keeper" 2>/dev/null || return 1
        if leader=$(leader_find "$keeper") && namespace=$(readlink "/proc/$leader/ns/pid"); then
            # Fails as long as there is no bus; after that it answers when booting is done.
            says=$(enter_exec "$leader" timeout "$((end - SECONDS))" \
                systemctl is-system-running --wait 2>/dev/null) || :
            if [[ $says == running || $says == degraded ]]; then
                echo "$leader $namespace" >"$states_dir/$name/leader"
                echo "$says"
                return 0
            fi
        fi
        sleep 0.02
    done
    return 1
}

# Make the state and start the keeper, which inherits the locks.
host_start() { # NAME SUITE CGROUP [KEEPER-OPTION]…
    local name=$1 suite=$2 cgroup=$3 state=$states_dir/$1 tree tree_fd lock_fd fd interrupted=0
    local -a scope=()

    shift 3
    tree=$(tree_path "$suite")
    states_lock
    states_sweep
    mkdir -m 0700 "$state" 2>/dev/null || die "host '$name' is already up"
    booting=$name
    mkdir "$state/fs"
    exec {lock_fd}>"$state/lock"
    flock "$lock_fd"
    states_unlock

    # Another recipe's make may remove the tree until we hold it.
    while
        tree_make "$suite"
        exec {tree_fd}<"$tree"
        flock --shared "$tree_fd"
        [[ ! $tree -ef /proc/self/fd/$tree_fd ]]
    do
        exec {tree_fd}<&-
    done

    if [[ -d /run/systemd/system ]]; then
        scope=(systemd-run --quiet --scope --collect --property=Delegate=yes
            --unit="rkt-test-host-$name")
    fi
    # Until the keeper's number is written down nobody could end it.
    trap 'interrupted=1' HUP INT TERM
    (
        # Whoever called us may wait for the end of a pipe: keep nothing of theirs.
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            ((fd <= 2 || fd == lock_fd || fd == tree_fd)) || exec {fd}>&-
        done
        cd /
        exec env -i PATH="$PATH" LANG=C.UTF-8 "${scope[@]}" setsid \
            "$here/keeper" "$state" "$tree" "$cgroup" "$name" "$@"
    ) </dev/null >"$state/console.log" 2>&1 &
    echo $! >"$state/keeper"
    exec {lock_fd}>&- {tree_fd}<&-
    trap - HUP INT TERM
    ((!interrupted)) || exit 1
}

host_boot() {
    local arg name='' suite=bookworm cgroup=native timeout=60 strict=1 verbose=0 says data=1
    local -a installs=() binds=()

    for arg; do
        case $arg in
        --suite=*) suite=${arg#*=} ;;
        --cgroup=*) cgroup=${arg#*=} ;;
        --install=*) arg=$(boot_install "${arg#*=}") && installs+=("--install=$arg") ;;
        --bind=*) arg=$(boot_bind "${arg#*=}") && binds+=("--bind=$arg") ;;
        --ro-bind=*) arg=$(boot_bind "${arg#*=}") && binds+=("--bind-ro=$arg") ;;
        --timeout=*) timeout=${arg#*=} ;;
        --allow-degraded) strict=0 ;;
        --verbose) verbose=1 ;;
        -*) die "boot: there is no option '$arg'" ;;
        *)
            [[ -z $name ]] || die "boot: one name, please"
            name=$arg
            ;;
        esac || exit
        [[ $arg != *:/var/lib/rkt ]] || data=0
    done
    is_name "$name" || die "boot: '$name' is no name for a host"
    is_suite "$suite" || die "boot: there is no suite '$suite'"
    [[ $cgroup == native || $cgroup == unified ]] || die "boot: --cgroup is native or unified"
    [[ $timeout =~ ^[1-9][0-9]{0,4}$ ]] || die "boot: --timeout is a number of seconds"
    # Never on the overlay: pods make overlays there.
    ((!data)) || binds+=("--bind=$states_dir/$name/fs/data:/var/lib/rkt")

    trap 'boot_undo' EXIT
    host_start "$name" "$suite" "$cgroup" "${installs[@]}" "${binds[@]}"
    says=$(host_wait "$name" "$(<"$states_dir/$name/keeper")" "$timeout") || {
        tail -n 40 "$states_dir/$name/console.log" >&2
        die "host '$name' does not come up"
    }
    if [[ $says != running ]]; then
        host_run "$name" systemctl --failed --no-legend --plain >&2
        ((!strict)) || die "host '$name' is $says"
    fi
    booting=''
    ((!verbose)) || boot_tell "$name" "$suite" "$says"
}

# The host that is being booted, if any: whatever ends us before it is up ends it too.
booting=''

boot_undo() {
    [[ -n $booting ]] || return 0
    [[ ! -e $states_dir/$booting/keeper ]] || host_kill "$booting"
    # Our own lock, if that is where we were interrupted.
    [[ -z ${states_fd:-} ]] || states_unlock
    states_lock
    state_remove "$booting"
}

boot_tell() { # NAME SUITE STATE
    # shellcheck disable=SC2016 # for the shell inside
    host_run "$1" sh -c '
        dir=/sys/fs/cgroup
        if [ -e $dir/cgroup.controllers ]; then
            echo "cgroup: version 2: $(cat $dir/cgroup.controllers)"
        else
            echo "cgroup: version 1: $(cut -d: -f2 /proc/self/cgroup | xargs)"
        fi
        systemctl --version | sed -n "1s/^/systemd: /p"'
    echo "host: $1, $2, $3"
}

# Like enter, for our own short questions: no scope, and it returns.
host_run() { # NAME CMD [ARG…]
    local leader namespace

    read -r leader namespace <"$states_dir/$1/leader"
    shift
    (enter_exec "$leader" "$@")
}

boot_install() { # DESTDIR
    local dir

    dir=$(realpath -e -- "$1/." 2>/dev/null) || die "boot: there is no directory '$1'"
    for link in bin lib lib64 sbin; do
        [[ ! -d $dir/$link || -L $dir/$link ]] ||
            die "boot: $1 has a /$link, which would hide the host's link to /usr/$link"
    done
    printf '%s' "$dir"
}

# SRC:DST as nspawn wants it: absolute, colons and backslashes of the source escaped.
boot_bind() { # SRC:DST
    local source target=${1##*:}

    [[ $1 == *:/* ]] || die "boot: '$1' is not SRC:DST"
    source=$(realpath -e -- "${1%:*}" 2>/dev/null) || die "boot: there is no '${1%:*}'"
    source=${source//\\/\\\\}
    printf '%s:%s' "${source//:/\\:}" "$target"
}

host_stop() { # [--kill] NAME|--all
    local name leader namespace orderly=1
    local -a names=()

    if [[ ${1:-} == --kill ]]; then
        orderly=0
        shift
    fi
    [[ $# -eq 1 ]] || die "stop: which host?"
    if [[ $1 == --all ]]; then
        mapfile -t names < <(states_names)
    else
        is_name "$1" || die "stop: '$1' is no name of a host"
        [[ -d $states_dir/$1 ]] || die "stop: no host '$1' is up"
        names=("$1")
    fi

    # SIGRTMIN+4 is systemd's "power off"; all at once, then one after the other.
    for name in "${names[@]}"; do
        if ((orderly)) && is_alive "$name" && read -r leader namespace <"$states_dir/$name/leader" &&
            [[ $(readlink "/proc/$leader/ns/pid") == "$namespace" ]]; then
            kill -s RTMIN+4 "$leader" || :
        fi 2>/dev/null
    done
    for name in "${names[@]}"; do
        if ((orderly)) && [[ -e $states_dir/$name/leader ]]; then
            flock --wait 20 "$states_dir/$name/lock" true ||
                printf "host: '%s' does not power off, killing it\n" "$name" >&2
        fi
        ! is_alive "$name" || host_kill "$name"
        states_lock
        state_remove "$name"
        states_unlock
    done
}

host_list() {
    local name

    [[ $# -eq 0 ]] || die "list: takes no argument"
    states_lock
    states_sweep
    for name in $(states_names); do
        [[ ! -e $states_dir/$name/leader ]] || echo "$name"
    done
}
