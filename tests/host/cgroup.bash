# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A host's place in the machine's cgroups, where no systemd gives it one.

# The directories of this process's cgroups, one a hierarchy.
cgroup_dirs() {
    awk '
        BEGIN { n = 0 }
        FNR == NR {
            for (i = 7; $i != "-"; i++)
                ;
            if ($(i + 1) ~ /^cgroup2?$/) {
                root[n] = $4 == "/" ? "" : $4
                dir[n] = $5
                options[n++] = $(i + 1) == "cgroup2" ? ",2," : "," $(i + 3) ","
            }
            next
        }
        {
            split($0, field, ":")
            path = substr($0, length(field[1]) + length(field[2]) + 3)
            key = "," (field[2] == "" ? "2" : field[2]) ","
            for (i = 0; i < n; i++)
                if (index(options[i], key) && index(path "/", root[i] "/") == 1) {
                    path = dir[i] substr(path, length(root[i]) + 1)
                    sub("/$", "", path)
                    print path
                    break
                }
        }
    ' /proc/self/mountinfo /proc/self/cgroup
}

# Make a cgroup below each of this process's and move this process there. Prints the directories, each
# before it is there: whoever removes them later misses none.
cgroup_make() { # NAME
    local parent dir file controller

    while read -r parent; do
        dir=$parent/$1
        echo "$dir"
        # A version 2 parent that holds processes refuses; the host does without the controller.
        if [[ -e $parent/cgroup.subtree_control ]]; then
            for controller in $(<"$parent/cgroup.controllers"); do
                { echo "+$controller" >"$parent/cgroup.subtree_control"; } 2>/dev/null || :
            done
        fi
        # One of this name is of a host that was killed: nobody else has our name.
        cgroup_remove "$dir"
        mkdir "$dir" || continue
        # An empty set of processors or memory nodes takes no process.
        for file in cpuset.cpus cpuset.mems; do
            if [[ -e $parent/cgroup.clone_children && -e $parent/$file ]]; then
                cat "$parent/$file" >"$dir/$file"
            fi
        done
        echo 0 >"$dir/cgroup.procs"
    done < <(cgroup_dirs)
}

# A version 2 cgroup passes controllers on to those below it only while no process is in itself. nspawn
# makes two below the one it is started in and goes to one of them; whoever started it must be
# elsewhere by then. Both read the directories as cgroup_dirs gives them.
cgroup_step_aside() {
    local dir

    while read -r dir; do
        [[ -e $dir/cgroup.subtree_control ]] || continue
        mkdir -p "$dir/keeper"
        echo 0 >"$dir/keeper/cgroup.procs"
    done
}

cgroup_step_back() {
    local dir

    while read -r dir; do
        [[ ! -e $dir/cgroup.subtree_control ]] || echo 0 >"$dir/cgroup.procs"
    done
}

# Kill whatever runs in a cgroup and below it.
cgroup_kill() { # DIR
    local pid

    while read -r pid; do
        # A process that cannot be seen from here is listed as 0.
        ((pid == 0)) || kill -KILL "$pid" 2>/dev/null || :
    done < <(find "$1" -name cgroup.procs -exec cat {} + 2>/dev/null)
}

# Remove a cgroup, if it is there, with all below it and whatever still runs in them.
cgroup_remove() { # DIR
    local end=$((SECONDS + 10))

    while [[ -d $1 ]] && ! find "$1" -depth -type d -exec rmdir {} + 2>/dev/null; do
        ((SECONDS < end)) || {
            echo "cannot remove $1" >&2
            return 1
        }
        cgroup_kill "$1"
        sleep 0.05
    done
}
