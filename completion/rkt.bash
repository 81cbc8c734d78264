# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Completion of rkt for bash. rkt itself knows what may stand where.

_rkt() {
    local line=${COMP_LINE:0:COMP_POINT} current prefix candidate IFS=$' \t\n'
    local -a words candidates

    read -ra words <<<"$line"
    [[ $line != *[[:space:]] ]] || words+=('')
    current=${words[-1]}
    mapfile -t candidates < <(rkt complete -- "${words[@]:1}" 2>/dev/null)
    # To bash, a word begins behind the last ':' or '='.
    prefix=${current%"${current##*[:=]}"}
    COMPREPLY=()
    for candidate in "${candidates[@]%%$'\t'*}"; do
        COMPREPLY+=("${candidate#"$prefix"}")
        [[ $candidate != *= ]] || compopt -o nospace 2>/dev/null
    done
}

complete -o default -F _rkt rkt
